"""Values in slots, arrays and qualifiers: [MS-WMIO] 2.2.71 to 2.2.77 and 2.2.82.

Numbers stand in their slot; texts, dates, references, arrays and embedded objects stand in the heap, and the slot
refers to them.  An array is a count and its elements in natural size, those of texts and objects again as references.
NULL is a matter of the NdTable; a NULL reference is accepted as NULL too, and is how an array of texts has a NULL
element.  Both directions work on the exact Python forms of ``wmix.cim.types``.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, Protocol

from wmix.cim.datetime import CimDateTime
from wmix.cim.types import ARRAY, CimType
from wmix.errors import InvalidDatetime
from wmix.protocol.wmio.heap import NULL_REFERENCE
from wmix.protocol.wmio.malformed import malformed
from wmix.protocol.wmio.property_table import SLOT_FORMATS, SLOT_SIZES

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass
    from wmix.cim.instances import CimInstance
    from wmix.protocol.wmio.heap import Heap, HeapWriter
    from wmix.protocol.wmio.octets import Budget, OctetReader

__all__ = ["ObjectDecoder", "ObjectEncoder", "cim_type", "read_value", "write_value"]

_TRUE: Final = 0xFFFF
_ENCODED: Final = frozenset({CimType.STRING, CimType.DATETIME, CimType.REFERENCE})
_TYPES: Final = {int(known): known for known in CimType}


class ObjectDecoder(Protocol):
    """What a heap needs to decode embedded objects, and what bounds the work."""

    @property
    def budget(self) -> Budget:
        """What may still be read."""

    def embedded(self, block: OctetReader) -> CimClass | CimInstance:
        """The object whose ObjectBlock *block* is."""


class ObjectEncoder(Protocol):
    """What a heap under construction needs to encode embedded objects."""

    def embedded(self, item: object) -> bytes:
        """The ObjectBlock of *item*."""


def cim_type(code: int, structure: str, field: str, position: int) -> tuple[CimType, bool]:
    """Type and whether it is an array, of a type code without the bit for inheritance.

    Raises:
        ProtocolError: no such type.
    """
    known = _TYPES.get(code & ~ARRAY)
    if known is None:
        raise malformed(structure, field, position, f"{code:#x} is no CIM type")
    return known, bool(code & ARRAY)


def read_value(raw: float, kind: CimType, is_array: bool, heap: Heap, field: str) -> object:
    """The value whose slot holds *raw* (unpacked with the type's format); None for a NULL reference."""
    if is_array:
        return None if raw == NULL_REFERENCE else _read_array(int(raw), kind, heap, field)
    if kind in _ENCODED:
        return None if raw == NULL_REFERENCE else _read_text(int(raw), kind, heap, field)
    if kind is CimType.BOOLEAN:
        return raw != 0
    if kind is CimType.CHAR16:
        return chr(int(raw))
    if kind is CimType.OBJECT:
        if raw == NULL_REFERENCE:
            return None
        return heap.objects.embedded(heap.part(int(raw), "ObjectBlock", field))
    return raw


def _read_text(reference: int, kind: CimType, heap: Heap, field: str) -> str | CimDateTime:
    text = heap.string(reference, field)
    return as_datetime(text, heap.structure, field, heap.start) if kind is CimType.DATETIME else text


def as_datetime(text: str, structure: str, field: str, position: int) -> CimDateTime:
    """The datetime of a text from the wire.

    Raises:
        ProtocolError: it is none.
    """
    try:
        return CimDateTime(text)
    except InvalidDatetime as error:
        raise malformed(structure, field, position, error.detail) from None


def _read_array(reference: int, kind: CimType, heap: Heap, field: str) -> tuple[object, ...]:
    item = heap.at(reference, heap.structure, field)
    position = item.position
    count = item.u32(field)
    octets = count * SLOT_SIZES[kind]
    start = item.skip(octets, field)
    heap.objects.budget.spend(4 + octets, heap.structure, position)
    elements = struct.unpack_from(f"<{count}{SLOT_FORMATS[kind]}", item.data, start)
    if kind in _PLAIN:
        return elements
    return tuple([read_value(element, kind, False, heap, field) for element in elements])


_PLAIN: Final = frozenset(CimType) - _ENCODED - {CimType.BOOLEAN, CimType.CHAR16, CimType.OBJECT}


def write_value(value: object, kind: CimType, is_array: bool, heap: HeapWriter) -> bytes:
    """The octets of the slot of *value*; what stands in the heap is appended there.  None makes a NULL reference."""
    if is_array:
        return _reference(NULL_REFERENCE if value is None else _write_array(value, kind, heap))
    return struct.pack(f"<{SLOT_FORMATS[kind]}", _raw(value, kind, heap))


def _reference(reference: int) -> bytes:
    return struct.pack("<I", reference)


def _raw(value: object, kind: CimType, heap: HeapWriter) -> object:
    if kind in _ENCODED:
        if value is None:
            return NULL_REFERENCE
        return heap.string(value.text if isinstance(value, CimDateTime) else str(value))
    if kind is CimType.BOOLEAN:
        return _TRUE if value else 0
    if kind is CimType.CHAR16:
        return ord(str(value))
    if kind is CimType.OBJECT:
        return NULL_REFERENCE if value is None else heap.block(heap.objects.embedded(value))
    return value


def _write_array(value: object, kind: CimType, heap: HeapWriter) -> int:
    """Append an array: its head first, then what the elements refer to (wire-protocol 4.10)."""
    assert isinstance(value, tuple | list)
    layout = f"<I{len(value)}{SLOT_FORMATS[kind]}"
    reference = heap.add(bytes(struct.calcsize(layout)))
    heap.replace(reference, struct.pack(layout, len(value), *[_raw(element, kind, heap) for element in value]))
    return reference
