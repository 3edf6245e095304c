"""What one process writes is heard by another that shares the database, and costs nothing where nobody listens."""

from __future__ import annotations

import asyncio
import contextlib
import queue
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, update

from unit.repository.samples import ITEM, item
from wmix.cim.instances import CimInstance
from wmix.repository.database import database_at
from wmix.repository.journal import LEASE
from wmix.repository.sql import SqlRepository
from wmix.repository.tables import journal, listeners

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from wmix.port.events import Change

N = "root\\n"
PATIENCE = 30.0


class Ear:
    """Keeps what it is told, from whatever thread."""

    def __init__(self) -> None:
        self.told: queue.Queue[Change] = queue.Queue()

    def __call__(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self.told.put(change)

    async def next(self) -> tuple[str, object, object]:
        change = await asyncio.to_thread(self.told.get, True, PATIENCE)
        return change.kind, _short(change.previous), _short(change.current)


def _short(value: Any) -> object:
    return value["Number"] if isinstance(value, CimInstance) else getattr(value, "name", value)


def rows(location: str, table: Any) -> int:
    connection = database_at(location, lock_wait=5.0).connect(writing=False)
    try:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())
    finally:
        connection.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until *condition* holds; it does after a look of the watching thread."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.to_thread(lambda: None)


@contextlib.asynccontextmanager
async def two(location: str) -> AsyncIterator[tuple[SqlRepository, SqlRepository, Ear]]:
    """Two repositories over one database; the second listens."""
    one, other, ear = SqlRepository(location), SqlRepository(location), Ear()
    try:
        await one.create_namespace(N)
        await one.put_class(N, ITEM)
        other.changes(ear)
        await until(lambda: rows(location, listeners) == 1)
        yield one, other, ear
    finally:
        await one.close()
        await other.close()


def test_writes_of_another_are_heard_in_order_and_whole(location: str) -> None:
    async def main() -> None:
        async with two(location) as (one, other, ear):
            await one.put_instance(N, item("a", Number=1))
            await one.put_instances(N, [item("A", Number=2), item("b", Number=2**63)])
            with contextlib.suppress(ValueError):
                async with one.transaction():
                    await one.put_instance(N, item("c", Number=3))
                    raise ValueError
            await one.delete_instance(N, ITEM.name, {"Id": "a"})
            await one.delete_class(N, ITEM.name)
            await one.create_namespace("root\\m")
            await one.delete_namespace("root\\m")
            assert [await ear.next() for _ in range(8)] == [
                ("instance", None, 1),
                ("instance", 1, 2),
                ("instance", None, 2**63),
                ("instance", 2, None),
                ("instance", 2**63, None),
                ("class", ITEM.name, None),
                ("namespace", None, "root\\m"),
                ("namespace", "root\\m", None),
            ]
            # Its own are heard once, and not as those of another.
            await other.put_class(N, ITEM)
            assert await ear.next() == ("class", None, ITEM.name)
            await one.put_instance(N, item("z", Number=9))
            assert await ear.next() == ("instance", None, 9)
            assert ear.told.empty()

    asyncio.run(main())


def test_nothing_is_written_down_where_nobody_listens(location: str) -> None:
    async def main() -> None:
        one = SqlRepository(location)
        await one.put_class(N, ITEM)
        await one.put_instance(N, item("a", Number=1))
        # Who listens to itself alone needs no journal either.
        one.changes(Ear())
        await until(lambda: rows(location, listeners) == 1)
        await one.put_instance(N, item("b", Number=1))
        assert rows(location, journal) == 0
        await one.close()
        assert rows(location, listeners) == 0

    asyncio.run(main())


def test_who_stops_listening_gives_its_lease_back(location: str) -> None:
    async def main() -> None:
        one, other = SqlRepository(location), SqlRepository(location)
        await one.put_class(N, ITEM)
        stop = other.changes(Ear())
        await until(lambda: rows(location, listeners) == 1)
        stop()
        await until(lambda: rows(location, listeners) == 0)
        await one.put_instance(N, item("a", Number=1))
        assert rows(location, journal) == 0
        await one.close()
        await other.close()

    asyncio.run(main())


def test_a_listener_that_died_costs_writers_until_its_lease_ends(path: str) -> None:
    async def main() -> None:
        async with two(path) as (one, _, ear):
            connection = database_at(path, lock_wait=5.0).connect(writing=True)
            with connection.begin():
                # As if it had died a while ago: its lease is over, and nobody renews it before the next third of it.
                connection.execute(update(listeners).values(until=listeners.c.until - int(2 * LEASE * 1000)))
            connection.close()
            await one.put_instance(N, item("a", Number=1))
            assert rows(path, journal) == 0
            assert ear.told.empty()

    asyncio.run(main())


@pytest.mark.parametrize("kind", ["put", "delete"])
def test_qualifiers_of_an_instance_come_along(path: str, kind: str) -> None:
    async def main() -> None:
        async with two(path) as (one, _, ear):
            marked = item("a", Number=1)
            marked.qualifiers_.put("Marked", "yes", 0)
            await one.put_instance(N, marked)
            change = await asyncio.to_thread(ear.told.get, True, PATIENCE)
            if kind == "delete":
                await one.delete_instance(N, ITEM.name, {"Id": "a"})
                change = await asyncio.to_thread(ear.told.get, True, PATIENCE)
            held = change.current or change.previous
            assert isinstance(held, CimInstance)
            assert held.qualifiers_["Marked"] == "yes"

    asyncio.run(main())
