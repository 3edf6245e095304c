"""IObjectExporter: where exporters are, what is alive, and pings. [MS-DCOM] 3.1.2.5.1.

Answers at every authentication level: clients ask these before they log in.  Statuses are Win32 codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.net.server.stubs import Stub, answers
from wmix.protocol.dcom.object_exporter import (
    OBJECT_EXPORTER,
    ComplexPing,
    ComplexPingReply,
    ResolveOxid,
    ResolveOxid2Reply,
    ResolveOxidReply,
    ServerAlive,
    ServerAlive2Reply,
    SimplePing,
    StatusReply,
)
from wmix.status import OR_INVALID_OXID

if TYPE_CHECKING:
    from wmix.net.server.exporter import ObjectExporter
    from wmix.net.server.incoming import IncomingCall
    from wmix.net.server.ping_sets import PingSets
    from wmix.protocol.ndr.guid import Guid

__all__ = ["Resolver"]

_INVALID_OXID: Final = OR_INVALID_OXID & 0xFFFF


class Resolver(Stub):
    """The object resolver of one exporter.

    Args:
        authn_hint: the least level that the exporter wants.
    """

    def __init__(self, exporter: ObjectExporter, ipid_rem_unknown: Guid, pings: PingSets, authn_hint: int) -> None:
        self._exporter = exporter
        self._ipid = ipid_rem_unknown
        self._pings = pings
        self.authn_hint = authn_hint

    @answers(OBJECT_EXPORTER, "ResolveOxid")
    def resolve_oxid(self, call: IncomingCall, asked: ResolveOxid) -> ResolveOxidReply:
        """Where an exporter is."""
        if asked.oxid != self._exporter.oxid:
            return ResolveOxidReply(status=_INVALID_OXID)
        return ResolveOxidReply(call.channel.bindings.exporter, self._ipid, self.authn_hint)

    @answers(OBJECT_EXPORTER, "ResolveOxid2")
    def resolve_oxid2(self, call: IncomingCall, asked: ResolveOxid) -> ResolveOxid2Reply:
        """The same, with the version that the exporter speaks."""
        if asked.oxid != self._exporter.oxid:
            return ResolveOxid2Reply(status=_INVALID_OXID)
        return ResolveOxid2Reply(call.channel.bindings.exporter, self._ipid, self.authn_hint)

    @answers(OBJECT_EXPORTER, "SimplePing")
    def simple_ping(self, call: IncomingCall, asked: SimplePing) -> StatusReply:
        """Everything in a set is in use."""
        del call
        return StatusReply(self._pings.simple(asked.set_id))

    @answers(OBJECT_EXPORTER, "ComplexPing")
    def complex_ping(self, call: IncomingCall, asked: ComplexPing) -> ComplexPingReply:
        """A new set, or changes to one."""
        del call
        set_id, status = self._pings.complex(asked.set_id, asked.sequence, asked.added or (), asked.deleted or ())
        return ComplexPingReply(set_id, 0, status)

    @answers(OBJECT_EXPORTER, "ServerAlive")
    def server_alive(self, call: IncomingCall, asked: ServerAlive) -> StatusReply:
        """Whether anybody is there."""
        del call, asked
        return StatusReply()

    @answers(OBJECT_EXPORTER, "ServerAlive2")
    def server_alive2(self, call: IncomingCall, asked: ServerAlive) -> ServerAlive2Reply:
        """The same, with the version and the addresses of the resolver."""
        del asked
        return ServerAlive2Reply(bindings=call.channel.bindings.resolver)
