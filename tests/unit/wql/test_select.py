"""SELECT statements part by part."""

from __future__ import annotations

import pytest

from wmix.errors import InvalidQuery
from wmix.wql.ast import Comparison, Group, Literal, LiteralKind, PropertyRef, SchemaQuery, SelectQuery, Star
from wmix.wql.cursor import Cursor
from wmix.wql.select import MAX_POLLING, MIN_POLLING, select


def selected(text: str) -> SelectQuery | SchemaQuery:
    return select(Cursor(text, 9))


@pytest.mark.parametrize("seconds", [MIN_POLLING, 0.5, 1, 10.0, MAX_POLLING])
def test_polling_intervals(seconds: float) -> None:
    assert selected(f"SELECT * FROM E WITHIN {seconds}") == SelectQuery(Star(), "E", within=float(seconds))


@pytest.mark.parametrize("seconds", ["0.0009", "0", "-5", "418937.5", "1e300"])
def test_polling_intervals_out_of_range(seconds: str) -> None:
    with pytest.raises(InvalidQuery, match=r"from 0\.001 to 418937 seconds"):
        selected(f"SELECT * FROM E WITHIN {seconds}")


def test_a_full_event_query() -> None:
    query = selected("SELECT a.b, c FROM E WITHIN 2 WHERE d = 1 GROUP WITHIN 60 BY a.b, e HAVING NumberOfEvents >= 3")
    one = Literal(1, LiteralKind.INTEGER)
    having = Comparison(">=", PropertyRef(("NumberOfEvents",)), Literal(3, LiteralKind.INTEGER))
    assert query == SelectQuery(
        (PropertyRef(("a", "b")), PropertyRef(("c",))),
        "E",
        Comparison("=", PropertyRef(("d",)), one),
        2.0,
        Group(60, (PropertyRef(("a", "b")), PropertyRef(("e",))), having),
    )


def test_meta_class_makes_a_schema_query() -> None:
    assert selected("SELECT * FROM meta_class") == SchemaQuery()
    assert isinstance(selected("SELECT * FROM meta_classes"), SelectQuery)
