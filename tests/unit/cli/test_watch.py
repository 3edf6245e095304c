"""``wmix watch``: events as they come, in every format, and how it ends."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

import wmix
from wmix.cli.main import main

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from wmix.config import Settings
    from wmix.port.events import EventRequest

RINGS = "SELECT * FROM Demo_Ring"


@wmix.provider("Demo_Tower", keys=("Name",), properties={"Height": "uint32"})
async def towers(request: Any) -> AsyncIterator[Mapping[str, object]]:
    """A tower that grows with every look at it."""
    del request
    heights.append(len(heights))
    yield {"Name": "big", "Height": heights[-1]}


heights: list[int] = []


@wmix.events("Demo_Ring", properties={"Number": "uint32", "Tone": "string"})
async def rings(request: EventRequest) -> AsyncIterator[Mapping[str, object]]:
    """Rings a few times, and then is silent."""
    del request
    for number in range(1, 4):
        yield {"Number": number, "Tone": "c"}
    await asyncio.get_running_loop().create_future()


@wmix.events("Demo_Flood", properties={"Number": "uint32"})
async def flood(request: EventRequest) -> AsyncIterator[Mapping[str, object]]:
    """More than any queue of these tests holds, at once."""
    del request
    for number in range(5000):
        yield {"Number": number}
    await asyncio.get_running_loop().create_future()


def connect(*, namespace: str, settings: Settings, repository: str | None = None, **_: object) -> wmix.Client:
    return wmix.connect(
        namespace=namespace,
        settings=settings,
        repository=repository or ":memory:",
        providers=[towers, rings, flood],
    )


def wmi(*words: str) -> int:
    return main(words, connect=connect)


def test_count_ends_it_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("watch", RINGS, "--count", "2", "-f", "jsonl") == 0
    out, err = capsys.readouterr()
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["Number"] for row in rows] == [1, 2]
    assert list(rows[0]) == ["__CLASS", "SECURITY_DESCRIPTOR", "TIME_CREATED", "Number", "Tone"]
    assert err == ""


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "text", "mof"])
def test_every_format_writes_events(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("watch", "SELECT __CLASS, Tone FROM Demo_Ring", "--count", "3", "-f", form) == 0
    out = capsys.readouterr().out
    assert len(re.findall(r"\bc\b", out)) == 3
    if form == "json":
        assert json.loads(out) == [{"__CLASS": "Demo_Ring", "Tone": "c"}] * 3
    if form == "csv":
        assert [*csv.reader(io.StringIO(out))] == [["__CLASS", "Tone"], *[["Demo_Ring", "c"]] * 3]


def test_an_event_of_an_instance_shows_what_happened_and_the_object(capsys: pytest.CaptureFixture[str]) -> None:
    query = "SELECT * FROM __InstanceOperationEvent WITHIN 0.01 WHERE TargetInstance ISA 'Demo_Tower'"
    assert wmi("watch", query, "--count", "1", "-f", "jsonl") == 0
    row = json.loads(capsys.readouterr().out)
    assert row["__CLASS"] == "__InstanceModificationEvent"
    assert row["TargetInstance"]["__CLASS"] == "Demo_Tower"
    assert row["TargetInstance"]["Height"] == row["PreviousInstance"]["Height"] + 1


def test_no_event_in_time_is_a_failure_and_keeps_what_came(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("watch", RINGS, "--timeout", "0.3", "-f", "json") == 3
    out, err = capsys.readouterr()
    assert [row["Number"] for row in json.loads(out)] == [1, 2, 3]
    assert "no event came for 0.3 s" in err
    assert "3 events came before" in err
    assert wmi("watch", "SELECT * FROM Demo_Ring WHERE Number = 9", "--timeout", "0.2") == 1
    err = capsys.readouterr().err
    assert "hint: give a longer --timeout; events are told from now on only" in err
    assert "provider" not in err


def test_a_query_that_is_no_event_query_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("watch", "SELECT * FROM Demo_Tower") == 2
    err = capsys.readouterr().err
    assert "WBEM_E_NOT_EVENT_CLASS" in err
    assert "              ^^^^^^^^^^" in err


def test_what_was_dropped_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("watch", "SELECT * FROM Demo_Flood", "--max-queue", "10", "--timeout", "0.5", "-f", "jsonl") == 3
    out, err = capsys.readouterr()
    rows = [json.loads(line) for line in out.splitlines()]
    gaps = [row for row in rows if row["__CLASS"] == "__EventQueueOverflowEvent"]
    assert gaps
    assert f"{5000 - len(rows) + len(gaps)} events were dropped" in err
