"""Tokens: kinds, values, places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.errors import InvalidQuery
from wmix.wql.lexer import MAX_NUMBER, TokenKind, tokenize
from wmix.wql.printer import quoted


def values(text: str) -> list[object]:
    return [token.value for token in tokenize(text)[:-1]]


def test_tokens_have_kind_value_and_place() -> None:
    tokens = tokenize(" Name>='a\\\\b' , -0x1f 2.5{C.Id=\"}\"}")
    assert [(token.kind.name, token.value, token.span) for token in tokens] == [
        ("NAME", "Name", (1, 5)),
        ("SIGN", ">=", (5, 7)),
        ("STRING", "a\\b", (7, 13)),
        ("SIGN", ",", (14, 15)),
        ("INTEGER", -31, (16, 21)),
        ("REAL", 2.5, (22, 25)),
        ("PATH", 'C.Id="}"', (25, 35)),
        ("END", "", (35, 35)),
    ]
    assert repr(tokens[0]) == "Token(NAME, 'Name', 1..5)"


@given(st.text())
def test_any_text_can_stand_in_a_string(text: str) -> None:
    assert values(quoted(text)) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"'\\'", "\\"),
        (r"'\''", "'"),
        (r"'\"'", '"'),
        (r'"\\\""', '\\"'),
        ('"line\nbreak"', "line\nbreak"),
        ("''", ""),
        ("'\0'", "\0"),
    ],
)
def test_three_escapes_exist(text: str, expected: str) -> None:
    assert values(text) == [expected]


@pytest.mark.parametrize("escape", ["%", "n", "_", "[", " ", "0", "é", "\n"])
def test_no_other_escape_exists(escape: str) -> None:
    with pytest.raises(InvalidQuery, match="is not an escape") as caught:
        tokenize(f"'x\\{escape}y'")
    assert caught.value.span == (2, 4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("0", 0), ("00", 0), ("-1", -1), ("+7", 7), ("0xFF", 255), ("0Xff", 255), ("-0x10", -16)),
        *(("1.50", 1.5), (".5", 0.5), ("1e3", 1000.0), ("1.5E-2", 0.015)),
        ("9" * MAX_NUMBER, int("9" * MAX_NUMBER)),
    ],
)
def test_numbers(text: str, expected: float) -> None:
    assert values(text) == [expected]
    assert type(values(text)[0]) is type(expected)


@pytest.mark.parametrize("text", ["1.", "1a", "0x", "1e", "1.2.3", "1e5x", "1_000", "9" * (MAX_NUMBER + 1), "1e309"])
def test_what_looks_like_a_number_is_one_or_refused(text: str) -> None:
    with pytest.raises(InvalidQuery, match="number") as caught:
        tokenize(f"A = {text} ")
    assert caught.value.span == (4, 4 + len(text))


def test_a_long_token_is_shortened_in_messages() -> None:
    assert len(tokenize("x" * 1000)[0].describe()) < 50
    assert tokenize("x" * 1000)[0].keyword == "X" * 1000
    assert tokenize("'x'")[0].keyword == ""
    assert tokenize("")[0].kind is TokenKind.END
