"""Generated comparisons: right for each value, and right about NULL and UNSET where they say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.wql import naive
from unit.wql.strategies import SIGNS, like_patterns, texts
from wmix.cim.datetime import CimDateTime
from wmix.cim.layout import UNSET
from wmix.wql.comparing import Fragment, Scope, compare, is_one_of, matches

if TYPE_CHECKING:
    from wmix.wql.ast import Operator

MOMENTS = st.integers(0, 10**9).map(lambda n: CimDateTime.from_timestamp(n / 7, n % 3 * 60))


def promises_hold(test: Fragment, scope: Scope) -> None:
    """``total`` and ``falsy_fails`` are what the caller leaves tests out for."""
    holds = scope.function(test)
    if test.total:
        assert test.source.startswith("x ")
        assert not holds(None)
        assert not holds(UNSET)
    if test.falsy_fails:
        for falsy in ("", 0, 0.0):
            try:
                assert not holds(falsy)
            except (TypeError, AttributeError):
                continue


@given(st.sampled_from(SIGNS), texts(5), texts(5))
def test_text(op: Operator, value: str, constant: str) -> None:
    scope = Scope()
    test = compare(op, constant, scope)
    for one in (value, constant, constant.swapcase(), ""):
        assert bool(scope.function(test)(one)) is naive.ordered(naive.folded(one), naive.folded(constant), op)
    promises_hold(test, scope)


@given(st.sampled_from(SIGNS), st.integers() | st.floats(allow_nan=False), st.integers() | st.floats(-9, 9))
def test_numbers(op: Operator, value: float, constant: float) -> None:
    scope = Scope()
    test = compare(op, constant, scope)
    for one in (value, constant, 0, 0.0):
        assert bool(scope.function(test)(one)) is naive.ordered(one, constant, op)
    promises_hold(test, scope)


@given(st.sampled_from(SIGNS), MOMENTS, MOMENTS)
def test_moments(op: Operator, value: CimDateTime, constant: CimDateTime) -> None:
    scope = Scope()
    holds = scope.function(compare(op, constant, scope))
    assert bool(holds(value)) is naive.ordered(value.compare(constant), 0, op)
    interval = CimDateTime("00000001000000.000000:000")
    assert bool(holds(interval)) is (op == "<>")


@pytest.mark.parametrize("op", ["=", "<>"])
@pytest.mark.parametrize("constant", [True, False])
@pytest.mark.parametrize("value", [True, False])
def test_booleans(op: Operator, value: bool, constant: bool) -> None:
    scope = Scope()
    test = compare(op, constant, scope)
    assert scope.function(test)(value) is ((value is constant) is (op == "="))
    promises_hold(test, scope)


@given(st.lists(texts(3), min_size=1), texts(3))
def test_one_of_many_texts(values: list[str], value: str) -> None:
    scope = Scope()
    test = is_one_of(values, scope)
    for one in (value, values[0].swapcase()):
        assert scope.function(test)(one) is (naive.folded(one) in [naive.folded(v) for v in values])
    promises_hold(test, scope)


@given(st.lists(st.integers() | st.floats(-9, 9), min_size=1), st.integers())
def test_one_of_many_numbers(values: list[float], value: int) -> None:
    scope = Scope()
    test = is_one_of(values, scope)
    for one in (value, values[0]):
        assert scope.function(test)(one) is (one in values)
    promises_hold(test, scope)


@given(like_patterns())
def test_patterns_promise_rightly(pattern: str) -> None:
    scope = Scope()
    promises_hold(matches(pattern, scope), scope)


def test_names_in_a_scope_are_distinct() -> None:
    scope = Scope()
    values: list[Any] = [object() for _ in range(5)]
    names = [scope.name(value) for value in values]
    scope.function(Fragment("True", 0))
    names.append(scope.name(None))
    assert len(set(names)) == 6
    assert [scope.names[name] for name in names[:5]] == values
