"""Progress: one line on standard error that tells people how far a query has come.

Shown only when people look on and after half a second: a quick answer needs none.  It is taken away when the query
ends, so that what stays on the screen is the result.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.cli.terminal import Terminal

__all__ = ["Progress"]

_PATIENCE = 0.5
"""Seconds before the line appears."""

_PERIOD = 0.2
"""Seconds between two changes of it."""


class Progress:
    """Rows so far, rows a second and seconds elapsed."""

    def __init__(self, terminal: Terminal, *, shown: bool, clock: Callable[[], float] = monotonic) -> None:
        self._terminal = terminal
        self._shown = shown and terminal.shows_progress
        self._clock = clock
        self._started = clock()
        self._due = self._started + _PATIENCE

    def update(self, rows: int) -> None:
        """Tell how many rows have come; draws when it is time to."""
        if not self._shown:
            return
        now = self._clock()
        if now >= self._due:
            self._due = now + _PERIOD
            self._terminal.set_status(self.line(rows, now - self._started))

    def end(self) -> None:
        """Take the line away."""
        if self._shown:
            self._terminal.clear_status()

    @staticmethod
    def line(rows: int, elapsed: float) -> str:
        """The text: ``1,234 rows, 617 rows/s, 2.0 s``."""
        rate = rows / elapsed if elapsed > 0 else 0.0
        return f"{rows:,} row{'' if rows == 1 else 's'}, {rate:,.0f} rows/s, {elapsed:.1f} s"
