"""Opening: nothing is made before it is needed, damage is kept aside and said, what is not ours is left alone."""

from __future__ import annotations

import logging
import os
import re
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from permissions import ruled_by_permissions
from unit.repository.samples import ITEM, NAMESPACE, item, read_all, run
from wmix.errors import InvalidClass, InvalidNamespace, InvalidParameter, NotSupported, WmiError
from wmix.repository import integrity
from wmix.repository.database import PostgresDatabase, SqliteDatabase, database_at
from wmix.repository.sql import SqlRepository

if TYPE_CHECKING:
    from collections.abc import Callable


async def put(path: str, *names: str, renew_damaged: bool = False) -> None:
    """Put items in a repository of its own."""
    repository = SqlRepository(path, renew_damaged=renew_damaged)
    try:
        await repository.put_instances(NAMESPACE, [item(name) for name in names])
    finally:
        await repository.close()


async def names(path: str) -> list[str]:
    """The items that a repository of its own finds."""
    repository = SqlRepository(path)
    try:
        return [str(found["Id"]) for found in await read_all(repository, NAMESPACE, "Demo_Item")]
    finally:
        await repository.close()


def fails(work: Callable[[], object]) -> WmiError:
    with pytest.raises(WmiError) as caught:
        work()
    return caught.value


def test_reading_and_deleting_what_does_not_exist_makes_nothing(tmp_path: Path) -> None:
    path = str(tmp_path / "deep" / "down" / "repository.db")

    async def read() -> None:
        repository = SqlRepository(path)
        assert await repository.namespaces() == ()
        assert await repository.class_names(NAMESPACE) == ()
        assert await repository.get_class(NAMESPACE, "X") is None
        assert await repository.get_instance(NAMESPACE, "X", {}) is None
        assert await repository.get_as(NAMESPACE, ITEM.layout, {"Id": "x"}) is None
        assert await repository.get_many(NAMESPACE, "X", [{}, {}]) == [None, None]
        assert await repository.count(NAMESPACE, "X") == 0
        assert await read_all(repository, NAMESPACE, "X") == []
        assert [page async for page in repository.rows(NAMESPACE, ITEM.layout)] == []
        assert [page async for page in repository.rows(NAMESPACE, ITEM.layout, keys=[{"Id": "x"}])] == []
        assert not await repository.delete_instance(NAMESPACE, "X", {})
        with pytest.raises(InvalidClass):
            await repository.delete_class(NAMESPACE, "X")
        with pytest.raises(InvalidNamespace):
            await repository.delete_namespace(NAMESPACE)
        await repository.close()

    run(read)
    assert list(tmp_path.iterdir()) == []


