"""Security identifiers. [MS-DTYP] 2.4.2.

``S-1-5-32-544``: revision 1, an authority of 48 bits, and up to 15 numbers of 32 bits.
"""

from __future__ import annotations

from typing import Final, Self

from wmix.errors import InvalidParameter
from wmix.record import Record

__all__ = [
    "ADMINISTRATORS",
    "ALIASES",
    "AUTHENTICATED_USERS",
    "EVERYONE",
    "LOCAL",
    "LOCAL_SERVICE",
    "LOCAL_SYSTEM",
    "NETWORK",
    "NETWORK_SERVICE",
    "USERS",
    "WELL_KNOWN_NAMES",
    "Sid",
]

_MOST_PARTS: Final = 15
_MAX_AUTHORITY: Final = (1 << 48) - 1
_MAX_PART: Final = (1 << 32) - 1
#: The text form writes an authority of more than 32 bits in hexadecimal.
_HEX_FROM: Final = 1 << 32


class Sid(Record):
    """The identifier of a user, a group or a computer."""

    authority: int
    parts: tuple[int, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """The identifier that *text* (``S-1-...``) writes.

        Raises:
            InvalidParameter: it writes none.
        """
        words = text.strip().split("-")
        if len(words) < 3 or words[0].upper() != "S" or words[1] != "1":
            raise InvalidParameter(f"{text!r} is no security identifier", hint="write it as S-1-5-32-544")
        authority = _number(text, words[2], _MAX_AUTHORITY)
        parts = tuple([_number(text, word, _MAX_PART) for word in words[3:]])
        if len(parts) > _MOST_PARTS:
            raise InvalidParameter(f"{text!r} has {len(parts)} parts after the authority; {_MOST_PARTS} are the most")
        return cls(authority, parts)

    @classmethod
    def read(cls, octets: bytes, start: int = 0) -> Self:
        """The identifier that begins at *start* of *octets*; what follows it is not looked at.

        Raises:
            InvalidParameter: there is none; the message names the position.
        """
        if start + 8 > len(octets):
            raise InvalidParameter(f"octet {start}: a security identifier of 8 octets or more does not fit")
        revision, count = octets[start], octets[start + 1]
        if revision != 1 or count > _MOST_PARTS:
            raise InvalidParameter(f"octet {start}: no security identifier (revision {revision}, {count} parts)")
        end = start + 8 + 4 * count
        if end > len(octets):
            raise InvalidParameter(f"octet {start}: a security identifier of {count} parts is cut off")
        parts = [int.from_bytes(octets[at : at + 4], "little") for at in range(start + 8, end, 4)]
        return cls(int.from_bytes(octets[start + 2 : start + 8], "big"), tuple(parts))

    @property
    def octets(self) -> bytes:
        """Its binary form."""
        head = bytes((1, len(self.parts))) + self.authority.to_bytes(6, "big")
        return head + b"".join([part.to_bytes(4, "little") for part in self.parts])

    @property
    def size(self) -> int:
        """How many octets the binary form has."""
        return 8 + 4 * len(self.parts)

    def __str__(self) -> str:
        authority = str(self.authority) if self.authority < _HEX_FROM else f"0x{self.authority:012X}"
        return "-".join(["S-1", authority, *[str(part) for part in self.parts]])


def _number(text: str, word: str, most: int) -> int:
    try:
        number = int(word, 16) if word[:2].lower() == "0x" else int(word) if word.isascii() and word.isdigit() else -1
    except ValueError:
        number = -1
    if not 0 <= number <= most:
        raise InvalidParameter(f"{text!r} is no security identifier: {word!r} is no number from 0 to {most}")
    return number


EVERYONE: Final = Sid(1, (0,))
LOCAL: Final = Sid(2, (0,))
NETWORK: Final = Sid(5, (2,))
AUTHENTICATED_USERS: Final = Sid(5, (11,))
LOCAL_SYSTEM: Final = Sid(5, (18,))
LOCAL_SERVICE: Final = Sid(5, (19,))
NETWORK_SERVICE: Final = Sid(5, (20,))
ADMINISTRATORS: Final = Sid(5, (32, 544))
USERS: Final = Sid(5, (32, 545))

ALIASES: Final[dict[str, Sid]] = {
    "AN": Sid(5, (7,)),
    "AU": AUTHENTICATED_USERS,
    "BA": ADMINISTRATORS,
    "BG": Sid(5, (32, 546)),
    "BO": Sid(5, (32, 551)),
    "BU": USERS,
    "CG": Sid(3, (1,)),
    "CO": Sid(3, (0,)),
    "IU": Sid(5, (4,)),
    "LS": LOCAL_SERVICE,
    "LU": Sid(5, (32, 559)),
    "MU": Sid(5, (32, 558)),
    "NO": Sid(5, (32, 556)),
    "NS": NETWORK_SERVICE,
    "NU": NETWORK,
    "OW": Sid(3, (4,)),
    "PS": Sid(5, (10,)),
    "PU": Sid(5, (32, 547)),
    "RC": Sid(5, (12,)),
    "RD": Sid(5, (32, 555)),
    "SO": Sid(5, (32, 549)),
    "SU": Sid(5, (6,)),
    "SY": LOCAL_SYSTEM,
    "WD": EVERYONE,
}
"""Two letters of the text form for identifiers that are the same on every machine ([MS-DTYP] 2.5.1.1)."""

WELL_KNOWN_NAMES: Final[dict[Sid, tuple[str, str]]] = {
    EVERYONE: ("", "Everyone"),
    LOCAL: ("", "LOCAL"),
    Sid(3, (0,)): ("", "CREATOR OWNER"),
    Sid(3, (1,)): ("", "CREATOR GROUP"),
    NETWORK: ("NT AUTHORITY", "NETWORK"),
    Sid(5, (4,)): ("NT AUTHORITY", "INTERACTIVE"),
    Sid(5, (6,)): ("NT AUTHORITY", "SERVICE"),
    Sid(5, (7,)): ("NT AUTHORITY", "ANONYMOUS LOGON"),
    AUTHENTICATED_USERS: ("NT AUTHORITY", "Authenticated Users"),
    LOCAL_SYSTEM: ("NT AUTHORITY", "SYSTEM"),
    LOCAL_SERVICE: ("NT AUTHORITY", "LOCAL SERVICE"),
    NETWORK_SERVICE: ("NT AUTHORITY", "NETWORK SERVICE"),
    ADMINISTRATORS: ("BUILTIN", "Administrators"),
    USERS: ("BUILTIN", "Users"),
}
"""Domain and name of identifiers that are the same on every machine ([MS-DTYP] 2.4.2.4)."""
