"""The mark stands under its place, whatever the line holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.caret import caret_text


@pytest.mark.parametrize(
    ("text", "line", "column", "width", "shown"),
    [
        ("SELECT * FROM X WHERE = 3", 1, 23, 1, ["SELECT * FROM X WHERE = 3", "                      ^"]),
        ("SELECT FROM X", 1, 8, 4, ["SELECT FROM X", "       ^^^^"]),
        ("SELECT", 1, 7, 1, ["SELECT", "      ^"]),
        ("SELECT", 1, 99, 1, ["SELECT", "      ^"]),
        ("", 1, 1, 1, ["", "^"]),
        ("one\ntwo\nthree", 2, 1, 3, ["two", "^^^"]),
        ("one\r\ntwo", 1, 4, 1, ["one", "   ^"]),
        ("one", 2, 1, 1, ["", "^"]),
        ("ab 'c\nd' e", 1, 4, 5, ["ab 'c", "   ^^"]),
        ("ab", 1, 1, 0, ["ab", "^"]),
        ("a\tb = c", 1, 5, 1, ["a\tb = c", " \t  ^"]),
        ("日本 = 3", 1, 4, 1, ["日本 = 3", "     ^"]),
        ("e\u0301\tx = 3", 1, 4, 1, ["e\u0301\tx = 3", " \t^"]),
    ],
)
def test_line_and_mark(text: str, line: int, column: int, width: int, shown: list[str]) -> None:
    assert caret_text(text, line, column, width) == "\n".join(f"  {part}" for part in shown)


@pytest.mark.parametrize("place", [0, 10, 499, 500, 501, 990, 1000])
def test_a_long_line_is_cut_around_the_place(place: int) -> None:
    text = "x" * place + "=" + "y" * (1000 - place)
    shown, mark = caret_text(text, 1, place + 1).split("\n")
    assert len(shown) <= 76
    assert shown[mark.index("^")] == "="
    assert shown.startswith("  …") == (place > 36)
    assert shown.endswith("…") == (place < 964)


@given(st.text(max_size=300), st.integers(1, 400), st.integers(0, 400), st.integers(1, 5))
def test_any_place_in_any_text_can_be_shown(text: str, column: int, width: int, line: int) -> None:
    mark = caret_text(text, line, column, width).split("\n")[-1]
    assert mark.strip("\t ").strip("^") == ""
    assert mark.endswith("^")
