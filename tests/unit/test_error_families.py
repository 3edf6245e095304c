"""The table of families names existing codes and classes, and no code twice."""

from __future__ import annotations

import pytest

from wmix import errors
from wmix.error_families import FAMILY_CODES
from wmix.errors import WmiError, error_for
from wmix.status import statuses


def test_no_code_belongs_to_two_families() -> None:
    names = [name for codes in FAMILY_CODES.values() for name in codes.split()]
    assert len(set(names)) == len(names)
    assert {info.symbol for info in statuses()} >= set(names)


@pytest.mark.parametrize("family", FAMILY_CODES)
def test_every_code_of_a_family_makes_an_error_of_its_class(family: str) -> None:
    cls = getattr(errors, family)
    assert issubclass(cls, WmiError)
    values = {info.symbol: info.value for info in statuses()}
    assert {type(error_for(values[name])) for name in FAMILY_CODES[family].split()} == {cls}


def test_failures_that_callers_handle_have_a_family_and_those_that_tell_nothing_have_none() -> None:
    with_family = {name for codes in FAMILY_CODES.values() for name in codes.split()}
    assert with_family >= {"WBEM_E_NOT_FOUND", "WBEM_E_INVALID_PROPERTY", "WBEM_E_INVALID_OBJECT"}
    assert with_family.isdisjoint({"WBEM_E_FAILED", "WBEM_E_CRITICAL_ERROR", "E_FAIL"})
