"""Values take exactly the form of their CIM type, or are refused with the reason."""

from __future__ import annotations

import math
import struct
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.cim.datetime import CimDateTime
from wmix.cim.paths import ObjectPath
from wmix.cim.types import ARRAY, INTEGER_RANGES, CimType, coerce, parse_type_name, type_name
from wmix.errors import InvalidDatetime, NotFound, OutOfRange, TypeMismatch
from wmix.status import WBEM_E_ILLEGAL_NULL, WBEM_E_INVALID_CIM_TYPE

INTEGERS = list(INTEGER_RANGES)
REALS = [CimType.REAL32, CimType.REAL64]


class Instance:
    cim_genus = 2

    def __init__(self, path: object = None) -> None:
        self.path_ = path


class Class:
    cim_genus = 1


def take(value: object, cim_type: CimType) -> object:
    return coerce(value, cim_type, False, what="C.P")


class TestCodes:
    @pytest.mark.parametrize(
        ("cim_type", "code", "name"),
        [
            (CimType.SINT16, 2, "sint16"),
            (CimType.SINT32, 3, "sint32"),
            (CimType.REAL32, 4, "real32"),
            (CimType.REAL64, 5, "real64"),
            (CimType.STRING, 8, "string"),
            (CimType.BOOLEAN, 11, "boolean"),
            (CimType.OBJECT, 13, "object"),
            (CimType.SINT8, 16, "sint8"),
            (CimType.UINT8, 17, "uint8"),
            (CimType.UINT16, 18, "uint16"),
            (CimType.UINT32, 19, "uint32"),
            (CimType.SINT64, 20, "sint64"),
            (CimType.UINT64, 21, "uint64"),
            (CimType.DATETIME, 101, "datetime"),
            (CimType.REFERENCE, 102, "reference"),
            (CimType.CHAR16, 103, "char16"),
        ],
    )
    def test_codes_and_names_are_those_of_the_standard(self, cim_type: CimType, code: int, name: str) -> None:
        assert cim_type == code
        assert type_name(cim_type) == name
        assert parse_type_name(name) is parse_type_name(name.upper()) is cim_type

    def test_no_other_types_exist(self) -> None:
        assert len(CimType) == 16
        assert ARRAY == 0x2000

    def test_a_cimtype_qualifier_names_its_type_before_the_colon(self) -> None:
        assert parse_type_name("ref:CIM_Setting") is CimType.REFERENCE
        assert parse_type_name("object:Win32_ProcessStartup") is CimType.OBJECT
        assert parse_type_name("ref") is CimType.REFERENCE

    @pytest.mark.parametrize("name", ["", "int", "uint128", "string[]", ":C"])
    def test_another_name_is_refused(self, name: str) -> None:
        with pytest.raises(TypeMismatch, match="is not a CIM type") as caught:
            parse_type_name(name)
        assert caught.value.status == WBEM_E_INVALID_CIM_TYPE


class TestNull:
    @pytest.mark.parametrize("cim_type", CimType)
    @pytest.mark.parametrize("is_array", [False, True])
    def test_every_type_may_be_null(self, cim_type: CimType, is_array: bool) -> None:
        assert coerce(None, cim_type, is_array, what="C.P") is None

    @pytest.mark.parametrize("cim_type", CimType)
    def test_an_element_may_not(self, cim_type: CimType) -> None:
        with pytest.raises(TypeMismatch, match=r"C\.P\[0\]: an element") as caught:
            coerce([None], cim_type, True, what="C.P")
        assert caught.value.status == WBEM_E_ILLEGAL_NULL


