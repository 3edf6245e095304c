"""The three messages of an NTLM login, as far as this side reads or writes them. [MS-NLMP] 2.2.1.

NEGOTIATE and CHALLENGE are read for their flags, CHALLENGE is written, AUTHENTICATE is read whole.  Fields point
anywhere in their message, so every pointer is checked against the octets that are there.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from wmix import status
from wmix.errors import AuthError
from wmix.net.security.ntlm_flags import NtlmFlags
from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Authenticate",
    "AvId",
    "NtlmMessageError",
    "encode_challenge",
    "read_av_pairs",
    "read_challenge_flags",
    "read_flags",
    "with_flags",
]

SIGNATURE: Final = b"NTLMSSP\0"
_TYPE: Final = Struct("<I")
_FIELD: Final = Struct("<HHI")
_AV: Final = Struct("<HH")
_FLAGS_AT: Final = {1: 12, 2: 20, 3: 60}
_NAMES: Final = {1: "NEGOTIATE", 2: "CHALLENGE", 3: "AUTHENTICATE"}
#: Where the payload of a message begins that has VERSION, and in an AUTHENTICATE the MIC too.
_CHALLENGE_PAYLOAD: Final = 56
_MIC_SIZE: Final = 16
_MIC_PROVIDED: Final = 0x00000002
#: The pairs in an NTLMv2 response: after its proof and the fixed part of NTLMv2_CLIENT_CHALLENGE, 2.2.2.7.
_PAIRS_AT: Final = 44
#: Product and revision 15 of the protocol; the numbers of the product mean nothing here, 2.2.2.10.
_VERSION: Final = bytes((10, 0, 0, 0, 0, 0, 0, 15))


class NtlmMessageError(AuthError):
    """Octets that are no message of NTLM."""

    default_status = status.SEC_E_INVALID_TOKEN


class AvId:
    """Names of the pairs in a TargetInfo, 2.2.2.1."""

    EOL = 0
    NB_COMPUTER_NAME = 1
    NB_DOMAIN_NAME = 2
    DNS_COMPUTER_NAME = 3
    DNS_DOMAIN_NAME = 4
    FLAGS = 6
    TIMESTAMP = 7
    TARGET_NAME = 9


def read_flags(message: bytes, message_type: int) -> int:
    """NegotiateFlags of a message that must be of this type: 1 NEGOTIATE, 2 CHALLENGE, 3 AUTHENTICATE.

    Raises:
        NtlmMessageError: it is not.
    """
    at = _FLAGS_AT[message_type]
    if message[:8] != SIGNATURE or len(message) < at + 4:
        raise NtlmMessageError(f"{len(message)} octets came that are no NTLM {_NAMES[message_type]} message")
    found = _TYPE.unpack_from(message, 8)[0]
    if found != message_type:
        raise NtlmMessageError(f"expected the NTLM message {_NAMES[message_type]}, found {_NAMES.get(found, found)}")
    return int(_TYPE.unpack_from(message, at)[0])


def with_flags(message: bytes, message_type: int, more: int) -> bytes:
    """A message of this type with *more* NegotiateFlags.

    Raises:
        NtlmMessageError: it is of another type.
    """
    flags = read_flags(message, message_type) | more
    at = _FLAGS_AT[message_type]
    return message[:at] + _TYPE.pack(flags) + message[at + _TYPE.size :]


def read_challenge_flags(message: bytes) -> int:
    """NegotiateFlags of a CHALLENGE whose fields all lie inside it.

    Raises:
        NtlmMessageError: they do not, or it is none.
    """
    flags = read_flags(message, 2)
    for at in (12, 40):
        if len(message) < at + _FIELD.size:
            raise NtlmMessageError(f"a CHALLENGE message of {len(message)} octets ends before its fields do")
        _within(message, *_FIELD.unpack_from(message, at))
    return flags


def _within(message: bytes, length: int, _: int, offset: int) -> bytes:
    """What a field points to."""
    if length and offset + length > len(message):
        raise NtlmMessageError(
            f"a field of the NTLM message ends at {offset + length}, beyond its {len(message)} octets"
        )
    return message[offset : offset + length] if length else b""


def encode_challenge(flags: int, challenge: bytes, target_name: str, info: Mapping[int, bytes]) -> bytes:
    """A CHALLENGE message, 2.2.1.2; *info* are the pairs of its TargetInfo without the last, empty one."""
    target = target_name.encode("utf-16-le")
    pairs = b"".join(_AV.pack(key, len(value)) + value for key, value in info.items()) + _AV.pack(AvId.EOL, 0)
    return b"".join(
        (
            SIGNATURE,
            _TYPE.pack(2),
            _FIELD.pack(len(target), len(target), _CHALLENGE_PAYLOAD),
            _TYPE.pack(flags),
            challenge,
            bytes(8),
            _FIELD.pack(len(pairs), len(pairs), _CHALLENGE_PAYLOAD + len(target)),
            _VERSION if flags & NtlmFlags.NEGOTIATE_VERSION else bytes(8),
            target,
            pairs,
        )
    )


def read_av_pairs(data: bytes) -> dict[int, bytes]:
    """The pairs of a TargetInfo, up to the empty one that ends them.

    Raises:
        NtlmMessageError: they run past their end.
    """
    pairs: dict[int, bytes] = {}
    position = 0
    while position + _AV.size <= len(data):
        key, length = _AV.unpack_from(data, position)
        if key == AvId.EOL:
            return pairs
        position += _AV.size
        if position + length > len(data):
            break
        pairs[key] = data[position : position + length]
        position += length
    raise NtlmMessageError(f"the target information of the AUTHENTICATE message has no end in {len(data)} octets")


class Authenticate(Record):
    """An AUTHENTICATE message, 2.2.1.3.

    ``mic_at`` is where its MIC stands, None when it has no room for one.
    """

    octets: bytes
    flags: int
    nt_response: bytes
    domain: str
    user: str
    encrypted_session_key: bytes
    mic_at: int | None

    @classmethod
    def decode(cls, message: bytes) -> Authenticate:
        """Read a message.

        Raises:
            NtlmMessageError: it is none, or points outside itself.
        """
        flags = read_flags(message, 3)
        fields = [_FIELD.unpack_from(message, at) for at in (12, 20, 28, 36, 44, 52)]
        payload = min([offset for length, _, offset in fields if length], default=len(message))
        _, nt_response, domain, user, _, session_key = (_within(message, *field) for field in fields)
        return cls(message, flags, nt_response, _text(domain), _text(user), session_key, _mic_at(payload))

    @property
    def promises_mic(self) -> bool:
        """Whether the client says that it has signed the messages; it says so inside its proof."""
        pairs = read_av_pairs(self.nt_response[_PAIRS_AT:])
        return bool(int.from_bytes(pairs.get(AvId.FLAGS, b""), "little") & _MIC_PROVIDED)

    @property
    def mic(self) -> bytes | None:
        """The MIC, if there is room for one."""
        return None if self.mic_at is None else self.octets[self.mic_at : self.mic_at + _MIC_SIZE]

    @property
    def without_mic(self) -> bytes:
        """The message as it was when its MIC was made: with zeros in its place."""
        return self.with_mic(bytes(_MIC_SIZE))

    def with_mic(self, mic: bytes) -> bytes:
        """The message with this MIC, where it has room for one."""
        if self.mic_at is None:
            return self.octets
        return self.octets[: self.mic_at] + mic + self.octets[self.mic_at + _MIC_SIZE :]

    def __repr__(self) -> str:
        return f"Authenticate(domain={self.domain!r}, user={self.user!r}, flags=0x{self.flags:08X})"


def _mic_at(payload: int) -> int | None:
    """The MIC follows VERSION; clients exist that leave VERSION out when it was not negotiated."""
    for at in (72, 64):
        if payload >= at + _MIC_SIZE:
            return at
    return None


def _text(octets: bytes) -> str:
    try:
        return octets.decode("utf-16-le")
    except UnicodeDecodeError as error:
        raise NtlmMessageError(f"a name in the AUTHENTICATE message is no UTF-16 text: {error.reason}") from None
