"""Variants: CIM values in the form in which COM hands them over, and back. Brief 3.1.

COM's VARIANT has fewer types than CIM.  A uint32 travels as a signed 32-bit number, so that 2**31 and more come out
negative; 64-bit integers are decimal text; datetimes and references are text; char16 is a signed 16-bit number.  NULL
is None.  Arrays are lists of the same.

Depends on ``cim`` only; embedded objects are wrapped by who calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.datetime import CimDateTime
from wmix.cim.types import CimType

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["from_variant", "to_variant"]

_TEXT_INTEGERS: Final = frozenset((CimType.SINT64, CimType.UINT64))


def to_variant(value: object, cim_type: CimType, is_array: bool, wrap: Callable[[object], object]) -> object:
    """The value of a variant for a CIM value in its exact Python form; *wrap* makes the object of an embedded one."""
    if value is None:
        return None
    if is_array:
        assert isinstance(value, tuple)
        return [_one(item, cim_type, wrap) for item in value]
    return _one(value, cim_type, wrap)


def _one(value: object, cim_type: CimType, wrap: Callable[[object], object]) -> object:
    if cim_type is CimType.UINT32:
        assert isinstance(value, int)
        return value - 0x1_0000_0000 if value >= 0x8000_0000 else value
    if cim_type in _TEXT_INTEGERS:
        return str(value)
    if cim_type is CimType.DATETIME:
        assert isinstance(value, CimDateTime)
        return value.text
    if cim_type is CimType.CHAR16:
        assert isinstance(value, str)
        number = ord(value)
        return number - 0x1_0000 if number >= 0x8000 else number
    if cim_type is CimType.OBJECT:
        return wrap(value)
    return value


def from_variant(value: object, cim_type: CimType, is_array: bool, unwrap: Callable[[object], object]) -> object:
    """What a variant says, for ``cim.types.coerce``: bit patterns become numbers again, COM's truth becomes ours."""
    if is_array and isinstance(value, list | tuple):
        return tuple([_back(item, cim_type, unwrap) for item in value])
    return value if is_array else _back(value, cim_type, unwrap)


def _back(value: object, cim_type: CimType, unwrap: Callable[[object], object]) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        if cim_type is CimType.UINT32 and -0x8000_0000 <= value < 0:
            return value + 0x1_0000_0000
        if cim_type is CimType.CHAR16 and -0x8000 <= value < 0:
            return value + 0x1_0000
        if cim_type is CimType.BOOLEAN:
            return value != 0
    return unwrap(value)
