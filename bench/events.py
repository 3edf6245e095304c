"""What events cost: one writer, ten subscribers, as ratios and differences in one run: ``make bench``.

``--seconds`` sets how long the steady stream lasts (a minute by default).  Ten thousand events a second go to ten
subscribers; nothing may be lost and memory has to stay flat.  The rate is compared with the least that could be done
instead: one task that puts objects into ten bare queues, each with a reader.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any

from measure import Line, alternate, table

import wmix

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from wmix.port.events import EventRequest

SUBSCRIBERS = 10
RATE = 10_000
EVENTS = 20_000
PROPERTIES = {"Number": "uint64", "Tone": "string"}
PART = "class Bench_Part { [key] string Id; uint32 Num; };"
PARTS = "SELECT * FROM __InstanceOperationEvent WHERE TargetInstance ISA 'Bench_Part'"
#: Writes of one measurement of latency.
WRITES = 300


def ring(number: int) -> dict[str, object]:
    """One event."""
    return {"Number": number, "Tone": "c"}


def flood(count: int) -> Any:
    """A source of *count* events, as fast as it can; it lets others run after each hundred."""

    @wmix.events("Bench_Ring", properties=PROPERTIES)
    async def rings(request: EventRequest) -> AsyncIterator[Mapping[str, object]]:
        del request
        for number in range(count):
            yield ring(number)
            if number % 100 == 99:
                await asyncio.sleep(0)
        await asyncio.get_running_loop().create_future()

    return rings


def steady(seconds: float) -> Any:
    """A source of RATE events a second, a hundred at a time, by the clock."""

    @wmix.events("Bench_Ring", properties=PROPERTIES)
    async def rings(request: EventRequest) -> AsyncIterator[Mapping[str, object]]:
        del request
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number in range(int(seconds * RATE)):
            if number % 100 == 0:
                await asyncio.sleep(max(0.0, began + number / RATE - loop.time()))
            yield ring(number)
        await asyncio.get_running_loop().create_future()

    return rings


async def read(handle: Any, count: int) -> int:
    """Take *count* events as objects; how many came."""
    taken = 0
    while taken < count:
        events = await handle.next_batch(min(100, count - taken), 5.0)
        if not events:
            return taken
        taken += len(events)
    return taken


async def engine(count: int) -> None:
    """*count* events to every subscriber, through the engine."""
    async with wmix.AsyncClient(repository=":memory:", providers=[flood(count)]) as wmi:
        handles = [wmi.watch("SELECT * FROM Bench_Ring", max_queue=count) for _ in range(SUBSCRIBERS)]
        taken = await asyncio.gather(*[read(handle, count) for handle in handles])
        if set(taken) != {count}:
            raise SystemExit(f"events were lost: {taken}")


async def bare(count: int) -> None:
    """The same through bare queues: one object for all, no conditions, no bounds to tell of."""
    queues: list[asyncio.Queue[dict[str, object]]] = [asyncio.Queue() for _ in range(SUBSCRIBERS)]

    async def write() -> None:
        for number in range(count):
            event = ring(number)
            for queue in queues:
                queue.put_nowait(event)
            if number % 100 == 99:
                await asyncio.sleep(0)

    async def take(queue: asyncio.Queue[dict[str, object]]) -> None:
        for _ in range(count):
            await queue.get()

    await asyncio.gather(write(), *[take(queue) for queue in queues])


def ratio() -> list[Line]:
    """The engine beside bare queues, in CPU time."""
    times = alternate(
        {"bare": lambda: asyncio.run(bare(EVENTS)), "engine": lambda: asyncio.run(engine(EVENTS))}, rounds=3
    )
    deliveries = EVENTS * SUBSCRIBERS
    return [
        Line("bare queue, per event and subscriber", times["bare"] / deliveries * 1e6, "us"),
        Line("an event, per subscriber", times["engine"] / deliveries * 1e6, "us"),
        Line("events beside bare queues", times["engine"] / times["bare"], "times", 4.0),
    ]


def memory() -> float:
    """Megabytes of this process that are in memory."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def stream(seconds: float) -> list[Line]:
    """A steady stream: what was lost, and how memory grew after the first sixth."""

    async def main() -> tuple[int, int, float, float]:
        count = int(seconds * RATE)
        async with wmix.AsyncClient(repository=":memory:", providers=[steady(seconds)]) as wmi:
            handles = [wmi.watch("SELECT * FROM Bench_Ring") for _ in range(SUBSCRIBERS)]
            tasks = [asyncio.ensure_future(read(handle, count)) for handle in handles]
            began, worked = time.perf_counter(), time.process_time()
            await asyncio.sleep(seconds / 6)
            early = memory()
            taken = await asyncio.gather(*tasks)
            share = (time.process_time() - worked) / (time.perf_counter() - began)
            lost = SUBSCRIBERS * count - sum(taken)
            return lost, sum(handle.dropped for handle in handles), memory() - early, share

    lost, dropped, grown, share = asyncio.run(main())
    what = f"{RATE:,} events/s to {SUBSCRIBERS} subscribers for {seconds:g} s"
    return [
        Line(f"{what}: lost", lost, "events", 0),
        Line(f"{what}: dropped", dropped, "events", 0),
        Line(f"{what}: memory grew by", grown, "MB", 5.0),
        Line(f"{what}: share of one core", share, "", 1.0),
    ]


