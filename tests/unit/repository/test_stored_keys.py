"""Keys and indexed values as octets: equal where WQL says equal, in the order of WQL."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.repository.samples import ITEM, qualified
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.types import INTEGER_RANGES, CimType
from wmix.errors import InvalidParameter
from wmix.local.plan import acceptance
from wmix.repository.keys import instance_key
from wmix.repository.stored_keys import (
    KEY_LIMIT,
    index_bounds,
    index_value,
    key_text,
    key_text_of,
    name_text,
    require_name,
)

TEXT = st.text("aAzZß\u017f\u212a \x00\ud800é\U0001d11e", max_size=6)


def two_keys(*names: str) -> CimClass:
    return derive(
        None,
        "Demo_Two",
        properties=[CimProperty(name, CimType.STRING, qualifiers=qualified("key")) for name in names],
    )


@given(TEXT, TEXT)
def test_keys_are_equal_where_wql_says_equal(one: str, other: str) -> None:
    same = key_text(ITEM, {"Id": one}) == key_text(ITEM, {"Id": other})
    assert same == acceptance("=", other)(one)


def test_the_order_of_the_keys_in_the_class_does_not_matter() -> None:
    values = {"A": "1", "B": "2"}
    assert key_text(two_keys("A", "B"), values) == key_text(two_keys("B", "A"), values)
    assert key_text(two_keys("A", "B"), values) != key_text(two_keys("A", "B"), {"A": "2", "B": "1"})


def test_a_long_key_is_kept_as_a_digest() -> None:
    long, longer = "x" * KEY_LIMIT, "x" * (KEY_LIMIT + 1)
    assert len(key_text(ITEM, {"Id": longer})) < 50
    assert len({key_text(ITEM, {"Id": text}) for text in (long, longer, longer + "x")}) == 3


def test_true_and_one_are_one_boolean_key() -> None:
    cls = derive(None, "Demo_B", properties=[CimProperty("K", CimType.BOOLEAN, qualifiers=qualified("key"))])
    assert key_text(cls, {"K": True}) == key_text(cls, {"K": 1})


@given(st.integers(-(2**63), 2**63 - 1))
def test_the_short_way_for_numbers_gives_the_same(value: int) -> None:
    cls = derive(None, "Demo_N", properties=[CimProperty("K", CimType.SINT64, qualifiers=qualified("key"))])
    assert key_text(cls, {"K": value}) == key_text_of(cls, instance_key(cls, {"K": value}))


def values_of(kind: CimType) -> st.SearchStrategy[Any]:
    if kind is CimType.STRING:
        return TEXT | TEXT.map(lambda text: text * 40)
    if kind is CimType.REAL64:
        return st.floats(allow_nan=False)
    if kind is CimType.BOOLEAN:
        return st.booleans()
    low, high = INTEGER_RANGES[kind]
    return st.integers(low, high) | st.sampled_from([low, high, 0])


KINDS = st.sampled_from([CimType.STRING, CimType.REAL64, CimType.SINT64, CimType.UINT64, CimType.BOOLEAN])


@given(st.data(), KINDS, st.sampled_from(["=", "<", "<=", ">", ">="]))
def test_every_value_that_satisfies_a_comparison_lies_within_its_bounds(
    data: st.DataObject, kind: CimType, operator: Any
) -> None:
    value = data.draw(values_of(kind))
    constant = data.draw(values_of(kind).filter(lambda found: found not in (inf, -inf)))  # WQL has no such constant
    if kind is CimType.BOOLEAN:
        operator = "="
    bounds = index_bounds(kind, operator, constant)
    entry = index_value(kind, value)
    assert bounds is not None
    assert entry is not None
    if acceptance(operator, constant)(value):
        assert bounds[0] <= entry <= bounds[1]


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_the_index_tells_integers_apart(one: int, other: int) -> None:
    bounds = index_bounds(CimType.SINT64, "=", one)
    entry = index_value(CimType.SINT64, other)
    assert bounds is not None
    assert entry is not None
    assert (bounds[0] <= entry <= bounds[1]) == (one == other)


@pytest.mark.parametrize(
    ("kind", "operator", "value"),
    [
        (CimType.UINT8, "=", 256),
        (CimType.UINT8, "<", 1.5),
        (CimType.UINT8, "<>", 1),
        (CimType.STRING, "LIKE", "a%"),
        (CimType.STRING, "=", 1),
        (CimType.UINT8, "=", True),
        (CimType.REAL64, "=", float("nan")),
        (CimType.UINT8, "=", None),
    ],
)
def test_what_the_index_cannot_tell_is_not_narrowed(kind: CimType, operator: str, value: object) -> None:
    assert index_bounds(kind, operator, value) is None


def test_a_real_that_is_no_number_has_no_entry() -> None:
    assert index_value(CimType.REAL64, float("nan")) is None


@pytest.mark.parametrize("name", ["a\0", "\ud800", "a\nb"])
def test_a_name_that_not_every_database_can_store_is_refused(name: str) -> None:
    with pytest.raises(InvalidParameter):
        require_name(name)
    assert name_text(name) == name_text("\x7f")


def test_names_ignore_case() -> None:
    assert require_name("Root\\CIMV2") == name_text("root\\cimv2")
