"""NTLM logins: who is let in, who is not, and what is said to whom. [MS-NLMP] 3.1.5.1, 3.2.5.1."""

from __future__ import annotations

import asyncio
import logging
import struct
import traceback
from contextlib import suppress

import pytest
import spnego
from hypothesis import given
from hypothesis import strategies as st

from unit.net.security.ntlm_conversation import ALICE, HOST, PASSWORD, Users, accepting, exchange, logged_in
from wmix import status
from wmix.errors import AuthError, InvalidParameter
from wmix.net.security.acceptor import Acceptor
from wmix.net.security.credentials import NTLM
from wmix.net.security.login import begin_login
from wmix.net.security.ntlm_acceptor import NtlmAcceptedLogin
from wmix.net.security.ntlm_flags import NtlmFlags
from wmix.net.security.ntlm_keys import hmac_md5, nt_hash, response_keys
from wmix.net.security.ntlm_messages import Authenticate, AvId, encode_challenge, read_flags
from wmix.protocol.rpc.verifier import AuthLevel, AuthType

PRIVACY = AuthLevel.PRIVACY


@pytest.mark.parametrize("level", [AuthLevel.CONNECT, AuthLevel.INTEGRITY, AuthLevel.PRIVACY])
@pytest.mark.parametrize(
    "credentials",
    [
        ALICE,
        NTLM("alice", PASSWORD),
        NTLM("alice@dom.example", PASSWORD),
        NTLM("DÖM\\Łukasz", ""),
        NTLM("DOM\\straße", "x"),
        NTLM("DOM\\a\\b", "x"),
        NTLM("DOM\\alice", "0123456789abcdef0123456789abcdef:0123456789abcdef0123456789abcdef"),
    ],
    ids=lambda credentials: credentials.name,
)
def test_the_right_password_lets_in(credentials: NTLM, level: int) -> None:
    client, server = logged_in(level, credentials)
    assert client.user == server.user == credentials.name
    assert (client.auth_type, server.auth_type) == (AuthType.NTLM, AuthType.NTLM)
    assert client.security().level == server.security().level == level


def failure(client: NTLM, *known: NTLM) -> AuthError:
    """What the server finds wrong."""
    with pytest.raises(AuthError) as caught:
        asyncio.run(exchange(begin_login(client, host=HOST), accepting(PRIVACY, *known)))
    return caught.value


def test_a_wrong_password_is_named_in_the_audit_only_by_its_user() -> None:
    error = failure(NTLM("DOM\\alice", "guess"), ALICE)
    assert error.detail == "wrong password for 'DOM\\\\alice'"
    assert error.status == status.SEC_E_LOGON_DENIED


def test_an_unknown_user_is_named_in_the_audit() -> None:
    assert failure(NTLM("DOM\\mallory", "x"), ALICE).detail == "unknown user 'DOM\\\\mallory'"
    assert failure(NTLM("OTHER\\alice", PASSWORD), ALICE).detail == "unknown user 'OTHER\\\\alice'"


