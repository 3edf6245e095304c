"""CSV by RFC 4180: a header, CR LF at the end of lines, quotes where they are needed.

NULL is an empty field, and so is an empty string.  Booleans are TRUE and FALSE, datetimes their CIM text.  The elements
of an array are joined by ``;`` (an element that has one itself cannot be told apart), an embedded object is its JSON.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from wmix.cim.classes import CimClass
from wmix.cim.instances import CimInstance
from wmix.cli.render.columns import Columns
from wmix.cli.render.values import json_encoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cli.render.records import Record

__all__ = ["ARRAY_SEPARATOR", "CsvText", "field"]

ARRAY_SEPARATOR = ";"


def field(value: object) -> str:
    """*value* as the text of a field, not yet quoted."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, tuple | list):
        return ARRAY_SEPARATOR.join([field(item) for item in value])
    if isinstance(value, CimInstance | CimClass):
        return json_encoder()(value)
    return str(value)


class CsvText:
    """Writes the header with the first records; without any it writes the names that were selected."""

    def __init__(self, names: Sequence[str] | None = None) -> None:
        self.notes: list[str] = []
        self._names = names
        self._columns: Columns | None = None

    def rows(self, records: Sequence[Record]) -> str:
        if not records:
            return ""
        lines: list[Sequence[str]] = []
        columns = self._columns
        if columns is None:
            columns = self._columns = Columns.of(records)
            lines.append(columns.names)
        lines += [[field(value) for value in columns.values(record)] for record in records]
        self.notes += columns.missed()
        return _lines(lines)

    def pause(self) -> str:
        return ""

    def end(self) -> str:
        return _lines([self._names]) if self._columns is None and self._names else ""


def _lines(rows: list[Sequence[str]]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()
