"""Conditions: the WHERE part of data, schema and event queries, and HAVING. [MS-WMI] 2.2.1.1.

Recursive descent, one function per rule of the grammar; the number of levels and of tests is limited by the cursor, so
that no text can exhaust the stack.  OR binds weaker than AND, AND weaker than NOT, parentheses strongest.
Depends on ``cursor`` and ``ast``.
"""

from __future__ import annotations

from typing import Final, cast

from wmix.wql.ast import (
    And,
    Comparison,
    Expression,
    Isa,
    IsNull,
    Literal,
    LiteralKind,
    Not,
    Operator,
    Or,
    PropertyRef,
    Span,
)
from wmix.wql.cursor import RESERVED, Cursor
from wmix.wql.lexer import Token, TokenKind

__all__ = ["JOIN_ADVICE", "NO_ARITHMETIC", "comparison", "condition"]

_MIRRORED: Final = {"=": "=", "<>": "<>", "!=": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_SIGNS: Final = ("=", "<>", "!=", "<", "<=", ">", ">=")
_MEANT: Final = {"==": "=", "=<": "<=", "=>": ">=", "<=": "<=", ">=": ">=", "<>": "<>", "><": "<>"}
"""Two signs in a row, and the one that was meant."""

_OPERATORS: Final = "an operator (= <> < <= > >= LIKE IS ISA)"
_LITERAL_KINDS: Final = {
    TokenKind.STRING: LiteralKind.STRING,
    TokenKind.INTEGER: LiteralKind.INTEGER,
    TokenKind.REAL: LiteralKind.REAL,
}
JOIN_ADVICE: Final = "join conditions with AND or OR"
NO_ARITHMETIC: Final = "WQL does not calculate; compare with a constant"


def condition(cursor: Cursor, after: str) -> Expression:
    """``expr = term *("OR" term)`` - *after* names what the condition follows, for messages."""
    first = cursor.token
    terms = [_term(cursor, after)]
    while cursor.take_word("OR"):
        terms.append(_term(cursor, "OR"))
    return terms[0] if len(terms) == 1 else Or(tuple(terms), cursor.span_from(first))


def _term(cursor: Cursor, after: str) -> Expression:
    """``term = factor *("AND" factor)``"""
    first = cursor.token
    factors = [_factor(cursor, after)]
    while cursor.take_word("AND"):
        factors.append(_factor(cursor, "AND"))
    return factors[0] if len(factors) == 1 else And(tuple(factors), cursor.span_from(first))


def _factor(cursor: Cursor, after: str) -> Expression:
    """``factor = "NOT" factor / "(" expr ")" / test``"""
    first = cursor.token
    if cursor.take_word("NOT"):
        cursor.deeper()
        item = _factor(cursor, "NOT")
        cursor.higher()
        return Not(item, cursor.span_from(first))
    if cursor.take_sign("("):
        cursor.deeper()
        inner = condition(cursor, "'('")
        cursor.higher()
        if not cursor.take_sign(")"):
            hint = "close the '('" if cursor.token.kind is TokenKind.END else JOIN_ADVICE if cursor.at_name() else None
            raise cursor.unexpected("AND, OR or ')'", hint=cursor.advice(cursor.token) or hint)
        return inner
    cursor.count_test()
    return _test(cursor, after)


def comparison(cursor: Cursor, after: str) -> Comparison:
    """``property op constant`` or ``constant op property``, without NULL, IS and ISA: all that HAVING takes."""
    first = cursor.token
    test = _test(cursor, after)
    if not isinstance(test, Comparison):
        raise cursor.invalid("only a comparison with a constant can stand here", cursor.span_from(first))
    return test


def _test(cursor: Cursor, after: str) -> Expression:
    """``test = constant op property / property (op constant / "IS" ["NOT"] "NULL" / "ISA" string)``"""
    if _at_constant(cursor):
        return _mirrored(cursor)
    wanted = f"a property name after {after}"
    if cursor.at_sign("*"):
        raise cursor.unexpected(wanted, hint="'*' stands in the select list only")
    first = cursor.token
    ref = cursor.property_ref(wanted)
    if cursor.at_sign("("):
        raise cursor.unexpected(_OPERATORS, hint="WQL has no functions")
    if cursor.take_word("IS"):
        return _is_null(cursor, first, ref)
    if cursor.take_word("ISA"):
        return _isa(cursor, first, ref)
    op = _operator(cursor)
    if op == "LIKE" and cursor.token.kind is not TokenKind.STRING:
        raise cursor.unexpected("a pattern in quotes after LIKE", hint=_unquoted(cursor.token))
    constant = _constant(cursor, op)
    span = cursor.span_from(first)
    return _compare(cursor, op, ref, constant, span)


def _mirrored(cursor: Cursor) -> Expression:
    """``constant op property``: the property goes to the left, the operator is turned round."""
    first = cursor.token
    constant = _literal(cursor)
    if cursor.at_word("LIKE", "IS", "ISA"):
        raise cursor.unexpected("a comparison sign", hint=f"write the property name before {cursor.token.keyword}")
    if not cursor.at_sign(*_SIGNS):
        raise cursor.unexpected("a comparison sign after the constant")
    op = cast("Operator", _MIRRORED[cursor.take().text])
    if _at_constant(cursor):
        raise cursor.unexpected("a property name", hint="one side of a comparison must be a property")
    ref = cursor.property_ref("a property name")
    return _compare(cursor, op, ref, constant, cursor.span_from(first))


def _compare(cursor: Cursor, op: Operator, ref: PropertyRef, constant: Literal | None, span: Span) -> Expression:
    if constant is not None:
        return Comparison(op, ref, constant, span)
    if op not in ("=", "<>"):
        raise cursor.invalid("NULL has no order", span, expected="= NULL, <> NULL or IS NULL")
    return IsNull(ref, op == "<>", span)


def _operator(cursor: Cursor) -> Operator:
    token = cursor.token
    if cursor.at_sign(*_SIGNS):
        cursor.take()
        meant = _MEANT.get(token.text + cursor.token.text) if cursor.at_sign("=", "<", ">") else None
        if meant is not None:
            span = (token.start, cursor.token.end)
            written = cursor.text[token.start : cursor.token.end]
            raise cursor.invalid(f"{written!r} is not an operator", span, expected=meant, hint=f"write {meant}")
        return "<>" if token.text == "!=" else cast("Operator", token.text)
    if cursor.take_word("LIKE"):
        return "LIKE"
    if cursor.at_word("NOT"):
        following = cursor.peek().keyword
        if following in ("LIKE", "IN", "BETWEEN"):
            raise cursor.invalid(
                f"NOT cannot stand before {following}",
                (token.start, cursor.peek().end),
                expected=_OPERATORS,
                hint=f"write NOT before the property name: NOT Name {following} ...",
            )
    raise cursor.unexpected(_OPERATORS)


def _at_constant(cursor: Cursor) -> bool:
    return cursor.token.kind in _LITERAL_KINDS or cursor.at_word("TRUE", "FALSE", "NULL")


def _constant(cursor: Cursor, op: str) -> Literal | None:
    """``constant = string / number / "TRUE" / "FALSE" / "NULL"`` - None for NULL."""
    token = cursor.token
    if not _at_constant(cursor):
        hint = NO_ARITHMETIC if cursor.at_sign("(") else _unquoted(token)
        raise cursor.unexpected(f"a constant after {op}", hint=hint)
    return _literal(cursor)


def _literal(cursor: Cursor) -> Literal | None:
    token = cursor.take()
    kind = _LITERAL_KINDS.get(token.kind)
    if kind is not None:
        return Literal(token.value, kind, token.span)
    if token.keyword == "NULL":
        return None
    return Literal(token.keyword == "TRUE", LiteralKind.BOOLEAN, token.span)


def _unquoted(token: Token) -> str | None:
    if token.kind is not TokenKind.NAME or token.keyword in RESERVED:
        return None
    return f"write text in quotes: '{token.text}' (two properties cannot be compared)"


def _is_null(cursor: Cursor, first: Token, ref: PropertyRef) -> Expression:
    """``"IS" ["NOT"] "NULL"`` - IS with anything else is invalid."""
    negated = cursor.take_word("NOT")
    words = "IS NOT" if negated else "IS"
    if not cursor.take_word("NULL"):
        instead = "<>" if negated else "="
        raise cursor.unexpected(f"NULL after {words}", hint=f"{words} takes only NULL; compare with {instead}")
    return IsNull(ref, negated, cursor.span_from(first))


def _isa(cursor: Cursor, first: Token, ref: PropertyRef) -> Expression:
    """``"ISA" string``"""
    token = cursor.token
    if token.kind is not TokenKind.STRING:
        hint = f'write the class name in quotes: ISA "{token.text}"' if cursor.at_name() else None
        raise cursor.unexpected("a class name in quotes after ISA", hint=hint)
    cursor.take()
    return Isa(ref, str(token.value), cursor.span_from(first))
