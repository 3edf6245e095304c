"""The listener with real sockets: ports, addresses of both families, and clients that do not read."""

from __future__ import annotations

import asyncio
import resource
import socket
from typing import TYPE_CHECKING, Any

import pytest

from wmix.errors import ConnectError
from wmix.net.security.acceptor import Acceptor
from wmix.net.server.dispatch import Dispatcher
from wmix.net.server.exporter import ObjectExporter
from wmix.net.server.limits import ServerLimits
from wmix.net.server.listener import Listener
from wmix.net.server.ping_sets import PingSets
from wmix.net.server.resolver import Resolver
from wmix.net.server.stubs import Stub, answers
from wmix.protocol.dcom.object_exporter import OBJECT_EXPORTER, ResolveOxid, ResolveOxidReply, ServerAlive, StatusReply
from wmix.protocol.ndr.guid import NULL_GUID
from wmix.protocol.rpc.client import ClientAssociation
from wmix.protocol.rpc.events import Bound, Replied
from wmix.protocol.rpc.presentation import ndr_context
from wmix.server.users import Users

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Listening:
    """A listener on loopback, without a server behind it."""

    def __init__(self, limits: ServerLimits | None = None) -> None:
        loop = asyncio.get_running_loop()
        self.exporter = ObjectExporter(loop.time, limits)
        pings = PingSets(self.exporter, loop.time)
        stubs: dict[Any, Stub] = {OBJECT_EXPORTER.iid: Resolver(self.exporter, NULL_GUID, pings, 5)}
        self.listener = Listener(Dispatcher(self.exporter, stubs), Acceptor(Users()), pings, limits=limits)


