"""What repositories tell of their writes: each transaction once, whole, after it was committed."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from unit.repository.samples import qualified
from wmix.cim.classes import CimProperty, derive
from wmix.cim.instances import CimInstance
from wmix.cim.types import CimType
from wmix.repository.changes import ChangeLog, Pending
from wmix.repository.deferred import DeferredRepository
from wmix.repository.memory import MemoryRepository
from wmix.repository.sql import SqlRepository

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from wmix.port.backend import Repository
    from wmix.port.events import Change

    Make = Callable[[], Repository]

N = "root\\n"
PAIR = derive(
    None,
    "Pair",
    properties=[
        CimProperty("A", CimType.SINT32, qualifiers=qualified("key")),
        CimProperty("B", CimType.STRING, qualifiers=qualified("key")),
    ],
)
PART = derive(
    None,
    "Part",
    properties=[
        CimProperty("Id", CimType.STRING, qualifiers=qualified("key")),
        CimProperty("Num", CimType.UINT32, qualifiers=qualified("indexed")),
    ],
)


@pytest.fixture(params=["memory", "sql", "deferred"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Makes a repository of each kind."""
    place = str(tmp_path / "repository.db")
    if request.param == "memory":
        return MemoryRepository
    if request.param == "sql":
        return lambda: SqlRepository(place)
    return lambda: DeferredRepository(place)


class Heard:
    """A listener that keeps what it is told, in a short form."""

    def __init__(self) -> None:
        self.told: list[list[tuple[str, str, object, object]]] = []

    def __call__(self, changes: Sequence[Change]) -> None:
        self.told.append([(c.kind, c.namespace, _short(c.previous), _short(c.current)) for c in changes])


def _short(value: object) -> object:
    if isinstance(value, CimInstance):
        return {name: item for name, item in value.values_().items() if item is not None}
    return getattr(value, "name", value)


@contextlib.asynccontextmanager
async def heard(make: Make) -> AsyncIterator[tuple[Repository, Heard]]:
    repository = make()
    listener = Heard()
    stop = repository.changes(listener)
    try:
        yield repository, listener
    finally:
        stop()
        await repository.close()


def pair(a: int, b: str = "x") -> CimInstance:
    return CimInstance.of(PAIR, {"A": a, "B": b})


def part(name: str, number: int) -> CimInstance:
    return CimInstance.of(PART, {"Id": name, "Num": number})


def test_an_instance_is_told_with_what_was_there_before(make: Make) -> None:
    async def main() -> None:
        async with heard(make) as (repository, listener):
            await repository.put_instance(N, part("a", 1))
            await repository.put_instance(N, part("A", 2))
            assert await repository.delete_instance(N, PART.name, {"Id": "a"})
            assert not await repository.delete_instance(N, PART.name, {"Id": "a"})
            assert [_numbers(told) for told in listener.told] == [
                [("instance", None, 1)],
                [("instance", 1, 2)],
                [("instance", 2, None)],
            ]

    asyncio.run(main())


def _numbers(told: list[tuple[str, str, object, object]]) -> list[tuple[str, object, object]]:
    def number(value: object) -> object:
        return value.get("Num") if isinstance(value, dict) else value

    return [(kind, number(before), number(after)) for kind, _, before, after in told]


def test_a_list_of_instances_is_told_as_one(make: Make) -> None:
    async def main() -> None:
        async with heard(make) as (repository, listener):
            await repository.put_instances(N, [pair(1), pair(2)])
            assert [[change[3] for change in told] for told in listener.told] == [
                [{"A": 1, "B": "x"}, {"A": 2, "B": "x"}]
            ]

    asyncio.run(main())


