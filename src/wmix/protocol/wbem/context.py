"""IWbemContext: named values that a client hands to providers with a call. [MS-WMI] 2.2.13.

Pure codec between octets (``CONTEXT`` of :mod:`.interface_types`) and names with typed values.  Nothing is aligned.
Values of type VT_UNKNOWN are embedded objects; the text calls them "a buffer for the IWbemClassObject interface", which
is read as an OBJREF here and is not checked against Windows.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct
from struct import error as struct_error
from typing import Final, TypeAlias

from wmix.protocol.dcom.objref import custom_data, encode_custom
from wmix.protocol.ndr.guid import NULL_GUID, Guid
from wmix.protocol.ndr.malformed import MalformedData
from wmix.protocol.ndr.octets import Reader
from wmix.protocol.ndr.strings import decode_utf16
from wmix.protocol.wbem.identifiers import CLSID_WbemClassObject, IID_IWbemClassObject
from wmix.record import Record

__all__ = ["VT_ARRAY", "ContextItem", "ContextValue", "VarType", "WireContext"]

#: Of arrays; VT_UNKNOWN elements are EncodingUnits.
Scalar: TypeAlias = int | float | bool | str | bytes | None
ContextValue: TypeAlias = Scalar | tuple[Scalar, ...]

VT_ARRAY: Final = 0x2000


class VarType(IntEnum):
    """VARENUM, as far as contexts have it. [MS-OAUT] 2.2.7."""

    NULL = 1
    I2 = 2
    I4 = 3
    R4 = 4
    R8 = 5
    BSTR = 8
    BOOL = 11
    UNKNOWN = 13
    I1 = 16
    UI1 = 17
    UI2 = 18
    UI4 = 19


_U32: Final = Struct("<I")
_HEAD: Final = Struct("<I16sI")
_FLAGS_AND_TYPE: Final = Struct("<IH")
_COUNT_AND_SIZE: Final = Struct("<II")
_UNIT: Final = 2
_SLOT: Final = 8

_NUMBERS: Final = {
    VarType.I1: Struct("<b"),
    VarType.UI1: Struct("<B"),
    VarType.I2: Struct("<h"),
    VarType.UI2: Struct("<H"),
    VarType.BOOL: Struct("<h"),
    VarType.I4: Struct("<i"),
    VarType.UI4: Struct("<I"),
    VarType.R4: Struct("<f"),
    VarType.R8: Struct("<d"),
}
#: Elements of arrays are as long as their type, except these.
_WIDE_ELEMENTS: Final = {VarType.R4}
_VARIANT_TRUE: Final = -1

#: OBJREF_CUSTOM up to its data, and the length behind the signature of an EncodingUnit.
_OBJREF_HEAD: Final = 48
_UNIT_HEAD: Final = Struct("<II")


class ContextItem(Record):
    """One named value; ``vartype`` is a :class:`VarType`, with :data:`VT_ARRAY` for a tuple."""

    name: str
    vartype: int
    value: ContextValue
    flags: int = 0


class WireContext(Record):
    """All values in their order; ``id`` is made by the client, at random."""

    id: Guid = NULL_GUID
    items: tuple[ContextItem, ...] = ()

    def encode(self) -> bytes:
        """The octets of the context.

        Raises:
            ValueError: a type that contexts do not have, or a value that does not fit its type.
        """
        parts = [_HEAD.pack(1, self.id, len(self.items))]
        for item in self.items:
            parts.append(_text(item.name) + _FLAGS_AND_TYPE.pack(item.flags, item.vartype))
            try:
                parts.append(_encode_value(item))
            except (KeyError, TypeError, ValueError, struct_error) as error:
                raise ValueError(f"{item.name}: {item.value!r} is no value of type {item.vartype:#x}") from error
        return b"".join(parts)

    @classmethod
    def decode(cls, octets: bytes) -> WireContext:
        """The context in *octets*; octets behind it are ignored.

        Raises:
            MalformedData: it is none.
        """
        reader = Reader(octets)
        reader.place = ("IWbemContextBuffer", "NumGuids")
        guids, context_id, count = reader.unpack(_HEAD)
        if guids != 1:
            raise reader.malformed(f"{guids} identifiers")
        items = []
        for _ in range(count):
            reader.place = ("IWbemContextProperty", "PropertyName")
            name = _read_text(reader)
            reader.place = ("IWbemContextProperty", "PropertyType")
            flags, vartype = reader.unpack(_FLAGS_AND_TYPE)
            reader.place = ("IWbemContextProperty", name)
            items.append(ContextItem(name, vartype, _read_value(reader, vartype), flags))
        return cls(Guid(context_id), tuple(items))


def _text(text: str) -> bytes:
    octets = text.encode("utf-16-le", "surrogatepass")
    return _U32.pack(len(octets) // _UNIT) + octets


def _read_text(reader: Reader) -> str:
    return decode_utf16(reader.take(reader.unpack(_U32)[0] * _UNIT))


def _encode_value(item: ContextItem) -> bytes:
    if not item.vartype & VT_ARRAY:
        return _encode_scalar(VarType(item.vartype), item.value, slot=_SLOT)
    kind = VarType(item.vartype & ~VT_ARRAY)
    if not isinstance(item.value, tuple):
        raise TypeError("an array is a tuple")
    size = _element_size(kind)
    elements = [_encode_scalar(kind, element, slot=size) for element in item.value]
    return _COUNT_AND_SIZE.pack(len(elements), size) + b"".join(elements)


def _element_size(kind: VarType) -> int:
    if kind in _WIDE_ELEMENTS or kind in {VarType.BSTR, VarType.UNKNOWN}:
        return _SLOT  # of strings and objects the size of a pointer, 4 or 8
    return _NUMBERS[kind].size if kind in _NUMBERS else 0


def _encode_scalar(kind: VarType, value: object, *, slot: int) -> bytes:
    if kind is VarType.NULL:
        return b""
    if kind is VarType.BSTR:
        return _text(str(value) if value is not None else "")
    if kind is VarType.UNKNOWN:
        if not isinstance(value, bytes):
            raise TypeError("an object is an EncodingUnit")
        return encode_custom(IID_IWbemClassObject, CLSID_WbemClassObject, value)
    number = (_VARIANT_TRUE if value else 0) if kind is VarType.BOOL else value
    return _NUMBERS[kind].pack(number).ljust(slot, b"\0")


def _read_value(reader: Reader, vartype: int) -> ContextValue:
    kind = _known(reader, vartype & ~VT_ARRAY)
    if not vartype & VT_ARRAY:
        return _read_scalar(reader, kind, slot=_SLOT)
    count, size = reader.unpack(_COUNT_AND_SIZE)
    if kind in {VarType.BSTR, VarType.UNKNOWN}:
        least = _U32.size
    elif kind is VarType.NULL:
        if count:
            raise reader.malformed(f"an array of {count} nulls")  # no octets would back it
        return ()
    else:
        least = _element_size(kind)
        if size not in {least, _NUMBERS[kind].size}:
            raise reader.malformed(f"elements of {size} octets")
        least = size
    if count * least > reader.remaining:
        raise reader.malformed(f"{count} elements do not fit in {reader.remaining} octets")
    return tuple([_read_scalar(reader, kind, slot=least) for _ in range(count)])


def _known(reader: Reader, vartype: int) -> VarType:
    try:
        return VarType(vartype)
    except ValueError:
        raise reader.malformed(f"contexts have no values of type {vartype:#x}") from None


def _read_scalar(reader: Reader, kind: VarType, *, slot: int) -> Scalar:
    if kind is VarType.NULL:
        return None
    if kind is VarType.BSTR:
        return _read_text(reader)
    if kind is VarType.UNKNOWN:
        return _read_object(reader)
    value: int | float = _NUMBERS[kind].unpack_from(reader.take(slot))[0]
    return bool(value) if kind is VarType.BOOL else value


def _read_object(reader: Reader) -> bytes:
    """An object by value, as long as its EncodingUnit says."""
    start = reader.position
    head = reader.take(_OBJREF_HEAD)
    unit_head = reader.take(_UNIT_HEAD.size)
    unit = unit_head + reader.take(_UNIT_HEAD.unpack(unit_head)[1])
    try:
        return custom_data(head + unit, CLSID_WbemClassObject)
    except MalformedData:
        reader.position = start
        raise reader.malformed("no object by value") from None
