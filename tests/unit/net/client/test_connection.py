"""One connection against a peer that breaks the rules, falls silent or goes away."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from unit.net.memory_network import MemoryNetwork, MemoryTransport, Peer
from unit.net.scripted_host import HostConnection, NullLogin, ScriptedHost
from wmix.errors import ConnectError, ProtocolError, WmiError
from wmix.net.client.addresses import Address
from wmix.net.client.connection import ClientConnection
from wmix.net.client.phases import Phase
from wmix.protocol.dcom.identifiers import IID_IRemoteSCMActivator
from wmix.protocol.rpc.pdu_types import PduFlags
from wmix.protocol.rpc.pdus import BindAck, BindNak, Response, decode_pdu, encode_pdu
from wmix.status import RPC_S_SEC_PKG_ERROR, RPC_S_UNKNOWN_AUTHN_SERVICE
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wmix.protocol.rpc.events import CallReceived

ADDRESS = Address("10.0.0.5", 135)


class Speaker(Peer):
    """Answers everything with the same octets, or by closing."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets

    def received(self, data: bytes) -> None:
        if self.octets:
            self.send(self.octets)
        else:
            self.close()


def against(peer: Peer, work: Callable[[ClientConnection], Awaitable[object]]) -> object:
    """The result of *work* on a connection to *peer*."""

    async def run() -> object:
        network = MemoryNetwork(lambda *_: peer)
        connection = await network.open(lambda: ClientConnection(ADDRESS.place), ADDRESS)
        try:
            return await work(connection)
        finally:
            connection.close()

    return run_virtual(run)


async def bind(connection: ClientConnection) -> None:
    await connection.bind((IID_IRemoteSCMActivator,), NullLogin("host", 6), 6)


def test_garbage_on_the_port_is_a_protocol_error_that_names_the_place() -> None:
    with pytest.raises(ProtocolError) as caught:
        against(Speaker(b"HTTP/1.1 400 Bad Request\r\n\r\n"), bind)
    assert (caught.value.host, caught.value.phase) == (ADDRESS.place, Phase.BIND)
    assert caught.value.hint


def test_a_peer_that_hangs_up_is_a_lost_connection() -> None:
    with pytest.raises(ConnectError) as caught:
        against(Speaker(b""), bind)
    assert (caught.value.host, caught.value.phase) == (ADDRESS.place, Phase.BIND)


def test_an_unknown_authentication_type_is_told_as_such() -> None:
    with pytest.raises(WmiError) as caught:
        against(Speaker(encode_pdu(BindNak(1, reason=8))), bind)
    assert caught.value.status == RPC_S_UNKNOWN_AUTHN_SERVICE


def test_a_connection_that_ends_while_the_login_thinks_is_lost() -> None:
    peer = HostConnection(ScriptedHost())

    class SlowLogin(NullLogin):
        async def step(self, token: bytes | None) -> bytes | None:
            if token is not None:
                peer.close()
                await asyncio.sleep(3)
            return await super().step(token)

    async def work(connection: ClientConnection) -> None:
        await connection.bind((IID_IRemoteSCMActivator,), SlowLogin("host", 6), 6)

    with pytest.raises(ConnectError) as caught:
        against(peer, work)
    assert (caught.value.host, caught.value.phase) == (ADDRESS.place, Phase.BIND)


def test_a_reply_to_another_call_ends_the_connection() -> None:
    host = ScriptedHost()
    host.silent.add("RemoteCreateInstance")
    peer = HostConnection(host)

    async def work(connection: ClientConnection) -> None:
        await bind(connection)
        task = asyncio.ensure_future(connection.call(4, b"stub", phase=Phase.ACTIVATE))
        await asyncio.sleep(2)
        flags = int(PduFlags.FIRST_FRAG | PduFlags.LAST_FRAG)
        peer.send(encode_pdu(Response(77, flags, None, 0, 0, 0, 0, b"")))
        with pytest.raises(ProtocolError, match="77") as caught:
            await task
        assert caught.value.phase == Phase.ACTIVATE
        assert not connection.is_usable
        with pytest.raises(ProtocolError):
            await connection.call(4, b"stub")

    against(peer, work)


