"""NegTokenInit and NegTokenResp, the two messages of SPNEGO, in DER. RFC 4178 section 4.2, [MS-SPNG] 2.2.1.

Read strictly, with every length checked against the octets that are there; fields that nobody here uses are skipped.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

from wmix import status
from wmix.errors import AuthError
from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = [
    "KERBEROS_OIDS",
    "KRB5",
    "MS_KERBEROS",
    "NTLMSSP",
    "NegState",
    "NegTokenInit",
    "NegTokenResp",
    "bare_token",
    "is_spnego",
]

#: Mechanisms as the contents of their object identifiers.
SPNEGO: Final = bytes.fromhex("2b0601050502")
KRB5: Final = bytes.fromhex("2a864886f712010202")
#: Kerberos as Windows 2000 wrote it by mistake; Windows offers it first until today.
MS_KERBEROS: Final = bytes.fromhex("2a864882f712010202")
NTLMSSP: Final = bytes.fromhex("2b06010401823702020a")
KERBEROS_OIDS: Final = frozenset({KRB5, MS_KERBEROS})

_APPLICATION: Final = 0x60
_SEQUENCE: Final = 0x30
_OID: Final = 0x06
_OCTETS: Final = 0x04
_ENUMERATED: Final = 0x0A
_INIT: Final = 0xA0
_RESP: Final = 0xA1
_MOST_MECHANISMS: Final = 64


class NegState(IntEnum):
    """How far a negotiation is, section 4.2.2."""

    ACCEPT_COMPLETED = 0
    ACCEPT_INCOMPLETE = 1
    REJECT = 2
    REQUEST_MIC = 3


class NegTokenInit(Record):
    """The client's first message: what it can, in its order of preference, and a token of the first."""

    mechanisms: tuple[bytes, ...]
    token: bytes | None = None
    #: The list as it stands in the message, which the MIC covers.
    list_octets: bytes = b""

    def encode(self) -> bytes:
        """The message in the frame of a GSS-API token."""
        fields = _tagged(0xA0, self.encoded_list)
        if self.token is not None:
            fields += _tagged(0xA2, _tagged(_OCTETS, self.token))
        return _tagged(_APPLICATION, _tagged(_OID, SPNEGO) + _tagged(_INIT, _tagged(_SEQUENCE, fields)))

    @property
    def encoded_list(self) -> bytes:
        """The list of mechanisms, which the MIC covers."""
        return self.list_octets or _tagged(_SEQUENCE, b"".join(_tagged(_OID, oid) for oid in self.mechanisms))

    @classmethod
    def decode(cls, message: bytes) -> NegTokenInit:
        """Read a message.

        Raises:
            AuthError: it is none.
        """
        inside = dict(_elements(_only(message, _APPLICATION)))
        if inside.get(_OID) != SPNEGO or _INIT not in inside:
            raise _malformed("no NegTokenInit of SPNEGO")
        fields = dict(_elements(_only(inside[_INIT], _SEQUENCE)))
        listed = fields.get(0xA0, b"")
        mechanisms = [value for tag, value in _elements(_only(listed, _SEQUENCE)) if tag == _OID]
        if not 1 <= len(mechanisms) <= _MOST_MECHANISMS:
            raise _malformed(f"a list of {len(mechanisms)} mechanisms")
        token = _only(fields[0xA2], _OCTETS) if 0xA2 in fields else None
        return cls(tuple(mechanisms), token, listed)


class NegTokenResp(Record):
    """Every later message, of both sides."""

    state: int | None = None
    mechanism: bytes | None = None
    token: bytes | None = None
    mic: bytes | None = None

    def encode(self) -> bytes:
        """The message, which has no frame."""
        fields = b""
        if self.state is not None:
            fields += _tagged(0xA0, _tagged(_ENUMERATED, bytes((self.state,))))
        if self.mechanism is not None:
            fields += _tagged(0xA1, _tagged(_OID, self.mechanism))
        if self.token is not None:
            fields += _tagged(0xA2, _tagged(_OCTETS, self.token))
        if self.mic is not None:
            fields += _tagged(0xA3, _tagged(_OCTETS, self.mic))
        return _tagged(_RESP, _tagged(_SEQUENCE, fields))

    @classmethod
    def decode(cls, message: bytes) -> NegTokenResp:
        """Read a message.

        Raises:
            AuthError: it is none.
        """
        fields = dict(_elements(_only(_only(message, _RESP), _SEQUENCE)))
        state = _state(_only(fields[0xA0], _ENUMERATED)) if 0xA0 in fields else None
        mechanism = _only(fields[0xA1], _OID) if 0xA1 in fields else None
        token = _only(fields[0xA2], _OCTETS) if 0xA2 in fields else None
        mic = _only(fields[0xA3], _OCTETS) if 0xA3 in fields else None
        # Old servers repeat the token in the place of the MIC.
        return cls(state, mechanism, token or None, None if mic == token else mic)


def _state(octets: bytes) -> NegState:
    """The state that stands in a message; one without octets is none, and not the first of them."""
    if len(octets) != 1 or octets[0] > NegState.REQUEST_MIC:
        raise _malformed(f"the state {octets.hex() or 'of no octets'}, which is none")
    return NegState(octets[0])


def is_spnego(message: bytes) -> bool:
    """Whether a first message is SPNEGO's, and no bare token of a mechanism."""
    return message[:1] == bytes((_APPLICATION,)) and SPNEGO in message[:20]


def bare_token(message: bytes) -> bytes:
    """A mechanism's token without the frame of GSS-API and the two octets that tell its kind, RFC 4121 section 4.1.

    In DCE style the tokens of Kerberos have none ([MS-KILE] 3.4.5.1), but clients exist that put them in one.
    """
    try:
        inside = _only(message, _APPLICATION)
    except AuthError:
        return message
    end = 2 + inside[1] if len(inside) > 1 else 0
    if inside[:1] != bytes((_OID,)) or inside[2:end] not in KERBEROS_OIDS:
        return message
    return inside[end + 2 :]


def _tagged(tag: int, value: bytes) -> bytes:
    length = len(value)
    if length < 0x80:
        return bytes((tag, length)) + value
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + length.to_bytes(size, "big") + value


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and value of everything that stands in *data*, one after the other."""
    position = 0
    while position < len(data):
        if position + 2 > len(data):
            raise _malformed("an element that ends before its length")
        tag, length = data[position], data[position + 1]
        position += 2
        if length & 0x80:
            size = length & 0x7F
            if not 1 <= size <= 3 or position + size > len(data):
                raise _malformed(f"a length of {size} octets")
            length = int.from_bytes(data[position : position + size], "big")
            position += size
        if position + length > len(data):
            raise _malformed(f"an element of {length} octets where {len(data) - position} are left")
        yield tag, data[position : position + length]
        position += length


def _only(data: bytes, tag: int) -> bytes:
    """The value of the one element that *data* is."""
    elements: Sequence[tuple[int, bytes]] = list(_elements(data))
    if len(elements) != 1 or elements[0][0] != tag:
        found = ", ".join(f"{found:02X}" for found, _ in elements) or "nothing"
        raise _malformed(f"{found} where one element {tag:02X} is due")
    return elements[0][1]


def _malformed(what: str) -> AuthError:
    return AuthError(f"a SPNEGO message with {what}", status=status.SEC_E_INVALID_TOKEN)