def test_secrets_are_in_no_error_no_log_and_no_representation(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    error = failure(NTLM("DOM\\alice", "guess-1234"), ALICE)
    client, server = logged_in(PRIVACY)
    refused = client.refusal(status.E_ACCESSDENIED)
    shown = [
        caplog.text, error.diagnostic(), "".join(traceback.format_exception(error)), refused.diagnostic(),
        *(repr(thing) + repr(vars(thing)) for thing in (error, client, refused)), repr(server), repr(server.security()),
    ]  # fmt: skip
    assert not any(secret in text for text in shown for secret in ("guess-1234", PASSWORD))


def test_two_servers_in_one_process_have_their_own_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NTLM_USER_FILE", raising=False)
    bob = NTLM("DOM\\bob", "b")
    first, second = Acceptor(Users(ALICE), host=HOST), Acceptor(Users(bob), host=HOST)

    async def body() -> None:
        for acceptor, ours, theirs in ((first, ALICE, bob), (second, bob, ALICE)):
            await exchange(begin_login(ours, host=HOST), acceptor.begin(10, 6))
            with pytest.raises(AuthError, match="unknown user"):
                await exchange(begin_login(theirs, host=HOST), acceptor.begin(10, 6))

    asyncio.run(body())


def messages(level: int = PRIVACY) -> tuple[NtlmAcceptedLogin, list[bytes]]:
    """A server that waits for the last message, and all three."""
    server = accepting(level)
    client = begin_login(ALICE, host=HOST, level=level)

    async def body() -> list[bytes]:
        negotiate = await client.step(None) or b""
        challenge = await server.step(negotiate) or b""
        return [negotiate, challenge, await client.step(challenge) or b""]

    assert isinstance(server, NtlmAcceptedLogin)
    return server, asyncio.run(body())


def test_the_challenge_keeps_the_flags_that_existing_clients_insist_on() -> None:
    insisted = 0xE0888235
    negotiate = b"NTLMSSP\0" + struct.pack("<II", 1, insisted) + bytes(16)
    challenge = asyncio.run(accepting(PRIVACY).step(negotiate)) or b""
    assert read_flags(challenge, 2) & insisted == insisted


def test_what_this_side_does_not_do_is_not_promised() -> None:
    asked = 0xE0888235 | NtlmFlags.NEGOTIATE_OEM | NtlmFlags.NEGOTIATE_LM_KEY | 0x40  # datagrams
    negotiate = b"NTLMSSP\0" + struct.pack("<II", 1, asked) + bytes(16)
    challenge = asyncio.run(accepting(PRIVACY).step(negotiate)) or b""
    assert read_flags(challenge, 2) & (NtlmFlags.NEGOTIATE_OEM | NtlmFlags.NEGOTIATE_LM_KEY | 0x40) == 0


@pytest.mark.parametrize(
    ("level", "taken", "missing"),
    [
        (AuthLevel.PRIVACY, NtlmFlags.NEGOTIATE_SEAL, "NEGOTIATE_SEAL"),
        (AuthLevel.INTEGRITY, NtlmFlags.NEGOTIATE_SIGN, "NEGOTIATE_SIGN"),
        (AuthLevel.INTEGRITY, NtlmFlags.NEGOTIATE_128, "NEGOTIATE_128"),
        (AuthLevel.INTEGRITY, NtlmFlags.NEGOTIATE_KEY_EXCH, "NEGOTIATE_KEY_EXCH"),
        (AuthLevel.INTEGRITY, NtlmFlags.NEGOTIATE_EXTENDED_SESSIONSECURITY, "NEGOTIATE_EXTENDED_SESSIONSECURITY"),
        (AuthLevel.CONNECT, NtlmFlags.NEGOTIATE_UNICODE, "NEGOTIATE_UNICODE"),
    ],
)
def test_weak_sessions_are_refused_by_both_sides(level: int, taken: int, missing: str) -> None:
    weak = 0xE2888235 & ~taken
    negotiate = b"NTLMSSP\0" + struct.pack("<II", 1, weak) + bytes(16)
    with pytest.raises(AuthError, match=f"NEGOTIATE message lacks {missing}"):
        asyncio.run(accepting(level).step(negotiate))

    client = begin_login(ALICE, host=HOST, level=level)

    async def body() -> None:
        await client.step(None)
        await client.step(encode_challenge(weak, bytes(8), "SRV1", {AvId.NB_COMPUTER_NAME: b"S\0"}))

    with pytest.raises(AuthError, match=f"challenge lacks {missing}") as caught:
        asyncio.run(body())
    assert caught.value.hint is not None
    assert "Kerberos" in caught.value.hint
    assert not client.is_complete


def test_a_client_cannot_lower_the_session_in_its_last_message() -> None:
    server, (_, _, last) = messages()
    lowered = last[:60] + struct.pack("<I", read_flags(last, 3) & ~NtlmFlags.NEGOTIATE_SEAL) + last[64:]
    with pytest.raises(AuthError, match="AUTHENTICATE message lacks NEGOTIATE_SEAL"):
        asyncio.run(server.step(lowered))


def test_an_altered_message_is_found_by_its_mic() -> None:
    server, (_, _, last) = messages()
    read = Authenticate.decode(last)
    assert read.mic_at == 72
    flags = struct.pack("<I", read.flags ^ NtlmFlags.NEGOTIATE_IDENTIFY)
    with pytest.raises(AuthError, match="its MIC does not fit"):
        asyncio.run(server.step(last[:60] + flags + last[64:]))


def test_the_mic_is_looked_at() -> None:
    server, (_, _, last) = messages()
    asyncio.run(server.step(last))
    assert server.has_mic


def test_a_login_without_mic_is_let_in() -> None:
    """A client that was given no time stamp makes none."""
    client = spnego.client(ALICE.name, PASSWORD, hostname=HOST, protocol="ntlm")
    server = accepting(PRIVACY)
    assert isinstance(server, NtlmAcceptedLogin)
    challenge = asyncio.run(server.step(client.step() or b"")) or b""
    stripped = encode_challenge(read_flags(challenge, 2), challenge[24:32], "SRV1", {AvId.NB_COMPUTER_NAME: b"S\0"})
    asyncio.run(server.step(client.step(stripped) or b""))
    assert server.is_complete
    assert not server.has_mic
    assert server.session_key == client.session_key


def test_every_challenge_is_another() -> None:
    first, second = messages()[1][1], messages()[1][1]
    assert first[24:32] != second[24:32]


def test_a_mic_is_found_where_clients_put_it() -> None:
    """After VERSION, or in its place; and where there is no room for one there is none."""
    for payload, expected in ((88, 72), (80, 64), (72, None), (64, None)):
        fields = [0, 0, 0, 0, 0, 0, 0, 0, payload, 2, 2, payload, 0, 0, 0, 0, 0, 0]
        octets = b"NTLMSSP\0\3\0\0\0" + struct.pack("<" + "HHI" * 6 + "I", *fields, NtlmFlags.NEGOTIATE_UNICODE)
        message = octets.ljust(payload, b"\0") + b"D\0"
        assert Authenticate.decode(message).mic_at == expected


def test_a_user_whom_nobody_knows_has_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even one who guesses what an unknown user's answer is compared with."""
    monkeypatch.setattr("wmix.net.security.ntlm_acceptor._NOBODY", nt_hash("x"))
    assert failure(NTLM("DOM\\mallory", "x"), ALICE).detail == "unknown user 'DOM\\\\mallory'"


def test_names_are_put_in_upper_case_in_both_ways() -> None:
    hashed = nt_hash("x")
    keys = response_keys(hashed, "straße", "D")
    assert keys == [hmac_md5(hashed, (name + "D").encode("utf-16-le")) for name in ("STRAßE", "STRASSE")]
    assert len(response_keys(hashed, "alice", "D")) == 1


def test_a_session_key_of_another_length_is_refused() -> None:
    client = spnego.client(ALICE.name, PASSWORD, hostname=HOST, protocol="ntlm")
    server = accepting(PRIVACY)
    challenge = asyncio.run(server.step(client.step() or b"")) or b""
    stripped = encode_challenge(read_flags(challenge, 2), challenge[24:32], "SRV1", {AvId.NB_COMPUTER_NAME: b"S\0"})
    last = client.step(stripped) or b""
    with pytest.raises(AuthError, match="session key of 15 octets, not 16"):
        asyncio.run(server.step(last[:52] + struct.pack("<HH", 15, 15) + last[56:]))


def test_an_anonymous_login_is_refused() -> None:
    server, (_, _, last) = messages()
    flags = struct.pack("<I", read_flags(last, 3) | NtlmFlags.ANONYMOUS)
    with pytest.raises(AuthError, match="anonymous"):
        asyncio.run(server.step(last[:60] + flags + last[64:]))


def test_ntlmv1_is_neither_sent_nor_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LM_COMPAT_LEVEL", "2")
    client = begin_login(ALICE, host=HOST)

    async def body() -> None:
        challenge = await accepting(PRIVACY).step(await client.step(None) or b"")
        await client.step(challenge)

    with pytest.raises(AuthError, match="NTLMv1") as caught:
        asyncio.run(body())
    assert "LM_COMPAT_LEVEL" in (caught.value.hint or "")

    peer = spnego.client(ALICE.name, PASSWORD, hostname=HOST, protocol="ntlm")
    server = accepting(AuthLevel.CONNECT)
    challenge = asyncio.run(server.step(peer.step() or b""))
    with pytest.raises(AuthError, match="NTLMv1"):
        asyncio.run(server.step(peer.step(challenge) or b""))


@pytest.mark.parametrize("step", [0, 2])
def test_octets_that_are_no_message_are_refused_wherever_they_are_cut(step: int) -> None:
    _, whole = messages()
    for length in range(len(whole[step])):
        server = accepting(PRIVACY) if step == 0 else messages()[0]
        if step == 0 and length >= 16:
            continue  # all that counts of the first message is in its first 16 octets
        with pytest.raises(AuthError):
            asyncio.run(server.step(whole[step][:length]))


def test_the_client_refuses_octets_that_are_no_challenge_wherever_they_are_cut() -> None:
    _, (_, challenge, _) = messages()
    for length in range(len(challenge)):
        client = begin_login(ALICE, host=HOST)
        asyncio.run(client.step(None))
        with pytest.raises(AuthError):
            asyncio.run(client.step(challenge[:length]))


changes = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=4)


