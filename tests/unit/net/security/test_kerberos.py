"""Kerberos logins against MIT's key distribution centre: tickets, protection, and what goes wrong."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from key_distribution_centre import GSSAPI_NEEDED
from unit.net.security.ntlm_conversation import exchange
from wmix import status
from wmix.errors import AuthError, NotSupported
from wmix.net.security.acceptor import AcceptedLogin, Acceptor
from wmix.net.security.credentials import Kerberos
from wmix.net.security.login import Login, begin_login
from wmix.net.security.spnego_messages import KRB5, MS_KERBEROS
from wmix.net.security.ticket_store import TicketStore
from wmix.protocol.rpc.security import SecurityViolation
from wmix.protocol.rpc.verifier import AuthLevel, AuthType

if TYPE_CHECKING:
    from key_distribution_centre import Realm

ALICE = "alice@WMIX.TEST"


def logged_in(
    realm: Realm,
    level: int = AuthLevel.PRIVACY,
    credentials: Kerberos | None = None,
    keytab: str | None = None,
    tickets: TicketStore | None = None,
) -> tuple[Login, AcceptedLogin]:
    credentials = credentials or Kerberos(ALICE, realm.password)
    client = begin_login(credentials, host=realm.host, level=level, tickets=tickets)
    server = Acceptor(None, keytab=keytab or realm.keytab).begin(AuthType.KERBEROS, level)
    asyncio.run(exchange(client, server))
    return client, server


def failure(realm: Realm, credentials: Kerberos, *, host: str | None = None, keytab: str | None = None) -> AuthError:
    client = begin_login(credentials, host=host or realm.host)
    server = Acceptor(None, keytab=keytab or realm.keytab).begin(AuthType.KERBEROS, AuthLevel.PRIVACY)
    with pytest.raises(AuthError) as caught:
        asyncio.run(exchange(client, server))
    assert realm.password not in caught.value.diagnostic()
    return caught.value


@pytest.mark.parametrize("level", [AuthLevel.CONNECT, AuthLevel.INTEGRITY, AuthLevel.PRIVACY])
def test_a_password_gets_a_ticket_and_the_ticket_lets_in(realm: Realm, level: int) -> None:
    client, server = logged_in(realm, level)
    assert client.user == ALICE
    assert server.user == ALICE
    assert (client.auth_type, server.auth_type) == (AuthType.KERBEROS, AuthType.KERBEROS)
    assert client.security().level == server.security().level == level


def test_a_cache_of_tickets_lets_in(realm: Realm) -> None:
    cache = realm.folder / "alice.ccache"
    realm.centre.tickets("alice", realm.password, cache)
    client, server = logged_in(realm, credentials=Kerberos(ccache=f"FILE:{cache}"))
    assert client.user == ALICE
    assert server.user == ALICE


def test_the_users_own_tickets_let_in(realm: Realm, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = realm.folder / "own.ccache"
    realm.centre.tickets("alice", realm.password, cache)
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{cache}")
    assert logged_in(realm, credentials=Kerberos())[1].user == ALICE
    assert logged_in(realm, credentials=Kerberos(ALICE))[1].user == ALICE


def test_a_keytab_lets_in_and_leaves_no_ticket_behind(realm: Realm, monkeypatch: pytest.MonkeyPatch) -> None:
    keytab = realm.folder / "bob.keytab"
    realm.centre.add_keys("bob", keytab)
    own = realm.folder / "untouched.ccache"
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{own}")
    for credentials in (Kerberos("bob@WMIX.TEST", keytab=str(keytab)), Kerberos(keytab=str(keytab))):
        assert logged_in(realm, credentials=credentials)[1].user == "bob@WMIX.TEST"
    assert not own.exists()


def test_tickets_got_with_a_keytab_serve_the_next_login(realm: Realm) -> None:
    keytab = realm.folder / "dave.keytab"
    realm.centre.add_keys("dave", keytab)
    for _ in range(3):
        logged_in(realm, credentials=Kerberos("dave@WMIX.TEST", keytab=str(keytab)))
    realm.centre.add("after-dave", "x")
    realm.centre.tickets("after-dave", "x", realm.folder / "after.ccache")
    log = realm.centre.log_until("after-dave@WMIX.TEST")
    assert sum("AS_REQ" in line and "ISSUE" in line and "dave@WMIX.TEST" in line for line in log) == 1


def asked_for(realm: Realm, user: str, kind: str) -> int:
    """How many tickets of a kind (AS_REQ, TGS_REQ) the centre has issued to a user."""
    mark = f"mark-{os.urandom(4).hex()}"
    realm.centre.add(mark, "x")
    realm.centre.tickets(mark, "x", realm.folder / f"{mark}.ccache")
    log = realm.centre.log_until(f"{mark}@WMIX.TEST")
    return sum(kind in line and "ISSUE" in line and f"{user}@WMIX.TEST" in line for line in log)


def test_tickets_got_with_a_password_serve_the_next_logins_of_the_same_client_and_of_no_other(
    realm: Realm, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = realm.folder / "nobodys.ccache"
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{own}")
    for user in ("grace", "heidi"):
        realm.centre.add(user, f"{user}s")
    first, second = TicketStore(), TicketStore()
    for _ in range(3):
        for store, user in ((first, "grace"), (second, "heidi")):
            credentials = Kerberos(f"{user}@WMIX.TEST", f"{user}s")
            assert logged_in(realm, credentials=credentials, tickets=store)[1].user == f"{user}@WMIX.TEST"
    counts = [asked_for(realm, user, kind) for user in ("grace", "heidi") for kind in ("AS_REQ", "TGS_REQ")]
    assert counts == [1, 1, 1, 1]
    assert not own.exists()
    logged_in(realm, credentials=Kerberos("grace@WMIX.TEST", "graces"), tickets=second)
    assert asked_for(realm, "grace", "AS_REQ") == 2


def test_tickets_that_serve_no_more_are_got_anew(realm: Realm, monkeypatch: pytest.MonkeyPatch) -> None:
    from wmix.net.security import kerberos_login

    realm.centre.add("ivan", "ivans")
    credentials, store = Kerberos("ivan@WMIX.TEST", "ivans"), TicketStore()
    logged_in(realm, credentials=credentials, tickets=store)
    with monkeypatch.context() as patched:
        patched.setattr(kerberos_login, "_LEAST_LIFE", 10**9)
        logged_in(realm, credentials=credentials, tickets=store)
    assert asked_for(realm, "ivan", "AS_REQ") == 2
    cache = realm.folder / "ivan.ccache"
    realm.centre.tickets("ivan", "ivans", cache)
    store.keep(credentials, kerberos_login.acquired(Kerberos(ccache=f"FILE:{cache}")))
    cache.unlink()
    assert logged_in(realm, credentials=credentials, tickets=store)[1].user == "ivan@WMIX.TEST"
    assert asked_for(realm, "ivan", "AS_REQ") == 4  # one was kinit's


def test_a_wrong_password_finds_no_tickets_of_the_right_one(realm: Realm) -> None:
    store = TicketStore()
    logged_in(realm, credentials=Kerberos(ALICE, realm.password), tickets=store)
    with pytest.raises(AuthError):
        logged_in(realm, credentials=Kerberos(ALICE, "wrong"), tickets=store)


def test_new_keys_in_the_keytab_get_new_tickets(realm: Realm) -> None:
    keytab = realm.folder / "service.keytab"
    for name in ("erin", "frank"):
        keytab.unlink(missing_ok=True)
        realm.centre.add_keys(name, keytab)
        assert logged_in(realm, credentials=Kerberos(keytab=str(keytab)))[1].user == f"{name}@WMIX.TEST"


@pytest.mark.parametrize("sign_header", [True, False])
@pytest.mark.parametrize("level", [AuthLevel.INTEGRITY, AuthLevel.PRIVACY])
def test_both_sides_open_what_the_other_protects(realm: Realm, level: int, sign_header: bool) -> None:
    client, server = logged_in(realm, level)
    a, b = client.security(), server.security()
    for number in range(5):
        for sender, receiver in ((a, b), (b, a)):
            plain = bytes([number]) * 16 * (number + 1)
            body, token = sender.protect(b"h" * 24, plain, b"trailer8", sign_header=sign_header)
            assert len(body) == len(plain)
            assert len(token) == sender.token_size
            assert (body == plain) == (level == AuthLevel.INTEGRITY)
            assert receiver.unprotect(b"h" * 24, body, b"trailer8", token, sign_header=sign_header) == plain


def test_tokens_have_the_sizes_that_windows_sends(realm: Realm) -> None:
    """With AES: 76 sealed in DCE style, 28 signed."""
    assert logged_in(realm, AuthLevel.PRIVACY)[0].security().token_size == 76
    assert logged_in(realm, AuthLevel.INTEGRITY)[0].security().token_size == 28
    assert logged_in(realm, AuthLevel.CONNECT)[0].security().token_size == 0


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("level", [AuthLevel.INTEGRITY, AuthLevel.PRIVACY])
def test_one_bit_anywhere_is_noticed(realm: Realm, level: int, place: int) -> None:
    client, server = logged_in(realm, level)
    body, token = client.security().protect(b"h" * 24, b"b" * 16, b"trailer8", sign_header=True)
    pieces = [b"h" * 24, body, b"trailer8", token]
    pieces[place] = pieces[place][:-1] + bytes([pieces[place][-1] ^ 1])
    with pytest.raises(SecurityViolation, match="Kerberos signature"):
        server.security().unprotect(*pieces, sign_header=True)


def test_a_pdu_that_is_only_signed_is_refused_where_all_is_sealed(realm: Realm) -> None:
    from gssapi import raw
    from gssapi.raw import IOV, IOVBufferType

    client, server = logged_in(realm)
    context = client.security()._context  # type: ignore[attr-defined]  # what a client that cheats would use
    iov = IOV((IOVBufferType.data, False, b"b" * 16), IOVBufferType.header, std_layout=False)
    raw.wrap_iov(context, iov, confidential=False)
    with pytest.raises(SecurityViolation, match="signed only"):
        server.security().unprotect(b"", iov[0].value, b"", iov[1].value, sign_header=False)


@pytest.mark.parametrize(("flags", "words"), [(0, "Invalid token"), (4096, "lacks out_of_sequence_detection")])
def test_a_context_of_another_style_is_refused(realm: Realm, flags: int, words: str) -> None:
    """Neither of DCE style, nor in that style without a sequence."""
    client = begin_login(Kerberos(ALICE, realm.password), host=realm.host)
    client._wanted = flags  # type: ignore[attr-defined]  # what a client that cheats would ask for
    server = Acceptor(None, keytab=realm.keytab).begin(AuthType.KERBEROS, AuthLevel.PRIVACY)
    with pytest.raises(AuthError, match=words):
        asyncio.run(exchange(client, server))
    assert not server.is_complete


def test_a_principal_who_is_not_admitted_is_refused(realm: Realm) -> None:
    acceptor = Acceptor(None, keytab=realm.keytab, admits=lambda name: name != ALICE)
    client = begin_login(Kerberos(ALICE, realm.password), host=realm.host)
    with pytest.raises(AuthError, match=r"'alice@WMIX\.TEST' has a ticket and is not let in"):
        asyncio.run(exchange(client, acceptor.begin(AuthType.KERBEROS, AuthLevel.PRIVACY)))


def test_the_services_realm_is_not_that_of_this_machine(realm: Realm, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = realm.folder / "elsewhere.conf"
    ours = (realm.folder / "krb5.conf").read_text()
    elsewhere.write_text(ours.replace("default_realm = WMIX.TEST", "default_realm = SILENT.TEST"))
    monkeypatch.setenv("KRB5_CONFIG", str(elsewhere))
    assert logged_in(realm)[1].user == ALICE


def test_a_pdu_that_comes_again_is_noticed(realm: Realm) -> None:
    client, server = logged_in(realm)
    receiver = server.security()
    body, token = client.security().protect(b"", b"b" * 16, b"", sign_header=False)
    receiver.unprotect(b"", body, b"", token, sign_header=False)
    with pytest.raises(SecurityViolation):
        receiver.unprotect(b"", body, b"", token, sign_header=False)


def test_a_wrong_password_is_named(realm: Realm) -> None:
    error = failure(realm, Kerberos(ALICE, "guess-1234"))
    assert "no ticket for alice@WMIX.TEST: wrong password" in error.detail
    assert error.status == status.SEC_E_LOGON_DENIED
    assert "guess-1234" not in error.diagnostic()


def test_an_unknown_user_is_named(realm: Realm) -> None:
    error = failure(realm, Kerberos("mallory@WMIX.TEST", "x"))
    assert "no ticket for mallory@WMIX.TEST: the user is not known" in error.detail
    assert "name and realm" in (error.hint or "")


def test_an_unknown_service_is_named_with_what_to_do(realm: Realm) -> None:
    error = failure(realm, Kerberos(ALICE, realm.password), host="10.0.0.7")
    assert "no ticket for host/10.0.0.7: the service is not known" in error.detail
    assert error.status == status.SEC_E_TARGET_UNKNOWN
    assert error.host == "10.0.0.7"
    assert "not by address" in (error.hint or "")
    assert "spn=" in (error.hint or "")


def test_the_services_name_can_be_given(realm: Realm) -> None:
    for spn in (f"host/{realm.host}", f"host/{realm.host}@WMIX.TEST"):
        client = begin_login(Kerberos(ALICE, realm.password, spn=spn), host="10.0.0.7")
        server = Acceptor(None, keytab=realm.keytab).begin(AuthType.KERBEROS, AuthLevel.PRIVACY)
        asyncio.run(exchange(client, server))


def test_no_ticket_is_named_with_what_to_do(realm: Realm) -> None:
    error = failure(realm, Kerberos())
    assert "there is no ticket" in error.detail
    assert error.status == status.SEC_E_NO_CREDENTIALS
    assert "kinit" in (error.hint or "")
    assert "there is no ticket" in failure(realm, Kerberos(ccache=f"FILE:{realm.folder}/nowhere")).detail


def test_a_centre_that_does_not_answer_is_named(realm: Realm) -> None:
    error = failure(realm, Kerberos("alice@SILENT.TEST", "x"))
    assert "no key distribution centre answers" in error.detail
    assert error.status == status.SEC_E_NO_AUTHENTICATING_AUTHORITY
    assert "port 88" in (error.hint or "")
    assert "the realm is not known" in failure(realm, Kerberos("alice@NOWHERE.TEST", "x")).detail


def test_an_expired_password_and_a_locked_account_are_named(realm: Realm) -> None:
    realm.centre.add("carol", "x")
    realm.centre.set("carol", "-pwexpire", "yesterday")
    assert "the password has expired" in failure(realm, Kerberos("carol@WMIX.TEST", "x")).detail
    realm.centre.set("carol", "-pwexpire", "never", "-expire", "yesterday")
    assert "expired" in failure(realm, Kerberos("carol@WMIX.TEST", "x")).detail
    realm.centre.set("carol", "-expire", "never", "-allow_tix")
    assert "disabled or locked" in failure(realm, Kerberos("carol@WMIX.TEST", "x")).detail


def test_a_server_with_another_key_names_it(realm: Realm) -> None:
    """The keytab is of an older password than the ticket."""
    old = realm.folder / "old.keytab"
    realm.centre.add_keys("host/srv2.wmix.test", old)
    realm.centre.change_password("host/srv2.wmix.test", "new")
    credentials = Kerberos(ALICE, realm.password)
    error = failure(realm, credentials, host="srv2.wmix.test", keytab=str(old))
    assert "a Kerberos login by keytab" in error.detail
    assert error.hint


def test_a_server_without_a_key_for_the_name_names_it(realm: Realm) -> None:
    realm.centre.add("host/srv3.wmix.test", "x")
    error = failure(realm, Kerberos(ALICE, realm.password), host="srv3.wmix.test")
    assert str(realm.keytab) in error.detail
    assert error.hint


def test_a_keytab_that_is_missing_is_named(realm: Realm) -> None:
    error = failure(realm, Kerberos(ALICE, realm.password), keytab=str(realm.folder / "none.keytab"))
    assert "none.keytab" in error.detail


def test_a_ticket_that_comes_again_is_refused(realm: Realm) -> None:
    client = begin_login(Kerberos(ALICE, realm.password), host=realm.host)
    acceptor = Acceptor(None, keytab=realm.keytab)

    async def body() -> None:
        token = await client.step(None) or b""
        await acceptor.begin(AuthType.KERBEROS, AuthLevel.PRIVACY).step(token)
        await acceptor.begin(AuthType.KERBEROS, AuthLevel.PRIVACY).step(token)

    with pytest.raises(AuthError):
        asyncio.run(body())


def test_clocks_that_differ_are_named(realm: Realm, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server allows less than no difference, which stands for a clock that goes wrong."""
    strict = realm.folder / "strict.conf"
    ours = (realm.folder / "krb5.conf").read_text()
    strict.write_text(ours.replace("[libdefaults]", "[libdefaults]\n    clockskew = -1"))
    client = begin_login(Kerberos(ALICE, realm.password), host=realm.host)
    token = asyncio.run(client.step(None)) or b""
    monkeypatch.setenv("KRB5_CONFIG", str(strict))
    with pytest.raises(AuthError, match="the ticket is not yet valid") as caught:
        asyncio.run(Acceptor(None, keytab=realm.keytab).begin(AuthType.KERBEROS, AuthLevel.PRIVACY).step(token))
    assert caught.value.status == status.SEC_E_TIME_SKEW
    assert "time source" in (caught.value.hint or "")


