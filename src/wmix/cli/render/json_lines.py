"""JSON lines: one object a line (jsonlines.org), so that a reader can begin with the first one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cli.render.values import json_encoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cli.render import Page
    from wmix.cli.render.records import Record

__all__ = ["JsonLines"]


class JsonLines:
    """Writes an object a line."""

    def __init__(self, page: Page) -> None:
        self.notes: list[str] = []
        self._encode = json_encoder(ascii_only=not page.encodes_all)

    def rows(self, records: Sequence[Record]) -> str:
        encode = self._encode
        return "".join([encode(dict(record.items())) + "\n" for record in records])

    def pause(self) -> str:
        return ""

    def end(self) -> str:
        return ""
