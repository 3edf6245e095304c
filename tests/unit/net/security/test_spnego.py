"""Negotiated logins: which mechanism, the signed list, and pyspnego on the other side. [MS-SPNG], RFC 4178."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
import spnego
from hypothesis import given
from hypothesis import strategies as st
from spnego.iov import BufferType

from key_distribution_centre import GSSAPI_NEEDED
from unit.net.security.ntlm_conversation import ALICE, HOST, PASSWORD, Users
from wmix import status
from wmix.errors import AuthError
from wmix.net.security.acceptor import AcceptedLogin, Acceptor
from wmix.net.security.credentials import NTLM, Negotiate
from wmix.net.security.login import Login, begin_login
from wmix.net.security.ntlm_messages import AvId, encode_challenge, read_flags
from wmix.net.security.spnego_login import SpnegoLogin
from wmix.net.security.spnego_messages import (
    KRB5,
    MS_KERBEROS,
    NTLMSSP,
    NegState,
    NegTokenInit,
    NegTokenResp,
)
from wmix.protocol.rpc.verifier import AuthLevel, AuthType

if TYPE_CHECKING:
    from pathlib import Path

    from key_distribution_centre import Realm

PRIVACY = AuthLevel.PRIVACY
SPNEGO = AuthType.SPNEGO


@pytest.fixture
def no_tickets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No realm and no ticket: NTLM is what is left."""
    (tmp_path / "krb5.conf").write_text("[libdefaults]\ndns_lookup_kdc = false\n")
    monkeypatch.setenv("KRB5_CONFIG", str(tmp_path / "krb5.conf"))
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path}/none")


def ntlm_server(level: int = PRIVACY) -> AcceptedLogin:
    return Acceptor(Users(ALICE), host=HOST).begin(SPNEGO, level)


def client_of(credentials: Negotiate | None = None, host: str = HOST, level: int = PRIVACY) -> SpnegoLogin:
    login = begin_login(credentials or Negotiate(ALICE.name, PASSWORD), host=host, level=level)
    assert isinstance(login, SpnegoLogin)
    return login


async def converse(client: Login, server: AcceptedLogin) -> list[bytes]:
    """All messages, until the client is content; as the client of an association would send them."""
    messages = []
    token = await client.step(None)
    while token is not None:
        messages.append(token)
        answer = await server.step(token)
        if client.is_complete:
            break
        assert answer is not None
        messages.append(answer)
        token = await client.step(answer)
    assert client.is_complete
    assert server.is_complete
    return messages


def opens(sender: Any, receiver: Any) -> None:
    for number in range(3):
        body, token = sender.protect(b"h" * 24, bytes([number]) * 32, b"trailer8", sign_header=True)
        assert receiver.unprotect(b"h" * 24, body, b"trailer8", token, sign_header=True) == bytes([number]) * 32


@pytest.mark.usefixtures("no_tickets")
@pytest.mark.parametrize("level", [AuthLevel.CONNECT, AuthLevel.INTEGRITY, AuthLevel.PRIVACY])
def test_without_a_ticket_ntlm_is_chosen(level: int) -> None:
    client, server = client_of(level=level), ntlm_server(level)
    messages = asyncio.run(converse(client, server))
    assert len(messages) == 4  # the last one needs an alter_context
    assert client.mechanism == "ntlm"
    assert client.user == server.user == "DOM\\alice"
    assert client.security().auth_type == server.security().auth_type == SPNEGO
    if level > AuthLevel.CONNECT:
        opens(client.security(), server.security())
        opens(server.security(), client.security())


@pytest.mark.usefixtures("no_tickets")
def test_after_signed_lists_ntlm_counts_from_one() -> None:
    client, server = client_of(), ntlm_server()
    asyncio.run(converse(client, server))
    for side in (client, server):
        assert side.security().protect(b"", b"", b"", sign_header=True)[1][12:] == b"\x01\0\0\0"


