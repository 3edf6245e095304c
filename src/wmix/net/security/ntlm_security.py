"""Signing and sealing with the keys of an NTLM session. [MS-NLMP] 3.4.3, 3.4.4; [MS-RPCE] 3.3.1.5.2.2.

Two key streams and two counters, one for each direction, which go on from PDU to PDU: what is protected here must be
sent in the same order.  The whole PDU is signed whether or not header signing was negotiated, as all implementations do
with extended session security; body and padding are encrypted at level privacy only.

A token is 16 octets: version 1, eight octets of HMAC-MD5 encrypted from the same key stream after the body, counter.
"""

from __future__ import annotations

from hmac import compare_digest
from struct import Struct
from typing import TYPE_CHECKING, Final

from wmix.net.security.ntlm_keys import Mac, rc4, sealing_key, signing_key
from wmix.protocol.rpc.security import SecurityViolation
from wmix.protocol.rpc.verifier import AuthLevel, AuthType

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NtlmSecurity", "list_signature"]

_COUNTER: Final = Struct("<I")
_VERSION: Final = b"\x01\0\0\0"
_TOKEN_SIZE: Final = 16


def list_signature(session_key: bytes, flags: int, data: bytes, *, from_client: bool) -> bytes:
    """The signature of SPNEGO's list of mechanisms: the first thing that either side signs, [MS-SPNG] 3.3.5.1."""
    signing = NtlmSecurity(session_key, flags, is_client=from_client, level=AuthLevel.INTEGRITY)
    return signing.protect(b"", data, b"", sign_header=False)[1]


class NtlmSecurity:
    """An established NTLM session: extended session security and key exchange, as every login here demands.

    Args:
        session_key: the exported session key, 16 octets.
        flags: as negotiated in the end; see ``NtlmFlags``.
        is_client: which of the two sides this is.
        level: what is protected: nothing at connect, octets against tampering at integrity, against reading at privacy.
        auth_type: as in the verifiers: 10, or 9 when the login travelled inside SPNEGO.
        first_sequence: 1 after a SPNEGO login whose mechanism list was signed: that took the first number of each
            direction, and the key streams begin anew after it ([MS-SPNG] 3.3.5.1).
    """

    def __init__(
        self,
        session_key: bytes,
        flags: int,
        *,
        is_client: bool,
        level: int,
        auth_type: int = AuthType.NTLM,
        first_sequence: int = 0,
    ) -> None:
        self.auth_type = int(auth_type)
        self.level = int(level)
        self.token_size = _TOKEN_SIZE if level > AuthLevel.CONNECT else 0
        self._seals = level >= AuthLevel.PRIVACY
        self._sign = Mac(signing_key(session_key, from_client=is_client))
        self._verify = Mac(signing_key(session_key, from_client=not is_client))
        self._encrypt: Callable[[bytes], bytes] = rc4(sealing_key(session_key, flags, from_client=is_client)).update
        self._decrypt: Callable[[bytes], bytes] = rc4(sealing_key(session_key, flags, from_client=not is_client)).update
        self._sent = self._received = first_sequence

    def protect(self, header: bytes, body: bytes, trailer: bytes, *, sign_header: bool) -> tuple[bytes, bytes]:
        """The body as it travels, and the token of 16 octets."""
        del sign_header
        counter = _COUNTER.pack(self._sent)
        self._sent = self._sent + 1 & 0xFFFFFFFF
        checksum = self._sign(counter + header, body, trailer)[:8]
        if self._seals:
            body = self._encrypt(body)
        return body, _VERSION + self._encrypt(checksum) + counter

    def unprotect(self, header: bytes, body: bytes, trailer: bytes, token: bytes, *, sign_header: bool) -> bytes:
        """The body in the clear.

        Raises:
            SecurityViolation: other octets than were signed, or a PDU that was left out, repeated or moved.
        """
        del sign_header
        if self._seals:
            body = self._decrypt(body)
        counter = _COUNTER.pack(self._received)
        checksum = self._verify(counter + header, body, trailer)[:8]
        if not compare_digest(_VERSION + self._decrypt(checksum) + counter, token):
            raise self._violation(token)
        self._received = self._received + 1 & 0xFFFFFFFF
        return body

    def _violation(self, token: bytes) -> SecurityViolation:
        if len(token) != _TOKEN_SIZE:
            return SecurityViolation(f"an NTLM token has {_TOKEN_SIZE} octets, this one {len(token)}")
        if (counter := _COUNTER.unpack(token[12:])[0]) != self._received:
            return SecurityViolation(f"PDU {counter} of this login came where {self._received} was due")
        return SecurityViolation(f"the NTLM signature of PDU {counter} does not fit its octets")
