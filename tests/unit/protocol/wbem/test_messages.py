"""Every WMI message against its vector, field by field and back; and octets that are none."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octet_vectors import names_of_vectors, vector
from wmix import status
from wmix.protocol.dcom.bindings import DualStringArray
from wmix.protocol.dcom.objref import ObjRefStandard, StdObjRef, encode_custom
from wmix.protocol.ndr.guid import NULL_GUID, Guid
from wmix.protocol.ndr.malformed import MalformedData
from wmix.protocol.wbem import identifiers as ids
from wmix.protocol.wbem.call_result import (
    GetCallStatusReply,
    GetResultObjectReply,
    GetResultStringReply,
    WaitForResult,
)
from wmix.protocol.wbem.enumerator import Next, NextAsync, NextReply, Skip
from wmix.protocol.wbem.interface_types import ABSENT
from wmix.protocol.wbem.login import (
    EstablishPositionReply,
    NtlmLogin,
    RequestChallengeReply,
    ServicesReply,
    SetClientInfo,
    SetClientInfoEx,
)
from wmix.protocol.wbem.object_sink import Indicate, SetStatus
from wmix.protocol.wbem.services import (
    CallResultReply,
    CancelAsyncCall,
    EnumeratorReply,
    ExecMethod,
    ExecMethodReply,
    ExecQuery,
    GetObject,
    GetObjectReply,
    OpenNamespace,
    OpenNamespaceReply,
    PutInstance,
    QueryObjectSinkReply,
)
from wmix.protocol.wbem.services_async import ExecQueryAsync
from wmix.protocol.wbem.smart_enum import GetSmartEnumReply, SmartNext, SmartNextReply

if TYPE_CHECKING:
    from wmix.protocol.ndr.parameters import Parameters

IPID = Guid.parse("00008800-1A68-01CC-1122-334455667788")
PROXY = Guid.parse("76543210-BA98-FEDC-0123-456789ABCDEF")
OBJECT = b"\xaa\xbb\xcc"


def ref(iid: Guid) -> ObjRefStandard:
    """The reference that stands in the vectors."""
    return ObjRefStandard(iid, StdObjRef(0, 5, 0x1122334455667788, 0x8899AABBCCDDEEFF, IPID), DualStringArray())


SINK = ref(ids.IID_IWbemObjectSink)

EXPECTED: dict[str, Parameters] = {
    "ntlm_login": NtlmLogin("root\\cim"),
    "services_reply": ServicesReply(ref(ids.IID_IWbemServices)),
    "establish_position_reply": EstablishPositionReply(),
    "request_challenge_reply": RequestChallengeReply(tuple(range(16)), status.WBEM_E_NOT_SUPPORTED),
    "set_client_info": SetClientInfo("A", 1234),
    "set_client_info_ex": SetClientInfoEx("A", "A.", 1234, 0xD53E8000, 0x019DB1DE),
    "exec_query": ExecQuery("WQL", "q1", 0x30),
    "enumerator_reply": EnumeratorReply(ref(ids.IID_IEnumWbemClassObject)),
    "get_object": GetObject("C", 0x10, wants_object=False, wants_call_result=True),
    "get_object_reply_semisynchronous": GetObjectReply(ABSENT, ref(ids.IID_IWbemCallResult)),
    "get_object_reply": GetObjectReply(OBJECT, ABSENT),
    "open_namespace": OpenNamespace("C"),
    "open_namespace_reply": OpenNamespaceReply(ref(ids.IID_IWbemServices), ABSENT),
    "put_instance": PutInstance(OBJECT, wants_call_result=True),
    "call_result_reply": CallResultReply(ref(ids.IID_IWbemCallResult)),
    "exec_method": ExecMethod("C", "M", parameters=OBJECT),
    "exec_method_reply": ExecMethodReply(None, ABSENT, status.WBEM_E_METHOD_NOT_IMPLEMENTED),
    "exec_query_async": ExecQueryAsync("WQL", "q1", 0x80, sink=SINK),
    "cancel_async_call": CancelAsyncCall(SINK),
    "query_object_sink_reply": QueryObjectSinkReply(SINK),
    "next": Next(0xFFFFFFFF, 10),
    "next_reply": NextReply(10, (OBJECT, b"\xdd\xee\xff"), status.WBEM_S_FALSE),
    "next_reply_empty": NextReply(1, (), status.WBEM_S_TIMEDOUT),
    "next_async": NextAsync(5, SINK),
    "skip": Skip(1000, 3),
    "wait_for_result": WaitForResult(5000),
    "get_result_object_reply": GetResultObjectReply(OBJECT),
    "get_result_string_reply": GetResultStringReply("C.K"),
    "get_call_status_reply": GetCallStatusReply(status.WBEM_E_NOT_FOUND),
    "get_smart_enum_reply": GetSmartEnumReply(ref(ids.IID_IWbemWCOSmartEnum)),
    "smart_next": SmartNext(PROXY, 1000, 100),
    "smart_next_reply": SmartNextReply(1, OBJECT),
    "smart_next_reply_empty": SmartNextReply(0, None, status.WBEM_S_FALSE),
    "indicate": Indicate((OBJECT,)),
    "set_status": SetStatus(0, status.WBEM_E_CALL_CANCELLED),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_vector_is_read_field_by_field(name: str) -> None:
    assert type(EXPECTED[name]).decode(vector("wbem", name)) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_vector_is_written_octet_by_octet(name: str) -> None:
    assert EXPECTED[name].encode() == vector("wbem", name)


def test_every_vector_is_tested() -> None:
    assert names_of_vectors("wbem") == {*EXPECTED, "packet", "context"}


@given(st.sampled_from(sorted(EXPECTED)), st.data())
def test_a_spoilt_message_is_read_or_refused_in_words(name: str, data: st.DataObject) -> None:
    octets = bytearray(vector("wbem", name))
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.integers(0, len(octets) - 1))
        octets[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(min_size=1, max_size=8))
    with suppress(MalformedData):
        type(EXPECTED[name]).decode(bytes(octets))


# what existing clients send


def test_a_null_string_may_have_an_empty_block() -> None:
    octets = bytes.fromhex("00000200 00000000 ffffffff 00000000")
    assert ExecQuery.decode(octets + octets + bytes(8)) == ExecQuery(None, None)


def test_terminators_of_strings_are_taken_off() -> None:
    assert ExecQuery.decode(ExecQuery("WQL\0", "q\0\0").encode()) == ExecQuery("WQL", "q")


def test_an_empty_interface_in_the_place_of_a_null_one_is_skipped() -> None:
    prefix = bytes.fromhex("00000000 00000000 00000000")
    empty = bytes.fromhex("00000100 00000300 00000000 00000000")
    expected = GetObject(None, wants_object=True, wants_call_result=True)
    assert GetObject.decode(prefix + empty + empty) == expected


def test_the_proxy_may_stand_behind_a_referent() -> None:
    octets = vector("wbem", "smart_next")
    assert SmartNext.decode(b"\x01\x02\0\0" + octets) == SmartNext(PROXY, 1000, 100)


def test_octets_behind_a_request_are_ignored() -> None:
    trailer = bytes.fromhex("8ae3137102f43671 02400100 00000000")
    assert SmartNext.decode(vector("wbem", "smart_next") + trailer) == SmartNext(PROXY, 1000, 100)
    assert Next.decode(vector("wbem", "next") + trailer) == Next(0xFFFFFFFF, 10)


def test_octets_behind_an_object_belong_to_it() -> None:
    assert NextReply.decode(NextReply(1, (OBJECT + b"\0\0",)).encode()).objects == (OBJECT + b"\0\0",)


# what is refused


def test_an_object_of_another_class_is_refused() -> None:
    stub = bytearray(vector("wbem", "get_result_object_reply"))
    stub[36:52] = NULL_GUID
    with pytest.raises(MalformedData, match="no object by value of class 4590f812"):
        GetResultObjectReply.decode(bytes(stub))


@pytest.mark.parametrize(
    ("at", "octets", "what"),
    [
        (8, "ffffff7f", "do not fit"),
        (12, "00000000", "an object is null"),
        (4, "01000000", "do not begin at 0"),
        (20, "34000000", "an object of 52 and of 51 octets"),
        (20, "ffffffffffffffff", "an object of"),
        (140, "03000000", r"_returned: objects has 2 elements, not 3"),
    ],
)
def test_a_reply_of_next_is_checked(at: int, octets: str, what: str) -> None:
    stub = bytearray(vector("wbem", "next_reply"))
    stub[at : at + len(octets) // 2] = bytes.fromhex(octets)
    with pytest.raises(MalformedData, match=what):
        NextReply.decode(bytes(stub))


def test_a_truncated_reply_of_next_is_refused() -> None:
    stub = vector("wbem", "next_reply")
    for size in range(len(stub)):
        with pytest.raises(MalformedData):
            NextReply.decode(stub[:size])


def test_a_string_longer_than_its_block_is_refused() -> None:
    with pytest.raises(MalformedData, match="2 units of at most 1"):
        ExecQuery.decode(bytes.fromhex("00000200 01000000 04000000 02000000 41004200"))


def test_an_absent_result_says_so() -> None:
    assert repr(GetObjectReply()) == "GetObjectReply(object=ABSENT, call_result=ABSENT, hresult=0)"


def test_an_object_is_a_custom_reference() -> None:
    octets = encode_custom(ids.IID_IWbemClassObject, ids.CLSID_WbemClassObject, OBJECT)
    assert octets in GetResultObjectReply(OBJECT).encode()
