"""Logins with tickets of MIT's key distribution centre, over sockets: our client, impacket and aiowmi on our server.

The centre is a judge: neither side could have made the tickets up.  impacket and aiowmi have a Kerberos of their own,
from the tickets to the sealing; they are given theirs, because the one knows only port 88 and the other asks for
tickets in a way that MIT's centre refuses.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from aiowmi.kerberos.cache import KerberosCache
from impacket.krb5.ccache import CCache

import wmix
from peers import aiowmi_client, impacket_client
from wmix import status
from wmix.errors import AuthError
from wmix.testing.serving import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from key_distribution_centre import Realm

ALICE = "alice@WMIX.TEST"


@pytest.fixture(scope="module")
def served(realm: Realm) -> Iterator[Served]:
    grants = [f"{ALICE}=execute"]
    with serving(users={"TEST\\bob": "b:b"}, grants=grants, keytab=realm.keytab) as running:
        yield running


def names(served: Served, auth: wmix.Kerberos | wmix.Negotiate, host: str = "localhost") -> list[str]:
    """What a query says, asked by that login."""
    with wmix.connect(f"{host}:{served.port}", auth=auth) as client:
        return [row.Caption for row in client.query("SELECT Caption FROM Win32_OperatingSystem")]


def expected() -> list[str]:
    with wmix.connect() as client:
        return [row.Caption for row in client.query("SELECT Caption FROM Win32_OperatingSystem")]


def test_a_password_a_cache_and_a_keytab_lead_to_rows(served: Served, realm: Realm) -> None:
    cache, keytab = realm.folder / "peer.ccache", realm.folder / "peer.keytab"
    realm.centre.tickets("alice", realm.password, cache)
    realm.centre.export_keys("alice", keytab, keep=True)
    for auth in (
        wmix.Kerberos(ALICE, realm.password),
        wmix.Kerberos(ccache=f"FILE:{cache}"),
        wmix.Kerberos(ALICE, keytab=str(keytab)),
    ):
        before = len(served.logins)
        assert names(served, auth) == expected()
        assert {(login.user, login.error) for login in served.logins[before:]} == {(ALICE, None)}


def first_tickets(realm: Realm, mark: str) -> int:
    """How many ticket-granting tickets alice was issued so far."""
    realm.centre.add(mark, "x")
    realm.centre.tickets(mark, "x", realm.folder / f"{mark}.ccache")
    log = realm.centre.log_until(f"{mark}@WMIX.TEST")
    return sum("AS_REQ" in line and "ISSUE" in line and "alice@WMIX.TEST" in line for line in log)


def test_all_connections_of_one_client_use_the_tickets_that_it_has_got_once(served: Served, realm: Realm) -> None:
    before = first_tickets(realm, "mark-one")
    for auth in (wmix.Kerberos(ALICE, realm.password), wmix.Negotiate(ALICE, realm.password)):
        assert names(served, auth) == expected()
    assert first_tickets(realm, "mark-two") - before == 2


def test_an_authority_and_a_delegation_lead_to_rows_and_an_identification_does_not(
    served: Served, realm: Realm
) -> None:
    cache = realm.folder / "forwardable.ccache"
    realm.centre.tickets("alice", realm.password, cache, "-f")
    where, auth = f"localhost:{served.port}", wmix.Negotiate(ccache=f"FILE:{cache}")
    with wmix.connect(where, auth=auth, authority="kerberos:host/localhost", impersonation="delegate") as client:
        assert client.query("SELECT Caption FROM Win32_OperatingSystem").one().Caption == expected()[0]
    with pytest.raises(AuthError) as caught:
        wmix.connect(where, auth=auth, authority="kerberos:host/nobody")
    assert caught.value.hint
    with pytest.raises(wmix.AccessDenied):
        wmix.connect(where, auth=auth, impersonation="identify")


def test_negotiation_takes_the_ticket(served: Served, realm: Realm) -> None:
    before = len(served.logins)
    assert names(served, wmix.Negotiate(ALICE, realm.password)) == expected()
    assert {(login.user, login.error) for login in served.logins[before:]} == {(ALICE, None)}


def test_negotiation_takes_ntlm_where_there_is_no_ticket(served: Served) -> None:
    before = len(served.logins)
    assert names(served, wmix.Negotiate("TEST\\bob", "b:b")) == expected()
    assert {(login.user, login.error) for login in served.logins[before:]} == {("TEST\\bob", None)}


def test_integrity_is_enough_for_both(served: Served, realm: Realm) -> None:
    for auth in (wmix.Kerberos(ALICE, realm.password), wmix.Negotiate("TEST\\bob", "b:b")):
        with wmix.connect(f"localhost:{served.port}", auth=auth, level="integrity") as client:
            assert client.query("SELECT Caption FROM Win32_OperatingSystem").one().Caption == expected()[0]


def test_the_grant_of_a_principal_counts(served: Served, realm: Realm) -> None:
    with wmix.connect(f"localhost:{served.port}", auth=wmix.Kerberos(ALICE, realm.password)) as client:
        out = client.call("Win32_Process", "Create", CommandLine="true")
    assert out.ReturnValue == 0


def test_a_wrong_service_name_fails_with_a_hint(served: Served, realm: Realm) -> None:
    with pytest.raises(AuthError) as caught:
        names(served, wmix.Kerberos(ALICE, realm.password), host="127.0.0.1")
    assert caught.value.status == status.SEC_E_TARGET_UNKNOWN
    assert "not by address" in (caught.value.hint or "")
    assert names(served, wmix.Kerberos(ALICE, realm.password, spn="host/localhost"), host="127.0.0.1") == expected()


def test_a_principal_without_a_grant_is_not_let_in(served: Served, realm: Realm) -> None:
    realm.centre.add("mallory", "m")
    for auth in (wmix.Kerberos("mallory@WMIX.TEST", "m"), wmix.Negotiate("mallory@WMIX.TEST", "m")):
        before = len(served.logins)
        with pytest.raises(AuthError) as caught:
            names(served, auth)
        assert caught.value.hint
        error = served.logins[before].error
        assert error is not None
        assert "is not let in" in error.detail
        assert served.logins[before].user == "mallory@WMIX.TEST"


def test_a_wrong_password_in_a_negotiation_is_named(served: Served) -> None:
    before = len(served.logins)
    with pytest.raises(AuthError) as caught:
        names(served, wmix.Negotiate("TEST\\bob", "guess-1234"))
    assert served.logins[before].user == "TEST\\bob"
    assert "TEST\\bob" in caught.value.detail
    assert "password" in (caught.value.hint or "")
    assert "guess-1234" not in caught.value.diagnostic()


def test_a_server_with_an_older_key_says_only_that_the_login_failed(realm: Realm) -> None:
    old = realm.folder / "older.keytab"
    realm.centre.add_keys("host/old.wmix.test", old)
    realm.centre.change_password("host/old.wmix.test", "newer")
    with serving(grants=[f"{ALICE}=read"], keytab=str(old)) as served, pytest.raises(AuthError) as caught:
        names(served, wmix.Kerberos(ALICE, realm.password, spn="host/old.wmix.test"))
    assert "refused the Kerberos login of 'alice@WMIX.TEST'" in caught.value.detail
    assert "clocks" in (caught.value.hint or "")
    assert caught.value.status == status.SEC_E_LOGON_DENIED


def test_a_server_without_a_keytab_says_that_it_takes_no_kerberos(realm: Realm) -> None:
    with serving() as served, pytest.raises(AuthError) as caught:
        names(served, wmix.Kerberos(ALICE, realm.password))
    assert caught.value.status == status.RPC_S_UNKNOWN_AUTHN_SERVICE
    assert "Negotiate" in (caught.value.hint or "")


@pytest.fixture
def cache(realm: Realm, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tickets of alice, one for the server among them."""
    place = realm.folder / "peers.ccache"
    realm.centre.tickets("alice", realm.password, place)
    realm.centre.service_ticket("host/localhost", place)
    monkeypatch.setenv("KRB5CCNAME", str(place))
    return place


