"""Connections of clients that do nothing, too much, or the wrong thing: each ends by its deadline, the others go on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from conformance.fixture_f import SlowSource
from unit.server.conversation import FaultReceived
from unit.server.served_fixture import CONF, Fixture, with_server
from unit.server.test_enumerator import INFINITE, enumeration, ids, next_of
from wmix.errors import QuotaExceeded
from wmix.net.server import connection
from wmix.net.server.limits import ServerLimits
from wmix.protocol.dcom.identifiers import IID_IObjectExporter, IID_IRemoteSCMActivator
from wmix.protocol.dcom.object_exporter import OBJECT_EXPORTER, ServerAlive
from wmix.protocol.dcom.orpc import OrpcThis, encode_call
from wmix.protocol.rpc.events import Bound, ShutdownReceived
from wmix.protocol.rpc.presentation import ndr_context
from wmix.protocol.rpc.verifier import AuthVerifier
from wmix.protocol.wbem.enumerator import ENUM_CLASS_OBJECT, Next
from wmix.protocol.wbem.services import SERVICES, GetObject
from wmix.status import WBEM_E_QUOTA_VIOLATION, WBEM_S_TIMEDOUT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from unit.server.conversation import Peer
    from wmix.protocol.ndr.guid import Guid


def passing(test: Callable[[Fixture], Awaitable[None]], **options: Any) -> None:
    """Run *test* while time passes at once."""
    with_server(test, virtual=True, **options)


async def ends_after(fixture: Fixture, peer: Peer, seconds: float) -> None:
    """See that a connection is closed after *seconds* and not before, and that the server goes on."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await peer.closed()
    assert loop.time() - began == pytest.approx(seconds, abs=0.01)
    other = fixture.peer()
    await other.bind(IID_IObjectExporter, level=0)
    assert (await other.call(OBJECT_EXPORTER, "ServerAlive", ServerAlive())).status == 0


async def logged_in(peer: Peer) -> None:
    """Log in, and see that it is done: an auth3 has no answer."""
    await peer.bind(IID_IObjectExporter)
    assert (await peer.call(OBJECT_EXPORTER, "ServerAlive", ServerAlive())).status == 0


def test_a_client_that_never_binds_is_left() -> None:
    async def test(fixture: Fixture) -> None:
        await ends_after(fixture, fixture.peer(), 10)

    passing(test)


def test_dripping_octets_before_the_bind_gains_no_time() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        peer.association.bind([ndr_context(0, IID_IObjectExporter)])
        octets = b"".join(peer.association.data_to_send())
        for octet in octets[:4]:
            peer.connection.data_received(bytes([octet]))
            await asyncio.sleep(2)
        await ends_after(fixture, peer, 2)

    passing(test)


def test_half_a_pdu_that_stays_half_is_the_end() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        await logged_in(peer)
        method = OBJECT_EXPORTER["ServerAlive"]
        peer.association.call(method.opnum, ServerAlive().encode(), auth_context_id=1)
        octets = b"".join(peer.association.data_to_send())
        peer.connection.data_received(octets[:12])
        await ends_after(fixture, peer, 60)

    passing(test)


def test_a_call_of_which_fragments_are_missing_is_the_end() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        services = await peer.log_in(CONF)
        stub = encode_call(OrpcThis(), GetObject("x" * 8000))
        peer.association.call(SERVICES["GetObject"].opnum, stub, object=services, auth_context_id=1)
        peer.connection.data_received(peer.association.data_to_send()[0])
        await ends_after(fixture, peer, 60)

    passing(test)


def test_a_login_that_does_not_go_on_is_the_end() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        auth = AuthVerifier(10, 5, 1, b"DOM\\alice")
        peer.association.bind([ndr_context(0, IID_IRemoteSCMActivator)], auth=auth)
        peer.send()
        await peer.event(Bound)
        await ends_after(fixture, peer, 12)

    passing(test, limits=ServerLimits(partial=12.0))


def test_a_client_that_does_not_log_in_is_left_whatever_it_asks() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        await peer.bind(IID_IObjectExporter, level=0)
        for _ in range(5):
            await asyncio.sleep(4)
            await peer.call(OBJECT_EXPORTER, "ServerAlive", ServerAlive())
        await ends_after(fixture, peer, 10)

    passing(test)


