"""Table: columns with a header, numbers to the right; rows go out as they come.

The widths are those of the first rows (a hundred, or as many as had come when the source paused).  A longer value later
is cut on a terminal; in a pipe nothing is cut, and its line is out of step.

On a terminal the columns share its width: the widest are shortened first, numbers never.  When not even that helps, the
records are written as text instead, and a note says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.types import INTEGER_RANGES, CimType
from wmix.cli.render.columns import Columns
from wmix.cli.render.values import display
from wmix.cli.render.width import display_width, fitted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cli.render import Page
    from wmix.cli.render.records import Record
    from wmix.cli.render.text import Text

__all__ = ["SAMPLE", "Table", "shared_widths"]

SAMPLE: Final = 100
"""Rows that decide about the widths."""

_GAP: Final = "  "
_LEAST: Final = 8
"""Columns of text are not shortened below this."""

_NUMBERS: Final = frozenset(INTEGER_RANGES) | {CimType.REAL32, CimType.REAL64}


class Table:
    """Writes a header, a rule on a terminal, and a line per record."""

    def __init__(self, page: Page) -> None:
        self.notes: list[str] = []
        self._page = page
        self._held: list[Record] = []
        self._columns: Columns | None = None
        self._widths: list[int] = []
        self._right: list[bool] = []
        self._text: Text | None = None

    def rows(self, records: Sequence[Record]) -> str:
        if self._text is not None:
            return self._text.rows(records)
        if self._columns is None:
            self._held += records
            return "" if len(self._held) < SAMPLE else self._begin()
        lines = [self._cells(record) for record in records]
        self.notes += self._columns.missed()
        return self._lines(lines)

    def pause(self) -> str:
        return self._begin() if self._held else ""

    def end(self) -> str:
        return self.pause()

    def _begin(self) -> str:
        """Fix the columns by the records that were held back, and give their text."""
        held, self._held = self._held, []
        columns = Columns.of(held)
        self._columns = columns
        self._right = [kind is not None and kind[0] in _NUMBERS and not kind[1] for kind in columns.types]
        lines = [self._cells(record) for record in held]
        values = [max([display_width(line[i]) for line in lines]) for i in range(len(columns.names))]
        natural = [max(display_width(name), width) for name, width in zip(columns.names, values, strict=True)]
        self._widths = natural
        width = self._page.width
        if width is not None:
            least = [
                max(value, min(whole, _LEAST)) if right else min(whole, _LEAST)
                for value, whole, right in zip(values, natural, self._right, strict=True)
            ]
            shared = shared_widths(natural, least, width - len(_GAP) * max(0, len(natural) - 1))
            if shared is None:
                return self._as_text(held, len(columns.names), width)
            self._widths = shared
        return self._header() + self._lines(lines)

    def _as_text(self, held: list[Record], count: int, width: int) -> str:
        self.notes.append(
            f"{count} columns do not fit into {width} columns of the terminal: showing text;"
            " --format table with --out FILE, or fewer properties, give a table"
        )
        from wmix.cli.render.text import Text

        self._text = Text(self._page)
        return self._text.rows(held)

    def _cells(self, record: Record) -> list[str]:
        assert self._columns is not None
        return [display(value) for value in self._columns.values(record)]

    def _header(self) -> str:
        assert self._columns is not None
        line = self._line(self._columns.names, is_header=True)
        if self._page.colour:
            line = f"\x1b[1m{line}\x1b[0m"
        if not self._page.rules:
            return line + "\n"
        return f"{line}\n{_GAP.join(['─' * width for width in self._widths])}\n"

    def _lines(self, lines: Sequence[Sequence[str]]) -> str:
        return "".join([self._line(cells) + "\n" for cells in lines])

    def _line(self, cells: Sequence[str], *, is_header: bool = False) -> str:
        cuts = self._page.width is not None
        parts: list[str] = []
        for cell, width, right in zip(cells, self._widths, self._right, strict=True):
            # A shortened number would be another number: it pushes its line out of step instead.
            text = fitted(cell, width) if cuts and (is_header or not right) else cell
            padding = " " * (width - display_width(text))
            parts.append(padding + text if right else text + padding)
        return _GAP.join(parts).rstrip()


def shared_widths(natural: Sequence[int], least: Sequence[int], room: int) -> list[int] | None:
    """Widths of columns that fit into *room*: the widest give up space first, none below its *least*.

    Returns:
        None when they cannot fit.
    """
    if sum(natural) <= room:
        return list(natural)
    if sum(least) > room:
        return None
    low, high = 0, max(natural)
    while low < high:
        cap = (low + high + 1) // 2
        if sum(_capped(natural, least, cap)) <= room:
            low = cap
        else:
            high = cap - 1
    widths = _capped(natural, least, low)
    spare = room - sum(widths)
    for i, width in enumerate(natural):
        # What a fair share leaves over goes to the first columns, which are those that people read.
        if spare and width > widths[i]:
            widths[i] += 1
            spare -= 1
    return widths


def _capped(natural: Sequence[int], least: Sequence[int], cap: int) -> list[int]:
    return [max(low, min(width, cap)) for width, low in zip(natural, least, strict=True)]
