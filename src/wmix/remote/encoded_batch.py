"""Objects as they came from a host: frames known, values still encoded. [MS-WMI] 2.2.4, 2.2.14.

Where an object begins and which class part it has is found when it arrives, in about a microsecond; its values are
decoded when one of them is read, on the reader's thread.  An object that cannot be decoded is set aside with its
octets, and the others go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from wmix.cim.instances import CimInstance
from wmix.errors import ProtocolError
from wmix.port.batch import UndecodedObject
from wmix.port.demand import estimate, octets_of
from wmix.protocol.wbem.packets import CLASS, INSTANCE, decode_packet
from wmix.protocol.wmio.encoded_row import EncodedRow
from wmix.protocol.wmio.instance_decoder import InstanceDecoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cim.classes import CimClass
    from wmix.port.batch import CimObject, InstanceFactory
    from wmix.protocol.wmio.class_cache import ClassCache
    from wmix.protocol.wmio.instance_decoder import InstanceParts
    from wmix.protocol.wmio.reader_compiler import InstanceReader

    _Item: TypeAlias = CimInstance | CimClass | InstanceParts

__all__ = ["EncodedBatch", "ObjectDecoder"]

#: Class identifiers of one smart enumerator; a host that sends more has no use for them.
_MOST_CLASSES: Final = 4096

#: What an encoded row takes in memory beside its octets.
_ROW_OCTETS: Final = 200


class EncodedBatch:
    """Some objects of one answer, in order, and those among them that could not be decoded.

    Instances that follow others of their class are the arguments of an instance until somebody wants one.
    """

    __slots__ = ("_items", "undecoded")

    def __init__(self, items: Sequence[_Item], undecoded: Sequence[UndecodedObject] = ()) -> None:
        self._items = items
        self.undecoded = undecoded

    def __len__(self) -> int:
        return len(self._items)

    def objects(self, make: InstanceFactory = CimInstance) -> list[CimObject]:
        """Fresh objects over the same octets; each shares its values until it is changed."""
        return [make(*item) if isinstance(item, tuple) else _fresh(item, make) for item in self._items]

    def part(self, start: int, stop: int) -> EncodedBatch:
        """The objects from *start* up to *stop*; what could not be decoded goes with the first part."""
        return EncodedBatch(self._items[start:stop], self.undecoded if start == 0 else ())

    def octets(self) -> int:
        """About how much memory they take as they are."""
        return estimate(self._items, _octets_of)

    def __reduce__(self) -> tuple[object, ...]:
        return EncodedBatch, (tuple(self._items), tuple(self.undecoded))


def _octets_of(item: object) -> int:
    values = item[1] if isinstance(item, tuple) else item.raw_values_() if isinstance(item, CimInstance) else item
    data = values.data if isinstance(values, EncodedRow) else None
    return _ROW_OCTETS + len(data) if data is not None else octets_of(values)


def _fresh(item: CimInstance | CimClass, make: InstanceFactory) -> CimObject:
    if isinstance(item, CimInstance):
        return make(item.layout_, item.raw_values_(), item.origin_)
    return item.clone_()


class ObjectDecoder:
    """Decodes the answers of one enumeration, on the loop's thread.

    Args:
        cache: class parts of the namespace, shared by its calls.
    """

    def __init__(self, cache: ClassCache) -> None:
        self._decoder = InstanceDecoder(cache)
        self._classes: dict[bytes, InstanceReader] = {}

    def units(self, objects: Sequence[bytes]) -> EncodedBatch:
        """The objects of a plain Next."""
        items: list[_Item] = []
        undecoded: list[UndecodedObject] = []
        unit = self._decoder.unit
        for octets in objects:
            try:
                items.append(unit(octets, 0, len(octets)))
            except ProtocolError as error:
                undecoded.append(UndecodedObject(octets, error))
        return EncodedBatch(items, undecoded)

    def packet(self, buffer: bytes) -> EncodedBatch:
        """The objects of a smart Next, in its ObjectArray.

        Raises:
            ProtocolError: the packet itself is not valid, so that its objects cannot be told apart.
        """
        items: list[_Item] = []
        undecoded: list[UndecodedObject] = []
        decoder = self._decoder
        parts_of = decoder.bare_parts
        readers = self._classes
        bare = decoder.bare
        for kind, class_id, octets in decode_packet(buffer):
            try:
                reader = readers.get(class_id) if kind > INSTANCE else None
                if reader is not None:
                    items.append(parts_of(octets, reader) or bare(octets, 0, len(octets), reader))
                elif kind == CLASS:
                    items.append(decoder.block(octets, 0, len(octets)))
                elif kind == INSTANCE:
                    self._learn(class_id, octets)
                    items.append(decoder.block(octets, 0, len(octets)))
                else:
                    what = f"an instance of the class {class_id.hex()}, which was not sent"
                    undecoded.append(UndecodedObject(octets, ProtocolError(what)))
            except ProtocolError as error:
                undecoded.append(UndecodedObject(octets, error))
        return EncodedBatch(items, undecoded)

    def _learn(self, class_id: bytes, octets: bytes) -> None:
        if len(self._classes) >= _MOST_CLASSES:
            self._classes.pop(next(iter(self._classes)))
        self._classes[class_id] = self._decoder.reader(octets, 0, len(octets))