def test_the_time_for_a_login_is_configured_and_logins_that_fail_do_not_lengthen_it() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        await peer.bind(IID_IRemoteSCMActivator, last=b"wrong")
        await asyncio.sleep(3)
        await peer.bind(IID_IRemoteSCMActivator, last=b"wrong", alter=True)
        await ends_after(fixture, peer, 2)

    passing(test, limits=ServerLimits(login=5.0))


def test_a_client_that_asks_nothing_is_left_after_a_quarter_of_an_hour() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        await logged_in(peer)
        await asyncio.sleep(899)
        await peer.call(OBJECT_EXPORTER, "ServerAlive", ServerAlive())
        await ends_after(fixture, peer, 900)

    passing(test)


def test_a_long_wait_is_not_idle() -> None:
    slow = SlowSource()

    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        enumerator = await enumeration(peer, await peer.log_in(CONF), "CF_Slow")
        call = peer.ask(ENUM_CLASS_OBJECT, "Next", Next(INFINITE, 1), enumerator)
        await asyncio.sleep(5000)
        slow.permit(1)
        assert ids(await peer.answer(call, ENUM_CLASS_OBJECT, "Next")) == ["s0"]

    passing(test, slow=slow)


def test_a_client_that_does_not_read_is_not_read_from_and_left_in_the_end() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        await logged_in(peer)
        peer.connection.pause_writing()
        assert not peer.transport.reads
        await ends_after(fixture, peer, 60)

    passing(test)


def test_a_client_that_reads_again_is_read_from_again() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        await logged_in(peer)
        peer.connection.pause_writing()
        await asyncio.sleep(59)
        peer.connection.resume_writing()
        assert peer.transport.reads
        await asyncio.sleep(100)
        assert not peer.is_lost

    passing(test)


def test_a_client_with_many_calls_waits_until_some_are_answered() -> None:
    slow = SlowSource()

    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        enumerator = await enumeration(peer, await peer.log_in(CONF), "CF_Slow")
        calls = [peer.ask(ENUM_CLASS_OBJECT, "Next", Next(INFINITE, 1), enumerator) for _ in range(3)]
        assert not peer.transport.reads
        slow.permit(1)
        assert ids(await peer.answer(calls[0], ENUM_CLASS_OBJECT, "Next")) == ["s0"]
        assert peer.transport.reads

    with_server(test, slow, limits=ServerLimits(calls=3))


def test_many_calls_that_come_together_leave_turns_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_TURN", 0.0)

    async def test(fixture: Fixture) -> None:
        first, other = fixture.peer(), fixture.peer("192.0.2.8")
        await logged_in(first)
        await logged_in(other)
        method = OBJECT_EXPORTER["ServerAlive"]
        calls = [first.association.call(method.opnum, ServerAlive().encode(), auth_context_id=1) for _ in range(100)]
        first.send()
        assert not first.transport.reads
        assert (await other.call(OBJECT_EXPORTER, "ServerAlive", ServerAlive())).status == 0
        await asyncio.sleep(0)
        assert 1 <= len(first.events) < 10
        for call in calls:
            assert (await first.answer(call, OBJECT_EXPORTER, "ServerAlive")).status == 0
        assert first.transport.reads
        for _ in range(10):
            first.association.call(method.opnum, ServerAlive().encode(), auth_context_id=1)
        first.send()
        first.hang_up()
        await asyncio.sleep(0.01)

    with_server(test)


def test_calls_that_wait_do_not_keep_out_others_and_one_too_many_fails() -> None:
    slow = SlowSource(10)

    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        services = await peer.log_in(CONF)
        enumerator = await enumeration(peer, services, "CF_Slow")
        calls = [peer.ask(ENUM_CLASS_OBJECT, "Next", Next(INFINITE, 1), enumerator) for _ in range(5)]
        await asyncio.sleep(0.01)
        for _ in range(3):
            refused = await next_of(peer, enumerator, 1, timeout=INFINITE)
            assert (refused.hresult, refused.objects) == (WBEM_E_QUOTA_VIOLATION, ())
        assert peer.transport.reads
        assert (await next_of(peer, enumerator, 1, timeout=0)).hresult == WBEM_S_TIMEDOUT
        slow.permit(1)
        assert ids(await peer.answer(calls[0], ENUM_CLASS_OBJECT, "Next")) == ["s0"]
        another = peer.ask(ENUM_CLASS_OBJECT, "Next", Next(INFINITE, 1), enumerator)
        slow.permit(5)
        assert ids(await peer.answer(another, ENUM_CLASS_OBJECT, "Next")) == ["s5"]

    with_server(test, slow, virtual=True, limits=ServerLimits(calls=2, waiting_calls=5))


