"""Conditions against classes: which are right, what they find, and where the others are wrong."""

from __future__ import annotations

import re
from datetime import timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from unit.wql.conformance_fixture import CHANGE, GEAR, INNER, ORIGIN, PAIR, PART, PARTS, USES, instance
from unit.wql.naive import evaluate
from unit.wql.vectors import Refusal, pairs, refusals
from wmix.cim.types import CimType
from wmix.errors import InvalidQuery
from wmix.wql.ast import Expression, SelectQuery
from wmix.wql.checked import AllOf, AnyOf, CheckedExpression, Compare, Negation, Operand
from wmix.wql.parser import parse
from wmix.wql.predicate import compile_predicate
from wmix.wql.semantics import check

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass

CLASSES = {cls.name: cls for cls in (PART, GEAR, PAIR, USES, CHANGE)}


def where_of(condition: str, cls: CimClass = PART) -> tuple[Expression, str]:
    query = parse(f"SELECT * FROM {cls.name} WHERE {condition}")
    assert isinstance(query, SelectQuery)
    assert query.where is not None
    return query.where, query.text


def checked(condition: str, cls: CimClass = PART) -> CheckedExpression:
    return check(where_of(condition, cls)[0], cls)


@pytest.mark.parametrize(("condition", "expected"), pairs("conditions.txt"))
def test_conditions_find_their_rows(condition: str, expected: str) -> None:
    where, text = where_of(condition)
    right = check(where, PART, text=text)
    found = []
    for part in PARTS:
        satisfied = compile_predicate(right, part.layout_, ORIGIN)(part.raw_values_())
        if satisfied:
            found.append(part["Id"])
        if " When " not in f" {condition}":  # spellings of dates are tested in test_dates
            assert evaluate(where, part) is satisfied
    assert found == expected.split()


@pytest.mark.parametrize("refusal", refusals("refused.txt"))
def test_wrong_conditions_are_refused_at_their_place(refusal: Refusal) -> None:
    found = re.fullmatch(r"(event )?(?:(CF_\w+): )?(.*)", refusal.subject)
    assert found
    cls = CLASSES[found[2] or "CF_Part"]
    where, text = where_of(found[3], cls)
    with pytest.raises(InvalidQuery) as caught:
        check(where, cls, text=text, event=bool(found[1]))
    error = caught.value
    offset = text.index(found[3]) - found.start(3)
    assert error.detail == refusal.detail
    assert error.symbol == refusal.status
    assert error.span == (refusal.start + offset, refusal.end + offset)
    assert error.column == refusal.start + offset + 1
    if refusal.hint is not None:
        assert error.hint == refusal.hint
    assert error.expected


def test_without_the_text_the_place_is_still_told() -> None:
    where, _ = where_of("Nope = 1")
    with pytest.raises(InvalidQuery) as caught:
        check(where, PART)
    assert caught.value.span == (28, 32)
    assert caught.value.caret() == ""


def test_names_get_the_spelling_of_the_class() -> None:
    found = checked("NUM = 1 AND tag LIKE 'x%' AND emb.q = 1 AND __class = 'x' AND NUM > 0")
    assert found.names == ("Num", "Tag", "Emb")
    assert found.system_names == ("__CLASS",)
    assert found.cls is PART


def test_constants_get_the_type_of_the_property() -> None:
    assert checked("Num = '3'").root == Compare(Operand("Num", CimType.UINT32), "=", 3)
    assert checked("Id = 3").root == Compare(Operand("Id", CimType.STRING), "=", "3")
    assert checked("Tag LIKE 'Plain'").root == Compare(Operand("Tag", CimType.STRING), "=", "Plain")


def test_nested_conjunctions_and_negations_are_flat() -> None:
    flat = checked("(Num = 1 AND Num = 2) AND (Num = 3 AND (Num = 4 OR (Num = 5 OR Num = 6)))").root
    assert isinstance(flat, AllOf)
    assert len(flat.items) == 4
    assert isinstance(flat.items[3], AnyOf)
    assert len(flat.items[3].items) == 3
    assert isinstance(checked("NOT (NOT (NOT Num = 1))").root, Negation)
    assert isinstance(checked("NOT (NOT Num = 1)").root, Compare)


def test_a_property_wins_over_a_class_of_its_name() -> None:
    assert checked("CF_Gear.Teeth = 1", GEAR).names == ("Teeth",)
    assert checked("CF_Part.Num = 1", GEAR).names == ("Num",)
    with pytest.raises(InvalidQuery, match="no property 'CF_Uses'"):
        checked("CF_Uses.Num = 1")


def test_a_date_without_offset_is_at_home_in_the_zone() -> None:
    where, _ = where_of("When = '2020-01-01'")
    east = check(where, PART, zone=timezone(timedelta(hours=1)))
    part = instance(PART, When="20191231230000.000000+000")
    assert compile_predicate(east, PART.layout)(part.raw_values_()) is True
    assert compile_predicate(check(where, PART), PART.layout)(part.raw_values_()) is False


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('TargetInstance ISA "CF_Part"', True),  # 5.7.4: the class and those below
        ('TargetInstance.__CLASS = "CF_Part"', False),
        ('TargetInstance.__CLASS = "cf_gear"', True),
        ("TargetInstance.Teeth = 12", True),
        ("TargetInstance.Emb.Q = 5", True),
        ('TargetInstance.Emb ISA "CF_Inner"', True),
        ("TargetInstance.Emb.Nope IS NULL", False),
        ("TargetInstance.Num IS NULL", True),
        ("TargetInstance.Flag > FALSE", False),  # found out only when the object is there: no error, no rows
        ("TargetInstance.When > '2019'", True),
    ],
)
def test_members_are_looked_up_in_each_object(condition: str, expected: bool) -> None:
    gear = instance(GEAR, Id="g", Teeth=12, Flag=True, When="20200101000000.000000+000", Emb=instance(INNER, Q=5))
    event = instance(CHANGE, TargetInstance=gear)
    right = check(where_of(condition, CHANGE)[0], CHANGE, event=True)
    assert compile_predicate(right, CHANGE.layout)(event.raw_values_()) is expected


def test_class_events_carry_classes() -> None:
    event = instance(CHANGE, TargetInstance=GEAR)
    for condition, expected in {
        'TargetInstance ISA "CF_Part"': True,
        'TargetInstance.__CLASS = "CF_Gear"': True,
        'TargetInstance.__SUPERCLASS = "CF_Part"': True,
        "TargetInstance.Teeth = 8": True,
        'TargetInstance ISA "CF_BigGear"': False,
    }.items():
        right = check(where_of(condition, CHANGE)[0], CHANGE, event=True)
        assert compile_predicate(right, CHANGE.layout)(event.raw_values_()) is expected, condition
