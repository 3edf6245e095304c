"""Constants meet types: what a literal means beside a property of a given CIM type. 5.3.4 to 5.3.13.

========== =============================  ====================================================================
type       operators                      constants
========== =============================  ====================================================================
integers   all; LIKE means =              integers of any size, reals and texts that are whole numbers
reals      all; LIKE means =              numbers, texts that are numbers
string     all                            text; a bare number stands for its digits
char16     all; LIKE means =              text; an integer is a UTF-16 unit
boolean    = <>; LIKE means =             TRUE, FALSE, 1, 0, and the same as text
datetime   all; LIKE means =              text in a format of ``dates``; with asterisks = and <> only
reference  = <>; LIKE means =             text
========== =============================  ====================================================================

A whole number that the property can never have (``ProcessId < 0``) is no error: it compares, as WMI does.  A number
that is not whole is one beside an integer (5.3.9).  LIKE on anything but a string must have no metacharacter (5.3.7).
Objects and arrays compare with nothing.  Depends on ``cim``, ``dates`` and ``like``.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Final

from wmix.cim.datetime import CimDateTime
from wmix.cim.types import INTEGER_RANGES, CimType, type_name
from wmix.errors import InvalidDatetime, TypeMismatch
from wmix.wql.ast import Literal, LiteralKind, Operator
from wmix.wql.dates import parse_moment
from wmix.wql.lexer import MAX_NUMBER, Number
from wmix.wql.like import has_wildcards
from wmix.wql.printer import number_text, to_text

if TYPE_CHECKING:
    from datetime import tzinfo

__all__ = ["ORDERING", "Constant", "constant_for", "operator_for"]

Constant = int | float | bool | str | CimDateTime
"""A constant in the exact Python form of the property that it stands beside."""

ORDERING: Final = frozenset({"<", "<=", ">", ">="})
"""Operators that need an order."""

_EQUALITY_ONLY: Final = frozenset({CimType.BOOLEAN, CimType.REFERENCE})
_NUMBER: Final = r"\s*([+-]?)(?:0[xX]([0-9A-Fa-f]+)|([0-9]+)|((?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?))\s*"
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


def operator_for(op: Operator, cim_type: CimType) -> Operator | None:
    """The operator that *op* amounts to beside a property of that type; None when it is not applicable (5.3.5)."""
    if cim_type is CimType.OBJECT or (op in ORDERING and cim_type in _EQUALITY_ONLY):
        return None
    return "=" if op == "LIKE" and cim_type is not CimType.STRING else op


def constant_for(literal: Literal, op: Operator, cim_type: CimType, zone: tzinfo | None = None) -> Constant:
    """The value that *literal* has beside a property of *cim_type*, not an object.

    Args:
        op: the operator as written.
        zone: where a date without offset is at home; UTC when omitted.

    Raises:
        TypeMismatch: it cannot stand there; the detail says why.
    """
    value = literal.value
    if op == "LIKE" and cim_type is not CimType.STRING and isinstance(value, str) and has_wildcards(value):
        raise TypeMismatch(
            f"a pattern needs a string property, this one is {type_name(cim_type)}",
            hint="compare with = <> < <= > >=, or filter what arrives",
        )
    if cim_type in INTEGER_RANGES:
        return _integer(literal, cim_type)
    if cim_type is CimType.REAL32 or cim_type is CimType.REAL64:
        return _real(literal, cim_type)
    if cim_type is CimType.BOOLEAN:
        return _boolean(literal)
    if cim_type is CimType.DATETIME:
        return _moment(literal, op, zone)
    if cim_type is CimType.CHAR16 and literal.kind is LiteralKind.INTEGER and isinstance(value, int):
        if 0 <= value <= 0xFFFF:
            return chr(value)
        raise _unfit(literal, cim_type, "write the character in quotes")
    if isinstance(value, str):
        return value
    if cim_type is CimType.STRING and not isinstance(value, bool):
        return number_text(value)
    raise _unfit(literal, cim_type, "write it in quotes")


def _integer(literal: Literal, cim_type: CimType) -> int:
    number = _number(literal)
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if isinstance(number, int):
        return number
    raise _unfit(literal, cim_type, "write a whole number")


def _real(literal: Literal, cim_type: CimType) -> int | float:
    number = _number(literal)
    if number is None:
        raise _unfit(literal, cim_type, "write a number")
    if cim_type is CimType.REAL32:
        # The property was rounded when it was set, so that 0.1 finds 0.1 only when the constant is rounded too.
        try:
            rounded: float = struct.unpack("<f", struct.pack("<f", number))[0]
        except OverflowError:
            return number
        return rounded
    return number


def _number(literal: Literal) -> Number | None:
    """The number that *literal* is, or that its text is; None for anything else."""
    value = literal.value
    if not isinstance(value, str):
        return None if isinstance(value, bool) else value
    found = re.fullmatch(_NUMBER, value, re.ASCII) if len(value) <= MAX_NUMBER else None
    if found is None:
        return None
    sign, hexadecimal, digits, real = found.groups()
    number: Number
    if real is None:
        number = int(hexadecimal, 16) if digits is None else int(digits)
    else:
        number = float(real)
        if number - number != 0:  # infinite
            return None
    return -number if sign == "-" else number


def _boolean(literal: Literal) -> bool:
    value = literal.value
    if isinstance(value, bool):
        return value
    known = None if isinstance(value, float) else _BOOLEANS.get(str(value).lower())
    if known is None:
        raise _unfit(literal, CimType.BOOLEAN, "write TRUE, FALSE, 1 or 0")
    return known


def _moment(literal: Literal, op: Operator, zone: tzinfo | None) -> CimDateTime:
    if not isinstance(literal.value, str):
        raise _unfit(literal, CimType.DATETIME, "write the time as text: '20200131235900.000000+000'")
    try:
        moment = parse_moment(literal.value, zone)
    except InvalidDatetime as error:
        raise TypeMismatch(error.detail, hint=error.hint) from None
    if moment.has_wildcards and op in ORDERING:
        raise TypeMismatch("a time with asterisks has no place in an order", hint="compare it with = or <> only")
    return moment


def _unfit(literal: Literal, cim_type: CimType, hint: str) -> TypeMismatch:
    shown = to_text(literal)
    shown = shown if len(shown) <= 40 else shown[:39] + "…"
    return TypeMismatch(f"{shown} is not a value of type {type_name(cim_type)}", hint=hint)
