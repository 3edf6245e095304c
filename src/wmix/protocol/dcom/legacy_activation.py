"""IActivation: activation with everything as plain parameters, on port 135. [MS-DCOM] 3.1.2.5.2.3.1.

Older than IRemoteSCMActivator, with the same outcome in the same number of trips; a server offers both, because clients
exist that know only this one.
"""

from __future__ import annotations

from typing import Final

from wmix.protocol.dcom.bindings import DUAL_STRING_ARRAY, NCACN_IP_TCP, DualStringArray
from wmix.protocol.dcom.identifiers import IID_IActivation
from wmix.protocol.dcom.methods import Interface, Method
from wmix.protocol.dcom.versions import COM_5_7, ComVersion
from wmix.protocol.ndr.arrays import Array
from wmix.protocol.ndr.guid import NULL_GUID, Guid
from wmix.protocol.ndr.parameters import Parameters
from wmix.protocol.ndr.pointers import Unique
from wmix.protocol.ndr.strings import INTERFACE_POINTER, WIDE_STRING
from wmix.protocol.ndr.structure import count_of, wire
from wmix.protocol.ndr.types import GUID, U16, U32, U64

__all__ = ["ACTIVATION", "MODE_GET_CLASS_OBJECT", "RemoteActivation", "RemoteActivationReply"]

#: ``mode`` of a request for a class object instead of an object.
MODE_GET_CLASS_OBJECT: Final = 0xFFFFFFFF


class RemoteActivation(Parameters):
    """Opnum 0, in."""

    class_id: Guid = wire(GUID)
    object_name: str | None = wire(Unique(WIDE_STRING), default=None)
    storage: bytes | None = wire(INTERFACE_POINTER, default=None)
    impersonation_level: int = wire(U32, default=2)
    mode: int = wire(U32, default=0)
    _count = count_of("iids", U32)
    iids: tuple[Guid, ...] | None = wire(Unique(Array(GUID)), default=None)
    _sequences = count_of("protocol_sequences", U16)
    protocol_sequences: tuple[int, ...] = wire(Array(U16), default=(NCACN_IP_TCP,))


class RemoteActivationReply(Parameters):
    """Opnum 0, out; ``hresult`` is that of the object's creation, ``status`` that of the call."""

    wire_name = "RemoteActivation"
    oxid: int = wire(U64, default=0)
    bindings: DualStringArray | None = wire(Unique(DUAL_STRING_ARRAY), default=None)
    ipid_rem_unknown: Guid = wire(GUID, default=NULL_GUID)
    authn_hint: int = wire(U32, default=0)
    server_version: ComVersion = wire(ComVersion, default=COM_5_7)
    hresult: int = wire(U32, default=0)
    interfaces: tuple[bytes | None, ...] = wire(Array(INTERFACE_POINTER), default=())
    results: tuple[int, ...] = wire(Array(U32), default=())
    status: int = wire(U32, default=0)


ACTIVATION: Final = Interface(
    "IActivation", IID_IActivation, (Method("RemoteActivation", 0, RemoteActivation, RemoteActivationReply),)
)
