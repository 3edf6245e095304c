"""The tables: made once, and brought from version to version."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, select, text, update
from sqlalchemy.pool import StaticPool

from wmix.errors import WmiError
from wmix.repository.tables import VERSION, create_tables, is_prepared, migrate, state, stored_version


def test_new_tables_have_the_newest_version() -> None:
    with create_engine("sqlite://", poolclass=StaticPool).connect() as connection:
        assert not is_prepared(connection)
        create_tables(connection)
        assert is_prepared(connection)
        assert stored_version(connection) == VERSION
        assert migrate(connection) == VERSION
        connection.commit()


def test_an_older_repository_is_brought_on_step_by_step() -> None:
    with create_engine("sqlite://", poolclass=StaticPool).connect() as connection:
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


def test_a_version_from_which_no_way_leads_is_refused() -> None:
    with create_engine("sqlite://", poolclass=StaticPool).connect() as connection:
        create_tables(connection)
        with pytest.raises(WmiError) as caught:
            migrate(connection, {}, VERSION + 1)
        assert caught.value.symbol == "WBEM_E_DATABASE_VER_MISMATCH"
        connection.rollback()


@pytest.mark.parametrize("column", ["version", "encoding"])
def test_a_newer_version_is_refused(column: str) -> None:
    with create_engine("sqlite://", poolclass=StaticPool).connect() as connection:
        create_tables(connection)
        connection.execute(update(state).values({column: 1000}))
        with pytest.raises(WmiError) as caught:
            stored_version(connection)
        assert caught.value.symbol == "WBEM_E_DATABASE_VER_MISMATCH"
        connection.rollback()
