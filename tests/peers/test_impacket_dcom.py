"""impacket's client against DCOM answers of this package: resolving, pings, activation in both forms, references.

impacket shares no code with this package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from impacket.dcerpc.v5 import dcomrt
from impacket.dcerpc.v5.dtypes import NULL
from impacket.dcerpc.v5.rpcrt import DCERPCException

from octet_vectors import vector
from peers.memory_transport import connected
from wmix import status
from wmix.protocol.dcom import identifiers as ids
from wmix.protocol.dcom.activation_reply import ActivatedInterface, ActivationReply, RemoteReplyScmInfo
from wmix.protocol.dcom.activation_request import ActivationRequest
from wmix.protocol.dcom.bindings import NCACN_IP_TCP, NCACN_NP, DualStringArray, SecurityBinding, StringBinding
from wmix.protocol.dcom.legacy_activation import RemoteActivation, RemoteActivationReply
from wmix.protocol.dcom.object_exporter import (
    ComplexPing,
    ComplexPingReply,
    ResolveOxid,
    ResolveOxid2Reply,
    ResolveOxidReply,
    ServerAlive2Reply,
    SimplePing,
    StatusReply,
)
from wmix.protocol.dcom.objref import ObjRefStandard, StdObjRef, decode_objref
from wmix.protocol.dcom.orpc import decode_call, encode_answer
from wmix.protocol.dcom.rem_unknown import (
    RemAddRef,
    RemAddRefReply,
    RemInterfaceRef,
    RemQiResult,
    RemQueryInterface,
    RemQueryInterfaceReply,
    RemRelease,
    RemReleaseReply,
)
from wmix.protocol.dcom.scm_activator import ActivationAnswer, RemoteCreateInstance, RemoteGetClassObject
from wmix.protocol.dcom.versions import COM_5_7
from wmix.protocol.ndr.guid import Guid

if TYPE_CHECKING:
    from wmix.protocol.ndr.parameters import Parameters
    from wmix.protocol.rpc.events import CallReceived

CLASS = Guid.parse("8BC3F05E-D86B-11D0-A075-00C04FB68820")
LOGIN = Guid.parse("F309AD18-D86A-11D0-A075-00C04FB68820")
IPID = Guid.parse("00008800-1A68-01CC-1122-334455667788")
OXID = 0x1122334455667788
OID = 0x8899AABBCCDDEEFF
BINDINGS = DualStringArray(
    (StringBinding(NCACN_NP, "\\\\SRV1[\\PIPE\\atsvc]"), StringBinding(NCACN_IP_TCP, "192.0.2.1[49664]")),
    (SecurityBinding(9), SecurityBinding(10, "SRV1$"), SecurityBinding(16)),
)
STD = StdObjRef(0, 5, OXID, OID, IPID)
OBJREF = ObjRefStandard(LOGIN, STD, BINDINGS)

P = TypeVar("P", bound="Parameters")


def texts(bindings: Any) -> list[str]:
    return [str(binding["aNetworkAddr"]).rstrip("\0") for binding in bindings]


# IObjectExporter


def test_a_server_is_alive_in_both_ways() -> None:
    answers = {3: StatusReply(), 5: ServerAlive2Reply(bindings=BINDINGS)}
    client, transport = connected(lambda call: answers[call.opnum].encode())
    exporter = dcomrt.IObjectExporter(client)
    exporter.ServerAlive()
    assert texts(exporter.ServerAlive2()) == ["\\\\SRV1[\\PIPE\\atsvc]", "192.0.2.1[49664]"]
    assert [call.object for call in transport.calls] == [None, None]


def test_an_oxid_is_resolved_in_both_ways() -> None:
    def answer(call: CallReceived) -> bytes:
        assert ResolveOxid.decode(call.stub) == ResolveOxid(OXID, (NCACN_IP_TCP,))
        reply = ResolveOxid2Reply(BINDINGS, IPID, 5) if call.opnum == 4 else ResolveOxidReply(BINDINGS, IPID, 5)
        return reply.encode()

    client, _ = connected(answer)
    exporter = dcomrt.IObjectExporter(client)
    for bindings in (exporter.ResolveOxid(OXID, (7,)), exporter.ResolveOxid2(OXID, (7,))):
        assert texts(bindings) == ["\\\\SRV1[\\PIPE\\atsvc]", "192.0.2.1[49664]"]


def test_pings_say_what_is_in_use() -> None:
    seen: list[Parameters] = []

    def answer(call: CallReceived) -> bytes:
        seen.append((SimplePing if call.opnum == 1 else ComplexPing).decode(call.stub))
        return (StatusReply() if call.opnum == 1 else ComplexPingReply(0x4711)).encode()

    client, _ = connected(answer)
    exporter = dcomrt.IObjectExporter(client)
    pinged = exporter.ComplexPing(0, 0, [OID, 0], [])
    assert pinged["pSetId"] == 0x4711
    exporter.SimplePing(0x4711)
    assert seen[0].replace(sequence=0, deleted=None) == ComplexPing(added=(OID, 0))
    assert seen[1] == SimplePing(0x4711)


def test_a_status_of_the_resolver_is_an_error() -> None:
    client, _ = connected(lambda call: StatusReply(status.OR_INVALID_SET & 0xFFFF).encode())
    with pytest.raises(DCERPCException) as caught:
        dcomrt.IObjectExporter(client).SimplePing(1)
    assert caught.value.error_code == 0x778


# activation


def activated(call: CallReceived) -> bytes:
    """Activate as IRemoteSCMActivator does."""
    kind: Any = RemoteCreateInstance if call.opnum == 4 else RemoteGetClassObject
    this, parameters = decode_call(kind, call.stub)
    assert this.version == COM_5_7
    assert parameters.properties is not None
    request = ActivationRequest.decode(parameters.properties)
    assert request.class_id == CLASS
    assert request.protocol_sequences == (NCACN_IP_TCP,)
    (iid,) = request.iids
    exporter = RemoteReplyScmInfo(OXID, BINDINGS, IPID, 5, COM_5_7)
    reply = ActivationReply((ActivatedInterface(iid, 0, OBJREF.encode()),), exporter)
    return encode_answer(ActivationAnswer(reply.encode()))


@pytest.mark.parametrize("method", ["RemoteCreateInstance", "RemoteGetClassObject"])
def test_an_object_is_activated(method: str) -> None:
    client, transport = connected(activated)
    interface = getattr(dcomrt.IRemoteSCMActivator(client), method)(bytes(CLASS), bytes(LOGIN) + bytes(4))
    assert interface.get_iPid() == bytes(IPID)
    assert interface.get_oxid() == OXID
    assert interface.get_ipidRemUnknown() == bytes(IPID)
    assert texts(interface.get_cinstance().get_string_bindings()) == [b.address for b in BINDINGS.strings]
    assert interface.get_cinstance().get_auth_level() == 5
    assert transport.calls[0].object is None


def test_an_object_is_activated_in_the_older_way() -> None:
    def answer(call: CallReceived) -> bytes:
        _, request = decode_call(RemoteActivation, call.stub)
        assert request == RemoteActivation(
            CLASS, impersonation_level=request.impersonation_level, iids=(LOGIN,), protocol_sequences=(7,)
        )
        reply = RemoteActivationReply(OXID, BINDINGS, IPID, 5, interfaces=(OBJREF.encode(),), results=(0,))
        return encode_answer(reply)

    client, _ = connected(answer)
    interface = dcomrt.IActivation(client).RemoteActivation(bytes(CLASS), bytes(LOGIN) + bytes(4))
    assert interface.get_iPid() == bytes(IPID)
    assert interface.get_oxid() == OXID


def test_a_refused_activation_is_its_result() -> None:
    answer = encode_answer(ActivationAnswer(None, status.REGDB_E_CLASSNOTREG))
    client, _ = connected(lambda call: answer)
    with pytest.raises(DCERPCException) as caught:
        dcomrt.IRemoteSCMActivator(client).RemoteCreateInstance(bytes(CLASS), bytes(LOGIN) + bytes(4))
    assert caught.value.error_code == status.REGDB_E_CLASSNOTREG


def test_the_vector_of_an_activation_is_what_impacket_reads() -> None:
    call = dcomrt.RemoteCreateInstance(vector("dcom", "remote_create_instance"))
    assert call["ORPCthis"]["version"]["MinorVersion"] == 7
    objref = dcomrt.OBJREF_CUSTOM(b"".join(call["pActProperties"]["abData"]))
    blob = dcomrt.ACTIVATION_BLOB(objref["pObjectData"])
    assert [size["Data"] for size in blob["CustomHeader"]["pSizes"]] == [0x58, 0x28, 0x20, 0x30]
    info = dcomrt.InstantiationInfoData()
    octets = blob["Property"][:0x58]
    info.fromStringReferents(octets[info.fromString(octets) :])
    assert (info["classId"], info["cIID"], info["thisSize"]) == (bytes(CLASS), 1, 0x58)


# references


def filled(call: Any) -> Any:
    """A request of impacket with its ORPCTHIS."""
    call["ORPCthis"]["cid"] = bytes(16)
    call["ORPCthis"]["extensions"] = NULL
    call["ORPCthis"]["flags"] = 0
    return call


def reference(kind: Any, references: Any) -> Any:
    """A request of impacket that counts references."""
    call = filled(kind)
    call["cInterfaceRefs"] = len(references)
    for ipid, public in references:
        item = dcomrt.REMINTERFACEREF()
        item["ipid"], item["cPublicRefs"], item["cPrivateRefs"] = ipid, public, 0
        call["InterfaceRefs"].append(item)
    return call


def test_references_are_counted() -> None:
    expected = (RemInterfaceRef(IPID, 5), RemInterfaceRef(IPID, 1))
    pairs = [(bytes(IPID), 5), (bytes(IPID), 1)]
    _, added = decode_call(RemAddRef, reference(dcomrt.RemAddRef(), pairs).getData())
    assert added == RemAddRef(expected)
    _, released = decode_call(RemRelease, reference(dcomrt.RemRelease(), pairs).getData())
    assert released == RemRelease(expected)
    answer = dcomrt.RemAddRefResponse(encode_answer(RemAddRefReply((0, 1), 0)))
    assert [result["Data"] for result in answer["pResults"]] == [0, 1]
    assert dcomrt.RemReleaseResponse(encode_answer(RemReleaseReply(7)))["ErrorCode"] == 7


def test_further_interfaces_are_asked_for() -> None:
    call = filled(dcomrt.RemQueryInterface())
    call["ripid"], call["cRefs"], call["cIids"] = bytes(IPID), 1, 1
    iid = dcomrt.IID()
    iid["Data"] = bytes(LOGIN)
    call["iids"].append(iid)
    _, request = decode_call(RemQueryInterface, call.getData())
    assert request == RemQueryInterface(IPID, 1, (LOGIN,))
    answer = dcomrt.RemQueryInterfaceResponse(encode_answer(RemQueryInterfaceReply((RemQiResult(0, STD),))))
    assert answer["ppQIResults"]["std"]["ipid"] == bytes(IPID)


def test_object_references_go_both_ways() -> None:
    read = dcomrt.OBJREF_STANDARD(OBJREF.encode())
    assert (read["std"]["oxid"], read["std"]["oid"], read["std"]["ipid"]) == (OXID, OID, bytes(IPID))
    assert read["std"]["cPublicRefs"] == 5
    assert decode_objref(read.getData()) == OBJREF
    custom = dcomrt.OBJREF_CUSTOM(vector("dcom", "objref_custom"))
    assert custom["pObjectData"] == b"xV4\x12\0"
    assert custom.getData() == vector("dcom", "objref_custom")
    handler = dcomrt.OBJREF_HANDLER(vector("dcom", "objref_handler"))
    assert handler["std"]["flags"] == 0x1000
    assert handler["clsid"] == bytes(ids.CLSID_ContextExtension)
