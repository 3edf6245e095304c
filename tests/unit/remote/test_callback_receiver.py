"""Who may call the sinks of a client, where, and what a reference to one is made of."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from typing import TYPE_CHECKING, Any

import pytest

from wmix.config import Callbacks
from wmix.errors import AuthError, ConnectError, InvalidParameter, QuotaExceeded, WmiError
from wmix.net.client.callback_host import CallbackHost
from wmix.net.client.pings import Pinger
from wmix.net.security.credentials import NTLM, Kerberos, Negotiate
from wmix.net.security.login import begin_login
from wmix.protocol.rpc.verifier import AuthLevel
from wmix.protocol.wbem.object_sink import OBJECT_SINK, Indicate, SetStatus
from wmix.remote.callback_receiver import callback_receiver
from wmix.remote.object_sink import ObjectSink

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wmix.net.security.credentials import Credentials
    from wmix.protocol.dcom.objref import ObjRefStandard
    from wmix.remote.callback_receiver import CallbackReceiver

PASSWORD = "pa:ss wörd"
ALICE = NTLM("DOM\\alice", PASSWORD)


class Scene:
    """A receiver with one sink."""

    def __init__(self, receiver: CallbackReceiver, address: str) -> None:
        self.receiver = receiver
        self.sink = ObjectSink(10)
        self.reference = receiver.export(self.sink, address)
        self.address = address
        self.refused: list[AuthError] = []
        receiver.on_refused = self.refused.append

    async def call(
        self,
        credentials: Credentials | None = ALICE,
        level: int = AuthLevel.INTEGRITY,
        asked: Indicate | SetStatus | None = None,
    ) -> int:
        """A call of a host that logs in by *credentials*; its HRESULT."""
        asked = asked or Indicate((b"object",))
        begin: Any = None
        if credentials is not None:
            begin = lambda host, wanted: begin_login(credentials, host=host, level=wanted)  # noqa: E731
        host = CallbackHost(self.reference, self.address, begin, pinger=Pinger(), level=level)
        try:
            exporter = await host.exporter()
            held = exporter.reference(self.reference)
            reply = await exporter.invoke(held, OBJECT_SINK[type(asked).__name__], asked, seconds=10)
            held.release()
            hresult: int = reply.hresult
            return hresult
        finally:
            await host.close()


def received(
    work: Callable[[Scene], Awaitable[None]],
    credentials: Credentials = ALICE,
    *,
    address: str = "127.0.0.1",
    level: int = AuthLevel.INTEGRITY,
    callbacks: Callbacks | None = None,
) -> None:
    async def run() -> None:
        receiver = callback_receiver(credentials, callbacks or Callbacks(), level)
        try:
            await receiver.listen(address)
            async with asyncio.timeout(30):
                await work(Scene(receiver, address))
        finally:
            await receiver.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    "host",
    [
        NTLM("DOM\\alice", PASSWORD),
        NTLM("ELSEWHERE\\ALICE", PASSWORD),
        NTLM("alice", PASSWORD),
        Negotiate("DOM\\alice", PASSWORD),
    ],
    ids=["as the client", "in another domain", "without one", "negotiated"],
)
def test_who_proves_the_users_own_secret_may_call(host: Credentials) -> None:
    async def work(scene: Scene) -> None:
        assert await scene.call(host) == 0
        assert await scene.sink.next() == (b"object",)
        assert not scene.refused

    received(work)


def test_a_user_known_by_a_long_name_is_known_by_the_short_one() -> None:
    async def work(scene: Scene) -> None:
        assert await scene.call(NTLM("DOM\\alice", PASSWORD)) == 0

    received(work, NTLM("alice@dom.example", PASSWORD))


@pytest.mark.parametrize(
    "host",
    [NTLM("DOM\\alice", "another"), NTLM("DOM\\HOST$", PASSWORD)],
    ids=["another password", "the host's own account"],
)
def test_who_proves_something_else_is_refused_and_told_of(host: NTLM) -> None:
    async def work(scene: Scene) -> None:
        with pytest.raises(WmiError):
            await scene.call(host)
        assert not scene.sink.is_heard
        error = scene.refused[0]
        assert error.host == "127.0.0.1"
        assert host.user in error.detail
        assert PASSWORD not in error.diagnostic()
        assert "keytab" in (error.hint or "")

    received(work)


@pytest.mark.parametrize(
    ("host", "level"), [(None, AuthLevel.NONE), (ALICE, AuthLevel.CONNECT)], ids=["unauthenticated", "unsigned"]
)
def test_a_call_below_integrity_is_refused_and_told_of(host: NTLM | None, level: int) -> None:
    async def work(scene: Scene) -> None:
        with pytest.raises(WmiError):
            await scene.call(host, level)
        assert not scene.sink.is_heard
        assert "level" in scene.refused[0].detail

    # The host is not asked for more than it is about to do.
    received(work, level=AuthLevel.CONNECT)


def test_a_host_that_would_sign_seals_when_it_is_asked_to() -> None:
    """The answer to where the exporter is tells what it wants."""
    levels: list[int] = []

    async def work(scene: Scene) -> None:
        logged_in = scene.receiver.logged_in
        listener: Any = scene.receiver._listener

        def note(user: str, address: str, error: WmiError | None) -> None:
            levels.extend(login.level for one in listener._connections for login in one._logins.values())
            logged_in(user, address, error)

        scene.receiver.logged_in = note  # type: ignore[method-assign]  # an ear
        assert await scene.call(level=AuthLevel.INTEGRITY) == 0

    received(work, level=AuthLevel.PRIVACY)
    assert levels == [AuthLevel.PRIVACY]


def test_two_clients_with_different_users_let_in_each_its_own() -> None:
    async def work(scene: Scene) -> None:
        bob = NTLM("DOM\\bob", "secret of bob")
        other = callback_receiver(bob, Callbacks(), AuthLevel.INTEGRITY)
        await other.listen("127.0.0.1")
        theirs = Scene(other, "127.0.0.1")
        assert await theirs.call(bob) == 0
        assert await scene.call(ALICE) == 0
        for one, stranger in ((theirs, ALICE), (scene, bob)):
            with pytest.raises(WmiError):
                await one.call(stranger)
        await other.close()

    received(work)


def test_a_sink_that_was_taken_back_is_not_there() -> None:
    async def work(scene: Scene) -> None:
        scene.receiver.withdraw(scene.reference)
        assert len(scene.receiver) == 0
        with pytest.raises(WmiError) as caught:
            await scene.call()
        assert caught.value.symbol == "RPC_E_DISCONNECTED"
        assert not scene.sink.is_heard

    received(work)


def test_a_client_on_ipv6_is_called_on_ipv6() -> None:
    async def work(scene: Scene) -> None:
        assert scene.reference.resolver.strings[0].host == "::1"
        assert await scene.call() == 0

    received(work, address="::1")


def test_it_listens_at_one_address_and_one_port() -> None:
    async def work(scene: Scene) -> None:
        servers = scene.receiver._listener._servers
        assert [sock.getsockname()[0] for server in servers for sock in server.sockets] == ["127.0.0.1"]
        await asyncio.gather(*[scene.receiver.listen("127.0.0.1") for _ in range(3)])
        assert len(servers) == 1
        with pytest.raises(ConnectError):
            await scene.receiver.listen("")

    received(work)


def test_the_port_may_be_named_and_may_be_taken() -> None:
    async def work(scene: Scene) -> None:
        port = scene.reference.resolver.strings[0].port
        assert port
        second = callback_receiver(ALICE, Callbacks(port), AuthLevel.INTEGRITY)
        with pytest.raises(ConnectError, match=str(port)):
            await second.listen("127.0.0.1")
        await second.close()
        third = callback_receiver(ALICE, Callbacks(port), AuthLevel.INTEGRITY)
        await third.listen("127.0.0.2")
        assert third.export(ObjectSink(1), "127.0.0.2").resolver.strings[0].address == f"127.0.0.2[{port}]"
        await third.close()

    received(work)


def test_too_many_connections_say_nothing_about_a_host() -> None:
    async def work(scene: Scene) -> None:
        scene.receiver.logged_in("", "127.0.0.1", QuotaExceeded("64 connections are open"))
        assert not scene.refused

    received(work)


def test_a_host_that_has_come_back_is_known_by_it() -> None:
    async def work(scene: Scene) -> None:
        now = asyncio.get_running_loop().time()
        assert not scene.receiver.has_sign_since(now)
        await scene.call()
        assert scene.receiver.has_sign_since(now)

    received(work)


def test_a_host_that_has_asked_where_the_sinks_are_has_come_back() -> None:
    async def work(scene: Scene) -> None:
        now = asyncio.get_running_loop().time()
        for number, known in ((scene.reference.std.oxid ^ 1, False), (scene.reference.std.oxid, True)):
            std = scene.reference.std.replace(oxid=number)
            host = CallbackHost(scene.reference.replace(std=std), scene.address, None, pinger=Pinger())
            with contextlib.suppress(ConnectError):
                await host._resolve()
            assert scene.receiver.has_sign_since(now) == known

    received(work)


def test_what_cannot_be_verified_is_refused_before_anything_is_sent() -> None:
    for credentials in (Kerberos(), Negotiate("DOM\\alice")):
        with pytest.raises(InvalidParameter, match="verified") as caught:
            callback_receiver(credentials, Callbacks(), AuthLevel.PRIVACY)
        assert "keytab" in (caught.value.hint or "")


def objref(reference: ObjRefStandard) -> bytes:
    """The reference by hand: [MS-DCOM] 2.2.18.1, 2.2.18.4, 2.2.18.2, 2.2.19."""
    std = reference.std
    sink = bytes.fromhex("0178857C 8173 CF11 884D 00AA004B2E24")  # 7C857801-7381-11CF-884D-00AA004B2E24
    head = b"MEOW" + struct.pack("<I", 1) + sink  # signature, OBJREF_STANDARD, iid
    body = struct.pack("<IIQQ", 0, 5, std.oxid, std.oid) + std.ipid  # flags, cPublicRefs, OXID, OID, IPID
    port = reference.resolver.strings[0].port
    strings = b"".join(
        b"\x07\0" + f"{host}[{port}]\0".encode("utf-16-le") for host in ("127.0.0.1", "localhost")
    ) + bytes(2)
    security = b"".join(struct.pack("<HHH", service, 0xFFFF, 0) for service in (9, 10)) + bytes(2)
    units = struct.pack("<HH", (len(strings) + len(security)) // 2, len(strings) // 2)
    return head + body + units + strings + security


def test_a_reference_is_what_the_specification_says() -> None:
    async def work(scene: Scene) -> None:
        assert scene.reference.encode() == objref(scene.reference)

    received(work)
