"""Instances of nothing but plain constants: read by one expression each, and their values by another.

Files with thousands of instances hold little else, and a reader that looks at every word of them spends most of its
time, and the garbage collector more than half of it, on nodes that are thrown away at once.  Such an instance stays
text until it is elaborated: a tuple of name and word for each property.  What is not plain (comments, embedded
objects, adjacent strings, characters, other than decimal numbers, names beyond ASCII) is no such instance, and what
does not fit its property is read again word by word, so that there is one place for messages.

Time stays linear: every repetition is possessive or atomic, and nothing is tried twice at one place.  Groups are
repeated in ``(?>(?:...)*)`` and not by ``*+``, as in the lexer.
Depends on ``cim.types``, ``cim.datetime`` and ``escapes``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wmix.cim.datetime import CimDateTime
from wmix.cim.names import fold
from wmix.cim.types import INTEGER_RANGES, CimType, coerce
from wmix.errors import WmiError
from wmix.mof.escapes import ESCAPED, unescape

if TYPE_CHECKING:
    from wmix.cim.layout import InstanceLayout

__all__ = ["INSTANCE", "Pairs", "plain_values", "split_instance"]

_SPACE: Final = r"[ \t\r\n]*+"
_GAP: Final = r"[ \t\r\n]++"
_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*+"
_STRING: Final = rf'"[^"\\\r\n]*+(?:"|(?>(?:{ESCAPED}[^"\\\r\n]*+)*)")'
# Short enough that no number is out of the range of a double.
_NUMBER: Final = r"[+-]?(?:0|[1-9][0-9]{0,29}+)(?:\.[0-9]{1,30}+(?:[eE][+-]?[0-9]{1,2}+)?)?"
_CONSTANT: Final = rf"(?:{_STRING}|{_NUMBER}|(?i:TRUE|FALSE))"
_LIST: Final = rf"\{{{_SPACE}(?:{_CONSTANT}{_SPACE}(?>(?:,{_SPACE}{_CONSTANT}{_SPACE})*))?\}}"
_VALUE: Final = rf"(?:{_CONSTANT}|(?i:NULL)|\${_NAME}|{_LIST})"
_HEAD: Final = rf"(?i:instance){_GAP}(?i:of){_GAP}{_NAME}(?:{_GAP}(?i:as){_GAP}\${_NAME})?{_SPACE}\{{"
INSTANCE: Final = rf"{_HEAD}{_SPACE}(?>(?:{_NAME}{_SPACE}={_SPACE}{_VALUE}{_SPACE};{_SPACE})*)\}}".replace(" ", r"\ ")
"""The expression of a plain instance from ``instance of`` to ``}``, for use in a verbose expression."""

_PARTS: Final = re.compile(rf"(?i:instance){_GAP}(?i:of){_GAP}({_NAME})(?:{_GAP}(?i:as){_GAP}\$({_NAME}))?{_SPACE}\{{")
_PAIR: Final = re.compile(rf"({_NAME}){_SPACE}={_SPACE}({_VALUE}){_SPACE};")
_ITEM: Final = re.compile(_CONSTANT)

Pairs = tuple[tuple[str, str], ...]
"""Name and word of each property, in order."""


def split_instance(text: str, start: int, end: int) -> tuple[str, str | None, int, Pairs]:
    """Class name, alias, where the body begins, and the properties of the plain instance at *start* to *end*."""
    head = _PARTS.match(text, start, end)
    assert head is not None  # the lexer has matched the same expression
    body = head.end()
    return head[1], head[2], body, tuple(_PAIR.findall(text, body, end))


class _NotPlain(Exception):
    """The word needs the full rules, to be read or to be refused."""


def plain_values(layout: InstanceLayout, pairs: Pairs) -> tuple[object, ...] | None:
    """The row of values of a plain instance in the layout's order; None when some value needs the full rules."""
    values: list[object] = list(layout.unset)
    exact, types = layout.exact, layout.types
    try:
        for name, word in pairs:
            i = exact.get(name)
            if i is None:
                i = layout.index.get(fold(name))
                if i is None:
                    return None
            cim_type, is_array = types[i]
            if is_array:
                values[i] = _array(word, cim_type)
            else:
                values[i] = _scalar(word, cim_type)
    except (_NotPlain, WmiError):
        return None
    return tuple(values)


def _array(word: str, cim_type: CimType) -> tuple[object, ...] | None:
    if word[0] == "{":
        return tuple([_scalar(item, cim_type) for item in _ITEM.findall(word)])
    if word[0] in "nN":
        return None
    raise _NotPlain


def _scalar(word: str, cim_type: CimType) -> object:
    first = word[0]
    if first == '"':
        text = unescape(word[1:-1])
        if cim_type is CimType.STRING or cim_type is CimType.REFERENCE:
            return text
        if cim_type is CimType.DATETIME:
            return CimDateTime(text)
        if cim_type is CimType.UINT64 or cim_type is CimType.SINT64:
            return coerce(text, cim_type, False, what="")
    elif first in "+-0123456789":
        limits = INTEGER_RANGES.get(cim_type)
        if limits is not None:
            if "." not in word and limits[0] <= (number := int(word)) <= limits[1]:
                return number
        elif cim_type is CimType.REAL64 or cim_type is CimType.REAL32:
            return coerce(float(word), cim_type, False, what="")
    elif first in "tTfF":
        if cim_type is CimType.BOOLEAN:
            return first in "tT"
    elif first in "nN":
        return None
    raise _NotPlain
