"""CIM types: their codes, names and ranges, and which Python value stands for which CIM value.

[MS-WMIO] 2.2.82 (codes), DSP0004 5.2 (ranges), the WMI documentation ("Numbers", "Strings", "Boolean")::

    sint8 ... uint64    int                     real32, real64   float (real32 rounded to single precision)
    boolean             bool                    string           str
    char16              str of one UTF-16 unit  datetime         CimDateTime
    reference           str, an object path     object           a class or an instance
    array of T          tuple of T's            NULL             None, for every type

``coerce`` turns what people write into exactly that, or says what is wrong.  Embedded objects are recognised by their
attribute ``cim_genus`` (1 class, 2 instance), because the modules of classes and instances stand above this one.

Depends on ``errors``, ``cim.datetime`` and ``cim.paths``.
"""

from __future__ import annotations

import datetime
import struct
from collections.abc import Sized
from enum import IntEnum
from operator import index
from typing import TYPE_CHECKING, Final, Protocol

from wmix.cim.datetime import CimDateTime
from wmix.cim.paths import ObjectPath
from wmix.errors import OutOfRange, TypeMismatch, WmiError
from wmix.status import WBEM_E_ILLEGAL_NULL, WBEM_E_INVALID_CIM_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "ARRAY",
    "GENUS_CLASS",
    "GENUS_INSTANCE",
    "INTEGER_RANGES",
    "CimObject",
    "CimScalar",
    "CimType",
    "CimValue",
    "cimtype_text",
    "coerce",
    "parse_type_name",
    "type_name",
]

ARRAY: Final = 0x2000
"""Added to the code of a type: an array of it."""

GENUS_CLASS: Final = 1
GENUS_INSTANCE: Final = 2


class CimType(IntEnum):
    """The codes of CIMTYPE_ENUMERATION; with ``ARRAY`` added they are what the COM interfaces call a CIM type."""

    SINT16 = 2
    SINT32 = 3
    REAL32 = 4
    REAL64 = 5
    STRING = 8
    BOOLEAN = 11
    OBJECT = 13
    SINT8 = 16
    UINT8 = 17
    UINT16 = 18
    UINT32 = 19
    SINT64 = 20
    UINT64 = 21
    DATETIME = 101
    REFERENCE = 102
    CHAR16 = 103


class CimObject(Protocol):
    """What an embedded object is recognised by."""

    @property
    def cim_genus(self) -> int:
        """``GENUS_CLASS`` or ``GENUS_INSTANCE``."""


CimScalar = int | float | bool | str | CimDateTime | CimObject
"""One value in the form that this module's description gives."""

CimValue = CimScalar | tuple[CimScalar, ...] | None
"""Any value: NULL, one or an array."""

INTEGER_RANGES: Final[dict[CimType, tuple[int, int]]] = {
    CimType.SINT8: (-(1 << 7), (1 << 7) - 1),
    CimType.UINT8: (0, (1 << 8) - 1),
    CimType.SINT16: (-(1 << 15), (1 << 15) - 1),
    CimType.UINT16: (0, (1 << 16) - 1),
    CimType.SINT32: (-(1 << 31), (1 << 31) - 1),
    CimType.UINT32: (0, (1 << 32) - 1),
    CimType.SINT64: (-(1 << 63), (1 << 63) - 1),
    CimType.UINT64: (0, (1 << 64) - 1),
}
"""Smallest and largest value of each integer type."""

_LONGEST_NUMBER: Final = 64
"""Characters.  No integer type needs more; longer texts are refused before Python's own limit on digits is."""

_SHOWN: Final = 60
"""Characters of a wrong text that a message shows."""

_NAMES: Final = {cim_type: cim_type.name.lower() for cim_type in CimType}
_TYPES: Final = {name: cim_type for cim_type, name in _NAMES.items()} | {"ref": CimType.REFERENCE}


def type_name(cim_type: CimType) -> str:
    """The name of a type as MOF writes it, for example ``uint32``; ``reference`` and ``object`` for these two."""
    return _NAMES[cim_type]


def cimtype_text(cim_type: CimType) -> str:
    """What the CIMTYPE qualifier says of a type without further words: ``ref`` for an untyped reference."""
    return "ref" if cim_type is CimType.REFERENCE else _NAMES[cim_type]


def parse_type_name(name: str) -> CimType:
    """The type of that name, in any case; also of a CIMTYPE qualifier's value such as ``ref:CIM_Setting``.

    Raises:
        TypeMismatch: no such type (status WBEM_E_INVALID_CIM_TYPE).
    """
    folded = name.partition(":")[0].casefold()
    try:
        return _TYPES[folded]
    except KeyError:
        raise TypeMismatch(f"{name!r} is not a CIM type", status=WBEM_E_INVALID_CIM_TYPE) from None


def coerce(value: object, cim_type: CimType, is_array: bool, *, what: str) -> CimValue:
    """*value* in the exact Python form of the type.

    Integers may come as decimal or ``0x`` text, char16 as a number, datetime as text, ``datetime`` or ``timedelta``,
    references as paths or as objects with a ``path_``, arrays as lists, and uint8 arrays as bytes.  A bool is no
    number and a number is no bool.

    Args:
        value: None is NULL and always allowed, but not as an element of an array.
        what: what is being set, for the message, for example ``Win32_Process.Name``.

    Raises:
        TypeMismatch: not of the type.
        OutOfRange: of the type, but too small or too large for it.
    """
    if value is None:
        return None
    if not is_array:
        return _COERCIONS[cim_type](value, cim_type, what)
    if cim_type is CimType.UINT8 and isinstance(value, bytes | bytearray | memoryview):
        return tuple(bytes(value))
    if not isinstance(value, list | tuple):
        raise _mismatch(value, cim_type, what, "an array of ")
    element = _COERCIONS[cim_type]
    return tuple([_element(item, element, cim_type, f"{what}[{i}]") for i, item in enumerate(value)])


