"""Objects as they came from a host: frames known, values still encoded. [MS-WMI] 2.2.4, 2.2.14.

Where an object begins and which class part it has is found when it arrives, in about half a microsecond; its values are
decoded when one of them is read, on the reader's thread.  An object that cannot be decoded is set aside with its
octets, and the others go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from wmix.cim.instances import CimInstance, instances
from wmix.errors import ProtocolError
from wmix.port.batch import UndecodedObject
from wmix.port.demand import estimate, octets_of
from wmix.protocol.wbem.packet_rows import CLASS_ID, RowFrame
from wmix.protocol.wbem.packets import CLASS, INSTANCE, object_at, packet_begin
from wmix.protocol.wmio.encoded_row import EncodedRow
from wmix.protocol.wmio.instance_decoder import InstanceDecoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cim.classes import CimClass
    from wmix.cim.instances import Origin
    from wmix.port.batch import CimObject, InstanceFactory
    from wmix.protocol.wmio.class_cache import ClassCache
    from wmix.protocol.wmio.instance_decoder import RowHead
    from wmix.protocol.wmio.reader_compiler import InstanceReader

    #: A part of a batch: rows of one class, or an object by itself.
    _Piece: TypeAlias = "EncodedRows | CimInstance | CimClass"

__all__ = ["EncodedBatch", "EncodedRows", "ObjectDecoder"]

#: Class identifiers of one smart enumerator; a host that sends more has no use for them.
_MOST_CLASSES: Final = 4096

#: Octets of an EncodingUnit before its ObjectBlock.
_UNIT_SIZE: Final = 8

#: What an encoded row takes in memory beside its octets.
_ROW_OCTETS: Final = 40


class EncodedRows:
    """Instances of one class and origin that followed each other: their octets, until somebody wants objects."""

    __slots__ = ("_origin", "_parts", "_reader")

    def __init__(self, reader: InstanceReader, origin: Origin | None, parts: Sequence[bytes]) -> None:
        self._reader = reader
        self._origin = origin
        self._parts = parts

    def __len__(self) -> int:
        return len(self._parts)

    def objects(self, make: InstanceFactory) -> list[CimInstance]:
        """Fresh instances; each decodes its values when one of them is read."""
        reader = self._reader
        return instances(make, reader.layout, [EncodedRow(part, reader) for part in self._parts], self._origin)

    def part(self, start: int, stop: int) -> EncodedRows:
        """The rows from *start* up to *stop*."""
        return EncodedRows(self._reader, self._origin, self._parts[start:stop])

    def octets(self) -> int:
        """About how much memory the rows take as they are."""
        return estimate(self._parts) + _ROW_OCTETS * len(self._parts)

    def __reduce__(self) -> tuple[object, ...]:
        return EncodedRows, (self._reader, self._origin, self._parts)


class EncodedBatch:
    """Some objects of one answer, in order, and those among them that could not be decoded."""

    __slots__ = ("_count", "_pieces", "undecoded")

    def __init__(self, pieces: Sequence[_Piece], undecoded: Sequence[UndecodedObject] = ()) -> None:
        self._pieces = pieces
        self._count = sum([_count(piece) for piece in pieces])
        self.undecoded = undecoded

    def __len__(self) -> int:
        return self._count

    def objects(self, make: InstanceFactory = CimInstance) -> list[CimObject]:
        """Fresh objects over the same octets."""
        found: list[CimObject] = []
        for piece in self._pieces:
            if isinstance(piece, EncodedRows):
                found += piece.objects(make)
            else:
                found.append(_fresh(piece, make))
        return found

    def part(self, start: int, stop: int) -> EncodedBatch:
        """The objects from *start* up to *stop*; what could not be decoded goes with the first part."""
        pieces: list[_Piece] = []
        begin = 0
        for piece in self._pieces:
            if begin >= stop:
                break
            end = begin + _count(piece)
            if start < end:
                within = (max(start - begin, 0), min(stop, end) - begin)
                pieces.append(piece.part(*within) if isinstance(piece, EncodedRows) else piece)
            begin = end
        return EncodedBatch(pieces, self.undecoded if start == 0 else ())

    def octets(self) -> int:
        """About how much memory they take as they are."""
        return sum([piece.octets() if isinstance(piece, EncodedRows) else octets_of(piece) for piece in self._pieces])

    def __reduce__(self) -> tuple[object, ...]:
        return EncodedBatch, (tuple(self._pieces), tuple(self.undecoded))


def _piece(item: CimInstance | CimClass, head: RowHead | None, octets: bytes, start: int) -> _Piece:
    """*item*, whose head begins at *start* of *octets*, as it came if it says no more of itself than its values."""
    if head is not None and isinstance(item, CimInstance):
        part = head.part(octets, start + head.size, len(octets))
        if part is not None:
            return EncodedRows(head.reader, head.origin, (part,))
    return item


def _count(piece: _Piece) -> int:
    return len(piece) if isinstance(piece, EncodedRows) else 1


def _fresh(item: CimInstance | CimClass, make: InstanceFactory) -> CimObject:
    if isinstance(item, CimInstance):
        made = make(item.layout_, item.raw_values_(), item.origin_)
        item.share_qualifiers_(made)
        return made
    return item.clone_()


class _Known:
    """A class part that has an identifier: its reader, and what its rows look like once one was read."""

    __slots__ = ("frame", "head", "reader")

    def __init__(self, reader: InstanceReader) -> None:
        self.reader = reader
        self.head: RowHead | None = None
        self.frame: RowFrame | None = None


class ObjectDecoder:
    """Decodes the answers of one enumeration, on the loop's thread.

    Args:
        cache: class parts of the namespace, shared by its calls.
    """

    def __init__(self, cache: ClassCache) -> None:
        self._decoder = InstanceDecoder(cache)
        self._classes: dict[bytes, _Known] = {}

    def units(self, objects: Sequence[bytes]) -> EncodedBatch:
        """The objects of a plain Next."""
        pieces: list[_Piece] = []
        undecoded: list[UndecodedObject] = []
        decoder = self._decoder
        done, count = 0, len(objects)
        while done < count:
            head, parts = decoder.whole_rows(objects, done)
            if head is not None and parts:
                pieces.append(EncodedRows(head.reader, head.origin, parts))
                done += len(parts)
                continue
            octets = objects[done]
            done += 1
            try:
                found = decoder.unit(octets, 0, len(octets))
                pieces.append(_piece(found, decoder.whole_head, octets, _UNIT_SIZE))
            except ProtocolError as error:
                undecoded.append(UndecodedObject(octets, error))
        return EncodedBatch(pieces, undecoded)

    def packet(self, buffer: bytes) -> EncodedBatch:
        """The objects of a smart Next, in its ObjectArray.

        Raises:
            ProtocolError: the packet itself is not valid, so that its objects cannot be told apart.
        """
        pieces: list[_Piece] = []
        undecoded: list[UndecodedObject] = []
        left, position = packet_begin(buffer)
        while left:
            known = self._classes.get(buffer[position + CLASS_ID.start : position + CLASS_ID.stop])
            if known is not None and known.head is not None and known.frame is not None:
                parts, position = known.frame.rows(buffer, position, left)
                if parts:
                    pieces.append(EncodedRows(known.reader, known.head.origin, parts))
                    left -= len(parts)
                    continue
            (kind, class_id, octets), position = object_at(buffer, position)
            left -= 1
            try:
                pieces.append(self._object(kind, class_id, octets))
            except ProtocolError as error:
                undecoded.append(UndecodedObject(octets, error))
        return EncodedBatch(pieces, undecoded)

    def _object(self, kind: int, class_id: bytes, octets: bytes) -> _Piece:
        decoder = self._decoder
        if kind == CLASS:
            return decoder.block(octets, 0, len(octets))
        if kind == INSTANCE:
            self._learn(class_id, octets)
            return _piece(decoder.block(octets, 0, len(octets)), decoder.whole_head, octets, 0)
        known = self._classes.get(class_id)
        if known is None:
            raise ProtocolError(f"an instance of the class {class_id.hex()}, which was not sent")
        found = decoder.bare(octets, 0, len(octets), known.reader)
        head = decoder.bare_head
        if head is not None and head is not known.head:
            known.head, known.frame = head, RowFrame(class_id, head.octets, head.tail)
        return _piece(found, head, octets, 0)

    def _learn(self, class_id: bytes, octets: bytes) -> None:
        reader = self._decoder.reader(octets, 0, len(octets))
        if len(self._classes) >= _MOST_CLASSES:
            self._classes.pop(next(iter(self._classes)))
        self._classes[class_id] = _Known(reader)
