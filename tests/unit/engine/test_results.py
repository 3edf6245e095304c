"""The result set: what is kept, what is freed, and how far the source may run ahead of its readers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from unit.engine.fakes import ITEM, FakeRemote, batch, engine_over, ids, settings
from wmix.engine.calls.credit import FIRST_OCTETS
from wmix.engine.calls.results import ResultSet
from wmix.port.batch import RowBatch
from wmix.port.caller import Caller
from wmix.port.flags import WBEM_FLAG_FORWARD_ONLY, WBEM_FLAG_RETURN_IMMEDIATELY
from wmix.port.requests import ExecQuery
from wmix.status import WBEM_S_NO_ERROR
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from wmix.engine.calls.results import Reader
    from wmix.port.batch import Batch

FORWARD = WBEM_FLAG_RETURN_IMMEDIATELY | WBEM_FLAG_FORWARD_ONLY


def results(*, forward_only: bool = False, **limits: int) -> ResultSet:
    return ResultSet(settings(**limits), forward_only=forward_only, unbounded=False)


def read(found: ResultSet, reader: Reader, count: int) -> list[int]:
    return ids([item for part in found.read(reader, count) for item in part.objects()])


def in_memory(found: ResultSet) -> int:
    return sum(len(kept) for kept in found._kept if not isinstance(kept, int))


@pytest.fixture(name="spills")
def _spills(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Every spill that is made; closed in the end, as enumerators do when they are dropped."""
    from wmix.engine.calls import spill

    made: list[Any] = []

    class Seen(spill.Spill):
        def __init__(self, folder: str | None) -> None:
            super().__init__(folder)
            made.append(self)

    monkeypatch.setattr(spill, "Spill", Seen)
    yield made
    for one in made:
        one.close()


def test_what_was_handed_over_forward_only_takes_no_room_in_memory(spills: list[Any]) -> None:
    found = results(forward_only=True, memory_objects=4)
    reader = found.attach()
    for first in range(0, 40, 2):
        found.append(batch(first, first + 1))
        assert read(found, reader, 2) == [first, first + 1]
    assert spills == []


def test_what_is_kept_in_a_file_comes_in_order_before_what_is_in_memory(spills: list[Any]) -> None:
    found = results(forward_only=True, memory_objects=4)
    reader = found.attach()
    seen: list[int] = []
    for first in range(0, 60, 6):
        # Written, read in part, freed, and written again: positions in the lists move each time.
        for place in range(first, first + 6, 2):
            found.append(batch(place, place + 1))
            assert in_memory(found) <= 4
        seen += read(found, reader, 5)
    seen += read(found, reader, 60)
    assert seen == list(range(60))
    assert len(spills) == 1
    found.drop()
    assert found.available(reader) == 0


def test_no_more_leaves_memory_than_has_to(spills: list[Any]) -> None:
    found = results(memory_objects=4)
    found.attach()
    for place in range(9):
        found.append(batch(place))
    assert in_memory(found) == 4


def test_no_more_than_the_limit_stays_in_memory(spills: list[Any]) -> None:
    found = results(memory_objects=4)
    reader = found.attach()
    for first in range(0, 20, 2):
        found.append(batch(first, first + 1))
        assert in_memory(found) <= 4
    assert read(found, reader, 20) == list(range(20))
    reader.position = 0
    assert read(found, reader, 3) == [0, 1, 2]
    assert len(spills) == 1


@pytest.mark.parametrize("way", ["read", "skip"])
def test_a_reader_that_takes_what_is_there_lets_the_source_go_on(way: str) -> None:
    async def body() -> None:
        found = results(batch_objects=2, buffer_objects=2)
        reader = found.attach()
        found.append(batch(1, 2))
        waiting = asyncio.ensure_future(found.room())
        await asyncio.sleep(1)
        assert not waiting.done(), "two objects ahead are all that it may be"
        getattr(found, way)(reader, 1)
        await asyncio.sleep(1)
        assert waiting.done()

    run_virtual(body)


def test_a_source_runs_no_further_ahead_than_the_buffer_however_much_is_read() -> None:
    async def body() -> None:
        found = results(batch_objects=1, buffer_objects=4)
        reader = found.attach()
        ahead: list[int] = []

        async def fill() -> None:
            for i in range(40):
                found.append(batch(i))
                ahead.append(found.total - reader.position)
                await found.room()

        filling = asyncio.ensure_future(fill())
        for _ in range(37):
            await asyncio.sleep(1)
            assert read(found, reader, 1)
        await filling
        assert ahead[0] == 1, "a slow start"
        assert max(ahead) == 4

    run_virtual(body)


def test_a_reader_that_waits_for_more_than_the_buffer_gets_it_and_only_while_it_waits() -> None:
    async def body() -> None:
        found = results(batch_objects=2, buffer_objects=2)
        reader = found.attach()

        async def fill() -> None:
            for i in range(20):
                found.append(batch(i))
                await found.room()

        filling = asyncio.ensure_future(fill())
        await asyncio.sleep(1)
        assert found.total == 2
        await found.reach(reader, 7, None)
        assert found.total == 7
        read(found, reader, 1)
        await asyncio.sleep(1)
        assert found.total == 7, "it has what it asked for, and the credit is less"
        found.finish(None)
        await filling
        assert found.total == 7

    run_virtual(body)