class Client:
    """A client of the resolver over a socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.association = ClientAssociation()
        self.reader, self.writer = reader, writer

    async def event(self, kind: type[Any]) -> Any:
        self.writer.writelines(self.association.data_to_send())
        while True:
            for event in self.association.events():
                if isinstance(event, kind):
                    return event
            data = await self.reader.read(65536)
            assert data, "closed"
            self.association.receive_data(data)

    async def bind(self) -> None:
        self.association.bind([ndr_context(0, OBJECT_EXPORTER.iid)])
        await self.event(Bound)

    async def is_answered(self) -> bool:
        self.association.call(OBJECT_EXPORTER["ServerAlive"].opnum, ServerAlive().encode())
        return StatusReply.decode((await self.event(Replied)).stub).status == 0

    async def resolved(self, oxid: int) -> list[str]:
        self.association.call(OBJECT_EXPORTER["ResolveOxid"].opnum, ResolveOxid(oxid).encode())
        reply = ResolveOxidReply.decode((await self.event(Replied)).stub)
        assert reply.bindings is not None
        return [item.address for item in reply.bindings.tcp_bindings()]

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


async def connected(host: str, port: int) -> Client:
    client = Client(*await asyncio.open_connection(host, port))
    await client.bind()
    return client


def listening(test: Callable[[Listening], Awaitable[None]], limits: ServerLimits | None = None) -> None:
    async def run() -> None:
        scene = Listening(limits)
        try:
            async with asyncio.timeout(30):
                await test(scene)
        finally:
            await scene.listener.close()

    asyncio.run(run())


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_both_ports_answer_and_bindings_lead_to_the_second(host: str) -> None:
    async def test(scene: Listening) -> None:
        address, port = await scene.listener.listen(host, 0)
        first = await connected(address, port)
        places = await first.resolved(scene.exporter.oxid)
        plain, _, ending = places[0].rpartition("[")
        assert plain == address
        objects = int(ending[:-1])
        assert objects != port
        second = await connected(plain, objects)
        assert await second.resolved(scene.exporter.oxid) == places
        await first.close()
        await second.close()

    listening(test)


def test_the_port_of_objects_can_be_given_and_can_be_the_same() -> None:
    async def test(scene: Listening) -> None:
        wanted = free_port()
        _, port = await scene.listener.listen("127.0.0.1", 0, wanted)
        client = await connected("127.0.0.1", port)
        assert (await client.resolved(scene.exporter.oxid))[0] == f"127.0.0.1[{wanted}]"
        both = free_port()
        await scene.listener.listen("127.0.0.1", both, both)
        other = await connected("127.0.0.1", both)
        assert (await other.resolved(scene.exporter.oxid))[0] == f"127.0.0.1[{both}]"
        await client.close()
        await other.close()

    listening(test)


def test_a_port_that_is_taken_is_told_and_nothing_listens() -> None:
    async def test(scene: Listening) -> None:
        _, port = await scene.listener.listen("127.0.0.1", 0)
        free = free_port()
        with pytest.raises(ConnectError, match=f"cannot listen at 127.0.0.1:{port}"):
            await scene.listener.listen("127.0.0.1", free, port)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", free)
        with pytest.raises(ConnectError, match="no address to listen at"):
            await scene.listener.listen("no.such.host.invalid", 0)
        with pytest.raises(ConnectError, match=r"cannot listen at 192\.0\.2\.1:0: Cannot assign") as caught:
            await scene.listener.listen("192.0.2.1", 0)
        assert caught.value.hint == "give an address of this machine, or 0.0.0.0"

    listening(test)


def test_a_port_that_another_takes_between_bind_and_listen_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    bind = socket.socket.bind
    rivals: list[socket.socket] = []

    def bind_and_lose(sock: socket.socket, address: Any) -> None:
        bind(sock, address)
        if not rivals:
            rival = socket.socket()
            rivals.append(rival)
            rival.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bind(rival, address)
            rival.listen()

    async def test(scene: Listening) -> None:
        port = free_port()
        monkeypatch.setattr(socket.socket, "bind", bind_and_lose)
        with pytest.raises(ConnectError, match=f"cannot listen at 127.0.0.1:{port}") as caught:
            await scene.listener.listen("127.0.0.1", port)
        assert (caught.value.symbol, caught.value.hint) == (
            "WBEM_E_TRANSPORT_FAILURE",
            "choose another port, or stop who listens there",
        )
        rivals[0].close()

    listening(test)


def test_connections_take_no_more_than_half_of_the_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (4, 4))

    async def test(scene: Listening) -> None:
        host, port = await scene.listener.listen("127.0.0.1", 0)
        clients = [await connected(host, port) for _ in range(2)]
        reader, writer = await asyncio.open_connection(host, port)
        assert await reader.read() == b""
        writer.close()
        assert scene.listener.connections == 2
        assert await clients[0].is_answered()
        for client in clients:
            await client.close()

    listening(test)


@pytest.mark.parametrize("allowed", [resource.RLIM_INFINITY, 1 << 20])
def test_descriptors_enough_change_no_limit(monkeypatch: pytest.MonkeyPatch, allowed: int) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (allowed, allowed))

    async def test(scene: Listening) -> None:
        host, port = await scene.listener.listen("127.0.0.1", 0)
        client = await connected(host, port)
        reader, writer = await asyncio.open_connection(host, port)
        assert await reader.read() == b""
        writer.close()
        await client.close()

    listening(test, ServerLimits(connections=1))


def test_sockets_send_at_once() -> None:
    async def test(scene: Listening) -> None:
        _, port = await scene.listener.listen("127.0.0.1", 0)
        client = await connected("127.0.0.1", port)
        (connection,) = scene.listener._connections
        assert connection._transport is not None
        sock = connection._transport.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60_000
        await client.close()

    listening(test)


class Verbose(Stub):
    """A resolver whose answers are long."""

    LENGTH = 1 << 20

    @answers(OBJECT_EXPORTER, "ServerAlive")
    async def server_alive(self, call: object, asked: object) -> Any:
        class Long(StatusReply):
            def encode(self) -> bytes:
                return super().encode() + bytes(Verbose.LENGTH)

        return Long()


def test_a_client_that_never_reads_slows_nobody_and_is_left() -> None:
    async def test(scene: Listening) -> None:
        scene.listener.dispatcher._without_objects[OBJECT_EXPORTER.iid] = Verbose()
        _, port = await scene.listener.listen("127.0.0.1", 0)
        idle = await connected("127.0.0.1", port)
        idle.writer.transport.pause_reading()  # type: ignore[attr-defined]  # of a read transport
        for _ in range(40):
            idle.association.call(OBJECT_EXPORTER["ServerAlive"].opnum, ServerAlive().encode())
        idle.writer.writelines(idle.association.data_to_send())
        other = await connected("127.0.0.1", port)
        loop = asyncio.get_running_loop()
        for _ in range(5):
            began = loop.time()
            assert await other.is_answered()
            assert loop.time() - began < 2
        while scene.listener.connections > 1:
            assert await other.is_answered()
        await other.close()
        idle.writer.transport.abort()

    listening(test, ServerLimits(unread=0.5))
