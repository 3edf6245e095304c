"""Instance declarations. DSP0004 annex A (``instanceDeclaration``); wmi-semantics 9.2.3, 9.2.4."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix import status as codes
from wmix.cim.names import fold
from wmix.mof.ast import Assignment, InstanceDeclaration
from wmix.mof.cursor import Cursor, Refused
from wmix.mof.lexer import DIRECTIVE, END, SIMPLE
from wmix.mof.qualifiers import qualifier_list
from wmix.mof.simple import split_instance
from wmix.mof.values import value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.mof.ast import QualifierUse
    from wmix.mof.source import Source

__all__ = ["assignments_of", "instance_declaration"]


def instance_declaration(cursor: Cursor, qualifiers: tuple[QualifierUse, ...], start: int) -> InstanceDeclaration:
    """``[qualifierList] "instance" "of" className [alias] "{" *valueInitializer "}"``, without the semicolon.

    A broken assignment is reported and passed over, so that the ones behind it are read too.
    """
    if cursor.kind == SIMPLE:
        return _plain(cursor, qualifiers, start)
    if cursor.keyword != "instance":
        raise cursor.unexpected(codes.WBEMMOF_E_INVALID_INSTANCE_DECLARATION, "class or instance of")
    cursor.index += 1
    if cursor.keyword != "of":
        raise cursor.unexpected(codes.WBEMMOF_E_INVALID_INSTANCE_DECLARATION, "of")
    cursor.index += 1
    name = cursor.name(codes.WBEMMOF_E_EXPECTED_CLASS_NAME, "the name of the class")
    alias = cursor.alias()
    cursor.expect("{", codes.WBEMMOF_E_EXPECTED_OPEN_BRACE, "'{' and the values of the instance")
    assignments: list[Assignment] = []
    kinds = cursor.kinds
    level = cursor.level
    while (kind := kinds[cursor.index]) != "}" and kind != END:
        first = cursor.index
        try:
            assignments.append(_assignment(cursor))
        except Refused as refusal:
            cursor.report(refusal)
            cursor.recover(first, level, inside=True)
            if kinds[cursor.index] == DIRECTIVE:
                break
    cursor.expect("}", codes.WBEMMOF_E_EXPECTED_CLOSE_BRACE, "a property and its value or '}'")
    _check_names(cursor, assignments)
    return InstanceDeclaration(name, tuple(assignments), alias, qualifiers, cursor.span_from(start))


def _plain(cursor: Cursor, qualifiers: tuple[QualifierUse, ...], start: int) -> InstanceDeclaration:
    """An instance that the lexer has found to be of plain constants."""
    source = cursor.source
    begin, end = cursor.span_at(cursor.index)
    cursor.index += 1
    name, alias, body, pairs = split_instance(source.text, begin, end)
    declaration = InstanceDeclaration.plain(name, pairs, alias, qualifiers, (start, end), source, body)
    if len({fold(word) for word, _ in pairs}) != len(pairs):
        _check_names(cursor, declaration.assignments)
    return declaration


def assignments_of(source: Source, begin: int, until: int) -> tuple[Assignment, ...]:
    """The assignments that stand between *begin* and *until*, which are known to be right."""
    cursor = Cursor(source, begin, until)
    found: list[Assignment] = []
    while cursor.kinds[cursor.index] != END:
        found.append(_assignment(cursor))
    return tuple(found)


def _check_names(cursor: Cursor, assignments: Sequence[Assignment]) -> None:
    seen: set[str] = set()
    for assignment in assignments:
        folded = fold(assignment.name)
        if folded in seen:
            raise cursor.refused(codes.WBEMMOF_E_DUPLICATE_PROPERTY, f"{assignment.name} is set twice", assignment.span)
        seen.add(folded)


def _assignment(cursor: Cursor) -> Assignment:
    """``[qualifierList] propertyName "=" value ";"``."""
    start = cursor.start
    qualifiers = qualifier_list(cursor)
    name = cursor.name(codes.WBEMMOF_E_EXPECTED_PROPERTY_NAME, "the name of a property")
    if cursor.kinds[cursor.index] != "=":
        raise cursor.unexpected(codes.WBEMMOF_E_INVALID_INSTANCE_DECLARATION, f"'=' and the value of {name}")
    cursor.index += 1
    given = value(cursor)
    if cursor.kinds[cursor.index] != ";":
        raise cursor.unexpected(
            codes.WBEMMOF_E_EXPECTED_SEMI,
            "';' after the value",
            hint="write a list in braces: {1, 2}" if cursor.kind == "," else None,
        )
    cursor.index += 1
    return Assignment(name, given, qualifiers, cursor.span_from(start))
