"""A realm with users and services, one for all tests of Kerberos here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from key_distribution_centre import Realm, running_realm

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    """The realm, served while the tests run."""
    with running_realm(tmp_path_factory.mktemp("realm")) as running:
        yield running
