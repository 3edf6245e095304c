"""The engine: connecting in time, and who may."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import TYPE_CHECKING

import pytest

from unit.engine.fakes import FakeRemote, engine_over, numbers
from wmix.errors import DeadlineExceeded, InvalidNamespace
from wmix.port.caller import Caller
from wmix.port.flags import WBEM_FLAG_RETURN_IMMEDIATELY
from wmix.port.requests import ExecQuery
from wmix.status import WBEM_E_TIMED_OUT
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from wmix.port.backend import Scope
    from wmix.testing.clock import VirtualLoop


class SilentHost(FakeRemote):
    """A host that does not answer a login."""

    async def login(self, scope: Scope) -> None:
        await asyncio.get_running_loop().create_future()


class StrictHost(FakeRemote):
    """A host that refuses a login without saying what was asked of it."""

    async def login(self, scope: Scope) -> None:
        raise InvalidNamespace("there is none")


def test_a_connection_ends_at_its_deadline(virtual_loop: VirtualLoop) -> None:
    async def connect() -> None:
        engine = engine_over(SilentHost())
        with pytest.raises(DeadlineExceeded) as caught:
            await engine.connect("root\\far", Caller("me"), deadline=virtual_loop.time() + 120)
        # A source of a host has five seconds to tell where it ended; this one says nothing then either.
        assert virtual_loop.time() == 125
        assert caught.value.status == WBEM_E_TIMED_OUT
        assert (caught.value.phase, caught.value.operation, caught.value.namespace) == (
            "login",
            "ConnectServer",
            "root\\far",
        )
        await engine.close()

    virtual_loop.run_until_complete(connect())


def test_a_refused_connection_says_what_was_asked(virtual_loop: VirtualLoop) -> None:
    async def connect() -> None:
        engine = engine_over(StrictHost())
        with pytest.raises(InvalidNamespace) as caught:
            await engine.connect("root\\far", Caller("me"))
        assert (caught.value.operation, caught.value.namespace) == ("ConnectServer", "root\\far")
        await engine.close()

    virtual_loop.run_until_complete(connect())


def test_results_are_read_no_longer_than_the_engine_lives() -> None:
    async def body() -> None:
        engine = engine_over(FakeRemote(numbers(1, 1)))
        enumerator = engine.services("r", Caller("me")).open(ExecQuery(query="q", flags=WBEM_FLAG_RETURN_IMMEDIATELY))
        await enumerator.call.wait()
        assert (await enumerator.next(0, 1)).returned == 1
        await engine.close()
        assert (await enumerator.next(0, 1)).returned == 0

    run_virtual(body)


def test_results_that_nobody_holds_are_not_held_by_the_engine() -> None:
    async def body() -> None:
        engine = engine_over(FakeRemote(numbers(1)))
        enumerator = engine.services("r", Caller("me")).open(ExecQuery(query="q", flags=WBEM_FLAG_RETURN_IMMEDIATELY))
        await enumerator.call.wait()
        held = weakref.ref(enumerator._results)
        del enumerator
        await asyncio.sleep(1)
        gc.collect()
        assert held() is None
        await engine.close()

    run_virtual(body)


def test_closing_waits_for_deliveries_and_ends_those_that_take_too_long(caplog: pytest.LogCaptureFixture) -> None:
    async def body() -> None:
        loop = asyncio.get_running_loop()
        engine = engine_over(FakeRemote())
        ended: list[float] = []

        async def beside(seconds: float) -> None:
            try:
                await asyncio.sleep(seconds)
            finally:
                ended.append(loop.time())

        engine.spawn(beside(0.5))
        engine.spawn(beside(100))
        await asyncio.sleep(0)
        await engine.close()
        await asyncio.sleep(0)
        assert ended == [pytest.approx(0.5), pytest.approx(engine.settings.timeouts.exit)]

    run_virtual(body)
    assert "1 calls had not ended" in caplog.text


def test_a_delivery_that_fails_is_logged_and_no_other(caplog: pytest.LogCaptureFixture) -> None:
    async def body() -> None:
        engine = engine_over(FakeRemote())

        async def work(error: BaseException | None) -> None:
            if error is not None:
                raise error

        for error in (None, asyncio.CancelledError(), ValueError("a fault")):
            engine.spawn(work(error))
        await asyncio.sleep(1)
        await engine.close()

    run_virtual(body)
    ((logger, _, said),) = caplog.record_tuples
    assert (logger, said) == ("wmix.engine", "a delivery failed inside the engine")
