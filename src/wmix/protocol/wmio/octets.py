"""Reading octets with bounds: every field is checked against what is really there before it is taken.

The decoders of this package read through :class:`OctetReader`, so that no length or count of a peer is believed: a
field that does not fit is a ``ProtocolError`` naming structure, field and position. :class:`Budget` bounds the work
that one encoding can cause: "no two references may share one item" ([MS-WMIO] 2.2.69), yet nothing stops a hostile
peer from pointing a thousand references at one large item, in an object that is itself referred to a thousand times.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from wmix.protocol.wmio.malformed import malformed

__all__ = ["MAX_DEPTH", "Budget", "OctetReader"]

MAX_DEPTH: Final = 32
"""Levels of embedded objects; Windows' own events have two or three."""

_U16: Final = Struct("<H")
_U32: Final = Struct("<I")


class Budget:
    """How many octets of heap items may still be read; shared by all parts of one encoding.

    Items of one heap are disjoint, and embedded objects lie within heaps, so that a valid encoding of n octets is read
    at most once for each level of nesting.
    """

    __slots__ = ("left",)

    def __init__(self, octets: int) -> None:
        """A budget for an encoding of *octets* octets."""
        self.left = octets * MAX_DEPTH

    def spend(self, octets: int, structure: str, position: int) -> None:
        """Count an item of *octets* octets.

        Raises:
            ProtocolError: more has been read than a valid encoding has.
        """
        self.left -= octets
        if self.left < 0:
            raise malformed(structure, "HeapItem", position, "the same items are referred to over and over")


class OctetReader:
    """A cursor over *data* from *position* to *end*, which *data* must have.

    Attributes:
        data, position, end: where it reads.
        structure: name of what is being read, for errors.
    """

    __slots__ = ("data", "end", "position", "structure")

    def __init__(self, data: bytes, position: int, end: int, structure: str) -> None:
        self.data = data
        self.position = position
        self.end = end
        self.structure = structure

    def skip(self, octets: int, field: str) -> int:
        """Move on by *octets* and return where they began."""
        start = self.position
        if octets > self.end - start:
            raise malformed(self.structure, field, start, f"{octets} octets announced, {self.end - start} there")
        self.position = start + octets
        return start

    def take(self, octets: int, field: str) -> bytes:
        """The next *octets* octets."""
        start = self.skip(octets, field)
        return self.data[start : self.position]

    def u8(self, field: str) -> int:
        """The next octet."""
        return self.data[self.skip(1, field)]

    def u16(self, field: str) -> int:
        """An unsigned integer of 16 bits."""
        value: int = _U16.unpack_from(self.data, self.skip(2, field))[0]
        return value

    def u32(self, field: str) -> int:
        """An unsigned integer of 32 bits."""
        value: int = _U32.unpack_from(self.data, self.skip(4, field))[0]
        return value

    def part(self, structure: str, field: str, *, included: bool) -> OctetReader:
        """A reader of the part that begins with its length here, standing after the length; this one moves past it.

        Args:
            included: whether the length counts its own four octets.
        """
        start = self.position
        length = self.u32(field)
        if included:
            if length < 4:
                raise malformed(structure, field, start, f"a length of {length} does not hold itself")
            length -= 4
        begin = self.skip(length, field)
        return OctetReader(self.data, begin, self.position, structure)

    def fail(self, field: str, why: str, position: int | None = None) -> Exception:
        """The error for *field* at *position* (here, when not given)."""
        return malformed(self.structure, field, self.position if position is None else position, why)
