"""JSON: one array of objects, an object a line; closed also when the query failed half-way, so that it can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cli.render.values import json_encoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cli.render import Page
    from wmix.cli.render.records import Record

__all__ = ["JsonArray"]


class JsonArray:
    """Writes ``[``, objects with commas between them, and ``]``."""

    def __init__(self, page: Page) -> None:
        self.notes: list[str] = []
        self._encode = json_encoder(ascii_only=not page.encodes_all)
        self._begun = False

    def rows(self, records: Sequence[Record]) -> str:
        if not records:
            return ""
        opening = ",\n" if self._begun else "[\n"
        self._begun = True
        encode = self._encode
        return opening + ",\n".join([encode(dict(record.items())) for record in records])

    def pause(self) -> str:
        return ""

    def end(self) -> str:
        return "\n]\n" if self._begun else "[]\n"
