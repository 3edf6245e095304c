"""The text of one MOF file, where places in it are, and how its octets become text.

wmi-semantics 9.1.2 and the pages on ``mofcomp``: a file is UTF-8, with or without a byte order mark, or UTF-16 with
one.  Depends on ``errors`` only.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from wmix import status as codes
from wmix.caret import caret_text
from wmix.errors import WmiError

__all__ = ["Source", "Span", "decode"]

Span = tuple[int, int]
"""Offsets in the text, end exclusive."""

_LINE_FEED: Final = re.compile("\n")

_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


class Source:
    """One file: the name under which messages show it, and its text."""

    __slots__ = ("_starts", "name", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        #: Where lines begin, once somebody asks for a place: a compilation asks for thousands.
        self._starts: list[int] | None = None

    def __repr__(self) -> str:
        return f"Source({self.name!r}, {len(self.text)} characters)"

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of *offset*, both counted from 1."""
        if self._starts is None:
            self._starts = [0, *[match.end() for match in _LINE_FEED.finditer(self.text)]]
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def caret(self, span: Span) -> str:
        """The line of *span* with a mark under it."""
        _, column = self.place(span[0])
        # The line alone: splitting the whole of a large text for one message would cost more than parsing it.
        start = span[0] - column + 1
        end = self.text.find("\n", start)
        return caret_text(self.text[start : end if end >= 0 else None], 1, column, span[1] - span[0])


def decode(data: bytes, name: str = "<bytes>") -> str:
    """The text of a MOF file; a byte order mark is left out.

    Raises:
        WmiError: WBEMMOF_E_INVALID_FILE when the octets are no text in the encoding that they announce.
    """
    encoding = "utf-8"
    for mark, announced in _MARKS:
        if data.startswith(mark):
            data, encoding = data[len(mark) :], announced
            break
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise WmiError(
            f"{name} is not text in {encoding.upper()}: octet {error.start} cannot be read",
            status=codes.WBEMMOF_E_INVALID_FILE,
            hint="save the file as UTF-8, or as UTF-16 with a byte order mark",
        ) from error
