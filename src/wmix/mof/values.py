"""Values: constants, lists, aliases, embedded objects. DSP0004 annex A (``initializer``); wmi-semantics 9.1, 9.2.3.

Which value fits which type is not known here; that is elaboration's work.  Beside the values of the standard an
embedded *class* is read, because events and method results hold them and the printer must be able to write them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix import status as codes
from wmix.mof import ast
from wmix.mof.ast import BOOLEAN, NULL, AliasReference, ArrayValue, Literal
from wmix.mof.escapes import unescape
from wmix.mof.lexer import ALIAS, CHARACTER, DECIMAL, INTEGER, NAME, REAL, SIMPLE, STRING, number

if TYPE_CHECKING:
    from wmix.mof.ast import Value
    from wmix.mof.cursor import Cursor
    from wmix.mof.source import Span

__all__ = ["constant", "constant_list", "value"]

_EXPECTED = "a value: a constant, a list in braces, an alias or an instance"


def value(cursor: Cursor) -> Value:
    """``constantValue / arrayInitializer / referenceInitializer / instanceDeclaration``."""
    kind = cursor.kinds[cursor.index]
    if kind in _CONSTANTS:
        return constant(cursor)
    if kind == "{":
        return _list(cursor)
    if kind == ALIAS:
        span = cursor.span_at(cursor.index)
        return AliasReference(cursor.take()[1:], span)
    if kind == NAME:
        word = cursor.keyword
        if word in _WORDS:
            return constant(cursor)
        if word in ("instance", "class"):
            return _embedded(cursor)
    elif kind == "[" or kind == SIMPLE:
        return _embedded(cursor)
    raise cursor.unexpected(
        codes.WBEMMOF_E_ILLEGAL_CONSTANT_VALUE,
        _EXPECTED,
        hint="write strings in double quotes" if kind == NAME else None,
    )


_CONSTANTS = frozenset((STRING, DECIMAL, INTEGER, REAL, CHARACTER))
_WORDS = {"true": (BOOLEAN, True), "false": (BOOLEAN, False), "null": (NULL, None)}


def constant(cursor: Cursor, expected: str = "a constant") -> Literal:
    """``integerValue / realValue / charValue / stringValue / booleanValue / nullValue``."""
    kind = cursor.kinds[cursor.index]
    if kind == STRING:
        text, span = cursor.text()
        return Literal(ast.STRING, text, span)
    if kind in _CONSTANTS:
        span = cursor.span_at(cursor.index)
        word = cursor.take()
        if kind == CHARACTER:
            return Literal(ast.CHARACTER, _character(cursor, word, span), span)
        found = number(word, kind)
        if found is None:
            raise cursor.refused(
                codes.WBEMMOF_E_OUT_OF_RANGE,
                "the number is too large",
                span,
                expected="a number in the range of a double",
            )
        return Literal(ast.REAL if kind == REAL else ast.INTEGER, found, span)
    known = _WORDS.get(cursor.keyword)
    if known is None:
        raise cursor.unexpected(
            codes.WBEMMOF_E_ILLEGAL_CONSTANT_VALUE,
            expected,
            hint="write strings in double quotes" if kind == NAME else None,
        )
    span = cursor.span_at(cursor.index)
    cursor.index += 1
    return Literal(known[0], known[1], span)


def _character(cursor: Cursor, word: str, span: Span) -> str:
    unit = unescape(word[1:-1])
    if unit > "\uffff":
        raise cursor.refused(
            codes.WBEMMOF_E_OUT_OF_RANGE,
            f"{word} takes two UTF-16 units; a char16 holds one",
            span,
            expected="a character up to U+FFFF",
            hint="use a string",
        )
    return unit


def _list(cursor: Cursor) -> ArrayValue:
    """``"{" [value *( "," value )] "}"``."""
    start = cursor.start
    cursor.deeper()
    cursor.index += 1
    items: list[Value] = []
    if cursor.kind != "}":
        items.append(_item(cursor))
        while cursor.take_sign(","):
            items.append(_item(cursor))
    cursor.expect("}", codes.WBEMMOF_E_EXPECTED_CLOSE_BRACE, "',' or '}' after an element of the list")
    cursor.higher()
    return ArrayValue(tuple(items), cursor.span_from(start))


def _item(cursor: Cursor) -> Value:
    if cursor.kind == "{":
        raise cursor.unexpected(codes.WBEMMOF_E_UNEXPECTED_ARRAY_INIT, "a single value inside a list")
    item = value(cursor)
    if isinstance(item, Literal) and item.kind == NULL:
        raise cursor.refused(codes.WBEMMOF_E_NULL_ARRAY_ELEM, "an element of an array cannot be NULL", item.span)
    return item


def constant_list(cursor: Cursor) -> ArrayValue:
    """``"{" constant *( "," constant ) "}"``: the value of a qualifier."""
    start = cursor.start
    cursor.index += 1
    items: list[Value] = []
    if cursor.kind != "}":
        items.append(constant(cursor))
        while cursor.take_sign(","):
            items.append(constant(cursor))
    cursor.expect("}", codes.WBEMMOF_E_EXPECTED_CLOSE_BRACE, "',' or '}' after an element of the list")
    for item in items:
        if isinstance(item, Literal) and item.kind == NULL:
            raise cursor.refused(codes.WBEMMOF_E_NULL_ARRAY_ELEM, "an element of an array cannot be NULL", item.span)
    return ArrayValue(tuple(items), cursor.span_from(start))


def _embedded(cursor: Cursor) -> Value:
    """``[qualifierList] ("instance" "of" ... / "class" ...)`` as a value: no alias, no semicolon."""
    # The rules of declarations use those of values; at module level the imports would go in a circle.
    from wmix.mof.classes import class_declaration
    from wmix.mof.instances import instance_declaration
    from wmix.mof.qualifiers import qualifier_list

    cursor.deeper()
    start = cursor.start
    qualifiers = qualifier_list(cursor)
    found: Value
    if cursor.keyword == "class":
        found = class_declaration(cursor, qualifiers, start)
    else:
        found = instance_declaration(cursor, qualifiers, start)
    if found.alias is not None:
        raise cursor.refused(
            codes.WBEMMOF_E_ALIASES_IN_EMBEDDED,
            f"an embedded object cannot have the alias ${found.alias}",
            found.span,
            hint="an embedded object has no path; declare it by itself to refer to it",
        )
    cursor.higher()
    return found
