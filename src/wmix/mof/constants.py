"""Constants of MOF to values of CIM types: which literal may stand for which type.

wmi-semantics 3.1, 9.1.3 to 9.1.6.  Stricter than ``cim.types.coerce``, because a literal says what it is:

==========  =====================================================================================
integers    integer literals; real literals, rounded (9.1.6); for 64 bits also strings (9.1.4)
reals       real and integer literals; the strings "INF", "-INF" and "NaN", which have no literal
boolean     TRUE, FALSE
string      strings
datetime    strings of the 25 characters
char16      character literals, integers
reference   strings; aliases, which are resolved before
==========  =====================================================================================

Depends on ``cim.types``, ``ast`` and ``lexer``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix import status as codes
from wmix.cim.datetime import CimDateTime
from wmix.cim.types import INTEGER_RANGES, CimType, coerce, type_name
from wmix.errors import InvalidDatetime, OutOfRange, TypeMismatch
from wmix.mof.ast import BOOLEAN, CHARACTER, INTEGER, NULL, REAL, STRING

if TYPE_CHECKING:
    from wmix.cim.types import CimValue
    from wmix.mof.ast import Literal

__all__ = ["SPECIAL_REALS", "Misfit", "constant_value"]

SPECIAL_REALS: Final = {"inf": float("inf"), "-inf": float("-inf"), "nan": float("nan")}
"""Reals that the language has no literal for, by the lower-case form of the string that stands for them."""

_REALS: Final = (CimType.REAL32, CimType.REAL64)
_LONG: Final = (CimType.SINT64, CimType.UINT64)


class Misfit(Exception):
    """The literal does not stand for a value of the type: a MOF status, why, and what to write."""

    def __init__(self, status: int, detail: str, hint: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.hint = hint


def constant_value(literal: Literal, cim_type: CimType, what: str) -> CimValue:
    """The value that *literal* stands for where *cim_type* is wanted; *what* is being set, for the message.

    Raises:
        Misfit: TYPE_MISMATCH, OUT_OF_RANGE, or ILLEGAL_CONSTANT_VALUE for a text that is no datetime.
    """
    kind, value = literal.kind, literal.value
    if kind is STRING:
        if cim_type is CimType.STRING or cim_type is CimType.REFERENCE:
            return value
        return _from_string(str(value), cim_type, what)
    if kind is INTEGER:
        limits = INTEGER_RANGES.get(cim_type)
        if limits is not None:
            low, high = limits
            if low <= value <= high:  # type: ignore[operator]  # an integer
                return value
            raise Misfit(
                codes.WBEMMOF_E_OUT_OF_RANGE,
                f"{what}: the number is not within {low} to {high} ({type_name(cim_type)})",
            )
        if cim_type in _REALS or cim_type is CimType.CHAR16:
            return _exact(value, cim_type, what)
    elif kind is NULL:
        return None
    elif kind is BOOLEAN:
        if cim_type is CimType.BOOLEAN:
            return value
    elif kind is REAL:
        if cim_type in _REALS:
            return _exact(value, cim_type, what)
        if cim_type in INTEGER_RANGES:
            return _exact(round(value), cim_type, what)  # type: ignore[arg-type]  # a finite float
    elif kind is CHARACTER and cim_type is CimType.CHAR16:
        return value
    raise _mismatch(kind, cim_type, what)


def _from_string(text: str, cim_type: CimType, what: str) -> CimValue:
    if cim_type is CimType.DATETIME:
        try:
            return CimDateTime(text)
        except InvalidDatetime as error:
            raise Misfit(
                codes.WBEMMOF_E_ILLEGAL_CONSTANT_VALUE,
                f"{what}: {error.detail}",
                "write yyyymmddHHMMSS.mmmmmmsUUU or, for an interval, ddddddddHHMMSS.mmmmmm:000",
            ) from None
    if cim_type in _LONG:
        return _exact(text, cim_type, what)
    if cim_type in _REALS and (special := SPECIAL_REALS.get(text.lower())) is not None:
        return special
    raise _mismatch(STRING, cim_type, what)


def _exact(value: object, cim_type: CimType, what: str) -> CimValue:
    try:
        return coerce(value, cim_type, False, what=what)
    except OutOfRange as error:
        raise Misfit(codes.WBEMMOF_E_OUT_OF_RANGE, error.detail) from None
    except TypeMismatch as error:
        raise Misfit(codes.WBEMMOF_E_TYPE_MISMATCH, error.detail) from None


_HINTS: Final = {
    CimType.STRING: "write strings in double quotes",
    CimType.DATETIME: "write a datetime as a string",
    CimType.REFERENCE: "write an object path as a string, or an alias",
    CimType.BOOLEAN: "write TRUE or FALSE",
    CimType.CHAR16: "write one character in single quotes",
    CimType.OBJECT: "write instance of Class { ... }",
}


def _mismatch(kind: str, cim_type: CimType, what: str) -> Misfit:
    article = "an" if kind[0] in "aeiou" else "a"
    return Misfit(
        codes.WBEMMOF_E_TYPE_MISMATCH,
        f"{what} is of type {type_name(cim_type)}; {article} {kind} does not fit",
        _HINTS.get(cim_type),
    )