def test_calls_of_one_user_that_wait_are_bounded_over_all_connections() -> None:
    slow = SlowSource()

    async def test(fixture: Fixture) -> None:
        peers = [fixture.peer() for _ in range(3)]
        enumerators = [await enumeration(peer, await peer.log_in(CONF), "CF_Slow") for peer in peers]
        for peer, enumerator in zip(peers[:2], enumerators, strict=False):
            peer.ask(ENUM_CLASS_OBJECT, "Next", Next(INFINITE, 1), enumerator)
        await asyncio.sleep(0.01)
        refused = await next_of(peers[2], enumerators[2], 1, timeout=INFINITE)
        assert refused.hresult == WBEM_E_QUOTA_VIOLATION
        peers[0].hang_up()
        await asyncio.sleep(0.01)
        call = peers[2].ask(ENUM_CLASS_OBJECT, "Next", Next(INFINITE, 1), enumerators[2])
        await asyncio.sleep(0.01)
        slow.permit(15)
        assert (await peers[2].answer(call, ENUM_CLASS_OBJECT, "Next")).hresult == 0

    with_server(test, slow, virtual=True, limits=ServerLimits(waiting_calls_of_user=2))


def test_one_connection_too_many_is_closed_at_once() -> None:
    async def test(fixture: Fixture) -> None:
        first, second = fixture.peer(), fixture.peer()
        third = fixture.peer()
        await third.closed()
        assert fixture.server.connections == 2
        first.hang_up()
        fourth = fixture.peer()
        await fourth.bind(IID_IObjectExporter, level=0)
        assert not second.is_lost

    with_server(test, limits=ServerLimits(connections=2))


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n\r\n", b"\x05\x00\x0b\x03" + b"\xff" * 40])
def test_garbage_ends_its_connection_and_no_other(garbage: bytes) -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        peer.connection.data_received(garbage)
        await ends_after(fixture, peer, 0)
        assert peer.transport.writes[0][2] == 13  # bind_nak

    passing(test)


def test_a_forged_call_ends_its_connection_with_a_fault() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        services = await peer.log_in(CONF)
        stub = encode_call(OrpcThis(), GetObject("CF_Part"))
        peer.association.call(SERVICES["GetObject"].opnum, stub, object=services, auth_context_id=1)
        octets = b"".join(peer.association.data_to_send())
        peer.connection.data_received(octets[:-1] + b"\xee")
        await peer.closed()
        assert int.from_bytes(peer.transport.writes[-1][24:28], "little") == 0x721

    with_server(test)


def test_a_server_that_stops_ends_waits_with_what_is_there_and_takes_no_new_calls() -> None:
    slow = SlowSource()
    slow.permit(1)

    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        enumerator = await enumeration(peer, await peer.log_in(CONF), "CF_Slow")
        call = peer.ask(ENUM_CLASS_OBJECT, "Next", Next(INFINITE, 2), enumerator)
        await asyncio.sleep(1)
        began = asyncio.get_running_loop().time()
        closing = asyncio.ensure_future(fixture.server.close(5.0))
        await peer.event(ShutdownReceived)
        reply = await peer.answer(call, ENUM_CLASS_OBJECT, "Next")
        assert (reply.hresult, ids(reply)) == (WBEM_S_TIMEDOUT, ["s0"])
        await peer.closed()
        await closing
        assert asyncio.get_running_loop().time() - began < 1
        assert len(fixture.server.exporter) == 0
        late = fixture.peer()
        await late.closed()

    passing(test, slow=slow)


