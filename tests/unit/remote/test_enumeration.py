"""Portions of one enumeration: what ends it, what is asked for meanwhile, and what is given back."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import pytest

from conformance.fixture_f import PART, instance
from unit.net.scripted_host import ScriptedHost
from wmix.config import Settings, Timeouts
from wmix.errors import AccessDenied, DeadlineExceeded, ProtocolError
from wmix.net.client.phases import Phase
from wmix.port.backend import Scope
from wmix.port.batch import UndecodedObject
from wmix.port.caller import Caller
from wmix.port.requests import ExecQuery
from wmix.remote.choice import Way
from wmix.remote.encoded_batch import EncodedBatch
from wmix.remote.enumeration import Portion, objects_of
from wmix.remote.pace import Pace
from wmix.status import (
    WBEM_E_ACCESS_DENIED,
    WBEM_E_NOT_SUPPORTED,
    WBEM_S_FALSE,
    WBEM_S_NO_ERROR,
    WBEM_S_TIMEDOUT,
)
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from wmix.remote.pace import Ask

EVERYTHING = ExecQuery(query="SELECT * FROM CF_Part")


class Reader:
    """Gives portions of so many objects, so many broken ones, and this status, each after a second."""

    def __init__(self, *portions: tuple[int, int, int]) -> None:
        self.portions = list(portions)
        self.asked: list[Ask] = []
        self.given = 0
        self.released = 0

    async def next(self, ask: Ask) -> Portion:
        """The next one; nothing for ever after the last."""
        self.asked.append(ask)
        await asyncio.sleep(1)
        if not self.portions:
            await asyncio.get_running_loop().create_future()
        count, broken, status = self.portions.pop(0)
        items = [instance(PART, Id=f"p{number}") for number in range(count)]
        undecoded = [UndecodedObject(b"octets", ProtocolError("no object")) for _ in range(broken)]
        self.given += 1
        return Portion(EncodedBatch(items, undecoded), 100 * count, status)

    def release(self) -> None:
        """Count."""
        self.released += 1


def read(reader: Reader) -> list[tuple[int, int]]:
    """How many objects and how many broken ones each batch of an enumeration has."""

    async def run() -> list[tuple[int, int]]:
        return [(len(batch), len(batch.undecoded)) async for batch in objects_of(reader, Pace())]

    found: list[tuple[int, int]] = run_virtual(run)
    assert reader.released == 1
    return found


def test_a_portion_of_nothing_is_waited_over_and_the_end_is_asked_for_once() -> None:
    reader = Reader((1, 0, WBEM_S_NO_ERROR), (0, 0, WBEM_S_TIMEDOUT), (1, 0, WBEM_S_NO_ERROR), (0, 0, WBEM_S_FALSE))
    assert read(reader) == [(1, 0), (1, 0)]
    assert len(reader.asked) == 4


def test_no_object_and_no_end_is_an_error_of_the_host_and_not_asked_for_ever() -> None:
    reader = Reader((1, 0, WBEM_S_NO_ERROR), (0, 0, WBEM_S_NO_ERROR))
    with pytest.raises(ProtocolError, match="did not say that there are no more"):
        read(reader)


def test_broken_objects_go_with_the_next_batch_and_a_thousand_are_borne() -> None:
    more = Reader((0, 1, WBEM_S_NO_ERROR), (0, 2, WBEM_S_NO_ERROR), (1, 0, WBEM_S_NO_ERROR), (2, 0, WBEM_S_FALSE))
    assert read(more) == [(1, 3), (2, 0)]
    assert read(Reader((1, 1000, WBEM_S_NO_ERROR), (1, 0, WBEM_S_FALSE))) == [(1, 1000), (1, 0)]
    with pytest.raises(ProtocolError, match="1001 objects could not be decoded; the first one: no object") as caught:
        read(Reader((1, 1000, WBEM_S_NO_ERROR), (1, 1, WBEM_S_NO_ERROR)))
    assert caught.value.__notes__ == ["its octets begin with 6f 63 74 65 74 73"]


def test_what_was_asked_for_before_the_end_was_known_does_not_make_it_undone() -> None:
    portions = [(count, 0, WBEM_S_NO_ERROR) for count in (1, 100, 1000, 1000)]
    late = [(0, 0, WBEM_S_FALSE), (0, 0, WBEM_S_TIMEDOUT), (0, 0, WBEM_S_NO_ERROR)]
    reader = Reader(*portions, *late)
    assert [count for count, _ in read(reader)] == [1, 100, 1000, 1000]
    # Three were under way when the end came, and no more were asked for.
    assert len(reader.asked) == 4 + 3


def test_calls_under_way_are_given_up_with_the_enumeration() -> None:
    async def run() -> None:
        reader = Reader((1, 0, WBEM_S_NO_ERROR), (100, 0, WBEM_S_NO_ERROR), *[(1000, 0, WBEM_S_NO_ERROR)] * 9)
        stream: AsyncGenerator[EncodedBatch, None] = objects_of(reader, Pace())  # type: ignore[assignment]
        for _ in range(4):
            await anext(stream)
        given, under_way = reader.given, len(reader.asked) - reader.given
        assert under_way > 1
        await stream.aclose()
        await asyncio.sleep(5)
        assert reader.given == given

    run_virtual(run)


class Breaking(Reader):
    """A host whose connection breaks while a call is given up."""

    async def next(self, ask: Ask) -> Portion:
        try:
            return await super().next(ask)
        except asyncio.CancelledError:
            raise ProtocolError("broken") from None


@pytest.mark.parametrize("kind", [Reader, Breaking])
def test_a_call_that_is_given_up_is_no_error_that_nobody_saw(kind: type[Reader]) -> None:
    told: list[dict[str, Any]] = []

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        stream: AsyncGenerator[EncodedBatch, None] = objects_of(kind((1, 0, WBEM_S_NO_ERROR)), Pace())  # type: ignore[assignment]
        await anext(stream)
        await asyncio.sleep(0.5)
        await stream.aclose()
        await asyncio.sleep(1)
        del stream
        gc.collect()

    run_virtual(run)
    assert told == []


def test_the_next_portion_is_in_the_socket_before_the_reader_has_the_one_before_it() -> None:
    async def run() -> None:
        host = ScriptedHost()
        host.objects = [instance(PART, Id=f"p{number}") for number in range(500)]
        source = host.source()
        stream: Any = source.open("root/conf").query(EVERYTHING, Scope(Caller("alice")))
        await anext(stream)
        # The reader keeps the loop busy from here on: what was not written by now would wait for it.
        written = len(host.network.transports[-1].writes)
        asked = host.calls.count("SmartNext")
        await asyncio.sleep(0.9)
        assert len(host.network.transports[-1].writes) == written
        assert host.calls.count("SmartNext") == asked + 1
        await stream.aclose()
        await source.close()

    run_virtual(run)


@pytest.mark.parametrize(("way", "method"), [(Way.PLAIN, "Next"), (Way.SMART, "SmartNext")])
def test_a_host_may_collect_as_long_as_it_was_asked_to_before_its_silence_counts(way: Way, method: str) -> None:
    async def run() -> float:
        host = ScriptedHost()
        host.objects = [instance(PART, Id="p")]
        host.silent.add(method)
        source = host.source(Settings(timeouts=Timeouts(wait=7)), way=way)
        place = source.open("root/conf")
        await place.login(Scope(Caller("alice")))
        began = asyncio.get_running_loop().time()
        with pytest.raises(DeadlineExceeded) as caught:
            await anext(place.query(EVERYTHING, Scope(Caller("alice"))))
        assert caught.value.phase == Phase.NEXT
        taken = asyncio.get_running_loop().time() - began
        await source.close()
        return taken - host.calls.index(method) + host.calls.index("ExecQuery")

    # Five seconds are what the call itself allows the host; a round trip each for the calls before.
    assert run_virtual(run) == pytest.approx(5 + 7)


@pytest.mark.parametrize("failure", [WBEM_E_NOT_SUPPORTED, WBEM_E_ACCESS_DENIED])
def test_what_smart_enumeration_began_is_given_back_when_it_fails(failure: int) -> None:
    async def run() -> None:
        host = ScriptedHost()
        host.objects = [instance(PART, Id=f"p{number}") for number in range(3)]
        host.failures["GetSmartEnum"] = failure
        source = host.source()
        stream: Any = source.open("root/conf").query(EVERYTHING, Scope(Caller("alice")))
        if failure == WBEM_E_NOT_SUPPORTED:
            assert len(await anext(stream)) == 1
            await asyncio.sleep(3)
            # The enumerator itself is read plainly.
            assert len(host.released) == 1
            await stream.aclose()
        else:
            with pytest.raises(AccessDenied) as caught:
                await anext(stream)
            # References that its traceback holds cannot release themselves.
            assert caught.value.__traceback__ is not None
        await asyncio.sleep(3)
        assert len(host.released) == 2
        await source.close()

    run_virtual(run)
