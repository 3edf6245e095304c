"""The header of objects of several classes: the names of the first, then what others add."""

from __future__ import annotations

from wmix.cim.types import CimType
from wmix.cli.render.columns import Columns
from wmix.cli.render.records import Record, Shape

NUMBER, TEXT = (CimType.UINT32, False), (CimType.STRING, False)
BASE = Shape(("Id", "Name"), (NUMBER, TEXT))
DERIVED = Shape(("Id", "NAME", "Extra"), (TEXT, TEXT, NUMBER))
LATE = Shape(("More", "Id", "Even", "A", "B", "C", "D"), (TEXT,) * 7)


def test_names_are_joined_without_regard_to_case() -> None:
    columns = Columns.of([Record(BASE, (1, "a")), Record(DERIVED, ("x", "b", 3)), Record(BASE, (2, "c"))])
    assert columns.names == ("Id", "Name", "Extra")
    assert columns.types == (None, TEXT, NUMBER)
    assert columns.values(Record(BASE, (1, "a"))) == [1, "a", None]
    assert columns.values(Record(DERIVED, ("x", "b", 3))) == ["x", "b", 3]
    assert columns.missed() == []


def test_what_comes_too_late_is_told_once() -> None:
    columns = Columns.of([Record(BASE, (1, "a"))])
    assert columns.values(Record(DERIVED, ("x", "b", 3))) == ["x", "b"]
    assert columns.missed() == ["later objects have properties that the header lacks: Extra; --format jsonl shows all"]
    assert columns.missed() == []
    assert columns.values(Record(LATE, range(7))) == [1, None]
    (note,) = columns.missed()
    assert "A, B, C, D, Even and 1 more" in note
