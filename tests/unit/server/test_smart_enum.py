"""Smart enumeration: class parts travel once for each cache of the client. [MS-WMI] 2.2.14, 3.1.4.7."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from conformance.fixture_f import SlowSource
from unit.server.conversation import Peer, ipid_of
from unit.server.served_fixture import CONF, Fixture, with_server
from unit.server.test_enumerator import enumeration, ids, next_of
from wmix.protocol.dcom.orpc import OrpcThis, encode_call
from wmix.protocol.ndr.guid import Guid
from wmix.protocol.wbem.identifiers import IID_IWbemFetchSmartEnum
from wmix.protocol.wbem.packets import CLASS, INSTANCE, INSTANCE_WITHOUT_CLASS, PacketObject, decode_packet
from wmix.protocol.wbem.services import SERVICES, CreateClassEnum
from wmix.protocol.wbem.smart_enum import FETCH_SMART_ENUM, WCO_SMART_ENUM, GetSmartEnum, SmartNext
from wmix.protocol.wmio import InstanceDecoder
from wmix.status import WBEM_E_PROVIDER_FAILURE, WBEM_S_FALSE, WBEM_S_NO_ERROR, WBEM_S_TIMEDOUT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

MINE = Guid(bytes(range(16)))
OTHER = Guid(bytes(16))
INFINITE = 0xFFFFFFFF


async def smart(peer: Peer, enumerator: Guid) -> Guid:
    """The smart enumerator of an enumerator."""
    fetch = await peer.query_interface(enumerator, IID_IWbemFetchSmartEnum)
    assert fetch is not None
    reply = await peer.call(FETCH_SMART_ENUM, "GetSmartEnum", GetSmartEnum(), fetch)
    assert reply.hresult == WBEM_S_NO_ERROR
    await peer.release(fetch, 1)
    return ipid_of(reply.smart_enum)


async def packet(
    peer: Peer, target: Guid, count: int, proxy: Guid = MINE, timeout: int = INFINITE
) -> tuple[int, list[PacketObject]]:
    """Status and objects of one Next."""
    reply = await peer.call(WCO_SMART_ENUM, "Next", SmartNext(proxy, timeout, count), target)
    objects = decode_packet(reply.buffer) if reply.buffer is not None else []
    assert reply.returned == len(objects)
    return reply.hresult, objects


def walking(
    test: Callable[[Peer, Guid, Guid], Awaitable[None]], class_name: str = "CF_Part", slow: SlowSource | None = None
) -> None:
    """Run *test* with an enumerator and its smart enumerator."""

    async def run(fixture: Fixture) -> None:
        peer = fixture.peer()
        enumerator = await enumeration(peer, await peer.log_in(CONF), class_name)
        await test(peer, enumerator, await smart(peer, enumerator))

    with_server(run, slow)


def kinds(objects: list[PacketObject]) -> list[int]:
    return [kind for kind, _, _ in objects]


def read(objects: list[PacketObject]) -> list[Any]:
    """The keys of the objects of a whole enumeration, class parts taken from where they were sent."""
    decoder = InstanceDecoder()
    readers: dict[bytes, Any] = {}
    found = []
    for kind, class_id, octets in objects:
        if kind == INSTANCE:
            readers[class_id] = decoder.reader(octets, 0, len(octets))
            found.append(decoder.block(octets, 0, len(octets)).Id)  # type: ignore[union-attr]  # an instance
        else:
            found.append(decoder.bare(octets, 0, len(octets), readers[class_id]).Id)
    return found


def test_a_class_part_travels_with_the_first_of_its_instances() -> None:
    async def test(peer: Peer, enumerator: Guid, target: Guid) -> None:
        status, objects = await packet(peer, target, 5)
        assert status == WBEM_S_NO_ERROR
        assert sorted(kinds(objects)) == [INSTANCE] * 3 + [INSTANCE_WITHOUT_CLASS] * 2  # of three classes
        assert len({class_id for _, class_id, _ in objects}) == 3
        assert sorted(read(objects)) == ["b1", "g1", "g2", "p1", "p2"]
        assert await packet(peer, target, 1) == (WBEM_S_FALSE, [])

    walking(test)


def test_what_was_sent_once_is_named_in_later_packets_too() -> None:
    async def test(peer: Peer, enumerator: Guid, target: Guid) -> None:
        found = []
        for _ in range(5):
            found += (await packet(peer, target, 1))[1]
        assert kinds(found).count(INSTANCE) == 3
        assert (await packet(peer, target, 1))[0] == WBEM_S_FALSE

    walking(test)


def test_another_cache_is_empty() -> None:
    async def test(peer: Peer, enumerator: Guid, target: Guid) -> None:
        assert kinds((await packet(peer, target, 2))[1]) == [INSTANCE, INSTANCE_WITHOUT_CLASS]
        assert kinds((await packet(peer, target, 1, OTHER))[1]) == [INSTANCE]
        assert kinds((await packet(peer, target, 1))[1]) == [INSTANCE_WITHOUT_CLASS]

    walking(test, "CF_Slow", SlowSource(permitted=True))


def test_so_many_caches_are_kept_in_mind_and_the_oldest_is_forgotten() -> None:
    async def test(peer: Peer, enumerator: Guid, target: Guid) -> None:
        async def first(number: int) -> int:
            (kind,) = kinds((await packet(peer, target, 1, Guid(bytes([number]) * 16)))[1])
            return kind

        assert [await first(number) for number in range(4)] == [INSTANCE] * 4
        assert await first(0) == INSTANCE_WITHOUT_CLASS
        assert await first(4) == INSTANCE
        assert [await first(number) for number in (3, 4, 0)] == [INSTANCE_WITHOUT_CLASS] * 2 + [INSTANCE]

    walking(test, "CF_Slow", SlowSource(20, permitted=True))


def test_the_results_are_given_up_when_both_enumerators_are_released() -> None:
    slow = SlowSource()
    slow.permit(1)

    async def test(peer: Peer, enumerator: Guid, target: Guid) -> None:
        assert len((await packet(peer, target, 1))[1]) == 1
        await peer.release(enumerator)
        assert not slow.cancelled.is_set()
        await peer.release(target)
        assert await asyncio.to_thread(slow.cancelled.wait, 20)

    walking(test, "CF_Slow", slow)


def test_classes_travel_as_classes() -> None:
    async def run(fixture: Fixture) -> None:
        peer = fixture.peer()
        services = await peer.log_in(CONF)
        reply = await peer.call(SERVICES, "CreateClassEnum", CreateClassEnum("CF_Part", 0x10), services)
        status, objects = await packet(peer, await smart(peer, ipid_of(reply.enumerator)), 3)
        assert (status, kinds(objects)) == (WBEM_S_FALSE, [CLASS, CLASS])

    with_server(run)


def test_the_errors_of_an_operation_come_after_its_objects() -> None:
    async def test(peer: Peer, enumerator: Guid, target: Guid) -> None:
        status, objects = await packet(peer, target, 9)
        assert (status, len(objects)) == (WBEM_S_TIMEDOUT, 1)
        assert await packet(peer, target, 9) == (WBEM_E_PROVIDER_FAILURE, [])

    walking(test, "CF_Slow", SlowSource(fail_after=1, permitted=True))


def test_it_reads_on_when_its_enumerator_is_released() -> None:
    async def test(peer: Peer, enumerator: Guid, target: Guid) -> None:
        assert ids(await next_of(peer, enumerator, 1)) == ["s0"]
        await peer.release(enumerator)
        assert len((await packet(peer, target, 2))[1]) == 2

    walking(test, "CF_Slow", SlowSource(permitted=True))


def test_a_guid_behind_a_pointer_is_understood() -> None:
    """One client marshals it so: the parameters have 28 octets instead of 24."""

    async def test(peer: Peer, enumerator: Guid, target: Guid) -> None:
        stub = encode_call(OrpcThis(), SmartNext(MINE, INFINITE, 2))
        call = peer.association.call(3, stub[:32] + b"\1\0\2\0" + stub[32:], object=target, auth_context_id=1)
        peer.send()
        assert (await peer.answer(call, WCO_SMART_ENUM, "Next")).returned == 2

    walking(test)
