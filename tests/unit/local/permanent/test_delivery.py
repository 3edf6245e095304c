"""Deliveries to permanent consumers: in order, tried again, counted, and never in each other's way (brief 7.4.5)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from unit.local.permanent.subscribing import STONES, SUBSCRIPTION, Machine, Pager, turns
from unit.local.subscriptions.watching import read
from unit.local.systems import SEMI
from wmix.config import Limits, Settings, Timeouts
from wmix.errors import NotSupported, ProviderError, WmiError
from wmix.local.permanent.consumer_run import Counts
from wmix.port.requests import ExecNotificationQuery
from wmix.providers.consumers import Delivery, consumer
from wmix.status import WBEM_E_NOT_SUPPORTED, WBEM_E_PROVIDER_FAILURE
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    import pytest

FAILURES = "SELECT * FROM __ConsumerFailureEvent"


def on_machine(test: Callable[[Machine, Pager], Coroutine[Any, Any, None]], settings: Settings | None = None) -> None:
    async def main() -> None:
        pager = Pager()
        other = Pager()
        machine = await Machine.start([pager.definition(), other.definition("Demo_Other")], settings=settings)
        machine.other = other  # type: ignore[attr-defined]
        await machine.subscribe()
        await test(machine, pager)
        await machine.close()

    run_virtual(main)


def now() -> float:
    return asyncio.get_running_loop().time()


def test_events_are_delivered_in_order_one_at_a_time() -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        pager.seconds = 1
        names = [f"s{number}" for number in range(10)]
        for name in names:
            await machine.stone(name)
        began = now()
        assert machine.states()[0].counts.waiting == 10
        await asyncio.sleep(9.5)
        assert pager.names == names[:9]
        await asyncio.sleep(1)
        assert pager.names == names
        assert now() - began < 11
        assert machine.states()[0].counts == Counts(delivered=10)

    on_machine(test)


def test_a_failed_delivery_is_tried_again_and_the_next_event_waits_for_it() -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        pager.fails = [OSError("busy"), WmiError("still busy")]
        await machine.stone("a")
        await machine.stone("b")
        await asyncio.sleep(0.5)
        assert pager.names == []
        # After 1 s for the second time, after 2 s more for the third.
        await asyncio.sleep(2)
        assert pager.names == []
        await asyncio.sleep(1)
        assert pager.names == ["a", "b"]
        assert [delivery.attempt for delivery in pager.deliveries] == [3, 1]
        assert machine.states()[0].counts == Counts(delivered=2, retried=2)

    on_machine(test)


def test_a_consumer_that_fails_for_good_is_told_of_and_does_not_stop_others(caplog: pytest.LogCaptureFixture) -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        other: Pager = machine.other  # type: ignore[attr-defined]
        await machine.bind('__EventFilter.Name="f"', await machine.put("Demo_Other", Name="o"))
        told = await machine.services().subscribe(ExecNotificationQuery(query=FAILURES, flags=SEMI))
        pager.fails = [OSError("broken")] * 3
        await machine.stone("a")
        await turns()
        assert other.names == ["a"]
        await machine.stone("b")
        (event,) = await read(told, 10, 10)
        assert pager.names in ([], ["b"])
        await asyncio.sleep(1)
        assert pager.names == ["b"]
        assert other.names == ["a", "b"]
        assert event["ErrorCode"] == WBEM_E_PROVIDER_FAILURE
        assert event["ErrorDescription"] == "the consumer pager raised OSError: broken"
        assert event["IntendedConsumer"] == '\\\\HERE\\root\\subscription:Demo_Pager.Name="c"'
        assert event["Event"]["TargetInstance"]["Name"] == "a"
        assert event["ErrorObject"]["StatusCode"] == WBEM_E_PROVIDER_FAILURE
        assert event["ErrorObject"]["ProviderName"] == "pager"
        assert event["TIME_CREATED"] > 0
        assert machine.states()[0].counts == Counts(delivered=1, failed=1, retried=2)

    on_machine(test)
    assert "could not be delivered" in caplog.text


def test_what_will_never_succeed_is_not_tried_again() -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        told = await machine.services().subscribe(ExecNotificationQuery(query=FAILURES, flags=SEMI))
        pager.fails = [NotSupported("no such language")]
        await machine.stone("a")
        await turns()
        (event,) = await read(told, 10)
        assert event["ErrorCode"] == WBEM_E_NOT_SUPPORTED
        assert machine.states()[0].counts == Counts(failed=1)

    on_machine(test)


def test_the_script_consumer_answers_not_supported() -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        told = await machine.services().subscribe(ExecNotificationQuery(query=FAILURES, flags=SEMI))
        bound = await machine.put(
            "ActiveScriptEventConsumer", Name="s", ScriptingEngine="VBScript", ScriptText="WScript.Quit"
        )
        await machine.bind('__EventFilter.Name="f"', bound)
        await machine.stone("a")
        (event,) = await read(told, 1, 30)
        assert event["ErrorCode"] == WBEM_E_NOT_SUPPORTED
        assert "VBScript" in event["ErrorDescription"]

    on_machine(test)


def test_a_consumer_of_failures_that_fails_does_not_go_on_for_ever() -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        other: Pager = machine.other  # type: ignore[attr-defined]
        held = await machine.filter(FAILURES, "failures", EventNamespace=SUBSCRIPTION)
        await machine.bind(held, await machine.put("Demo_Other", Name="o"))
        other.fails = [NotSupported("neither")] * 100
        pager.fails = [NotSupported("never")]
        await machine.stone("a")
        await asyncio.sleep(100)
        assert len(other.fails) == 99
        assert [state.counts.failed for state in machine.states()] == [1, 1]

    on_machine(test)


def test_a_consumer_that_does_not_return_counts_as_failed() -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        pager.seconds = 1000
        await machine.stone("a")
        await asyncio.sleep(11)
        assert machine.states()[0].counts == Counts(failed=1)
        pager.seconds = 0
        await machine.stone("b")
        await turns()
        assert pager.names == ["b"]

    on_machine(test, Settings(timeouts=Timeouts(consumer=10), limits=Limits(consumer_attempts=1)))


def test_a_queue_that_is_full_drops_counts_and_tells_once() -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        overflows = await machine.services().subscribe(
            ExecNotificationQuery(query="SELECT * FROM __EventQueueOverflowEvent", flags=SEMI)
        )
        pager.seconds = 10
        for number in range(8):
            await machine.stone(f"s{number}")
            await turns()
        # One is on its way, three wait.
        assert machine.states()[0].counts == Counts(dropped=4, waiting=4)
        (event,) = await read(overflows, 10)
        assert event["CurrentQueueSize"] == 3
        assert event["Event"]["TargetInstance"]["Name"] == "s4"
        assert event["IntendedConsumer"].endswith('Demo_Pager.Name="c"')
        await asyncio.sleep(100)
        assert pager.names == ["s0", "s1", "s2", "s3"]

    on_machine(test, Settings(limits=Limits(consumer_queue=3)))


def test_the_sign_of_a_gap_in_the_events_of_a_filter_is_for_nobody_who_did_not_ask_for_it() -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        async with machine.system.open("root\\t").transaction():
            for number in range(5):
                await machine.stone(f"s{number}")
        await turns()
        assert pager.names == ["s0", "s1"]
        assert machine.states()[0].counts == Counts(delivered=2)

    on_machine(test, Settings(limits=Limits(event_queue=2)))


def test_a_consumer_can_bound_its_queue_in_octets() -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        await machine.put("Demo_Pager", Name="c", MaximumQueueSize=1)
        pager.seconds = 10
        for number in range(4):
            await machine.stone(f"s{number}")
            await turns()
        # Whatever the size is, one may wait.
        assert machine.states()[0].counts == Counts(dropped=2, waiting=2)

    on_machine(test)


def test_what_waits_is_delivered_at_the_end_for_a_moment_and_the_rest_is_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        pager = Pager()
        machine = await Machine.start([pager.definition()], settings=Settings(timeouts=Timeouts(exit=2)))
        await machine.subscribe()
        pager.seconds = 0.75
        for number in range(5):
            await machine.stone(f"s{number}")
        await machine.close()
        assert pager.names == ["s0", "s1"]

    run_virtual(main)
    assert "3 events for permanent consumers are lost" in caplog.text


def test_plain_functions_run_on_worker_threads_and_their_errors_are_theirs() -> None:
    async def main() -> None:
        import threading

        threads: list[int] = []

        @consumer("Demo_Plain", properties={})
        def plain(delivery: Delivery) -> None:
            threads.append(threading.get_ident())
            if delivery.attempt == 1:
                raise SystemExit(3)

        machine = await Machine.start([plain])
        await machine.subscribe(STONES, "Demo_Plain")
        await machine.stone("a")
        await machine.delivered()
        assert len(threads) == 2
        assert threading.get_ident() not in threads
        assert machine.states()[0].counts == Counts(delivered=1, retried=1)
        await machine.close()

    run_virtual(main)


def test_errors_of_consumers_are_provider_errors() -> None:
    async def test(machine: Machine, pager: Pager) -> None:
        told = await machine.services().subscribe(ExecNotificationQuery(query=FAILURES, flags=SEMI))
        pager.fails = [ProviderError("mine", provider="p", class_name="c")] * 3
        await machine.stone("a")
        (event,) = await read(told, 1, 10)
        assert event["ErrorObject"]["ProviderName"] == "p"

    on_machine(test)
