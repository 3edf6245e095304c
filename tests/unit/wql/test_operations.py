"""Well-formed statements that are not for the call that they came with."""

from __future__ import annotations

import pytest

from wmix.errors import InvalidQuery
from wmix.status import WBEM_E_INVALID_QUERY, WBEM_E_NOT_EVENT_CLASS
from wmix.wql.ast import AssociatorsQuery, ReferencesQuery, SelectQuery
from wmix.wql.operations import check_data, check_event, check_path, no_event_class
from wmix.wql.parser import parse


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("SELECT * FROM C  within 2 WHERE A = 1", "within"),
        ("SELECT * FROM C\n\tWITHIN 0.5 GROUP WITHIN 3", "WITHIN"),
        ("SELECT * FROM C WHERE A = 1 GROUP WITHIN 3 BY A", "GROUP WITHIN 3 BY A"),
    ],
)
def test_exec_query_answers_no_event_query(text: str, place: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        check_data(parse(text))
    error = caught.value
    assert error.status == WBEM_E_INVALID_QUERY
    assert error.span is not None
    assert text[slice(*error.span)] == place


@pytest.mark.parametrize(
    "text", ["SELECT * FROM C WHERE A = 1", "SELECT * FROM meta_class", "REFERENCES OF {C=1} WHERE ClassDefsOnly"]
)
def test_exec_query_answers_the_others(text: str) -> None:
    check_data(parse(text))


@pytest.mark.parametrize("text", ["SELECT * FROM meta_class", "REFERENCES OF {C=1}", "ASSOCIATORS OF {C=1}"])
def test_a_notification_query_selects(text: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        check_event(parse(text))
    assert caught.value.caret().splitlines()[0].strip() == text


def test_a_notification_query_is_given_back() -> None:
    query = parse("SELECT * FROM __Event WITHIN 2")
    assert check_event(query) is query


@pytest.mark.parametrize(
    ("text", "is_path"),
    [
        ("ASSOCIATORS OF {C.A=1}", True),
        ("ASSOCIATORS OF {C} WHERE SchemaOnly", True),
        ("REFERENCES OF {C.A=}", False),
    ],
)
def test_what_an_association_query_may_start_from(text: str, is_path: bool) -> None:
    query = parse(text)
    assert isinstance(query, AssociatorsQuery | ReferencesQuery)
    assert (check_path(query) is not None) is is_path


def test_a_class_is_the_start_of_schema_queries_only() -> None:
    text = "REFERENCES OF {C}"
    query = parse(text)
    assert isinstance(query, ReferencesQuery)
    with pytest.raises(InvalidQuery, match="is a class") as caught:
        check_path(query)
    assert caught.value.span is not None
    assert "C" in text[slice(*caught.value.span)]
    assert "SchemaOnly" in (caught.value.hint or "")


def test_a_class_that_is_none_of_events_is_marked() -> None:
    query = parse("SELECT * FROM shop_item WITHIN 2")
    assert isinstance(query, SelectQuery)
    error = no_event_class(query, "Shop_Item")
    assert error.status == WBEM_E_NOT_EVENT_CLASS
    assert error.caret() == "  SELECT * FROM shop_item WITHIN 2\n                ^^^^^^^^^"
    assert 'ISA "Shop_Item"' in (error.hint or "")
