"""Folding: one character stays one character, and pairs of cases meet."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.wql.naive import fold_character
from wmix.wql.casing import fold, folds_simply


@given(st.text(), st.text())
def test_folding_keeps_length_and_parts(one: str, other: str) -> None:
    assert len(fold(one)) == len(one)
    assert fold(one + other) == fold(one) + fold(other)
    assert fold(fold(one)) == fold(one)


def test_every_character_folds_alone_as_it_does_in_a_text() -> None:
    for start in range(0, sys.maxunicode, 0x1000):
        text = "".join(map(chr, range(start, start + 0x1000)))
        assert fold(text) == "".join(map(fold_character, text))


def test_no_other_character_folds_to_ascii_that_is_no_letter() -> None:
    # Comparing with such a constant needs no folding at all.
    for number in range(0x80, sys.maxunicode):
        folded = chr(number).casefold()
        assert not (len(folded) == 1 and folded.isascii() and not folded.isalpha())


@pytest.mark.parametrize(
    ("one", "other"), [("Straße", "sTRAẞE"), ("ΟΔΟΣ", "οδος"), ("K", "\u212a"), ("Å", "\u212b"), ("ᾈ", "ᾀ")]
)
def test_cases_meet(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("ß", "ss"), ("İ", "i"), ("ﬁ", "fi"), ("\u0131", "i"), ("é", "e")])
def test_different_characters_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_text_with_expanding_characters_is_not_simple() -> None:
    assert folds_simply("Spooler ÄÖÜ")
    assert not folds_simply("Straße")