def test_a_call_that_does_not_end_holds_a_stop_up_for_the_time_of_grace() -> None:
    slow = SlowSource()

    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        services = await peer.log_in(CONF)
        peer.ask(SERVICES, "GetObject", GetObject('CF_Slow.Id="s0"'), services)
        await asyncio.sleep(1)
        began = asyncio.get_running_loop().time()
        await fixture.server.close(5.0)
        assert asyncio.get_running_loop().time() - began == pytest.approx(5.0, abs=0.1)
        await peer.closed()

    passing(test, slow=slow)


def test_what_a_lost_client_leaves_behind_goes_and_its_provider_stops() -> None:
    slow = SlowSource()

    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        enumerator = await enumeration(peer, await peer.log_in(CONF), "CF_Slow")
        assert (await next_of(peer, enumerator, 1, timeout=0)).hresult == WBEM_S_TIMEDOUT
        peer.hang_up()
        await asyncio.sleep(80)
        assert fixture.server.exporter.find(enumerator) is not None
        await asyncio.sleep(40)
        assert fixture.server.exporter.find(enumerator) is None
        assert len(fixture.server.exporter) == 0
        await asyncio.sleep(1)
        assert slow.cancelled.is_set()

    passing(test, slow=slow)


def half_a_call(peer: Peer, services: Guid, octets: int) -> bytes:
    """A call without its last fragment."""
    stub = encode_call(OrpcThis(), GetObject("x" * (octets // 2)))
    peer.association.call(SERVICES["GetObject"].opnum, stub, object=services, auth_context_id=1)
    return b"".join(peer.association.data_to_send()[:-1])


def test_of_all_who_keep_calls_unfinished_the_one_that_keeps_most_is_closed() -> None:
    async def test(fixture: Fixture) -> None:
        small, large, last = fixture.peer(), fixture.peer(), fixture.peer()
        for peer, octets in ((small, 20_000), (large, 100_000), (last, 90_000)):
            services = await peer.log_in(CONF)
            peer.connection.data_received(half_a_call(peer, services, octets))
        await large.closed()
        assert not small.is_lost
        assert not last.is_lost
        user, _, error = fixture.logins[-1]
        assert user == "DOM\\alice"
        assert isinstance(error, QuotaExceeded)
        last.hang_up()
        again = fixture.peer()
        again.connection.data_received(half_a_call(again, await again.log_in(CONF), 110_000))
        assert not again.is_lost

    with_server(test, limits=ServerLimits(pending_octets_of_all=150_000))


def test_a_client_that_goes_on_before_its_login_is_answered_is_not_read_from() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        peer.association.bind([ndr_context(0, IID_IObjectExporter)], auth=AuthVerifier(10, 5, 1, b"DOM\\alice"))
        bind = b"".join(peer.association.data_to_send())
        peer.connection.data_received(bind)
        assert peer.transport.reads  # nothing has overtaken the bind yet
        peer.connection.data_received(bind[:50])
        assert not peer.transport.reads
        await peer.event(Bound)
        assert peer.transport.reads

    with_server(test)


def test_a_client_that_floods_without_a_login_is_closed() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        await peer.bind(IID_IObjectExporter, level=0)
        for _ in range(255):
            await peer.call(OBJECT_EXPORTER, "ServerAlive", ServerAlive())
        with pytest.raises(FaultReceived):
            await peer.call(OBJECT_EXPORTER, "ServerAlive", ServerAlive())
        await peer.closed()
        other = fixture.peer()
        await logged_in(other)
        for _ in range(300):
            await other.call(OBJECT_EXPORTER, "ServerAlive", ServerAlive())

    with_server(test)


def test_one_address_cannot_take_all_connections_and_is_told_of_once() -> None:
    async def test(fixture: Fixture) -> None:
        held = [fixture.peer() for _ in range(3)]
        for _ in range(5):
            await fixture.peer().closed()
        other = fixture.peer("192.0.2.8")
        await other.bind(IID_IObjectExporter, level=0)
        assert not any(peer.is_lost for peer in held)
        ((user, address, error),) = fixture.logins
        assert (user, address) == ("", "192.0.2.7")
        assert isinstance(error, QuotaExceeded)
        held[0].hang_up()
        await fixture.peer().bind(IID_IObjectExporter, level=0)

    with_server(test, limits=ServerLimits(connections_of_address=3))
