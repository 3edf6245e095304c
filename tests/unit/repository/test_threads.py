"""Threads and turns: bounded, in order, and nobody is forgotten."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import CancelledError

import pytest

from unit.repository.samples import run
from wmix.errors import InvalidOperation, QuotaExceeded, WmiError
from wmix.repository.threads import Crew, Turnstile

#: Seconds that a test waits for what must come at once.
SOON = 10


class Kept:
    """The state of a thread."""

    def __init__(self) -> None:
        self.thread = threading.current_thread()
        self.closed_by: threading.Thread | None = None

    def close(self) -> None:
        self.closed_by = threading.current_thread()


def crew(size: int = 1, *, limit: int = 100, lasting: bool = False) -> tuple[Crew[Kept], list[Kept]]:
    made: list[Kept] = []

    def make() -> Kept:
        made.append(Kept())
        return made[-1]

    return Crew("test", size, make, limit=limit, lasting=lasting), made


def hold(begun: threading.Event, go_on: threading.Event) -> bool:
    """Keep a thread busy."""
    begun.set()
    return go_on.wait(SOON)


def test_a_state_is_made_used_and_closed_on_its_own_thread() -> None:
    workers, made = crew()
    used = [workers.submit(lambda kept: (kept, threading.current_thread())).result(SOON) for _ in range(3)]
    workers.close(SOON)
    assert {state for state, _ in used} == set(made)
    assert {thread for _, thread in used} == {made[0].thread}
    assert made[0].closed_by is made[0].thread


def test_no_thread_is_begun_before_it_is_needed() -> None:
    workers, made = crew(4)
    before = threading.active_count()
    for _ in range(20):
        workers.submit(lambda _: None).result(SOON)
    assert threading.active_count() - before <= 1
    assert len(made) <= 1
    workers.close(SOON)


def test_jobs_run_beside_each_other_up_to_the_size() -> None:
    workers, made = crew(3)
    meeting = threading.Barrier(3)
    jobs = [workers.submit(lambda _: meeting.wait(SOON)) for _ in range(6)]
    assert sorted(job.result(SOON) for job in jobs) == [0, 0, 1, 1, 2, 2]
    assert len(made) == 3
    workers.close(SOON)


def test_too_many_waiting_jobs_are_refused() -> None:
    workers, _ = crew(1, limit=2)
    begun, go_on = threading.Event(), threading.Event()
    first = workers.submit(lambda _: hold(begun, go_on))
    assert begun.wait(SOON)
    waiting = [workers.submit(lambda _: 1) for _ in range(2)]
    with pytest.raises(QuotaExceeded) as caught:
        workers.submit(lambda _: 1)
    assert caught.value.symbol == "WBEM_E_SERVER_TOO_BUSY"
    go_on.set()
    assert [job.result(SOON) for job in waiting] == [1, 1]
    assert first.result(SOON)
    workers.close(SOON)


@pytest.mark.parametrize("lasting", [False, True])
def test_a_cancelled_job_is_dropped_unless_jobs_last(lasting: bool) -> None:
    workers, _ = crew(1, lasting=lasting)
    begun, go_on = threading.Event(), threading.Event()
    done: list[int] = []
    workers.submit(lambda _: hold(begun, go_on))
    assert begun.wait(SOON)
    job = workers.submit(lambda _: done.append(1))
    assert job.cancel() is not lasting
    go_on.set()
    workers.close(SOON)
    assert done == ([1] if lasting else [])
    if not lasting:
        with pytest.raises(CancelledError):
            job.result(SOON)


def test_an_error_reaches_who_asked_and_the_thread_goes_on() -> None:
    workers, _ = crew()
    with pytest.raises(ZeroDivisionError):
        workers.submit(lambda _: 1 // 0).result(SOON)
    assert workers.submit(lambda _: 7).result(SOON) == 7
    workers.close(SOON)


def test_closing_runs_what_is_queued_and_then_refuses() -> None:
    workers, _ = crew(2)
    jobs = [workers.submit(lambda _, i=i: i) for i in range(50)]
    workers.close(SOON)
    workers.close(SOON)
    assert [job.result(0) for job in jobs] == list(range(50))
    with pytest.raises(InvalidOperation):
        workers.submit(lambda _: 1)


def test_turns_come_in_the_order_of_arrival() -> None:
    async def work() -> list[int]:
        turn, order = Turnstile(), list[int]()

        async def pass_through(number: int) -> None:
            await turn.acquire(SOON)
            order.append(number)
            await asyncio.sleep(0)
            turn.release()

        await asyncio.gather(*[pass_through(number) for number in range(10)])
        return order

    assert run(work) == list(range(10))


def test_who_waits_too_long_leaves_and_the_others_get_their_turn() -> None:
    async def work() -> None:
        turn = Turnstile()
        await turn.acquire(SOON)
        with pytest.raises(WmiError) as caught:
            await turn.acquire(0.01)
        assert caught.value.symbol == "WBEM_E_TRANSACTION_CONFLICT"
        cancelled = asyncio.create_task(turn.acquire(SOON))
        patient = asyncio.create_task(turn.acquire(SOON))
        await asyncio.sleep(0)
        cancelled.cancel()
        turn.release()
        await patient
        turn.release()
        await turn.acquire(0.01)

    run(work)


def test_a_turn_that_comes_to_somebody_who_just_left_is_passed_on() -> None:
    async def work() -> None:
        turn = Turnstile()
        for steps in range(4):
            await turn.acquire(SOON)
            leaving = asyncio.create_task(turn.acquire(SOON))
            await asyncio.sleep(0)
            turn.release()
            for _ in range(steps):
                await asyncio.sleep(0)
            leaving.cancel()
            (result,) = await asyncio.gather(leaving, return_exceptions=True)
            if result is None:
                turn.release()
        await turn.acquire(0.5)

    run(work)


def test_a_turn_passes_between_loops_and_skips_a_closed_one() -> None:
    turn = Turnstile()
    loop = asyncio.new_event_loop()
    loop.run_until_complete(turn.acquire(SOON))
    waiting = loop.create_task(turn.acquire(SOON))
    loop.run_until_complete(asyncio.sleep(0))

    async def other() -> None:
        mine = asyncio.create_task(turn.acquire(SOON))
        await asyncio.sleep(0)
        waiting.cancel()
        loop.call_soon(loop.stop)
        await asyncio.get_running_loop().run_in_executor(None, loop.run_forever)
        loop.close()
        turn.release()
        await mine
        turn.release()

    run(other)
