"""QualifierSet: [MS-WMIO] 2.2.59 to 2.2.65.

A length that counts itself, then per qualifier a reference to its name, the flavor, the type and the value in natural
size.  Names and texts stand in the heap of the part that the set belongs to.  A length of 0 occurs in practice and
means an empty set of four octets.  A NULL text or array, which WMI's interfaces cannot set, reads as an empty one.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, cast

from wmix.cim.names import fold
from wmix.cim.qualifiers import Qualifier
from wmix.cim.types import ARRAY, CimType
from wmix.protocol.wmio.malformed import malformed
from wmix.protocol.wmio.octets import OctetReader
from wmix.protocol.wmio.property_table import SLOT_FORMATS, SLOT_SIZES
from wmix.protocol.wmio.strings import dictionary_reference
from wmix.protocol.wmio.values import cim_type, read_value, write_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cim.qualifiers import QualifierValue
    from wmix.protocol.wmio.heap import Heap, HeapWriter

__all__ = ["EMPTY_SET", "QualifierBounds", "qualifier_set_bounds", "read_qualifiers", "write_qualifiers"]

EMPTY_SET: Final = b"\4\0\0\0"

_HEAD: Final = struct.Struct("<IBI")
"""Name reference, flavor, type."""

QualifierBounds = tuple[int, int]
"""Where the qualifiers of a set begin and end, after its length."""


def qualifier_set_bounds(reader: OctetReader) -> QualifierBounds:
    """Pass over the set where *reader* stands; the set can be read once the heap behind it is known."""
    start = reader.position
    length = reader.u32("EncodingLength")
    if length == 0:
        return reader.position, reader.position
    if length < 4:
        raise malformed("QualifierSet", "EncodingLength", start, f"a length of {length} does not hold itself")
    begin = reader.skip(length - 4, "Qualifier")
    return begin, reader.position


def read_qualifiers(data: bytes, bounds: QualifierBounds, heap: Heap) -> list[Qualifier]:
    """The qualifiers within *bounds*, which refer to *heap*.

    Raises:
        ProtocolError: also for two qualifiers of one name, and for types that qualifiers cannot have.
    """
    reader = OctetReader(data, *bounds, "QualifierSet")
    heap.objects.budget.spend(bounds[1] - bounds[0], "QualifierSet", bounds[0])
    found: list[Qualifier] = []
    names: set[str] = set()
    while reader.position < reader.end:
        position = reader.skip(_HEAD.size, "Qualifier")
        name_reference, flavor, code = _HEAD.unpack_from(data, position)
        name = heap.string(name_reference, "QualifierName")
        kind, is_array = cim_type(code, "QualifierSet", "QualifierType", position + 5)
        if kind is CimType.OBJECT:
            raise malformed("QualifierSet", "QualifierType", position + 5, f"{name} holds an object")
        folded = fold(name)
        if folded in names:
            raise malformed("QualifierSet", "QualifierName", position, f"{name} is there twice")
        names.add(folded)
        letter, size = ("I", 4) if is_array else (SLOT_FORMATS[kind], SLOT_SIZES[kind])
        (raw,) = struct.unpack_from(f"<{letter}", data, reader.skip(size, "QualifierValue"))
        value = _plain(read_value(raw, kind, is_array, heap, "QualifierValue"), is_array)
        found.append(Qualifier(name, value, kind, is_array, flavor))
    return found


def _plain(value: object, is_array: bool) -> QualifierValue:
    if value is None:
        return () if is_array else ""
    if isinstance(value, tuple):
        return cast("QualifierValue", tuple(["" if item is None else _text(item) for item in value]))
    return cast("QualifierValue", _text(value))


def _text(value: object) -> object:
    return value if isinstance(value, str | int | float) else str(value)  # a datetime: its 25 characters


def write_qualifiers(qualifiers: Sequence[Qualifier], heap: HeapWriter) -> bytes:
    """The set, length included; names and texts are appended to *heap*, each name before its value."""
    parts = [b""]
    for item in qualifiers:
        reference = dictionary_reference(item.name)
        if reference is None:
            reference = heap.string(item.name)
        code = item.type | ARRAY if item.is_array else int(item.type)
        parts.append(_HEAD.pack(reference, item.flavor & 0xFF, code))
        parts.append(write_value(item.value, item.type, item.is_array, heap))
    parts[0] = struct.pack("<I", 4 + sum(map(len, parts)))
    return b"".join(parts)


def qualifier_set_length(qualifiers: Sequence[Qualifier]) -> int:
    """Octets of the set that :func:`write_qualifiers` makes."""
    return 4 + sum([_HEAD.size + (4 if item.is_array else SLOT_SIZES[item.type]) for item in qualifiers])
