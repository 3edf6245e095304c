"""Decoding a stream of objects: every object's frame now, its values when they are read.

The objects of a query mostly begin with the same octets: flags, decoration and class part.  The decoder remembers what
the last object began with, so that for the next one a comparison of these octets is all that is done besides making
the instance.  [MS-WMI] 2.2.14 sends objects without envelope, and later ones without class part; both forms are here.
"""

from __future__ import annotations

from itertools import islice
from struct import Struct
from struct import error as StructError  # noqa: N812 - an exception
from typing import TYPE_CHECKING, Final

from wmix.cim.instances import CimInstance, Origin
from wmix.protocol.wmio.class_cache import ClassCache
from wmix.protocol.wmio.encoded_row import EncodedRow
from wmix.protocol.wmio.encoding_unit import SIGNATURE, unit_block
from wmix.protocol.wmio.instance_part import HEADER_LENGTH, PLAIN_QUALIFIERS
from wmix.protocol.wmio.malformed import malformed
from wmix.protocol.wmio.object_block import BlockDecoder
from wmix.protocol.wmio.octets import OctetReader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cim.classes import CimClass
    from wmix.protocol.wmio.object_block import InstanceFactory
    from wmix.protocol.wmio.reader_compiler import InstanceReader

__all__ = ["InstanceDecoder", "RowHead"]

#: Signature and ObjectEncodingLength of an EncodingUnit.
_unit_at: Final = Struct("<II").unpack_from
_UNIT_SIZE: Final = 8


class RowHead:
    """What an object began with, and what follows from it for the next one.

    Attributes:
        octets: flags, decoration, and the class part unless it is known otherwise.
        reader: of the class part.
        origin: what the decoration says.
        tail: octets of an instance part before its qualifiers.
    """

    __slots__ = ("_least", "_unpack", "octets", "origin", "reader", "size", "tail")

    def __init__(self, octets: bytes, reader: InstanceReader, origin: Origin | None) -> None:
        self.octets = octets
        self.size = len(octets)
        self.reader = reader
        self.origin = origin
        part = reader.part
        self.tail = HEADER_LENGTH + part.nd_length + part.values_length
        self._least = self.tail + len(PLAIN_QUALIFIERS)
        self._unpack = Struct(f"<I{self.tail - 4}x{len(PLAIN_QUALIFIERS)}s").unpack_from

    def part(self, data: bytes, start: int, end: int) -> bytes | None:
        """The instance part from *start* on if it ends before *end* and has no qualifiers of its own; else None."""
        try:
            length, qualifiers = self._unpack(data, start)
        except StructError:
            return None
        if qualifiers == PLAIN_QUALIFIERS and self._least <= length <= end - start:
            return data[start : start + length]
        return None


class InstanceDecoder:
    """Decodes the objects of one stream; for one thread at a time.

    The instances that it makes may be read by any thread.

    Attributes:
        cache: the class parts met so far.
    """

    __slots__ = ("_bare", "_whole", "cache")

    def __init__(self, cache: ClassCache | None = None) -> None:
        self.cache = ClassCache() if cache is None else cache
        self._whole: RowHead | None = None
        self._bare: RowHead | None = None

    def unit(self, data: bytes, start: int, end: int, make: InstanceFactory = CimInstance) -> CimClass | CimInstance:
        """The object of the EncodingUnit that begins at *start*; octets between it and *end* are ignored.

        Raises:
            ProtocolError: not a valid unit; what is wrong with an instance's values shows when they are read.
        """
        block = unit_block(data, start, end)
        return self.block(data, block.position, block.end, make)

    def block(self, data: bytes, start: int, end: int, make: InstanceFactory = CimInstance) -> CimClass | CimInstance:
        """The object of the ObjectBlock from *start* to *end* (WBEMOBJECT_CLASS, WBEMOBJECT_INSTANCE).

        Raises:
            ProtocolError: as for :meth:`unit`.
        """
        head = self._whole
        if head is None or not data.startswith(head.octets, start, end):
            block = OctetReader(data, start, end, "ObjectBlock")
            decoder = BlockDecoder(self.cache, end - start)
            flags, origin = decoder.read_head(block)
            if flags & 0x01:
                block.position = start
                return decoder.read(block)
            reader = decoder.read_class_part(block, origin)
            head = self._whole = RowHead(data[start : block.position], reader, origin)
        return self._instance(data, start + head.size, end, head, make)

    def reader(self, data: bytes, start: int, end: int) -> InstanceReader:
        """The reader for the class part of the instance block at *start*: what later objects' class id stands for.

        Raises:
            ProtocolError: also for a class block.
        """
        head = self._whole
        if head is not None and data.startswith(head.octets, start, end):
            return head.reader
        decoder = BlockDecoder(self.cache, end - start)
        block = OctetReader(data, start, end, "ObjectBlock")
        flags, origin = decoder.read_head(block)
        if flags & 0x01:
            raise malformed("ObjectBlock", "ObjectFlags", start, "a class instead of an instance")
        return decoder.read_class_part(block, origin)

    def bare(
        self, data: bytes, start: int, end: int, reader: InstanceReader, make: InstanceFactory = CimInstance
    ) -> CimInstance:
        """The instance from *start* to *end* that is sent without its class part (WBEMOBJECT_INSTANCE_NOCLASS, 2.2.3).

        Raises:
            ProtocolError: as for :meth:`unit`.
        """
        head = self._bare
        if head is None or head.reader is not reader or not data.startswith(head.octets, start, end):
            block = OctetReader(data, start, end, "ObjectBlock")
            _, origin = BlockDecoder(self.cache, end - start).read_head(block)
            head = self._bare = RowHead(data[start : block.position], reader, origin)
        return self._instance(data, start + head.size, end, head, make)

    def whole_rows(self, units: Sequence[bytes], start: int) -> tuple[RowHead | None, list[bytes]]:
        """The instance parts of the units from *start* on that begin as the one before them did, and their head.

        Rows of one class follow each other by the thousand, and what makes of them what the caller reads comes later.
        """
        head = self._whole
        found: list[bytes] = []
        if head is None:
            return None, found
        octets, first = head.octets, _UNIT_SIZE + head.size
        for unit in islice(units, start, None):
            if not unit.startswith(octets, _UNIT_SIZE):
                break
            signature, length = _unit_at(unit, 0)
            end = _UNIT_SIZE + length
            part = head.part(unit, first, end) if signature == SIGNATURE and end <= len(unit) else None
            if part is None:
                break
            found.append(part)
        return head, found

    @property
    def whole_head(self) -> RowHead | None:
        """What the last instance with its class part began with."""
        return self._whole

    @property
    def bare_head(self) -> RowHead | None:
        """What the last instance without class part began with."""
        return self._bare

    def _instance(self, data: bytes, start: int, end: int, head: RowHead, make: InstanceFactory) -> CimInstance:
        part = head.part(data, start, end)
        if part is not None:
            reader = head.reader
            return make(reader.layout, EncodedRow(part, reader), head.origin)
        block = OctetReader(data, start, end, "InstanceType")
        return BlockDecoder(self.cache, end - start).read_instance(block, head.reader, head.origin, None, make)
