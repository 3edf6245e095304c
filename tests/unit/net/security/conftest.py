"""A realm with users and services, one for all tests of Kerberos here; and a machine without Kerberos."""

from __future__ import annotations

import sys
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


@pytest.fixture
def no_gssapi(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kerberos is not installed: importing its library fails, whether or not an earlier test did so."""
    for name in ("gssapi", "wmix.net.security.kerberos_login", "wmix.net.security.kerberos_acceptor"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "gssapi", None)
