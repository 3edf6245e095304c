"""What one Indicate holds, and how long the way to a client's sinks is kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from wmix.errors import InvalidParameter, NotSupported
from wmix.protocol.dcom.bindings import NCACN_IP_TCP, DualStringArray, StringBinding
from wmix.protocol.dcom.objref import ObjRefStandard, StdObjRef
from wmix.protocol.ndr.guid import NULL_GUID, Guid
from wmix.protocol.wbem.identifiers import IID_IWbemObjectSink
from wmix.server.client_sink import CallbackPolicy, ClientSink, ClientSinks
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import Iterable

ADDRESS = "192.0.2.9"
OPEN = CallbackPolicy(allow_unauthenticated=True)


class Writer:
    """Makes units of the sizes that a batch is."""

    def units(self, batches: Iterable[Iterable[int]]) -> list[bytes]:
        """One unit a size."""
        return [bytes(size) for batch in batches for size in batch]


def reference(oid: int, ipid: Guid | None = None) -> ObjRefStandard:
    std = StdObjRef(0, 5, 1, oid, Guid(b"\1" * 16) if ipid is None else ipid)
    return ObjRefStandard(IID_IWbemObjectSink, std, DualStringArray((StringBinding(NCACN_IP_TCP, ADDRESS),)))


def sinks(policy: CallbackPolicy = OPEN) -> ClientSinks:
    writer: Any = Writer()
    return ClientSinks(writer, policy)


def sink(of: ClientSinks, oid: int, *, user: str = "DOM\\alice", address: str = ADDRESS) -> ClientSink:
    return of.sink(reference(oid), account=None, user=user, address=address)


@pytest.mark.parametrize(
    ("sizes", "portions"),
    [
        ([], []),
        ([10] * 100, [100]),
        ([10] * 250, [100, 100, 50]),
        ([1 << 15, 1 << 15, 1], [2, 1]),
        ([1 << 20, 1, 1 << 20, 1 << 20], [1, 1, 1, 1]),
        ([1 << 14] * 9, [4, 4, 1]),
    ],
)
def test_an_indicate_holds_a_hundred_objects_or_64_kibibytes_and_one_at_least(
    sizes: list[int], portions: list[int]
) -> None:
    async def run() -> None:
        made: Any = sink(sinks(), 7)
        found = list(made._portions(sizes))
        assert [len(portion) for portion in found] == portions
        assert [len(unit) for portion in found for unit in portion] == sizes

    run_virtual(run)


def test_sinks_of_one_client_share_a_way_that_ends_with_the_last_of_them() -> None:
    async def run() -> None:
        all_ = sinks()
        first, again, other = sink(all_, 7), sink(all_, 7), sink(all_, 8)
        way = first._host
        assert [one._host for one in (again, other)] == [way, way]
        assert sink(all_, 7, user="DOM\\bob")._host is not way
        assert sink(all_, 7, address="192.0.2.10")._host is not way
        assert sink(all_, 7, user="dom\\ALICE")._host is way
        # What is used by several is pinged until the last of them has ended.
        assert len(way.pings) == 2
        for _ in range(2):
            first.drop()
        assert len(way.pings) == 2
        other.drop()
        assert len(way.pings) == 1
        await all_.done(again)
        assert len(way.pings) == 1
        (last,) = all_._hosts[first.key][1]
        await all_.done(last)
        assert len(way.pings) == 0
        assert first.key not in all_._hosts
        assert sink(all_, 7)._host is not way
        await all_.close()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_virtual(run)


def test_a_sink_is_a_reference_to_an_object_and_somebody_whom_the_server_can_prove_itself_to() -> None:
    async def run() -> None:
        for nothing in (None, reference(7, NULL_GUID)):
            with pytest.raises(InvalidParameter):
                sinks().sink(nothing, account=None, user="DOM\\alice", address=ADDRESS)
        refusing = sinks(CallbackPolicy())
        with pytest.raises(NotSupported):
            sink(refusing, 7)
        assert not refusing._hosts

    run_virtual(run)
