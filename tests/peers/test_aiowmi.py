"""aiowmi, which shares no code with this package, asks a server, plainly and with smart enumeration."""

from __future__ import annotations

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
    assert aiowmi_client.query(served, text, plain=is_plain) == local(text)


@pytest.mark.parametrize("is_plain", [True, False])
def test_all_rows_come_to_the_end(served: Served, is_plain: bool) -> None:
    found = aiowmi_client.query(served, "SELECT Name, ProcessId FROM Win32_Process", plain=is_plain)
    assert len({row["ProcessId"] for row in found}) == len(found) > 10
