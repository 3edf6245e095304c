"""The provider host: streams of lists from both kinds of generator, their first row at once, and their end in time."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from wmix.config import Limits, Settings, Timeouts
from wmix.providers.host import ProviderHost
from wmix.providers.streams import CHUNK, close_stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

GUARD = 20.0


def run(body: Any) -> None:
    asyncio.run(asyncio.wait_for(body(), GUARD))


def host(**timeouts: float) -> ProviderHost:
    return ProviderHost(Settings(limits=Limits(provider_threads=4), timeouts=Timeouts(**timeouts)))


async def collect(stream: Any) -> list[list[Any]]:
    return [list(rows) async for rows in stream]


async def idle(where: ProviderHost) -> None:
    """Wait until no worker thread has a job; each tells the loop of its end."""
    while where.workers.active:  # noqa: ASYNC110 - nobody else is told
        await asyncio.sleep(0)


async def asynchronous(count: int) -> AsyncIterator[dict[str, int]]:
    for i in range(count):
        yield {"i": i}


def plain(count: int) -> Iterator[dict[str, int]]:
    for i in range(count):
        yield {"i": i}


@pytest.mark.parametrize("kind", [asynchronous, plain])
@pytest.mark.parametrize("count", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2500])
def test_every_row_comes_once_and_in_order(kind: Any, count: int) -> None:
    async def body() -> None:
        lists = await collect(host().stream(kind(count), "rows"))
        assert [row["i"] for rows in lists for row in rows] == list(range(count))
        assert all(lists), "no list is empty"

    run(body)


def test_any_iterable_serves_and_anything_else_is_refused() -> None:
    async def body() -> None:
        class Endless:
            def __aiter__(self) -> Any:
                return asynchronous(3)

        assert await collect(host().stream([{"i": 1}], "list")) == [[{"i": 1}]]
        assert [len(rows) for rows in await collect(host().stream(Endless(), "iterable"))] == [3]
        with pytest.raises(TypeError, match="returned int"):
            host().stream(3, "number")

    run(body)


def test_rows_of_a_thread_travel_in_lists_and_not_one_by_one() -> None:
    async def body() -> None:
        lists = await collect(host().stream(plain(5000), "rows"))
        assert len(lists) < 50

    run(body)


def test_the_first_row_does_not_wait_for_the_second() -> None:
    async def body() -> None:
        more = threading.Event()

        def slow() -> Iterator[int]:
            yield 1
            more.wait(GUARD)
            yield 2

        stream: Any = host().stream(slow(), "slow")
        assert list(await anext(stream)) == [1]
        more.set()
        assert await collect(stream) == [[2]]

    run(body)


@pytest.mark.parametrize("kind", [asynchronous, plain])
def test_what_is_accepted_of_a_row_is_handed_over_and_nothing_else(kind: Any) -> None:
    async def body() -> None:
        def accept(row: dict[str, int]) -> int | None:
            return row["i"] * 2 if row["i"] % 3 == 0 else None

        lists = await collect(host().stream(kind(1000), "rows", accept=accept))
        assert [made for rows in lists for made in rows] == list(range(0, 2000, 6))
        assert all(lists), "no list is empty"

    run(body)


@pytest.mark.parametrize("asynchronous_kind", [True, False])
@pytest.mark.parametrize("fault", [0, 5, 130])
def test_a_row_that_is_not_fit_ends_the_stream_after_those_before_it(asynchronous_kind: bool, fault: int) -> None:
    async def body() -> None:
        closed = asyncio.Event()
        loop = asyncio.get_running_loop()

        async def endless() -> AsyncIterator[int]:
            try:
                for i in range(10**9):
                    yield i
            finally:
                closed.set()

        def endless_plain() -> Iterator[int]:
            try:
                yield from range(10**9)
            finally:
                loop.call_soon_threadsafe(closed.set)

        def accept(number: int) -> int:
            if number == fault:
                raise ValueError("does not fit")
            return number

        stream = host().stream(endless() if asynchronous_kind else endless_plain(), "endless", accept=accept)
        found: list[int] = []
        with pytest.raises(ValueError, match="does not fit"):
            async for rows in stream:
                found += rows
        assert found == list(range(fault))
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        await close_stream(stream)
        await closed.wait()

    run(body)


def test_a_generator_that_fails_while_a_wrong_row_ends_it_is_told_of_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def body() -> None:
        def unruly() -> Iterator[int]:
            try:
                yield 1
            finally:
                raise OSError("not today")

        def refuse(row: int) -> int:
            raise ValueError(f"{row} does not fit")

        with pytest.raises(ValueError, match="1 does not fit"):
            await collect(host().stream(unruly(), "unruly", accept=refuse))

    run(body)
    assert "provider unruly failed while it was closed: OSError('not today')" in caplog.text


@pytest.mark.parametrize("asynchronous_kind", [True, False])
def test_an_error_comes_after_the_rows_before_it(asynchronous_kind: bool) -> None:
    async def body() -> None:
        async def failing() -> AsyncIterator[int]:
            yield 1
            raise OSError("gone")

        def failing_plain() -> Iterator[int]:
            yield 1
            raise OSError("gone")

        stream: Any = host().stream(failing() if asynchronous_kind else failing_plain(), "failing")
        assert list(await anext(stream)) == [1]
        with pytest.raises(OSError, match="gone"):
            await anext(stream)

    run(body)


def test_a_reader_that_does_not_read_holds_no_thread() -> None:
    async def body() -> None:
        where = host()
        streams = [where.stream(plain(10_000), f"s{i}") for i in range(20)]
        assert where.settings.limits.provider_threads < len(streams)
        for stream in streams * 2:
            await anext(stream)
            # The step that gave the first row may go on to its end.
            await idle(where)
        for stream in streams:
            await close_stream(stream)

    run(body)


def test_closing_runs_the_generators_own_clean_up() -> None:
    async def body() -> None:
        closed: list[str] = []

        async def one() -> AsyncIterator[int]:
            try:
                while True:
                    yield 1
            finally:
                closed.append("asynchronous")

        def other() -> Iterator[int]:
            try:
                while True:
                    yield 1
            finally:
                closed.append(threading.current_thread().name)

        for generator in (one(), other()):
            stream = host().stream(generator, "endless")
            await anext(stream)
            await close_stream(stream)
        assert closed == ["asynchronous", "wmix-worker"]

    run(body)


def test_a_provider_that_does_not_stop_is_given_up_and_counted() -> None:
    async def body() -> None:
        release, entered = threading.Event(), threading.Event()

        def stuck() -> Iterator[int]:
            yield 1
            entered.set()
            release.wait(GUARD)
            yield 2

        where = host(provider_close=0.05)
        stream = where.stream(stuck(), "stuck")
        await anext(stream)
        waiting = asyncio.ensure_future(anext(stream))
        assert await asyncio.to_thread(entered.wait, GUARD)
        waiting.cancel()
        await close_stream(stream)
        assert (where.unstoppable, where.workers.detached, where.workers.active) == (1, 1, 0)
        release.set()

    run(body)


def test_functions_run_where_they_belong() -> None:
    async def body() -> None:
        where = host()

        async def coroutine(a: int) -> str:
            return f"{threading.current_thread() is threading.main_thread()} {a}"

        assert await where.run(coroutine, 1) == "True 1"
        assert await where.run(lambda a: (threading.current_thread().name, a), 2) == ("wmix-worker", 2)

    run(body)
