"""A place in octets that are read, and octets that grow: what all NDR types read from and write to.

Alignment counts from the first octet ([C706] 14.2.2).  A length that was read is compared with the octets that are left
before anything is made of it, so a few hostile octets cannot ask for memory.
"""

from __future__ import annotations

from struct import Struct
from struct import error as struct_error
from typing import Any

from wmix.protocol.ndr.malformed import MalformedData

__all__ = ["Reader", "Writer"]

_U32 = Struct("<I")
#: The first referent that a writer gives out, and the step; receivers never interpret them ([C706] 14.3.10).
_FIRST_REFERENT = 0x00020000
_REFERENT_STEP = 4


class Reader:
    """Octets and the place that was reached.

    ``place`` is (structure, field) of what is being read, for messages; ``referents`` holds pointees of full pointers.
    """

    __slots__ = ("data", "place", "position", "referents")

    def __init__(self, data: bytes, position: int = 0) -> None:
        self.data = data
        self.position = position
        self.place = ("", "")
        self.referents: dict[int, object] = {}

    @property
    def remaining(self) -> int:
        """How many octets are left, 0 or more."""
        return max(len(self.data) - self.position, 0)

    def align(self, octets: int) -> None:
        """Skip to the next multiple of *octets* (a power of two)."""
        self.position = (self.position + octets - 1) & -octets

    def unpack(self, packing: Struct) -> tuple[Any, ...]:
        """Read what *packing* describes; no alignment is done."""
        try:
            values = packing.unpack_from(self.data, self.position)
        except struct_error:
            raise self.short(packing.size) from None
        self.position += packing.size
        return values

    def u32(self) -> int:
        """An aligned unsigned 32-bit integer."""
        self.position = (self.position + 3) & -4
        value: int = self.unpack(_U32)[0]
        return value

    def count(self, least_size: int) -> int:
        """A number of elements (maximum or actual count), each of at least *least_size* octets that must be there."""
        count = self.u32()
        if count * least_size > self.remaining:
            raise self.malformed(f"{count} elements do not fit in {self.remaining} octets")
        return count

    def take(self, octets: int) -> bytes:
        """The next *octets* octets."""
        start = self.position
        end = start + octets
        if end > len(self.data):
            raise self.short(octets)
        self.position = end
        return self.data[start:end]

    def rest(self) -> bytes:
        """All octets that are left; reads them."""
        return self.take(self.remaining)

    def malformed(self, what: str) -> MalformedData:
        """The error for this place; to be raised by the caller."""
        structure, field = self.place
        return MalformedData(what, position=self.position, structure=structure, field=field)

    def short(self, wanted: int) -> MalformedData:
        """The error for octets that are missing here."""
        return self.malformed(f"{wanted} octets wanted, {self.remaining} left")


class Writer:
    """Octets that grow; hands out referents, distinct within one stub as receivers may demand."""

    __slots__ = ("_next", "data", "referents", "written")

    def __init__(self) -> None:
        self.data = bytearray()
        self._next = _FIRST_REFERENT
        #: Referents of values under full pointers, by the identity of the value, and those already written.
        self.referents: dict[int, int] = {}
        self.written: set[int] = set()

    def align(self, octets: int) -> None:
        """Fill with zeros up to the next multiple of *octets*."""
        self.data += bytes(-len(self.data) % octets)

    def u32(self, value: int) -> None:
        """An aligned unsigned 32-bit integer."""
        if len(self.data) & 3:
            self.align(4)
        self.data += _U32.pack(value)

    def new_referent(self) -> int:
        """A referent that was not used before."""
        value = self._next
        self._next += _REFERENT_STEP
        return value

    def referent(self) -> None:
        """Write a new referent, aligned."""
        self.u32(self.new_referent())

    def getvalue(self) -> bytes:
        """What was written."""
        return bytes(self.data)
