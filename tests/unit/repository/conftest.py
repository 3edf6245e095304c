"""Fixtures of the repository tests: both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.repository.postgres import programs, running_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from unit.repository.postgres import Server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server for all tests of the session."""
    found = programs()
    if found is None:
        pytest.skip("the Debian package postgresql is not installed")
    with running_server(found) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def new_location(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """Makes the location of a repository that does not exist yet, in either database."""
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres_server")
        return server.new_repository
    return lambda: str(tmp_path_factory.mktemp("repository") / "repository.db")


@pytest.fixture
def location(new_location: Callable[[], str]) -> str:
    """The location of a repository that does not exist yet."""
    return new_location()


@pytest.fixture
def path(tmp_path: Path) -> str:
    """The path of a repository that does not exist yet."""
    return str(tmp_path / "repository.db")
