"""``wmix.connect(subscriptions=True)``, and the shipped sources of events as a client sees them."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

import wmix
from wmix.errors import InvalidParameter

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")

SUBSCRIPTION = r"""
class Demo_Stone { [key] string Name; };
instance of __EventFilter as $filter {
    Name = "stones"; QueryLanguage = "WQL";
    Query = "SELECT * FROM __InstanceCreationEvent WHERE TargetInstance ISA \"Demo_Stone\"";
};
instance of Demo_Pager as $consumer { Name = "c"; Number = "112"; };
instance of __FilterToConsumerBinding { Filter = $filter; Consumer = $consumer; };
"""
STONE = 'instance of Demo_Stone { Name = "%s"; };'


class Pages:
    """What the consumer was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.came = threading.Semaphore(0)

        @wmix.consumer("Demo_Pager", properties={"Number": "string"})
        def page(delivery: wmix.Delivery) -> None:
            self.told.append((delivery.event["TargetInstance"]["Name"], delivery.consumer["Number"]))
            self.came.release()

        self.consumer = page

    def wait(self) -> None:
        assert self.came.acquire(timeout=20)


def test_subscriptions_compiled_from_mof_are_in_force_when_the_call_returns() -> None:
    pages = Pages()
    with wmix.connect(
        namespace="root/subscription", providers=[pages.consumer], repository=":memory:", subscriptions=True
    ) as wmi:
        wmi.compile(SUBSCRIPTION)
        wmi.compile(STONE % "flint")
        pages.wait()
        assert pages.told == [("flint", "112")]


def test_they_go_on_in_the_next_program_that_runs_them(tmp_path: Path) -> None:
    repository = tmp_path / "r.db"
    pages = Pages()
    with wmix.connect(namespace="root/subscription", providers=[pages.consumer], repository=repository) as wmi:
        wmi.compile(SUBSCRIPTION)
        wmi.compile(STONE % "nobody looks")

    async def main() -> None:
        async with wmix.AsyncClient(
            namespace="root/subscription", providers=[pages.consumer], repository=repository, subscriptions=True
        ) as wmi:
            await wmi.compile(STONE % "flint")
            await asyncio.to_thread(pages.wait)

    asyncio.run(main())
    assert pages.told == [("flint", "112")]


def test_a_host_runs_its_own() -> None:
    with pytest.raises(InvalidParameter, match="a host runs its own"):
        wmix.Client("far.example.org", subscriptions=True)


def test_the_clock_tells_its_seconds_without_being_polled() -> None:
    query = "SELECT * FROM __InstanceModificationEvent WHERE TargetInstance ISA 'Win32_UTCTime'"
    with wmix.connect() as wmi, wmi.watch(query, timeout=20, stop_after=2) as watch:
        for event in watch:
            assert event.TargetInstance.Second == (event.PreviousInstance.Second + 1) % 60
            assert event.TargetInstance.path_.class_name == "Win32_UTCTime"


def test_a_class_above_tells_of_beginnings_and_ends_of_processes() -> None:
    with wmix.connect() as wmi, wmi.watch("SELECT * FROM Win32_ProcessTrace", timeout=20) as watch:
        own: list[wmix.CimInstance] = []
        # A process that began before the subscription was in force is not told of: then another one is begun.
        while not own:
            with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
                own = [event for event in watch.next_batch(1000, 1.5) if event["ProcessID"] == process.pid]
        own += [next(event for event in watch if event["ProcessID"] == process.pid)]
    started, stopped = own
    assert (started.class_name_, started["ProcessName"]) == ("Win32_ProcessStartTrace", "cat")
    assert stopped.class_name_ == "Win32_ProcessStopTrace"
