"""The users of a server: a file of ``domain:user:password`` lines, and how logins find their line.

The password is everything after the second colon.  Empty lines and lines that begin with ``#`` count for nothing.  The
file is refused when others than its owner may read it.  Of a password only its NT hash is kept ([MS-NLMP] 3.3.1).

A login that names no domain, or that names this machine, finds its user in whatever domain it stands, if there is one
of that name only; a line without a domain is found from every domain.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from wmix.errors import InvalidParameter
from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Account", "Users", "read_users"]

_READ_BY_OTHERS = stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH


class Account(Record):
    """One user; ``key`` is the NT hash of the password."""

    domain: str
    user: str
    key: bytes

    @property
    def name(self) -> str:
        r"""``DOMAIN\\user``, or the user alone where no domain is named."""
        return f"{self.domain}\\{self.user}" if self.domain else self.user

    def __repr__(self) -> str:
        return f"Account({self.name!r})"


class Users:
    """Accounts by name; names ignore case."""

    def __init__(self, accounts: Iterable[Account] = ()) -> None:
        self._exact: dict[tuple[str, str], Account] = {}
        self._named: dict[str, list[Account]] = {}
        for account in accounts:
            key = account.domain.casefold(), account.user.casefold()
            if key in self._exact:
                raise InvalidParameter(f"the user {account.name} is there twice")
            self._exact[key] = account
            self._named.setdefault(key[1], []).append(account)

    def __len__(self) -> int:
        return len(self._exact)

    @property
    def names(self) -> list[str]:
        """The users, as they are named in grants and in the audit."""
        return [account.name for account in self._exact.values()]

    def account(self, domain: str, user: str) -> Account | None:
        """The account that a login with these names means; None for nobody, or for no single one."""
        domain, user = domain.casefold(), user.casefold()
        found = self._exact.get((domain, user)) or self._exact.get(("", user))
        if found is not None or domain not in ("", "."):
            return found
        named = self._named.get(user, [])
        return named[0] if len(named) == 1 else None

    def find(self, domain: str, user: str) -> bytes | None:
        """The NT hash for a login; None for nobody known."""
        found = self.account(domain, user)
        return None if found is None else found.key


def make_account(domain: str, user: str, password: str) -> Account:
    """The account of a user with a password."""
    from wmix.net.security.ntlm_keys import nt_hash

    return Account(domain, user, nt_hash(password))


def read_users(path: str | os.PathLike[str]) -> Users:
    """The users in a file.

    Raises:
        InvalidParameter: others may read the file, a line is none, or a user is there twice; no message tells what
            stands behind the second colon of a line.
        OSError: it cannot be read.
    """
    with open(path, encoding="utf-8") as file:
        mode = os.fstat(file.fileno()).st_mode
        if mode & _READ_BY_OTHERS:
            raise InvalidParameter(
                f"{os.fspath(path)} holds passwords and others may read it (mode {stat.S_IMODE(mode):04o})",
                hint=f"chmod 600 {os.fspath(path)}",
            )
        try:
            lines = file.read().splitlines()
        except UnicodeDecodeError as error:
            raise InvalidParameter(f"{os.fspath(path)} is not UTF-8: octet {error.start}") from None
    accounts = []
    seen: dict[tuple[str, str], int] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        domain, colon, rest = line.partition(":")
        user, second, password = rest.partition(":")
        if not colon or not second or not user:
            raise InvalidParameter(
                f"line {number} of {os.fspath(path)} is not domain:user:password",
                hint="the domain may be empty, as in :alice:secret",
            )
        before = seen.setdefault((domain.casefold(), user.casefold()), number)
        if before != number:
            raise InvalidParameter(
                f"line {number} of {os.fspath(path)} names the user of line {before} again",
                hint="leave one of the two lines out",
            )
        accounts.append(make_account(domain, user, password))
    return Users(accounts)
