"""Every PDU against its vector, field by field and back; and octets that are none."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octet_vectors import names_of_vectors, vector
from wmix.protocol.ndr.guid import Guid
from wmix.protocol.ndr.malformed import MalformedData
from wmix.protocol.rpc.pdus import (
    AlterContext,
    AlterContextResp,
    Auth3,
    Bind,
    BindAck,
    BindNak,
    CoCancel,
    Fault,
    Orphaned,
    Pdu,
    Request,
    Response,
    Shutdown,
    decode_pdu,
    encode_pdu,
)
from wmix.protocol.rpc.presentation import (
    ACCEPTED,
    NDR,
    ContextResult,
    SyntaxId,
    feature_context,
    ndr_context,
)
from wmix.protocol.rpc.verifier import AuthVerifier

ACTIVATOR = Guid.parse("000001A0-0000-0000-C000-000000000046")
SERVICES = Guid.parse("9556DC99-828C-11CF-A37E-00AA003240C7")
IPID = Guid.parse("00008800-1A68-01CC-1122-334455667788")
LOGIN = AuthVerifier(10, 6, 1, b"NTLMSSP\0", b"")
SIGNATURE = AuthVerifier(10, 5, 1, b"\x01" + bytes(15), bytes(10))

EXPECTED: dict[str, Pdu] = {
    "bind": Bind(
        *(1, 0x17, LOGIN, 5840, 5840, 0),
        (ndr_context(0, ACTIVATOR), feature_context(1, SyntaxId(ACTIVATOR), 3)),
    ),
    "bind_ack": BindAck(1, 0x17, LOGIN, 5840, 5840, 0x1234, "135", (ACCEPTED, ContextResult(3, 3))),
    "bind_nak": BindNak(1, reason=8),
    "alter_context": AlterContext(2, group_id=0x1234, contexts=(ndr_context(2, SERVICES),)),
    "alter_context_resp": AlterContextResp(2, group_id=0x1234, results=(ContextResult(2, 1),)),
    "auth3": Auth3(1, auth=LOGIN, pad=b"    "),
    "request": Request(3, 0x83, SIGNATURE, 6, 0, 20, IPID, bytes([1, 2, 3, 4, 5, 6])),
    "response": Response(3, 0x01, None, 16, 0, 0, 0, bytes(8)),
    "fault": Fault(3, 0x23, None, status=5),
    "co_cancel": CoCancel(3),
    "orphaned": Orphaned(3),
    "shutdown": Shutdown(0),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_vector_is_read_field_by_field(name: str) -> None:
    assert decode_pdu(vector("rpc", name)) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_vector_is_written_octet_by_octet(name: str) -> None:
    assert encode_pdu(EXPECTED[name]) == vector("rpc", name)


def test_every_vector_is_tested() -> None:
    assert names_of_vectors("rpc") == {*EXPECTED, "ept_map_request", "ept_map_reply"}


@pytest.mark.parametrize(("stub", "pad_length"), [(0, 0), (1, 15), (6, 10), (16, 0), (17, 15)])
def test_the_verifier_of_a_call_is_aligned_from_the_beginning_of_its_stub(stub: int, pad_length: int) -> None:
    octets = encode_pdu(Response(1, auth=SIGNATURE.replace(padding=None), stub=bytes(stub)))
    pdu = decode_pdu(octets)
    assert pdu.auth is not None
    assert pdu.auth.padding == bytes(pad_length)
    assert len(octets) == 24 + stub + pad_length + 8 + 16


def test_the_verifier_of_a_bind_is_aligned_from_the_beginning_of_the_pdu() -> None:
    pdu = decode_pdu(encode_pdu(Auth3(1, auth=LOGIN.replace(padding=None), pad=b"x")))
    assert pdu.auth is not None
    assert pdu.auth.padding == bytes(3)


def test_unknown_flags_survive() -> None:
    octets = bytearray(vector("rpc", "response"))
    octets[3] |= 0x08
    assert encode_pdu(decode_pdu(bytes(octets))) == octets


@pytest.mark.parametrize(
    ("at", "octet", "what"),
    [
        (0, 4, "version 4.0 is not spoken"),
        (1, 2, "version 5.2 is not spoken"),
        (2, 99, "no PDU of type 99"),
        (4, 0, "data representation"),
        (8, 0, "the length is 0"),
    ],
)
def test_what_is_not_spoken_is_refused(at: int, octet: int, what: str) -> None:
    octets = bytearray(vector("rpc", "shutdown"))
    octets[at] = octet
    with pytest.raises(MalformedData, match=what):
        decode_pdu(bytes(octets))


def test_a_token_or_padding_that_does_not_fit_is_refused() -> None:
    octets = bytearray(vector("rpc", "auth3"))
    octets[10:12] = b"\x0d\0"
    with pytest.raises(MalformedData, match="a token of 13 octets does not fit in 36"):
        decode_pdu(bytes(octets))
    octets[10:12] = b"\x08\0"
    octets[22] = 5
    with pytest.raises(MalformedData, match=r"auth_pad_length: 5 octets of padding do not fit"):
        decode_pdu(bytes(octets))


def test_the_object_flag_and_the_object_go_together() -> None:
    with pytest.raises(ValueError, match="OBJECT_UUID"):
        encode_pdu(Request(1, object=IPID))


def test_a_pdu_has_at_most_65535_octets() -> None:
    encode_pdu(Response(stub=bytes(0xFFFF - 24)))
    with pytest.raises(ValueError, match="65536 octets"):
        encode_pdu(Response(stub=bytes(0xFFFF - 23)))


def test_contexts_offer_ndr_unless_said_otherwise() -> None:
    assert ndr_context(4, SERVICES).transfer_syntaxes == (NDR,)


@given(st.sampled_from(sorted(EXPECTED)), st.data())
def test_a_spoilt_pdu_is_read_or_refused_in_words(name: str, data: st.DataObject) -> None:
    octets = bytearray(vector("rpc", name))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(octets) - 1))
        octets[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=5))
        octets += b"\0"
    if data.draw(st.booleans()):
        octets[8:10] = (len(octets) & 0xFFFF).to_bytes(2, "little")
    with suppress(MalformedData):
        decode_pdu(bytes(octets))


@given(st.binary(max_size=80))
def test_random_octets_are_read_or_refused_in_words(octets: bytes) -> None:
    with suppress(MalformedData):
        decode_pdu(octets)