def _element(value: object, element: Callable[..., CimScalar], cim_type: CimType, what: str) -> CimScalar:
    if value is None:
        raise TypeMismatch(f"{what}: an element of an array cannot be NULL", status=WBEM_E_ILLEGAL_NULL)
    return element(value, cim_type, what)


def _mismatch(value: object, cim_type: CimType, what: str, kind: str = "") -> WmiError:
    return TypeMismatch(f"{what}: {_shown(value)} is not {kind}{type_name(cim_type)}")


def _shown(value: object) -> str:
    """The value for a message: short, and without writing out what is long."""
    if isinstance(value, str | bytes):
        return repr(value) if len(value) <= _SHOWN else f"{value[: _SHOWN - 1]!r}…"
    if isinstance(value, int):
        return _short(value)
    if isinstance(value, Sized) and len(value) > 1:
        return f"{type(value).__name__} of {len(value)} elements"
    return f"{type(value).__name__} {value}" if isinstance(value, float) else f"a {type(value).__name__}"


def _integer(value: object, cim_type: CimType, what: str) -> int:
    number = value if type(value) is int else _as_integer(value, cim_type, what)
    low, high = INTEGER_RANGES[cim_type]
    if not low <= number <= high:
        raise OutOfRange(f"{what}: {_short(number)} is not within {low} to {high} ({type_name(cim_type)})")
    return number


def _short(number: int) -> str:
    return repr(number) if number.bit_length() <= 128 else f"an integer of {number.bit_length()} bits"


def _as_integer(value: object, cim_type: CimType, what: str) -> int:
    if isinstance(value, bool):
        raise _mismatch(value, cim_type, what)
    if isinstance(value, str):
        digits = value.removeprefix("-").removeprefix("+") if value[:2] not in ("-+", "+-") else ""
        base = 16 if digits[:2] in ("0x", "0X") else 10
        figures = digits[2:] if base == 16 else digits
        plain = figures.isascii() and figures.isalnum() and len(figures) <= _LONGEST_NUMBER
        if plain:
            try:
                return int(figures, base) * (-1 if value.startswith("-") else 1)
            except ValueError:
                pass
        raise _mismatch(value, cim_type, what)
    try:
        return index(value)  # type: ignore[arg-type]  # numpy's integers and others that say they are integers
    except TypeError:
        raise _mismatch(value, cim_type, what) from None


def _real(value: object, cim_type: CimType, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _mismatch(value, cim_type, what)
    try:
        number = float(value)
        return struct.unpack("<f", struct.pack("<f", number))[0] if cim_type is CimType.REAL32 else number
    except OverflowError:
        raise OutOfRange(f"{what}: the number is too large for {type_name(cim_type)}") from None


def _boolean(value: object, cim_type: CimType, what: str) -> bool:
    if value is True or value is False:
        return value
    raise _mismatch(value, cim_type, what)


def _string(value: object, cim_type: CimType, what: str) -> str:
    if isinstance(value, str):
        return value if type(value) is str else str.__str__(value)
    raise _mismatch(value, cim_type, what)


def _char16(value: object, cim_type: CimType, what: str) -> str:
    if isinstance(value, str):
        if len(value) == 1 and value <= "\uffff":
            return str.__str__(value)
        raise _mismatch(value, cim_type, what)
    number = value if type(value) is int else _as_integer(value, cim_type, what)
    if not 0 <= number <= 0xFFFF:
        raise OutOfRange(f"{what}: {_short(number)} is not within 0 to 65535 (char16)")
    return chr(number)


def _datetime(value: object, cim_type: CimType, what: str) -> CimDateTime:
    if isinstance(value, CimDateTime):
        return value
    try:
        if isinstance(value, str):
            return CimDateTime(str.__str__(value))
        if isinstance(value, datetime.datetime):
            return CimDateTime.from_datetime(value)
        if isinstance(value, datetime.timedelta):
            return CimDateTime.from_timedelta(value)
    except WmiError as error:
        error.detail = f"{what}: {error.detail}"
        raise
    raise _mismatch(value, cim_type, what)


def _reference(value: object, cim_type: CimType, what: str) -> str:
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, ObjectPath):
        return str(value)
    try:
        path = getattr(value, "path_", None)
    except WmiError:
        path = None
    if path is None:
        raise _mismatch(value, cim_type, what)
    return str(path)


def _object(value: object, cim_type: CimType, what: str) -> CimObject:
    if getattr(type(value), "cim_genus", None) in (GENUS_CLASS, GENUS_INSTANCE):
        return value  # type: ignore[return-value]  # the attribute is what makes it one
    raise _mismatch(value, cim_type, what)


_COERCIONS: Final[dict[CimType, Callable[[object, CimType, str], CimScalar]]] = {
    **dict.fromkeys(INTEGER_RANGES, _integer),
    CimType.REAL32: _real,
    CimType.REAL64: _real,
    CimType.BOOLEAN: _boolean,
    CimType.STRING: _string,
    CimType.CHAR16: _char16,
    CimType.DATETIME: _datetime,
    CimType.REFERENCE: _reference,
    CimType.OBJECT: _object,
}
