"""The syntax tree: equal when it says the same, wherever it stood."""

from __future__ import annotations

import copy
import pickle

import pytest

from wmix.wql.ast import And, Comparison, Literal, LiteralKind, PropertyRef, SelectQuery, Star
from wmix.wql.parser import parse


def test_places_do_not_count_for_equality() -> None:
    one = parse("SELECT a FROM b WHERE c = 1")
    other = parse("  SELECT  a  FROM  b  WHERE  c  =  1")
    assert one == other
    assert hash(one) == hash(other)
    assert one.span != other.span


def test_nodes_are_values() -> None:
    ref = PropertyRef(("a", "b"))
    assert str(ref) == "a.b"
    with pytest.raises(AttributeError):
        ref.parts = ()  # type: ignore[misc]
    query = parse("SELECT a.b FROM c WITHIN 5 WHERE d LIKE 'x%' AND e IS NULL")
    assert pickle.loads(pickle.dumps(query)) == query
    assert copy.deepcopy(query) == query


def test_constants_of_different_kinds_differ() -> None:
    assert Literal(True, LiteralKind.BOOLEAN) != Literal(1, LiteralKind.INTEGER)
    assert Literal(1.0, LiteralKind.REAL) != Literal(1, LiteralKind.INTEGER)


def test_grouping_is_kept() -> None:
    a, b, c = [Comparison("=", PropertyRef((name,)), Literal(1, LiteralKind.INTEGER)) for name in "abc"]
    assert And((And((a, b)), c)) != And((a, b, c))


@pytest.mark.parametrize(("rest", "expected"), [("", False), (" WITHIN 1", True), (" GROUP WITHIN 1", True)])
def test_parts_of_event_queries_show(rest: str, expected: bool) -> None:
    query = parse(f"SELECT * FROM E{rest}")
    assert isinstance(query, SelectQuery)
    assert query.is_event_form is expected
    assert query.select == Star()
