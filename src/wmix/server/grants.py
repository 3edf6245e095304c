r"""Grants: what users may do beyond reading, as ``DOM\user=execute,write``.

A user who can log in may connect and read.  Everything else is granted by name; nothing is granted by a group or by a
pattern.  Who is granted all is an administrator, whom no security descriptor of a namespace binds (decision 0016).  A
Kerberos principal, ``alice@REALM``, can log in when a grant names it, if only one to read.  [MS-WMI] 3.1.1 (namespace
security), the rights of WBEM_RIGHTS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.errors import InvalidParameter
from wmix.port.caller import Rights

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["RIGHTS", "Grants", "parse_grant"]

RIGHTS: Final = {
    "read": Rights.READ,
    "execute": Rights.METHOD_EXECUTE,
    "write": Rights.FULL_WRITE | Rights.PARTIAL_WRITE,
    "provider-write": Rights.WRITE_PROVIDER,
    "subscribe": Rights.SUBSCRIBE,
    "all": Rights.ALL,
}
"""The words of a grant."""


def parse_grant(text: str) -> tuple[str, int]:
    r"""User and rights of ``DOM\user=execute,write``.

    Raises:
        InvalidParameter: it is none, or has a word that is no right.
    """
    user, equals, listed = text.rpartition("=")
    words = [word.strip().lower() for word in listed.split(",")]
    unknown = [word for word in words if word not in RIGHTS]
    if not equals or not user.strip() or unknown:
        what = f"{unknown[0]!r} is no right" if equals and unknown else f"{text!r} is no grant"
        raise InvalidParameter(
            what, hint=rf"write for example 'DOM\user=execute,write'; rights are {', '.join(RIGHTS)}"
        )
    rights = 0
    for word in words:
        rights |= RIGHTS[word]
    return user.strip(), rights


class Grants:
    """Rights by user; names ignore case."""

    def __init__(self, granted: Iterable[tuple[str, int]] = ()) -> None:
        self._rights: dict[str, int] = {}
        for user, rights in granted:
            name = user.casefold()
            self._rights[name] = self._rights.get(name, 0) | rights

    def names(self, user: str) -> bool:
        """Whether any grant is for *user*."""
        return user.casefold() in self._rights

    def rights(self, user: str) -> int:
        """What *user* may do: read, and what was granted."""
        return Rights.READ | self._rights.get(user.casefold(), 0)
