"""What an engine is given: nothing is loaded before it is needed, and then it is the repository itself."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from unit.repository.samples import ITEM, NAMESPACE, item, read_all, run
from wmix.errors import InvalidClass, InvalidNamespace
from wmix.repository.deferred import MEMORY, DeferredRepository, default_location, repository_at
from wmix.repository.memory import MemoryRepository
from wmix.repository.sql import SqlRepository

if TYPE_CHECKING:
    from wmix.port.backend import Repository

READS = """
import asyncio, sys
from wmix.repository.deferred import repository_at
async def main():
    repository = repository_at(sys.argv[1])
    assert await repository.namespaces() == ()
    assert await repository.get_class("root", "X") is None
    assert [page async for page in repository.instances("root", "X")] == []
    assert repository.version == repository.version
    await repository.close()
asyncio.run(main())
print("sqlalchemy" in sys.modules)
"""


def test_reading_what_does_not_exist_loads_nothing(path: str) -> None:
    done = subprocess.run([sys.executable, "-c", READS, path], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"WMIX_REPOSITORY": "postgresql://h/d", "XDG_DATA_HOME": "/data"}, "postgresql://h/d"),
        ({"XDG_DATA_HOME": "/data"}, "/data/wmix/repository.sqlite"),
        ({"HOME": "/home/me"}, "/home/me/.local/share/wmix/repository.sqlite"),
        ({"HOME": "/home/me", "WMIX_REPOSITORY": "~/r.sqlite"}, "/home/me/r.sqlite"),
    ],
)
def test_the_location_comes_from_the_environment(
    environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WMIX_REPOSITORY", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert default_location() == expected
    found = repository_at(None)
    assert isinstance(found, DeferredRepository)
    assert found.location == expected


@pytest.mark.parametrize(
    ("given", "meant"), [("~/r.sqlite", "/home/me/r.sqlite"), ("postgresql://~/d", "postgresql://~/d"), ("r", "r")]
)
def test_the_home_folder_of_a_given_location_is_meant(given: str, meant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    found = repository_at(given)
    assert isinstance(found, DeferredRepository)
    assert found.location == meant


def test_memory_is_a_location() -> None:
    assert isinstance(repository_at(MEMORY), MemoryRepository)


def test_it_answers_from_nothing_until_something_is_written(path: str) -> None:
    async def work() -> None:
        plain: Repository = DeferredRepository(path)
        assert await plain.class_names(NAMESPACE) == ()
        assert await plain.get_instance(NAMESPACE, "X", {}) is None
        assert await plain.get_as(NAMESPACE, ITEM.layout, {"Id": "a"}) is None
        assert await plain.get_many(NAMESPACE, "X", [{}]) == [None]
        assert [page async for page in plain.rows(NAMESPACE, ITEM.layout)] == []
        assert await plain.count(NAMESPACE, "X") == 0
        assert not await plain.delete_instance(NAMESPACE, "X", {})
        with pytest.raises(InvalidNamespace):
            await plain.delete_namespace(NAMESPACE)
        with pytest.raises(InvalidClass):
            await plain.delete_class(NAMESPACE, "X")
        await plain.close()

    run(work)
    assert not Path(path).exists()


def test_the_first_write_makes_it_and_the_version_tells(path: str) -> None:
    async def work() -> None:
        plain: Repository = DeferredRepository(path)
        before = plain.version
        await plain.create_namespace(NAMESPACE)
        assert plain.version > before
        await plain.close()

    run(work)
    assert Path(path).exists()


def test_it_is_the_repository_when_there_is_one(path: str) -> None:
    async def work() -> None:
        repository = DeferredRepository(path)
        await asyncio.gather(*[repository.put_instance(NAMESPACE, item(str(i))) for i in range(5)])
        await repository.put_class(NAMESPACE, ITEM)
        async with repository.transaction():
            await repository.put_instances(NAMESPACE, [item("a"), item("b")])
            assert await repository.count(NAMESPACE, "Demo_Item") == 7
        assert await repository.class_names(NAMESPACE) == ("Demo_Item",)
        assert await repository.get_class(NAMESPACE, "Demo_Item") == ITEM
        found = await repository.get_as(NAMESPACE, ITEM.layout_for(["Id"]), {"Id": "A"})
        assert found is not None
        assert tuple(found.raw_values_()) == ("a",)
        assert await repository.get_instance(NAMESPACE, "Demo_Item", {"Id": "b"}) == item("b")
        assert await repository.get_many(NAMESPACE, "Demo_Item", [{"Id": "b"}]) == [item("b")]
        rows = [row async for page in repository.rows(NAMESPACE, ITEM.layout, keys=[{"Id": "a"}]) for row in page]
        assert len(rows) == 1
        assert await repository.delete_instance(NAMESPACE, "Demo_Item", {"Id": "b"})
        assert len(await read_all(repository, NAMESPACE, "Demo_Item")) == 6
        await repository.delete_class(NAMESPACE, "Demo_Item")
        await repository.delete_namespace(NAMESPACE)
        assert await repository.namespaces() == ()
        await repository.close()

    run(work)


def test_a_file_that_another_process_begins_is_noticed(path: str) -> None:
    async def work() -> None:
        mine, other = DeferredRepository(path), SqlRepository(path)
        before = mine.version
        await other.put_instance(NAMESPACE, item("a"))
        assert await mine.count(NAMESPACE, "Demo_Item") == 1
        assert mine.version > before
        await other.close()
        await mine.close()

    run(work)
