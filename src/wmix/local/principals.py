r"""Principals: the security identifiers of callers, and the names behind identifiers. Decision 0016.

An account of this machine (no domain, or this machine's name) has the identifiers that ``Win32_UserAccount`` and
``Win32_Group`` show: ``S-1-22-1-uid`` and ``S-1-22-2-gid``.  Any other account, ``DOM\name`` or ``name@REALM``, has an
identifier made of its names, which is the same on every machine and needs no list of accounts.

Asking for an account may block, where names come over the network: only to be called on worker threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.providers.account_files import group_sid, read_groups, read_users, user_sid
from wmix.providers.accounts import ADMINISTRATIVE_GROUPS
from wmix.security.sid import (
    ADMINISTRATORS,
    AUTHENTICATED_USERS,
    EVERYONE,
    LOCAL,
    LOCAL_SYSTEM,
    NETWORK,
    USERS,
    WELL_KNOWN_NAMES,
    Sid,
)

if TYPE_CHECKING:
    from wmix.port.caller import Caller
    from wmix.providers.system_files import SystemFiles

__all__ = ["Principals"]

#: Authority and first part of identifiers of Unix users and groups.
_UNIX: Final = 22
_UNIX_USER: Final = 1
_UNIX_GROUP: Final = 2


class Principals:
    """Accounts of one machine.

    Args:
        server: the name of this machine, which stands for the domain of its own accounts.
        files: where the accounts are listed.
    """

    def __init__(self, server: str, files: SystemFiles) -> None:
        self._server = server
        self._files = files

    def of(self, caller: Caller) -> frozenset[Sid]:
        """The identifiers that *caller* holds."""
        found = {EVERYONE, AUTHENTICATED_USERS, NETWORK if caller.is_remote else LOCAL}
        if caller.is_administrator:
            found.add(ADMINISTRATORS)
        if caller.sids:
            return frozenset(found | {Sid.parse(text) for text in caller.sids})
        domain, name = _split(caller.name)
        user = self._unix_user(name) if self._is_here(domain) else None
        if user is None:
            return frozenset(found | {_made_of(domain or self._server, name)})
        uid, gids, is_administrative = user
        found |= {_unix(_UNIX_USER, uid), USERS, *[_unix(_UNIX_GROUP, gid) for gid in gids]}
        found |= {LOCAL_SYSTEM} if uid == 0 else set()
        found |= {ADMINISTRATORS} if is_administrative else set()
        return frozenset(found)

    def named(self, domain: str | None, name: str) -> Sid:
        """The identifier of the user or group *name* of *domain*; without one a well-known name, then this machine's.

        A name that nobody here has stands for an account of *domain* that will come from elsewhere.
        """
        wanted = name.casefold()
        for sid, (where, known) in WELL_KNOWN_NAMES.items():
            if known.casefold() == wanted and (not domain or domain.casefold() == where.casefold()):
                return sid
        if self._is_here(domain or ""):
            user = self._unix_user(name)
            if user is not None:
                return _unix(_UNIX_USER, user[0])
            for group in read_groups(self._files):
                if group.name == name:
                    return _unix(_UNIX_GROUP, group.gid)
        return _made_of(domain or self._server, name)

    def name(self, sid: Sid) -> tuple[str | None, str | None]:
        """Domain and name of the account with the identifier *sid*; None for what nobody here knows."""
        known = WELL_KNOWN_NAMES.get(sid)
        if known is not None:
            return known
        found: str | None = None
        if sid.authority == _UNIX and len(sid.parts) == 2:
            kind, number = sid.parts
            if kind == _UNIX_USER:
                found = next((user.name for user in read_users(self._files) if user.uid == number), None)
            elif kind == _UNIX_GROUP:
                found = next((group.name for group in read_groups(self._files) if group.gid == number), None)
        return (None, None) if found is None else (self._server, found)

    def _is_here(self, domain: str) -> bool:
        return domain.casefold() in ("", ".", self._server.casefold())

    def _unix_user(self, name: str) -> tuple[int, set[int], bool] | None:
        """Number and groups of the user *name*, and whether one of them administers; None when there is none."""
        groups = read_groups(self._files)
        user = next((entry for entry in read_users(self._files) if entry.name == name), None)
        if user is not None:
            gids = {user.gid} | {group.gid for group in groups if name in group.members}
            number = user.uid
        elif self._files.is_machine:
            asked = _ask_name_service(name)
            if asked is None:
                return None
            number, gids = asked
        else:
            return None
        is_administrative = number == 0 or any(
            group.gid in gids for group in groups if group.name in ADMINISTRATIVE_GROUPS
        )
        return number, gids, is_administrative


def _ask_name_service(name: str) -> tuple[int, set[int]] | None:
    import os
    import pwd

    try:
        entry = pwd.getpwnam(name)
        return entry.pw_uid, set(os.getgrouplist(name, entry.pw_gid))
    except (KeyError, OSError, ValueError):
        return None


def _unix(kind: int, number: int) -> Sid:
    return Sid.parse(user_sid(number) if kind == _UNIX_USER else group_sid(number))


def _split(name: str) -> tuple[str, str]:
    r"""Domain and name of ``DOM\name`` or ``name@REALM``."""
    domain, slash, user = name.partition("\\")
    if slash:
        return domain, user
    user, at, realm = name.rpartition("@")
    return (realm, user) if at else ("", name)


def _made_of(domain: str, name: str) -> Sid:
    """The identifier of an account elsewhere: three numbers of its domain, four of its name."""
    import hashlib

    numbers: list[int] = []
    for text, count in ((domain, 3), (name, 4)):
        digest = hashlib.sha256(text.upper().encode("utf-16-le", "surrogatepass")).digest()
        numbers += [int.from_bytes(digest[at : at + 4], "little") for at in range(0, 4 * count, 4)]
    return Sid(5, (21, *numbers))
