"""Rendering: objects to text, in six formats. No files, no terminals: text comes back, notes are left to be read.

A renderer is given records as they come and returns what is to be written.  It may hold some back (a table, for the
widths of its columns) until it has enough of them, until it is told that nothing came for a while, or until the end.

``make_renderer`` imports the format that is asked for and no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cli.render.records import Record

    class Renderer(Protocol):
        """Makes text of records."""

        #: What people should be told about the text so far; whoever drives the renderer says it and empties the list.
        notes: list[str]

        def rows(self, records: Sequence[Record]) -> str:
            """Text of the next records."""
            ...

        def pause(self) -> str:
            """Nothing came for a while: text of what is held back."""
            ...

        def end(self) -> str:
            """Text of what is held back, and of what closes the whole; also after a failure that followed rows."""
            ...


__all__ = ["Page", "make_renderer"]


class Page:
    """What a renderer may know of the place its text goes to.

    Attributes:
        width: columns; None when lines may be as long as they like.
        colour: whether control sequences for colour are welcome.
        rules: whether lines are drawn (on a terminal) or not (in a pipe).
        encodes_all: whether every character can be written as it is.
    """

    __slots__ = ("colour", "encodes_all", "rules", "width")

    def __init__(
        self, *, width: int | None = None, colour: bool = False, rules: bool = False, encodes_all: bool = True
    ) -> None:
        self.width = width
        self.colour = colour
        self.rules = rules
        self.encodes_all = encodes_all


def make_renderer(name: str, page: Page, *, columns: Sequence[str] | None = None) -> Renderer:
    """The renderer of a format.

    Args:
        name: one of ``wmix.cli.options.FORMATS``.
        columns: names known before the first record, for formats that begin with a header.
    """
    if name == "jsonl":
        from wmix.cli.render.json_lines import JsonLines  # only the format that is asked for is loaded

        return JsonLines(page)
    if name == "json":
        from wmix.cli.render.json_array import JsonArray

        return JsonArray(page)
    if name == "csv":
        from wmix.cli.render.csv_text import CsvText

        return CsvText(columns)
    if name == "text":
        from wmix.cli.render.text import Text

        return Text(page)
    if name == "mof":
        from wmix.cli.render.mof import Mof

        return Mof()
    if name == "table":
        from wmix.cli.render.table import Table

        return Table(page)
    raise ValueError(f"there is no format {name!r}")
