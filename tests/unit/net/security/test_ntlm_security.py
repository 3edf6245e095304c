"""Sealing and signing, octet by octet against pyspnego's own wrap_iov, unwrap_iov, sign and verify."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import spnego
from hypothesis import given
from hypothesis import strategies as st
from spnego.iov import BufferType

from unit.net.security.ntlm_conversation import ALICE, HOST, PASSWORD, accepting, logged_in
from wmix.net.security.ntlm_flags import NtlmFlags
from wmix.net.security.ntlm_security import NtlmSecurity
from wmix.protocol.rpc.security import SecurityViolation
from wmix.protocol.rpc.verifier import AuthLevel

if TYPE_CHECKING:
    from wmix.protocol.rpc.security import Security

PRIVACY, INTEGRITY = AuthLevel.PRIVACY, AuthLevel.INTEGRITY

header = st.binary(min_size=24, max_size=40)
body = st.binary(max_size=500)
pdus = st.lists(st.tuples(header, body, st.binary(min_size=8, max_size=8)), min_size=1, max_size=6)


def pyspnego_and_ours(level: int = PRIVACY) -> tuple[Any, Security]:
    """pyspnego's context of a client, and our server's security of the same login."""
    wanted = spnego.ContextReq.integrity | spnego.ContextReq.sequence_detect
    if level == PRIVACY:
        wanted |= spnego.ContextReq.confidentiality
    context = spnego.client(ALICE.name, PASSWORD, hostname=HOST, protocol="ntlm", context_req=wanted)
    server = accepting(level)

    async def body() -> None:
        challenge = await server.step(context.step() or b"")
        await server.step(context.step(challenge) or b"")

    asyncio.run(body())
    return context, server.security()


def iov(header: bytes, body: bytes, trailer: bytes, token: bytes | None) -> list[Any]:
    return [
        (BufferType.sign_only, header),
        (BufferType.data, body),
        (BufferType.sign_only, trailer),
        BufferType.header if token is None else (BufferType.header, token),
    ]


@given(pdus)
def test_sealed_pdus_are_opened_by_pyspnego_and_the_other_way_round(pdus: list[tuple[bytes, bytes, bytes]]) -> None:
    context, security = pyspnego_and_ours()
    for header, body, trailer in pdus:
        sealed, token = security.protect(header, body, trailer, sign_header=True)
        opened = context.unwrap_iov(iov(header, sealed, trailer, token))
        assert opened.buffers[1].data == body

        wrapped = context.wrap_iov(iov(header, body, trailer, None))
        sealed, token = wrapped.buffers[1].data or b"", wrapped.buffers[3].data or b""
        assert security.unprotect(header, sealed, trailer, token, sign_header=False) == body


@given(pdus, st.sampled_from((AuthLevel.CALL, AuthLevel.PACKET, INTEGRITY)))
def test_signed_pdus_are_verified_by_pyspnego_and_the_other_way_round(
    pdus: list[tuple[bytes, bytes, bytes]], level: int
) -> None:
    context, security = pyspnego_and_ours(level)
    assert security.level == level
    for header, body, trailer in pdus:
        same, token = security.protect(header, body, trailer, sign_header=False)
        assert same == body
        context.verify(header + body + trailer, token)
        assert (
            security.unprotect(header, body, trailer, context.sign(header + body + trailer), sign_header=True) == body
        )


@pytest.mark.parametrize("flags", [0xE2088235, 0x62088235, 0xC2088235, 0x42088235], ids=hex)
@pytest.mark.parametrize("level", [INTEGRITY, PRIVACY])
def test_the_octets_are_pyspnegos_for_every_length_of_key(flags: int, level: int) -> None:
    context, _ = pyspnego_and_ours(level)
    context._session_key, context._context_attr = b"0123456789abcdef", flags | NtlmFlags.NEGOTIATE_SEAL
    context._complete = True
    context._step_initiate = lambda **_: None
    context.step()  # makes its keys anew from what it was given
    security = NtlmSecurity(b"0123456789abcdef", flags, is_client=True, level=level)
    for number in range(3):
        pdu = (b"h" * 24, bytes(range(100 + number)), b"trailer8")
        ours = security.protect(*pdu, sign_header=True)
        if level == PRIVACY:
            wrapped = context.wrap_iov(iov(*pdu, None)).buffers
            assert ours == (wrapped[1].data, wrapped[3].data)
        else:
            assert ours == (pdu[1], context.sign(b"".join(pdu)))


@pytest.mark.parametrize("level", [INTEGRITY, PRIVACY])
def test_both_roles_open_what_the_other_protects(level: int) -> None:
    client, server = logged_in(level)
    a, b = client.security(), server.security()
    for number in range(20):
        for sender, receiver in ((a, b), (b, a)):
            body, token = sender.protect(b"header", bytes([number]) * number, b"trailer8", sign_header=True)
            assert len(token) == sender.token_size == 16
            opened = receiver.unprotect(b"header", body, b"trailer8", token, sign_header=True)
            assert opened == bytes([number]) * number


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("level", [INTEGRITY, PRIVACY])
def test_one_bit_anywhere_is_noticed(level: int, place: int) -> None:
    client, server = logged_in(level)
    body, token = client.security().protect(b"header", b"body", b"trailer8", sign_header=False)
    pieces = [b"header", body, b"trailer8", token]
    pieces[place] = bytes([pieces[place][0] ^ 1]) + pieces[place][1:]
    with pytest.raises(SecurityViolation, match="signature of PDU 0"):
        server.security().unprotect(*pieces, sign_header=False)


def test_a_pdu_that_comes_again_is_named_by_its_number() -> None:
    client, server = logged_in(PRIVACY)
    receiver = server.security()
    body, token = client.security().protect(b"", b"body", b"", sign_header=False)
    receiver.unprotect(b"", body, b"", token, sign_header=False)
    with pytest.raises(SecurityViolation, match="PDU 0 of this login came where 1 was due"):
        receiver.unprotect(b"", body, b"", token, sign_header=False)


def test_a_token_of_another_length_is_named() -> None:
    _, server = logged_in(PRIVACY)
    with pytest.raises(SecurityViolation, match="16 octets, this one 15"):
        server.security().unprotect(b"", b"", b"", b"x" * 15, sign_header=False)


def test_sealed_octets_show_nothing_of_the_body() -> None:
    client, _ = logged_in(PRIVACY)
    body, _ = client.security().protect(b"", bytes(64), b"", sign_header=False)
    assert len(body) == 64
    assert len(set(body)) > 16


def test_the_counter_goes_round() -> None:
    key, flags = bytes(16), 0xE2088235
    sides = [NtlmSecurity(key, flags, is_client=c, level=PRIVACY, first_sequence=0xFFFFFFFF) for c in (True, False)]
    for expected in (b"\xff\xff\xff\xff", bytes(4)):
        body, token = sides[0].protect(b"", b"x", b"", sign_header=False)
        assert token[12:] == expected
        assert sides[1].unprotect(b"", body, b"", token, sign_header=False) == b"x"


def test_level_connect_has_no_token() -> None:
    client, server = logged_in(AuthLevel.CONNECT)
    assert client.security().token_size == server.security().token_size == 0
