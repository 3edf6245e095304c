"""What goes wrong: each has its status and says what to do, and nothing half is written."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.exc import OperationalError

from unit.repository.samples import ITEM, NAMESPACE, item, read_all, run
from wmix.errors import InvalidOperation, WmiError
from wmix.repository.database import SqliteDatabase
from wmix.repository.encoding import DecodeError
from wmix.repository.faults import explain, is_disconnect
from wmix.repository.sql import SqlRepository

if TYPE_CHECKING:
    from unit.repository.postgres import Server


def sqlite_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("said by the database")
    error.sqlite_errorcode = code
    return error


class PostgresError(Exception):
    """As psycopg's: with the state that the server gave."""

    def __init__(self, state: str | None) -> None:
        super().__init__("said by the database")
        self.sqlstate = state


@pytest.mark.parametrize(
    ("error", "symbol"),
    [
        (sqlite_error(sqlite3.SQLITE_BUSY), "WBEM_E_TRANSACTION_CONFLICT"),
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), "WBEM_E_TRANSACTION_CONFLICT"),
        (sqlite_error(sqlite3.SQLITE_READONLY_DBMOVED), "WBEM_E_ACCESS_DENIED"),
        (sqlite_error(sqlite3.SQLITE_FULL), "WBEM_E_OUT_OF_DISK_SPACE"),
        (sqlite_error(sqlite3.SQLITE_CORRUPT), "WBEM_E_CRITICAL_ERROR"),
        (sqlite_error(sqlite3.SQLITE_CANTOPEN), "WBEM_E_CONNECTION_FAILED"),
        (sqlite_error(sqlite3.SQLITE_NOMEM), "WBEM_E_OUT_OF_MEMORY"),
        (sqlite_error(sqlite3.SQLITE_TOOBIG), "WBEM_E_QUOTA_VIOLATION"),
        (sqlite_error(sqlite3.SQLITE_IOERR_WRITE), "WBEM_E_FAILED"),
        (PostgresError("40001"), "WBEM_E_TRANSACTION_CONFLICT"),
        (PostgresError("55P03"), "WBEM_E_TRANSACTION_CONFLICT"),
        (PostgresError("25006"), "WBEM_E_ACCESS_DENIED"),
        (PostgresError("28P01"), "WBEM_E_ACCESS_DENIED"),
        (PostgresError("53100"), "WBEM_E_OUT_OF_DISK_SPACE"),
        (PostgresError("57P01"), "WBEM_E_CONNECTION_FAILED"),
        (PostgresError("XX001"), "WBEM_E_CRITICAL_ERROR"),
        (PostgresError("42P01"), "WBEM_E_FAILED"),
        (DecodeError("x"), "WBEM_E_CRITICAL_ERROR"),
        (PermissionError("x"), "WBEM_E_ACCESS_DENIED"),
        (OSError("x"), "WBEM_E_CONNECTION_FAILED"),
        (ValueError("x"), "WBEM_E_FAILED"),
    ],
)
def test_every_fault_has_its_status_and_a_hint(error: Exception, symbol: str) -> None:
    explained = explain(error, "/the/place")
    assert explained.symbol == symbol
    assert "/the/place" in explained.detail
    assert str(error) in explained.detail
    assert explained.special_hint


def test_the_cause_says_what_the_database_said_and_no_more() -> None:
    error = OperationalError(None, None, sqlite3.OperationalError("disk I/O error"))
    explain(error, "r.sqlite")
    assert str(error) == "(sqlite3.OperationalError) disk I/O error"


def test_an_error_of_ours_stays_what_it_is() -> None:
    error = WmiError("x")
    assert explain(error, "/the/place") is error


def test_a_failed_write_on_a_full_disk_is_called_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: (100, 100, 0) if folder else None)
    monkeypatch.setattr("wmix.repository.faults._is_full", lambda folder: folder == "/full")
    error = sqlite_error(sqlite3.SQLITE_IOERR_WRITE)
    assert explain(error, "x", "/full").symbol == "WBEM_E_OUT_OF_DISK_SPACE"
    assert explain(error, "x", "/other").symbol == "WBEM_E_FAILED"


def test_a_connection_lost_during_a_commit_leaves_it_open() -> None:
    explained = explain(PostgresError("57P01"), "x", committing=True)
    assert "not known" in explained.detail
    assert is_disconnect(PostgresError("08006"))
    assert not is_disconnect(PostgresError("23505"))


