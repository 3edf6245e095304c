"""The line of a text with a mark under a place, for messages about queries, paths and MOF files.

Places are counted as editors do, in characters from 1.  The mark stays under its place on a terminal: tabs are kept,
wide characters count double, and a line that is too long is cut on both sides of the place.

Depends on nothing.
"""

from __future__ import annotations

from typing import Final

__all__ = ["caret_text"]

_COLUMNS: Final = 72
"""How much of a long line is shown."""


def caret_text(text: str, line: int, column: int, width: int = 1) -> str:
    """Two lines without a final line feed: the source line and the mark, both indented by two blanks.

    Args:
        text: the whole text.
        line, column: the place, both counted from 1; behind the end of the line counts as its end.
        width: characters to mark, cut at the end of the line; at least one is marked.
    """
    lines = text.split("\n")
    source = lines[line - 1].rstrip("\r") if line <= len(lines) else ""
    start = min(column - 1, len(source))
    left, right = 0, len(source)
    if right > _COLUMNS:
        left = max(0, min(start - _COLUMNS // 2, right - _COLUMNS))
        right = min(right, left + _COLUMNS)
    width = max(1, min(width, right - start))
    head, tail = ("…" if left else ""), ("…" if right < len(source) else "")
    return f"  {head}{source[left:right]}{tail}\n  {_padding(head + source[left:start])}{'^' * width}"


def _padding(text: str) -> str:
    """Blanks as wide as *text* on a terminal: tabs stay tabs, wide characters count double."""
    if text.isascii():
        return "".join("\t" if c == "\t" else " " for c in text)
    from unicodedata import combining, east_asian_width  # costs 1 ms, used on this path only

    def blank(c: str) -> str:
        if c == "\t":
            return c
        if combining(c):
            return ""
        return "  " if east_asian_width(c) in "WF" else " "

    return "".join(map(blank, text))
