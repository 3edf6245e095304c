"""The grammar of conditions: what binds how."""

from __future__ import annotations

import pytest

from wmix.wql.ast import And, Comparison, Expression, Isa, IsNull, Literal, LiteralKind, Not, Or, PropertyRef
from wmix.wql.cursor import Cursor
from wmix.wql.expression import condition


def term(name: str) -> Comparison:
    return Comparison("=", PropertyRef((name,)), Literal(1, LiteralKind.INTEGER))


A, B, C, D = map(term, "abcd")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1", A),
        ("a = 1 OR b = 1 AND c = 1", Or((A, And((B, C))))),
        ("a = 1 AND b = 1 OR c = 1 AND d = 1", Or((And((A, B)), And((C, D))))),
        ("(a = 1 OR b = 1) AND c = 1", And((Or((A, B)), C))),
        ("a = 1 AND b = 1 AND c = 1", And((A, B, C))),
        ("a = 1 AND (b = 1 AND c = 1)", And((A, And((B, C))))),
        ("NOT a = 1 AND b = 1", And((Not(A), B))),
        ("NOT (a = 1 AND b = 1)", Not(And((A, B)))),
        ("NOT NOT a = 1", Not(Not(A))),
        ("a IS NULL", IsNull(PropertyRef(("a",)), False)),
        ("a = NULL", IsNull(PropertyRef(("a",)), False)),
        ("NULL <> a", IsNull(PropertyRef(("a",)), True)),
        ('a.b ISA "C"', Isa(PropertyRef(("a", "b")), "C")),
        ("TRUE = a", Comparison("=", PropertyRef(("a",)), Literal(True, LiteralKind.BOOLEAN))),
        ("a LIKE '%'", Comparison("LIKE", PropertyRef(("a",)), Literal("%", LiteralKind.STRING))),
    ],
)
def test_conditions(text: str, expected: Expression) -> None:
    assert condition(Cursor(text, 9), "WHERE") == expected
