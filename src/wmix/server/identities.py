r"""Whom methods run as: the account that a user is mapped to, ``DOM\user=name``, or the server's own.

A server that runs as root does nothing in root's name for a user whom no map names: methods, and writes that providers
carry out, are refused then.  Root itself can be mapped to, but only in so many words.
"""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

from wmix.errors import InvalidParameter
from wmix.port.caller import Rights

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Identities", "parse_map"]

#: What a provider does for a user, in the name of an account of the system.
_ACTING = Rights.METHOD_EXECUTE | Rights.WRITE_PROVIDER


def parse_map(text: str) -> tuple[str, str]:
    r"""User and account of ``DOM\user=name``.

    Raises:
        InvalidParameter: it is none.
    """
    user, equals, account = text.rpartition("=")
    if not equals or not user.strip() or not account.strip():
        raise InvalidParameter(f"{text!r} maps nobody", hint=r"write for example 'DOM\user=unixname'")
    return user.strip(), account.strip()


class Identities:
    """Accounts of the system by user; names of users ignore case.

    Args:
        maps: user and account, of each user once.
        uid: the user number that the server runs as.

    Raises:
        InvalidParameter: a user is mapped twice, an account is none of this machine, or it is not the server's own and
            the server does not run as root.
    """

    def __init__(self, maps: Iterable[tuple[str, str]] = (), *, uid: int | None = None) -> None:
        uid = os.geteuid() if uid is None else uid
        self._is_root = uid == 0
        self._accounts: dict[str, str | None] = {}
        for user, account in maps:
            if user.casefold() in self._accounts:
                raise InvalidParameter(f"the user {user} is mapped twice", hint="give one --map for each user")
            try:
                found = pwd.getpwnam(account)
            except KeyError:
                raise InvalidParameter(
                    f"there is no account {account!r} on this machine, to which {user} could be mapped",
                    hint="`getent passwd` lists the accounts",
                ) from None
            if found.pw_uid != uid and not self._is_root:
                raise InvalidParameter(
                    f"{user} cannot be mapped to {account}: only root can act as others",
                    hint="run the server as root, or as that account",
                )
            self._accounts[user.casefold()] = None if found.pw_uid == uid else found.pw_name

    def runs_as(self, user: str) -> str | None:
        """The account that methods of *user* run as; None for the server's own."""
        return self._accounts.get(user.casefold())

    def voided(self, user: str) -> int:
        """Rights that grants cannot give to *user*."""
        return _ACTING if self._is_root and user.casefold() not in self._accounts else 0
