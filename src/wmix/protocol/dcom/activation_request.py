"""What a client asks an activator for: properties of RemoteCreateInstance and RemoteGetClassObject. [MS-DCOM] 2.2.22.2.

``ActivationRequest`` is the meaning, of which a server takes the class, the interfaces and the protocol sequences; the
other structures are what travels for it.  Properties that a server does not know are ignored.
"""

from __future__ import annotations

from typing import Final

from wmix.protocol.dcom import identifiers as ids
from wmix.protocol.dcom.activation_blob import ActivationBlob, Property
from wmix.protocol.dcom.bindings import NCACN_IP_TCP
from wmix.protocol.dcom.objref import ObjRefCustom, custom_data
from wmix.protocol.dcom.serialization import deserialize, serialize
from wmix.protocol.dcom.versions import COM_5_7, ComVersion
from wmix.protocol.ndr.arrays import Array, FixedArray
from wmix.protocol.ndr.guid import NULL_GUID, Guid
from wmix.protocol.ndr.malformed import MalformedData
from wmix.protocol.ndr.pointers import Reference, Unique
from wmix.protocol.ndr.strings import INTERFACE_POINTER, WIDE_STRING
from wmix.protocol.ndr.structure import Structure, constant, count_of, wire
from wmix.protocol.ndr.types import GUID, U16, U32, U64
from wmix.record import Record

__all__ = [
    "ActivationContextInfoData",
    "ActivationRequest",
    "CoServerInfo",
    "InstanceInfoData",
    "InstantiationInfoData",
    "LocationInfoData",
    "RemoteRequestScmInfo",
    "ScmRequestInfoData",
    "SecurityInfoData",
    "SpecialPropertiesData",
    "SpecialPropertiesDataAlternate",
]

#: RPC_C_IMP_LEVEL_IDENTIFY; ignored by servers.
_IDENTIFY: Final = 2
_ANY_SESSION: Final = 0xFFFFFFFF
#: CLSCTX_LOCAL_SERVER | CLSCTX_REMOTE_SERVER.
_SERVER_CONTEXTS: Final = 0x14
_AUTHN_LEVEL_CONNECT: Final = 2


class InstantiationInfoData(Structure):
    """The class and the interfaces that are asked for. [MS-DCOM] 2.2.22.2.1."""

    class_id: Guid = wire(GUID)
    class_context: int = wire(U32, default=_SERVER_CONTEXTS)
    activation_flags: int = wire(U32, default=0)
    is_surrogate: int = wire(U32, default=0)
    _count = count_of("iids", U32)
    instance_flag: int = wire(U32, default=0)
    iids: tuple[Guid, ...] = wire(Reference(Array(GUID)), default=())
    this_size: int = wire(U32, default=0)
    client_version: ComVersion = wire(ComVersion, default=COM_5_7)


class SpecialPropertiesData(Structure):
    """Session and partition. [MS-DCOM] 2.2.22.2.2."""

    session_id: int = wire(U32, default=_ANY_SESSION)
    remote_this_session: int = wire(U32, default=0)
    client_impersonating: int = wire(U32, default=0)
    partition_present: int = wire(U32, default=0)
    default_authn_level: int = wire(U32, default=_AUTHN_LEVEL_CONNECT)
    partition: Guid = wire(GUID, default=NULL_GUID)
    prt_flags: int = wire(U32, default=0)
    original_class_context: int = wire(U32, default=_SERVER_CONTEXTS)
    flags: int = wire(U32, default=0)
    _reserved1 = constant(U32, 0)
    _reserved2 = constant(U64, 0)
    reserved3: tuple[int, ...] = wire(FixedArray(U32, 5), default=(0,) * 5)


class SpecialPropertiesDataAlternate(Structure):
    """The form of older clients. [MS-DCOM] 2.2.22.2.2."""

    wire_name = "SpecialPropertiesData_Alternate"
    session_id: int = wire(U32, default=_ANY_SESSION)
    remote_this_session: int = wire(U32, default=0)
    client_impersonating: int = wire(U32, default=0)
    partition_present: int = wire(U32, default=0)
    default_authn_level: int = wire(U32, default=_AUTHN_LEVEL_CONNECT)
    partition: Guid = wire(GUID, default=NULL_GUID)
    prt_flags: int = wire(U32, default=0)
    original_class_context: int = wire(U32, default=_SERVER_CONTEXTS)
    flags: int = wire(U32, default=0)
    reserved3: tuple[int, ...] = wire(FixedArray(U32, 8), default=(0,) * 8)


class InstanceInfoData(Structure):
    """A persistent object to be loaded; WMI has no use for it. [MS-DCOM] 2.2.22.2.3."""

    file_name: str | None = wire(Unique(WIDE_STRING), default=None)
    mode: int = wire(U32, default=0)
    rot: bytes | None = wire(INTERFACE_POINTER, default=None)
    storage: bytes | None = wire(INTERFACE_POINTER, default=None)