def test_the_last_message_of_a_login_and_the_first_call_leave_in_one_write() -> None:
    host = ScriptedHost()
    host.silent.add("RemoteCreateInstance")
    peer = HostConnection(host)

    async def work(connection: ClientConnection) -> None:
        await bind(connection)
        task = asyncio.ensure_future(connection.call(4, b"stub"))
        await asyncio.sleep(2)
        assert len(peer.transport.writes) == 2
        task.cancel()

    against(peer, work)


def test_calls_take_turns_where_the_host_takes_one_and_a_waiting_one_can_go_away() -> None:
    host = ScriptedHost(multiplexing=False)
    host.silent.add("RemoteCreateInstance")
    peer = HostConnection(host)

    async def work(connection: ClientConnection) -> None:
        await bind(connection)
        tasks = [asyncio.ensure_future(connection.call(4, bytes(32))) for _ in range(3)]
        await asyncio.sleep(2)
        assert host.calls == ["RemoteCreateInstance"]
        tasks[1].cancel()
        peer.answer_late(b"first")
        await asyncio.sleep(2)
        peer.answer_late(b"third")
        assert [await tasks[0], await tasks[2]] == [b"first", b"third"]

    against(peer, work)


def test_a_login_that_is_answered_at_a_lower_level_goes_no_further() -> None:
    def lowered(_: MemoryTransport, data: bytes) -> bytes:
        pdu = decode_pdu(data)
        assert isinstance(pdu, BindAck)
        assert pdu.auth is not None
        return encode_pdu(pdu.replace(auth=pdu.auth.replace(auth_level=2)))

    async def run() -> None:
        host = ScriptedHost()
        host.network.damage = lowered
        connection = await host.network.open(lambda: ClientConnection(ADDRESS.place), ADDRESS)
        with pytest.raises(ProtocolError, match="at level 6 is answered by one of type 10 at level 2") as caught:
            await bind(connection)
        assert (caught.value.status, caught.value.host) == (RPC_S_SEC_PKG_ERROR, ADDRESS.place)
        assert len(host.network.transports[0].writes) == 1
        assert not connection.is_usable

    run_virtual(run)


def test_an_answer_that_comes_in_the_moment_in_which_a_call_is_given_up_is_not_lost() -> None:
    tasks: list[asyncio.Task[bytes]] = []

    class Crossing(HostConnection):
        """Its answer arrives, and then the call is given up, before the caller has run."""

        def _answer(self, call: CallReceived) -> None:
            super()._answer(call)
            self._flush()
            asyncio.get_running_loop().call_later(self.transport._network.delay, tasks[0].cancel)

    async def work(connection: ClientConnection) -> None:
        await connection.bind((IID_IRemoteSCMActivator,), None, 1)
        late: list[bytes] = []
        tasks.append(asyncio.ensure_future(connection.call(1, bytes(8), late=late.append)))
        with pytest.raises(asyncio.CancelledError):
            await tasks[0]
        await asyncio.sleep(5)
        assert len(late) == 1
        assert connection.is_usable

    against(Crossing(ScriptedHost()), work)


@pytest.mark.parametrize("moment", ["while it waits", "when it has its turn"])
def test_a_call_that_is_given_up_leaves_its_turn_to_the_next(moment: str) -> None:
    tasks: list[asyncio.Task[bytes]] = []

    class Single(HostConnection):
        """Takes one call at a time; gives up the second when the first one's answer has arrived."""

        def _answer(self, call: CallReceived) -> None:
            super()._answer(call)
            self._flush()
            if moment == "when it has its turn" and not tasks[1].done():
                asyncio.get_running_loop().call_later(self.transport._network.delay, tasks[1].cancel)

    async def work(connection: ClientConnection) -> None:
        await connection.bind((IID_IRemoteSCMActivator,), None, 1)
        tasks.extend([asyncio.ensure_future(connection.call(1, bytes(8))) for _ in range(3)])
        await asyncio.sleep(0)
        if moment == "while it waits":
            tasks[1].cancel()
        answers = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 20)
        assert isinstance(answers[1], asyncio.CancelledError)
        assert answers[0] == answers[2]
        assert isinstance(answers[2], bytes)

    against(Single(ScriptedHost(multiplexing=False)), work)
