"""Access control entries. [MS-DTYP] 2.4.4.

An entry grants, denies or audits the access of its mask to one identifier.  Entries of objects carry two identifiers
of types; conditional ones carry data after the identifier, which is kept and not interpreted.
"""

from __future__ import annotations

from typing import Final, Self

from wmix.errors import InvalidParameter
from wmix.record import Record
from wmix.security.sid import Sid

__all__ = ["OBJECT_TYPES", "Ace", "AceFlag", "AceType", "guid_octets", "guid_text"]


class AceType:
    """Types of entries."""

    ALLOWED: Final = 0
    DENIED: Final = 1
    AUDIT: Final = 2
    ALLOWED_OBJECT: Final = 5
    DENIED_OBJECT: Final = 6
    AUDIT_OBJECT: Final = 7
    ALLOWED_CALLBACK: Final = 9
    DENIED_CALLBACK: Final = 10
    DENIED_CALLBACK_OBJECT: Final = 12


class AceFlag:
    """How an entry is inherited, and which access it audits."""

    OBJECT_INHERIT: Final = 0x01
    CONTAINER_INHERIT: Final = 0x02
    NO_PROPAGATE_INHERIT: Final = 0x04
    INHERIT_ONLY: Final = 0x08
    INHERITED: Final = 0x10
    SUCCESSFUL_ACCESS: Final = 0x40
    FAILED_ACCESS: Final = 0x80


#: Entries with the identifiers of types between mask and identifier.
OBJECT_TYPES: Final = frozenset((5, 6, 7, 8, 11, 12, 15, 16))
#: Entries whose identifier follows the mask.
_PLAIN_TYPES: Final = frozenset((0, 1, 2, 3, 9, 10, 13, 14, 17, 18, 19))
_HAS_TYPE: Final = 1
_HAS_INHERITED_TYPE: Final = 2


class Ace(Record):
    """One entry: ``mask`` of access rights, 32 bits; ``data`` is what a conditional entry has after the identifier.

    Types of objects are the 16 octets of their identifiers, as they stand in the binary form.
    """

    type: int
    flags: int
    mask: int
    sid: Sid
    object_type: bytes | None = None
    inherited_object_type: bytes | None = None
    data: bytes = b""

    @classmethod
    def read(cls, octets: bytes, start: int, end: int) -> tuple[Self, int]:
        """The entry at *start* and where the next one begins, at *end* at the latest.

        Raises:
            InvalidParameter: there is none; the message names the position.
        """
        if start + 8 > end:
            raise InvalidParameter(f"octet {start}: an entry does not fit into its list")
        kind, flags = octets[start], octets[start + 1]
        after = start + int.from_bytes(octets[start + 2 : start + 4], "little")
        if after > end or after < start + 8 or (after - start) % 4:
            raise InvalidParameter(f"octet {start + 2}: an entry of {after - start} octets does not fit into its list")
        mask = int.from_bytes(octets[start + 4 : start + 8], "little")
        at = start + 8
        types: list[bytes | None] = [None, None]
        if kind in OBJECT_TYPES:
            at, types = _read_types(octets, at, after)
        elif kind not in _PLAIN_TYPES:
            raise InvalidParameter(f"octet {start}: entries of type {kind} are not known")
        entry = octets[:after]
        sid = Sid.read(entry, at)
        return cls(kind, flags, mask, sid, types[0], types[1], entry[at + sid.size :]), after

    @property
    def octets(self) -> bytes:
        """Its binary form; a multiple of four octets."""
        body = self.mask.to_bytes(4, "little")
        if self.type in OBJECT_TYPES:
            given = (self.object_type, self.inherited_object_type)
            body += sum(bit for bit, item in zip((1, 2), given, strict=True) if item is not None).to_bytes(4, "little")
            body += b"".join([item for item in given if item is not None])
        body += self.sid.octets + self.data
        body += bytes(-len(body) % 4)
        return bytes((self.type, self.flags)) + (4 + len(body)).to_bytes(2, "little") + body

    @property
    def is_inherited(self) -> bool:
        """Whether it comes from above."""
        return bool(self.flags & AceFlag.INHERITED)


def _read_types(octets: bytes, at: int, end: int) -> tuple[int, list[bytes | None]]:
    if at + 4 > end:
        raise InvalidParameter(f"octet {at}: an entry of an object is cut off")
    present = int.from_bytes(octets[at : at + 4], "little")
    at += 4
    types: list[bytes | None] = []
    for bit in (_HAS_TYPE, _HAS_INHERITED_TYPE):
        if not present & bit:
            types.append(None)
            continue
        if at + 16 > end:
            raise InvalidParameter(f"octet {at}: the type of an entry is cut off")
        types.append(octets[at : at + 16])
        at += 16
    return at, types


def guid_text(octets: bytes) -> str:
    """The text of a type's identifier, without braces."""
    groups = (octets[3::-1], octets[5:3:-1], octets[7:5:-1], octets[8:10], octets[10:16])
    return "-".join([group.hex() for group in groups])


def guid_octets(text: str) -> bytes:
    """The octets of the identifier that *text* writes, with braces or without.

    Raises:
        InvalidParameter: it writes none.
    """
    groups = text.strip("{}").split("-")
    try:
        if [len(group) for group in groups] != [8, 4, 4, 4, 12]:
            raise ValueError
        first, second, third, fourth, fifth = [bytes.fromhex(group) for group in groups]
    except ValueError:
        raise InvalidParameter(f"{text!r} is no identifier of a type") from None
    return first[::-1] + second[::-1] + third[::-1] + fourth + fifth
