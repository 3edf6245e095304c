"""QualifierSet: reading qualifiers with their flavors; changing them is in test_qualifier_places.py."""

from __future__ import annotations

import pytest

from wmix import com
from wmix.cim.qualifiers import Qualifier
from wmix.cim.qualifiers import QualifierSet as CimQualifierSet

NO_ERROR = (com.WBEM_S_NO_ERROR,)


def held() -> com.QualifierSet:
    inherited = CimQualifierSet([Qualifier.of("key").propagated()])
    return com.QualifierSet(
        CimQualifierSet([Qualifier.of("Values", ["a", "b"]), Qualifier.of("MaxLen", 8)], inherited=inherited)
    )


def test_a_qualifier_is_read_in_any_case_with_its_flavor() -> None:
    propagated_key = 0x13 | com.WBEM_FLAVOR_ORIGIN_PROPAGATED
    assert held().get("KEY") == (com.WBEM_S_NO_ERROR, True, propagated_key)
    assert held().get("maxlen").value == 8


def test_an_array_is_a_list() -> None:
    assert held().get("Values").value == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "flags", "expected"),
    [
        ("nosuch", 0, com.WBEM_E_NOT_FOUND),
        (None, 0, com.WBEM_E_INVALID_PARAMETER),
        ("key", 1, com.WBEM_E_INVALID_PARAMETER),
    ],
)
def test_get_refuses(name: str | None, flags: int, expected: int) -> None:
    assert held().get(name, flags) == (expected, None, None)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (0, ["key", "Values", "MaxLen"]),
        (com.WBEM_FLAG_LOCAL_ONLY, ["Values", "MaxLen"]),
        (com.WBEM_FLAG_PROPAGATED_ONLY, ["key"]),
    ],
)
def test_names_are_local_or_propagated(flags: int, expected: list[str]) -> None:
    qualifiers = held()
    assert qualifiers.get_names(flags) == (com.WBEM_S_NO_ERROR, expected)
    assert qualifiers.begin_enumeration(flags) == NO_ERROR
    assert [qualifiers.next().name for _ in expected] == expected
    assert qualifiers.next() == (com.WBEM_S_NO_MORE_DATA, None, None, None)


def test_other_flags_are_refused() -> None:
    assert held().get_names(1) == (com.WBEM_E_INVALID_PARAMETER, None)
    assert held().begin_enumeration(1) == (com.WBEM_E_INVALID_PARAMETER,)
    assert held().next(1).hresult == com.WBEM_E_INVALID_PARAMETER


def test_an_enumeration_is_begun_first() -> None:
    qualifiers = held()
    assert qualifiers.next() == (com.WBEM_E_UNEXPECTED, None, None, None)
    qualifiers.begin_enumeration()
    assert qualifiers.next().hresult == com.WBEM_S_NO_ERROR
    assert qualifiers.end_enumeration() == NO_ERROR
    assert qualifiers.next().hresult == com.WBEM_E_UNEXPECTED


def test_a_set_can_be_shown() -> None:
    assert repr(held()) == "<com.QualifierSet key, Values, MaxLen>"
