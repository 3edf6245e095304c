"""Variants: what COM hands over for a CIM value, and what comes back is the same value."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.cim.datetime import CimDateTime
from wmix.cim.types import INTEGER_RANGES, CimType, coerce
from wmix.com.variants import from_variant, to_variant


def same(value: object) -> object:
    return value


@pytest.mark.parametrize(
    ("cim_type", "value", "variant"),
    [
        (CimType.UINT32, 0x7FFFFFFF, 0x7FFFFFFF),
        (CimType.UINT32, 0x80000000, -0x80000000),
        (CimType.UINT32, 0xFFFFFFFF, -1),
        (CimType.UINT16, 0xFFFF, 0xFFFF),
        (CimType.UINT8, 0xFF, 0xFF),
        (CimType.SINT64, -1, "-1"),
        (CimType.UINT64, 2**64 - 1, "18446744073709551615"),
        (CimType.BOOLEAN, True, True),
        (CimType.CHAR16, "A", 65),
        (CimType.CHAR16, "\uffff", -1),
        (CimType.REAL64, 1.5, 1.5),
        (CimType.STRING, "text", "text"),
        (CimType.REFERENCE, 'A.B="c"', 'A.B="c"'),
        (CimType.DATETIME, CimDateTime("20200101000000.000000+000"), "20200101000000.000000+000"),
    ],
)
def test_a_value_has_the_form_of_its_variant(cim_type: CimType, value: object, variant: object) -> None:
    assert to_variant(value, cim_type, False, same) == variant
    assert type(to_variant(value, cim_type, False, same)) is type(variant)


@pytest.mark.parametrize("cim_type", list(CimType))
def test_null_is_none_for_every_type(cim_type: CimType) -> None:
    assert to_variant(None, cim_type, False, same) is None
    assert to_variant(None, cim_type, True, same) is None


def test_an_array_is_a_list_of_variants() -> None:
    assert to_variant((1, 2**63), CimType.UINT64, True, same) == ["1", str(2**63)]
    assert to_variant((), CimType.UINT8, True, same) == []


def test_embedded_objects_are_wrapped() -> None:
    assert to_variant("object", CimType.OBJECT, False, lambda value: ("wrapped", value)) == ("wrapped", "object")


def test_com_says_true_with_any_number_but_zero() -> None:
    assert from_variant(-1, CimType.BOOLEAN, False, same) is True
    assert from_variant(0, CimType.BOOLEAN, False, same) is False


@given(st.data(), st.sampled_from(sorted(INTEGER_RANGES)), st.booleans())
def test_integers_come_back_as_they_were(data: st.DataObject, cim_type: CimType, is_array: bool) -> None:
    numbers: st.SearchStrategy[Any] = st.integers(*INTEGER_RANGES[cim_type])
    value = data.draw(st.lists(numbers).map(tuple) if is_array else numbers)
    variant = to_variant(value, cim_type, is_array, same)
    assert coerce(from_variant(variant, cim_type, is_array, same), cim_type, is_array, what="x") == value


@given(st.characters(max_codepoint=0xFFFF))
def test_characters_come_back_as_they_were(character: str) -> None:
    variant = to_variant(character, CimType.CHAR16, False, same)
    assert coerce(from_variant(variant, CimType.CHAR16, False, same), CimType.CHAR16, False, what="x") == character
