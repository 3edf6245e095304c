"""Typed rows: what a field says it holds is what comes, arrays and datetimes too."""

from __future__ import annotations

import dataclasses
import datetime
from typing import TYPE_CHECKING

import pytest

import wmix

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

START = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
STEP = datetime.timedelta(hours=1)


@wmix.provider(
    "Demo_Run",
    keys=("Id",),
    properties={
        "Start": "datetime",
        "Took": "datetime",
        "Marks": "datetime[]",
        "Laps": "datetime[]",
        "Names": "string[]",
    },
)
def runs(request: object) -> Iterator[Mapping[str, object]]:
    """Two runs; of the second one nothing is known."""
    yield {
        "Id": "a",
        "Start": START,
        "Took": STEP,
        "Marks": [START, START + STEP],
        "Laps": [STEP, 2 * STEP],
        "Names": ["x", "y"],
    }
    yield {"Id": "b"}


def test_a_field_gets_the_kind_of_value_that_it_is_declared_with() -> None:
    @dataclasses.dataclass
    class Demo_Run:
        Id: str
        Start: datetime.datetime | None
        Took: datetime.timedelta | None
        Marks: tuple[datetime.datetime, ...] | None
        Laps: list[datetime.timedelta] | None
        Names: tuple[str, ...] | None

    with wmix.connect(providers=[runs], repository=":memory:") as wmi:
        rows = wmi.select(Demo_Run).list()
    assert rows == [
        Demo_Run("a", START, STEP, (START, START + STEP), [STEP, 2 * STEP], ("x", "y")),
        Demo_Run("b", None, None, None, None, None),
    ]


def test_a_list_of_texts_is_a_list() -> None:
    @dataclasses.dataclass
    class Row:
        __wmi_class__ = "Demo_Run"
        names: list[str] | None = dataclasses.field(metadata={"wmi": "Names"})

    with wmix.connect(providers=[runs], repository=":memory:") as wmi:
        assert wmi.select(Row, "Id = 'a'").one() == Row(["x", "y"])


def test_a_datetime_that_python_cannot_hold_is_an_error_and_no_made_up_date() -> None:
    @wmix.provider("Demo_Odd", keys=("Id",), properties={"When": "datetime"})
    def odd(request: object) -> Iterator[Mapping[str, object]]:
        yield {"Id": "a", "When": wmix.CimDateTime("2026**********.******+***")}

    @dataclasses.dataclass
    class Demo_Odd:
        When: datetime.datetime | None

    with wmix.connect(providers=[odd], repository=":memory:") as wmi, pytest.raises(wmix.InvalidDatetime):
        wmi.select(Demo_Odd).one()
