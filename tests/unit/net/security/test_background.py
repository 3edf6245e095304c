"""Blocking calls beside the loop: results, errors, bounds, and who is left behind."""

from __future__ import annotations

import asyncio
import threading

import pytest

from wmix.errors import AuthError
from wmix.net.security.background import MOST_CALLS, in_background


def test_a_call_runs_on_a_thread_that_holds_nothing_up() -> None:
    thread = asyncio.run(in_background(threading.current_thread))
    assert thread is not threading.current_thread()
    assert thread.daemon


def test_what_a_call_raises_is_raised_where_it_is_awaited() -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(in_background(lambda: 1 // 0))


def test_a_call_that_has_ended_makes_room() -> None:
    async def run() -> int:
        return sum([await in_background(lambda: 1) for _ in range(MOST_CALLS + 10)])

    assert asyncio.run(run()) == MOST_CALLS + 10


def test_there_is_a_most_of_calls_at_once_and_waiting_can_end_before_them() -> None:
    hold = threading.Event()

    async def run() -> None:
        waiting = [asyncio.ensure_future(in_background(lambda: hold.wait(60))) for _ in range(MOST_CALLS)]
        await asyncio.sleep(0)
        with pytest.raises(AuthError, match="wait for an answer already"):
            await in_background(lambda: None)
        waiting[0].cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting[0]
        hold.set()
        assert all(await asyncio.gather(*waiting[1:]))

    asyncio.run(run())


def test_a_call_that_is_left_behind_disturbs_nobody() -> None:
    """Its loop is closed when it ends."""
    hold, ended = threading.Event(), threading.Event()

    def call() -> None:
        hold.wait(60)
        ended.set()

    async def run() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await in_background(call)

    asyncio.run(run())
    hold.set()
    assert ended.wait(60)