class RemoteRequestScmInfo(Structure):
    """customREMOTE_REQUEST_SCM_INFO: the protocol sequences that the client can use. [MS-DCOM] 2.2.22.2.4.1."""

    wire_name = "customREMOTE_REQUEST_SCM_INFO"
    impersonation_level: int = wire(U32, default=_IDENTIFY)
    _count = count_of("protocol_sequences", U16)
    protocol_sequences: tuple[int, ...] | None = wire(Unique(Array(U16)), default=(NCACN_IP_TCP,))


class ScmRequestInfoData(Structure):
    """[MS-DCOM] 2.2.22.2.4."""

    reserved: int | None = wire(Unique(U32), default=None)
    remote_request: RemoteRequestScmInfo = wire(Reference(RemoteRequestScmInfo), default=RemoteRequestScmInfo())


class ActivationContextInfoData(Structure):
    """The client's context; null is accepted. [MS-DCOM] 2.2.22.2.5."""

    client_ok: int = wire(U32, default=0)
    _reserved1 = constant(U32, 0)
    _reserved2 = constant(U32, 0)
    _reserved3 = constant(U32, 0)
    client_context: bytes | None = wire(INTERFACE_POINTER, default=None)
    prototype_context: bytes | None = wire(INTERFACE_POINTER, default=None)


class LocationInfoData(Structure):
    """[MS-DCOM] 2.2.22.2.6; all of it is null or zero."""

    machine_name: str | None = wire(Unique(WIDE_STRING), default=None)
    process_id: int = wire(U32, default=0)
    apartment_id: int = wire(U32, default=0)
    context_id: int = wire(U32, default=0)


class CoServerInfo(Structure):
    """COSERVERINFO: the name by which the client knows the server. [MS-DCOM] 2.2.22.2.7.1."""

    wire_name = "COSERVERINFO"
    _reserved1 = constant(U32, 0)
    name: str | None = wire(Unique(WIDE_STRING), default=None)
    auth_info: int | None = wire(Unique(U32), default=None)
    _reserved2 = constant(U32, 0)


class SecurityInfoData(Structure):
    """[MS-DCOM] 2.2.22.2.7."""

    authn_flags: int = wire(U32, default=0)
    server_info: CoServerInfo | None = wire(Unique(CoServerInfo), default=None)
    reserved: int | None = wire(Unique(U32), default=None)


class ActivationRequest(Record):
    """A new object of ``class_id``, and these interfaces of it at once."""

    class_id: Guid
    iids: tuple[Guid, ...]
    version: ComVersion = COM_5_7
    protocol_sequences: tuple[int, ...] = (NCACN_IP_TCP,)
    #: Further properties, encoded as they are: SecurityInfo, SpecialSystemProperties.
    others: tuple[Property, ...] = ()

    def encode(self) -> bytes:
        """The octets of the OBJREF that a request carries."""
        info = InstantiationInfoData(self.class_id, iids=self.iids, client_version=self.version)
        info = info.replace(this_size=len(serialize(info)))
        scm = ScmRequestInfoData(remote_request=RemoteRequestScmInfo(protocol_sequences=self.protocol_sequences))
        properties = (
            Property(ids.CLSID_InstantiationInfo, serialize(info)),
            Property(ids.CLSID_ActivationContextInfo, serialize(ActivationContextInfoData())),
            Property(ids.CLSID_ServerLocationInfo, serialize(LocationInfoData())),
            Property(ids.CLSID_ScmRequestInfo, serialize(scm)),
            *self.others,
        )
        blob = ActivationBlob(properties).encode()
        # The reserved field is ignored; native clients and others have the length and eight octets more in it.
        reference = ObjRefCustom(
            ids.IID_IActivationPropertiesIn, ids.CLSID_ActivationPropertiesIn, blob, reserved=len(blob) + 8
        )
        return reference.encode()

    @classmethod
    def decode(cls, objref: bytes) -> ActivationRequest:
        """The request in the octets of an OBJREF.

        Raises:
            MalformedData: it is none, or says not what is to be activated.
        """
        blob = ActivationBlob.decode(custom_data(objref, ids.CLSID_ActivationPropertiesIn))
        octets = blob.find(ids.CLSID_InstantiationInfo)
        if octets is None:
            what = "no InstantiationInfo"
            raise MalformedData(what, position=0, structure="activation properties")
        info = deserialize(InstantiationInfoData, octets)
        sequences: tuple[int, ...] = ()
        if (octets := blob.find(ids.CLSID_ScmRequestInfo)) is not None:
            sequences = deserialize(ScmRequestInfoData, octets).remote_request.protocol_sequences or ()
        written = {
            ids.CLSID_InstantiationInfo,
            ids.CLSID_ActivationContextInfo,
            ids.CLSID_ServerLocationInfo,
            ids.CLSID_ScmRequestInfo,
        }
        others = tuple([item for item in blob.properties if item.clsid not in written])
        return cls(info.class_id, info.iids, info.client_version, sequences, others)
