"""IObjectExporter: resolving exporters and pinging objects, on port 135. [MS-DCOM] 3.1.2.5.1.

Plain RPC without ORPCTHIS.  ``status`` is a Win32 code: OR_INVALID_OXID, OR_INVALID_OID, OR_INVALID_SET without their
8007.
"""

from __future__ import annotations

from typing import Final

from wmix.protocol.dcom.bindings import DUAL_STRING_ARRAY, NCACN_IP_TCP, DualStringArray
from wmix.protocol.dcom.identifiers import IID_IObjectExporter
from wmix.protocol.dcom.methods import Interface, Method
from wmix.protocol.dcom.versions import COM_5_7, ComVersion
from wmix.protocol.ndr.arrays import Array
from wmix.protocol.ndr.guid import NULL_GUID, Guid
from wmix.protocol.ndr.parameters import Parameters
from wmix.protocol.ndr.pointers import Unique
from wmix.protocol.ndr.structure import count_of, wire
from wmix.protocol.ndr.types import GUID, U16, U32, U64

__all__ = [
    "OBJECT_EXPORTER",
    "ComplexPing",
    "ComplexPingReply",
    "ResolveOxid",
    "ResolveOxid2Reply",
    "ResolveOxidReply",
    "ServerAlive",
    "ServerAlive2Reply",
    "SimplePing",
    "StatusReply",
]


class StatusReply(Parameters):
    """Nothing but a status."""

    status: int = wire(U32, default=0)


class ResolveOxid(Parameters):
    """Opnums 0 and 4, in: where is the exporter?"""

    oxid: int = wire(U64)
    _count = count_of("protocol_sequences", U16)
    protocol_sequences: tuple[int, ...] = wire(Array(U16), default=(NCACN_IP_TCP,))


class ResolveOxidReply(Parameters):
    """Opnum 0, out; the bindings have ports."""

    wire_name = "ResolveOxid"
    bindings: DualStringArray | None = wire(Unique(DUAL_STRING_ARRAY), default=None)
    ipid_rem_unknown: Guid = wire(GUID, default=NULL_GUID)
    authn_hint: int = wire(U32, default=0)
    status: int = wire(U32, default=0)


class ResolveOxid2Reply(Parameters):
    """Opnum 4, out: with the version of the exporter."""

    wire_name = "ResolveOxid2"
    bindings: DualStringArray | None = wire(Unique(DUAL_STRING_ARRAY), default=None)
    ipid_rem_unknown: Guid = wire(GUID, default=NULL_GUID)
    authn_hint: int = wire(U32, default=0)
    version: ComVersion = wire(ComVersion, default=COM_5_7)
    status: int = wire(U32, default=0)


class SimplePing(Parameters):
    """Opnum 1, in: everything in this set is still in use."""

    set_id: int = wire(U64)


class ComplexPing(Parameters):
    """Opnum 2, in: a new set (``set_id`` 0) or changes to one; ``sequence`` grows by one with each."""

    set_id: int = wire(U64, default=0)
    sequence: int = wire(U16, default=0)
    _count_added = count_of("added", U16)
    _count_deleted = count_of("deleted", U16)
    added: tuple[int, ...] | None = wire(Unique(Array(U64)), default=None)
    deleted: tuple[int, ...] | None = wire(Unique(Array(U64)), default=None)


class ComplexPingReply(Parameters):
    """Opnum 2, out."""

    wire_name = "ComplexPing"
    set_id: int = wire(U64, default=0)
    backoff: int = wire(U16, default=0)
    status: int = wire(U32, default=0)


class ServerAlive(Parameters):
    """Opnums 3 and 5, in: nothing."""


class ServerAlive2Reply(Parameters):
    """Opnum 5, out: the version and the addresses of the resolver, without ports."""

    wire_name = "ServerAlive2"
    version: ComVersion = wire(ComVersion, default=COM_5_7)
    bindings: DualStringArray | None = wire(Unique(DUAL_STRING_ARRAY), default=None)
    reserved: int = wire(U32, default=0)
    status: int = wire(U32, default=0)


OBJECT_EXPORTER: Final = Interface(
    "IObjectExporter",
    IID_IObjectExporter,
    (
        Method("ResolveOxid", 0, ResolveOxid, ResolveOxidReply, is_orpc=False),
        Method("SimplePing", 1, SimplePing, StatusReply, is_orpc=False),
        Method("ComplexPing", 2, ComplexPing, ComplexPingReply, is_orpc=False),
        Method("ServerAlive", 3, ServerAlive, StatusReply, is_orpc=False),
        Method("ResolveOxid2", 4, ResolveOxid, ResolveOxid2Reply, is_orpc=False),
        Method("ServerAlive2", 5, ServerAlive, ServerAlive2Reply, is_orpc=False),
    ),
)
