"""The sink of one call: order, room, the one end, and what a host does that does not keep to the rules."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from wmix.errors import Cancelled, ConnectError, ProtocolError, WmiError
from wmix.net.server.exporter import ObjectExporter
from wmix.net.server.incoming import IncomingCall
from wmix.protocol.ndr.guid import NULL_GUID
from wmix.protocol.wbem.identifiers import IID_IWbemObjectSink
from wmix.protocol.wbem.object_sink import Indicate, SetStatus
from wmix.remote.object_sink import ObjectSink
from wmix.status import WBEM_E_CALL_CANCELLED, WBEM_E_FAILED, WBEM_S_NO_ERROR
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wmix.net.server.incoming import Channel

COMPLETE, PROGRESS = 0, 2


class Host:
    """Who calls the sink."""

    def __init__(self, most: int = 10, patience: float = 20.0) -> None:
        self.sink = ObjectSink(most, patience=patience)
        self._exporter = ObjectExporter(asyncio.get_running_loop().time)

    def _call(self) -> IncomingCall:
        nobody: Channel = None  # type: ignore[assignment]  # sinks do not look at it
        return IncomingCall(nobody, self._exporter, None, NULL_GUID)

    async def indicate(self, *objects: bytes) -> int:
        """Hand objects over; the answer, when it comes."""
        answer: Any = self.sink.indicate(self._call(), Indicate(objects))
        if hasattr(answer, "__await__"):
            answer = await answer
        hresult: int = answer.hresult
        return hresult

    def status(self, flags: int = COMPLETE, hresult: int = 0, text: str | None = None) -> int:
        """Tell a status; the answer."""
        return self.sink.set_status(self._call(), SetStatus(flags, hresult, text)).hresult

    async def all(self) -> list[bytes]:
        """Everything that can be read until the end."""
        found: list[bytes] = []
        while (portion := await self.sink.next()) is not None:
            found += portion
        return found


def with_host(work: Callable[[Host], Awaitable[None]], **options: Any) -> None:
    async def run() -> None:
        await work(Host(**options))

    run_virtual(run)


def test_objects_come_in_order_and_then_the_end() -> None:
    async def work(host: Host) -> None:
        assert await host.indicate(b"1", b"2") == WBEM_S_NO_ERROR
        assert await host.indicate(b"3") == WBEM_S_NO_ERROR
        assert not host.sink.has_ended
        assert host.status(text="path") == WBEM_S_NO_ERROR
        assert host.sink.has_ended
        assert await host.all() == [b"1", b"2", b"3"]
        assert host.sink.final == SetStatus(COMPLETE, 0, "path")

    with_host(work)


def test_a_reader_waits_for_what_is_told_later() -> None:
    async def work(host: Host) -> None:
        reading = asyncio.ensure_future(host.all())
        await asyncio.sleep(100)
        await host.indicate(b"1")
        await asyncio.sleep(100)
        assert not reading.done()
        host.status()
        assert await reading == [b"1"]

    with_host(work)


def test_an_indicate_is_answered_when_there_is_room() -> None:
    async def work(host: Host) -> None:
        assert await host.indicate(*[b"x"] * 9) == WBEM_S_NO_ERROR
        full = asyncio.ensure_future(host.indicate(b"y"))
        await asyncio.sleep(19)
        assert not full.done()
        assert await host.sink.next() == (b"x",) * 9
        assert await full == WBEM_S_NO_ERROR
        assert asyncio.get_running_loop().time() < 20

    with_host(work)


def test_many_octets_fill_the_room_as_many_objects_do() -> None:
    async def work(host: Host) -> None:
        full = asyncio.ensure_future(host.indicate(b"x" * (4 << 20)))
        await asyncio.sleep(1)
        assert not full.done()
        await host.sink.next()
        assert await full == WBEM_S_NO_ERROR

    with_host(work)


def test_a_reader_who_does_not_read_ends_the_call_and_keeps_what_came() -> None:
    async def work(host: Host) -> None:
        assert await host.indicate(*[b"x"] * 10) == WBEM_E_CALL_CANCELLED
        assert asyncio.get_running_loop().time() == pytest.approx(20)
        assert await host.indicate(b"late") == WBEM_E_CALL_CANCELLED
        assert await host.all() == [b"x"] * 10
        failure = host.sink.failure
        assert isinstance(failure, Cancelled)
        assert "20 s" in failure.detail
        assert "callbacks" in (failure.hint or "")

    with_host(work)


def test_a_host_that_does_not_wait_for_answers_is_not_kept() -> None:
    async def work(host: Host) -> None:
        asked = [asyncio.ensure_future(host.indicate(*[b"x"] * 10)) for _ in range(6)]
        answers = await asyncio.gather(*asked)
        assert answers == [WBEM_E_CALL_CANCELLED] * 6
        assert isinstance(host.sink.failure, ProtocolError)
        assert len(await host.all()) == 50
        assert asyncio.get_running_loop().time() == 0

    with_host(work)


def test_the_first_final_status_is_the_only_one() -> None:
    async def work(host: Host) -> None:
        host.status(hresult=WBEM_E_FAILED)
        host.status()
        host.sink.fail(WmiError("late"))
        assert host.sink.final == SetStatus(COMPLETE, WBEM_E_FAILED)
        assert host.sink.failure is None
        assert await host.indicate(b"late") == WBEM_E_CALL_CANCELLED
        assert await host.all() == []

    with_host(work)


def test_what_is_told_on_the_way_is_no_end() -> None:
    async def work(host: Host) -> None:
        assert host.status(PROGRESS, 50, "half") == WBEM_S_NO_ERROR
        assert host.sink.is_heard
        assert not host.sink.has_ended
        await host.indicate(b"1")
        host.status()
        assert await host.all() == [b"1"]

    with_host(work)


def test_an_indicate_of_nothing_changes_nothing() -> None:
    async def work(host: Host) -> None:
        assert await host.indicate() == WBEM_S_NO_ERROR
        host.status()
        assert await host.all() == []

    with_host(work)


def test_the_end_answers_an_indicate_that_waits() -> None:
    async def work(host: Host) -> None:
        full = asyncio.ensure_future(host.indicate(*[b"x"] * 10))
        await asyncio.sleep(1)
        host.status()
        assert await full == WBEM_S_NO_ERROR
        assert asyncio.get_running_loop().time() == 1

    with_host(work)


def test_a_host_that_lets_go_without_a_word_has_failed_the_call() -> None:
    async def work(host: Host) -> None:
        exporter = ObjectExporter(asyncio.get_running_loop().time)
        std = exporter.export(host.sink, IID_IWbemObjectSink, owner="")
        await host.indicate(b"1")
        interface = exporter.find(std.ipid)
        assert interface is not None
        exporter.release(interface, std.public_refs)
        assert await host.all() == [b"1"]
        assert isinstance(host.sink.failure, ConnectError)

    with_host(work)


def test_letting_go_after_the_end_is_how_it_should_be() -> None:
    async def work(host: Host) -> None:
        host.status()
        host.sink.released()
        assert host.sink.failure is None

    with_host(work)