class TestIntegers:
    @pytest.mark.parametrize("cim_type", INTEGERS)
    def test_the_range_is_that_of_the_width(self, cim_type: CimType) -> None:
        signed, bits = cim_type.name.startswith("S"), int(cim_type.name.lstrip("SUINT"))
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
        assert INTEGER_RANGES[cim_type] == (low, high)
        assert (take(low, cim_type), take(high, cim_type)) == (low, high)
        for outside in (low - 1, high + 1, 10**5000, str(high + 1), str(low - 1)):
            with pytest.raises(OutOfRange, match=type_name(cim_type)):
                take(outside, cim_type)

    @given(st.integers(-(2**63), 2**63 - 1))
    def test_text_is_the_number_that_it_spells(self, number: int) -> None:
        assert take(str(number), CimType.SINT64) == number
        assert take(hex(number), CimType.SINT64) == number
        assert take(f"{number:+d}", CimType.SINT64) == number

    @pytest.mark.parametrize(
        ("text", "number"), [("0X1F", 31), ("007", 7), ("+0x10", 16), ("-0", 0), ("0" * 63 + "7", 7)]
    )
    def test_hexadecimal_and_leading_zeros_are_read(self, text: str, number: int) -> None:
        assert take(text, CimType.SINT32) == number

    @pytest.mark.parametrize(
        "value",
        [True, False, 1.0, 1.5, b"1", "", " 1", "1 ", "1_000", "1.0", "1e3", "0x", "x1", "0b1", "-", "--1", "+-1",
         "-+1", "\u0661", "9" * 65, [1], object(), Instance()],
    )  # fmt: skip
    @pytest.mark.parametrize("cim_type", [CimType.UINT8, CimType.SINT64])
    def test_what_is_no_integer_is_refused(self, value: object, cim_type: CimType) -> None:
        with pytest.raises(TypeMismatch, match=rf"C\.P: .* is not {type_name(cim_type)}"):
            take(value, cim_type)

    def test_whatever_says_that_it_is_an_integer_becomes_a_plain_one(self) -> None:
        class Color(IntEnum):
            RED = 1

        class Number:
            def __index__(self) -> int:
                return 7

        assert type(take(Color.RED, CimType.UINT8)) is int
        assert take(Number(), CimType.UINT8) == 7


class TestReals:
    @given(st.floats(allow_nan=False))
    def test_real64_keeps_the_number(self, number: float) -> None:
        assert take(number, CimType.REAL64) == number

    @given(st.floats(width=32, allow_nan=False))
    def test_real32_keeps_what_single_precision_can_hold(self, number: float) -> None:
        assert take(number, CimType.REAL32) == number

    def test_real32_rounds_to_single_precision(self) -> None:
        assert take(0.1, CimType.REAL32) == struct.unpack("<f", struct.pack("<f", 0.1))[0] != 0.1

    def test_an_integer_becomes_a_float(self) -> None:
        assert take(3, CimType.REAL64) == 3.0
        assert type(take(3, CimType.REAL64)) is float

    def test_not_a_number_stays_one(self) -> None:
        value = take(math.nan, CimType.REAL64)
        assert isinstance(value, float)
        assert math.isnan(value)

    @pytest.mark.parametrize(("value", "cim_type"), [(1e39, CimType.REAL32), (10**400, CimType.REAL64)])
    def test_too_large_is_out_of_range(self, value: float, cim_type: CimType) -> None:
        with pytest.raises(OutOfRange, match="too large"):
            take(value, cim_type)

    @pytest.mark.parametrize("value", [True, "1.5", b"", [1.0], object()])
    @pytest.mark.parametrize("cim_type", REALS)
    def test_what_is_no_number_is_refused(self, value: object, cim_type: CimType) -> None:
        with pytest.raises(TypeMismatch):
            take(value, cim_type)


class TestBoolean:
    def test_only_the_two_truth_values_are_accepted(self) -> None:
        assert take(True, CimType.BOOLEAN) is True
        assert take(False, CimType.BOOLEAN) is False

    @pytest.mark.parametrize("value", [0, 1, "TRUE", "", 1.0, [True]])
    def test_anything_else_is_refused(self, value: object) -> None:
        with pytest.raises(TypeMismatch):
            take(value, CimType.BOOLEAN)


class TestText:
    @given(st.text())
    def test_a_string_stays_as_it_is(self, text: str) -> None:
        assert take(text, CimType.STRING) == text

    def test_a_subclass_of_str_becomes_a_plain_one(self) -> None:
        class Name(str):
            __slots__ = ()

            def __str__(self) -> str:
                return "other"

        for cim_type in (CimType.STRING, CimType.REFERENCE):
            value = take(Name("x"), cim_type)
            assert (value, type(value)) == ("x", str)

    @pytest.mark.parametrize("value", [1, b"x", True, ["x"], object()])
    def test_what_is_no_text_is_no_string(self, value: object) -> None:
        with pytest.raises(TypeMismatch):
            take(value, CimType.STRING)

    @pytest.mark.parametrize(
        ("value", "result"), [("x", "x"), ("\u20ac", "\u20ac"), ("\ud800", "\ud800"), (65, "A"), (0, "\0")]
    )
    def test_char16_is_one_utf16_unit_or_its_number(self, value: object, result: str) -> None:
        assert take(value, CimType.CHAR16) == result

    @pytest.mark.parametrize("value", ["", "ab", "\U0001f600", True, 1.0, b"x"])
    def test_more_or_less_than_one_unit_is_no_char16(self, value: object) -> None:
        with pytest.raises(TypeMismatch):
            take(value, CimType.CHAR16)

    @pytest.mark.parametrize("value", [-1, 0x10000])
    def test_a_number_beyond_utf16_is_out_of_range(self, value: int) -> None:
        with pytest.raises(OutOfRange, match="0 to 65535"):
            take(value, CimType.CHAR16)


