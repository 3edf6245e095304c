"""Win32_UserAccount and Win32_Group: the accounts of this machine. linux-mapping 6.6.

Rows come from the files of :mod:`wmix.providers.account_files`.  What the password file of root says is NULL for
everybody else.  Clients written for Windows look for well-known identifiers: root answers to S-1-5-18 as well when it
is asked for by that, and the groups S-1-5-32-544 and -545 stand, as ``BUILTIN``, for administrators and users.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from wmix.providers.account_files import (
    LOCAL_SYSTEM_SID,
    group_sid,
    read_groups,
    read_shadow,
    read_users,
    user_sid,
)
from wmix.providers.registration import provider
from wmix.providers.system_files import SystemFiles
from wmix.providers.uname import read_uname

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wmix.config import Settings
    from wmix.port.provider import InstanceRequest
    from wmix.providers.account_files import PasswdEntry, ShadowEntry
    from wmix.providers.registration import MethodDefinition, ProviderDefinition
    from wmix.providers.system_files import Root

__all__ = ["ADMINISTRATIVE_GROUPS", "make_groups", "make_user_accounts", "providers"]

# SID_NAME_USE of Windows: SidTypeUser, SidTypeAlias.
_SID_USER = 1
_SID_ALIAS = 4
#: UF_NORMAL_ACCOUNT.
_NORMAL_ACCOUNT = 512
#: shadow(5) of most distributions says so for a password that never expires.
_NEVER = 99999
_SECONDS_OF_DAY = 86400
_NO_LOGIN: Final = frozenset({"nologin", "false"})
#: What the password file tells.
_SECRETS: Final = frozenset(
    {"Disabled", "Lockout", "PasswordRequired", "PasswordExpires", "PasswordChangeable", "Status"}
)
_BUILTIN: Final = "BUILTIN"
#: Groups whose members may become root.
ADMINISTRATIVE_GROUPS: Final = ("root", "sudo", "wheel", "admin")


def providers(_settings: Settings, root: Root = "/") -> list[ProviderDefinition | MethodDefinition]:
    """The providers of Win32_UserAccount and Win32_Group."""
    return [make_user_accounts(root), make_groups(root)]


def make_user_accounts(root: Root = "/") -> ProviderDefinition:
    """The provider of the users in /etc/passwd below *root*."""
    files = SystemFiles(root)

    @provider("Win32_UserAccount", pushes=("SID",), name="Win32_UserAccount")
    def user_accounts(request: InstanceRequest) -> Iterator[dict[str, object]]:
        """Users in the order of the file."""
        host = read_uname(files).host
        shadow = read_shadow(files) if request.wants_any(*_SECRETS) else None
        asks_for_system = _asks_for_system(request)
        for user in read_users(files):
            sid = LOCAL_SYSTEM_SID if user.uid == 0 and asks_for_system else user_sid(user.uid)
            yield _user(files, user, host, sid, None if shadow is None else shadow.get(user.name))

    return user_accounts


def _asks_for_system(request: InstanceRequest) -> bool:
    """Whether the conditions let the well-known identifier of the system pass, and not root's own."""
    tests = [comparison for comparison in request.comparisons if comparison.name == "SID"]
    return all(test.accepts(LOCAL_SYSTEM_SID) for test in tests) and not all(
        test.accepts(user_sid(0)) for test in tests
    )


def _user(files: SystemFiles, user: PasswdEntry, host: str, sid: str, shadow: ShadowEntry | None) -> dict[str, object]:
    has_no_shell = user.shell.rpartition("/")[2] in _NO_LOGIN
    # Everybody can see a shell that refuses; whether the password is locked, only root.
    is_disabled = True if has_no_shell else None if shadow is None else shadow.is_locked
    row: dict[str, object] = {
        "Name": user.name,
        "Domain": host,
        "Caption": f"{host}\\{user.name}",
        "FullName": user.full_name,
        "Description": user.full_name,
        "LocalAccount": True,
        "SID": sid,
        "SIDType": _SID_USER,
        "AccountType": _NORMAL_ACCOUNT,
        "Disabled": is_disabled,
        "Status": None if is_disabled is None else "Degraded" if is_disabled else "OK",
    }
    if shadow is not None:
        today = time.time() // _SECONDS_OF_DAY
        row |= {
            "Lockout": _lockout(files, user.name),
            "PasswordRequired": bool(shadow.password),
            "PasswordExpires": shadow.maximum_days is not None and 0 <= shadow.maximum_days < _NEVER,
            "PasswordChangeable": (shadow.last_change or 0) + (shadow.minimum_days or 0) <= today,
        }
    return row


def _lockout(files: SystemFiles, name: str) -> bool | None:
    """False without failed logins; with some, faillock(8) has rules of its own, and the answer is unknown."""
    return None if files.read(f"/run/faillock/{name}") else False


def make_groups(root: Root = "/") -> ProviderDefinition:
    """The provider of the groups in /etc/group below *root*, and of the two well-known ones."""
    files = SystemFiles(root)

    @provider("Win32_Group", name="Win32_Group")
    def groups(request: InstanceRequest) -> Iterator[dict[str, object]]:  # noqa: ARG001  one file tells it all
        """Groups in the order of the file, then the well-known ones."""
        host = read_uname(files).host
        entries = read_groups(files)
        for entry in entries:
            yield _group(host, entry.name, group_sid(entry.gid), None)
        names = ", ".join(entry.name for entry in entries if entry.name in ADMINISTRATIVE_GROUPS)
        yield _group(_BUILTIN, "Administrators", "S-1-5-32-544", f"Members of {names}" if names else None)
        yield _group(_BUILTIN, "Users", "S-1-5-32-545", "All users of this machine")

    return groups


def _group(domain: str, name: str, sid: str, description: str | None) -> dict[str, object]:
    caption = f"{domain}\\{name}"
    return {
        "Name": name,
        "Domain": domain,
        "Caption": caption,
        "Description": caption if description is None else description,
        "LocalAccount": True,
        "SID": sid,
        "SIDType": _SID_ALIAS,
        "Status": "OK",
    }
