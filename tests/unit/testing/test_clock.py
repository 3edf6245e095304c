from __future__ import annotations

import asyncio
import os
import threading
import time
from typing import TYPE_CHECKING

import pytest

from wmix.testing.clock import Stalled, VirtualLoop, run_virtual

if TYPE_CHECKING:
    from collections.abc import Callable


def _loop() -> VirtualLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop


def test_a_sleep_of_a_day_takes_no_time() -> None:
    async def sleeps() -> float:
        await asyncio.sleep(86_400 * 3)
        return _loop().time()

    began = time.monotonic()
    assert run_virtual(sleeps) == pytest.approx(86_400 * 3)
    assert time.monotonic() - began < 5


def test_timers_come_in_the_order_of_their_times() -> None:
    async def several() -> list[float]:
        seen: list[float] = []

        async def one(delay: float) -> None:
            await asyncio.sleep(delay)
            seen.append(_loop().time())

        await asyncio.gather(*(one(delay) for delay in (5.0, 0.1, 300.0, 0.0, 5.0)))
        return seen

    assert run_virtual(several) == pytest.approx([0.0, 0.1, 5.0, 5.0, 300.0])


def test_the_clock_stands_still_while_callbacks_run() -> None:
    async def computes() -> float:
        until = time.monotonic() + 0.02
        while time.monotonic() < until:
            pass
        await asyncio.sleep(0)
        return _loop().time()

    assert run_virtual(computes) == 0.0


def test_a_timeout_ends_a_wait_for_what_never_comes() -> None:
    async def waits() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(60):
                await asyncio.Event().wait()
        return _loop().time()

    assert run_virtual(waits) == pytest.approx(60)


def test_a_descriptor_wakes_the_loop() -> None:
    async def reads() -> bytes:
        ends = os.pipe()
        seen: asyncio.Future[bytes] = _loop().create_future()

        def read() -> None:
            seen.set_result(os.read(ends[0], 10))
            _loop().remove_reader(ends[0])

        _loop().add_reader(ends[0], read)
        writer = threading.Thread(target=os.write, args=(ends[1], b"here"))
        writer.start()
        try:
            return await seen
        finally:
            writer.join()
            for end in ends:
                os.close(end)

    assert run_virtual(reads) == b"here"


def test_another_thread_wakes_the_loop() -> None:
    async def told() -> str:
        loop, seen = _loop(), asyncio.get_running_loop().create_future()
        thread = threading.Thread(target=loop.call_soon_threadsafe, args=(seen.set_result, "told"))
        thread.start()
        result: str = await seen
        thread.join()
        return result

    assert run_virtual(told) == "told"


def test_a_timer_waits_for_work_that_is_busy() -> None:
    async def works() -> tuple[str, float]:
        loop = _loop()
        busy, go, seen = threading.Event(), threading.Event(), loop.create_future()
        busy.set()
        loop.busy = busy.is_set

        def work() -> None:
            go.wait(10)
            loop.call_soon_threadsafe(seen.set_result, "worked")
            busy.clear()

        thread = threading.Thread(target=work)
        thread.start()
        loop.call_later(0.02, go.set)
        async with asyncio.timeout(3600):
            result: str = await seen
        thread.join()
        return result, loop.time()

    result, at = run_virtual(works)
    assert result == "worked"
    assert 0.02 <= at < 60


def test_a_result_handed_over_after_the_work_ended_comes_before_the_jump() -> None:
    """Worker threads free themselves first and report then; the clock must not jump in between."""

    async def works() -> float:
        loop = _loop()
        active = [0]
        loop.busy = lambda: active[0] > 0

        def work(seen: asyncio.Future[None]) -> None:
            active[0] -= 1
            loop.call_soon_threadsafe(seen.set_result, None)

        for _ in range(50):
            seen: asyncio.Future[None] = loop.create_future()
            active[0] += 1
            thread = threading.Thread(target=work, args=(seen,))
            thread.start()
            async with asyncio.timeout(3600):
                await seen
            thread.join()
        return loop.time()

    assert run_virtual(works) < 60


def test_an_executor_holds_the_clock_until_its_result_is_there() -> None:
    async def works() -> tuple[int, float]:
        async with asyncio.timeout(1000):
            result = await asyncio.to_thread(sum, range(200_000))
        return result, _loop().time()

    result, at = run_virtual(works)
    assert result == sum(range(200_000))
    assert at < 60


def test_an_executor_that_fails_lets_the_clock_go() -> None:
    async def fails() -> float:
        with pytest.raises(ZeroDivisionError):
            await _loop().run_in_executor(None, divmod, 1, 0)
        await asyncio.sleep(5000)
        return _loop().time()

    assert run_virtual(fails) >= 5000


def test_a_block_in_real_time_does_not_jump() -> None:
    async def sleeps() -> tuple[float, float]:
        loop = _loop()
        began = time.monotonic()
        with loop.in_real_time():
            await asyncio.sleep(0.03)
        took = time.monotonic() - began
        return took, loop.time()

    took, at = run_virtual(sleeps)
    assert took >= 0.025
    assert at == pytest.approx(0.03, abs=0.5)


def test_waiting_for_nothing_is_reported_with_the_waiting_task() -> None:
    async def waits_for_ever() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Stalled, match=r"no timer(?s:.*)waits_for_ever at .*test_clock\.py:\d+"):
        run_virtual(waits_for_ever, guard=0.05)


def test_work_that_never_ends_is_reported() -> None:
    async def waits() -> None:
        _loop().busy = lambda: True
        try:
            await asyncio.sleep(1000)
        finally:
            _loop().busy = None

    with pytest.raises(Stalled, match="does not end"):
        run_virtual(waits, guard=0.05)


def test_a_loop_with_no_task_says_so() -> None:
    loop = VirtualLoop(guard=0.02)
    try:
        with pytest.raises(Stalled, match="no task"):
            loop.run_forever()
    finally:
        loop.close()


def test_busy_can_be_given_and_read() -> None:
    def never() -> bool:
        return False

    async def reads() -> Callable[[], bool] | None:
        await asyncio.sleep(100)
        return _loop().busy

    assert run_virtual(reads, busy=never) is never


def test_the_fixture_runs_a_function(virtual_run: Callable[..., object]) -> None:
    async def add(left: int, right: int) -> int:
        await asyncio.sleep(10)
        return left + right

    assert virtual_run(add, 1, 2) == 3


def test_the_loop_fixture_is_virtual(virtual_loop: VirtualLoop) -> None:
    virtual_loop.run_until_complete(asyncio.sleep(77))
    assert virtual_loop.time() == pytest.approx(77)
