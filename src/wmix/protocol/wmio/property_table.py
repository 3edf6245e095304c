"""NdTable, and where each property has its slot: [MS-WMIO] 2.2.26 to 2.2.31 and 2.2.71.

Two bits per property say what its slot means. In a class: bit 0, there is no default; bit 1, the default is the
parent's. In an instance: bit 0, the value is NULL; bit 1, nobody set it and the class default shows. The text counts
the properties in the order of the look-up table; what Windows sends counts them by DeclarationOrder (captured
classes, wire-protocol 4.5). Spare bits of the last octet may be anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.types import CimType

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["DEFAULT_BIT", "NULL_BIT", "SLOT_FORMATS", "SLOT_SIZES", "NdTable", "Slot", "nd_table_length"]

NULL_BIT: Final = 1
DEFAULT_BIT: Final = 2

SLOT_FORMATS: Final[dict[CimType, str]] = {
    CimType.SINT8: "b",
    CimType.UINT8: "B",
    CimType.SINT16: "h",
    CimType.UINT16: "H",
    CimType.SINT32: "i",
    CimType.UINT32: "I",
    CimType.SINT64: "q",
    CimType.UINT64: "Q",
    CimType.REAL32: "f",
    CimType.REAL64: "d",
    CimType.BOOLEAN: "H",
    CimType.CHAR16: "H",
    CimType.STRING: "I",
    CimType.DATETIME: "I",
    CimType.REFERENCE: "I",
    CimType.OBJECT: "I",
}
"""``struct`` letter of a value of each type in a slot and in an array; references are 32 bits (2.2.71)."""

_WIDTHS: Final = {"b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "q": 8, "Q": 8, "f": 4, "d": 8}

SLOT_SIZES: Final[dict[CimType, int]] = {cim_type: _WIDTHS[letter] for cim_type, letter in SLOT_FORMATS.items()}
"""Octets of a value of each type in a slot and in an array."""


_REFERRED: Final = frozenset({CimType.STRING, CimType.DATETIME, CimType.REFERENCE, CimType.OBJECT})


class Slot:
    """Where a property's value stands in a ValueTable or InstanceData.

    Attributes:
        type, is_array: the property's type.
        format: ``struct`` letter of the slot.
        size, offset: in octets; the offset counts from the start of the table.
        in_heap: whether the slot holds a reference.
        field: the property's name, for errors.
    """

    __slots__ = ("field", "format", "in_heap", "is_array", "offset", "size", "type")

    def __init__(self, field: str, cim_type: CimType, is_array: bool, offset: int) -> None:
        self.field = field
        self.type = cim_type
        self.is_array = is_array
        self.offset = offset
        self.format = "I" if is_array else SLOT_FORMATS[cim_type]
        self.size = 4 if is_array else SLOT_SIZES[cim_type]
        self.in_heap = is_array or cim_type in _REFERRED


def nd_table_length(count: int) -> int:
    """Octets of the NdTable of *count* properties."""
    return (count + 3) >> 2


class NdTable:
    """The bits of all properties, by DeclarationOrder."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data

    @classmethod
    def of(cls, bits: Iterable[int]) -> NdTable:
        """The table of the given pairs of bits, spare bits zero."""
        pairs = list(bits)
        data = bytearray(nd_table_length(len(pairs)))
        for order, pair in enumerate(pairs):
            data[order >> 2] |= pair << 2 * (order & 3)
        return cls(bytes(data))

    def __getitem__(self, order: int) -> int:
        """The two bits of the property with DeclarationOrder *order*."""
        return self.data[order >> 2] >> 2 * (order & 3) & 3