@pytest.mark.parametrize("level", [5, 6])
@pytest.mark.usefixtures("cache")
def test_impacket_asks_with_a_ticket(served: Served, level: int) -> None:
    before = len(served.logins)
    with impacket_client.connected(
        served, user="alice", password="", domain="WMIX.TEST", kerberos=True, level=level
    ) as services:
        found = impacket_client.rows(services.ExecQuery("SELECT Caption FROM Win32_OperatingSystem"))
    assert [row["Caption"] for row in found] == expected()
    assert {(login.user, login.error) for login in served.logins[before:]} == {(ALICE, None)}


class Tickets(KerberosCache):  # type: ignore[misc]  # aiowmi has no types
    """One ticket for aiowmi, from a cache of MIT's form as impacket reads it."""

    def __init__(self, place: Path, service: str) -> None:
        super().__init__()
        (found,) = [
            entry
            for entry in CCache.loadFile(str(place)).credentials
            if entry["server"].prettyPrint().decode().startswith(service)
        ]
        key = found["key"]
        self._tgs = (bytes(found.ticket["data"]), bytes(key["keyvalue"]), int(key["keytype"]), time.time() + 3600)
        self._tgt = self._tgs[:2]


@pytest.mark.parametrize("plain", [True, False])
def test_aiowmi_asks_with_a_ticket(served: Served, cache: Path, plain: bool) -> None:
    before = len(served.logins)

    async def run() -> list[dict[str, Any]]:
        tickets = Tickets(cache, "host/localhost")
        async with aiowmi_client.connected(served, user="alice", password="", domain="WMIX.TEST", tickets=tickets) as (
            connection,
            service,
        ):
            text = "SELECT Caption FROM Win32_OperatingSystem"
            return await aiowmi_client.rows(connection, service, text, "root/cimv2", plain=plain)

    assert [row["Caption"] for row in asyncio.run(run())] == expected()
    assert {(login.user, login.error) for login in served.logins[before:]} == {(ALICE, None)}