@pytest.mark.usefixtures("no_tickets")
def test_pyspnego_logs_in_to_our_server_by_ntlm() -> None:
    peer = spnego.client(ALICE.name, PASSWORD, hostname=HOST, protocol="negotiate", context_req=dce_style())
    server = ntlm_server()

    async def body() -> None:
        token = peer.step()
        while token is not None:
            token = peer.step(await server.step(token))

    asyncio.run(body())
    assert server.is_complete
    assert peer.complete
    security = server.security()
    for number in range(3):
        plain = bytes([number]) * 20
        wrapped = peer.wrap_iov(iov(plain)).buffers
        opened = security.unprotect(b"h", wrapped[1].data or b"", b"t", wrapped[3].data or b"", sign_header=True)
        assert opened == plain
        sealed, token = security.protect(b"h", plain, b"t", sign_header=True)
        assert peer.unwrap_iov(iov(sealed, token)).buffers[1].data == plain


@pytest.mark.usefixtures("no_tickets")
def test_our_client_logs_in_to_pyspnego_by_ntlm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "users").write_text("DOM:alice:secret\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(tmp_path / "users"))
    peer = spnego.server(protocol="negotiate", context_req=dce_style())
    client = client_of(Negotiate("DOM\\alice", "secret"))

    async def body() -> None:
        token = await client.step(None)
        while token is not None:
            token = await client.step(peer.step(token))

    asyncio.run(body())
    assert peer.complete
    security = client.security()
    sealed, token = security.protect(b"h", b"plain", b"t", sign_header=True)
    assert peer.unwrap_iov(iov(sealed, token)).buffers[1].data == b"plain"
    wrapped = peer.wrap_iov(iov(b"plain")).buffers
    assert security.unprotect(b"h", wrapped[1].data or b"", b"t", wrapped[3].data or b"", sign_header=True) == b"plain"


def dce_style() -> Any:
    req = spnego.ContextReq
    return (
        req.dce_style | req.mutual_auth | req.integrity | req.confidentiality | req.sequence_detect | req.replay_detect
    )


def iov(body: bytes, token: bytes | None = None) -> list[Any]:
    header = BufferType.header if token is None else (BufferType.header, token)
    return [(BufferType.sign_only, b"h"), (BufferType.data, body), (BufferType.sign_only, b"t"), header]


# Kerberos inside


@pytest.mark.parametrize("level", [AuthLevel.CONNECT, AuthLevel.INTEGRITY, AuthLevel.PRIVACY])
def test_with_a_ticket_kerberos_is_chosen(realm: Realm, level: int) -> None:
    client = client_of(Negotiate("WMIX.TEST\\alice", realm.password), realm.host, level)
    server = Acceptor(Users(ALICE), keytab=realm.keytab).begin(SPNEGO, level)
    asyncio.run(converse(client, server))
    assert client.mechanism == "kerberos"
    assert client.user == "alice@WMIX.TEST"
    assert server.user == "alice@WMIX.TEST"
    if level > AuthLevel.CONNECT:
        opens(client.security(), server.security())
        opens(server.security(), client.security())


def test_pyspnego_logs_in_to_our_server_by_kerberos(realm: Realm) -> None:
    pytest.importorskip("krb5", reason="krb5 is not installed, which pyspnego needs for Kerberos")
    peer = spnego.client(
        "alice@WMIX.TEST", realm.password, hostname=realm.host, protocol="negotiate", context_req=dce_style()
    )
    server = Acceptor(None, keytab=realm.keytab).begin(SPNEGO, PRIVACY)

    async def body() -> None:
        token = peer.step()
        while token is not None:
            token = peer.step(await server.step(token))

    asyncio.run(body())
    assert peer.negotiated_protocol == "kerberos"
    security = server.security()
    wrapped = peer.wrap_iov(iov(b"p" * 16)).buffers
    opened = security.unprotect(b"h", wrapped[1].data or b"", b"t", wrapped[3].data or b"", sign_header=True)
    assert opened == b"p" * 16
    sealed, token = security.protect(b"h", b"q" * 16, b"t", sign_header=True)
    assert peer.unwrap_iov(iov(sealed, token)).buffers[1].data == b"q" * 16


def test_our_client_logs_in_to_pyspnego_by_kerberos(realm: Realm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRB5_KTNAME", realm.keytab)
    monkeypatch.setenv("NTLM_USER_FILE", os.devnull)
    peer = spnego.server(hostname=realm.host, protocol="negotiate", context_req=dce_style())
    client = client_of(Negotiate("alice@WMIX.TEST", realm.password), realm.host)

    async def body() -> None:
        token = await client.step(None)
        while token is not None:
            token = await client.step(peer.step(token))

    asyncio.run(body())
    assert client.mechanism == "kerberos"
    sealed, token = client.security().protect(b"h", b"p" * 16, b"t", sign_header=True)
    assert peer.unwrap_iov(iov(sealed, token)).buffers[1].data == b"p" * 16


def test_a_server_without_a_keytab_leads_to_ntlm_with_signed_lists(realm: Realm) -> None:
    alice = NTLM("WMIX.TEST\\alice", realm.password)
    client = client_of(Negotiate(alice.name, realm.password), realm.host)
    server = Acceptor(Users(alice), host=realm.host).begin(SPNEGO, PRIVACY)
    messages = asyncio.run(converse(client, server))
    assert NegTokenResp.decode(messages[1]).state == NegState.REQUEST_MIC
    assert client.mechanism == "ntlm"
    assert len(messages) == 6
    opens(client.security(), server.security())


def test_the_identifier_of_windows_2000_is_answered_as_it_was_offered(realm: Realm) -> None:
    client = client_of(Negotiate("alice@WMIX.TEST", realm.password), realm.host)
    server = Acceptor(None, keytab=realm.keytab).begin(SPNEGO, PRIVACY)

    async def body() -> NegTokenResp:
        offer = NegTokenInit.decode(await client.step(None) or b"")
        assert offer.mechanisms == (KRB5, NTLMSSP)
        changed = NegTokenInit((MS_KERBEROS, KRB5, NTLMSSP), offer.token)
        return NegTokenResp.decode(await server.step(changed.encode()) or b"")

    answer = asyncio.run(body())
    assert (answer.mechanism, answer.state) == (MS_KERBEROS, NegState.ACCEPT_INCOMPLETE)
    assert answer.token


@pytest.mark.parametrize("auth_type", [AuthType.NTLM, AuthType.KERBEROS])
def test_a_bare_token_of_a_mechanism_is_taken(realm: Realm, auth_type: int) -> None:
    from unit.net.security.ntlm_conversation import exchange
    from wmix.net.security.credentials import Kerberos

    credentials = ALICE if auth_type == AuthType.NTLM else Kerberos("alice@WMIX.TEST", realm.password)
    client = begin_login(credentials, host=realm.host)
    server = Acceptor(Users(ALICE), keytab=realm.keytab).begin(SPNEGO, PRIVACY)
    asyncio.run(exchange(client, server))
    assert server.security().auth_type == SPNEGO
    opens(client.security(), server.security())


# what goes wrong


@pytest.mark.usefixtures("no_tickets")
def test_a_list_that_was_changed_on_its_way_is_noticed() -> None:
    """Somebody strikes off the mechanism that is better."""
    client, server = client_of(), ntlm_server()

    async def body() -> None:
        offer = NegTokenInit.decode(await client.step(None) or b"")
        struck = NegTokenInit((*offer.mechanisms, KRB5), offer.token)
        answer = await server.step(struck.encode())
        await server.step(await client.step(answer) or b"")

    with pytest.raises(AuthError, match="list of mechanisms was altered") as caught:
        asyncio.run(body())
    assert caught.value.status == status.SEC_E_MESSAGE_ALTERED


@pytest.mark.usefixtures("no_tickets")
def test_a_signature_cannot_be_left_out() -> None:
    async def last_two() -> tuple[SpnegoLogin, AcceptedLogin, NegTokenResp]:
        client, server = client_of(), ntlm_server()
        offer = NegTokenInit.decode(await client.step(None) or b"")
        # Something unknown stands first, so that the server has to ask for signatures.
        challenge = await server.step(NegTokenInit((b"\x2a\x03", *offer.mechanisms)).encode())
        assert NegTokenResp.decode(challenge or b"").state == NegState.REQUEST_MIC
        challenge = await server.step(NegTokenResp(token=offer.token).encode())
        return client, server, NegTokenResp.decode(await client.step(challenge) or b"")

    async def without_the_clients() -> None:
        _, server, last = await last_two()
        await server.step(last.replace(mic=None).encode())

    async def without_the_servers() -> None:
        client, _, _ = await last_two()
        await client.step(NegTokenResp(NegState.ACCEPT_COMPLETED).encode())

    with pytest.raises(AuthError, match="the client did not sign"):
        asyncio.run(without_the_clients())
    with pytest.raises(AuthError, match="the host did not sign") as caught:
        asyncio.run(without_the_servers())
    assert "network" in (caught.value.hint or "")


def unsigned_challenge(challenge: bytes) -> bytes:
    """A challenge without a time stamp: the login that answers it is not signed itself."""
    info = {AvId.NB_COMPUTER_NAME: b"S\0"}
    return encode_challenge(read_flags(challenge, 2), challenge[24:32], "SRV1", info)


@pytest.mark.usefixtures("no_tickets")
@pytest.mark.parametrize(("state", "signs"), [(NegState.REQUEST_MIC, True), (NegState.ACCEPT_INCOMPLETE, False)])
def test_a_login_that_is_not_signed_itself_signs_the_list_when_asked(state: NegState, signs: bool) -> None:
    client = client_of()

    async def body() -> NegTokenResp:
        offer = NegTokenInit.decode(await client.step(None) or b"")
        challenge = await Acceptor(Users(ALICE), host=HOST).begin(AuthType.NTLM, PRIVACY).step(offer.token or b"")
        answer = NegTokenResp(state, NTLMSSP, unsigned_challenge(challenge or b""))
        return NegTokenResp.decode(await client.step(answer.encode()) or b"")

    assert (asyncio.run(body()).mic is not None) == signs


def test_a_list_whose_first_mechanism_was_passed_over_is_signed(realm: Realm) -> None:
    """Even when the host does not ask for it: somebody may have changed its answer."""
    client = client_of(Negotiate("alice@WMIX.TEST", realm.password), realm.host)

    async def body() -> NegTokenResp:
        await client.step(None)
        begun = await client.step(NegTokenResp(NegState.ACCEPT_INCOMPLETE, NTLMSSP).encode())
        token = NegTokenResp.decode(begun or b"").token or b""
        challenge = await Acceptor(Users(ALICE), host=HOST).begin(AuthType.NTLM, PRIVACY).step(token)
        answer = NegTokenResp(NegState.ACCEPT_INCOMPLETE, None, unsigned_challenge(challenge or b""))
        return NegTokenResp.decode(await client.step(answer.encode()) or b"")

    assert asyncio.run(body()).mic is not None


@pytest.mark.usefixtures("no_tickets")
def test_a_login_ends_with_the_hosts_word_that_it_is_complete() -> None:
    client, server = client_of(), ntlm_server()

    async def body() -> None:
        challenge = await server.step(await client.step(None) or b"")
        last = NegTokenResp.decode(await server.step(await client.step(challenge) or b"") or b"")
        await client.step(last.replace(state=NegState.ACCEPT_INCOMPLETE).encode())

    with pytest.raises(AuthError, match="brings the login no further"):
        asyncio.run(body())


@pytest.mark.usefixtures("no_tickets")
def test_a_client_that_breaks_off_is_heard() -> None:
    client, server = client_of(), ntlm_server()

    async def body() -> None:
        challenge = await server.step(await client.step(None) or b"")
        last = NegTokenResp.decode(await client.step(challenge) or b"")
        await server.step(last.replace(state=NegState.REJECT).encode())

    with pytest.raises(AuthError, match="broke the login off"):
        asyncio.run(body())


@pytest.mark.usefixtures("no_tickets")
def test_a_servers_signature_that_does_not_fit_is_noticed() -> None:
    client, server = client_of(), ntlm_server()

    async def body() -> None:
        challenge = await server.step(await client.step(None) or b"")
        last = NegTokenResp.decode(await server.step(await client.step(challenge) or b"") or b"")
        assert last.mic is not None
        await client.step(last.replace(mic=bytes(16)).encode())

    with pytest.raises(AuthError, match="the host's list of mechanisms was altered") as caught:
        asyncio.run(body())
    assert caught.value.status == status.SEC_E_MESSAGE_ALTERED


@pytest.mark.usefixtures("no_tickets")
def test_a_wrong_password_is_for_the_audit() -> None:
    with pytest.raises(AuthError, match="wrong password for 'DOM"):
        asyncio.run(converse(client_of(Negotiate(ALICE.name, "guess")), ntlm_server()))


async def rejected() -> None:
    client = client_of()
    await client.step(None)
    await client.step(NegTokenResp(NegState.REJECT).encode())


@pytest.mark.usefixtures("no_tickets")
def test_a_rejection_names_the_causes_of_both_mechanisms() -> None:
    pytest.importorskip("gssapi", reason=GSSAPI_NEEDED, exc_type=ImportError)
    with pytest.raises(AuthError, match=r"refused the NTLM login of 'DOM") as caught:
        asyncio.run(rejected())
    assert "Kerberos was not tried: no ticket for alice@DOM" in (caught.value.hint or "")
    assert PASSWORD not in caught.value.diagnostic()


@pytest.mark.usefixtures("no_gssapi")
def test_a_rejection_names_the_missing_library_of_kerberos() -> None:
    with pytest.raises(AuthError, match=r"refused the NTLM login of 'DOM") as caught:
        asyncio.run(rejected())
    hint = caught.value.hint or ""
    assert "Kerberos was not tried: Kerberos needs the package gssapi" in hint
    assert "wmix[kerberos]" in hint
    assert PASSWORD not in caught.value.diagnostic()


@pytest.mark.usefixtures("no_tickets")
def test_without_ticket_and_password_nothing_is_possible() -> None:
    pytest.importorskip("gssapi", reason=GSSAPI_NEEDED, exc_type=ImportError)
    with pytest.raises(AuthError, match="neither Kerberos nor NTLM is possible") as caught:
        asyncio.run(client_of(Negotiate()).step(None))
    assert "kinit" in (caught.value.hint or "") or "krb5.conf" in (caught.value.hint or "")
    assert "user and password" in (caught.value.hint or "")


@pytest.mark.usefixtures("no_gssapi")
def test_without_kerberos_and_password_nothing_is_possible() -> None:
    with pytest.raises(AuthError, match=r"neither Kerberos nor NTLM is possible: .*gssapi") as caught:
        asyncio.run(client_of(Negotiate()).step(None))
    assert caught.value.status == status.SEC_E_NO_CREDENTIALS
    assert "wmix[kerberos]" in (caught.value.hint or "")
    assert "user and password" in (caught.value.hint or "")


@pytest.mark.usefixtures("no_tickets")
@pytest.mark.parametrize(
    "answer",
    [
        NegTokenResp(NegState.ACCEPT_INCOMPLETE, KRB5),
        NegTokenResp(NegState.ACCEPT_COMPLETED),
        NegTokenResp(NegState.ACCEPT_INCOMPLETE),
        NegTokenResp(NegState.ACCEPT_INCOMPLETE, NTLMSSP, None, b"x" * 16),
        NegTokenResp(NegState.ACCEPT_INCOMPLETE, NTLMSSP, b"no challenge"),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(answer: NegTokenResp) -> None:
    client = client_of()

    async def body() -> None:
        await client.step(None)
        await client.step(answer.encode())

    with pytest.raises(AuthError):
        asyncio.run(body())
    assert not client.is_complete


def test_a_server_with_no_mechanism_in_common_says_so() -> None:
    with pytest.raises(AuthError, match="none of the client's mechanisms"):
        asyncio.run(ntlm_server().step(NegTokenInit((b"\x2a\x03",), b"x").encode()))
    with pytest.raises(AuthError, match="none of ours"):
        asyncio.run(ntlm_server().step(b"\x6e\x03abc"))
    with pytest.raises(AuthError) as caught:
        Acceptor(None).begin(SPNEGO, PRIVACY)
    assert caught.value.status == status.RPC_S_UNKNOWN_AUTHN_SERVICE


# messages

oids = st.lists(st.binary(min_size=1, max_size=12), min_size=1, max_size=4).map(tuple)
tokens = st.none() | st.binary(min_size=1, max_size=400)


@given(oids, tokens)
def test_a_first_message_reads_as_it_was_written(mechanisms: tuple[bytes, ...], token: bytes | None) -> None:
    written = NegTokenInit(mechanisms, token)
    read = NegTokenInit.decode(written.encode())
    assert (read.mechanisms, read.token, read.encoded_list) == (mechanisms, token, written.encoded_list)


@given(st.none() | st.sampled_from(NegState), st.none() | st.binary(min_size=1, max_size=9), tokens, tokens)
def test_a_later_message_reads_as_it_was_written(
    state: int | None, mechanism: bytes | None, token: bytes | None, mic: bytes | None
) -> None:
    written = NegTokenResp(state, mechanism, token, mic)
    assert NegTokenResp.decode(written.encode()) == written.replace(mic=None if mic == token else mic)


def test_the_octets_are_pyspnegos() -> None:
    from spnego._spnego import NegTokenInit as Init
    from spnego._spnego import NegTokenResp as Resp

    for size in (1, 127, 128, 300):
        token = bytes(size)
        ours = NegTokenInit((KRB5, NTLMSSP), token).encode()
        assert ours == Init(["1.2.840.113554.1.2.2", "1.3.6.1.4.1.311.2.2.10"], mech_token=token).pack()
        theirs = Resp(neg_state=1, supported_mech="1.3.6.1.4.1.311.2.2.10", response_token=token, mech_list_mic=b"m")  # type: ignore[arg-type]
        assert NegTokenResp(1, NTLMSSP, token, b"m").encode() == theirs.pack()


def test_a_message_that_is_cut_anywhere_is_refused() -> None:
    for kind, whole in (
        (NegTokenInit, NegTokenInit((KRB5, NTLMSSP), bytes(200)).encode()),
        (NegTokenResp, NegTokenResp(1, NTLMSSP, bytes(200), b"mic").encode()),
    ):
        for length in range(len(whole)):
            with pytest.raises(AuthError):
                kind.decode(whole[:length])


@pytest.mark.parametrize("count", [0, 65])
def test_a_list_has_one_to_64_mechanisms(count: int) -> None:
    with pytest.raises(AuthError, match=f"a list of {count} mechanisms"):
        NegTokenInit.decode(NegTokenInit((KRB5,) * count).encode())


@given(st.binary(max_size=80))
def test_any_octets_are_read_or_refused(data: bytes) -> None:
    for kind in (NegTokenInit, NegTokenResp):
        for octets in (data, b"\xa1" + data, NegTokenInit((KRB5,), b"token").encode()[: len(data)] + data):
            with suppress(AuthError):
                kind.decode(octets)


@pytest.mark.parametrize("state", ["0a00", "0a0104", "0a020000", "0a020100"])
def test_a_state_that_is_none_is_malformed_and_not_the_first_of_them(state: str) -> None:
    inner = bytes.fromhex(state)
    fields = bytes((0x30, len(inner) + 2, 0xA0, len(inner))) + inner
    with pytest.raises(AuthError, match="which is none"):
        NegTokenResp.decode(bytes((0xA1, len(fields))) + fields)
