"""Win32_Environment: variables of the system and of the caller. linux-mapping 6.1.

Variables of the system are those that every login gets: /etc/environment and the plain assignments of pam_env.conf(5).
A caller on this machine also sees the variables of this process, which are his own; a remote caller never does, for
they often hold secrets.  What shells set in their profiles exists in those shells only.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from wmix.providers.account_files import user_name
from wmix.providers.os_release import parse_assignments
from wmix.providers.registration import provider
from wmix.providers.system_files import SystemFiles
from wmix.providers.uname import read_uname

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wmix.config import Settings
    from wmix.port.provider import InstanceRequest
    from wmix.providers.registration import MethodDefinition, ProviderDefinition
    from wmix.providers.system_files import Root

__all__ = ["SYSTEM_USER", "make_environment", "providers"]

#: UserName of the variables that everybody gets.
SYSTEM_USER: Final = "<SYSTEM>"


def providers(_settings: Settings, root: Root = "/") -> list[ProviderDefinition | MethodDefinition]:
    """The provider of Win32_Environment."""
    return [make_environment(root)]


def make_environment(root: Root = "/", own: Mapping[str, str] | None = None) -> ProviderDefinition:
    """The provider that reads the files below *root*; *own* stands for this process's variables."""
    files = SystemFiles(root)

    @provider("Win32_Environment", name="Win32_Environment")
    def environment(request: InstanceRequest) -> Iterator[dict[str, object]]:
        """Variables of the system, then those of a local caller, each in order of their names."""
        variables = _pam_variables(files) | parse_assignments(files.lines("/etc/environment"))
        for name in sorted(variables):
            yield _row(name, variables[name], SYSTEM_USER)
        if request.caller.is_remote:
            return
        uid = os.geteuid()
        user = f"{read_uname(files).host}\\{user_name(files, uid) or uid}"
        mine = os.environ if own is None else own
        for name in sorted(mine):
            yield _row(name, mine[name].encode("utf-8", "surrogateescape").decode("utf-8", "replace"), user)

    return environment


def _row(name: str, value: str, user: str) -> dict[str, object]:
    caption = f"{user}\\{name}"
    return {
        "Name": name,
        "UserName": user,
        "VariableValue": value,
        "SystemVariable": user == SYSTEM_USER,
        "Caption": caption,
        "Description": caption,
        "Status": "OK",
    }


def _pam_variables(files: SystemFiles) -> dict[str, str]:
    """``NAME DEFAULT=value OVERRIDE=value`` lines; those that refer to other variables depend on the login."""
    found = {}
    for line in files.lines("/etc/security/pam_env.conf"):
        name, _, rest = line.strip().partition(" ")
        if not name or name.startswith("#"):
            continue
        for option in ("OVERRIDE=", "DEFAULT="):
            _, given, value = rest.partition(option)
            if given:
                text = value[1:].partition('"')[0] if value.startswith('"') else value.split(None, 1)[0]
                if not any(mark in text for mark in "$@"):
                    found[name] = text
                break
    return found