@pytest.mark.parametrize("token", [b"", b"x", b"\x60\x03abc", b"\x6e\x03abc", bytes(500)])
def test_octets_that_are_no_ticket_are_refused_by_both_sides(realm: Realm, token: bytes) -> None:
    client = begin_login(Kerberos(ALICE, realm.password), host=realm.host)

    async def body() -> None:
        with pytest.raises(AuthError):
            await Acceptor(None, keytab=realm.keytab).begin(AuthType.KERBEROS, AuthLevel.PRIVACY).step(token)
        await client.step(None)
        with pytest.raises(AuthError):
            await client.step(token)

    asyncio.run(body())


def test_a_ticket_in_the_frame_of_gss_api_is_taken(realm: Realm) -> None:
    """Clients exist that put it in one, under either name of the mechanism."""
    for oid in (KRB5, MS_KERBEROS):
        client = begin_login(Kerberos(ALICE, realm.password), host=realm.host)
        server = Acceptor(None, keytab=realm.keytab).begin(AuthType.KERBEROS, AuthLevel.PRIVACY)

        async def body(client: Login = client, server: AcceptedLogin = server, oid: bytes = oid) -> None:
            token = await client.step(None) or b""
            inside = b"\x06" + bytes((len(oid),)) + oid + b"\x01\0" + token
            framed = b"\x60\x82" + len(inside).to_bytes(2, "big") + inside
            await server.step(await client.step(await server.step(framed)) or b"")

        asyncio.run(body())
        assert server.user == ALICE


