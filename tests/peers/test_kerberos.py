"""Our client logs in to our server with tickets of MIT's key distribution centre, over sockets.

The centre is the judge: neither side could have made the tickets up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import wmix
from wmix import status
from wmix.errors import AuthError
from wmix.testing.serving import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    assert "TEST\\\\bob" in caught.value.detail
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
