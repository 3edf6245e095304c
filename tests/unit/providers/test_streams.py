"""Streams of providers make what is wanted and little more, whatever a row takes."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from wmix.config import Limits, Settings, Timeouts
from wmix.port.demand import octets_of
from wmix.providers.host import ProviderHost
from wmix.providers.streams import CHUNK, LONGEST, close_stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

GUARD = 20.0
SAMPLED = 16


class Wanted:
    """A demand that a test sets; what was given comes off it only when the test says so."""

    def __init__(self, rows: int, octets: int, awaited: int = 1) -> None:
        self.rows = rows
        self.octets = octets
        self.awaited = awaited
        self.given: list[int] = []

    def wanted(self, given: int) -> tuple[int, int]:
        self.given.append(given)
        return self.rows, self.octets


class Source:
    """A provider of rows of some size, of either kind; counts what it has made."""

    def __init__(self, size: int, kind: str) -> None:
        self.made = 0
        self._size = size
        self._kind = kind

    def open(self) -> Any:
        return self._plain() if self._kind == "plain" else self._asynchronous()

    def _row(self) -> dict[str, object]:
        self.made += 1
        return {"Text": "x" * self._size + str(self.made)}

    def _plain(self) -> Iterator[dict[str, object]]:
        while True:
            yield self._row()

    async def _asynchronous(self) -> AsyncIterator[dict[str, object]]:
        while True:
            yield self._row()


async def quiet(where: ProviderHost) -> None:
    """Wait until neither a thread nor the loop has anything to do."""
    for _ in range(5):
        await asyncio.sleep(0)
        while where.workers.active:  # noqa: ASYNC110 - nobody else is told
            await asyncio.sleep(0)


async def idle_after(source: Source, demand: Wanted | None, lists: int) -> int:
    """How many rows *source* has made when so many lists were taken, and nobody reads any more."""
    where = ProviderHost(Settings(limits=Limits(provider_threads=2)))
    stream = where.stream(source.open(), "rows", demand)
    taken = 0
    for _ in range(lists):
        taken += len(await anext(stream))
    await quiet(where)
    made = source.made
    await close_stream(stream)
    assert taken <= made
    return made


def run(body: Any) -> Any:
    return asyncio.run(asyncio.wait_for(body, GUARD))


@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
@pytest.mark.parametrize("size", [100, 1000, 10_000])
def test_a_stream_makes_no_more_than_the_octets_that_are_wanted(kind: str, size: int) -> None:
    octets = 20_000
    made = run(idle_after(Source(size, kind), Wanted(1000, octets), 1))
    row = octets_of({"Text": "x" * size})
    assert made <= max(octets // row + 2, CHUNK if size == 100 else 0)
    assert made >= min(octets // row, CHUNK // 4)


@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
def test_a_stream_makes_no_more_than_the_rows_that_are_wanted(kind: str) -> None:
    assert run(idle_after(Source(10, kind), Wanted(7, 1 << 20), 1)) <= 8


@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
def test_one_row_comes_however_large_it_is(kind: str) -> None:
    assert run(idle_after(Source(1 << 20, kind), Wanted(1, 1), 3)) <= 4


@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
def test_rows_that_grow_on_the_way_are_noticed(kind: str) -> None:
    class Growing(Source):
        def _row(self) -> dict[str, object]:
            self.made += 1
            return {"Text": "x" * (10 if self.made < 10 else 10_000)}

    made = run(idle_after(Growing(0, kind), Wanted(1000, 30_000), 1))
    assert made <= 10 + 2 * SAMPLED


@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
def test_a_demand_is_told_how_many_rows_were_given(kind: str) -> None:
    demand = Wanted(5, 1 << 20)
    run(idle_after(Source(10, kind), demand, 3))
    assert demand.given[0] == 0
    assert demand.given == sorted(demand.given)
    assert demand.given[-1] >= 5


@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
def test_without_a_demand_lists_are_as_long_as_they_may_be(kind: str) -> None:
    assert run(idle_after(Source(10_000, kind), None, 1)) >= CHUNK // 4


async def steps(count: int, demand: Wanted) -> int:
    """How many steps on a thread it takes to read *count* rows, for a reader who waits from the first row on."""
    where = ProviderHost(Settings(limits=Limits(provider_threads=2)))
    begun = 0
    start = where.workers.start

    def counting(*args: Any) -> Any:
        nonlocal begun
        begun += 1
        return start(*args)

    where.workers.start = counting  # type: ignore[assignment,method-assign]
    awaited, demand.awaited = demand.awaited, 0

    def rows() -> Iterator[int]:
        for number in range(count):
            demand.awaited = awaited  # the reader comes when the step has begun
            yield number

    found: list[Any] = [number async for part in where.stream(rows(), "rows", demand) for number in part]
    assert found == list(range(count))
    return begun


@pytest.mark.parametrize(
    ("awaited", "count", "expected"),
    [(0, 300, 3), (1, 300, 3), (300, 299, 1), (10_000, LONGEST - 1, 1), (10_000, LONGEST + 1, 2)],
)
def test_a_reader_who_waits_for_many_rows_has_them_in_one_step(awaited: int, count: int, expected: int) -> None:
    assert run(steps(count, Wanted(1000, 1 << 20, awaited))) == expected


@pytest.mark.parametrize("awaited", [0, 1, 2, 1000])
def test_a_row_comes_although_the_next_ones_that_are_wanted_do_not(awaited: int) -> None:
    async def body() -> None:
        more, again = threading.Event(), threading.Event()

        def slow() -> Iterator[int]:
            yield 1
            more.wait(GUARD)
            yield 2
            again.wait(GUARD)
            yield 3

        stream: Any = ProviderHost(Settings()).stream(slow(), "slow", Wanted(1000, 1 << 20, awaited))
        assert list(await anext(stream)) == [1]
        waiting = asyncio.ensure_future(anext(stream))
        # Longer than rows may wait for others: the reader waits for the very next row by now.
        await asyncio.wait({waiting}, timeout=0.05)
        more.set()
        assert list(await waiting) == [2]
        again.set()
        assert [list(rows) async for rows in stream] == [[3]]

    run(body())


def test_a_generator_that_was_left_to_itself_is_closed_when_it_goes_on() -> None:
    async def body() -> None:
        reached, more, closed = threading.Event(), threading.Event(), threading.Event()

        def stuck() -> Iterator[int]:
            try:
                yield 1
                reached.set()
                more.wait(GUARD)
                yield 2
            finally:
                closed.set()

        where = ProviderHost(Settings(timeouts=Timeouts(provider_close=0.01)))
        generator = stuck()  # kept: nothing is closed because it was collected
        stream: Any = where.stream(generator, "stuck", Wanted(1000, 1 << 20, 1000))
        assert list(await anext(stream)) == [1]
        assert await asyncio.to_thread(reached.wait, GUARD)
        await close_stream(stream)
        assert not closed.is_set()
        more.set()
        assert await asyncio.to_thread(closed.wait, GUARD)

    run(body())


@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
def test_rows_that_are_not_accepted_are_told_to_the_demand_as_given(kind: str) -> None:
    async def body() -> None:
        demand = Wanted(5, 1 << 20)
        stream = ProviderHost(Settings()).stream(
            Source(10, kind).open(), "rows", demand, lambda row: row if row["Text"].endswith("00") else None
        )
        for ending in ("100", "200", "300"):
            assert [row["Text"][10:] for row in await anext(stream)] == [ending]
        assert demand.given == sorted(demand.given)
        assert demand.given[-1] >= 290, "of so many rows few are left"
        await close_stream(stream)

    run(body())
