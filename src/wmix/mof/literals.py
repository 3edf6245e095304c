"""Texts of constants: strings, characters, numbers and typed values as MOF writes them.

wmi-semantics 9.1.3 to 9.1.6 and 9.4.1: strings quoted with every character that needs it escaped, 64-bit integers
quoted, Booleans ``TRUE`` and ``FALSE``.  Whatever is written reads back as the same value.
Depends on ``cim.types`` only.
"""

from __future__ import annotations

import math
from typing import Final

from wmix.cim.types import CimType

__all__ = ["character", "quoted", "real", "scalar_text"]

_ESCAPES: Final = {
    **{
        code: f"\\x{code:04X}"
        for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0xFEFF, *range(0xD800, 0xE000))
    },
    **{ord(c): f"\\{name}" for c, name in zip('\b\t\n\f\r"\\', 'btnfr"\\', strict=True)},
}
"""Control characters, line separators, byte order marks and lone surrogates, which a file may not survive with."""

_QUOTED_NUMBERS: Final = (CimType.SINT64, CimType.UINT64)


def quoted(text: str) -> str:
    """A string literal."""
    return '"' + text.translate(_ESCAPES) + '"'


def character(unit: str) -> str:
    """A char16 literal."""
    if unit == "'":
        return "'\\''"
    return "'" + ('"' if unit == '"' else unit.translate(_ESCAPES)) + "'"


def real(number: float) -> str:
    """A real literal, which has digits after its point; "INF", "-INF" and "NaN" stand in quotes for want of one."""
    if not math.isfinite(number):
        return '"NaN"' if math.isnan(number) else '"INF"' if number > 0 else '"-INF"'
    digits, exponent_mark, exponent = repr(number).partition("e")
    return digits + ("" if "." in digits else ".0") + exponent_mark + exponent


def scalar_text(value: object, cim_type: CimType) -> str:
    """One value that is neither an array nor an object."""
    if value is None:
        return "NULL"
    if value is True or value is False:
        return "TRUE" if value else "FALSE"
    if cim_type is CimType.CHAR16:
        return character(str(value))
    if isinstance(value, float):
        return real(value)
    if isinstance(value, int) and cim_type not in _QUOTED_NUMBERS:
        return str(int(value))
    return quoted(str(value))
