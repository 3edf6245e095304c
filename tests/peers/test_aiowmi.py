"""aiowmi, which shares no code with this package, asks a server, plainly and with smart enumeration.

What it reads wrongly itself: a NULL string or date is empty, a text that is not Latin-1 is lost, and every fault is
the same.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

import wmix
from peers import aiowmi_client
from wmix.testing.serving import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving() as running:
        yield running


def local(text: str) -> list[dict[str, Any]]:
    """The rows of a query as the local engine says them, dates as Python's."""
    with wmix.connect(repository=":memory:") as client:
        return [{name: plain(value) for name, value in row.values_().items()} for row in client.query(text)]


def plain(value: Any) -> Any:
    """A value in the way in which aiowmi gives it."""
    return value.to_datetime() if isinstance(value, wmix.CimDateTime) else value


@pytest.mark.parametrize("is_plain", [True, False])
def test_rows_of_a_query_are_those_of_the_engine(served: Served, is_plain: bool) -> None:
    text = (
        "SELECT Caption, InstallDate, Version, CSName, OSType, Primary, MaxProcessMemorySize FROM Win32_OperatingSystem"
    )
    (row,) = local(text)
    row["InstallDate"] = row["InstallDate"] or ""  # not every machine knows when it was installed
    assert aiowmi_client.query(served, text, plain=is_plain) == [row]


@wmix.provider("Demo_Number", keys=["Number"], properties={"Number": "uint32"})
def numbers(request: wmix.InstanceRequest) -> Iterator[dict[str, Any]]:
    """More rows than one answer holds."""
    for number in range(1000):
        yield {"Number": number}


@pytest.mark.parametrize("is_plain", [True, False])
def test_all_rows_come_to_the_end(is_plain: bool) -> None:
    with serving(providers=[numbers], shipped=False) as running:
        found = aiowmi_client.query(running, "SELECT Number FROM Demo_Number", plain=is_plain)
    assert [row["Number"] for row in found] == list(range(1000))


@wmix.provider(
    "Demo_Everything",
    keys=["Name"],
    properties={
        "Name": "string",
        "Numbers": "sint32[]",
        "Texts": "string[]",
        "Text": "string",
        "When": "datetime",
        "Whose": "ref:Demo_Everything",
        "Big": "uint64",
        "Small": "sint8",
        "Part": "real64",
        "Flag": "boolean",
        "Nothing": "string",
    },
)
def everything(request: wmix.InstanceRequest) -> Iterator[dict[str, Any]]:
    """Values of every kind that aiowmi reads."""
    yield {
        "Name": "eins",
        "Numbers": [1, -2, 3],
        "Texts": ["a", "ü", ""],
        "Text": "日本",
        "When": "20240229123456.654321+060",
        "Whose": 'Demo_Everything.Name="zwei"',
        "Big": 2**64 - 1,
        "Small": -128,
        "Part": 1.5,
        "Flag": True,
        "Nothing": None,
    }


@pytest.mark.parametrize("is_plain", [True, False])
def test_references_dates_and_arrays_are_read(is_plain: bool) -> None:
    with serving(providers=[everything], shipped=False) as running:
        (row,) = aiowmi_client.query(running, "SELECT * FROM Demo_Everything", plain=is_plain)
    when = row.pop("When")
    assert when == datetime(2024, 2, 29, 12, 34, 56, 654321, tzinfo=timezone(timedelta(minutes=60)))
    assert row == {
        "Name": "eins",
        "Numbers": [1, -2, 3],
        "Texts": ["a", "ü", ""],
        "Text": "",
        "Whose": 'Demo_Everything.Name="zwei"',
        "Big": 2**64 - 1,
        "Small": -128,
        "Part": 1.5,
        "Flag": True,
        "Nothing": "",
    }


def test_a_wrong_password_is_told(served: Served) -> None:
    async def run() -> None:
        async with aiowmi_client.connected(served, password="wrong"):
            pass

    with pytest.raises(Exception, match="verify credentials"):
        asyncio.run(run())


def test_many_clients_with_many_queries_each_at_once(served: Served) -> None:
    async def one() -> int:
        async with aiowmi_client.connected(served) as (conn, service):
            found = await aiowmi_client.rows(conn, service, "SELECT Name FROM Win32_Service", "root/cimv2", plain=False)
            return len(found)

    async def run() -> list[int]:
        return await asyncio.gather(*[one() for _ in range(10)])

    assert len(set(asyncio.run(run()))) == 1
