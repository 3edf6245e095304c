"""A host whose octets are damaged on their way: every call ends in time, with a result or an error of ours."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.fixture_f import PART, instance
from unit.net.scripted_host import ScriptedHost
from wmix.config import Settings, Timeouts
from wmix.errors import WmiError
from wmix.port.backend import Scope
from wmix.port.caller import Caller
from wmix.port.requests import ExecQuery, GetObject
from wmix.remote.choice import Way
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from unit.net.memory_network import MemoryTransport

SHORT = Settings(timeouts=Timeouts(phase=5, wait=5, call=5))


class Damage:
    """Changes octets of the answers of a host, counted over all its connections."""

    def __init__(self, at: int, octets: bytes, cut: bool) -> None:
        self._at = at
        self._octets = octets
        self._cut = cut
        self._seen = 0

    def __call__(self, transport: MemoryTransport, data: bytes) -> bytes:
        start, self._seen = self._at - self._seen, self._seen + len(data)
        if 0 <= start < len(data):
            end = start + len(self._octets)
            data = data[:start] if self._cut else data[:start] + self._octets + data[end:]
        return data


async def _read(place: Any) -> None:
    scope = Scope(Caller("alice"))
    outcome = await place.get(GetObject(path="CF_Part", flags=0x10), scope)
    assert outcome.object is not None
    async for batch in place.query(ExecQuery(query="SELECT * FROM CF_Part"), scope):
        for item in batch.objects():
            item.values_()


@pytest.mark.parametrize("way", [Way.PLAIN, Way.SMART])
@given(at=st.integers(0, 12_000), octets=st.binary(min_size=1, max_size=8), cut=st.booleans())
@settings(max_examples=150)
def test_damaged_octets_end_in_an_error_of_ours_or_do_no_harm(way: Way, at: int, octets: bytes, cut: bool) -> None:
    async def run() -> None:
        host = ScriptedHost()
        host.objects = [instance(PART, Id=f"p{number}", Num=number, Tag="tag") for number in range(12)]
        host.results["CF_Part"] = PART
        host.network.damage = Damage(at, octets, cut)
        source = host.source(SHORT, way=way)
        # No phase takes longer than five seconds, and there are not more than thirty waits.
        with contextlib.suppress(WmiError):
            async with asyncio.timeout(300):
                await _read(source.open("root/conf"))
        await source.close()

    run_virtual(run)
