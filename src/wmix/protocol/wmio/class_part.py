"""ClassPart: a class without its methods, as it stands in classes and in front of every instance.

[MS-WMIO] 2.2.15 to 2.2.37. A class part is self-contained: it lists inherited properties too, with the qualifiers,
defaults and slots that hold here. The look-up table is sorted by name; everything else goes by DeclarationOrder,
which is also the order of :class:`~wmix.cim.classes.CimClass`. Parts are located by their lengths: real class parts
have unused octets in the heap and behind it, and those are passed over. The order in which :func:`write_class_part`
fills the heap is the one of Windows (wire-protocol 4.10), so that a captured part without slack is reproduced.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from wmix.cim.classes import CimClass, CimProperty
from wmix.cim.layout import UNSET
from wmix.cim.names import fold
from wmix.cim.qualifiers import QualifierSet
from wmix.cim.types import ARRAY, type_name
from wmix.protocol.wmio.heap import NULL_REFERENCE, Heap, HeapWriter, read_heap
from wmix.protocol.wmio.malformed import malformed
from wmix.protocol.wmio.octets import OctetReader
from wmix.protocol.wmio.property_table import DEFAULT_BIT, NULL_BIT, NdTable, Slot, nd_table_length
from wmix.protocol.wmio.qualifiers import (
    qualifier_set_bounds,
    qualifier_set_length,
    read_qualifiers,
    write_qualifiers,
)
from wmix.protocol.wmio.strings import encode_string, read_string
from wmix.protocol.wmio.values import cim_type, read_value, write_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wmix.cim.instances import Origin
    from wmix.cim.layout import InstanceLayout
    from wmix.cim.methods import CimMethod
    from wmix.cim.types import CimValue
    from wmix.protocol.wmio.values import ObjectDecoder, ObjectEncoder

__all__ = ["ClassPart", "class_of_origin", "origin_name", "read_class_part", "write_class_part"]

_INHERITED: Final = 0x4000
"""Bit of PropertyType: the parent class has the property, as it is or overridden (2.2.30)."""

_LOOKUP: Final = struct.Struct("<II")
_INFO: Final = struct.Struct("<IHII")
"""PropertyType, DeclarationOrder, ValueTableOffset, ClassOfOrigin."""


class ClassPart:
    """A class part, encoded and decoded.

    Attributes:
        data: the octets, all EncodingLength of them.
        name: of the class; empty for the empty class, the parent of top-level classes.
        derivation: the ancestors, parent first.
        qualifiers: of the class.
        properties: in DeclarationOrder.
        slots: of the properties, in DeclarationOrder.
        lookup: the DeclarationOrder of the properties sorted by name.
        values_length: octets of the ValueTable, and of the InstanceData of every instance.
        origin: where the class came from.
    """

    __slots__ = (
        "_cls",
        "data",
        "derivation",
        "lookup",
        "name",
        "nd_length",
        "origin",
        "properties",
        "qualifiers",
        "slots",
        "values_length",
    )

    def __init__(
        self,
        data: bytes,
        name: str,
        derivation: tuple[str, ...],
        qualifiers: QualifierSet,
        properties: Sequence[CimProperty],
        slots: Sequence[Slot],
        values_length: int,
        origin: Origin | None,
        cls: CimClass | None = None,
    ) -> None:
        self.data = data
        self.name = name
        self.derivation = derivation
        self.qualifiers = qualifiers
        self.properties = properties
        self.slots = slots
        self.lookup = _by_name(properties)
        self.nd_length = nd_table_length(len(slots))
        self.values_length = values_length
        self.origin = origin
        self._cls = cls

    @classmethod
    def of(cls, layout: InstanceLayout, encoder: ObjectEncoder, origin: Origin | None = None) -> ClassPart:
        """The class part of instances of *layout*: of a projection it has the selected properties only."""
        definition = layout.cls
        properties = [definition.properties[name] for name in layout.names]
        data, slots, values_length = write_class_part(
            definition.name, definition.derivation, definition.qualifiers, properties, encoder
        )
        return cls(
            data,
            definition.name,
            definition.derivation,
            definition.qualifiers,
            properties,
            slots,
            values_length,
            origin,
            definition,
        )

    @property
    def cls(self) -> CimClass:
        """The class of the instances behind this part; its methods did not travel."""
        found = self._cls
        if found is None:
            found = self._cls = self.make_class()
        return found

    def make_class(self, methods: Iterable[CimMethod] = (), parent: CimClass | None = None) -> CimClass:
        """The definition, with *methods* and *parent* if they are known."""
        return CimClass(
            self.name,
            superclass=self.derivation[0] if self.derivation else None,
            derivation=self.derivation,
            properties=self.properties,
            methods=methods,
            qualifiers=self.qualifiers,
            namespace=None if self.origin is None else self.origin.namespace,
            server=None if self.origin is None else self.origin.server,
            parent=parent,
        )


def _by_name(properties: Sequence[CimProperty]) -> list[int]:
    """Positions in the order of the look-up table (2.2.22): by name without regard to case."""
    return sorted(range(len(properties)), key=lambda order: properties[order].name.lower())


def origin_name(depth: int, name: str, derivation: Sequence[str]) -> str:
    """The class that ClassOfOrigin *depth* names: 0 is the topmost ancestor (2.2.34).

    A prototype's list of ancestors may be left out ([MS-WMI] 2.2.4.1); the class itself then stands for them.
    """
    return derivation[len(derivation) - 1 - depth] if depth < len(derivation) else name


def class_of_origin(origin: str, derivation: Sequence[str]) -> int:
    """The ClassOfOrigin of a member that the class *origin* introduced; the class itself when it is no ancestor."""
    folded = fold(origin)
    for index, ancestor in enumerate(derivation):
        if fold(ancestor) == folded:
            return len(derivation) - 1 - index
    return len(derivation)


# -- reading


def read_class_part(reader: OctetReader, objects: ObjectDecoder, origin: Origin | None) -> ClassPart:
    """The class part where *reader* stands; *reader* moves past it.

    Raises:
        ProtocolError: it is not valid.
    """
    start = reader.position
    part = reader.part("ClassPart", "EncodingLength", included=True)
    part.u8("ReservedOctet")
    name_reference = part.u32("ClassNameRef")
    table_length = part.u32("NdTableValueTableLength")
    derivation = _read_derivation(part)
    class_qualifiers = qualifier_set_bounds(part)
    count = part.u32("PropertyCount")
    lookup = part.skip(count * _LOOKUP.size, "PropertyLookup")
    nd_length = nd_table_length(count)
    if table_length < nd_length:
        raise part.fail("NdTableValueTableLength", f"{table_length} octets for {count} properties")
    nd_table = NdTable(part.take(nd_length, "NdTable"))
    table = OctetReader(part.data, part.position, 0, "ValueTable")
    values_length = table_length - nd_length
    part.skip(values_length, "ValueTable")
    table.end = part.position
    heap = read_heap(part, "ClassHeap", objects)
    name = "" if name_reference == NULL_REFERENCE else heap.string(name_reference, "ClassNameRef")
    properties: list[CimProperty | None] = [None] * count
    slots: list[Slot | None] = [None] * count
    for position in range(lookup, lookup + count * _LOOKUP.size, _LOOKUP.size):
        references = _LOOKUP.unpack_from(part.data, position)
        order, slot, prop = _read_property(references, heap, table, nd_table, name, derivation)
        if order >= count or properties[order] is not None:
            raise malformed("PropertyInfo", "DeclarationOrder", position, f"{order} is out of range or there twice")
        properties[order], slots[order] = prop, slot
    known = [prop for prop in properties if prop is not None]
    if len({fold(prop.name) for prop in known}) != count:
        raise malformed("PropertyLookup", "PropertyNameRef", lookup, "two properties have one name")
    qualifiers = QualifierSet(read_qualifiers(part.data, class_qualifiers, heap))
    return ClassPart(
        part.data[start : reader.position],
        name,
        derivation,
        qualifiers,
        known,
        [slot for slot in slots if slot is not None],
        values_length,
        origin,
    )


def _read_derivation(part: OctetReader) -> tuple[str, ...]:
    """DerivationList, 2.2.17: the lengths behind the names are not needed, and differ between writers for UTF-16."""
    listed = part.part("DerivationList", "EncodingLength", included=True)
    names: list[str] = []
    while listed.position < listed.end:
        name, listed.position = read_string(listed.data, listed.position, listed.end, listed.structure, "ClassName")
        listed.u32("ClassNameLength")
        names.append(name)
    return tuple(names)


def _read_property(
    references: tuple[int, int],
    heap: Heap,
    table: OctetReader,
    nd_table: NdTable,
    class_name: str,
    derivation: tuple[str, ...],
) -> tuple[int, Slot, CimProperty]:
    name_reference, info_reference = references
    name = heap.string(name_reference, "PropertyNameRef")
    info = heap.at(info_reference, "PropertyInfo", "PropertyInfoRef")
    position = info.skip(_INFO.size, "PropertyInfo")
    code, order, offset, depth = _INFO.unpack_from(info.data, position)
    heap.objects.budget.spend(_INFO.size, "PropertyInfo", position)
    kind, is_array = cim_type(code & ~_INHERITED, "PropertyInfo", "PropertyType", position)
    qualifiers = QualifierSet(read_qualifiers(info.data, qualifier_set_bounds(info), heap))
    slot = Slot(name, kind, is_array, offset)
    if offset + slot.size > table.end - table.position:
        raise malformed("PropertyInfo", "ValueTableOffset", position + 6, f"slot of {name} outside the ValueTable")
    if order >> 2 >= len(nd_table.data):
        raise malformed("PropertyInfo", "DeclarationOrder", position + 4, f"{order} is out of range")
    bits = nd_table[order]
    default: CimValue = None
    if not bits & NULL_BIT:
        (raw,) = struct.unpack_from(f"<{slot.format}", table.data, table.position + offset)
        default = read_value(raw, kind, is_array, heap, name)  # type: ignore[assignment]  # the exact form of its type
    declared = qualifiers.value("CIMTYPE")
    prop = CimProperty(
        name,
        kind,
        is_array,
        UNSET if default is None else default,
        qualifiers,
        origin_name(depth, class_name, derivation),
        declared if isinstance(declared, str) and declared else type_name(kind),
        not bits & DEFAULT_BIT,
    )
    return order, slot, prop


# -- writing


def write_class_part(
    name: str,
    derivation: Sequence[str],
    qualifiers: QualifierSet,
    properties: Sequence[CimProperty],
    encoder: ObjectEncoder,
) -> tuple[bytes, list[Slot], int]:
    """The octets of a class part, the slots of its properties, and the octets of its ValueTable.

    An empty *name* makes the empty class, which stands for "no parent".
    """
    heap = HeapWriter(encoder)
    name_reference = heap.string(name) if name else NULL_REFERENCE
    class_qualifiers = write_qualifiers(qualifiers.entries(), heap)
    slots: list[Slot] = []
    values_length = 0
    for prop in properties:
        slots.append(Slot(prop.name, prop.type, prop.is_array, values_length))
        values_length += slots[-1].size
    lookup = _by_name(properties)
    entries = [
        _LOOKUP.pack(
            heap.string(properties[order].name), _write_info(order, properties[order], slots, derivation, heap)
        )
        for order in lookup
    ]
    table = bytearray(b"\xff" * values_length)
    bits = [0] * len(slots)
    for order in lookup:
        prop, slot = properties[order], slots[order]
        bits[order] = (NULL_BIT if prop.default is None else 0) | (0 if prop.local else DEFAULT_BIT)
        if prop.default is not None:
            value = write_value(prop.default, slot.type, slot.is_array, heap)
            table[slot.offset : slot.offset + slot.size] = value
    nd_table = NdTable.of(bits).data
    ancestors = b"".join([text + struct.pack("<I", len(text)) for text in map(encode_string, derivation)])
    body = b"".join(
        (
            struct.pack("<BII", 0, name_reference, len(nd_table) + values_length),
            struct.pack("<I", 4 + len(ancestors)),
            ancestors,
            class_qualifiers,
            struct.pack("<I", len(entries)),
            *entries,
            nd_table,
            table,
            heap.encoded(),
        )
    )
    return struct.pack("<I", 4 + len(body)) + body, slots, values_length


def _write_info(
    order: int, prop: CimProperty, slots: Sequence[Slot], derivation: Sequence[str], heap: HeapWriter
) -> int:
    """Append PropertyInfo with its qualifiers, then what those refer to."""
    depth = class_of_origin(prop.origin, derivation)
    code = prop.type | (ARRAY if prop.is_array else 0) | (_INHERITED if depth < len(derivation) else 0)
    entries = prop.qualifiers.entries()
    reference = heap.add(bytes(_INFO.size + qualifier_set_length(entries)))
    info = _INFO.pack(code, order, slots[order].offset, depth)
    heap.replace(reference, info + write_qualifiers(entries, heap))
    return reference


EMPTY_CLASS_PART: Final = bytes.fromhex("1d000000 00 ffffffff 00000000 04000000 04000000 00000000 00000080")
"""The parent of a class without parent (wire-protocol 4.4)."""