def latency(repository: str) -> float:
    """Milliseconds from the begin of a put to its event, median, by the clock."""

    async def main() -> float:
        async with wmix.AsyncClient(repository=repository) as wmi:
            await wmi.compile(PART)
            handle = wmi.watch(PARTS)
            part: Any = (await wmi.cls("Bench_Part")).spawn_()
            times = []
            for number in range(WRITES):
                part.Id, part.Num = f"p{number % 10}", number
                began = time.perf_counter()
                reader = asyncio.ensure_future(handle.next_batch(1, 5.0))
                await wmi.put(part)
                await reader
                times.append(time.perf_counter() - began)
            return statistics.median(times) * 1000

    return asyncio.run(main())


def polled(within: float) -> float:
    """Latency of a polled change in parts of WITHIN: at most one, and a half in the mean."""
    changed = 0.0
    value = 0

    @wmix.provider("Bench_Gauge", keys=("Name",), properties={"Value": "uint32"})
    async def gauge(request: object) -> AsyncIterator[Mapping[str, object]]:
        del request
        yield {"Name": "it", "Value": value}

    async def main() -> float:
        nonlocal changed, value
        query = f"SELECT * FROM __InstanceModificationEvent WITHIN {within} WHERE TargetInstance ISA 'Bench_Gauge'"
        async with wmix.AsyncClient(repository=":memory:", providers=[gauge]) as wmi:
            handle = wmi.watch(query)
            await handle.next_batch(1, within / 2)
            times = []
            for turn in range(20):
                await asyncio.sleep(within * (turn % 5) / 5)
                value += 1
                changed = time.perf_counter()
                await handle.next_batch(1, 5.0)
                times.append(time.perf_counter() - changed)
            return statistics.mean(times) / within

    return asyncio.run(main())


def latencies(folder: str) -> list[Line]:
    """Of intrinsic events from the repository, and of polled ones beside their interval."""
    return [
        Line("put and its event, repository in memory", latency(":memory:"), "ms"),
        Line("put and its event, repository in a file", latency(os.path.join(folder, "events.sqlite")), "ms"),
        Line("a polled change, beside WITHIN", polled(0.2), "times", 1.1),
    ]


def main() -> int:
    """Measure, print; 1 when an aim is missed."""
    import tempfile

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the steady stream lasts")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lines = [*ratio(), *latencies(folder), *stream(arguments.seconds)]
    sys.stdout.write(table(lines) + "\n")
    return int(any(line.verdict == "missed" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
