"""Text: ``Name: value``, a property a line, a blank line between objects. NULL has nothing after the colon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cli.render.values import display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cli.render import Page
    from wmix.cli.render.records import Record

__all__ = ["Text"]


class Text:
    """Writes a property a line."""

    def __init__(self, page: Page) -> None:
        self.notes: list[str] = []
        self._open, self._close = ("\x1b[1m", "\x1b[0m") if page.colour else ("", "")
        self._begun = False

    def rows(self, records: Sequence[Record]) -> str:
        lines: list[str] = []
        for record in records:
            if self._begun:
                lines.append("")
            self._begun = True
            for name, value in record.items():
                shown = display(value)
                lines.append(f"{self._open}{name}:{self._close}{' ' if shown else ''}{shown}")
        return "\n".join(lines) + "\n" if lines else ""

    def pause(self) -> str:
        return ""

    def end(self) -> str:
        return ""