@given(step=st.sampled_from([0, 2]), changes=changes)
def test_whatever_is_changed_in_a_message_only_a_login_error_comes_of_it(
    step: int, changes: list[tuple[int, int]]
) -> None:
    server, whole = messages()
    changed = bytearray(whole[step])
    for place, octet in changes:
        changed[place % len(changed)] = octet
    with suppress(AuthError):
        asyncio.run((accepting(PRIVACY) if step == 0 else server).step(bytes(changed)))
    if step == 2:
        assert server.is_complete == (bytes(changed) == whole[step])


@given(changes=changes)
def test_whatever_is_changed_in_a_challenge_only_a_login_error_comes_of_it(changes: list[tuple[int, int]]) -> None:
    _, (_, challenge, _) = messages()
    client = begin_login(ALICE, host=HOST)
    asyncio.run(client.step(None))
    changed = bytearray(challenge)
    for place, octet in changes:
        changed[place % len(changed)] = octet
    with suppress(AuthError):
        asyncio.run(client.step(bytes(changed)))


def test_messages_come_in_their_order() -> None:
    _, (negotiate, _, last) = messages()
    with pytest.raises(AuthError, match="expected the NTLM message NEGOTIATE, found AUTHENTICATE"):
        asyncio.run(accepting(PRIVACY).step(last))
    server, _ = messages()
    with pytest.raises(AuthError, match="expected the NTLM message AUTHENTICATE, found NEGOTIATE"):
        asyncio.run(server.step(negotiate + bytes(64)))


