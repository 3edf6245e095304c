"""Width: how many columns of a terminal a text takes. Unicode Standard Annex 11 (East Asian Width).

Wide and full-width characters take two columns, combining marks none.  The table of characters is only loaded for text
beyond ASCII.
"""

from __future__ import annotations

__all__ = ["display_width", "fitted"]

_ELLIPSIS = "…"


def display_width(text: str) -> int:
    """Columns that *text*, which has no control characters, takes."""
    if text.isascii():
        return len(text)
    return sum(map(_character_width, text))


def _character_width(character: str) -> int:
    from unicodedata import category, east_asian_width  # 1 ms, for text beyond ASCII only

    if character < "\u0300":
        return 1
    if category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def fitted(text: str, width: int) -> str:
    """*text*, cut to *width* columns; an ellipsis stands for what is left out."""
    if display_width(text) <= width:
        return text
    if text.isascii():
        return text[: width - 1] + _ELLIPSIS
    room = width - 1
    kept: list[str] = []
    for character in text:
        room -= _character_width(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept) + _ELLIPSIS
