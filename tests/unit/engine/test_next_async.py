"""IEnumWbemClassObject::NextAsync: slices for sinks, in order, each with one end. Brief 2.3."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from unit.engine.fakes import FakeRemote, Gated, Recorder, engine_over, numbers, settings
from wmix.errors import ProviderError, WmiError
from wmix.port.caller import Caller
from wmix.port.flags import WBEM_FLAG_FORWARD_ONLY, WBEM_FLAG_RETURN_IMMEDIATELY
from wmix.port.requests import ExecQuery
from wmix.status import (
    WBEM_E_CALL_CANCELLED,
    WBEM_E_FAILED,
    WBEM_E_PROVIDER_FAILURE,
    WBEM_S_FALSE,
    WBEM_S_NO_ERROR,
)
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.engine.calls.enumerator import Enumerator

REWINDABLE = WBEM_FLAG_RETURN_IMMEDIATELY
FORWARD = WBEM_FLAG_RETURN_IMMEDIATELY | WBEM_FLAG_FORWARD_ONLY


class Refusing(Recorder):
    """A sink that takes one object and wants no more."""

    async def indicate(self, objects: Sequence[Any]) -> int:
        await super().indicate(objects)
        return WBEM_E_FAILED


def test_next_async_delivers_distinct_slices_in_order_with_one_final_status_each() -> None:
    async def body() -> None:
        services = engine_over(FakeRemote(numbers(3, 2))).services("root\\far", Caller("me"))
        enumerator = services.open(ExecQuery(query="q", flags=FORWARD))
        sinks = [Recorder(), Recorder(), Recorder()]
        for sink, count in zip(sinks, (2, 2, 4), strict=True):
            assert enumerator.next_async(count, services.delivery(sink)) == WBEM_S_NO_ERROR
        for sink in sinks:
            await sink.completed.wait()
        assert [sink.ids for sink in sinks] == [[0, 1], [2, 3], [4]]
        assert [sink.statuses for sink in sinks] == [
            [(0, WBEM_S_NO_ERROR, None, None)],
            [(0, WBEM_S_NO_ERROR, None, None)],
            [(0, WBEM_S_FALSE, None, None)],
        ]

    run_virtual(body)


def test_a_sink_that_refuses_ends_its_slice_with_call_cancelled_and_the_next_goes_on() -> None:
    async def body() -> None:
        services = engine_over(FakeRemote(numbers(1, 1, 1))).services("r", Caller("me"))
        enumerator = services.open(ExecQuery(query="q", flags=FORWARD))
        refusing, willing = Refusing(), Recorder()
        enumerator.next_async(1, services.delivery(refusing))
        enumerator.next_async(2, services.delivery(willing))
        for sink in (refusing, willing):
            await sink.completed.wait()
        assert refusing.ids == [0]
        assert [status for _, status, _, _ in refusing.statuses] == [WBEM_E_CALL_CANCELLED]
        assert (willing.ids, [status for _, status, _, _ in willing.statuses]) == ([1, 2], [WBEM_S_NO_ERROR])

    run_virtual(body)


def test_a_release_from_within_an_indicate_stops_the_further_indications() -> None:
    class Releasing(Recorder):
        async def indicate(self, objects: Sequence[Any]) -> None:
            await super().indicate(objects)
            self.enumerator.release()

        enumerator: Enumerator

    async def body() -> None:
        services = engine_over(FakeRemote(numbers(1, 1, 1))).services("r", Caller("me"))
        enumerator = services.open(ExecQuery(query="q", flags=FORWARD))
        sink = Releasing()
        sink.enumerator = enumerator
        enumerator.next_async(3, services.delivery(sink))
        await sink.completed.wait()
        assert sink.ids == [0]
        assert [status for _, status, _, _ in sink.statuses] == [WBEM_E_CALL_CANCELLED]

    run_virtual(body)


def test_next_async_indicates_what_is_there_and_does_not_wait_for_the_whole_portion() -> None:
    async def body() -> None:
        script = Gated()
        services = engine_over(FakeRemote(script)).services("r", Caller("me"))
        enumerator = services.open(ExecQuery(query="q", flags=FORWARD))
        sink = Recorder()
        enumerator.next_async(5, services.delivery(sink))
        script.give(1)
        await asyncio.sleep(1)
        assert sink.ids == [1]
        enumerator.release()

    run_virtual(body)


def test_next_async_on_an_exhausted_enumerator_says_so_and_uses_no_sink() -> None:
    async def body() -> None:
        services = engine_over(FakeRemote(numbers(2))).services("root\\far", Caller("me"))
        enumerator = services.open(ExecQuery(query="q", flags=FORWARD))
        await enumerator.next(None, 3)
        sink = Recorder()
        assert enumerator.next_async(1, services.delivery(sink)) == WBEM_S_FALSE
        assert enumerator.next_async(0, services.delivery(sink)) == WBEM_S_FALSE
        await asyncio.sleep(1)
        assert (sink.objects, sink.statuses) == ([], [])

    run_virtual(body)


def test_next_async_of_a_failing_enumeration_ends_with_the_error_object() -> None:
    async def body() -> None:
        services = engine_over(FakeRemote(numbers(1, then=ProviderError("broke")))).services("r", Caller("me"))
        enumerator = services.open(ExecQuery(query="q", flags=FORWARD))
        sink = Recorder()
        enumerator.next_async(3, services.delivery(sink))
        await sink.completed.wait()
        assert sink.ids == [0]
        ((_, status, _, error),) = sink.statuses
        assert status == WBEM_E_PROVIDER_FAILURE
        assert (error.class_name_, error.StatusCode) == ("__ExtendedStatus", WBEM_E_PROVIDER_FAILURE)
        assert enumerator.next_async(1, services.delivery(Recorder())) == WBEM_E_PROVIDER_FAILURE

    run_virtual(body)


def test_releasing_the_enumerator_ends_queued_deliveries_with_one_status_each() -> None:
    async def body() -> None:
        script = Gated()
        services = engine_over(FakeRemote(script)).services("r", Caller("me"))
        enumerator = services.open(ExecQuery(query="q", flags=FORWARD))
        sinks = [Recorder(), Recorder()]
        for sink in sinks:
            enumerator.next_async(2, services.delivery(sink))
        script.give(1)
        await asyncio.sleep(1)
        enumerator.release()
        for sink in sinks:
            await sink.completed.wait()
            assert [status for _, status, _, _ in sink.statuses] == [WBEM_E_CALL_CANCELLED]

    run_virtual(body)


def test_more_pending_next_async_calls_than_the_limit_are_refused() -> None:
    async def body() -> None:
        services = engine_over(FakeRemote(Gated()), settings(pending_next_async=2)).services("r", Caller("me"))
        enumerator = services.open(ExecQuery(query="q", flags=FORWARD))
        for _ in range(2):
            enumerator.next_async(1, services.delivery(Recorder()))
        with pytest.raises(WmiError, match="2"):
            enumerator.next_async(1, services.delivery(Recorder()))
        enumerator.release()

    run_virtual(body)


def test_what_earlier_calls_did_not_take_is_left_for_later_ones() -> None:
    async def body() -> None:
        limits = settings(pending_next_async=1)
        services = engine_over(FakeRemote(numbers(1, 1, 1, 1, 1)), limits).services("r", Caller("me"))
        enumerator = services.open(ExecQuery(query="q", flags=REWINDABLE))
        await enumerator.call.wait()

        async def taken(count: int, sink: Recorder) -> list[int]:
            assert enumerator.next_async(count, services.delivery(sink)) == WBEM_S_NO_ERROR
            await sink.completed.wait()
            return sink.ids

        assert await taken(1, Recorder()) == [0]
        assert await taken(4, Refusing()) == [1], "three were promised, and come back"
        assert await taken(2, Recorder()) == [2, 3]
        assert await taken(9, Recorder()) == [4]
        assert enumerator.next_async(1, services.delivery(Recorder())) == WBEM_S_FALSE
        await enumerator.reset()
        assert await taken(5, Recorder()) == [0, 1, 2, 3, 4]

    run_virtual(body)


def test_what_is_promised_to_calls_that_wait_is_not_promised_again() -> None:
    async def body() -> None:
        services = engine_over(FakeRemote(numbers(1, 1, 1))).services("r", Caller("me"))
        enumerator = services.open(ExecQuery(query="q", flags=REWINDABLE))
        await enumerator.call.wait()
        first, second = Recorder(), Recorder()
        assert enumerator.next_async(2, services.delivery(first)) == WBEM_S_NO_ERROR
        assert enumerator.next_async(1, services.delivery(second)) == WBEM_S_NO_ERROR
        assert enumerator.next_async(1, services.delivery(Recorder())) == WBEM_S_FALSE
        await first.completed.wait()
        await second.completed.wait()
        assert (first.ids, second.ids) == ([0, 1], [2])

    run_virtual(body)
