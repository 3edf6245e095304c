"""The way to a sink: one call at a time, an end that comes last, and a thread that ends with it. Brief 2.4 and 2.5."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest

from unit.engine.fakes import FakeRemote, batch, engine_over, numbers
from wmix.engine.calls.sinks import SinkDelivery
from wmix.port.caller import Caller
from wmix.port.requests import ExecQuery
from wmix.status import WBEM_E_CALL_CANCELLED, WBEM_E_FAILED
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import Sequence


class Slow:
    """A sink that takes objects only when it is told to."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.go = asyncio.Event()
        self.fails = False

    async def indicate(self, objects: Sequence[Any]) -> None:
        self.events.append("asked")
        await self.go.wait()
        self.events.append("taken")
        if self.fails:
            raise ValueError("after all")

    async def set_status(self, flags: int, hresult: int, text: str | None, error_object: Any) -> None:
        self.events.append(f"end {hresult}")


async def abandoned(delivery: SinkDelivery) -> None:
    """An Indicate whose caller is cancelled while the sink works on it, as by the end of the engine."""
    indicating = asyncio.ensure_future(delivery.indicate([batch(1)]))
    await asyncio.sleep(1)
    indicating.cancel()
    await asyncio.wait({indicating})


def test_the_end_is_told_after_the_indicate_that_is_under_way() -> None:
    async def body() -> None:
        sink = Slow()
        delivery = SinkDelivery(sink, timeout=30)
        await abandoned(delivery)
        ending = asyncio.ensure_future(delivery.set_status(0, 0))
        await asyncio.sleep(1)
        assert sink.events == ["asked"]
        sink.go.set()
        await ending
        assert sink.events == ["asked", "taken", "end 0"]

    run_virtual(body)


def test_the_end_waits_for_an_indicate_no_longer_than_for_any_other_call() -> None:
    async def body() -> None:
        sink = Slow()
        delivery = SinkDelivery(sink, timeout=30)
        await abandoned(delivery)
        started = asyncio.get_running_loop().time()
        await delivery.set_status(0, 0)
        assert asyncio.get_running_loop().time() - started == pytest.approx(30)
        assert sink.events == ["asked", "end 0"]

    run_virtual(body)


def test_what_an_abandoned_indicate_raises_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def body() -> None:
        sink = Slow()
        sink.fails = True
        delivery = SinkDelivery(sink, timeout=30)
        await abandoned(delivery)
        sink.go.set()
        await delivery.set_status(0, 0)

    with caplog.at_level(logging.WARNING, "wmix.engine.sinks"):
        run_virtual(body)
    ((source, _, said),) = caplog.record_tuples
    assert source == "wmix.engine.sinks"
    assert "after all" in said


def test_a_coroutine_that_does_not_return_in_time_is_cancelled() -> None:
    async def body() -> None:
        class Stuck(Slow):
            async def indicate(self, objects: Sequence[Any]) -> None:
                try:
                    await super().indicate(objects)
                except asyncio.CancelledError:
                    self.events.append("cancelled")
                    raise

        sink = Stuck()
        delivery = SinkDelivery(sink, timeout=30)
        assert not await delivery.indicate([batch(1)])
        await asyncio.sleep(0)
        assert sink.events == ["asked", "cancelled"]
        assert not await delivery.indicate([batch(2)]), "the delivery is over"
        assert sink.events == ["asked", "cancelled"]

    run_virtual(body)


def test_the_thread_of_a_blocking_sink_ends_with_its_operation() -> None:
    class Blocking:
        def __init__(self) -> None:
            self.threads: list[threading.Thread] = []

        def indicate(self, objects: Sequence[Any]) -> None:
            self.threads.append(threading.current_thread())

        def set_status(self, flags: int, hresult: int, text: str | None, error_object: Any) -> None:
            self.threads.append(threading.current_thread())

    sink = Blocking()

    async def body() -> None:
        delivery = SinkDelivery(sink, timeout=30)
        assert await delivery.indicate([batch(1)])
        await delivery.set_status(0, 0)

    asyncio.run(body())
    (thread,) = set(sink.threads)
    thread.join(20)
    assert not thread.is_alive()


def test_a_sink_that_is_at_work_when_the_engine_ends_hears_of_a_cancellation_and_last() -> None:
    async def body() -> None:
        sink = Slow()
        engine = engine_over(FakeRemote(numbers(1, 1, 1)))
        engine.services("r", Caller("me")).deliver(ExecQuery(query="q"), sink)
        await asyncio.sleep(1)
        await engine.close()
        assert sink.events == ["asked"]
        sink.go.set()
        await asyncio.sleep(1)
        assert sink.events == ["asked", "taken", f"end {WBEM_E_CALL_CANCELLED}"]

    run_virtual(body)


def test_nothing_is_indicated_after_a_cancellation_although_it_was_there_already() -> None:
    async def body() -> None:
        sink = Slow()
        services = engine_over(FakeRemote(numbers(1, 1, 1))).services("r", Caller("me"))
        call = services.deliver(ExecQuery(query="q"), sink)
        await asyncio.sleep(1)
        assert call.is_finished, "all three wait in the engine"
        services.cancel(sink)
        sink.go.set()
        await asyncio.sleep(1)
        assert sink.events == ["asked", "taken", f"end {WBEM_E_CALL_CANCELLED}"]

    run_virtual(body)


def test_true_is_no_failure_code() -> None:
    class Content(Slow):
        async def indicate(self, objects: Sequence[Any]) -> Any:
            return self.answer

        answer: object = True

    async def body() -> None:
        sink = Content()
        delivery = SinkDelivery(sink, timeout=30)
        assert await delivery.indicate([batch(1)])
        sink.answer = WBEM_E_FAILED
        assert not await delivery.indicate([batch(2)])

    run_virtual(body)


def test_a_sink_of_coroutines_that_exits_ends_its_operation_and_not_the_loop() -> None:
    class Exiting(Slow):
        async def indicate(self, objects: Sequence[Any]) -> None:
            raise SystemExit(3)

    async def body() -> None:
        sink = Exiting()
        delivery = SinkDelivery(sink, timeout=30)
        assert not await delivery.indicate([batch(1)])
        assert delivery.error is not None
        assert "raised SystemExit(3)" in str(delivery.error)
        await delivery.set_status(0, 0)
        assert sink.events == ["end 0"]

    run_virtual(body)
