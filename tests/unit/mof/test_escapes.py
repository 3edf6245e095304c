"""Escapes: every one of the language, and nothing else."""

from __future__ import annotations

import pytest

from wmix.mof.escapes import unescape


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("plain", "plain"),
        (r"\b\t\n\f\r\"\'\\", "\b\t\n\f\r\"'\\"),
        (r"\x1\x41g\XAbcD", "\x01Ag\uabcd"),
        (r"\xD834\xDD1E\xD834", "\U0001d11e\ud834"),
    ],
)
def test_escapes(word: str, value: str) -> None:
    assert unescape(word) == value
