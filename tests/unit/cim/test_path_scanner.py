"""The readers of path elements, where the faces above them do not show everything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.cim.path_scanner import (
    check_length,
    is_identifier,
    is_namespace,
    scan_class,
    scan_keys,
    scan_location,
    split_names,
    utf16_length,
)
from wmix.errors import InvalidPath, QuotaExceeded


@given(st.text())
def test_length_is_counted_in_utf16_units(text: str) -> None:
    assert utf16_length(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2


@given(st.text("a\U0001f600", max_size=8), st.integers(1, 8))
def test_a_text_is_refused_exactly_when_it_is_longer(text: str, limit: int) -> None:
    if utf16_length(text) <= limit:
        check_length(text, limit, "a text")
    else:
        with pytest.raises(QuotaExceeded, match=f"a text may have {limit} characters, not {utf16_length(text)}"):
            check_length(text, limit, "a text")


@pytest.mark.parametrize("name", ["A", "_", "__CLASS", "Win32_Process", "Größe", "名前", "A1"])
def test_names_are_letters_digits_and_underscores(name: str) -> None:
    assert is_identifier(name)
    assert is_namespace(name)


@pytest.mark.parametrize("name", ["", "1A", "A B", "A.B", "A-B", "A:B", "A\n", "A/B"])
def test_anything_else_is_no_name(name: str) -> None:
    assert not is_identifier(name)


@pytest.mark.parametrize("text", ["root", "root\\cimv2", "root/a\\b", "root\\a-b.c", "root\\S_1_5_21", "root\\2x"])
def test_namespaces_are_names_with_single_separators(text: str) -> None:
    assert is_namespace(text)
    assert "/".join(split_names(text)) == text.replace("\\", "/")


@pytest.mark.parametrize("text", ["", "\\", "\\root", "root\\", "root\\\\a", "a b", "a:b", 'a"b', "a\n"])
def test_anything_else_is_no_namespace(text: str) -> None:
    assert not is_namespace(text)


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("", (None, None, None)),
        ("C", (None, None, 0)),
        ('C.K="a:b\\c"', (None, None, 0)),
        ("root\\cimv2", (None, "root\\cimv2", None)),
        ("/root/cimv2", (None, "root\\cimv2", None)),
        ("root:C", (None, "root", 5)),
        ("//srv/root/x:C", ("srv", "root\\x", 13)),
        ("\\\\.\\root", (".", "root", None)),
    ],
)
def test_the_location_ends_where_the_class_begins(
    text: str, location: tuple[str | None, str | None, int | None]
) -> None:
    assert scan_location(text) == location


def test_keys_keep_the_spelling_of_their_values() -> None:
    assert scan_class("root:C.K='4'", 5) == ("C", 6)
    assert scan_keys("root:C.K='4',L=0x1F,m=true", 6) == (
        [("K", "4", "'4'"), ("L", 31, "0x1F"), ("m", True, "true")],
        False,
    )
    assert scan_keys("C=@", 1) == (None, True)
    assert scan_keys("C", 1) == (None, False)


def test_a_mistake_shows_its_place_in_words_and_as_number() -> None:
    with pytest.raises(InvalidPath, match=r"\(at offset 2\)") as caught:
        scan_keys("C.", 1)
    assert caught.value.position == 2
