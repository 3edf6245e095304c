"""How many round trips a client needs, TCP handshakes included: counted by a clock on which one takes a second."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from conformance.fixture_f import PART, instance
from unit.net.scripted_host import ORIGIN, ScriptedHost
from wmix.cim.instances import CimInstance
from wmix.port.backend import Scope
from wmix.port.caller import Caller
from wmix.port.requests import CreateInstanceEnum, ExecMethod, ExecQuery, GetObject
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wmix.port.batch import Batch
    from wmix.remote.namespace import RemoteNamespace

PARTS = [instance(PART, Id=f"p{number}", Num=number) for number in range(3)]
SEMISYNC = 0x10


def scope() -> Scope:
    return Scope(Caller("alice"))


async def first(stream: AsyncIterator[Batch]) -> int:
    """Read the first batch; its length."""
    try:
        return len(await anext(stream))
    finally:
        await stream.aclose()  # type: ignore[attr-defined]  # an asynchronous generator


async def get(place: RemoteNamespace, flags: int = SEMISYNC) -> int:
    outcome = await place.get(GetObject(path="CF_Part", flags=flags), scope())
    assert outcome.object is not None
    return 1


async def call(place: RemoteNamespace, flags: int = SEMISYNC) -> int:
    outcome = await place.call(ExecMethod(path="CF_Job", method="Create", flags=flags), scope())
    assert outcome.object is not None
    return 1


async def keyed(place: RemoteNamespace) -> int:
    return await first(place.query(ExecQuery(query='SELECT * FROM CF_Part WHERE Id = "p0"'), scope()))


async def limited(place: RemoteNamespace) -> int:
    return await first(place.query(ExecQuery(query="SELECT * FROM CF_Part", limit=50), scope()))


async def open_ended(place: RemoteNamespace) -> int:
    return await first(place.query(ExecQuery(query="SELECT * FROM CF_Part"), scope()))


async def enumerated(place: RemoteNamespace) -> int:
    return await first(place.enumerate(CreateInstanceEnum(class_name="CF_Part"), scope()))


@pytest.mark.parametrize(
    ("work", "cold", "warm"),
    [
        pytest.param(get, 8, 2, id="get"),
        pytest.param(call, 8, 2, id="call"),
        pytest.param(keyed, 8, 2, id="keyed query"),
        pytest.param(limited, 8, 2, id="query with a limit"),
        pytest.param(open_ended, 10, 4, id="open-ended query"),
        pytest.param(enumerated, 10, 4, id="enumeration"),
        pytest.param(lambda place: get(place, 0), 7, 1, id="synchronous get"),
        pytest.param(lambda place: call(place, 0), 7, 1, id="synchronous call"),
    ],
)
def test_round_trips_to_the_first_object(work: object, cold: int, warm: int) -> None:
    async def run() -> tuple[float, float]:
        host = ScriptedHost()
        host.objects = list(PARTS)
        host.results = {"CF_Part": PART, "Create": CimInstance(PART.layout, (None,) * len(PART.layout), ORIGIN)}
        source = host.source()
        place = source.open("root/conf")
        loop = asyncio.get_running_loop()
        times = [loop.time()]
        for _ in range(2):
            assert await work(place) > 0  # type: ignore[operator]  # a coroutine function
            times.append(loop.time())
            await asyncio.sleep(10)
            times.append(loop.time())
        await source.close()
        return times[1] - times[0], times[3] - times[2]

    assert list(run_virtual(run)) == pytest.approx([cold, warm])


def test_many_rows_need_few_round_trips_because_several_portions_are_on_their_way() -> None:
    async def run() -> float:
        host = ScriptedHost()
        host.objects = [instance(PART, Id=f"p{number}") for number in range(16_101)]
        source = host.source()
        place = source.open("root/conf")
        await place.login(scope())
        loop = asyncio.get_running_loop()
        before = loop.time()
        rows = 0
        async for batch in place.query(ExecQuery(query="SELECT * FROM CF_Part"), scope()):
            rows += len(batch)
        assert rows == 16_101
        taken = loop.time() - before
        await source.close()
        return taken

    # One by one it would be three to begin with, 1, 100 and sixteen portions of 1,000, and one more for the end: 22.
    assert run_virtual(run) == pytest.approx(11)
