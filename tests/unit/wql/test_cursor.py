"""The cursor: looking, taking and refusing."""

from __future__ import annotations

import pytest

from wmix.errors import InvalidQuery, QuotaExceeded
from wmix.status import WBEM_E_MISSING_GROUP_WITHIN
from wmix.wql.cursor import MAX_NESTING, RESERVED, Cursor
from wmix.wql.lexer import TokenKind


def test_looking_takes_nothing_and_stops_at_both_ends() -> None:
    cursor = Cursor("a , b", 5)
    assert cursor.at_name()
    assert not cursor.at_sign(",")
    assert cursor.peek().text == ","
    assert cursor.peek(99).kind is TokenKind.END
    assert cursor.last_end == 0
    assert [cursor.take().text for _ in range(3)] == ["a", ",", "b"]
    assert cursor.peek(-1).text == "b"
    assert cursor.take().kind is cursor.take().kind is TokenKind.END
    assert cursor.last_end == 5


def test_words_are_compared_without_case() -> None:
    cursor = Cursor("wHere", 5)
    assert cursor.at_word("FROM", "WHERE")
    assert not cursor.take_word("FROM")
    assert cursor.expect_word("WHERE").text == "wHere"


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_reserved_words_are_no_names(word: str) -> None:
    assert not Cursor(word.lower(), 5).at_name()


def test_what_is_missing_is_told() -> None:
    cursor = Cursor("x = 'y'", 5)
    with pytest.raises(InvalidQuery, match="expected FROM, found 'x'"):
        cursor.expect_word("FROM")
    with pytest.raises(InvalidQuery, match="expected '\\)', found 'x'"):
        cursor.expect_sign(")")
    cursor.take()
    cursor.take()
    with pytest.raises(InvalidQuery, match="expected a class name, found string 'y'") as caught:
        cursor.name("a class name")
    assert caught.value.hint == "write the name without quotes"


def test_a_reason_carries_place_and_status() -> None:
    error = Cursor("some text", 5).invalid("no", (5, 9), expected="yes", status=WBEM_E_MISSING_GROUP_WITHIN)
    assert (error.detail, error.found, error.expected, error.column) == ("no", "'text'", "yes", 6)
    assert error.symbol == "WBEM_E_MISSING_GROUP_WITHIN"


def test_levels_and_terms_are_counted() -> None:
    cursor = Cursor("x", 2)
    for _ in range(MAX_NESTING):
        cursor.deeper()
    with pytest.raises(QuotaExceeded):
        cursor.deeper()
    cursor.higher()
    cursor.higher()
    cursor.deeper()
    cursor.count_test()
    cursor.count_test()
    with pytest.raises(QuotaExceeded):
        cursor.count_test()