def test_a_class_is_told_and_its_instances_before_its_deletion(make: Make) -> None:
    async def main() -> None:
        async with heard(make) as (repository, listener):
            await repository.put_class(N, PAIR)
            await repository.put_class(N, PAIR)
            await repository.put_instances(N, [pair(1), pair(2)])
            await repository.delete_class(N, PAIR.name)
            assert [told[0][:2] for told in listener.told] == [
                ("class", N),
                ("class", N),
                ("instance", N),
                ("instance", N),
            ]
            assert [change[2:] for change in listener.told[0] + listener.told[1]] == [
                (None, PAIR.name),
                (PAIR.name, PAIR.name),
            ]
            assert [(change[0], change[2], change[3]) for change in listener.told[3]] == [
                ("instance", {"A": 1, "B": "x"}, None),
                ("instance", {"A": 2, "B": "x"}, None),
                ("class", PAIR.name, None),
            ]

    asyncio.run(main())


def test_namespaces_are_told_the_inner_ones_gone_first(make: Make) -> None:
    async def main() -> None:
        async with heard(make) as (repository, listener):
            await repository.create_namespace(N)
            await repository.create_namespace(N + "\\inner")
            await repository.delete_namespace(N)
            assert listener.told == [
                [("namespace", "root", None, N)],
                [("namespace", N, None, N + "\\inner")],
                [("namespace", N, N + "\\inner", None), ("namespace", "root", N, None)],
            ]

    asyncio.run(main())


def test_a_transaction_is_told_once_and_what_was_undone_never(make: Make) -> None:
    async def main() -> None:
        async with heard(make) as (repository, listener):
            async with repository.transaction():
                await repository.put_instance(N, pair(1))
                with contextlib.suppress(ValueError):
                    async with repository.transaction():
                        await repository.put_instance(N, pair(2))
                        raise ValueError
                async with repository.transaction():
                    await repository.put_instance(N, pair(3))
                assert listener.told == []
            with contextlib.suppress(ValueError):
                async with repository.transaction():
                    await repository.put_instance(N, pair(4))
                    raise ValueError
            await repository.put_instance(N, pair(5))
            assert [[change[3] for change in told] for told in listener.told] == [
                [{"A": 1, "B": "x"}, {"A": 3, "B": "x"}],
                [{"A": 5, "B": "x"}],
            ]

    asyncio.run(main())


def test_who_stopped_listening_hears_nothing_and_the_others_do(make: Make) -> None:
    async def main() -> None:
        async with heard(make) as (repository, listener):
            other = Heard()
            stop = repository.changes(other)
            await repository.put_instance(N, pair(1))
            stop()
            stop()
            await repository.put_instance(N, pair(2))
            assert (len(listener.told), len(other.told)) == (2, 1)

    asyncio.run(main())


def test_a_listener_that_begins_within_a_transaction_does_not_hear_what_was_undone() -> None:
    async def main() -> None:
        repository, listener = MemoryRepository(), Heard()
        with contextlib.suppress(ValueError):
            async with repository.transaction():
                repository.changes(listener)
                await repository.put_instance(N, pair(1))
                raise ValueError
        assert listener.told == []

    asyncio.run(main())


def test_a_refused_write_is_not_told(make: Make) -> None:
    async def main() -> None:
        async with heard(make) as (repository, listener):
            wrong = CimInstance.of(PAIR, {"A": 1})
            with pytest.raises(Exception, match="B of"):
                await repository.put_instances(N, [pair(1), wrong])
            assert listener.told == []

    asyncio.run(main())


def test_a_listener_that_fails_is_reported_and_hides_nothing_from_others(caplog: pytest.LogCaptureFixture) -> None:
    log, listener = ChangeLog(), Heard()

    def broken(changes: Sequence[Change]) -> None:
        raise RuntimeError(f"{len(changes)} is too much")

    log.listen(broken)
    log.listen(listener)
    pending = Pending(log)
    pending.namespace(N, created=True)
    pending.commit()
    pending.commit()
    assert listener.told == [[("namespace", "root", None, N)]]
    assert "1 is too much" in caplog.text