def test_octets_without_a_cause_are_told_in_the_librarys_general_words(realm: Realm) -> None:
    with pytest.raises(AuthError) as caught:
        asyncio.run(Acceptor(None, keytab=realm.keytab).begin(AuthType.KERBEROS, AuthLevel.PRIVACY).step(b"\x60\0"))
    assert "Success" not in caught.value.detail


def test_the_loop_goes_on_while_the_centre_is_asked(realm: Realm) -> None:
    client = begin_login(Kerberos(ALICE, realm.password), host=realm.host)

    async def body() -> int:
        turns = 0
        step = asyncio.ensure_future(client.step(None))
        while not step.done():
            turns += 1
            await asyncio.sleep(0)
        await step
        return turns

    assert asyncio.run(body()) > 3


def test_nothing_protects_before_the_login_is_complete(realm: Realm) -> None:
    with pytest.raises(RuntimeError):
        begin_login(Kerberos(ALICE), host=realm.host).security()
    with pytest.raises(RuntimeError):
        Acceptor(None, keytab=realm.keytab).begin(AuthType.KERBEROS, AuthLevel.PRIVACY).security()


def test_a_refusal_names_the_known_causes(realm: Realm) -> None:
    error = begin_login(Kerberos(ALICE), host=realm.host).refusal(status.E_ACCESSDENIED)
    assert "srv1.wmix.test refused the Kerberos login of 'alice@WMIX.TEST'" in error.detail
    assert "clocks" in (error.hint or "")


