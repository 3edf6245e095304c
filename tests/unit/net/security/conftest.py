"""A realm with users and services, one for all tests of Kerberos."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from key_distribution_centre import KeyDistributionCentre, running_centre

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Realm:
    """The centre, and what is in it: alice with a password, host/srv1.wmix.test with its keytab."""

    password = "Wörd:of alice"
    host = "srv1.wmix.test"

    def __init__(self, centre: KeyDistributionCentre, folder: Path) -> None:
        self.centre = centre
        self.folder = folder
        self.keytab = str(folder / "server.keytab")
        centre.add("alice", self.password)
        centre.add_keys(f"host/{self.host}", folder / "server.keytab")


@pytest.fixture(scope="session")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    """The realm, served while the tests run."""
    reason = 'gssapi is not installed: pip install "wmix[kerberos]", which needs the packages libkrb5-dev and gcc'
    pytest.importorskip("gssapi", reason=reason, exc_type=ImportError)
    folder = tmp_path_factory.mktemp("realm")
    with running_centre(folder) as centre:
        yield Realm(centre, folder)
