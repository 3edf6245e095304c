"""Whether this machine is a member of a domain, and of which: linux-mapping 6.1, Win32_ComputerSystem.

A machine is joined when it holds a keytab and SSSD or Samba names the realm that it serves.  Otherwise it belongs to
a workgroup: Samba's, or ``WORKGROUP``, which is what an unjoined Windows machine says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.record import Record

if TYPE_CHECKING:
    from wmix.providers.system_files import SystemFiles

__all__ = ["DEFAULT_WORKGROUP", "Membership", "read_membership"]

DEFAULT_WORKGROUP: Final = "WORKGROUP"
#: Values of ``server role``, smb.conf(5).
_CONTROLLER_ROLES: Final = frozenset({"active directory domain controller", "domain controller", "dc"})


class Membership(Record):
    """``realm`` is None for a machine that is not joined; ``workgroup`` is then what it belongs to."""

    realm: str | None
    workgroup: str
    #: Whether this machine is itself a domain controller (Samba).
    is_controller: bool

    @property
    def domain(self) -> str:
        """``Win32_ComputerSystem.Domain``: the realm in lower case, else the workgroup."""
        return self.realm.lower() if self.realm else self.workgroup


def read_membership(files: SystemFiles) -> Membership:
    """The membership that the configuration below *files* states."""
    samba = _section(files.lines("/etc/samba/smb.conf"), "global")
    is_controller = samba.get("server role", "").lower() in _CONTROLLER_ROLES
    workgroup = samba.get("workgroup") or DEFAULT_WORKGROUP
    realm = None
    if files.exists("/etc/krb5.keytab") or is_controller:
        realm = _sssd_realm(files)
        if realm is None and (is_controller or samba.get("security", "").lower() in ("ads", "domain")):
            realm = samba.get("realm")
    return Membership(realm or None, workgroup, is_controller)


def _sssd_realm(files: SystemFiles) -> str | None:
    lines = files.lines("/etc/sssd/sssd.conf")
    domains = _section(lines, "sssd").get("domains", "")
    for domain in (name.strip() for name in domains.split(",")):
        options = _section(lines, f"domain/{domain}")
        realm = options.get("krb5_realm") or options.get("ad_domain") or options.get("ipa_domain")
        if realm:
            return realm
    return None


def _section(lines: list[str], wanted: str) -> dict[str, str]:
    """The options of one section of an ini file; names in lower case with single blanks, the last value counts."""
    options: dict[str, str] = {}
    section = ""
    for line in lines:
        stripped = line.strip()
        if stripped.startswith("["):
            section = stripped.strip("[]").strip().lower()
        elif section == wanted.lower() and stripped and stripped[0] not in "#;":
            name, equals, value = stripped.partition("=")
            if equals:
                options[" ".join(name.lower().split())] = value.strip()
    return options
