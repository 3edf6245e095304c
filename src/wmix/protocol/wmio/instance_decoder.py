"""Decoding a stream of objects: every object's frame now, its values when they are read.

The objects of a query mostly begin with the same octets: flags, decoration and class part.  The decoder remembers what
the last object began with, so that for the next one a comparison of these octets is all that is done besides making
the instance.  [MS-WMI] 2.2.14 sends objects without envelope, and later ones without class part; both forms are here.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from wmix.cim.instances import CimInstance, Origin
from wmix.protocol.wmio.class_cache import ClassCache
from wmix.protocol.wmio.encoded_row import EncodedRow
from wmix.protocol.wmio.encoding_unit import unit_block
from wmix.protocol.wmio.instance_part import HEADER_LENGTH, PLAIN_QUALIFIERS
from wmix.protocol.wmio.malformed import malformed
from wmix.protocol.wmio.object_block import BlockDecoder
from wmix.protocol.wmio.octets import OctetReader

if TYPE_CHECKING:
    from typing import TypeAlias

    from wmix.cim.classes import CimClass
    from wmix.cim.layout import InstanceLayout
    from wmix.protocol.wmio.object_block import InstanceFactory
    from wmix.protocol.wmio.reader_compiler import InstanceReader

    #: The arguments of an instance.
    InstanceParts: TypeAlias = tuple[InstanceLayout, EncodedRow, Origin | None]

__all__ = ["InstanceDecoder", "InstanceParts"]

_length_at: Final = Struct("<I").unpack_from


class _Head:
    """What an object began with, and what follows from it."""

    __slots__ = ("octets", "origin", "reader", "size", "tail")

    def __init__(self, octets: bytes, reader: InstanceReader, origin: Origin | None) -> None:
        self.octets = octets
        self.size = len(octets)
        self.reader = reader
        self.origin = origin
        part = reader.part
        self.tail = HEADER_LENGTH + part.nd_length + part.values_length
        """Octets of an instance part before its qualifiers."""


class InstanceDecoder:
    """Decodes the objects of one stream; for one thread at a time.

    The instances that it makes may be read by any thread.

    Attributes:
        cache: the class parts met so far.
    """

    __slots__ = ("_bare", "_whole", "cache")

    def __init__(self, cache: ClassCache | None = None) -> None:
        self.cache = ClassCache() if cache is None else cache
        self._whole: _Head | None = None
        self._bare: _Head | None = None

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
            head = self._whole = _Head(data[start : block.position], reader, origin)
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
            head = self._bare = _Head(data[start : block.position], reader, origin)
        return self._instance(data, start + head.size, end, head, make)

    def bare_parts(self, data: bytes, reader: InstanceReader) -> InstanceParts | None:
        """What :meth:`bare` would make an instance of, if *data* begins as the row before it did; None otherwise.

        Rows of one class follow each other by the thousand, and what makes of them what the caller reads comes later.
        """
        head = self._bare
        if head is None or head.reader is not reader or not data.startswith(head.octets):
            return None
        start, end = head.size, len(data)
        if end - start < 4:
            return None
        length: int = _length_at(data, start)[0]
        if length > end - start or not data.startswith(PLAIN_QUALIFIERS, start + head.tail, start + length):
            return None
        return reader.layout, EncodedRow(data[start : start + length], reader), head.origin

    def _instance(self, data: bytes, start: int, end: int, head: _Head, make: InstanceFactory) -> CimInstance:
        if end - start >= 4:
            length: int = _length_at(data, start)[0]
            if length <= end - start and data.startswith(PLAIN_QUALIFIERS, start + head.tail, start + length):
                reader = head.reader
                return make(reader.layout, EncodedRow(data[start : start + length], reader), head.origin)
        block = OctetReader(data, start, end, "InstanceType")
        return BlockDecoder(self.cache, end - start).read_instance(block, head.reader, head.origin, None, make)
