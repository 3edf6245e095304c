"""Conformance cases 33, 78 to 83 and 86: event queries and their subscriptions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from conformance.fixture_f import NAMESPACE, PATIENCE, SlowSource, fixture_engine
from conformance.recording_sink import RecordingSink
from conformance.test_asynchronous import spawned
from wmix import com
from wmix.errors import InvalidOperation
from wmix.port.caller import Caller
from wmix.port.flags import WBEM_FLAG_FORWARD_ONLY, WBEM_FLAG_RETURN_IMMEDIATELY
from wmix.port.requests import ExecNotificationQuery
from wmix.status import WBEM_S_TIMEDOUT
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from wmix.com import Services

SEMI = com.WBEM_FLAG_RETURN_IMMEDIATELY | com.WBEM_FLAG_FORWARD_ONLY
CREATIONS = 'SELECT * FROM __InstanceCreationEvent WITHIN 1 WHERE TargetInstance ISA "CF_Part"'


def put(services: Services, **values: object) -> None:
    call = services.put_instance(spawned(services, "CF_Part", **values), SEMI & 0x10, None, call_result=True)
    assert call.call_result is not None
    assert call.call_result.get_call_status(-1).status == com.WBEM_S_NO_ERROR


def test_an_asynchronous_event_query_ends_with_its_cancellation(services: Services) -> None:
    """Case 33."""
    sink = RecordingSink()
    assert services.exec_notification_query_async("WQL", CREATIONS, 0, None, sink) == (com.WBEM_S_NO_ERROR,)
    put(services, Id="new")
    assert sink.first.wait(PATIENCE)
    assert sink.calls == ["indicate"]
    assert services.cancel_async_call(sink) == (com.WBEM_S_NO_ERROR,)
    assert sink.done.wait(PATIENCE)
    assert sink.calls == ["indicate", "set_status"]
    assert sink.statuses[0][:3] == (com.WBEM_STATUS_COMPLETE, com.WBEM_E_CALL_CANCELLED, None)


@pytest.mark.parametrize("flags", [0, com.WBEM_FLAG_RETURN_IMMEDIATELY, com.WBEM_FLAG_FORWARD_ONLY])
def test_an_event_query_is_never_synchronous(services: Services, flags: int) -> None:
    """Case 78."""
    result = services.exec_notification_query("WQL", CREATIONS, flags, None)
    assert result == (com.WBEM_E_INVALID_PARAMETER, None)


def test_only_event_classes_are_subscribed_to(services: Services) -> None:
    """Case 79."""
    result = services.exec_notification_query("WQL", "SELECT * FROM CF_Part", SEMI, None)
    assert result == (com.WBEM_E_NOT_EVENT_CLASS, None)


def test_an_intrinsic_event_without_within_needs_a_provider_that_tells(services: Services) -> None:
    """Case 80."""
    query = 'SELECT * FROM __InstanceCreationEvent WHERE TargetInstance ISA "CF_Slow"'
    assert services.exec_notification_query("WQL", query, SEMI, None) == (com.WBEMESS_E_REGISTRATION_TOO_PRECISE, None)


def test_a_creation_event_carries_the_new_object(services: Services) -> None:
    """Case 81."""
    events = services.exec_notification_query("WQL", CREATIONS, SEMI, None).enumerator
    assert events is not None
    put(services, Id="new", Num=42)
    result = events.next(int(PATIENCE * 1000), 1)
    assert (result.hresult, result.returned) == (com.WBEM_S_NO_ERROR, 1)
    (event,) = result.objects or ()
    assert event.get("__CLASS").value == "__InstanceCreationEvent"
    assert int(event.get("TIME_CREATED").value) > 0
    assert event.get("__PATH").value is None
    target = event.get("TargetInstance").value
    assert [target.get(name).value for name in ("__CLASS", "Id", "Num")] == ["CF_Part", "new", 42]
    # One write is one event.
    assert events.next(0, 1)[::2] == (com.WBEM_S_TIMEDOUT, 0)
    events.release()


def test_waiting_for_an_event_times_out_and_goes_on(services: Services) -> None:
    """Case 82."""
    events = services.exec_notification_query("WQL", CREATIONS, SEMI, None).enumerator
    assert events is not None
    assert events.next(50, 1)[::2] == (com.WBEM_S_TIMEDOUT, 0)
    put(services, Id="new")
    assert events.next(int(PATIENCE * 1000), 1)[::2] == (com.WBEM_S_NO_ERROR, 1)
    events.release()


def test_waiting_for_an_event_takes_as_long_as_was_asked() -> None:
    """Case 82, by the clock: half a second, and no event."""

    async def body() -> None:
        engine = fixture_engine()
        services = await engine.connect(NAMESPACE, Caller("me"))
        events = await services.subscribe(ExecNotificationQuery(query=CREATIONS, flags=SEMI))
        loop = asyncio.get_running_loop()
        began = loop.time()
        portion = await events.next(0.5, 1)
        assert (portion.status, portion.returned, loop.time() - began) == (WBEM_S_TIMEDOUT, 0, 0.5)
        await engine.close()

    run_virtual(body)


def test_events_are_not_grouped_by_an_object(services: Services) -> None:
    """Case 83."""
    query = f"{CREATIONS} GROUP WITHIN 1 BY TargetInstance"
    assert services.exec_notification_query("WQL", query, SEMI, None) == (com.WBEM_E_AGGREGATING_BY_OBJECT, None)


def test_a_released_subscription_stops_polling() -> None:
    """Case 86."""

    async def body() -> None:
        slow = SlowSource(3, permitted=True)
        engine = fixture_engine(slow)
        services = await engine.connect(NAMESPACE, Caller("me"))
        query = 'SELECT * FROM __InstanceOperationEvent WITHIN 2 WHERE TargetInstance ISA "CF_Slow"'
        flags = WBEM_FLAG_RETURN_IMMEDIATELY | WBEM_FLAG_FORWARD_ONLY
        events = await services.subscribe(ExecNotificationQuery(query=query, flags=flags))
        before = slow.produced
        await asyncio.sleep(5.0)
        assert slow.produced == before + 2 * 3
        events.release()
        await asyncio.sleep(0)
        slow.count = 5
        polled = slow.produced
        await asyncio.sleep(100.0)
        assert slow.produced == polled
        with pytest.raises(InvalidOperation):
            await events.next(0, 1)
        await engine.close()

    run_virtual(body)
