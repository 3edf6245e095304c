"""GROUP, BY and HAVING against event classes. 5.7.5, 1.4.53."""

from __future__ import annotations

import pytest

from unit.wql.conformance_fixture import CHANGE, GEAR, INNER, instance
from wmix.errors import InvalidQuery
from wmix.wql.ast import SelectQuery
from wmix.wql.events import Aggregation, check_group
from wmix.wql.parser import parse


def aggregation(clause: str) -> Aggregation:
    query = parse(f"SELECT * FROM CF_Change GROUP WITHIN 10 {clause}")
    assert isinstance(query, SelectQuery)
    assert query.group is not None
    return check_group(query.group, CHANGE, text=query.text)


def test_events_are_grouped_by_values_without_case() -> None:
    asked = aggregation("BY TargetInstance.Tag, TIME_CREATED")
    assert asked.within == 10
    one = instance(CHANGE, TIME_CREATED=5, TargetInstance=instance(GEAR, Tag="Abc"))
    other = instance(CHANGE, TIME_CREATED=5, TargetInstance=instance(GEAR, Tag="aBC"))
    third = instance(CHANGE, TIME_CREATED=6, TargetInstance=instance(GEAR, Tag="abc"))
    assert asked.group_key(one) == asked.group_key(other)
    assert asked.group_key(one) != asked.group_key(third)


def test_null_and_missing_members_are_one_group() -> None:
    asked = aggregation("BY TargetInstance.Nope")
    assert (
        asked.group_key(instance(CHANGE)) == asked.group_key(instance(CHANGE, TargetInstance=instance(GEAR))) == (None,)
    )


def test_arrays_and_objects_have_a_key_too() -> None:
    asked = aggregation("BY TargetInstance.Raw, TargetInstance.Emb")
    event = instance(CHANGE, TargetInstance=instance(GEAR, Raw=[1, 2], Emb=instance(INNER, P="x")))
    assert hash(asked.group_key(event)) == hash(asked.group_key(event))


def test_without_by_there_is_one_group() -> None:
    assert aggregation("").group_key(instance(CHANGE)) == ()


def test_having_tests_the_number_of_events() -> None:
    asked = aggregation("BY TIME_CREATED HAVING NumberOfEvents > 5")
    assert [asked.having_accepts(number) for number in (4, 5, 6)] == [False, False, True]
    assert aggregation("HAVING 2 = NumberOfEvents").having_accepts(2)
    assert aggregation("").having_accepts(1)


@pytest.mark.parametrize(
    ("clause", "symbol"),
    [
        ("BY TargetInstance", "WBEM_E_AGGREGATING_BY_OBJECT"),
        ("BY TIME_CREATED.x", "WBEM_E_PROPERTY_NOT_AN_OBJECT"),
        ("BY Nope", "WBEM_E_INVALID_QUERY"),
    ],
)
def test_wrong_groups_are_refused(clause: str, symbol: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        aggregation(clause)
    assert caught.value.symbol == symbol
    assert caught.value.span == (43, 40 + len(clause))
