"""Event queries of clients over the wire: what they get, what idle ones cost, and what is left of one who vanishes."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from conformance.fixture_f import SlowSource
from unit.server.conversation import ipid_of
from unit.server.served_fixture import CONF, Fixture, with_server
from unit.server.test_enumerator import INFINITE, SEMISYNCHRONOUS, next_of
from wmix.local.system import LocalSystem
from wmix.protocol.dcom.identifiers import IID_IObjectExporter
from wmix.protocol.dcom.object_exporter import OBJECT_EXPORTER, ComplexPing, SimplePing
from wmix.protocol.dcom.objref import ObjRefStandard
from wmix.protocol.wbem.enumerator import ENUM_CLASS_OBJECT, Next
from wmix.protocol.wbem.services import SERVICES, ExecNotificationQuery
from wmix.protocol.wmio import decode_object
from wmix.status import WBEM_S_NO_ERROR, WBEM_S_TIMEDOUT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from unit.server.conversation import Peer
    from wmix.local.subscriptions.manager import SubscriptionManager
    from wmix.port.provider import InstanceRequest
    from wmix.protocol.ndr.guid import Guid

#: Seconds: the period of pings, and after which what was left is looked for.
PING, SWEEP = 120, 15


class Polled(SlowSource):
    """Everything at once, and a count of the readings."""

    def __init__(self) -> None:
        super().__init__(3, permitted=True)
        self.readings = 0

    async def rows(self, request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
        self.readings += 1
        async for row in super().rows(request):
            yield row


def manager_of(fixture: Fixture) -> SubscriptionManager:
    """The subscriptions on the server."""
    assert isinstance(fixture.engine.source, LocalSystem)
    return fixture.engine.source.subscriptions


async def subscribe(peer: Peer, services: Guid, within: float = 10) -> ObjRefStandard:
    """The enumerator of changes of a class that is polled."""
    text = f"SELECT * FROM __InstanceOperationEvent WITHIN {within:g} WHERE TargetInstance ISA 'CF_Slow'"
    asked = ExecNotificationQuery("WQL", text, SEMISYNCHRONOUS)
    reply = await peer.call(SERVICES, "ExecNotificationQuery", asked, services)
    assert reply.hresult == WBEM_S_NO_ERROR
    assert isinstance(reply.enumerator, ObjRefStandard)
    return reply.enumerator


async def passes(seconds: float) -> None:
    """Time in which the clock of the server runs."""
    await asyncio.sleep(seconds)


def test_what_changes_comes_to_the_enumerator_and_its_release_ends_the_polling() -> None:
    source = Polled()

    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        enumerator = ipid_of(await subscribe(peer, await peer.log_in(CONF)))
        assert (await next_of(peer, enumerator, 1, 0)).hresult == WBEM_S_TIMEDOUT
        source.count = 4
        portion = await next_of(peer, enumerator, 1)
        event: Any = decode_object(portion.objects[0])
        assert len(portion.objects) == 1
        assert portion.hresult == WBEM_S_NO_ERROR
        assert (event["__CLASS"], event["TargetInstance"]["Id"]) == ("__InstanceCreationEvent", "s3")
        assert source.readings == 2
        await peer.release(enumerator)
        await passes(100)
        assert source.readings == 2
        assert manager_of(fixture).feeds == 0

    with_server(test, source, virtual=True)


@pytest.mark.parametrize("waits", [False, True], ids=["idle", "in Next"])
def test_a_subscriber_whose_connection_breaks_is_forgotten_after_its_grace(waits: bool) -> None:
    source = Polled()

    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        enumerator = ipid_of(await subscribe(peer, await peer.log_in(CONF)))
        if waits:
            peer.ask(ENUM_CLASS_OBJECT, "Next", Next(INFINITE, 1), enumerator)
            await passes(1)
        peer.hang_up()
        grace = fixture.server.exporter.limits.orphan_life
        await passes(grace - 5)
        assert manager_of(fixture).feeds == 1
        await passes(SWEEP + 10)
        assert (manager_of(fixture).feeds, len(fixture.server.exporter)) == (0, 0)
        readings = source.readings
        await passes(100)
        assert source.readings == readings
        assert not fixture.engine._tasks

    with_server(test, source, virtual=True)


def test_a_subscriber_lives_while_it_is_pinged_and_not_longer() -> None:
    async def test(fixture: Fixture) -> None:
        peer, pinger = fixture.peer(), fixture.peer()
        enumerator = await subscribe(peer, await peer.log_in(CONF))
        await pinger.bind(IID_IObjectExporter)
        asked = ComplexPing(0, 1, added=(enumerator.std.oid,))
        made = await pinger.call(OBJECT_EXPORTER, "ComplexPing", asked)
        peer.hang_up()
        for _ in range(20):
            await passes(PING)
            assert (await pinger.call(OBJECT_EXPORTER, "SimplePing", SimplePing(made.set_id))).status == 0
        await passes(3 * PING - 5)
        assert manager_of(fixture).feeds == 1
        await passes(SWEEP + 10)
        assert manager_of(fixture).feeds == 0

    with_server(test, Polled(), virtual=True)


def test_five_hundred_idle_subscriptions_cost_the_polls_of_their_pairs_and_little_memory() -> None:
    """Of two intervals, each with a Next that waits; below 32 KiB each, the waiting Next and this client included."""
    source = Polled()
    count = 500

    async def test(fixture: Fixture) -> None:
        peer = fixture.peer()
        services = await peer.log_in(CONF)
        for within in (10, 20):
            await subscribe(peer, services, within)
        gc.collect()
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        for number in range(count):
            enumerator = ipid_of(await subscribe(peer, services, (10, 20)[number % 2]))
            peer.ask(ENUM_CLASS_OBJECT, "Next", Next(INFINITE, 1), enumerator)
        await passes(100)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert (after - before) / count < 32 * 1024
        assert manager_of(fixture).feeds == 2
        readings = source.readings
        await passes(1000)
        assert source.readings - readings == 1000 / 10 + 1000 / 20
        peer.hang_up()
        await passes(200)
        assert manager_of(fixture).feeds == 0

    with_server(test, source, virtual=True)
