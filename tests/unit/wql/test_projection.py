"""Select lists against classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.wql.conformance_fixture import CHANGE, GEAR, PART
from wmix.errors import InvalidQuery
from wmix.wql.ast import SelectQuery
from wmix.wql.parser import parse
from wmix.wql.projection import Projection, projection

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass


def projected(names: str, cls: CimClass = PART, *, event: bool = False) -> Projection:
    query = parse(f"SELECT {names} FROM {cls.name}")
    assert isinstance(query, SelectQuery)
    return projection(query.select, cls, text=query.text, event=event)


def test_star_selects_all() -> None:
    assert projected("*") == Projection(None)
    assert projected("*").selects_all


def test_names_come_in_the_order_of_the_list_and_the_spelling_of_the_class() -> None:
    found = projected("tag, ID, Num")
    assert found == Projection(("Tag", "Id", "Num"), ((0,), (1,), (2,)))
    assert not found.selects_all


def test_a_name_given_twice_counts_once_with_both_places() -> None:
    assert projected("Num, Id, num") == Projection(("Num", "Id"), ((0, 2), (1,)))


def test_system_names_are_noted_apart() -> None:
    assert projected("__path, Id, __CLASS, __PATH") == Projection(("Id",), ((1,),), ("__PATH", "__CLASS"))
    assert projected("__RELPATH").names == ()


def test_a_member_selects_the_whole_embedded_object() -> None:
    found = projected("Emb.P, Id, Emb.Q, Emb.P")
    assert found == Projection(("Emb", "Id"), ((0, 2, 3), (1,)), (), (("Emb", "P"), ("Emb", "Q")))
    assert projected("TargetInstance.Name", CHANGE, event=True).names == ("TargetInstance",)


def test_the_class_may_stand_before_the_property() -> None:
    assert projected("CF_Part.Id, cf_gear.Teeth", GEAR).names == ("Id", "Teeth")


@pytest.mark.parametrize(
    ("names", "event", "span", "status", "hint"),
    [
        ("nosuch", False, (7, 13), "WBEM_E_INVALID_QUERY", None),
        ("Id, Nmu", False, (11, 14), "WBEM_E_INVALID_QUERY", "did you mean Num?"),
        ("Id.x", False, (7, 11), "WBEM_E_INVALID_QUERY", None),
        ("Raw.x", False, (7, 12), "WBEM_E_INVALID_QUERY", None),
        ("Id.x", True, (7, 11), "WBEM_E_PROPERTY_NOT_AN_OBJECT", None),
        ("__this", False, (7, 13), "WBEM_E_INVALID_QUERY", None),
        ("__NOSUCH", False, (7, 15), "WBEM_E_INVALID_QUERY", None),
    ],
)
def test_unknown_names_are_refused(
    names: str, event: bool, span: tuple[int, int], status: str, hint: str | None
) -> None:
    with pytest.raises(InvalidQuery) as caught:
        projected(names, event=event)
    assert caught.value.span == span
    assert caught.value.symbol == status
    if hint:
        assert caught.value.hint == hint