@pytest.mark.parametrize("way", ["reach", "poll"])
def test_a_reader_that_has_waited_in_vain_lets_the_source_run_no_further_than_its_credit(way: str) -> None:
    async def body() -> None:
        found = results(batch_objects=2, buffer_objects=2)
        reader = found.attach()
        if way == "poll":
            await found.poll(reader, 7)
        else:
            await found.reach(reader, 7, asyncio.get_running_loop().time() + 1)
        found.append(batch(1, 2))
        waiting = asyncio.ensure_future(found.room())
        await asyncio.sleep(1)
        assert not waiting.done()
        found.finish(None)
        await waiting

    run_virtual(body)


def test_a_reader_that_is_detached_waits_no_longer() -> None:
    async def body() -> None:
        found = results()
        reader = found.attach()
        waiting = asyncio.ensure_future(found.reach(reader, 1, None))
        await asyncio.sleep(1)
        found.detach(reader)
        await asyncio.wait_for(waiting, 1)
        assert not found.has_readers

    run_virtual(body)


def test_objects_that_are_skipped_are_not_all_held_at_once() -> None:
    async def body() -> None:
        held: list[int] = []

        async def script() -> AsyncIterator[Batch]:
            for first in range(0, 10_000, 100):
                yield batch(*range(first, first + 100))
                held.append(enumerator._results.total - enumerator.position)

        services = engine_over(FakeRemote(script), settings(buffer_objects=100)).services("r", Caller("me"))
        enumerator = services.open(ExecQuery(query="q", flags=FORWARD))
        assert await enumerator.skip(None, 9_000) == WBEM_S_NO_ERROR
        assert enumerator.position == 9_000
        assert max(held) <= 1_200

    run_virtual(body)


@pytest.mark.parametrize(("portion", "grows"), [(1, False), (10, True)])
def test_the_credit_grows_for_a_reader_who_uses_it_and_for_no_other(portion: int, grows: bool) -> None:
    found = results(forward_only=True, batch_objects=10, buffer_objects=80)
    reader = found.attach()
    for number in range(6):
        while not found._is_full():
            found.append(batch(number))
        read(found, reader, portion)
    while not found._is_full():
        found.append(batch(0))
    assert (found.available(reader) > 10) is grows


def test_a_source_waits_when_what_is_unread_takes_the_octets_of_its_credit() -> None:
    found = results(forward_only=True)
    reader = found.attach()
    text = "x" * 1000
    while not found._is_full():
        found.append(RowBatch(ITEM.layout, [(1, text + str(found.total))], None))
    assert FIRST_OCTETS < found.total * 1100 < FIRST_OCTETS + 2000
    found.read(reader, 1)
    assert not found._is_full()
    assert found.wanted(0)[1] >= FIRST_OCTETS // 2, "a source goes on by more than one row at a time"


def test_one_object_that_takes_more_than_all_octets_of_the_credit_comes_all_the_same() -> None:
    async def body() -> None:
        async def script() -> AsyncIterator[Batch]:
            for number in range(4):
                yield RowBatch(ITEM.layout, [(number, "x" * FIRST_OCTETS * 2)], None)

        services = engine_over(FakeRemote(script)).services("r", Caller("me"))
        enumerator = services.open(ExecQuery(query="q", flags=FORWARD))
        assert (await enumerator.next(None, 1)).returned == 1
        assert (await enumerator.next(None, 3)).returned == 3, "who waits for more gets it"

    run_virtual(body)


@pytest.mark.parametrize(("portion", "most"), [(1, FIRST_OCTETS * 2), (200, 1 << 17)])
def test_the_octets_of_the_credit_grow_for_a_reader_who_uses_them_up_to_the_limit(portion: int, most: int) -> None:
    found = results(forward_only=True, buffer_octets=1 << 17)
    reader = found.attach()
    for _ in range(20):
        while not found._is_full():
            found.append(RowBatch(ITEM.layout, [(1, "x" * 900)], None))
        waiting = found._waiting()[1]
        found.read(reader, portion)
    assert most // 2 < waiting < most + 2000


def test_a_source_is_asked_for_what_a_reader_waits_for_and_for_more_when_most_is_filtered_out() -> None:
    async def body() -> None:
        found = results(forward_only=True, buffer_objects=1000)
        reader = found.attach()
        assert found.wanted(0) == (100, FIRST_OCTETS)
        found.append(RowBatch(ITEM.layout, [(1, "x" * 900)] * 10, None))
        waiting = asyncio.ensure_future(found.reach(reader, 500, None))
        await asyncio.sleep(0)
        objects, octets = found.wanted(10)
        assert objects == 490
        assert 490 * 900 < octets < 490 * 1200
        assert found.wanted(109)[0] == 490, "so few tell nothing"
        assert found.wanted(330) == (3 * objects, 3 * octets), "two of three are filtered out, it seems"
        assert found.wanted(1_000_000)[0] == 8 * objects
        waiting.cancel()

    run_virtual(body)


def test_what_nobody_will_read_asks_for_little() -> None:
    found = results(forward_only=True)
    reader = found.attach()
    found.append(RowBatch(ITEM.layout, [(1, "x" * 900)] * 10, None))
    found.detach(reader)
    assert min(found.wanted(10)) >= 1