def test_a_server_without_a_keytab_takes_no_kerberos(realm: Realm) -> None:
    with pytest.raises(AuthError) as caught:
        Acceptor(None).begin(AuthType.KERBEROS, AuthLevel.PRIVACY)
    assert caught.value.status == status.RPC_S_UNKNOWN_AUTHN_SERVICE


@pytest.mark.parametrize(
    ("code", "words", "number"),
    [
        (14, "no common type of encryption", status.SEC_E_UNSUPPORTED_FUNCTION),
        (32, "the ticket has expired", status.SEC_E_CONTEXT_EXPIRED),
        (33, "not yet valid", status.SEC_E_TIME_SKEW),
        (37, "the clocks differ too much", status.SEC_E_TIME_SKEW),
        (41, "another key than the ticket was made for", status.SEC_E_WRONG_PRINCIPAL),
        (224, "no realm of this machine's own", status.SEC_E_NO_CREDENTIALS),
    ],
)
def test_codes_of_the_library_become_causes_with_a_remedy(code: int, words: str, number: int) -> None:
    raw = pytest.importorskip("gssapi.raw", reason=GSSAPI_NEEDED, exc_type=ImportError)
    from wmix.net.security.kerberos_errors import kerberos_error

    error = kerberos_error(raw.GSSError(0xD0000, 0x96C73A00 + code), "no ticket for host/srv1", host="srv1")
    assert words in error.detail
    assert error.detail.startswith("no ticket for host/srv1: ")
    assert (error.status, error.host) == (number, "srv1")
    assert error.special_hint


def test_a_code_without_a_cause_is_shown_in_the_librarys_words() -> None:
    raw = pytest.importorskip("gssapi.raw", reason=GSSAPI_NEEDED, exc_type=ImportError)
    from wmix.net.security.kerberos_errors import kerberos_error

    assert kerberos_error(raw.GSSError(0xD0000, 0x96C73A00 + 60), "x").detail.startswith("x: ")


@pytest.mark.usefixtures("no_gssapi")
def test_without_the_extra_the_error_says_what_to_install() -> None:
    with pytest.raises(NotSupported) as caught:
        begin_login(Kerberos(ALICE, "x"), host="srv1")
    assert "wmix[kerberos]" in (caught.value.hint or "")
    for package in ("libkrb5-dev", "python3-dev", "gcc"):
        assert package in (caught.value.hint or "")
    with pytest.raises(NotSupported):
        Acceptor(None, keytab="x")
