"""What a security context is given to sign and to seal, and in which order."""

from __future__ import annotations

from struct import unpack_from

import pytest

from unit.protocol.rpc.conversation import CONTEXT, IPID, SMALL, carry
from wmix.protocol.rpc.client import ClientAssociation
from wmix.protocol.rpc.pdu_types import PduType
from wmix.protocol.rpc.pdus import Fault, Request, encode_pdu
from wmix.protocol.rpc.presentation import ACCEPTED
from wmix.protocol.rpc.protection import fragment_octets, open_stub, stub_offset
from wmix.protocol.rpc.security import SecurityViolation
from wmix.protocol.rpc.server import ServerAssociation
from wmix.protocol.rpc.verifier import AuthVerifier


class Recorder:
    """Seals by turning bits over; its token counts the PDUs, as a key stream would."""

    auth_type = 10
    level = 6
    token_size = 12

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, bytes, bytes, bool]] = []
        self.opened = 0

    def protect(self, header: bytes, body: bytes, trailer: bytes, *, sign_header: bool) -> tuple[bytes, bytes]:
        self.sent.append((header, body, trailer, sign_header))
        return bytes(octet ^ 0xFF for octet in body), len(self.sent).to_bytes(12, "little")

    def unprotect(self, header: bytes, body: bytes, trailer: bytes, token: bytes, *, sign_header: bool) -> bytes:
        self.opened += 1
        if int.from_bytes(token, "little") != self.opened:
            raise SecurityViolation("out of order")
        return bytes(octet ^ 0xFF for octet in body)


def test_header_stub_with_padding_and_trailer_are_given_apart_with_final_lengths() -> None:
    security = Recorder()
    octets = fragment_octets(
        *(PduType.REQUEST, 0x83, 7, bytes(8) + IPID, b"stub"), security=security, auth_context_id=9, sign_header=True
    )
    ((header, body, trailer, sign_header),) = security.sent
    assert header == octets[:40]
    assert unpack_from("<HH", header, 8) == (len(octets), 12)
    assert body == b"stub" + bytes(12)
    assert octets[40:56] == bytes(octet ^ 0xFF for octet in body)
    assert trailer == octets[56:64] == bytes([10, 6, 12, 0, 9, 0, 0, 0])
    assert octets[64:] == (1).to_bytes(12, "little")
    assert sign_header


@pytest.mark.parametrize(
    ("ptype", "flags", "offset"),
    [
        (PduType.REQUEST, 0x03, 24),
        (PduType.REQUEST, 0x83, 40),
        (PduType.RESPONSE, 0x83, 24),
        (PduType.FAULT, 0x03, 32),
        (PduType.CO_CANCEL, 0x03, 16),
    ],
)
def test_the_stub_begins_behind_the_header_of_its_pdu(ptype: PduType, flags: int, offset: int) -> None:
    assert stub_offset(ptype, flags) == offset


def test_the_padding_is_as_long_as_the_trailer_says() -> None:
    auth = AuthVerifier(10, 6, 1, (1).to_bytes(12, "little"), b"\xaa\xbb")
    pdu = Request(1, auth=auth, stub=b"\x00\x01")
    assert open_stub(encode_pdu(pdu), pdu, auth, Recorder(), sign_header=False) == b"\xff\xfe"


def test_pdus_are_protected_in_the_order_in_which_they_leave() -> None:
    client, server = ClientAssociation(SMALL), ServerAssociation(SMALL)
    client.bind([CONTEXT], auth=AuthVerifier(10, 6, 1, b"negotiate"), header_signing=False)
    carry(client, server)
    server.accept([ACCEPTED], token=b"challenge")
    carry(server, client)
    client.send_auth3(1, b"authenticate")
    ours, theirs = Recorder(), Recorder()
    client.establish(1, ours)
    carry(client, server)
    server.establish(1, theirs)
    calls = [client.call(3, bytes(3000), object=IPID, auth_context_id=1) for _ in range(3)]
    events = carry(client, server, 100)
    assert len(events) == 3
    assert theirs.opened == len(ours.sent) == 9
    assert not any(sign_header for *_, sign_header in ours.sent)
    for call_id in reversed(calls):
        server.reply(call_id, bytes(3000))
    assert len(carry(server, client, 100)) == 3
    assert ours.opened == len(theirs.sent)


def test_faults_of_the_server_are_not_protected() -> None:
    """Existing clients read the status without opening the PDU."""
    pdu = Fault(3, status=5)
    assert encode_pdu(pdu)[24:28] == b"\5\0\0\0"
