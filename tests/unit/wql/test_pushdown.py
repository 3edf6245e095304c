"""Pushdown: what providers are told is true of every row that the condition accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strategies import cim_classes, instances_of
from unit.wql.conformance_fixture import CHANGE, PAIR, PART
from unit.wql.strategies import conditions
from wmix.cim.classes import CimProperty, derive
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.wql.ast import SelectQuery
from wmix.wql.casing import fold
from wmix.wql.comparing import Scope, compare, matches
from wmix.wql.parser import parse
from wmix.wql.predicate import check, compile_predicate
from wmix.wql.pushdown import MAX_KEYS, comparisons, conjuncts, isa_targets, key_equalities, needed_names

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject

    from wmix.cim.classes import CimClass
    from wmix.wql.checked import CheckedExpression


def checked(condition: str, cls: CimClass) -> CheckedExpression:
    query = parse(f"SELECT * FROM {cls.name} WHERE {condition}")
    assert isinstance(query, SelectQuery)
    assert query.where is not None
    return check(query.where, cls, text=query.text)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("A = 1 AND B = 'x'", [{"A": 1, "B": "x"}]),
        ("b = 'x' AND a = '1'", [{"A": 1, "B": "x"}]),
        ("B = 'x' AND (A = 1 OR A = 2)", [{"A": 1, "B": "x"}, {"A": 2, "B": "x"}]),
        ("(A = 1 AND B = 'x') OR (A = 2 AND B = 'y')", [{"A": 1, "B": "x"}, {"A": 2, "B": "y"}]),
        ("(A = 1 OR A = 2) AND (B = 'x' OR B = 'X' OR B = 'y')", [{"A": a, "B": b} for a in (1, 2) for b in "xy"]),
        ("A = 1 AND B = 'x' AND A <> 5 AND NOT B = 'z'", [{"A": 1, "B": "x"}]),
        ("(A = 1 OR B = 'q') AND B = 'x'", [{"A": 1, "B": "x"}]),
        ("A = 1 AND B LIKE 'x'", [{"A": 1, "B": "x"}]),
        ("A = 1 AND B = 5", [{"A": 1, "B": "5"}]),
        ("A = 1 AND B = 'x' AND A = 2", []),
        ("A = 1 AND B = 'x' AND B = 'X'", [{"A": 1, "B": "x"}]),
        ("A = 1", None),
        ("A = 1 OR B = 'x'", None),
        ("A = 1 AND B LIKE 'x%'", None),
        ("A > 1 AND B = 'x'", None),
        ("NOT (A = 1 AND B = 'x')", None),
        ("(A = 1 AND B = 'x') OR A > 5", None),
        ("__RELPATH = 'x'", None),
    ],
)
def test_key_look_ups_are_recognised(condition: str, expected: list[dict[str, Any]] | None) -> None:
    assert key_equalities(checked(condition, PAIR), PAIR.keys) == expected


def test_one_key_is_looked_up_however_it_is_written() -> None:
    for condition in ("Id = 'p1'", "'p1' = ID", "Id = 'p1' AND Num > 5", "(((Id = 'p1')))", "NOT (NOT Id = 'p1')"):
        assert key_equalities(checked(condition, PART), PART.keys) == [{"Id": "p1"}]
    assert key_equalities(checked("Id = 'a' OR Id = 'A' OR Id = 'b'", PART), PART.keys) == [{"Id": "a"}, {"Id": "b"}]
    assert key_equalities(checked("Num = 1", PART), ()) is None


def test_too_many_keys_are_no_look_up() -> None:
    def ors(name: str, count: int) -> str:
        return "(" + " OR ".join(f"{name} = {i}" for i in range(count)) + ")"

    assert len(key_equalities(checked(ors("Id", 900), PART), PART.keys) or ()) == 900
    assert MAX_KEYS == 1000
    assert key_equalities(checked(f"{ors('A', 40)} AND {ors('B', 40)}", PAIR), PAIR.keys) is None


def test_keys_with_many_spellings_are_no_look_up() -> None:
    key = QualifierSet((Qualifier.of("key"),))
    cls = derive(None, "Test", properties=[CimProperty("When", CimType.DATETIME, qualifiers=key)])
    assert key_equalities(checked("When = '2020'", cls), cls.keys) is None


def test_comparisons_are_the_conjuncts_that_a_provider_understands() -> None:
    condition = checked(
        "Num > '5' AND Tag LIKE 'a%' AND Tag <> 'b' AND (Big = 1 OR Big = 2) AND Flag = 'true' "
        "AND NOT Num = 7 AND Emb.Q = 1 AND Tag IS NOT NULL AND __CLASS = 'CF_Part' AND Id LIKE 'x'",
        PART,
    )
    assert comparisons(condition) == [
        ("Num", ">", 5),
        ("Tag", "LIKE", "a%"),
        ("Tag", "<>", "b"),
        ("Flag", "=", True),
        ("Id", "=", "x"),
    ]
    assert len(conjuncts(condition)) == 10
    single = checked("Num > 5", PART)
    assert conjuncts(single) == (single.root,)
    assert comparisons(checked("Num > 5 OR Num < 3", PART)) == []


def test_needed_names_are_those_of_the_condition_and_keys_for_paths() -> None:
    assert needed_names(checked("num = 1 OR Emb.Q = 2 AND Num = 3", PART)) == ("Num", "Emb")
    assert needed_names(checked("__CLASS = 'x'", PART)) == ()
    assert needed_names(checked("Num = 1 AND __PATH = 'x'", PART)) == ("Num", "Id")
    assert needed_names(checked("__RELPATH = 'x'", PAIR)) == ("A", "B")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('TargetInstance ISA "C"', ("C",)),
        ('targetinstance isa "C" AND TargetInstance.Name = "x"', ("C",)),
        ('TargetInstance ISA "C" OR TargetInstance ISA "D" OR TargetInstance ISA "c"', ("C", "D")),
        ('TargetInstance.__Class = "C"', ("C",)),
        ('TargetInstance.Name = "x"', None),
        ('TargetInstance ISA "C" OR TIME_CREATED > 5', None),
        ('NOT TargetInstance ISA "C"', None),
        ('TargetInstance.Sub ISA "C"', None),
    ],
)
def test_event_queries_tell_the_class_they_are_about(condition: str, expected: tuple[str, ...] | None) -> None:
    assert isa_targets(checked(condition, CHANGE), "TargetInstance") == expected


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_accepted_rows_satisfy_what_was_pushed_down(data: DataObject) -> None:
    cls = data.draw(cim_classes())
    condition = check(data.draw(conditions(cls)), cls)
    rows = data.draw(st.lists(instances_of(cls, projected=False), min_size=1, max_size=4))
    accept = compile_predicate(condition, cls.layout)
    keys = key_equalities(condition, cls.keys)
    for row in rows:
        if not accept(row.raw_values_()):
            continue
        for name, op, value in comparisons(condition):
            scope = Scope()
            test = scope.function(matches(str(value), scope) if op == "LIKE" else compare(op, value, scope))
            assert row[name] is not None
            assert test(row[name])
        if keys is not None:
            assert any(all(_same(row[name], value) for name, value in entry.items()) for entry in keys)


def _same(one: object, other: object) -> bool:
    return fold(one) == fold(other) if isinstance(one, str) and isinstance(other, str) else one == other
