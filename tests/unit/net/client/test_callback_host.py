"""When a client whose sinks are pinged is taken for gone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from unit.net.memory_network import MemoryNetwork
from unit.net.scripted_host import HOST, OBJECT_PORT, ScriptedHost
from wmix.errors import ConnectError
from wmix.net.client.callback_host import CallbackHost
from wmix.net.client.pings import Pinger
from wmix.protocol.dcom.bindings import NCACN_IP_TCP, DualStringArray, StringBinding
from wmix.protocol.dcom.object_exporter import OBJECT_EXPORTER, ResolveOxid2Reply, SimplePing
from wmix.protocol.dcom.objref import ObjRefStandard, StdObjRef
from wmix.protocol.dcom.versions import COM_5_7
from wmix.protocol.ndr.guid import Guid
from wmix.protocol.wbem.identifiers import IID_IWbemObjectSink
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.protocol.rpc.events import CallReceived

REFERENCE = ObjRefStandard(
    IID_IWbemObjectSink,
    StdObjRef(0, 5, 1, 7, Guid(b"\x01" * 16)),
    DualStringArray((StringBinding(NCACN_IP_TCP, "192.0.2.9[5000]"),)),
)


def host(lost: Callable[[], None]) -> CallbackHost:
    """A client where nobody listens."""
    network = MemoryNetwork(lambda host, port: None)
    return CallbackHost(REFERENCE, "192.0.2.9", None, pinger=Pinger(), lost=lost, network=network)


def test_three_pings_in_a_row_that_fail_are_told_once() -> None:
    async def run() -> None:
        told: list[int] = []
        client = host(lambda: told.append(1))
        for missed in (1, 2, 3, 4):
            with pytest.raises(ConnectError):
                await client.ping(SimplePing(1))
            assert len(told) == (missed >= 3)

    run_virtual(run)


def test_a_call_that_comes_through_counts_as_a_ping() -> None:
    async def run() -> None:
        told: list[int] = []
        client = host(lambda: told.append(1))
        for _ in range(3):
            for _ in range(2):
                with pytest.raises(ConnectError):
                    await client.ping(SimplePing(1))
            client.reached()
        assert not told

    run_virtual(run)


def test_sinks_are_pinged_from_the_start_and_no_longer_than_they_are_used() -> None:
    async def run() -> None:
        told: list[float] = []
        loop = asyncio.get_running_loop()
        client = host(lambda: told.append(loop.time()))
        client.keep(7)
        await asyncio.sleep(3 * 120 + 10)
        assert len(told) == 1
        client.let_go(7)
        client.stop_pings()
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1

    run_virtual(run)


class Client(ScriptedHost):
    """A client with a resolver, which tells where its sinks are."""

    def _port_135(self, call: CallReceived) -> bytes | int | None:
        if call.opnum != OBJECT_EXPORTER["ResolveOxid2"].opnum:
            return super()._port_135(call)
        places = DualStringArray((StringBinding(NCACN_IP_TCP, f"{HOST}[{OBJECT_PORT}]"),))
        return ResolveOxid2Reply(places, self.rem_unknown, 0, COM_5_7).encode()


@pytest.mark.parametrize("when", [1.5, 4.5, 20.0])
def test_nothing_of_the_way_to_a_client_stays_whenever_it_is_closed(when: float) -> None:
    async def run() -> None:
        client = Client()
        place = DualStringArray((StringBinding(NCACN_IP_TCP, HOST),))
        reference = ObjRefStandard(IID_IWbemObjectSink, REFERENCE.std, place)
        way = CallbackHost(reference, HOST, None, pinger=Pinger(), network=client.network)
        asking = asyncio.ensure_future(way.exporter())
        await asyncio.sleep(when)
        is_open = asking.done()
        assert is_open == (when == 20.0)
        await way.close()
        if not is_open:
            with pytest.raises(asyncio.CancelledError):
                await asking
        await asyncio.sleep(20)
        assert client.connections
        assert all(connection.is_lost for connection in client.connections)

    run_virtual(run)
