"""The engine: connecting in time, and who may."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from unit.engine.fakes import FakeRemote, engine_over
from wmix.errors import DeadlineExceeded, InvalidNamespace
from wmix.port.caller import Caller
from wmix.status import WBEM_E_TIMED_OUT

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
        assert virtual_loop.time() == 120
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
