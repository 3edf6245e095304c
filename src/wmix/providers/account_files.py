"""Accounts in files: passwd(5), group(5), shadow(5), and the security identifiers that stand for them.

Identifiers follow Samba's rule for plain Unix ids: ``S-1-22-1-<uid>`` and ``S-1-22-2-<gid>`` (linux-mapping, section
2).  Listing reads the files and never asks the name service, because a directory of a million people must not be
walked for a query; the name of one user is asked of the name service, which may know it from elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wmix.providers.system_files import SystemFiles

__all__ = [
    "LOCAL_SYSTEM_SID",
    "GroupEntry",
    "PasswdEntry",
    "ShadowEntry",
    "group_sid",
    "read_groups",
    "read_shadow",
    "read_users",
    "user_name",
    "user_sid",
]

#: The identifier of the operating system's own account, to which root answers too.
LOCAL_SYSTEM_SID: Final = "S-1-5-18"


class PasswdEntry(Record):
    """A line of passwd(5)."""

    name: str
    uid: int
    gid: int
    gecos: str
    home: str
    shell: str

    @property
    def full_name(self) -> str:
        """The first field of the comment."""
        return self.gecos.partition(",")[0]


class GroupEntry(Record):
    """A line of group(5)."""

    name: str
    gid: int
    members: tuple[str, ...]


class ShadowEntry(Record):
    """A line of shadow(5); days are None when the field is empty."""

    name: str
    password: str
    last_change: int | None
    minimum_days: int | None
    maximum_days: int | None

    @property
    def is_locked(self) -> bool:
        """Whether no password can match: it begins with ``!`` or ``*``."""
        return self.password.startswith(("!", "*"))


def user_sid(uid: int) -> str:
    """The security identifier of the user *uid*."""
    return f"S-1-22-1-{uid}"


def group_sid(gid: int) -> str:
    """The security identifier of the group *gid*."""
    return f"S-1-22-2-{gid}"


def read_users(files: SystemFiles) -> list[PasswdEntry]:
    """The users of /etc/passwd in the file's order; lines that are none are left out, the first of a name counts."""
    found: dict[str, PasswdEntry] = {}
    for fields in _entries(files, "/etc/passwd", 7):
        if fields[2].isdecimal() and fields[3].isdecimal():
            entry = PasswdEntry(fields[0], int(fields[2]), int(fields[3]), fields[4], fields[5], fields[6])
            found.setdefault(entry.name, entry)
    return list(found.values())


def read_groups(files: SystemFiles) -> list[GroupEntry]:
    """The groups of /etc/group in the file's order."""
    found: dict[str, GroupEntry] = {}
    for fields in _entries(files, "/etc/group", 4):
        if fields[2].isdecimal():
            members = tuple(name for name in fields[3].split(",") if name)
            found.setdefault(fields[0], GroupEntry(fields[0], int(fields[2]), members))
    return list(found.values())


def read_shadow(files: SystemFiles) -> dict[str, ShadowEntry] | None:
    """The entries of /etc/shadow by user name; None when it may not be read, as by everybody but root."""
    if files.read("/etc/shadow") is None:
        return None
    return {
        fields[0]: ShadowEntry(fields[0], fields[1], _days(fields[2]), _days(fields[3]), _days(fields[4]))
        for fields in _entries(files, "/etc/shadow", 5)
    }


def user_name(files: SystemFiles, uid: int) -> str | None:
    """The name of the user *uid*; None when nobody has that number."""
    if files.is_machine:
        import pwd

        try:
            return pwd.getpwuid(uid).pw_name
        except (KeyError, OverflowError):
            return None
    return next((user.name for user in read_users(files) if user.uid == uid), None)


def _entries(files: SystemFiles, name: str, least: int) -> Iterator[list[str]]:
    for line in files.lines(name):
        fields = line.split(":")
        if len(fields) >= least and fields[0] and fields[0][0] not in "#+-":  # + and - are of the NIS compat format
            yield fields


def _days(field: str) -> int | None:
    return int(field) if field.removeprefix("-").isdecimal() else None
