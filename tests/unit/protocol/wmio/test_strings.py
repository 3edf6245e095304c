"""Encoded-String and the dictionary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.errors import ProtocolError
from wmix.protocol.wmio.strings import DICTIONARY, dictionary_reference, encode_string, read_string


def _read(data: bytes) -> tuple[str, int]:
    return read_string(data, 0, len(data), "Test", "Text")


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("", "00 00"),
        ("Az", "00 41 7a 00"),
        ("é\xff", "00 e9 ff 00"),
        ("Ā", "01 00 01 00 00"),
        ("a€", "01 61 00 ac 20 00 00"),
        ("\U0001d11e", "01 34 d8 1e dd 00 00"),
        ("\ud800", "01 00 d8 00 00"),
    ],
)
def test_the_shorter_form_is_written_and_both_are_read(text: str, octets: str) -> None:
    data = bytes.fromhex(octets)
    assert encode_string(text) == data
    assert _read(data) == (text, len(data))


def test_a_text_ends_at_its_first_nul() -> None:
    assert encode_string("a\0b") == b"\0a\0"
    assert encode_string("ż\0b") == encode_string("ż")
    assert encode_string("a\0ż") == b"\0a\0"


@given(st.text(st.characters(exclude_characters="\0")))
def test_texts_come_back(text: str) -> None:
    assert _read(encode_string(text))[0] == text


def test_a_nul_is_looked_for_at_whole_utf16_units() -> None:
    assert _read(b"\1\x01\x00\x00\x01\x00\x00") == ("\x01\u0100", 7)


def test_latin_text_may_come_as_utf16() -> None:
    assert _read(b"\1a\0b\0\0\0rest") == ("ab", 7)


@pytest.mark.parametrize("data", [b"", b"\0", b"\0ab", b"\1a\0", b"\1a\0\0", b"\2ab\0"], ids=repr)
def test_what_is_no_encoded_string_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError, match=r"Test\.Text at octet 0"):
        _read(data)


def test_the_end_bounds_the_search_for_the_nul() -> None:
    with pytest.raises(ProtocolError):
        read_string(b"\0ab\0", 0, 3, "Test", "Text")


def test_names_in_the_dictionary_are_written_as_references_in_exactly_this_spelling() -> None:
    assert dictionary_reference("key") == 0x80000001
    assert dictionary_reference("CIMTYPE") == 0x8000000A
    assert dictionary_reference("Key") is None
    assert dictionary_reference("") is None
    assert (DICTIONARY[2], DICTIONARY[8], len(DICTIONARY)) == ("", "cimwin32", 11)
