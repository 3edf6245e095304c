"""The parser: text of a query to its syntax tree. [MS-WMI] 2.2.1.1.

Safe on any text: time is linear in its length, depth and number of terms are limited, and the only outcomes are a tree,
``InvalidQuery`` with the place of the mistake, or ``QuotaExceeded``.  The length of the text (16,384 characters for a
caller of WMI) is the engine's to check.

Statement families: ``select`` (data, schema and event queries) and ``associators``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.wql.cursor import Cursor
from wmix.wql.lexer import TokenKind
from wmix.wql.select import select

if TYPE_CHECKING:
    from wmix.wql.ast import Query

__all__ = ["MAX_TERMS", "parse"]

MAX_TERMS: Final = 1000
"""Comparisons in one condition when the caller sets no limit."""


def parse(text: str, *, max_terms: int = MAX_TERMS) -> Query:
    """The syntax tree of *text*.

    Args:
        text: one query, without terminator.
        max_terms: most comparisons, IS and ISA tests that the condition may have.

    Raises:
        InvalidQuery: not WQL; ``line``, ``column``, ``span``, ``found``, ``expected`` tell where and why, ``hint`` what
            to write instead when that is known.
        QuotaExceeded: nested too deep, or more than *max_terms* terms (5.3.16).
    """
    cursor = Cursor(text, max_terms)
    match cursor.token.keyword:
        case "SELECT":
            return select(cursor)
        case "ASSOCIATORS":
            from wmix.wql.associators import associators  # each family brings its own grammar

            return associators(cursor)
        case "REFERENCES":
            from wmix.wql.associators import references

            return references(cursor)
    hint = None
    if cursor.at_name() and cursor.peek().kind is TokenKind.END:
        hint = f"write SELECT * FROM {cursor.token.text}"  # advice, never run
    raise cursor.unexpected("SELECT, ASSOCIATORS OF or REFERENCES OF", hint=hint)
