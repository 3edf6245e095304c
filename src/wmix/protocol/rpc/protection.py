"""Signing and sealing of PDUs that carry calls: request, response, fault, co_cancel, orphaned. [MS-RPCE] 3.3.1.5.2.

Each fragment is protected for itself.  Stub and padding are sealed, the header (with the object identifier of a
request) and the trailer at most signed, the token not covered.  Lengths are final before anything is signed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.protocol.rpc.pdu_types import (
    HEADER,
    HEADER_SIZE,
    LITTLE_ENDIAN,
    OBJECT_SIZE,
    REQUEST_HEADER_SIZE,
    RPC_VERSION,
    PduFlags,
    PduType,
)
from wmix.protocol.rpc.verifier import TRAILER_SIZE, AuthVerifier

if TYPE_CHECKING:
    from wmix.protocol.rpc.pdus import Pdu
    from wmix.protocol.rpc.security import Security

__all__ = ["fragment_octets", "open_stub", "stub_offset"]

_FAULT_HEADER_SIZE: Final = 32
_OBJECT_UUID: Final = int(PduFlags.OBJECT_UUID)
_STUB_ALIGNMENT: Final = 16


def stub_offset(ptype: int, flags: int) -> int:
    """Where the stub of a PDU begins; PDUs without stub have all their octets before it."""
    if ptype == PduType.REQUEST:
        return REQUEST_HEADER_SIZE + (OBJECT_SIZE if flags & _OBJECT_UUID else 0)
    if ptype == PduType.RESPONSE:
        return REQUEST_HEADER_SIZE
    return _FAULT_HEADER_SIZE if ptype == PduType.FAULT else HEADER_SIZE


def fragment_octets(
    ptype: int,
    flags: int,
    call_id: int,
    fields: bytes,
    stub: bytes,
    *,
    security: Security | None,
    auth_context_id: int = 0,
    sign_header: bool = False,
) -> bytes:
    """One PDU, protected when there is a *security*.

    Args:
        fields: what stands between the common header and the stub.
        stub: the piece of the stub for this fragment.
    """
    if security is None:
        length = HEADER_SIZE + len(fields) + len(stub)
        return HEADER.pack(RPC_VERSION, 0, ptype, flags, LITTLE_ENDIAN, length, 0, call_id) + fields + stub
    pad_length = -len(stub) % _STUB_ALIGNMENT
    body = stub + bytes(pad_length)
    trailer = AuthVerifier(security.auth_type, security.level, auth_context_id).trailer(pad_length)
    length = HEADER_SIZE + len(fields) + len(body) + TRAILER_SIZE + security.token_size
    header = HEADER.pack(RPC_VERSION, 0, ptype, flags, LITTLE_ENDIAN, length, security.token_size, call_id) + fields
    body, token = security.protect(header, body, trailer, sign_header=sign_header)
    return header + body + trailer + token


def open_stub(data: bytes, pdu: Pdu, auth: AuthVerifier, security: Security, *, sign_header: bool) -> bytes:
    """The stub of *pdu*, whose octets are *data*, verified and in the clear, without padding.

    Raises:
        SecurityViolation: it is not what was sent.
    """
    start = stub_offset(pdu.ptype, pdu.flags)
    end = len(data) - TRAILER_SIZE - len(auth.token)
    body = security.unprotect(
        data[:start], data[start:end], data[end : end + TRAILER_SIZE], auth.token, sign_header=sign_header
    )
    return body[: len(body) - len(auth.padding or b"")]