def test_nothing_protects_before_the_login_is_complete() -> None:
    with pytest.raises(RuntimeError):
        begin_login(ALICE, host=HOST).security()
    with pytest.raises(RuntimeError):
        accepting(PRIVACY).security()


def test_a_refusal_names_the_known_causes() -> None:
    error = begin_login(ALICE, host=HOST).refusal(status.E_ACCESSDENIED)
    assert error.detail == "srv1.example refused the NTLM login of 'DOM\\alice'"
    assert error.status == status.E_ACCESSDENIED
    for cause in ("password", "UAC", "NTLM", "disabled"):
        assert cause in (error.hint or "")


@pytest.mark.parametrize("level", [0, 1, 3, 4, 7])
def test_other_levels_are_refused(level: int) -> None:
    with pytest.raises(InvalidParameter, match="level 2"):
        begin_login(ALICE, host=HOST, level=level)


@pytest.mark.parametrize("level", [0, 1, 7])
def test_a_server_takes_all_levels_with_a_login_and_no_others(level: int) -> None:
    with pytest.raises(AuthError) as caught:
        accepting(level)
    assert caught.value.status == status.RPC_S_UNKNOWN_AUTHN_LEVEL


def test_other_types_are_refused() -> None:
    with pytest.raises(AuthError) as caught:
        Acceptor(Users()).begin(68, PRIVACY)
    assert caught.value.status == status.RPC_S_UNKNOWN_AUTHN_SERVICE
    with pytest.raises(InvalidParameter, match="needs credentials, not str"):
        begin_login("alice", host=HOST)  # type: ignore[arg-type]