class TestDatetime:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("20240102030405.000000+000", "20240102030405.000000+000"),
            (CimDateTime("20240102******.******+000"), "20240102******.******+000"),
            (datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), "20240102030405.000000+000"),
            (timedelta(days=1), "00000001000000.000000:000"),
        ],
    )
    def test_text_and_pythons_types_become_cim_datetimes(self, value: object, text: str) -> None:
        assert take(value, CimType.DATETIME) == CimDateTime(text)

    @pytest.mark.parametrize("value", ["2024-01-02", timedelta(-1)])
    def test_what_cannot_be_written_is_refused_with_the_property(self, value: object) -> None:
        with pytest.raises(InvalidDatetime, match=r"^C\.P: "):
            take(value, CimType.DATETIME)

    @pytest.mark.parametrize("value", [0, 1.5, True, datetime(2024, 1, 2, tzinfo=UTC).date()])
    def test_numbers_and_dates_without_a_time_are_refused(self, value: object) -> None:
        with pytest.raises(TypeMismatch):
            take(value, CimType.DATETIME)


class TestReference:
    def test_text_paths_and_objects_become_the_text_of_the_path(self) -> None:
        path = ObjectPath.parse('C.K="v"')
        for value in ('C.K="v"', path, Instance(path), Instance('C.K="v"')):
            assert take(value, CimType.REFERENCE) == 'C.K="v"'

    def test_an_object_without_a_path_is_refused(self) -> None:
        class Broken:
            @property
            def path_(self) -> str:
                raise NotFound("no key")

        for value in (Instance(None), Class(), Broken(), 1, b"C"):
            with pytest.raises(TypeMismatch, match="is not reference"):
                take(value, CimType.REFERENCE)


class TestObject:
    def test_classes_and_instances_are_kept(self) -> None:
        for value in (Instance(), Class()):
            assert take(value, CimType.OBJECT) is value

    @pytest.mark.parametrize("value", [{"Name": 1}, "C", 1, object(), Instance])
    def test_anything_else_is_refused(self, value: object) -> None:
        with pytest.raises(TypeMismatch, match="is not object"):
            take(value, CimType.OBJECT)


class TestArrays:
    def test_lists_and_tuples_become_tuples_of_exact_elements(self) -> None:
        assert coerce(["1", 2], CimType.UINT8, True, what="C.P") == (1, 2)
        assert coerce((), CimType.STRING, True, what="C.P") == ()

    @pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
    def test_bytes_are_an_array_of_uint8(self, kind: Any) -> None:
        assert coerce(kind(b"\x00\xff"), CimType.UINT8, True, what="C.P") == (0, 255)

    @pytest.mark.parametrize("value", ["ab", 1, {"a": 1}, {1}, b"ab", iter([1])])
    def test_what_is_no_list_is_refused(self, value: object) -> None:
        with pytest.raises(TypeMismatch, match=r"C\.P: .* is not an array of sint8"):
            coerce(value, CimType.SINT8, True, what="C.P")

    def test_a_wrong_element_is_named_by_its_place(self) -> None:
        with pytest.raises(OutOfRange, match=r"^C\.P\[2\]: 256 is not within 0 to 255"):
            coerce([1, 2, 256], CimType.UINT8, True, what="C.P")

    @pytest.mark.parametrize("cim_type", CimType)
    def test_a_list_is_no_single_value(self, cim_type: CimType) -> None:
        with pytest.raises(TypeMismatch):
            take([1], cim_type)


@pytest.mark.parametrize(
    "value",
    ["x" * 10_000, b"x" * 10_000, ["x"] * 10_000, {"a": 1, "b": 2}, 10**5000, [10**5000]],
    ids=["str", "bytes", "list", "dict", "int", "list of int"],
)
def test_a_long_value_is_not_written_out_in_the_message(value: object) -> None:
    for cim_type in (CimType.DATETIME, CimType.BOOLEAN):
        with pytest.raises(TypeMismatch) as caught:
            take(value, cim_type)
        assert len(caught.value.detail) < 120


@given(
    st.sampled_from(list(CimType)),
    st.booleans(),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.tuples(inner),
        max_leaves=5,
    ),
)
def test_whatever_is_accepted_is_accepted_again_unchanged(cim_type: CimType, is_array: bool, value: object) -> None:
    try:
        result = coerce(value, cim_type, is_array, what="C.P")
    except (TypeMismatch, OutOfRange):
        return
    again = coerce(result, cim_type, is_array, what="C.P")
    assert repr(again) == repr(result)
