"""Comparison without case: the one rule by which WQL compares text. [MS-WMI] 2.2.1.1; string operators ignore case.

``fold`` is Unicode's *simple* case folding: every character becomes exactly one character, independent of its
neighbours.  ``str.casefold`` alone is the *full* folding, where one character may become three; then ``_`` in a LIKE
pattern would count differently from the text that people see, and ``'ß'`` would equal ``'ss'``, which it does not on
Windows.  ``str.lower`` depends on the neighbours of a capital sigma, so that a prefix would not stay one.

One character is one Unicode code point; order is by code point after folding.  Depends on nothing.
"""

from __future__ import annotations

__all__ = ["fold", "folds_simply"]


def fold(text: str) -> str:
    """The form under which two texts are equal; always as long as *text*."""
    folded = text.casefold()
    # Full folding never shortens, so equal lengths mean that no character expanded.
    return folded if len(folded) == len(text) else "".join(map(_fold_character, text))


def folds_simply(text: str) -> bool:
    """Whether ``str.casefold`` of *text* is its ``fold``; then ``len(x) == len(text) and x.casefold() == folded``
    is the cheap way to compare any ``x`` with it."""
    return len(text.casefold()) == len(text)


def _fold_character(character: str) -> str:
    for form in (character.casefold(), character.lower()):
        if len(form) == 1:
            return form
    return character
