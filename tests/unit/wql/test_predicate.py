"""Compiled predicates: equal to the plain evaluator, quick, and readable in a traceback."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strategies import cim_classes, instances_of
from unit.wql.conformance_fixture import GEAR, ORIGIN, PART, instance
from unit.wql.naive import evaluate
from unit.wql.strategies import conditions
from wmix.cim.classes import CimProperty, derive
from wmix.cim.layout import UNSET
from wmix.cim.types import CimType
from wmix.errors import UnknownProperty
from wmix.wql.ast import SelectQuery
from wmix.wql.parser import parse
from wmix.wql.predicate import Predicate, always, check, compile_predicate, needed_names, never

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject

    from wmix.cim.classes import CimClass
    from wmix.cim.instances import CimInstance


def predicate(condition: str, cls: CimClass = PART, **options: Any) -> Predicate:
    query = parse(f"SELECT * FROM {cls.name} WHERE {condition}")
    assert isinstance(query, SelectQuery)
    assert query.where is not None
    return compile_predicate(check(query.where, cls, text=query.text), cls.layout, **options)


def accepts(condition: str, one: CimInstance) -> bool:
    return predicate(condition, one.class_, origin=ORIGIN)(one.raw_values_())


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_compiled_is_naive(data: DataObject) -> None:
    cls = data.draw(cim_classes())
    where = data.draw(conditions(cls))
    checked = check(where, cls)
    for one in data.draw(st.lists(instances_of(cls, projected=False), min_size=1, max_size=4)):
        compiled = compile_predicate(checked, cls.layout, one.origin_)
        result = compiled(one.raw_values_())
        assert result is evaluate(where, one)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_the_needed_columns_decide_as_the_whole_row_does(data: DataObject) -> None:
    cls = data.draw(cim_classes())
    where = data.draw(conditions(cls))
    checked = check(where, cls)
    whole = data.draw(instances_of(cls, projected=False))
    part = cls.layout_for(needed_names(checked))
    values = tuple(whole.raw_values_()[cls.layout.exact[name]] for name in part.names)
    decided = compile_predicate(checked, part, ORIGIN)(values)
    assert decided is compile_predicate(checked, cls.layout, ORIGIN)(whole.raw_values_())


def test_a_condition_on_the_class_alone_is_decided_before_the_first_row() -> None:
    assert predicate('__CLASS = "CF_Part"') is always
    assert predicate('__CLASS = "CF_Gear" AND Num = 1') is never
    assert predicate('__CLASS = "CF_Gear" OR Num = 1') not in (always, never)
    assert predicate('NOT __CLASS = "cf_gear"') is always
    assert predicate('__this ISA "CF_Gear"') is never
    assert predicate('__this ISA "cf_part"', GEAR) is always
    assert predicate("__SUPERCLASS IS NULL") is always
    assert predicate("__GENUS = 2 AND __PROPERTY_COUNT = 8") is always


def test_the_predicate_of_a_base_class_is_compiled_for_the_layout_of_a_subclass() -> None:
    query = parse('SELECT * FROM CF_Part WHERE __CLASS = "CF_Gear" AND Num = 3')
    assert isinstance(query, SelectQuery)
    assert query.where is not None
    checked = check(query.where, PART)
    assert compile_predicate(checked, PART.layout) is never
    gear = instance(GEAR, Id="g1", Num=3)
    assert compile_predicate(checked, GEAR.layout)(gear.raw_values_()) is True


def test_system_properties_are_those_of_the_whole_object() -> None:
    query = parse(
        "SELECT Tag FROM CF_Part WHERE __PROPERTY_COUNT = 8 AND __SERVER = 'host' AND __NAMESPACE IS NOT NULL"
    )
    assert isinstance(query, SelectQuery)
    assert query.where is not None
    assert compile_predicate(check(query.where, PART), PART.layout_for(["Tag"]), ORIGIN) is always


def test_what_the_layout_lacks_is_an_error_at_once() -> None:
    query = parse("SELECT * FROM CF_Part WHERE Num = 3")
    assert isinstance(query, SelectQuery)
    assert query.where is not None
    with pytest.raises(UnknownProperty, match="not selected"):
        compile_predicate(check(query.where, PART), PART.layout_for(["Id"]))


@pytest.mark.parametrize(
    ("default", "condition", "expected"),
    [
        (8, "P = 8", True),
        (8, "P <> 8", False),
        (8, "P < 9 AND P IS NOT NULL", True),
        (8, "P = 1 OR P = 2 OR P = 8", True),
        (8, "P IS NULL", False),
        (8, "NOT P = 8", False),
        (None, "P = 8", False),
        (None, "P <> 8", False),
        (None, "P IS NULL", True),
        (None, "P IS NOT NULL", False),
        (None, "NOT P = 8", True),
    ],
)
def test_the_default_counts_where_nothing_was_set(default: int | None, condition: str, expected: bool) -> None:
    prop = CimProperty("P", CimType.UINT32) if default is None else CimProperty("P", CimType.UINT32, default=default)
    cls = derive(None, "Test", properties=[prop])
    assert predicate(condition, cls)((UNSET,)) is expected


def test_the_default_object_counts_where_none_was_set() -> None:
    cls = derive(None, "Test", properties=[CimProperty("E", CimType.OBJECT, default=instance(GEAR, Num=3))])
    assert predicate("E.Num = 3", cls)((UNSET,)) is True
    assert predicate("E.Num = 3", cls)((None,)) is False
    assert predicate('E ISA "CF_Part"', cls)((UNSET,)) is True
    assert predicate("E.Num IS NULL", cls)((UNSET,)) is False


@pytest.mark.parametrize("operator", ["=", "<>", "<", "<=", ">", ">=", "LIKE"])
def test_a_comparison_with_null_is_false_and_not_of_it_is_true(operator: str) -> None:
    row = instance(PART, Id="x").raw_values_()
    for values in (row, [None] * len(row)):
        assert predicate(f"Tag {operator} 'a'")(values) is False
        assert predicate(f"NOT Tag {operator} 'a'")(values) is True


@pytest.mark.parametrize(
    ("constant", "value", "equal"),
    [
        ("straße", "STRASSE", False),
        ("straße", "STRAẞE", True),
        ("strasse", "straße", False),
        ("ß", "ss", False),
        ("ΣΑΣ", "σας", True),
        ("K", "\u212a", True),
        ("s", "\u017f", True),
        ("İ", "i", False),
        ("C:\\\\", "c:\\", True),
        ("12", "12", True),
        ("", "", True),
        ("", "a", False),
    ],
)
def test_text_compares_without_case_character_by_character(constant: str, value: str, equal: bool) -> None:
    one = instance(PART, Tag=value)
    assert accepts(f"Tag = '{constant}'", one) is equal
    assert accepts(f"Tag <> '{constant}'", one) is not equal
    assert accepts(f"Tag = '{constant}' OR Tag = 'q' OR Tag = 'r'", one) is equal
    assert accepts(f"Tag LIKE '{constant}'", one) is equal


def test_many_alternatives_for_one_property_cost_one_look_up() -> None:
    names = " OR ".join(f"Tag = 'n{i}'" for i in range(900))
    asked = predicate(names)
    assert asked(instance(PART, Tag="N899").raw_values_()) is True
    assert asked(instance(PART, Tag="n900").raw_values_()) is False
    assert len(asked.__code__.co_code) < 400


@pytest.mark.parametrize(
    ("path", "expected"),
    [("__RELPATH = 'cf_part.id=\"p\"'", True), ("__PATH LIKE '%:CF_Part%'", True), ("__PATH = 'x'", False)],
)
def test_paths_are_made_from_the_keys(path: str, expected: bool) -> None:
    one = instance(PART, Id="p")
    assert accepts(path, one) is expected
    assert predicate("__PATH IS NULL")(one.raw_values_()) is True  # no origin given


def test_the_deepest_accepted_condition_compiles_and_runs() -> None:
    deep = "Num = 1"
    for _ in range(63):
        deep = f"NOT (Num = 1 OR Num > 5 AND {deep})"[4:]
    asked = predicate(deep)
    assert asked(instance(PART, Num=1).raw_values_()) is True


def test_cheap_tests_come_first() -> None:
    asked = predicate("Emb.Q = 1 AND Tag LIKE '%a_b%' AND Tag = 'x' AND Num = 1 AND Flag = TRUE")
    source = asked.__globals__["__loader__"].get_source("")
    places = [source.index(f"v[{PART.layout.exact[name]}]") for name in ("Flag", "Num", "Tag", "Emb")]
    assert places == sorted(places)


def test_a_traceback_shows_the_generated_line() -> None:
    asked = predicate("Num > 3")
    try:
        asked(["not", "a", "row"])
    except TypeError as error:
        shown = "".join(traceback.format_exception(error))
    assert "return True if ((x := v[1])" in shown
    assert "WQL condition on CF_Part" in shown
