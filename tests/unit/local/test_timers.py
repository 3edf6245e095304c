"""``__TimerEvent`` from instructions in the repository, and the clocks' modifications (brief 7.2)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from unit.local.permanent.subscribing import Machine
from unit.local.subscriptions.watching import read
from unit.local.systems import SEMI
from wmix.cim.datetime import CimDateTime
from wmix.local import timers
from wmix.port.requests import ExecNotificationQuery
from wmix.providers.registration import EventDefinition
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from wmix.engine.calls.enumerator import Enumerator
    from wmix.port.events import EventRequest
    from wmix.repository.memory import MemoryRepository

#: 2024-01-01 00:00 UTC.
NEW_YEAR = 1704067200.0
PLACE = "root\\t"


async def start(repository: MemoryRepository | None = None, at: float = NEW_YEAR) -> Machine:
    """A machine whose clock shows *at* now, and goes as fast as the loop's."""
    machine = await Machine.start(repository=repository, subscriptions=False)
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def source(request: EventRequest) -> AsyncIterator[dict[str, object]]:
        rows = timers.timer_rows(machine.system, request.namespace, lambda: at + loop.time() - began)
        try:
            async for row in rows:
                yield row
        finally:
            await rows.aclose()

    machine.system.registry.add_everywhere(
        EventDefinition("__TimerEvent", source, namespace="root", properties=None, parent="__Event", name="timers")
    )
    return machine


def on_machine(test: Callable[[Machine], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        machine = await start()
        await test(machine)
        await machine.close()

    run_virtual(main)


async def watch(machine: Machine, where: str = "") -> Enumerator:
    query = f"SELECT * FROM __TimerEvent{where}"
    return await machine.services(PLACE).subscribe(ExecNotificationQuery(query=query, flags=SEMI))


def now() -> float:
    return asyncio.get_running_loop().time()


def shown(seconds: float) -> CimDateTime:
    return CimDateTime.from_timestamp(NEW_YEAR + seconds, 0)


def test_an_interval_timer_fires_again_and_again_for_those_who_ask_for_it() -> None:
    async def test(machine: Machine) -> None:
        await machine.put("__IntervalTimerInstruction", PLACE, TimerId="two", IntervalBetweenEvents=2000)
        await machine.put("__IntervalTimerInstruction", PLACE, TimerId="three", IntervalBetweenEvents=3000)
        handle = await watch(machine, ' WHERE TimerId = "two"')
        began = now()
        for number in range(1, 4):
            (event,) = await read(handle, 1, 10)
            assert (event["TimerId"], event["NumFirings"]) == ("two", 1)
            assert round(now() - began, 3) == 2 * number
        assert event["TIME_CREATED"] > 0

    on_machine(test)


def test_timers_follow_what_is_written() -> None:
    async def test(machine: Machine) -> None:
        handle = await watch(machine)
        await asyncio.sleep(10)
        path = await machine.put("__IntervalTimerInstruction", PLACE, TimerId="t", IntervalBetweenEvents=1000)
        assert len(await read(handle, 2, 2.5)) == 2
        await machine.put("__IntervalTimerInstruction", PLACE, TimerId="t", IntervalBetweenEvents=5000)
        assert await read(handle, 1, 4.5) == []
        assert len(await read(handle, 1, 1)) == 1
        await machine.delete(path, PLACE)
        assert await read(handle, 1, 100) == []
        # Timers of other namespaces are nobody's concern here.
        await machine.put("__IntervalTimerInstruction", "root", TimerId="t", IntervalBetweenEvents=1000)
        assert await read(handle, 1, 100) == []

    on_machine(test)


def test_timers_run_only_while_somebody_subscribes() -> None:
    async def test(machine: Machine) -> None:
        await machine.put("__IntervalTimerInstruction", PLACE, TimerId="t", IntervalBetweenEvents=1000)
        handle = await watch(machine)
        assert machine.system.subscriptions.feeds == 1
        handle.release()
        await asyncio.sleep(1)
        assert machine.system.subscriptions.feeds == 0

    on_machine(test)


def test_a_loop_that_was_busy_has_its_firings_counted() -> None:
    async def test(machine: Machine) -> None:
        await machine.put("__IntervalTimerInstruction", PLACE, TimerId="t", IntervalBetweenEvents=1000)
        handle = await watch(machine)
        await asyncio.sleep(0.5)
        asyncio.get_running_loop()._clock.now += 5  # type: ignore[attr-defined]
        (event,) = await read(handle, 1, 0.1)
        assert event["NumFirings"] == 5

    on_machine(test)


def test_an_absolute_timer_fires_once_whoever_starts_anew() -> None:
    async def main() -> None:
        machine = await start()
        await machine.put("__AbsoluteTimerInstruction", PLACE, TimerId="t", EventDateTime=shown(100))
        handle = await watch(machine)
        began = now()
        (event,) = await read(handle, 1, 200)
        assert (event["TimerId"], event["NumFirings"]) == ("t", 1)
        assert round(now() - began) == 100
        repository = machine.repository
        close, repository.close = repository.close, lambda: asyncio.sleep(0)  # type: ignore[method-assign]
        await machine.close()
        repository.close = close  # type: ignore[method-assign]
        machine = await start(repository, NEW_YEAR + 500)
        handle = await watch(machine)
        assert await read(handle, 1, 100) == []
        # A new time is a new timer.
        await machine.put("__AbsoluteTimerInstruction", PLACE, TimerId="t", EventDateTime=shown(650))
        assert len(await read(handle, 1, 100)) == 1
        await machine.delete('__AbsoluteTimerInstruction.TimerId="t"', PLACE)
        await asyncio.sleep(1)
        assert await repository.count(PLACE, "__TimerNextFiring") == 0
        await machine.close()

    run_virtual(main)


def test_a_time_that_passed_without_anybody_there_is_told_unless_it_is_skipped() -> None:
    async def test(machine: Machine) -> None:
        for name, skip in (("late", False), ("skipped", True)):
            await machine.put(
                "__AbsoluteTimerInstruction", PLACE, TimerId=name, EventDateTime=shown(-100), SkipIfPassed=skip
            )
        handle = await watch(machine)
        assert [event["TimerId"] for event in await read(handle, 10, 10)] == ["late"]
        assert await machine.repository.count(PLACE, "__TimerNextFiring") == 2

    on_machine(test)
