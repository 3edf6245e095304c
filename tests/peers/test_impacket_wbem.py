"""impacket reads the WMI messages of this package, and this package reads those of impacket.

impacket shares no code with this package.  What it has wrongly is not asked of it: the count of NextAsync, the pointer
in front of the buffer of a smart reply, and the ``[in, out]`` pointers of OpenNamespace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from impacket.dcerpc.v5.dcom import wmi as peer
from impacket.dcerpc.v5.dcomrt import OBJREF_CUSTOM, OBJREF_STANDARD
from impacket.dcerpc.v5.dtypes import NULL

from octet_vectors import vector
from wmix import status
from wmix.protocol.dcom.bindings import DualStringArray
from wmix.protocol.dcom.objref import ObjRefStandard, StdObjRef, encode_custom
from wmix.protocol.dcom.orpc import decode_call, encode_answer
from wmix.protocol.ndr.guid import Guid
from wmix.protocol.wbem import identifiers as ids
from wmix.protocol.wbem.call_result import GetCallStatusReply, GetResultObjectReply, WaitForResult
from wmix.protocol.wbem.enumerator import Next, NextReply, Skip
from wmix.protocol.wbem.interface_types import ABSENT
from wmix.protocol.wbem.interfaces import WBEM_INTERFACES
from wmix.protocol.wbem.login import EstablishPosition, EstablishPositionReply, NtlmLogin, ServicesReply, SetClientInfo
from wmix.protocol.wbem.object_sink import Indicate, SetStatus
from wmix.protocol.wbem.services import (
    CallResultReply,
    CreateClassEnum,
    CreateInstanceEnum,
    DeleteClass,
    DeleteInstance,
    EnumeratorReply,
    ExecMethod,
    ExecMethodReply,
    ExecNotificationQuery,
    ExecQuery,
    GetObject,
    GetObjectReply,
    PutClass,
    PutInstance,
)
from wmix.protocol.wbem.smart_enum import GetSmartEnumReply, SmartNext

if TYPE_CHECKING:
    from wmix.protocol.ndr.parameters import Parameters

IPID = Guid.parse("00008800-1A68-01CC-1122-334455667788")
REFERENCE = ObjRefStandard(ids.IID_IWbemServices, StdObjRef(0, 5, 1, 2, IPID), DualStringArray())
UNIT = b"\x78\x56\x34\x12unit"
OBJREF = encode_custom(ids.IID_IWbemClassObject, ids.CLSID_WbemClassObject, UNIT)


def stub_of(name: str, **fields: object) -> bytes:
    """The stub of a request that impacket makes as its own client does: strings end in NUL."""
    call: Any = getattr(peer, name)()
    call["ORPCthis"]["cid"] = bytes(16)
    call["ORPCthis"]["extensions"] = NULL
    call["ORPCthis"]["flags"] = 0
    for field, value in fields.items():
        if isinstance(value, str) and field.startswith("str"):
            call[field]["asData"] = value + "\0"
        elif isinstance(value, str):
            call[field] = value + "\0"
        elif isinstance(value, bytes) and field.startswith("p") and field != "proxyGUID":
            call[field]["ulCntData"] = len(value)
            call[field]["abData"] = list(value)
        else:
            call[field] = value
    data: bytes = call.getData()
    return data


CTX: dict[str, object] = {"lFlags": 0x10, "pCtx": NULL}

REQUESTS: list[tuple[bytes, Parameters]] = [
    (
        stub_of("IWbemLevel1Login_NTLMLogin", wszNetworkResource="//./root/cimv2", wszPreferredLocale=NULL, **CTX),
        NtlmLogin("//./root/cimv2", flags=0x10),
    ),
    (stub_of("IWbemLevel1Login_EstablishPosition", reserved1=NULL, reserved2=0), EstablishPosition()),
    (
        stub_of("IWbemLoginClientID_SetClientInfo", wszClientMachine="me", lClientProcId=7, lReserved=0),
        SetClientInfo("me", 7),
    ),
    (
        stub_of("IWbemServices_ExecQuery", strQueryLanguage="WQL", strQuery="SELECT", **CTX),
        ExecQuery("WQL", "SELECT", 0x10),
    ),
    (
        stub_of("IWbemServices_ExecNotificationQuery", strQueryLanguage="WQL", strQuery="SELECT", **CTX),
        ExecNotificationQuery("WQL", "SELECT", 0x10),
    ),
    (
        stub_of("IWbemServices_GetObject", strObjectPath="C", ppObject=NULL, ppCallResult=NULL, **CTX),
        GetObject("C", 0x10, wants_object=False),
    ),
    (
        stub_of("IWbemServices_PutClass", pObject=OBJREF, ppCallResult=NULL, **CTX),
        PutClass(UNIT, 0x10, wants_call_result=True),  # it cannot leave the pointer out
    ),
    (
        stub_of("IWbemServices_PutInstance", pInst=OBJREF, ppCallResult=NULL, **CTX),
        PutInstance(UNIT, 0x10),
    ),
    (stub_of("IWbemServices_DeleteClass", strClass="C", ppCallResult=NULL, **CTX), DeleteClass("C", 0x10)),
    (
        stub_of("IWbemServices_DeleteInstance", strObjectPath="C.K=1", ppCallResult=NULL, **CTX),
        DeleteInstance("C.K=1", 0x10),
    ),
    (stub_of("IWbemServices_CreateClassEnum", strSuperClass="C", **CTX), CreateClassEnum("C", 0x10)),
    (stub_of("IWbemServices_CreateInstanceEnum", strSuperClass="C", **CTX), CreateInstanceEnum("C", 0x10)),
    (
        stub_of(
            "IWbemServices_ExecMethod",
            strObjectPath="C",
            strMethodName="M",
            pInParams=OBJREF,
            ppOutParams=NULL,
            ppCallResult=NULL,
            **CTX,
        ),
        ExecMethod("C", "M", 0x10, None, UNIT, wants_result=False),
    ),
    (stub_of("IEnumWbemClassObject_Next", lTimeout=0xFFFFFFFF, uCount=1), Next(0xFFFFFFFF, 1)),
    (stub_of("IEnumWbemClassObject_Skip", lTimeout=10, uCount=1), Skip(10, 1)),
    (stub_of("IWbemCallResult_GetCallStatus", lTimeout=10), WaitForResult(10)),
    (
        stub_of("IWbemWCOSmartEnum_Next", proxyGUID=bytes(IPID), lTimeout=10, uCount=5),
        SmartNext(IPID, 10, 5),
    ),
    (
        stub_of("IWbemObjectSink_SetStatus", lFlags=0, hResult=1, strParam="path", pObjParam=NULL),
        SetStatus(0, 1, "path"),
    ),
]


@pytest.mark.parametrize(("stub", "expected"), REQUESTS, ids=lambda value: type(value).__name__)
def test_a_request_of_impacket_is_read(stub: bytes, expected: Parameters) -> None:
    assert decode_call(type(expected), stub)[1] == expected


def test_empty_pointers_of_impacket_are_wanted_results() -> None:
    """What its client leaves unset is an outer pointer, and an empty interface within it, four octets too long."""
    stub = stub_of("IWbemServices_ExecMethod", strObjectPath="C", strMethodName="M", pInParams=NULL, **CTX)
    _, request = decode_call(ExecMethod, stub)
    assert request == ExecMethod("C", "M", 0x10, wants_result=True, wants_call_result=True)


def reference(value: Any) -> bytes:
    """The IPID in an interface pointer that impacket has read."""
    ipid: bytes = OBJREF_STANDARD(b"".join(value["abData"]))["std"]["ipid"]
    return ipid


def unit(value: Any) -> bytes:
    """The EncodingUnit in an object that impacket has read."""
    data: bytes = OBJREF_CUSTOM(b"".join(value["abData"]))["pObjectData"]
    return data


@pytest.mark.parametrize(
    ("name", "field", "reply"),
    [
        ("IWbemLevel1Login_NTLMLogin", "ppNamespace", ServicesReply(REFERENCE, 3)),
        ("IWbemServices_ExecQuery", "ppEnum", EnumeratorReply(REFERENCE, 3)),
        ("IWbemServices_CreateInstanceEnum", "ppEnum", EnumeratorReply(REFERENCE, 3)),
        ("IEnumWbemClassObject_Clone", "ppEnum", EnumeratorReply(REFERENCE, 3)),
        ("IWbemFetchSmartEnum_GetSmartEnum", "ppSmartEnum", GetSmartEnumReply(REFERENCE, 3)),
        ("IWbemServices_PutInstance", "ppCallResult", CallResultReply(REFERENCE, 3)),
        ("IWbemServices_GetObject", "ppCallResult", GetObjectReply(ABSENT, REFERENCE, 3)),
    ],
)
def test_impacket_reads_references(name: str, field: str, reply: Parameters) -> None:
    answer = getattr(peer, f"{name}Response")(encode_answer(reply))
    assert reference(answer[field]) == bytes(IPID)
    assert answer["ErrorCode"] == 3


@pytest.mark.parametrize(
    ("name", "field", "reply"),
    [
        ("IWbemServices_GetObject", "ppObject", GetObjectReply(UNIT, ABSENT, 3)),
        ("IWbemServices_ExecMethod", "ppOutParams", ExecMethodReply(UNIT, ABSENT, 3)),
        ("IWbemCallResult_GetResultObject", "ppResultObject", GetResultObjectReply(UNIT, 3)),
    ],
)
def test_impacket_reads_objects(name: str, field: str, reply: Parameters) -> None:
    answer = getattr(peer, f"{name}Response")(encode_answer(reply))
    assert unit(answer[field]) == UNIT
    assert answer["ErrorCode"] == 3


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_impacket_reads_portions(count: int) -> None:
    units = tuple([UNIT + bytes(index) for index in range(count)])
    answer = peer.IEnumWbemClassObject_NextResponse(encode_answer(NextReply(9, units, status.WBEM_S_FALSE)))
    assert tuple([unit(item) for item in answer["apObjects"]]) == units
    assert (answer["puReturned"], answer["ErrorCode"]) == (count, 1)


def test_impacket_reads_plain_results() -> None:
    position = peer.IWbemLevel1Login_EstablishPositionResponse(encode_answer(EstablishPositionReply(1, 3)))
    assert (position["LocaleVersion"], position["ErrorCode"]) == (1, 3)
    got = peer.IWbemCallResult_GetCallStatusResponse(encode_answer(GetCallStatusReply(5, 0)))
    assert (got["plStatus"], got["ErrorCode"]) == (5, 0)


def test_impacket_reads_an_indication() -> None:
    sink = peer.IWbemObjectSink_Indicate(vector("dcom", "orpcthis") + Indicate((UNIT, UNIT)).encode())
    assert sink["lObjectCount"] == 2
    assert [unit(item) for item in sink["apObjArray"]] == [UNIT, UNIT]


def test_impacket_reads_the_objects_of_a_packet() -> None:
    packet = vector("wbem", "packet")[46:]
    kinds = [peer.WBEMOBJECT_CLASS, peer.WBEMOBJECT_INSTANCE, peer.WBEMOBJECT_INSTANCE_NOCLASS]
    found = []
    for kind in kinds:
        outer = peer.WBEM_DATAPACKET_OBJECT(packet)
        found.append((outer["bObjectType"], kind(outer["Object"])["ObjectData"]))
        packet = packet[len(outer) :]
    assert found == [(1, b"\x11\x12"), (2, b"\x21\x22\x23"), (3, b"\x31")]


def test_operation_numbers_and_identifiers_are_those_of_impacket() -> None:
    for interface in WBEM_INTERFACES.values():
        for method in interface.methods.values():
            other = getattr(peer, f"{interface.name}_{method.name}", None)
            if other is not None:
                assert other.opnum == method.opnum, other
        known = getattr(peer, f"IID_{interface.name}", None)
        if known is not None:
            assert known[:16] == bytes(interface.iid)
    assert peer.CLSID_WbemLevel1Login == bytes(ids.CLSID_WbemLevel1Login)
