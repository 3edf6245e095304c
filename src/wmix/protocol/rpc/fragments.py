"""Stubs in fragments: cutting them for the other side's limit, and putting them together within ours. [C706] 12.6.2.

The limits are those of the receiver, on the octets of one call and of all unfinished calls of a connection; a length
that somebody announces (``alloc_hint``) allocates nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.protocol.ndr.malformed import MalformedData
from wmix.protocol.rpc.pdu_types import PduFlags

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Reassembly", "cut_stub", "fragment_capacity"]

_STUB_ALIGNMENT = 16
# As plain numbers: tests of members of an enumeration cost ten times as much, and every PDU is tested.
_FIRST = int(PduFlags.FIRST_FRAG)
_LAST = int(PduFlags.LAST_FRAG)


def fragment_capacity(max_fragment: int, header_size: int, verifier_size: int) -> int:
    """How many octets of stub one fragment takes: a multiple of 16, so that only a last fragment is padded.

    Args:
        max_fragment: the longest PDU that the other side receives.
        header_size: octets before the stub.
        verifier_size: octets of trailer and token, 0 without.

    Raises:
        ValueError: not even 16 octets fit.
    """
    capacity = (max_fragment - header_size - verifier_size) // _STUB_ALIGNMENT * _STUB_ALIGNMENT
    if capacity < _STUB_ALIGNMENT:
        raise ValueError(f"fragments of {max_fragment} octets leave no room for a stub")
    return capacity


def cut_stub(stub: bytes, capacity: int) -> Iterator[tuple[int, int, bytes]]:
    """The pieces of *stub*: flags, octets from here to the end (the exact ``alloc_hint``), octets of the piece.

    An empty stub is one empty piece.
    """
    total = len(stub)
    if total <= capacity:
        yield _FIRST | _LAST, total, stub
        return
    for start in range(0, total, capacity):
        flags = (_FIRST if start == 0 else 0) | (_LAST if start + capacity >= total else 0)
        yield flags, total - start, stub[start : start + capacity]


class Reassembly:
    """Unfinished stubs of the calls of one connection.

    Args:
        most_octets: of one stub.
        most_pending: of all unfinished stubs together.
    """

    __slots__ = ("_parts", "most_octets", "most_pending", "pending")

    def __init__(self, most_octets: int, most_pending: int) -> None:
        self.most_octets = most_octets
        self.most_pending = most_pending
        #: One buffer a call: a list of pieces would cost a peer little and this side much, for pieces of an octet.
        self._parts: dict[int, bytearray] = {}
        #: Octets of all unfinished stubs.
        self.pending = 0

    def add(self, call_id: int, flags: int, stub: bytes) -> bytes | None:
        """Take one fragment; the whole stub when it was the last one.

        Raises:
            MalformedData: a first fragment of a call under way, another one of no call, or over the limits.
        """
        first = flags & _FIRST
        parts = self._parts.get(call_id)
        if bool(first) == (parts is not None):
            what = "begins again" if first else "goes on but never began"
            raise MalformedData(f"call {call_id} {what}", position=3, structure="header", field="pfc_flags")
        if first and flags & _LAST:
            self._check(len(stub), 0)
            return stub
        if parts is None:
            parts = self._parts[call_id] = bytearray()
        self.pending += len(stub)
        self._check(len(parts) + len(stub), self.pending)
        parts += stub
        if not flags & _LAST:
            return None
        self.drop(call_id)
        return bytes(parts)

    def _check(self, octets: int, pending: int) -> None:
        if octets > self.most_octets or pending > self.most_pending:
            raise MalformedData(f"a stub of {octets} octets or more is over the limit", position=0, structure="stub")

    def is_open(self, call_id: int) -> bool:
        """Whether fragments of the call are missing."""
        return call_id in self._parts

    def __len__(self) -> int:
        """How many calls have not arrived whole."""
        return len(self._parts)

    def drop(self, call_id: int) -> None:
        """Forget what has arrived of a call."""
        if (parts := self._parts.pop(call_id, None)) is not None:
            self.pending -= len(parts)
