"""A transport that lets impacket's client talk to a server association in the same process, without a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from impacket.dcerpc.v5.rpcrt import DCERPC_v5
from impacket.dcerpc.v5.transport import DCERPCTransport

from wmix.protocol.rpc.events import BindReceived, CallReceived
from wmix.protocol.rpc.presentation import judge_contexts
from wmix.protocol.rpc.server import ServerAssociation

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.protocol.rpc.association import AssociationLimits

__all__ = ["MemoryTransport", "connected"]


class MemoryTransport(DCERPCTransport):  # type: ignore[misc]  # impacket has no types
    """Gives what impacket sends to the association; *answer* makes the stub of a reply, or the status of a fault."""

    def __init__(self, answer: Callable[[CallReceived], bytes | int], limits: AssociationLimits | None = None) -> None:
        super().__init__("192.0.2.1", 135)
        self._limits = limits
        self.association = ServerAssociation(limits)
        self.calls: list[CallReceived] = []
        self._answer = answer
        self._received = b""

    def connect(self) -> int:
        """Begin anew: a connection has one association."""
        self.association = ServerAssociation(self._limits)
        return 1

    def send(self, data: bytes, forceWriteAndx: int = 0, forceRecv: int = 0) -> None:
        """Take octets of the client, and act on what they mean."""
        self.association.receive_data(data)
        events = self.association.events()
        while events:
            for event in events:
                self._act(event)
            events = self.association.events()
        self._received += b"".join(self.association.data_to_send())

    def _act(self, event: object) -> None:
        if isinstance(event, BindReceived):
            results = judge_contexts(event.contexts, lambda syntax: bool(any(syntax.uuid)), 0)
            self.association.accept(results, group_id=0x1234, secondary_address="" if event.is_alter else "135")
        elif isinstance(event, CallReceived):
            self.calls.append(event)
            answer = self._answer(event)
            if isinstance(answer, int):
                self.association.fault(event.call_id, answer)
            else:
                self.association.reply(event.call_id, answer)

    def recv(self, forceRecv: int = 0, count: int = 0) -> bytes:
        """Octets for the client: *count* of them, or all."""
        count = count or len(self._received)
        octets, self._received = self._received[:count], self._received[count:]
        return octets


def connected(
    answer: Callable[[CallReceived], bytes | int], limits: AssociationLimits | None = None
) -> tuple[Any, MemoryTransport]:
    """impacket's client, not yet bound, and the transport that it uses."""
    transport = MemoryTransport(answer, limits)
    return DCERPC_v5(transport), transport
