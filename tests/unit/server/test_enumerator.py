"""IEnumWbemClassObject over the wire: the table of [MS-WMI] 3.1.4.4.2, cancelling, releasing, and who may call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from conformance.fixture_f import SlowSource
from unit.server.conversation import Peer, ipid_of
from unit.server.served_fixture import CONF, Fixture, with_server
from wmix.net.server.limits import ServerLimits
from wmix.protocol.dcom.orpc import OrpcThis, encode_call
from wmix.protocol.wbem.enumerator import ENUM_CLASS_OBJECT, Clone, Next, NextReply, Reset, Skip
from wmix.protocol.wbem.services import SERVICES, CreateInstanceEnum, ExecQuery
from wmix.protocol.wmio import decode_object
from wmix.server.portions import MOST_OBJECTS
from wmix.status import (
    WBEM_E_ACCESS_DENIED,
    WBEM_E_INVALID_OPERATION,
    WBEM_E_PROVIDER_FAILURE,
    WBEM_S_FALSE,
    WBEM_S_NO_ERROR,
    WBEM_S_TIMEDOUT,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wmix.protocol.ndr.guid import Guid

SEMISYNCHRONOUS = 0x30
REWINDABLE = 0x10
INFINITE = 0xFFFFFFFF


async def enumeration(peer: Peer, services: Guid, class_name: str = "CF_Part", flags: int = REWINDABLE) -> Guid:
    """An enumerator of the instances of a class."""
    reply = await peer.call(SERVICES, "CreateInstanceEnum", CreateInstanceEnum(class_name, flags), services)
    assert reply.hresult == WBEM_S_NO_ERROR
    return ipid_of(reply.enumerator)


def ids(reply: NextReply) -> list[Any]:
    """The objects of a Next, by their key."""
    return [decode_object(unit).Id for unit in reply.objects]  # type: ignore[union-attr]  # instances


async def next_of(peer: Peer, enumerator: Guid, count: int, timeout: int = INFINITE) -> NextReply:
    """One Next."""
    reply = await peer.call(ENUM_CLASS_OBJECT, "Next", Next(timeout, count), enumerator)
    assert isinstance(reply, NextReply)
    assert reply.asked == count
    return reply


def enumerating(
    test: Callable[[Fixture, Peer, Guid], Awaitable[None]],
    class_name: str = "CF_Part",
    *,
    slow: SlowSource | None = None,
    flags: int = REWINDABLE,
    virtual: bool = False,
) -> None:
    """Run *test* with an enumerator."""

    async def run(fixture: Fixture) -> None:
        peer = fixture.peer()
        services = await peer.log_in(CONF)
        await test(fixture, peer, await enumeration(peer, services, class_name, flags))

    with_server(run, slow, virtual=virtual)


def test_a_full_portion_succeeds_even_with_the_last_objects_and_the_end_comes_by_itself() -> None:
    async def test(fixture: Fixture, peer: Peer, enumerator: Guid) -> None:
        whole = await next_of(peer, enumerator, 5)
        assert (whole.hresult, sorted(ids(whole))) == (WBEM_S_NO_ERROR, ["b1", "g1", "g2", "p1", "p2"])
        end = await next_of(peer, enumerator, 1)
        assert (end.hresult, end.objects) == (WBEM_S_FALSE, ())

    enumerating(test)


def test_a_last_portion_that_is_not_full_says_the_end() -> None:
    async def test(fixture: Fixture, peer: Peer, enumerator: Guid) -> None:
        whole = await next_of(peer, enumerator, 6)
        assert (whole.hresult, len(whole.objects)) == (WBEM_S_FALSE, 5)

    enumerating(test)


def test_nothing_asked_is_answered_at_once() -> None:
    async def test(fixture: Fixture, peer: Peer, enumerator: Guid) -> None:
        assert (await next_of(peer, enumerator, 0)).hresult == WBEM_S_NO_ERROR

    enumerating(test)


def test_a_poll_takes_what_is_there() -> None:
    slow = SlowSource()
    slow.permit(2)

    async def test(fixture: Fixture, peer: Peer, enumerator: Guid) -> None:
        first = await next_of(peer, enumerator, 2)
        assert (first.hresult, ids(first)) == (WBEM_S_NO_ERROR, ["s0", "s1"])
        poll = await next_of(peer, enumerator, 2, timeout=0)
        assert (poll.hresult, poll.objects) == (WBEM_S_TIMEDOUT, ())

    enumerating(test, "CF_Slow", slow=slow)


def test_a_wait_ends_when_its_time_is_over() -> None:
    slow = SlowSource()
    slow.permit(1)

    async def test(fixture: Fixture, peer: Peer, enumerator: Guid) -> None:
        began = fixture.engine.loop.time()
        reply = await next_of(peer, enumerator, 3, timeout=2500)
        assert (reply.hresult, ids(reply)) == (WBEM_S_TIMEDOUT, ["s0"])
        assert fixture.engine.loop.time() - began == 2.5

    enumerating(test, "CF_Slow", slow=slow, virtual=True)


def test_objects_before_a_failure_come_first_and_then_the_error() -> None:
    async def test(fixture: Fixture, peer: Peer, enumerator: Guid) -> None:
        first = await next_of(peer, enumerator, 10)
        assert (first.hresult, ids(first)) == (WBEM_S_TIMEDOUT, ["s0", "s1"])
        second = await next_of(peer, enumerator, 10)
        assert (second.hresult, second.objects) == (WBEM_E_PROVIDER_FAILURE, ())

    enumerating(test, "CF_Slow", slow=SlowSource(fail_after=2, permitted=True))


def test_skips_that_wait_keep_nobody_out_and_can_be_cancelled() -> None:
    slow = SlowSource()
    slow.permit(1)

    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        services = await peer.log_in(CONF)
        enumerator = await enumeration(peer, services, "CF_Slow")
        skips = [peer.ask(ENUM_CLASS_OBJECT, "Skip", Skip(INFINITE, 3), enumerator) for _ in range(3)]
        assert (await next_of(peer, enumerator, 1, timeout=0)).hresult == WBEM_S_TIMEDOUT
        assert peer.transport.reads
        for call in skips:
            peer.association.cancel(call)
            peer.send()
            assert (await peer.answer(call, ENUM_CLASS_OBJECT, "Skip")).hresult == WBEM_S_TIMEDOUT
        slow.permit(1)
        assert ids(await next_of(peer, enumerator, 1, timeout=INFINITE)) == ["s1"]

    with_server(test, slow, limits=ServerLimits(calls=2))


def test_a_cancelled_wait_ends_early_with_what_is_there() -> None:
    slow = SlowSource()
    slow.permit(1)

    async def test(fixture: Fixture, peer: Peer, enumerator: Guid) -> None:
        call = peer.ask(ENUM_CLASS_OBJECT, "Next", Next(INFINITE, 3), enumerator)
        while slow.produced < 1:  # noqa: ASYNC110 - the source has no event for it
            await asyncio.sleep(0)
        peer.association.cancel(call)
        peer.send()
        reply = await peer.answer(call, ENUM_CLASS_OBJECT, "Next")
        assert (reply.hresult, ids(reply)) == (WBEM_S_TIMEDOUT, ["s0"])
        slow.permit(1)
        assert ids(await next_of(peer, enumerator, 1)) == ["s1"]

    enumerating(test, "CF_Slow", slow=slow)


def test_an_orphaned_call_is_not_answered_and_takes_nothing() -> None:
    slow = SlowSource()

    async def test(fixture: Fixture, peer: Peer, enumerator: Guid) -> None:
        call = peer.ask(ENUM_CLASS_OBJECT, "Next", Next(INFINITE, 1), enumerator)
        peer.association.abandon(call)
        peer.send()
        slow.permit(1)
        assert ids(await next_of(peer, enumerator, 1)) == ["s0"]

    enumerating(test, "CF_Slow", slow=slow)


def test_several_calls_wait_at_once_on_one_connection() -> None:
    slow = SlowSource()

    async def test(fixture: Fixture, peer: Peer, enumerator: Guid) -> None:
        waiting = [peer.ask(ENUM_CLASS_OBJECT, "Next", Next(INFINITE, 1), enumerator) for _ in range(3)]
        slow.permit(3)
        found = [ids(await peer.answer(call, ENUM_CLASS_OBJECT, "Next")) for call in waiting]
        assert found == [["s0"], ["s1"], ["s2"]]

    enumerating(test, "CF_Slow", slow=slow)


def test_reset_and_clone_begin_where_they_should() -> None:
    async def test(fixture: Fixture, peer: Peer, enumerator: Guid) -> None:
        first = ids(await next_of(peer, enumerator, 2))
        copy = ipid_of((await peer.call(ENUM_CLASS_OBJECT, "Clone", Clone(), enumerator)).enumerator)
        rest = ids(await next_of(peer, copy, 3))
        assert (await peer.call(ENUM_CLASS_OBJECT, "Reset", Reset(), enumerator)).hresult == WBEM_S_NO_ERROR
        assert ids(await next_of(peer, enumerator, 5)) == first + rest

    enumerating(test)


def test_a_forward_only_enumerator_neither_rewinds_nor_clones() -> None:
    async def test(fixture: Fixture, peer: Peer, enumerator: Guid) -> None:
        for name, asked in (("Reset", Reset()), ("Clone", Clone())):
            assert (await peer.call(ENUM_CLASS_OBJECT, name, asked, enumerator)).hresult == WBEM_E_INVALID_OPERATION

    enumerating(test, flags=SEMISYNCHRONOUS)


def test_skip_passes_over_objects() -> None:
    async def test(fixture: Fixture, peer: Peer, enumerator: Guid) -> None:
        skipped = await peer.call(ENUM_CLASS_OBJECT, "Skip", Skip(INFINITE, 4), enumerator)
        assert skipped.hresult == WBEM_S_NO_ERROR
        assert len((await next_of(peer, enumerator, 2)).objects) == 1
        assert (await peer.call(ENUM_CLASS_OBJECT, "Skip", Skip(INFINITE, 1), enumerator)).hresult == WBEM_S_FALSE

    enumerating(test)


def test_releasing_it_stops_the_provider() -> None:
    slow = SlowSource()

    async def test(fixture: Fixture, peer: Peer, enumerator: Guid) -> None:
        await asyncio.to_thread(slow.started.wait, 20)
        await peer.release(enumerator)
        assert await asyncio.to_thread(slow.cancelled.wait, 20)
        assert not fixture.engine.calls or all(call.is_finished for call in fixture.engine.calls)

    enumerating(test, "CF_Slow", slow=slow)


def test_another_user_may_not_read_it() -> None:
    async def test(fixture: Fixture, peer: Peer, enumerator: Guid) -> None:
        other = fixture.peer()
        await other.log_in(CONF, user="DOM\\mallory")
        assert (await next_of(other, enumerator, 1)).hresult == WBEM_E_ACCESS_DENIED
        await other.release(enumerator, 100)
        assert (await next_of(peer, enumerator, 1)).hresult == WBEM_S_NO_ERROR

    enumerating(test)


def test_a_closed_connection_gives_up_the_wait_and_not_the_results() -> None:
    slow = SlowSource()

    async def test(fixture: Fixture, peer: Peer, enumerator: Guid) -> None:
        peer.ask(ENUM_CLASS_OBJECT, "Next", Next(INFINITE, 1), enumerator)
        await asyncio.to_thread(slow.started.wait, 20)
        peer.hang_up()
        slow.permit(1)
        again = fixture.peer()
        await again.log_in(CONF)
        assert ids(await next_of(again, enumerator, 1)) == ["s0"]

    enumerating(test, "CF_Slow", slow=slow)


def test_a_synchronous_query_has_everything_before_it_answers() -> None:
    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        services = await peer.log_in(CONF)
        reply = await peer.call(SERVICES, "ExecQuery", ExecQuery("WQL", "SELECT * FROM CF_Slow", 0), services)
        assert fixture.calls[-1].rows == 5
        assert len((await next_of(peer, ipid_of(reply.enumerator), 5, timeout=0)).objects) == 5

    with_server(test)


def test_a_call_that_is_cancelled_with_its_request_ends_at_once() -> None:
    async def test(fixture: Fixture, peer: Peer, enumerator: Guid) -> None:
        method = ENUM_CLASS_OBJECT["Next"]
        stub = encode_call(OrpcThis(), Next(INFINITE, 1))
        call = peer.association.call(method.opnum, stub, object=enumerator, auth_context_id=1)
        peer.association.cancel(call)
        peer.send()  # both in one piece
        assert (await peer.answer(call, ENUM_CLASS_OBJECT, "Next")).hresult == WBEM_S_TIMEDOUT

    enumerating(test, "CF_Slow", slow=SlowSource())


def test_a_portion_is_bounded_whatever_is_asked_for() -> None:
    async def test(fixture: Fixture, peer: Peer, enumerator: Guid) -> None:
        first = await next_of(peer, enumerator, 1_000_000)
        assert (first.hresult, len(first.objects)) == (WBEM_S_TIMEDOUT, MOST_OBJECTS)
        rest = await next_of(peer, enumerator, 1_000_000)
        assert (rest.hresult, len(rest.objects)) == (WBEM_S_FALSE, 500)

    enumerating(test, "CF_Slow", slow=SlowSource(MOST_OBJECTS + 500, permitted=True))
