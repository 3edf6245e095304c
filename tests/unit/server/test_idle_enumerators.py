"""Enumerators that nobody reads: what they hold, however wide the rows are, and that they go on when they are read."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

import wmix
from unit.server.conversation import Doorman, Peer, ipid_of
from unit.server.test_enumerator import SEMISYNCHRONOUS, next_of
from wmix.engine.assembly import local_engine
from wmix.protocol.wbem.services import SERVICES, ExecQuery
from wmix.protocol.wmio import decode_object
from wmix.server.users import Users, make_account
from wmix.server.wmi_server import WmiServer
from wmix.status import WBEM_S_NO_ERROR

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from wmix.protocol.ndr.guid import Guid

CLIENTS, EACH = 4, 10
MOST = 64 * 1024
GUARD = 60

#: As Win32_Process: 45 properties, 14 of them texts.
WIDE = {"Id": "uint32"} | {f"Text{i}": "string" for i in range(14)} | {f"Number{i}": "uint64" for i in range(30)}


def wide_row(number: int) -> dict[str, object]:
    """Every value an object of its own, as values that are read from a system are."""
    texts = {f"Text{i}": rf"C:\Windows\explorer{number * 50 + i}.exe" for i in range(14)}
    return {"Id": number, **texts, **{f"Number{i}": 1000 + number * 50 + i for i in range(30)}}


@wmix.provider("Demo_Wide", keys=("Id",), properties=WIDE)
def wide(request: wmix.InstanceRequest) -> Iterator[Mapping[str, object]]:
    """More than anybody reads."""
    return map(wide_row, range(1_000_000))


@wmix.provider("Demo_WideAsync", keys=("Id",), properties=WIDE)
async def wide_async(request: wmix.InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
    """The same on the loop."""
    for number in range(1_000_000):
        yield wide_row(number)


@wmix.provider("Demo_Long", keys=("Id",), properties={"Id": "uint32", "Text": "string"})
def long(request: wmix.InstanceRequest) -> Iterator[Mapping[str, object]]:
    """Texts of 10 KiB."""
    for number in range(1_000_000):
        yield {"Id": number, "Text": f"{number:10240}"}


@wmix.provider("Demo_Array", keys=("Id",), properties={"Id": "uint32", "Texts": "string[]"})
def array(request: wmix.InstanceRequest) -> Iterator[Mapping[str, object]]:
    """A hundred texts in each row."""
    for number in range(1_000_000):
        yield {"Id": number, "Texts": [f"text {number * 100 + i}" for i in range(100)]}


async def opened(server: WmiServer, text: str, clients: int = CLIENTS) -> list[tuple[Peer, Guid]]:
    """Enumerators of so many clients, a row read of each."""
    found = []
    for _ in range(clients):
        peer = Peer(server.listener, "192.0.2.7")
        services = await peer.log_in("//./root/cimv2")
        for _ in range(EACH):
            reply = await peer.call(SERVICES, "ExecQuery", ExecQuery("WQL", text, SEMISYNCHRONOUS), services)
            enumerator = ipid_of(reply.enumerator)
            assert (await next_of(peer, enumerator, 1)).hresult == WBEM_S_NO_ERROR
            found.append((peer, enumerator))
    return found


@pytest.mark.parametrize(
    ("what", "first"),
    [
        ("Demo_Wide", 0),
        ("Demo_Wide WHERE Id >= 100", 100),
        ("Demo_WideAsync", 0),
        ("Demo_WideAsync WHERE Id >= 100", 100),
        ("Demo_Long", 0),
        ("Demo_Array", 0),
    ],
)
def test_an_idle_enumerator_holds_less_than_64_kib(what: str, first: int) -> None:
    """Its part of the connection included; then it goes on where it was."""

    async def run() -> None:
        engine = local_engine(
            providers=[wide, wide_async, long, array], repository=":memory:", shipped=False, installed=False
        )
        users = Users([make_account("DOM", "alice", "secret")])
        server = WmiServer(engine, users, acceptor=Doorman())
        text = f"SELECT * FROM {what}"
        try:
            await opened(server, text, 1)
            gc.collect()
            tracemalloc.start()
            before, _ = tracemalloc.get_traced_memory()
            enumerators = await opened(server, text)
            gc.collect()
            after, _ = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert (after - before) / len(enumerators) < MOST
            peer, enumerator = enumerators[-1]
            rows: list[Any] = [decode_object(unit) for unit in (await next_of(peer, enumerator, 50)).objects]
            assert [row.Id for row in rows] == list(range(first + 1, first + 51))
        finally:
            tracemalloc.stop()
            await server.close(0.0)
            await engine.close()

    asyncio.run(asyncio.wait_for(run(), GUARD))
