"""The tables: made once, and brought from version to version."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, make_url, select, text, update
from sqlalchemy.pool import NullPool

from unit.repository.samples import run
from wmix.errors import WmiError
from wmix.port.backend import NamespaceSecurity
from wmix.repository.sql import SqlRepository
from wmix.repository.tables import VERSION, create_tables, is_prepared, migrate, state, stored_version


def test_new_tables_have_the_newest_version() -> None:
    with create_engine("sqlite://", poolclass=NullPool).connect() as connection:
        assert not is_prepared(connection)
        create_tables(connection)
        assert is_prepared(connection)
        assert stored_version(connection) == VERSION
        assert migrate(connection) == VERSION
        connection.commit()


def test_an_older_repository_is_brought_on_step_by_step() -> None:
    with create_engine("sqlite://", poolclass=NullPool).connect() as connection:
        create_tables(connection)
        connection.execute(update(state).values(version=1))
        steps = {
            1: lambda c: c.execute(text("CREATE TABLE second (x)")),
            2: lambda c: c.execute(text("INSERT INTO second VALUES (3)")),
        }
        assert migrate(connection, steps, 3) == 1
        assert connection.execute(select(state.c.version)).scalar_one() == 3
        assert connection.execute(text("SELECT x FROM second")).scalar_one() == 3
        connection.commit()


def test_a_repository_of_version_1_keeps_its_namespaces_and_gets_room_for_security(location: str) -> None:
    async def work() -> None:
        await _set_back_to_version_1(location)
        repository = SqlRepository(location)
        try:
            assert await repository.namespaces() == ("root\\a",)
            assert await repository.security(["root\\A", "root\\b"]) == [NamespaceSecurity(), NamespaceSecurity()]
            await repository.set_security("ROOT\\a", NamespaceSecurity(b"octets", True))
            assert await repository.security(["root\\a"]) == [NamespaceSecurity(b"octets", True)]
        finally:
            await repository.close()

    run(work)


async def _set_back_to_version_1(location: str) -> None:
    repository = SqlRepository(location)
    await repository.create_namespace("root\\a")
    await repository.close()
    url = make_url(location).set(drivername="postgresql+psycopg") if "://" in location else f"sqlite:///{location}"
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(update(state).values(version=1))
        for column in ("descriptor", "requires_encryption"):
            connection.execute(text(f"ALTER TABLE wmix_namespace DROP COLUMN {column}"))


def test_a_version_from_which_no_way_leads_is_refused() -> None:
    with create_engine("sqlite://", poolclass=NullPool).connect() as connection:
        create_tables(connection)
        with pytest.raises(WmiError) as caught:
            migrate(connection, {}, VERSION + 1)
        assert caught.value.symbol == "WBEM_E_DATABASE_VER_MISMATCH"
        connection.rollback()


@pytest.mark.parametrize("column", ["version", "encoding"])
def test_a_newer_version_is_refused(column: str) -> None:
    with create_engine("sqlite://", poolclass=NullPool).connect() as connection:
        create_tables(connection)
        connection.execute(update(state).values({column: 1000}))
        with pytest.raises(WmiError) as caught:
            stored_version(connection)
        assert caught.value.symbol == "WBEM_E_DATABASE_VER_MISMATCH"
        connection.rollback()
