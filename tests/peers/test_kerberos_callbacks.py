"""Callbacks of a host that proves the account of its machine by a ticket, as Windows does in a domain.

MIT's key distribution centre is the judge: neither side could have made the tickets up.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

import wmix
from wmix.server.client_sink import CallbackPolicy
from wmix.testing.serving import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from key_distribution_centre import Realm

ALICE, MACHINE, CLIENT = "alice@WMIX.TEST", "SRV1$@WMIX.TEST", "host/client.wmix.test"


@pytest.fixture(scope="module")
def keytab(realm: Realm) -> str:
    """The keys of the client's machine."""
    found = realm.folder / "client.keytab"
    realm.centre.add_keys(CLIENT, found)
    return str(found)


@pytest.fixture(scope="module")
def served(realm: Realm, keytab: str) -> Iterator[Served]:
    """A host that calls back as the account of its machine."""
    machine = realm.folder / "machine.keytab"
    realm.centre.add_keys(MACHINE, machine)
    policy = CallbackPolicy(credentials=wmix.Kerberos(MACHINE, keytab=str(machine), spn=CLIENT))
    grants = [f"{ALICE}=execute"]
    with serving(users={"TEST\\bob": "b:b"}, grants=grants, keytab=realm.keytab, callbacks=policy) as running:
        yield running


def asked(served: Served, auth: Any, callbacks: wmix.Callbacks) -> list[str]:
    """What is told of a query."""
    with wmix.connect(f"localhost:{served.port}", auth=auth, callbacks=callbacks) as client:
        return [row.Name for row in client.query("SELECT Name FROM Win32_OperatingSystem", mode="async")]


def test_the_principal_that_was_named_may_call(served: Served, realm: Realm, keytab: str) -> None:
    trusted = wmix.Callbacks(keytab=keytab, principals=(MACHINE,))
    for auth in (wmix.Kerberos(ALICE, realm.password), wmix.NTLM("TEST\\bob", "b:b")):
        assert len(asked(served, auth, trusted)) == 1


def test_another_principal_may_not(served: Served, realm: Realm, keytab: str) -> None:
    trusted = wmix.Callbacks(keytab=keytab, principals=("SRV2$@WMIX.TEST",))
    started = time.monotonic()
    with pytest.raises(wmix.AuthError, match=r"SRV1\$") as caught:
        asked(served, wmix.Kerberos(ALICE, realm.password), trusted)
    assert time.monotonic() - started < 15
    assert "principal" in (caught.value.hint or "")
