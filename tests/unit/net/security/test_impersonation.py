"""How far a host may act for the user: what NTLM, Kerberos and their negotiation say of it, and to whom.

What needs gssapi is imported within the tests that have a realm: without gssapi those skip, and the others run.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from unit.net.security.ntlm_conversation import ALICE, HOST, PASSWORD, Users, accepting, exchange
from wmix.errors import AuthError, InvalidParameter
from wmix.net.security.acceptor import AcceptedLogin, Acceptor
from wmix.net.security.credentials import NTLM, Credentials, Kerberos, Negotiate
from wmix.net.security.impersonation import ImpersonationLevel, impersonation_level
from wmix.net.security.login import begin_login
from wmix.net.security.ntlm_acceptor import NtlmAcceptedLogin
from wmix.net.security.ntlm_flags import NtlmFlags
from wmix.net.security.ntlm_messages import read_flags
from wmix.protocol.rpc.verifier import AuthLevel, AuthType

if TYPE_CHECKING:
    from key_distribution_centre import Realm
    from wmix.net.security.kerberos_acceptor import KerberosAcceptedLogin

IDENTIFY, IMPERSONATE, DELEGATE = ImpersonationLevel
LEVEL = AuthLevel.PRIVACY
ALICE_THERE = "alice@WMIX.TEST"


def test_words_name_levels() -> None:
    assert [impersonation_level(word, Kerberos()) for word in ("identify", "impersonate", "delegate")] == [2, 3, 4]
    with pytest.raises(InvalidParameter, match="one of identify, impersonate, delegate"):
        impersonation_level("anonymous", Kerberos())
    with pytest.raises(InvalidParameter, match="cannot be delegated"):
        impersonation_level("delegate", ALICE)


@pytest.mark.parametrize("level", [IDENTIFY, IMPERSONATE])
def test_ntlm_asks_in_its_first_and_last_message_and_signs_what_it_asks(level: ImpersonationLevel) -> None:
    client, server = begin_login(ALICE, host=HOST, impersonation=level), accepting(LEVEL)
    assert isinstance(server, NtlmAcceptedLogin)
    negotiate, _, authenticate = asyncio.run(exchange(client, server))
    asked = level is IDENTIFY
    assert bool(read_flags(negotiate, 1) & NtlmFlags.NEGOTIATE_IDENTIFY) == asked
    assert bool(read_flags(authenticate, 3) & NtlmFlags.NEGOTIATE_IDENTIFY) == asked
    assert server.identifies_only == asked
    assert server.has_mic
    body, token = client.security().protect(b"h" * 24, b"stub", b"trailer8", sign_header=True)
    assert server.security().unprotect(b"h" * 24, body, b"trailer8", token, sign_header=True) == b"stub"


def test_the_request_of_ntlm_does_not_get_lost_with_a_host_that_leaves_it_out_of_its_challenge() -> None:
    client, server = begin_login(ALICE, host=HOST, impersonation=IDENTIFY), accepting(LEVEL)
    assert isinstance(server, NtlmAcceptedLogin)

    async def body() -> None:
        negotiate = await client.step(None) or b""
        without = (read_flags(negotiate, 1) & ~NtlmFlags.NEGOTIATE_IDENTIFY).to_bytes(4, "little")
        challenge = await server.step(negotiate[:12] + without + negotiate[16:]) or b""
        assert not read_flags(challenge, 2) & NtlmFlags.NEGOTIATE_IDENTIFY
        last = await client.step(challenge) or b""
        assert read_flags(last, 3) & NtlmFlags.NEGOTIATE_IDENTIFY

    asyncio.run(body())


async def negotiated(credentials: Credentials, server: AcceptedLogin, level: ImpersonationLevel) -> None:
    """A login whose last message comes from the server."""
    client = begin_login(credentials, host=HOST, level=LEVEL, impersonation=level)
    token = await client.step(None)
    while token is not None:
        answer = await server.step(token)
        token = await client.step(answer)
    assert client.is_complete


@pytest.mark.parametrize("level", [IDENTIFY, IMPERSONATE])
def test_negotiated_ntlm_asks_for_the_same(level: ImpersonationLevel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRB5CCNAME", "MEMORY:none")
    monkeypatch.setenv("KRB5_CONFIG", "/dev/null")
    server = Acceptor(Users(ALICE), host=HOST).begin(AuthType.SPNEGO, LEVEL)
    asyncio.run(negotiated(Negotiate(ALICE.name, PASSWORD), server, level))
    assert server.identifies_only == (level is IDENTIFY)


def test_a_negotiated_delegation_offers_no_ntlm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRB5CCNAME", "MEMORY:none")
    monkeypatch.setenv("KRB5_CONFIG", "/dev/null")
    client = begin_login(Negotiate(ALICE.name, PASSWORD), host=HOST, impersonation=DELEGATE)
    with pytest.raises(AuthError, match="neither Kerberos nor NTLM") as caught:
        asyncio.run(client.step(None))
    assert "NTLM cannot be delegated" in (caught.value.hint or "")


def ticketed(realm: Realm, level: ImpersonationLevel, *options: str) -> KerberosAcceptedLogin:
    """The server's side of a login with tickets got by kinit with *options*."""
    from wmix.net.security.kerberos_acceptor import KerberosAcceptedLogin

    cache = realm.folder / "impersonation.ccache"
    realm.centre.tickets("alice", realm.password, cache, *options)
    client = begin_login(Kerberos(ccache=f"FILE:{cache}"), host=realm.host, impersonation=level)
    server = Acceptor(None, keytab=realm.keytab).begin(AuthType.KERBEROS, LEVEL)
    asyncio.run(exchange(client, server))
    assert isinstance(server, KerberosAcceptedLogin)
    assert server.user == ALICE_THERE
    return server


@pytest.mark.parametrize("level", ImpersonationLevel)
def test_kerberos_asks_in_its_first_token(realm: Realm, level: ImpersonationLevel) -> None:
    from gssapi import raw

    server = ticketed(realm, level, "-f")
    assert server.identifies_only == (level is IDENTIFY)
    assert server._context is not None
    flags = int(raw.inquire_context(server._context).flags)
    assert bool(flags & int(raw.RequirementFlag.delegate_to_peer)) == (level is DELEGATE)


def test_tickets_that_cannot_be_forwarded_are_not_delegated(realm: Realm) -> None:
    with pytest.raises(AuthError, match=r"the tickets of .* cannot be delegated") as caught:
        ticketed(realm, DELEGATE, "-F")
    assert "kinit -f" in (caught.value.hint or "")


def test_a_name_without_a_password_is_no_reason_to_fall_back() -> None:
    assert impersonation_level("delegate", Negotiate("alice", "x")) is DELEGATE
    assert impersonation_level("identify", NTLM("alice", "x")) is IDENTIFY
