"""Unique, reference and full pointers as parameters; strings and interface pointers behind them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.protocol.ndr.malformed import MalformedData
from wmix.protocol.ndr.parameters import Parameters
from wmix.protocol.ndr.pointers import Full, Unique
from wmix.protocol.ndr.strings import INTERFACE_POINTER, WIDE_STRING
from wmix.protocol.ndr.structure import wire
from wmix.protocol.ndr.types import U16, U32


class Words(Parameters):
    first: str | None = wire(Full(WIDE_STRING), default=None)
    second: str | None = wire(Full(WIDE_STRING), default=None)
    number: int = wire(U16, default=0)


class Texts(Parameters):
    text: str | None = wire(Unique(WIDE_STRING), default=None)
    pointer: bytes | None = wire(INTERFACE_POINTER, default=None)
    number: int = wire(U32, default=0)


def test_the_pointee_of_a_parameter_stands_before_the_next_parameter() -> None:
    octets = Texts("A", b"\x01\x02\x03", 9).encode()
    assert octets.hex() == (
        "0000020002000000000000000200000041000000"  # referent, counts, "A" with NUL
        "04000200030000000300000001020300"  # referent, size twice, octets, alignment
        "09000000"
    )


def test_equal_values_under_full_pointers_travel_once_when_they_are_one_object() -> None:
    word = "ab"
    octets = Words(word, word, 5).encode()
    assert octets.count("ab".encode("utf-16-le")) == 1
    again = Words.decode(octets)
    assert (again.first, again.second, again.number) == ("ab", "ab", 5)


@given(st.none() | st.text(), st.none() | st.text())
def test_full_pointers_may_be_null_and_may_differ(first: str | None, second: str | None) -> None:
    words = Words(first, second, 1)
    assert Words.decode(words.encode()) == words


def test_a_null_pointer_and_an_empty_block_are_both_no_interface() -> None:
    null = bytes.fromhex("000000000000000007000000")
    empty = bytes.fromhex("0000000000000200000000000000000007000000")
    assert Texts.decode(null) == Texts.decode(empty) == Texts(None, None, 7)


def test_octets_after_the_last_parameter_are_ignored() -> None:
    assert Texts.decode(Texts("x").encode() + bytes.fromhex("8ae3137102f43671")) == Texts("x")


def test_a_string_without_its_final_nul_is_refused() -> None:
    octets = bytes.fromhex("00000200010000000000000001000000410000000000000000000000")
    with pytest.raises(MalformedData, match=r"Texts\.text: a string does not end in NUL"):
        Texts.decode(octets)


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        ("00000200 02000000 01000000 01000000 00000000", "begin at 1"),
        ("00000200 01000000 00000000 02000000 00000000", "2 elements of at most 1"),
        ("00000200 ffffffff 00000000 ffffffff 00000000", "octets wanted"),
    ],
)
def test_the_counts_of_a_string_are_checked(octets: str, what: str) -> None:
    with pytest.raises(MalformedData, match=what):
        Texts.decode(bytes.fromhex(octets))


def test_an_interface_pointer_has_no_more_than_its_first_size() -> None:
    with pytest.raises(MalformedData, match="3 octets says that it has 4"):
        Texts.decode(bytes.fromhex("00000000 00000200 03000000 04000000 4d454f57 00000000"))


def test_the_second_size_of_an_interface_pointer_is_what_follows() -> None:
    """The client that descends from Samba 4 makes the first one too large by four."""
    found = Texts.decode(bytes.fromhex("00000000 00000200 08000000 04000000 4d454f57 07000000"))
    assert (found.pointer, found.number) == (b"MEOW", 7)


@given(st.text(st.characters(codec=None)))
def test_single_surrogates_survive(text: str) -> None:
    # Two halves that were written apart come back as the character that they are together.
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    assert Texts.decode(Texts(text).encode()).text == whole
