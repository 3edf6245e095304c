"""Instance declarations. DSP0004 annex A (``instanceDeclaration``); wmi-semantics 9.2.3, 9.2.4."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix import status as codes
from wmix.mof.ast import Assignment, InstanceDeclaration
from wmix.mof.cursor import Refused
from wmix.mof.lexer import DIRECTIVE, END
from wmix.mof.qualifiers import qualifier_list
from wmix.mof.values import value

if TYPE_CHECKING:
    from wmix.mof.ast import QualifierUse
    from wmix.mof.cursor import Cursor

__all__ = ["instance_declaration"]


def instance_declaration(cursor: Cursor, qualifiers: tuple[QualifierUse, ...], start: int) -> InstanceDeclaration:
    """``[qualifierList] "instance" "of" className [alias] "{" *valueInitializer "}"``, without the semicolon.

    A broken assignment is reported and passed over, so that the ones behind it are read too.
    """
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
    if len(assignments) > 1:
        seen: set[str] = set()
        for assignment in assignments:
            if (folded := assignment.name.casefold()) in seen:
                raise cursor.refused(
                    codes.WBEMMOF_E_DUPLICATE_PROPERTY, f"{assignment.name} is set twice", assignment.span
                )
            seen.add(folded)
    return InstanceDeclaration(name, tuple(assignments), alias, qualifiers, cursor.span_from(start))


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