def test_the_first_write_makes_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "repository.db"
    run(lambda: put(str(path), "a"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["repository.db"]  # the log is gone when the last one closed
    assert run(lambda: names(str(path))) == ["a"]


def test_an_empty_file_is_a_repository_that_was_not_begun(path: str) -> None:
    Path(path).touch()
    assert run(lambda: names(path)) == []
    run(lambda: put(path, "a"))
    assert run(lambda: names(path)) == ["a"]


def test_a_file_that_another_process_begins_is_noticed(path: str) -> None:
    async def notice() -> None:
        mine = SqlRepository(path)
        before = mine.version
        await put(path, "a")
        assert await mine.count(NAMESPACE, "Demo_Item") == 1
        assert mine.version > before
        await mine.close()

    run(notice)


def scribble(path: str, at: int, octets: bytes) -> None:
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(octets)


def kept_aside(path: str) -> list[Path]:
    """The files that were kept, without the logs that may belong to them."""
    return [name for name in Path(path).parent.iterdir() if re.search(r"\.damaged-\d{8}T\d{6}Z$", name.name)]


@pytest.fixture(params=["header", "page", "short", "text"])
def damaged_path(request: pytest.FixtureRequest, path: str) -> str:
    """The path of a file that is damaged in one of several ways."""
    run(lambda: put(path, *[f"item {i}" for i in range(2000)]))
    if request.param == "header":
        scribble(path, 0, b"\0" * 100)
    elif request.param == "page":
        scribble(path, os.path.getsize(path) // 2 // 4096 * 4096, b"\xa5" * 4096)
    elif request.param == "short":
        os.truncate(path, os.path.getsize(path) // 2)
    else:
        Path(path).write_text("something else altogether")
    return path


def test_a_damaged_file_is_kept_aside_and_every_opening_says_so(
    damaged_path: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = Path(damaged_path).read_bytes()
    with caplog.at_level(logging.ERROR, logger="wmix.repository"):
        first = fails(lambda: run(lambda: names(damaged_path)))
    (kept,) = kept_aside(damaged_path)
    assert kept.read_bytes() == before
    assert first.symbol == "WBEM_E_CRITICAL_ERROR"
    assert str(kept) in first.detail
    assert str(kept) in caplog.text
    again = fails(lambda: run(lambda: put(damaged_path, "a")))
    assert again.symbol == "WBEM_E_CRITICAL_ERROR"
    assert str(kept) in again.detail
    os.unlink(damaged_path)  # what the message says
    run(lambda: put(damaged_path, "a"))
    assert run(lambda: names(damaged_path)) == ["a"]
    assert kept.read_bytes() == before


def test_a_new_one_is_begun_in_the_place_of_a_damaged_one_when_that_is_asked(damaged_path: str) -> None:
    run(lambda: put(damaged_path, "a", renew_damaged=True))
    assert run(lambda: names(damaged_path)) == ["a"]
    assert len(kept_aside(damaged_path)) == 1


def test_a_large_damaged_file_is_found_out_on_the_side(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run(lambda: put(path, *[f"item {i}" for i in range(5000)]))
    scribble(path, os.path.getsize(path) // 2 // 4096 * 4096, b"\xa5" * 4096)
    monkeypatch.setattr(integrity, "CHECKED_AT_ONCE", 4096)

    async def read() -> None:
        repository = SqlRepository(path)
        try:
            await repository.namespaces()
            assert repository._watcher is not None
            repository._watcher.join(30)  # it ends when it has found damage
            await repository.namespaces()
        finally:
            await repository.close()

    assert fails(lambda: run(read)).symbol == "WBEM_E_CRITICAL_ERROR"


def test_a_database_of_another_program_is_left_alone(path: str) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    before = Path(path).read_bytes()
    for work in (lambda: names(path), lambda: put(path, "a")):
        error = fails(lambda work=work: run(work))  # type: ignore[misc]  # bound here
        assert error.symbol == "WBEM_E_INVALID_PARAMETER"
    assert Path(path).read_bytes() == before
    assert os.listdir(os.path.dirname(path)) == ["repository.db"]


def test_a_repository_of_a_newer_release_is_refused_and_left_alone(path: str) -> None:
    run(lambda: put(path, "a"))
    with sqlite3.connect(path) as newer:
        newer.execute("UPDATE wmix_state SET version = version + 1")
    newer.close()
    assert fails(lambda: run(lambda: names(path))).symbol == "WBEM_E_DATABASE_VER_MISMATCH"
    assert fails(lambda: run(lambda: put(path, "b"))).symbol == "WBEM_E_DATABASE_VER_MISMATCH"


READ_ONLY = """
import asyncio, sys
from unit.repository.samples import NAMESPACE, item, read_all
from wmix.errors import WmiError
from wmix.repository.sql import SqlRepository

async def main():
    repository = SqlRepository(sys.argv[1])
    print(len(await read_all(repository, NAMESPACE, "Demo_Item")))
    for _ in range(2):
        try:
            await repository.put_instance(NAMESPACE, item("b"))
        except WmiError as error:
            print(error.symbol, "|", error.hint)
    print(len(await read_all(repository, NAMESPACE, "Demo_Item")))
    await repository.close()

asyncio.run(main())
"""


def test_a_read_only_file_is_read_and_a_write_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "repository.db"
    run(lambda: put(str(path), "a"))
    path.chmod(0o444)
    tmp_path.chmod(0o555)
    tests = Path(__file__).parents[2]
    try:
        done = subprocess.run(
            [*ruled_by_permissions(), sys.executable, "-W", "error", "-c", READ_ONLY, str(path)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(tests), "PYTHONDONTWRITEBYTECODE": "1"},
        )
    finally:
        tmp_path.chmod(0o755)
    assert done.returncode == 0, done.stderr
    first, *refused, last = done.stdout.splitlines()
    assert (first, last) == ("1", "1")
    assert all(line.startswith("WBEM_E_ACCESS_DENIED | grant this account write access") for line in refused)


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    error = fails(lambda: run(lambda: put(str(tmp_path / "file" / "repository.db"), "a")))
    assert error.symbol == "WBEM_E_CONNECTION_FAILED"
    assert str(tmp_path) in error.detail


@pytest.mark.parametrize("location", ["mysql://x/y", "sqlite://", "http://host/", "postgresql://host:nonsense/x"])
def test_an_address_of_no_known_database_is_refused(location: str) -> None:
    with pytest.raises((InvalidParameter, NotSupported)):
        database_at(location, lock_wait=1)


def test_the_password_of_an_address_is_not_shown() -> None:
    database = database_at("postgresql://alice:secret@host/x", lock_wait=1)
    assert isinstance(database, PostgresDatabase)
    assert "secret" not in database.place
    assert "alice" in database.place


def test_a_path_may_come_as_an_address(tmp_path: Path) -> None:
    database = database_at(f"sqlite:///{tmp_path}/x.db", lock_wait=1)
    assert isinstance(database, SqliteDatabase)
    assert database.place == f"{tmp_path}/x.db"


@pytest.mark.parametrize("name", ["a b?c#d%20.db", "ß.db"])
def test_a_path_may_hold_any_character(tmp_path: Path, name: str) -> None:
    run(lambda: put(str(tmp_path / name), "a"))
    assert run(lambda: names(str(tmp_path / name))) == ["a"]
    assert os.listdir(tmp_path) == [name]


def test_a_server_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    error = fails(lambda: run(lambda: names(f"postgresql://nobody@/x?host={tmp_path}")))
    assert error.symbol == "WBEM_E_CONNECTION_FAILED"
    assert error.hint
