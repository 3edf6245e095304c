"""Printing: the inverse of parsing."""

from __future__ import annotations

import pytest
from hypothesis import given

from unit.wql.strategies import expressions, queries
from wmix.wql.ast import Comparison, Expression, Group, Literal, LiteralKind, PropertyRef, Query, SelectQuery, Star
from wmix.wql.parser import parse
from wmix.wql.printer import number_text, quoted, to_text


@given(queries())
def test_parsing_the_text_gives_the_tree_back(query: Query) -> None:
    assert parse(to_text(query)) == query


@given(expressions())
def test_a_condition_prints_as_it_does_in_its_query(where: Expression) -> None:
    assert to_text(SelectQuery(Star(), "C", where)) == f"SELECT * FROM C WHERE {to_text(where)}"


def test_every_part_has_a_text() -> None:
    assert to_text(Star()) == "*"
    assert to_text(PropertyRef(("a", "b"))) == "a.b"
    assert to_text(Literal("it's", LiteralKind.STRING)) == '"it\'s"'
    having = Comparison(">", PropertyRef(("NumberOfEvents",)), Literal(5, LiteralKind.INTEGER))
    assert to_text(Group(10, (PropertyRef(("a",)),), having)) == "GROUP WITHIN 10 BY a HAVING NumberOfEvents > 5"


@pytest.mark.parametrize(
    ("text", "expected"), [("", '""'), ('a"b', '"a\\"b"'), ("C:\\", '"C:\\\\"'), ("it's", '"it\'s"')]
)
def test_strings_are_quoted(text: str, expected: str) -> None:
    assert quoted(text) == expected


@pytest.mark.parametrize(("number", "expected"), [(0, "0"), (-5, "-5"), (1.5, "1.5"), (1e300, "1e+300"), (2.0, "2.0")])
def test_numbers_keep_their_kind(number: float, expected: str) -> None:
    assert number_text(number) == expected
