"""Qualifier lists, flavors, and the declaration of qualifiers. DSP0004 annex A, 5.6; wmi-semantics 3.5.6, 9.2.

Two forms of the declaration are read: WMI's, which gives a qualifier its flavors for the rest of the file, and that
of DSP0004 with type, default, scope and flavor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix import status as codes
from wmix.cim.types import CimType, parse_type_name
from wmix.errors import TypeMismatch
from wmix.mof.ast import QualifierDeclaration, QualifierUse
from wmix.mof.lexer import NAME
from wmix.mof.values import constant, constant_list

if TYPE_CHECKING:
    from wmix.mof.ast import ArrayValue, Literal
    from wmix.mof.cursor import Cursor
    from wmix.mof.source import Span

__all__ = ["FLAVORS", "SCOPES", "qualifier_declaration", "qualifier_list"]

FLAVORS: Final = frozenset(
    {
        "toinstance",
        "tosubclass",
        "nottoinstance",
        "nottosubclass",
        "enableoverride",
        "disableoverride",
        "restricted",
        "amended",
        "translatable",
    }
)
"""Flavor words of WMI (3.5.6) and ``Translatable`` of DSP0004, which has no bit in WMI."""

SCOPES: Final = frozenset(
    {"any", "class", "association", "indication", "qualifier", "property", "reference", "method", "parameter", "schema"}
)

_EXCLUSIVE: Final = (
    ("enableoverride", "disableoverride", codes.WBEMMOF_E_INCOMPATIBLE_FLAVOR_TYPES),
    ("toinstance", "nottoinstance", codes.WBEMMOF_E_INCOMPATIBLE_FLAVOR_TYPES2),
    ("tosubclass", "nottosubclass", codes.WBEMMOF_E_INCOMPATIBLE_FLAVOR_TYPES2),
    ("restricted", "toinstance", codes.WBEMMOF_E_INCOMPATIBLE_FLAVOR_TYPES2),
    ("restricted", "tosubclass", codes.WBEMMOF_E_INCOMPATIBLE_FLAVOR_TYPES2),
)


def qualifier_list(cursor: Cursor) -> tuple[QualifierUse, ...]:
    """``"[" qualifier *( "," qualifier ) "]"`` if it is there; no name twice."""
    if cursor.kinds[cursor.index] != "[":
        return ()
    cursor.index += 1
    found = [_qualifier(cursor)]
    while cursor.take_sign(","):
        found.append(_qualifier(cursor))
    cursor.expect("]", codes.WBEMMOF_E_EXPECTED_CLOSE_BRACKET, "',' or ']' after a qualifier")
    if len(found) > 1:
        seen: set[str] = set()
        for use in found:
            if (folded := use.name.casefold()) in seen:
                raise cursor.refused(
                    codes.WBEMMOF_E_DUPLICATE_QUALIFIER, f"the qualifier {use.name} stands twice", use.span
                )
            seen.add(folded)
    return tuple(found)


def _qualifier(cursor: Cursor) -> QualifierUse:
    """``qualifierName [ qualifierParameter ] [ ":" 1*flavor ]``; the parameter is ``(constant)`` or a list."""
    at = cursor.index
    name = cursor.name(codes.WBEMMOF_E_EXPECTED_QUALIFIER_NAME, "a qualifier name")
    if name.casefold() == "cimtype":
        raise cursor.refused(
            codes.WBEMMOF_E_CIMTYPE_QUALIFIER, "CIMTYPE cannot be written; the type says it", cursor.span_at(at)
        )
    given: Literal | ArrayValue | None = None
    kind = cursor.kinds[cursor.index]
    if kind == "(":
        cursor.index += 1
        if cursor.kind == "{":
            raise cursor.unexpected(
                codes.WBEMMOF_E_UNEXPECTED_ARRAY_INIT, "a single value", hint=f"write {name}{{...}} without parentheses"
            )
        given = constant(cursor, "the value of the qualifier, a constant")
        cursor.expect(")", codes.WBEMMOF_E_EXPECTED_CLOSE_PAREN, "')' after the value")
    elif kind == "{":
        given = constant_list(cursor)
    flavors = _flavors(cursor) if cursor.take_sign(":") else ()
    return QualifierUse(name, given, flavors, cursor.span_from(cursor.span_at(at)[0]))


def _flavors(cursor: Cursor) -> tuple[str, ...]:
    """``1*flavor``, blanks between them."""
    first = cursor.index
    words: list[str] = []
    while cursor.kinds[cursor.index] == NAME and (word := cursor.keyword) in FLAVORS:
        words.append(word)
        cursor.index += 1
    if cursor.index == first or cursor.kind == NAME:
        raise cursor.unexpected(
            codes.WBEMMOF_E_EXPECTED_FLAVOR_TYPE,
            "a flavor: ToInstance, ToSubclass, NotToInstance, NotToSubclass, EnableOverride, DisableOverride, "
            "Restricted or Amended",
        )
    _check_flavors(cursor, words, cursor.span_from(cursor.span_at(first)[0]))
    return tuple(words)


def _check_flavors(cursor: Cursor, words: list[str], span: Span) -> None:
    for one, other, status in _EXCLUSIVE:
        if one in words and other in words:
            raise cursor.refused(status, f"the flavors {one} and {other} cannot stand together", span)


# -- declarations


def qualifier_declaration(cursor: Cursor) -> QualifierDeclaration:
    """``"Qualifier" name ":" 1*flavor ";"`` or, DSP0004, ``"Qualifier" name ":" type ["=" value] "," scope [","
    flavor] ";"``."""
    start = cursor.start
    cursor.index += 1
    name = cursor.name(codes.WBEMMOF_E_EXPECTED_QUALIFIER_NAME, "the name of the qualifier")
    cursor.expect(":", codes.WBEMMOF_E_INVALID_QUALIFIER_SYNTAX, "':' and the flavors of the qualifier")
    if cursor.keyword in FLAVORS:
        flavors = _flavors(cursor)
        _end(cursor)
        return QualifierDeclaration(name, flavors, span=cursor.span_from(start))
    if cursor.kind != NAME:
        raise cursor.unexpected(codes.WBEMMOF_E_EXPECTED_FLAVOR_TYPE, "flavors or a type")
    cim_type = _declared_type(cursor)
    is_array = False
    if cursor.take_sign("["):
        cursor.expect("]", codes.WBEMMOF_E_EXPECTED_CLOSE_BRACKET)
        is_array = True
    default: Literal | ArrayValue | None = None
    if cursor.take_sign("="):
        default = constant_list(cursor) if cursor.at("{") else constant(cursor)
    scopes: tuple[str, ...] | None = None
    words: tuple[str, ...] = ()
    while cursor.take_sign(","):
        clause = cursor.keyword
        if clause == "scope" and scopes is None:
            scopes = _words(cursor, SCOPES, "a scope such as class or property")
        elif clause == "flavor":
            first = cursor.start
            words += _words(cursor, FLAVORS, "a flavor such as ToSubclass")
            _check_flavors(cursor, list(words), cursor.span_from(first))
        else:
            raise cursor.unexpected(codes.WBEMMOF_E_INVALID_QUALIFIER_SYNTAX, "Scope(...) or Flavor(...)")
    _end(cursor)
    return QualifierDeclaration(name, words, cim_type, is_array, default, scopes, cursor.span_from(start))


def _end(cursor: Cursor) -> None:
    if cursor.kind != ";":
        raise cursor.unexpected(codes.WBEMMOF_E_EXPECTED_SEMI, "';' after the qualifier declaration")
    cursor.index += 1


def _declared_type(cursor: Cursor) -> CimType:
    at = cursor.index
    word = cursor.take()
    try:
        found = parse_type_name(word)
    except TypeMismatch:
        found = CimType.OBJECT
    if found in (CimType.OBJECT, CimType.REFERENCE):
        raise cursor.refused(
            codes.WBEMMOF_E_INVALID_QUALIFIER_SYNTAX,
            f"{word!r} is neither a flavor nor a type that a qualifier can have",
            cursor.span_at(at),
        )
    return found


def _words(cursor: Cursor, known: frozenset[str], expected: str) -> tuple[str, ...]:
    """``name "(" word *( "," word ) ")"``."""
    cursor.index += 1
    cursor.expect("(", codes.WBEMMOF_E_EXPECTED_OPEN_PAREN)
    words: list[str] = []
    while True:
        if cursor.keyword not in known:
            raise cursor.unexpected(codes.WBEMMOF_E_INVALID_QUALIFIER_SYNTAX, expected)
        words.append(cursor.keyword)
        cursor.index += 1
        if not cursor.take_sign(","):
            break
    cursor.expect(")", codes.WBEMMOF_E_EXPECTED_CLOSE_PAREN)
    return tuple(words)
