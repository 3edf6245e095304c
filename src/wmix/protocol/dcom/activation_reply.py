"""What an activator answers: references to the new object, and where its exporter is. [MS-DCOM] 2.2.22.2.8, 2.2.22.2.9.

Exactly two properties are sent, PropsOutInfo and then ScmReplyInfo: widely used clients take them by their position.
"""

from __future__ import annotations

from wmix.protocol.dcom import identifiers as ids
from wmix.protocol.dcom.activation_blob import ActivationBlob, Property
from wmix.protocol.dcom.bindings import DUAL_STRING_ARRAY, DualStringArray
from wmix.protocol.dcom.objref import ObjRefCustom, custom_data
from wmix.protocol.dcom.serialization import deserialize, serialize
from wmix.protocol.dcom.versions import COM_5_7, ComVersion
from wmix.protocol.ndr.arrays import Array
from wmix.protocol.ndr.guid import NULL_GUID, Guid
from wmix.protocol.ndr.malformed import MalformedData
from wmix.protocol.ndr.pointers import Reference, Unique
from wmix.protocol.ndr.strings import INTERFACE_POINTER
from wmix.protocol.ndr.structure import Structure, count_of, wire
from wmix.protocol.ndr.types import GUID, U32, U64
from wmix.record import Record

__all__ = ["ActivatedInterface", "ActivationReply", "PropsOutInfo", "RemoteReplyScmInfo", "ScmReplyInfoData"]


class PropsOutInfo(Structure):
    """Three parallel arrays: interfaces, results, references. [MS-DCOM] 2.2.22.2.9."""

    _count = count_of("iids", U32)
    iids: tuple[Guid, ...] = wire(Reference(Array(GUID)))
    results: tuple[int, ...] = wire(Reference(Array(U32)))
    interfaces: tuple[bytes | None, ...] = wire(Reference(Array(INTERFACE_POINTER)))


class RemoteReplyScmInfo(Structure):
    """customREMOTE_REPLY_SCM_INFO: the exporter of the object. [MS-DCOM] 2.2.22.2.8.1."""

    wire_name = "customREMOTE_REPLY_SCM_INFO"
    oxid: int = wire(U64, default=0)
    bindings: DualStringArray | None = wire(Unique(DUAL_STRING_ARRAY), default=None)
    ipid_rem_unknown: Guid = wire(GUID, default=NULL_GUID)
    authn_hint: int = wire(U32, default=0)
    server_version: ComVersion = wire(ComVersion, default=COM_5_7)


class ScmReplyInfoData(Structure):
    """[MS-DCOM] 2.2.22.2.8."""

    reserved: int | None = wire(Unique(U32), default=None)
    remote_reply: RemoteReplyScmInfo = wire(Reference(RemoteReplyScmInfo), default=RemoteReplyScmInfo())


class ActivatedInterface(Record):
    """One of the interfaces that were asked for: its reference, or why there is none."""

    iid: Guid
    result: int = 0
    #: Octets of an OBJREF.
    reference: bytes | None = None


class ActivationReply(Record):
    """The interfaces in the order of the request, and the exporter that holds them."""

    interfaces: tuple[ActivatedInterface, ...]
    exporter: RemoteReplyScmInfo

    def encode(self) -> bytes:
        """The octets of the OBJREF that a reply carries."""
        out = PropsOutInfo(
            tuple([item.iid for item in self.interfaces]),
            tuple([item.result for item in self.interfaces]),
            tuple([item.reference for item in self.interfaces]),
        )
        properties = (
            Property(ids.CLSID_PropsOutInfo, serialize(out)),
            Property(ids.CLSID_ScmReplyInfo, serialize(ScmReplyInfoData(remote_reply=self.exporter))),
        )
        blob = ActivationBlob(properties).encode()
        reference = ObjRefCustom(
            ids.IID_IActivationPropertiesOut, ids.CLSID_ActivationPropertiesOut, blob, reserved=len(blob) + 8
        )
        return reference.encode()

    @classmethod
    def decode(cls, objref: bytes) -> ActivationReply:
        """The reply in the octets of an OBJREF.

        Raises:
            MalformedData: it is none, or a property is missing.
        """
        blob = ActivationBlob.decode(custom_data(objref, ids.CLSID_ActivationPropertiesOut))
        octets, scm = blob.find(ids.CLSID_PropsOutInfo), blob.find(ids.CLSID_ScmReplyInfo)
        if octets is None or scm is None:
            what = "no PropsOutInfo" if octets is None else "no ScmReplyInfo"
            raise MalformedData(what, position=0, structure="activation properties")
        out = deserialize(PropsOutInfo, octets)
        if not len(out.iids) == len(out.results) == len(out.interfaces):
            what = f"{len(out.iids)} interfaces, {len(out.results)} results, {len(out.interfaces)} references"
            raise MalformedData(what, position=0, structure="PropsOutInfo", field="cIfs")
        rows = zip(out.iids, out.results, out.interfaces, strict=True)
        interfaces = tuple([ActivatedInterface(*row) for row in rows])
        return cls(interfaces, deserialize(ScmReplyInfoData, scm).remote_reply)
