"""InstanceType behind its class part: the values and qualifiers of one instance, [MS-WMIO] 2.2.53 to 2.2.58.

The slots are laid out by the class part, which has to be at hand to read anything. Three states stay apart: NULL (bit
0 of the NdTable), "use the class default" (bit 1), and a value in the slot. These functions interpret the layout
field by field; ``reader_compiler`` and ``writer_compiler`` do the same faster and fall back to them.

The qualifier sets of properties, when there are any, are taken in DeclarationOrder. The text says look-up order, but
it says so of the NdTable too, where captured instances show declaration order; no capture with such sets is known.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from wmix.cim.layout import UNSET
from wmix.protocol.wmio.heap import NULL_REFERENCE, Heap, HeapWriter, read_heap
from wmix.protocol.wmio.octets import OctetReader
from wmix.protocol.wmio.property_table import DEFAULT_BIT, NULL_BIT, NdTable
from wmix.protocol.wmio.qualifiers import (
    EMPTY_SET,
    QualifierBounds,
    qualifier_set_bounds,
    read_qualifiers,
    write_qualifiers,
)
from wmix.protocol.wmio.values import read_value, write_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wmix.cim.qualifiers import Qualifier, QualifierSet
    from wmix.protocol.wmio.class_part import ClassPart
    from wmix.protocol.wmio.values import ObjectDecoder, ObjectEncoder

__all__ = [
    "HEADER_LENGTH",
    "OBJECT_QUALIFIERS",
    "PLAIN_QUALIFIERS",
    "read_instance_qualifiers",
    "read_values",
    "write_instance_part",
]

HEADER_LENGTH: Final = 9
"""Octets before the NdTable: EncodingLength, InstanceFlags, InstanceClassName."""

OBJECT_QUALIFIERS: Final = -1
"""The key of the object's own set among those of the properties."""

NO_PROPERTY_QUALIFIERS: Final = 1
PROPERTY_QUALIFIERS: Final = 2
"""InstPropQualSetFlag (2.2.58)."""


PLAIN_QUALIFIERS: Final = EMPTY_SET + bytes((NO_PROPERTY_QUALIFIERS,))
"""Both qualifier fields of an instance without qualifiers of its own, as nearly all are."""


class _Fields:
    """Where the parts of one instance part are."""

    __slots__ = ("class_name", "heap", "nd_table", "qualifiers", "values")

    def __init__(self, data: bytes, part: ClassPart, objects: ObjectDecoder) -> None:
        reader = OctetReader(data, 0, len(data), "InstanceType")
        block = reader.part("InstanceType", "EncodingLength", included=True)
        block.u8("InstanceFlags")
        self.class_name = block.u32("InstanceClassName")
        self.nd_table = NdTable(block.take(part.nd_length, "NdTable"))
        self.values = block.skip(part.values_length, "InstanceData")
        self.qualifiers: list[QualifierBounds] = [qualifier_set_bounds(block)]
        flag = block.u8("InstPropQualSetFlag")
        if flag == PROPERTY_QUALIFIERS:
            self.qualifiers += [qualifier_set_bounds(block) for _ in part.slots]
        elif flag != NO_PROPERTY_QUALIFIERS:
            raise block.fail("InstPropQualSetFlag", f"{flag}; known are 1 and 2", block.position - 1)
        self.heap: Heap = read_heap(block, "InstanceHeap", objects)
        if self.class_name != NULL_REFERENCE:
            self.heap.string(self.class_name, "InstanceClassName")


def read_values(data: bytes, part: ClassPart, objects: ObjectDecoder) -> tuple[object, ...]:
    """The values of the instance part *data* in the order of the class; UNSET where the class default shows.

    A slot that refers to the class name is NULL: items are not shared (2.2.69), the class name is the first item, and
    impacket writes 0 for an array that is not given, without saying so in the NdTable.

    Raises:
        ProtocolError: it is not valid.
    """
    fields = _Fields(data, part, objects)
    nd_table, heap = fields.nd_table, fields.heap
    values: list[object] = []
    for order, slot in enumerate(part.slots):
        bits = nd_table[order]
        if bits & DEFAULT_BIT:
            values.append(UNSET)
        elif bits & NULL_BIT:
            values.append(None)
        else:
            (raw,) = struct.unpack_from(f"<{slot.format}", data, fields.values + slot.offset)
            missing = raw == fields.class_name and slot.in_heap
            values.append(None if missing else read_value(raw, slot.type, slot.is_array, heap, slot.field))
    return tuple(values)


def read_instance_qualifiers(data: bytes, part: ClassPart, objects: ObjectDecoder) -> dict[int, list[Qualifier]]:
    """The qualifiers that the instance itself has: by position of the property, and under ``OBJECT_QUALIFIERS``.

    Raises:
        ProtocolError: they are not valid.
    """
    fields = _Fields(data, part, objects)
    found = {}
    for number, bounds in enumerate(fields.qualifiers, OBJECT_QUALIFIERS):
        if bounds[0] < bounds[1]:
            found[number] = read_qualifiers(data, bounds, fields.heap)
    return found


def write_instance_part(
    part: ClassPart,
    values: Sequence[object],
    encoder: ObjectEncoder,
    *,
    qualifiers: Mapping[int, QualifierSet] | None = None,
    explicit_defaults: bool = False,
) -> bytes:
    """The octets of an instance part.

    Args:
        part: the class part that the values belong to, one value for each of its properties.
        qualifiers: the instance's sets as ``CimInstance`` keeps them; what came from the class is left out.
        explicit_defaults: write class defaults as values where nothing was set; some clients misread the bit that says
            so (wire-protocol 4.8).
    """
    heap = HeapWriter(encoder)
    class_name = heap.string(part.name)
    bits = [0] * len(part.slots)
    table = bytearray(part.values_length)
    for order in part.lookup:
        slot, value = part.slots[order], values[order]
        if value is UNSET:
            if not explicit_defaults:
                bits[order] = DEFAULT_BIT
                continue
            value = part.properties[order].default
        if value is None:
            bits[order] = NULL_BIT
        else:
            table[slot.offset : slot.offset + slot.size] = write_value(value, slot.type, slot.is_array, heap)
    body = b"".join(
        (
            struct.pack("<BI", 0, class_name),
            NdTable.of(bits).data,
            table,
            _write_sets(qualifiers, len(part.slots), heap),
            heap.encoded(),
        )
    )
    return struct.pack("<I", 4 + len(body)) + body


def _write_sets(qualifiers: Mapping[int, QualifierSet] | None, count: int, heap: HeapWriter) -> bytes:
    """QualifierSet and InstancePropQualifierSet."""
    local: dict[int, list[Qualifier]] = {}
    for number, held in (qualifiers or {}).items():
        if own := [item for item in held.entries() if not item.is_propagated]:
            local[number] = own
    of_object = write_qualifiers(local.pop(OBJECT_QUALIFIERS, []), heap)
    if not local:
        return of_object + bytes([NO_PROPERTY_QUALIFIERS])
    sets = [write_qualifiers(local[order], heap) if order in local else EMPTY_SET for order in range(count)]
    return b"".join((of_object, bytes([PROPERTY_QUALIFIERS]), *sets))
