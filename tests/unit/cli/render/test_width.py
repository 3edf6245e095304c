"""How wide text is on a terminal, and how it is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.cli.render.width import display_width, fitted


@pytest.mark.parametrize(
    ("text", "width"),
    [("", 0), ("abc", 3), ("é", 1), ("e\u0301", 1), ("名前", 4), ("\uff41", 2), ("a\u200bb", 2), ("…", 1)],
)
def test_wide_characters_count_twice_and_marks_not_at_all(text: str, width: int) -> None:
    assert display_width(text) == width


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("名前", 4, "名前"),
        ("名前だ", 4, "名…"),
        ("名前だ", 5, "名前…"),
        ("ab", 1, "…"),
    ],
)
def test_what_is_too_long_ends_in_an_ellipsis(text: str, width: int, cut: str) -> None:
    assert fitted(text, width) == cut


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])), st.integers(1, 20))
def test_nothing_is_wider_than_its_column(text: str, width: int) -> None:
    assert display_width(fitted(text, width)) <= width
