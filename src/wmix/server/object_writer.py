"""Objects as they leave: EncodingUnits for single objects and Next, packets for smart enumeration. [MS-WMIO] 2.2.

Rows of a query are written from the row, without making an instance.  Class defaults are written out and NULL slots
are zero, because widely used clients misread the other form.  [MS-WMI] 2.2.14 for packets: a class part travels with
the first instance that has it, and is named by an identifier afterwards.
"""

from __future__ import annotations

import os
from struct import Struct
from typing import TYPE_CHECKING, Final

from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance, Origin
from wmix.port.batch import RowBatch
from wmix.protocol.wbem.packets import CLASS, INSTANCE, INSTANCE_WITHOUT_CLASS
from wmix.protocol.wmio import BlockEncoder, ObjectFlags
from wmix.server.writing_turns import WritingTurns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wmix.port.batch import Batch
    from wmix.protocol.wbem.packets import PacketObject

__all__ = ["KnownClasses", "ObjectWriter"]

_UNIT: Final = Struct("<II").pack
_SIGNATURE: Final = 0x12345678
_INSTANCE_FLAG: Final = int(ObjectFlags.INSTANCE)


class KnownClasses:
    """Class parts that the cache of one client has, by their octets; bounded, because clients decide what they ask."""

    __slots__ = ("_identifiers",)

    MOST: Final = 256

    def __init__(self) -> None:
        self._identifiers: dict[bytes, bytes] = {}

    def identify(self, part: bytes) -> tuple[bytes, bool]:
        """The identifier of a class part, and whether the client has it already."""
        found = self._identifiers.get(part)
        if found is not None:
            return found, True
        identifier = os.urandom(16)
        if len(self._identifiers) < self.MOST:
            self._identifiers[part] = identifier
        return identifier, False


class ObjectWriter:
    """Writes the objects of one server; keeps the class parts of recent layouts."""

    __slots__ = ("_encoder", "turns")

    def __init__(self) -> None:
        self._encoder = BlockEncoder(explicit_defaults=True)
        #: For answers of many objects.
        self.turns = WritingTurns()

    def unit(self, item: CimInstance | CimClass, flags: int = 0) -> bytes:
        """The EncodingUnit of one object; *flags* mark a prototype."""
        block = self._encoder.block(item, _origin(item), flags)
        return _UNIT(_SIGNATURE, len(block)) + block

    def units(self, batches: Iterable[Batch], flags: int = 0) -> list[bytes]:
        """The EncodingUnits of the objects in *batches*."""
        encoder = self._encoder
        units: list[bytes] = []
        for batch in batches:
            if isinstance(batch, RowBatch):
                writer = encoder.writer(batch.layout)
                front = encoder.head(_INSTANCE_FLAG, batch.origin) + writer.part.data
                write, size = writer.write, len(front)
                for row in batch.rows:
                    part = write(row)
                    units.append(_UNIT(_SIGNATURE, size + len(part)) + front + part)
            else:
                units += [self.unit(item, flags) for item in batch.objects()]
        return units

    def packet(self, batches: Iterable[Batch], known: KnownClasses, flags: int = 0) -> list[PacketObject]:
        """The objects in *batches* for a packet to a client that has *known*."""
        encoder = self._encoder
        objects: list[PacketObject] = []
        for batch in batches:
            if isinstance(batch, RowBatch):
                writer = encoder.writer(batch.layout)
                head, part, write = encoder.head(_INSTANCE_FLAG, batch.origin), writer.part.data, writer.write
                identifier, is_known = known.identify(part)
                for row in batch.rows:
                    if is_known:
                        objects.append((INSTANCE_WITHOUT_CLASS, identifier, head + write(row)))
                    else:
                        objects.append((INSTANCE, identifier, b"".join((head, part, write(row)))))
                        identifier, is_known = known.identify(part)
            else:
                for item in batch.objects():
                    if isinstance(item, CimClass):
                        objects.append((CLASS, b"", encoder.block(item, _origin(item), flags)))
                        continue
                    part = encoder.writer(item.layout_).part.data
                    head = encoder.head(_INSTANCE_FLAG, item.origin_)
                    self._add(objects, head, part, encoder.instance_part(item), known)
        return objects

    @staticmethod
    def _add(objects: list[PacketObject], head: bytes, part: bytes, values: bytes, known: KnownClasses) -> None:
        identifier, is_known = known.identify(part)
        if is_known:
            objects.append((INSTANCE_WITHOUT_CLASS, identifier, head + values))
        else:
            objects.append((INSTANCE, identifier, b"".join((head, part, values))))


def _origin(item: CimInstance | CimClass) -> Origin | None:
    if isinstance(item, CimInstance):
        return item.origin_
    if item.server is None and item.namespace is None:
        return None
    return Origin(item.server or "", item.namespace or "")
