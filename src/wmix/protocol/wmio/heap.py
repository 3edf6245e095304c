"""Heaps and references into them: [MS-WMIO] 2.2.66 to 2.2.69.

Every part of an object (class, methods, instance) has a heap of its own: a length with bit 31 set and the octets.  A
reference is an offset into the heap of the same part; all ones is NULL.  :class:`Heap` reads items within bounds,
:class:`HeapWriter` appends them.  What the items mean is the business of ``values``, ``qualifiers`` and the parts.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from wmix.protocol.wmio.malformed import malformed
from wmix.protocol.wmio.octets import OctetReader
from wmix.protocol.wmio.strings import DICTIONARY, DICTIONARY_FLAG, encode_string, read_string

if TYPE_CHECKING:
    from wmix.protocol.wmio.values import ObjectDecoder, ObjectEncoder

__all__ = ["HEAP_FLAG", "NULL_REFERENCE", "Heap", "HeapWriter", "read_heap"]

NULL_REFERENCE: Final = 0xFFFFFFFF
"""A reference to nothing; to be recognised before the dictionary's flag, which it has too."""

HEAP_FLAG: Final = 0x80000000
"""Set in every HeapLength (2.2.66)."""

_U32: Final = Struct("<I")


class Heap:
    """A heap to read from: *data* from *start* to *end*; *objects* decodes what is embedded."""

    __slots__ = ("data", "end", "objects", "start", "structure")

    def __init__(self, data: bytes, start: int, end: int, structure: str, objects: ObjectDecoder) -> None:
        self.data = data
        self.start = start
        self.end = end
        self.structure = structure
        self.objects = objects

    def position(self, reference: int, field: str) -> int:
        """Where *reference* points.

        Raises:
            ProtocolError: outside the heap.
        """
        position = self.start + reference
        if position >= self.end:
            size = self.end - self.start
            raise malformed(self.structure, field, self.start, f"reference {reference:#x} into a heap of {size} octets")
        return position

    def at(self, reference: int, structure: str, field: str) -> OctetReader:
        """A reader of the item of *reference*, to the end of the heap."""
        return OctetReader(self.data, self.position(reference, field), self.end, structure)

    def string(self, reference: int, field: str) -> str:
        """The text of a reference that may not be NULL, from the heap or from the dictionary."""
        if reference & DICTIONARY_FLAG:
            index = reference & ~DICTIONARY_FLAG
            if index < len(DICTIONARY):
                return DICTIONARY[index]
            why = "NULL" if reference == NULL_REFERENCE else f"dictionary entry {index}; there are {len(DICTIONARY)}"
            raise malformed(self.structure, field, self.start, why)
        position = self.position(reference, field)
        text, after = read_string(self.data, position, self.end, self.structure, field)
        self.objects.budget.spend(after - position, self.structure, position)
        return text

    def part(self, reference: int, structure: str, field: str) -> OctetReader:
        """A reader of the block of *reference*: a length that does not count itself, and so many octets."""
        item = self.at(reference, structure, field)
        position = item.position
        block = item.part(structure, field, included=False)
        self.objects.budget.spend(block.end - position, structure, position)
        return block


def read_heap(reader: OctetReader, structure: str, objects: ObjectDecoder) -> Heap:
    """The heap that begins where *reader* stands."""
    position = reader.position
    length = reader.u32("HeapLength")
    if not length & HEAP_FLAG:
        raise malformed(structure, "HeapLength", position, f"{length:#x} lacks bit 31")
    start = reader.skip(length & ~HEAP_FLAG, "HeapItem")
    return Heap(reader.data, start, reader.position, structure, objects)


class HeapWriter:
    """A heap under construction; *objects* encodes what is embedded."""

    __slots__ = ("data", "objects")

    def __init__(self, objects: ObjectEncoder) -> None:
        self.data = bytearray()
        self.objects = objects

    def add(self, item: bytes) -> int:
        """Append *item* and return its reference."""
        reference = len(self.data)
        self.data += item
        return reference

    def string(self, text: str) -> int:
        """Append *text* and return its reference."""
        return self.add(encode_string(text))

    def block(self, item: bytes) -> int:
        """Append *item* behind its length and return the reference of the whole."""
        return self.add(_U32.pack(len(item)) + item)

    def replace(self, reference: int, item: bytes) -> None:
        """Write *item* over the octets that were added at *reference*."""
        self.data[reference : reference + len(item)] = item

    def encoded(self) -> bytes:
        """HeapLength and the octets."""
        return _U32.pack(len(self.data) | HEAP_FLAG) + self.data
