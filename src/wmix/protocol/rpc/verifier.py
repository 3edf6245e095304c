"""Authentication verifier: security trailer and token at the end of a PDU. [MS-RPCE] 2.2.2.11, 2.2.2.12.

The trailer stands ``auth_length + 8`` octets before the end.  Bind, alter_context and auth3 carry the messages of a
login in it, all others the signature of the PDU.  Padding between body and trailer belongs to the verifier: its fill is
arbitrary and kept.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct
from typing import TYPE_CHECKING, Final

from wmix.record import Record

if TYPE_CHECKING:
    from wmix.protocol.ndr.octets import Reader

__all__ = ["TRAILER_SIZE", "AuthLevel", "AuthType", "AuthVerifier", "read_verifier"]

_TRAILER: Final = Struct("<BBBBI")
TRAILER_SIZE: Final = _TRAILER.size


class AuthType(IntEnum):
    """Security providers, [MS-RPCE] 2.2.1.1.7."""

    NONE = 0
    SPNEGO = 9
    NTLM = 10
    KERBEROS = 16


class AuthLevel(IntEnum):
    """Authentication levels, [MS-RPCE] 2.2.1.1.8."""

    NONE = 1
    CONNECT = 2
    CALL = 3
    PACKET = 4
    INTEGRITY = 5
    PRIVACY = 6

    @classmethod
    def protection(cls, level: int) -> int:
        """The level that says how PDUs of *level* are protected.

        CALL is PACKET on every transport, and PACKET signs what INTEGRITY signs.
        """
        return cls.INTEGRITY if level in (cls.CALL, cls.PACKET) else level


class AuthVerifier(Record):
    """Security trailer, token, and the padding in front of them.

    ``padding`` is None when the encoder may choose it: zeros up to the alignment that the PDU asks for.
    """

    auth_type: int = 0
    auth_level: int = 0
    context_id: int = 0
    token: bytes = b""
    padding: bytes | None = None
    reserved: int = 0

    def trailer(self, pad_length: int) -> bytes:
        """The eight octets in front of the token."""
        return _TRAILER.pack(self.auth_type, self.auth_level, pad_length, self.reserved, self.context_id)


def read_verifier(reader: Reader, auth_length: int, header_size: int) -> tuple[AuthVerifier, int]:
    """The verifier at the end of the PDU that *reader* holds, and where the body ends.

    Args:
        auth_length: octets of the token, from the header.
        header_size: octets that cannot be padding.
    """
    reader.place = ("sec_trailer", "")
    start = len(reader.data) - auth_length - TRAILER_SIZE
    if start < header_size:
        raise reader.malformed(f"a token of {auth_length} octets does not fit in {len(reader.data)}")
    reader.position = start
    auth_type, level, pad_length, reserved, context_id = reader.unpack(_TRAILER)
    body_end = start - pad_length
    if body_end < header_size:
        reader.place = ("sec_trailer", "auth_pad_length")
        raise reader.malformed(f"{pad_length} octets of padding do not fit")
    token = reader.take(auth_length)
    return AuthVerifier(auth_type, level, context_id, token, reader.data[body_end:start], reserved), body_end
