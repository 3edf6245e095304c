"""Escapes in strings and characters: what they look like, and what they mean. wmi-semantics 9.1.6."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["ESCAPED", "unescape"]

ESCAPED: Final = r"""\\(?:[btnfr"'\\]|[xX][0-9A-Fa-f]{1,4})"""
"""The expression of one escape."""

_ESCAPE: Final = re.compile(r"\\(?:[xX]([0-9A-Fa-f]{1,4})|(.))")
_SURROGATES: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_SIMPLE: Final = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "'": "'", "\\": "\\"}


def unescape(word: str) -> str:
    """What a string or character literal means, given without its quotes."""
    if "\\" not in word:
        return word
    text = _ESCAPE.sub(_escape_value, word)
    # Two escapes can spell the two UTF-16 units of one character.
    return _SURROGATES.sub(_joined, text)


def _escape_value(found: re.Match[str]) -> str:
    digits = found[1]
    return chr(int(digits, 16)) if digits is not None else _SIMPLE[found[2]]


def _joined(found: re.Match[str]) -> str:
    return found[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")
