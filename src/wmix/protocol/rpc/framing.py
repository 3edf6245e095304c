"""Where one PDU ends and the next begins in the octets of a connection. [C706] 12.6.3.1 (frag_length).

Any division of the stream into pieces gives the same PDUs.  What cannot be the beginning of a PDU is refused after its
first octets, and nothing is kept beyond one PDU of the greatest length that was announced.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from wmix.protocol.ndr.malformed import MalformedData
from wmix.protocol.rpc.pdu_types import HEADER_SIZE, LITTLE_ENDIAN, RPC_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PduStream"]

_LENGTH: Final = Struct("<H")
_LENGTH_AT: Final = 8
#: Octets that tell whether this is RPC, and how long it is.
_PREFIX: Final = 10


class PduStream:
    """Octets that have arrived and were not yet taken as PDUs.

    Args:
        most_octets: the longest PDU that is accepted, at most 65,535.
    """

    __slots__ = ("_buffer", "most_octets")

    def __init__(self, most_octets: int) -> None:
        self._buffer = bytearray()
        self.most_octets = most_octets

    def feed(self, data: bytes) -> None:
        """Take octets as they came."""
        self._buffer += data

    @property
    def pending(self) -> int:
        """How many octets wait for the rest of their PDU, or for being taken."""
        return len(self._buffer)

    def __iter__(self) -> Iterator[bytes]:
        while (pdu := self.next_pdu()) is not None:
            yield pdu

    def next_pdu(self) -> bytes | None:
        """The next whole PDU; None when it has not arrived.

        Raises:
            MalformedData: the octets are no PDU, or it is too long.
        """
        buffer = self._buffer
        if buffer and buffer[0] != RPC_VERSION:
            raise self._malformed(f"version {buffer[0]} is not spoken", "rpc_vers", 0)
        if len(buffer) < _PREFIX:
            return None
        if buffer[4] != LITTLE_ENDIAN[0]:
            raise self._malformed("only little-endian data is spoken", "packed_drep", 4)
        (length,) = _LENGTH.unpack_from(buffer, _LENGTH_AT)
        if not HEADER_SIZE <= length <= self.most_octets:
            raise self._malformed(
                f"a length of {length}, between {HEADER_SIZE} and {self.most_octets} is possible",
                "frag_length",
                _LENGTH_AT,
            )
        if len(buffer) < length:
            return None
        pdu = bytes(buffer[:length])
        del buffer[:length]
        return pdu

    @staticmethod
    def _malformed(what: str, field: str, position: int) -> MalformedData:
        return MalformedData(what, position=position, structure="header", field=field)
