"""Streams behind the handles: what waits for its reader, and what a cancelled one lets go of."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from unit.engine.fakes import FakeRemote, Gated, batch, engine_over, ids, settings
from wmix.cim.instances import CimInstance
from wmix.client.handles import AsyncQuery
from wmix.client.streams import LazyStream, SemisyncStream, SinkStream
from wmix.errors import DeadlineExceeded
from wmix.port.caller import Caller
from wmix.port.flags import WBEM_FLAG_FORWARD_ONLY, WBEM_FLAG_RETURN_IMMEDIATELY
from wmix.port.requests import ExecQuery
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wmix.client.streams import Stream, Taken
    from wmix.engine.services import Services
    from wmix.port.batch import Batch

REQUEST = ExecQuery(query="q")
FORWARD = WBEM_FLAG_RETURN_IMMEDIATELY | WBEM_FLAG_FORWARD_ONLY


def services_of(script: object, **limits: int) -> Services:
    return engine_over(FakeRemote(script), settings(**limits)).services("r", Caller("me"))  # type: ignore[arg-type]


def taken(found: Taken) -> list[int]:
    return ids([item for part in found.batches for item in part.objects()])


class Endless:
    """Objects without end, one a step, counted."""

    def __init__(self) -> None:
        self.given = 0
        self.stopped = False

    async def __call__(self) -> AsyncIterator[Batch]:
        try:
            while True:
                self.given += 1
                yield batch(self.given)
        finally:
            self.stopped = True


def test_a_full_queue_holds_the_delivery_back_until_its_reader_reads() -> None:
    async def body() -> None:
        source = Endless()
        stream = SinkStream(services_of(source, batch_objects=1, buffer_objects=1), REQUEST, None, 3)
        await asyncio.sleep(1)
        assert stream._held == 3
        ahead = source.given
        assert ahead < 10
        assert taken(await stream.take(None, 2)) == [1, 2]
        await asyncio.sleep(1)
        assert source.given == ahead + 2
        assert taken(await stream.take(None, 9)) == [3, 4, 5]
        stream.cancel()

    run_virtual(body)


def test_a_whole_portion_that_is_larger_than_the_queue_is_what_the_queue_holds() -> None:
    async def body() -> None:
        stream = SinkStream(services_of(Endless()), REQUEST, None, 3)
        assert len(taken(await stream.take(None, 50, whole=True))) >= 3
        stream.cancel()

    run_virtual(body)


def test_a_cancelled_delivery_stops_its_source_although_it_was_held_back() -> None:
    async def body() -> None:
        source = Endless()
        stream = SinkStream(services_of(source), REQUEST, None, 3)
        await asyncio.sleep(1)
        stream.cancel()
        await asyncio.sleep(1)
        assert source.stopped
        assert stream.take_now(1) is None
        assert taken(await stream.take(0, 9)) == []

    run_virtual(body)


def test_a_portion_takes_batches_apart_and_keeps_the_rest() -> None:
    async def body() -> None:
        script = Gated()
        stream = SinkStream(services_of(script), REQUEST, None, 100)
        script.give(1, 2, 3)
        script.give(4, 5)
        await asyncio.sleep(1)
        assert stream.take_now(6) is None
        for expected in ([1, 2], [3, 4], [5]):
            found = stream.take_now(len(expected))
            assert found is not None
            assert taken(found) == expected
        script.end()
        last = await stream.take(None, 1)
        assert (last.returned, last.exhausted) == (0, True)

    run_virtual(body)


def test_a_stream_that_is_opened_late_is_opened_within_the_time_of_one_read() -> None:
    async def body() -> None:
        async def never() -> Stream:
            await asyncio.get_running_loop().create_future()
            raise AssertionError

        loop = asyncio.get_running_loop()
        found = await LazyStream(never).take(3, 1)
        assert (found.returned, found.exhausted) == (0, False)
        assert loop.time() == pytest.approx(3)

    run_virtual(body)


def test_a_stream_that_is_cancelled_while_it_is_opened_runs_nothing() -> None:
    async def body() -> None:
        source = Endless()
        services = services_of(source)
        opened = asyncio.Event()

        async def late() -> Stream:
            await opened.wait()
            return SemisyncStream(services.open(REQUEST))

        stream = LazyStream(late)
        reading = asyncio.ensure_future(stream.take(None, 1))
        await asyncio.sleep(1)
        stream.cancel()
        opened.set()
        found = await reading
        assert (found.returned, found.exhausted) == (0, True)
        await asyncio.sleep(1)
        assert services.engine.calls == set()

    run_virtual(body)


def test_a_wait_without_progress_cancels_the_call() -> None:
    async def body() -> None:
        script = Gated()
        services = services_of(script)
        handle: AsyncQuery[CimInstance] = AsyncQuery(
            SemisyncStream(services.open(REQUEST.replace(flags=0x10))),
            make=CimInstance,
            convert=None,
            timeout=5,
            batch=None,
            what="q",
        )
        script.give(1)
        with pytest.raises(DeadlineExceeded):
            await handle.list()
        await asyncio.sleep(1)
        assert services.engine.calls == set()

    run_virtual(body)


def test_a_stream_that_was_read_to_its_end_has_let_go_of_it_on_the_loop() -> None:
    async def body() -> None:
        script = Gated()
        services = services_of(script)
        stream = SemisyncStream(services.open(ExecQuery(query="q", flags=FORWARD)))
        script.give(1, 2)
        assert taken(await stream.take(None, 2)) == [1, 2]
        script.end()
        assert (await stream.take(None, 2)).exhausted
        assert not stream._enumerator._results.has_readers
        again = await stream.take(None, 2)
        assert (again.exhausted, again.returned, again.error) == (True, 0, None)
        assert stream.take_now(1) is None

    run_virtual(body)
