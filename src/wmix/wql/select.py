"""SELECT: data queries, schema queries (FROM meta_class) and event queries. [MS-WMI] 2.2.1.1 and 3.1.6.1.

::

    SELECT list FROM class [WITHIN seconds] [WHERE condition]
        [GROUP WITHIN seconds [BY list] [HAVING NumberOfEvents op n]]

Whether a class is an event class is not known here: an event query is one that the caller sends as such.  What the
text alone can tell is refused here, with the status that WMI has for it.  Depends on ``cursor`` and ``expression``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.status import WBEM_E_MISSING_AGGREGATION_LIST, WBEM_E_MISSING_GROUP_WITHIN
from wmix.wql.ast import Group, LiteralKind, PropertyRef, SchemaQuery, SelectQuery, Star
from wmix.wql.lexer import TokenKind

if TYPE_CHECKING:
    from wmix.errors import InvalidQuery
    from wmix.wql.ast import Comparison
    from wmix.wql.cursor import Cursor

__all__ = ["AGGREGATE_COUNT", "MAX_POLLING", "MIN_POLLING", "select"]

MIN_POLLING: Final = 0.001
MAX_POLLING: Final = 418_937.0
"""Least and most seconds of a polling interval, [MS-WMI] 3.1.2."""

AGGREGATE_COUNT: Final = "NumberOfEvents"
"""The property of ``__AggregateEvent`` that HAVING tests."""

_META_CLASS: Final = "META_CLASS"
_NUMBERS: Final = (TokenKind.INTEGER, TokenKind.REAL)


def select(cursor: Cursor) -> SelectQuery | SchemaQuery:
    """``"SELECT" list "FROM" class [within] [where] [group]``"""
    first = cursor.expect_word("SELECT")
    chosen = _select_list(cursor)
    cursor.expect_word("FROM", "FROM")
    class_token = cursor.name("a class name after FROM")
    if cursor.at_sign(","):
        raise cursor.unexpected("WHERE or the end of the query", hint="WQL has no joins; use ASSOCIATORS OF")
    is_schema = class_token.keyword == _META_CLASS
    if is_schema and not isinstance(chosen, Star):
        raise cursor.invalid(
            "a schema query returns whole class definitions",
            (chosen[0].span[0], chosen[-1].span[1]),
            expected="'*' in a query on meta_class",
            hint="write SELECT * FROM meta_class",
        )
    polling = None if is_schema else _polling(cursor)
    where = None
    if cursor.take_word("WHERE"):
        from wmix.wql.expression import condition  # many queries have none

        where = condition(cursor, "WHERE")
    group = None if is_schema else _group(cursor)
    if cursor.token.kind is not TokenKind.END:
        raise _leftover(cursor, where is not None, group, is_schema)
    span = cursor.span_from(first)
    if is_schema:
        return SchemaQuery(where, span, cursor.text)
    return SelectQuery(chosen, class_token.text, where, polling, group, span, class_token.span, cursor.text)


def _select_list(cursor: Cursor) -> Star | tuple[PropertyRef, ...]:
    """``list = "*" / property *("," property)``"""
    if cursor.at_sign("*"):
        star = Star(cursor.take().span)
        if cursor.at_sign(","):
            raise cursor.unexpected("FROM", hint="'*' stands alone: it is every property already")
        return star
    refs = _property_list(cursor, "'*' or property names after SELECT")
    if not cursor.at_word("FROM"):
        last = refs[-1]
        opening = cursor.peek(-1)
        if len(last.parts) == 1 and (advice := cursor.advice(opening)) is not None:
            raise cursor.unexpected("'*' or property names after SELECT", token=opening, hint=advice)
        hint = cursor.advice(cursor.token)
        if cursor.at_sign("("):
            hint = "WQL has no functions"
        elif hint is None and cursor.at_name():
            hint = "separate the properties by ','"
        raise cursor.unexpected("',' or FROM", hint=hint)
    return refs


def _property_list(cursor: Cursor, expected: str) -> tuple[PropertyRef, ...]:
    """``property *("," property)``"""
    refs = [cursor.property_ref(expected)]
    while cursor.take_sign(","):
        if cursor.at_sign("*"):
            raise cursor.unexpected("a property name after ','", hint="'*' stands alone: it is every property already")
        if cursor.at_word("FROM"):
            raise cursor.unexpected("a property name after ','", hint="leave the last ',' out")
        refs.append(cursor.property_ref("a property name after ','"))
    return tuple(refs)


def _polling(cursor: Cursor) -> float | None:
    """``["WITHIN" seconds]`` - may be fractional."""
    if not cursor.take_word("WITHIN"):
        return None
    token = cursor.token
    if token.kind not in _NUMBERS:
        raise cursor.unexpected("a number of seconds after WITHIN")
    cursor.take()
    seconds = float(token.value)
    if not MIN_POLLING <= seconds <= MAX_POLLING:
        raise cursor.invalid(
            f"the polling interval must be from {MIN_POLLING} to {MAX_POLLING:.0f} seconds",
            token.span,
            expected=f"a number from {MIN_POLLING} to {MAX_POLLING:.0f}",
        )
    return seconds


def _group(cursor: Cursor) -> Group | None:
    """``["GROUP" "WITHIN" seconds ["BY" list] ["HAVING" count]]``"""
    first = cursor.token
    if not cursor.take_word("GROUP"):
        return None
    if not cursor.at_word("WITHIN"):
        raise cursor.invalid(
            "GROUP needs WITHIN and a number of seconds",
            first.span,
            expected="GROUP WITHIN seconds",
            hint="GROUP is for event queries: GROUP WITHIN 60 BY TargetInstance.Name",
            status=WBEM_E_MISSING_GROUP_WITHIN,
        )
    cursor.take()
    within = _window(cursor)
    by: tuple[PropertyRef, ...] = ()
    by_token = cursor.token
    if cursor.take_word("BY"):
        if not cursor.at_name() or (cursor.at_word("HAVING") and not cursor.peek().text.startswith((",", "."))):
            raise cursor.invalid(
                "BY needs at least one property",
                by_token.span,
                expected="property names after BY",
                status=WBEM_E_MISSING_AGGREGATION_LIST,
            )
        by = _property_list(cursor, "property names after BY")
    having = _having(cursor) if cursor.take_word("HAVING") else None
    return Group(within, by, having, cursor.span_from(first))


def _window(cursor: Cursor) -> int:
    token = cursor.token
    if token.kind not in _NUMBERS:
        raise cursor.unexpected("a number of seconds after GROUP WITHIN")
    cursor.take()
    if isinstance(token.value, int) and 0 <= token.value < 1 << 32:
        return token.value
    raise cursor.invalid(
        "the grouping interval is a 32-bit number of whole seconds",
        token.span,
        expected="a whole number from 0 to 4294967295",
    )


def _having(cursor: Cursor) -> Comparison:
    """``NumberOfEvents op n``"""
    from wmix.wql.expression import comparison

    test = comparison(cursor, "HAVING")
    if len(test.ref.parts) != 1 or test.ref.parts[0].upper() != AGGREGATE_COUNT.upper():
        raise cursor.invalid(f"HAVING tests {AGGREGATE_COUNT} only", test.ref.span, expected=AGGREGATE_COUNT)
    if test.constant.kind is not LiteralKind.INTEGER:
        raise cursor.invalid(f"{AGGREGATE_COUNT} is a whole number", test.constant.span, expected="a whole number")
    return test


def _leftover(cursor: Cursor, has_where: bool, group: Group | None, is_schema: bool) -> InvalidQuery:
    """What to say about a token after the last part of the query."""
    from wmix.wql.expression import JOIN_ADVICE, NO_ARITHMETIC

    hint = cursor.advice(cursor.token)
    if is_schema and cursor.at_word("WITHIN", "GROUP"):
        hint = f"{cursor.token.keyword} belongs to event queries"
    if group is not None:
        before = {"WHERE": "WHERE stands before GROUP", "BY": "BY stands before HAVING"}
        return cursor.unexpected("the end of the query", hint=before.get(cursor.token.keyword))
    if not has_where:
        if cursor.at_word("AND", "OR"):
            hint = "write conditions after WHERE"
        return cursor.unexpected("WHERE or the end of the query", hint=hint)
    if cursor.at_sign(")"):
        hint = "no '(' was opened for it"
    elif cursor.at_sign("*"):
        hint = NO_ARITHMETIC
    elif cursor.at_word("WHERE"):
        hint = "a query has one WHERE; join conditions with AND"
    elif hint is None and cursor.at_name():
        hint = JOIN_ADVICE
    return cursor.unexpected("AND, OR or the end of the query", hint=hint)
