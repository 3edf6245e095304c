"""Worker threads: daemons, reused, bounded; a job that does not return is detached and counted."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from wmix.errors import QuotaExceeded
from wmix.providers.workers import Workers

GUARD = 20.0


def run(body: Any) -> None:
    asyncio.run(asyncio.wait_for(body(), GUARD))


def test_results_and_errors_come_back_to_the_loop() -> None:
    async def body() -> None:
        workers = Workers(2)
        assert await workers.run(lambda: threading.current_thread().name) == "wmix-worker"
        with pytest.raises(ZeroDivisionError):
            await workers.run(lambda: 1 // 0)
        with pytest.raises(RuntimeError, match="StopIteration"):
            await workers.run(lambda: next(iter([])))
        assert workers.active == 0
        workers.close()

    run(body)


def test_threads_are_daemons_and_reused() -> None:
    async def body() -> None:
        workers = Workers(4)
        first = await workers.run(threading.current_thread)
        second = await workers.run(threading.current_thread)
        assert first is second
        assert first.daemon
        workers.close()
        first.join(GUARD)
        assert not first.is_alive()

    run(body)


def test_a_job_beyond_the_limit_is_refused_and_room_comes_back() -> None:
    async def body() -> None:
        workers = Workers(1)
        release = threading.Event()
        busy = asyncio.ensure_future(workers.run(lambda: release.wait(GUARD)))
        await asyncio.sleep(0)
        with pytest.raises(QuotaExceeded, match="all 1"):
            await workers.run(int)
        release.set()
        assert await busy
        assert await workers.run(int) == 0, "the thread is free before its report is heard"
        workers.close()

    run(body)


def test_a_cancelled_wait_detaches_its_job_and_its_place_is_free() -> None:
    async def body() -> None:
        workers = Workers(1)
        release, entered = threading.Event(), threading.Event()

        def stuck() -> None:
            entered.set()
            release.wait(GUARD)

        waiting = asyncio.ensure_future(workers.run(stuck))
        assert await asyncio.to_thread(entered.wait, GUARD)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (workers.detached, workers.active) == (1, 0)
        assert await workers.run(int) == 0, "a new thread takes the place"
        release.set()
        workers.close()

    run(body)


def test_a_job_that_ends_after_its_loop_was_closed_harms_nobody() -> None:
    release, ended = threading.Event(), threading.Event()

    async def body() -> None:
        workers = Workers(1)

        def late() -> None:
            release.wait(GUARD)
            ended.set()

        workers.start(late, lambda result, error: None)

    asyncio.run(body())
    release.set()
    assert ended.wait(GUARD)