@pytest.fixture
def small_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases have room for 60 pages: SQLite then says what it says on a full disk."""
    opened = SqliteDatabase._open

    def limited(self: SqliteDatabase) -> sqlite3.Connection:
        connection = opened(self)
        connection.execute("PRAGMA max_page_count = 60")
        return connection

    monkeypatch.setattr(SqliteDatabase, "_open", limited)


@pytest.mark.usefixtures("small_disk")
def test_a_full_disk_undoes_all_and_leaves_the_repository_usable(path: str) -> None:
    async def work() -> None:
        repository = SqlRepository(path)
        await repository.put_instance(NAMESPACE, item("before"))
        large = [item(f"{i} {'x' * 500}", Label="y" * 500) for i in range(500)]
        with pytest.raises(WmiError) as caught:
            await repository.put_instances(NAMESPACE, large)
        assert caught.value.symbol == "WBEM_E_OUT_OF_DISK_SPACE"
        assert caught.value.special_hint
        with pytest.raises(WmiError):
            async with repository.transaction():
                await repository.put_instance(NAMESPACE, item("half"))
                with pytest.raises(WmiError, match="no room"):
                    await repository.put_instances(NAMESPACE, large)
                with pytest.raises(InvalidOperation, match="undone"):
                    await repository.put_instance(NAMESPACE, item("rest"))
                # Going on as if nothing had happened does not help: the end fails.
        assert [found["Id"] for found in await read_all(repository, NAMESPACE, "Demo_Item")] == ["before"]
        await repository.put_instance(NAMESPACE, item("after"))
        assert await repository.count(NAMESPACE, "Demo_Item") == 2
        await repository.close()

    run(work)


KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'wmix'"


def test_a_connection_that_was_lost_between_calls_is_replaced(postgres_server: Server) -> None:
    async def work() -> None:
        repository = SqlRepository(postgres_server.new_repository())
        await repository.put_instance(NAMESPACE, item("a"))
        assert await repository.count(NAMESPACE, "Demo_Item") == 1
        postgres_server.execute(KILL)
        assert await repository.count(NAMESPACE, "Demo_Item") == 1
        postgres_server.execute(KILL)
        await repository.put_instance(NAMESPACE, item("b"))
        assert await repository.count(NAMESPACE, "Demo_Item") == 2
        await repository.close()

    run(work)


def test_a_connection_lost_within_a_transaction_undoes_it(postgres_server: Server) -> None:
    async def work() -> None:
        repository = SqlRepository(postgres_server.new_repository())
        await repository.put_class(NAMESPACE, ITEM)
        with pytest.raises(WmiError) as caught:
            async with repository.transaction():
                await repository.put_instance(NAMESPACE, item("a"))
                postgres_server.execute(KILL)
                await repository.put_instance(NAMESPACE, item("b"))
        assert caught.value.symbol == "WBEM_E_CONNECTION_FAILED"
        assert caught.value.special_hint
        with pytest.raises(WmiError) as committing:
            async with repository.transaction():
                await repository.put_instance(NAMESPACE, item("c"))
                postgres_server.execute(KILL)
        assert committing.value.symbol == "WBEM_E_CONNECTION_FAILED"
        assert await read_all(repository, NAMESPACE, "Demo_Item") == []
        await repository.put_instance(NAMESPACE, item("d"))
        assert await repository.count(NAMESPACE, "Demo_Item") == 1
        await repository.close()

    run(work)


def test_a_server_that_stops_and_comes_again(postgres_server: Server) -> None:
    async def work() -> None:
        repository = SqlRepository(postgres_server.new_repository())
        await repository.put_instance(NAMESPACE, item("a"))
        postgres_server.stop()
        try:
            for verb, arguments in (("count", (NAMESPACE, "Demo_Item")), ("put_instance", (NAMESPACE, item("b")))):
                with pytest.raises(WmiError) as caught:
                    await getattr(repository, verb)(*arguments)
                assert caught.value.symbol == "WBEM_E_CONNECTION_FAILED"
        finally:
            postgres_server.start()
        await repository.put_instance(NAMESPACE, item("c"))
        assert [found["Id"] for found in await read_all(repository, NAMESPACE, "Demo_Item")] == ["a", "c"]
        await repository.close()

    run(work)


def test_a_read_only_server_refuses_writes(postgres_server: Server) -> None:
    location = postgres_server.new_repository()

    async def put(name: str) -> Any:
        repository = SqlRepository(location)
        try:
            await repository.put_instance(NAMESPACE, item(name))
            return await repository.count(NAMESPACE, "Demo_Item")
        finally:
            await repository.close()

    assert run(lambda: put("a")) == 1
    postgres_server.execute("ALTER DATABASE postgres SET default_transaction_read_only = on")
    try:
        with pytest.raises(WmiError) as caught:
            run(lambda: put("b"))
        assert caught.value.symbol == "WBEM_E_ACCESS_DENIED"
    finally:
        postgres_server.execute("ALTER DATABASE postgres RESET ALL")
