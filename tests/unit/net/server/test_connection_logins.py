"""Logins that fail: whoever guesses is answered later and later, and nobody else is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from unit.server.conversation import FaultReceived
from unit.server.served_fixture import Fixture, with_server
from wmix.errors import AuthError
from wmix.protocol.dcom.identifiers import IID_IObjectExporter
from wmix.protocol.dcom.object_exporter import OBJECT_EXPORTER, ServerAlive
from wmix.protocol.rpc.presentation import ndr_context
from wmix.protocol.rpc.verifier import AuthVerifier

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from unit.server.conversation import Peer


def passing(test: Callable[[Fixture], Awaitable[None]]) -> None:
    """Run *test* while time passes at once."""
    with_server(test, virtual=True)


async def refused_after(peer: Peer, *, alter: bool = False) -> float:
    """The seconds after which a wrong password is told."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await peer.bind(IID_IObjectExporter, last=b"wrong", alter=alter)
    with pytest.raises(FaultReceived) as caught:
        await peer.call(OBJECT_EXPORTER, "ServerAlive", ServerAlive())
    assert caught.value.status == 5
    return loop.time() - began


async def seconds_to_refuse(peer: Peer) -> float:
    """The seconds after which a first message of a login is refused."""
    began = asyncio.get_running_loop().time()
    peer.association.bind([ndr_context(0, IID_IObjectExporter)], auth=AuthVerifier(10, 5, 1, b"DOM\\alice"))
    peer.send()
    await peer.closed()
    assert peer.transport.writes[0][2] == 13  # bind_nak
    return asyncio.get_running_loop().time() - began


async def served_at_once(peer: Peer) -> None:
    began = asyncio.get_running_loop().time()
    await peer.bind(IID_IObjectExporter)
    assert (await peer.call(OBJECT_EXPORTER, "ServerAlive", ServerAlive())).status == 0
    assert asyncio.get_running_loop().time() == began


def test_wrong_passwords_are_told_later_and_later_and_right_ones_at_once() -> None:
    async def test(fixture: Fixture) -> None:
        waits = [await refused_after(fixture.peer()) for _ in range(8)]
        assert waits == pytest.approx([0, 0, 0, 0, 0, 0.5, 1, 2], abs=0.3)
        await served_at_once(fixture.peer())
        await served_at_once(fixture.peer("192.0.2.8"))
        assert len([error for _, _, error in fixture.logins if error]) == 8

    passing(test)


class Refusing:
    """An acceptor that refuses the first message."""

    user = "DOM\\alice"
    is_complete = identifies_only = False

    def begin(self, auth_type: int, level: int) -> Any:
        return self

    async def step(self, token: bytes) -> bytes | None:
        raise AuthError("no")

    def security(self) -> Any:
        raise AssertionError


def test_a_first_message_of_a_login_that_is_refused_waits_too() -> None:
    async def test(fixture: Fixture) -> None:
        fixture.server.listener.acceptor = Refusing()
        waits = [await seconds_to_refuse(fixture.peer()) for _ in range(8)]
        assert waits == pytest.approx([0, 0, 0, 0, 0, 0.5, 1, 2], abs=0.3)

    passing(test)


def test_guesses_that_hang_up_are_not_judged_any_faster() -> None:
    async def test(fixture: Fixture) -> None:
        for _ in range(5 + 16):
            peer = fixture.peer()
            await peer.bind(IID_IObjectExporter, last=b"wrong")
            peer.send()
            await asyncio.sleep(0.001)
            peer.hang_up()
        for _ in range(80):
            assert await seconds_to_refuse(fixture.peer()) == 0
        reasons = [str(error) for _, _, error in fixture.logins]
        assert len([reason for reason in reasons if "wrong password" in reason]) == 5 + 16
        assert len([reason for reason in reasons if "not judged" in reason]) == 80
        await served_at_once(fixture.peer("192.0.2.8"))
        await asyncio.sleep(8)
        await served_at_once(fixture.peer())

    passing(test)


class Prompt(Refusing):
    """An acceptor that challenges, and refuses whatever comes then."""

    def __init__(self) -> None:
        self.is_challenged = False

    def begin(self, auth_type: int, level: int) -> Any:
        return Prompt()

    async def step(self, token: bytes) -> bytes | None:
        if self.is_challenged:
            raise AuthError("wrong password")
        self.is_challenged = True
        return b"challenge"


def test_logins_that_began_before_are_not_judged_either() -> None:
    async def test(fixture: Fixture) -> None:
        fixture.server.listener.acceptor = Prompt()
        peers = [fixture.peer() for _ in range(100)]
        for peer in peers:
            await peer.bind(IID_IObjectExporter, last=b"wrong")
        for peer in peers:
            peer.send()
        await asyncio.sleep(0.1)
        reasons = [str(error) for _, _, error in fixture.logins]
        assert len([reason for reason in reasons if "wrong password" in reason]) == 5 + 16

    passing(test)


def test_a_failure_that_waits_does_not_hold_up_the_end_of_the_server() -> None:
    async def test(fixture: Fixture) -> None:
        for _ in range(12):
            peer = fixture.peer()
            await peer.bind(IID_IObjectExporter, last=b"wrong")
            peer.send()
        began = asyncio.get_running_loop().time()
        await fixture.server.close(5.0)
        assert asyncio.get_running_loop().time() - began < 0.1
        assert peer.is_lost

    passing(test)
