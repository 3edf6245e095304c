"""IEnumWbemClassObject: Next, Skip, Reset, Clone, NextAsync and Release. Brief 2.2 and 2.3."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import pytest

from unit.engine.fakes import FakeRemote, Gated, Recorder, engine_over, ids, numbers, settings
from wmix.errors import AccessDenied, DeadlineExceeded, InvalidOperation, InvalidParameter, ProviderError
from wmix.port.caller import Caller
from wmix.port.flags import WBEM_FLAG_FORWARD_ONLY, WBEM_FLAG_RETURN_IMMEDIATELY
from wmix.port.requests import ExecQuery
from wmix.status import (
    WBEM_E_PROVIDER_FAILURE,
    WBEM_S_FALSE,
    WBEM_S_NO_ERROR,
    WBEM_S_TIMEDOUT,
)
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from wmix.engine.calls.enumerator import Enumerator

REWINDABLE = WBEM_FLAG_RETURN_IMMEDIATELY
FORWARD = WBEM_FLAG_RETURN_IMMEDIATELY | WBEM_FLAG_FORWARD_ONLY


def opened(host: FakeRemote, flags: int = FORWARD, **limits: int) -> Enumerator:
    services = engine_over(host, settings(**limits)).services("root\\far", Caller("me"))
    return services.open(ExecQuery(query="SELECT * FROM Item", flags=flags))


def test_exactly_as_many_as_there_are_is_success_and_the_end_comes_next() -> None:
    async def body() -> None:
        enumerator = opened(FakeRemote(numbers(3, 2)))
        portion = await enumerator.next(None, 5)
        assert (portion.status, ids(portion.objects())) == (WBEM_S_NO_ERROR, [0, 1, 2, 3, 4])
        for _ in range(2):
            portion = await enumerator.next(None, 1)
            assert (portion.status, portion.returned) == (WBEM_S_FALSE, 0)

    run_virtual(body)


def test_one_more_than_there_are_gives_all_with_the_end() -> None:
    async def body() -> None:
        portion = await opened(FakeRemote(numbers(3, 2))).next(None, 6)
        assert (portion.status, portion.returned) == (WBEM_S_FALSE, 5)

    run_virtual(body)


def test_a_timeout_gives_what_is_there_and_moves_past_it() -> None:
    async def body() -> None:
        script = Gated()
        enumerator = opened(FakeRemote(script))
        portion = await enumerator.next(0, 5)
        assert (portion.status, portion.returned) == (WBEM_S_TIMEDOUT, 0)
        script.give(1, 2)
        before = asyncio.get_running_loop().time()
        portion = await enumerator.next(3, 5)
        assert asyncio.get_running_loop().time() - before == pytest.approx(3)
        assert (portion.status, ids(portion.objects())) == (WBEM_S_TIMEDOUT, [1, 2])
        script.give(3)
        script.end()
        portion = await enumerator.next(None, 5)
        assert (portion.status, ids(portion.objects())) == (WBEM_S_FALSE, [3])

    run_virtual(body)


def test_asking_for_nothing_succeeds_and_a_negative_timeout_is_refused() -> None:
    async def body() -> None:
        enumerator = opened(FakeRemote(numbers(1)))
        portion = await enumerator.next(None, 0)
        assert (portion.status, portion.returned) == (WBEM_S_NO_ERROR, 0)
        with pytest.raises(InvalidParameter):
            await enumerator.next(-1, 1)

    run_virtual(body)


def test_objects_before_a_failure_come_first_and_the_error_is_repeated() -> None:
    async def body() -> None:
        host = FakeRemote(numbers(3, then=ProviderError("it broke")))
        enumerator = opened(host)
        portion = await enumerator.next(None, 5)
        assert (portion.status, portion.returned) == (WBEM_S_TIMEDOUT, 3)
        for _ in range(2):
            portion = await enumerator.next(None, 5)
            assert (portion.status, portion.returned) == (WBEM_E_PROVIDER_FAILURE, 0)
            assert isinstance(portion.error, ProviderError)

    run_virtual(body)


def test_skip_passes_over_objects_also_forward_only() -> None:
    async def body() -> None:
        enumerator = opened(FakeRemote(numbers(3, 2)))
        assert await enumerator.skip(None, 3) == WBEM_S_NO_ERROR
        portion = await enumerator.next(None, 5)
        assert (portion.status, ids(portion.objects())) == (WBEM_S_FALSE, [3, 4])
        assert await enumerator.skip(None, 10) == WBEM_S_FALSE
        assert await enumerator.skip(0, 0) == WBEM_S_NO_ERROR

    run_virtual(body)


def test_skip_can_pass_over_more_than_the_credit() -> None:
    async def body() -> None:
        enumerator = opened(FakeRemote(numbers(*[10] * 500)), buffer_objects=20)
        assert await enumerator.skip(None, 4990) == WBEM_S_NO_ERROR
        assert ids((await enumerator.next(None, 1)).objects()) == [4990]

    run_virtual(body)


def test_reset_reads_the_same_again_without_asking_the_source_again() -> None:
    async def body() -> None:
        host = FakeRemote(numbers(3, 2))
        enumerator = opened(host, REWINDABLE)
        first = ids((await enumerator.next(None, 2)).objects())
        await enumerator.reset()
        every = ids((await enumerator.next(None, 9)).objects())
        assert (first, every) == ([0, 1], [0, 1, 2, 3, 4])
        assert len(host.seen) == 1

    run_virtual(body)


def test_a_clone_reads_on_from_the_same_place_and_outlives_its_source() -> None:
    async def body() -> None:
        enumerator = opened(FakeRemote(numbers(3, 2)), REWINDABLE)
        await enumerator.next(None, 1)
        clone = await enumerator.clone()
        enumerator.release()
        assert ids((await clone.next(None, 9)).objects()) == [1, 2, 3, 4]

    run_virtual(body)


def test_forward_only_refuses_reset_and_clone_and_goes_on() -> None:
    async def body() -> None:
        enumerator = opened(FakeRemote(numbers(3)))
        with pytest.raises(InvalidOperation):
            await enumerator.reset()
        with pytest.raises(InvalidOperation):
            await enumerator.clone()
        assert (await enumerator.next(None, 3)).returned == 3

    run_virtual(body)


def test_cloning_a_failed_enumeration_gives_its_error() -> None:
    async def body() -> None:
        enumerator = opened(FakeRemote(numbers(then=ProviderError("it broke"))), REWINDABLE)
        await enumerator.next(None, 1)
        with pytest.raises(ProviderError):
            await enumerator.clone()

    run_virtual(body)


def test_the_source_never_runs_further_ahead_than_its_credit() -> None:
    async def body() -> None:
        given = 0

        async def script():  # type: ignore[no-untyped-def]
            nonlocal given
            for start in range(0, 10_000, 10):
                given = start + 10
                async for item in numbers(10)():
                    yield item

        enumerator = opened(FakeRemote(script), buffer_objects=50)
        await asyncio.sleep(100)
        assert given <= 60
        await enumerator.next(None, 200)
        await asyncio.sleep(100)
        assert given <= 260
        portion = await enumerator.next(None, 1000)
        assert portion.returned == 1000, "what a reader asks for at once may exceed the credit"

    run_virtual(body)


def test_releasing_the_last_reader_stops_the_source() -> None:
    async def body() -> None:
        host = FakeRemote(Gated())
        enumerator = opened(host, REWINDABLE)
        clone = await enumerator.clone()
        enumerator.release()
        enumerator.release()
        await asyncio.sleep(1)
        assert host.closed == 0
        clone.release()
        await clone.call.stopped()
        assert host.closed == 1
        with pytest.raises(InvalidOperation):
            await clone.next(None, 1)

    run_virtual(body)


def test_a_dropped_enumerator_releases_itself() -> None:
    async def body() -> None:
        host = FakeRemote(Gated())
        enumerator = opened(host)
        call = enumerator.call
        await enumerator.next(0, 1)
        del enumerator
        gc.collect()
        await call.stopped()
        assert host.closed == 1

    run_virtual(body)


def test_a_deadline_ends_the_call_with_the_objects_before_it_delivered() -> None:
    async def body() -> None:
        script = Gated()
        host = FakeRemote(script)
        services = engine_over(host).services("root\\far", Caller("me"))
        enumerator = services.open(ExecQuery(query="q", flags=FORWARD), deadline=asyncio.get_running_loop().time() + 5)
        script.give(1, 2)
        portion = await enumerator.next(None, 3)
        assert portion.returned == 2
        portion = await enumerator.next(None, 3)
        assert isinstance(portion.error, DeadlineExceeded)
        await enumerator.call.stopped()
        assert host.closed == 1

    run_virtual(body)


def test_another_principal_may_not_use_the_enumerator() -> None:
    async def body() -> None:
        enumerator = opened(FakeRemote(numbers(1)))
        enumerator.check_principal(Caller("ME"))
        with pytest.raises(AccessDenied):
            enumerator.check_principal(Caller("you"))

    run_virtual(body)


def test_callers_of_one_enumerator_are_served_in_the_order_in_which_they_came() -> None:
    async def body() -> None:
        script = Gated()
        enumerator = opened(FakeRemote(script))
        first = asyncio.ensure_future(enumerator.next(None, 2))
        second = asyncio.ensure_future(enumerator.next(None, 1))
        impatient = asyncio.ensure_future(enumerator.next(1, 1))
        assert (await impatient).status == WBEM_S_TIMEDOUT
        script.give(1, 2, 3)
        assert ids((await first).objects()) == [1, 2]
        assert ids((await second).objects()) == [3]
        enumerator.release()

    run_virtual(body)


def test_a_reader_of_streams_waits_a_moment_for_a_fuller_portion_once_there_is_something() -> None:
    async def body() -> None:
        script = Gated()
        enumerator = opened(FakeRemote(script))
        loop = asyncio.get_running_loop()
        script.give(1)
        loop.call_later(0.2, script.give, 2)
        loop.call_later(0.7, script.give, 3)
        portion = await enumerator.next_some(None, 9, linger=0.5)
        assert (portion.status, ids(portion.objects())) == (WBEM_S_NO_ERROR, [1, 2])
        portion = await enumerator.next_some(None, 9)
        assert ids(portion.objects()) == [3]
        assert loop.time() == pytest.approx(0.7)
        portion = await enumerator.next_some(1, 9, linger=0.5)
        assert (portion.status, portion.returned) == (WBEM_S_TIMEDOUT, 0)

    run_virtual(body)


def test_the_source_is_told_how_many_objects_the_reader_who_waits_would_like_at_once() -> None:
    async def body() -> None:
        script = Gated()
        enumerator = opened(FakeRemote(script))
        demand = enumerator.call.scope.demand
        assert demand is not None
        assert demand.awaited == 0, "nobody waits"
        reading = asyncio.ensure_future(enumerator.next(None, 40))
        await asyncio.sleep(1)
        assert demand.awaited == 40
        script.give(*range(30))
        await asyncio.sleep(1)
        assert demand.awaited == 10
        script.give(*range(30, 40))
        await reading
        assert demand.awaited == 0
        for linger, liked in ((0.5, 90), (0.0, 1)):
            reading = asyncio.ensure_future(enumerator.next_some(None, 90, linger=linger))
            await asyncio.sleep(1)
            assert demand.awaited == liked
            assert demand.wanted(40)[0] >= liked
            script.give(1)
            await reading
        enumerator.release()

    run_virtual(body)


@pytest.mark.parametrize("way", ["reset", "clone"])
def test_what_moves_the_place_waits_for_the_deliveries_before_it(way: str) -> None:
    async def body() -> None:
        script = Gated()
        services = engine_over(FakeRemote(script)).services("r", Caller("me"))
        enumerator = services.open(ExecQuery(query="q", flags=REWINDABLE))
        sink = Recorder()
        enumerator.next_async(2, services.delivery(sink))
        script.give(1)
        await asyncio.sleep(1)
        moving: asyncio.Future[Any] = asyncio.ensure_future(getattr(enumerator, way)())
        await asyncio.sleep(1)
        assert not moving.done()
        script.give(2)
        found = await moving
        assert sink.ids == [1, 2]
        assert (found or enumerator).position == (2 if way == "clone" else 0)

    run_virtual(body)
