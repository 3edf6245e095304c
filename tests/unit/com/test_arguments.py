"""Arguments: Python types are checked, the rest is an HRESULT, times become seconds."""

from __future__ import annotations

import pytest

from wmix.com.arguments import check_no_flags, count_of, flags_of, optional, required, seconds, text_of, truth
from wmix.errors import InvalidParameter


@pytest.mark.parametrize(
    ("milliseconds", "expected"), [(0, 0.0), (1, 0.001), (5000, 5.0), (-1, None), (0xFFFFFFFF, None)]
)
def test_milliseconds_become_seconds_and_infinity_none(milliseconds: int, expected: float | None) -> None:
    assert seconds(milliseconds) == expected


@pytest.mark.parametrize("milliseconds", [-2, 0x1_0000_0000])
def test_other_times_are_invalid_parameters(milliseconds: int) -> None:
    with pytest.raises(InvalidParameter):
        seconds(milliseconds)


def test_flags_are_unsigned() -> None:
    assert flags_of(-1) == 0xFFFFFFFF
    assert flags_of(0x30) == 0x30


@pytest.mark.parametrize("flags", [-0x8000_0001, 0x1_0000_0000])
def test_flags_have_32_bits(flags: int) -> None:
    with pytest.raises(InvalidParameter, match="32 bits"):
        flags_of(flags)


def test_reserved_flags_are_zero() -> None:
    check_no_flags(0, "Get")
    with pytest.raises(InvalidParameter, match="Get takes no flags"):
        check_no_flags(1, "Get")


@pytest.mark.parametrize("count", [-1, 0x1_0000_0000])
def test_a_count_has_32_bits(count: int) -> None:
    with pytest.raises(InvalidParameter):
        count_of(count)


def test_a_required_text_that_is_missing_is_an_invalid_parameter() -> None:
    assert required("x", "name", "Get") == "x"
    with pytest.raises(InvalidParameter, match="Get needs a name"):
        required(None, "name", "Get")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: seconds(1.5),
        lambda: seconds(True),
        lambda: flags_of("0x10"),
        lambda: flags_of(True),
        lambda: count_of(None),
        lambda: text_of(b"bytes", "name"),
        lambda: truth(1, "call_result"),
        lambda: optional("text", int, "number"),
    ],
)
def test_a_wrong_python_type_is_a_programming_error(wrong: object) -> None:
    with pytest.raises(TypeError):
        wrong()  # type: ignore[operator]  # a function


def test_null_pointers_are_none() -> None:
    assert text_of(None, "name") is None
    assert optional(None, int, "number") is None
