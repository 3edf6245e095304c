"""Every DCOM message against its vector, field by field and back; and octets that are none."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octet_vectors import names_of_vectors, vector
from wmix import status
from wmix.protocol.dcom.bindings import NCACN_IP_TCP, NCACN_NP, DualStringArray, SecurityBinding, StringBinding
from wmix.protocol.dcom.identifiers import IID_IUnknown
from wmix.protocol.dcom.legacy_activation import ACTIVATION, RemoteActivation, RemoteActivationReply
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
from wmix.protocol.dcom.objref import StdObjRef
from wmix.protocol.dcom.orpc import OrpcThat, OrpcThis, decode_answer, decode_call, encode_answer, encode_call
from wmix.protocol.dcom.rem_unknown import (
    REM_UNKNOWN,
    REM_UNKNOWN2,
    RemAddRef,
    RemAddRefReply,
    RemInterfaceRef,
    RemQiResult,
    RemQueryInterface,
    RemQueryInterface2Reply,
    RemQueryInterfaceReply,
    RemRelease,
)
from wmix.protocol.dcom.scm_activator import REMOTE_SCM_ACTIVATOR, ActivationAnswer, RemoteCreateInstance
from wmix.protocol.ndr.guid import NULL_GUID, Guid
from wmix.protocol.ndr.malformed import MalformedData

if TYPE_CHECKING:
    from wmix.protocol.ndr.parameters import Parameters

IPID = Guid.parse("00008800-1A68-01CC-1122-334455667788")
OXID = 0x1122334455667788
OID = 0x8899AABBCCDDEEFF
LOGIN_CLASS = Guid.parse("8BC3F05E-D86B-11D0-A075-00C04FB68820")
LOGIN = Guid.parse("F309AD18-D86A-11D0-A075-00C04FB68820")
FETCH = Guid.parse("1C1C45EE-4395-11D2-B60B-00104B703EFD")
BINDINGS = DualStringArray((StringBinding(NCACN_IP_TCP, "10.0.0.1"),), (SecurityBinding(10),))

EXPECTED: dict[str, Parameters] = {
    "resolve_oxid": ResolveOxid(OXID),
    "resolve_oxid_reply": ResolveOxidReply(BINDINGS, IPID, 5),
    "resolve_oxid2_reply": ResolveOxid2Reply(BINDINGS, IPID, 5),
    "simple_ping": SimplePing(0x87654321),
    "complex_ping": ComplexPing(0, 1, (OID, 1)),
    "complex_ping_reply": ComplexPingReply(0x87654321),
    "server_alive2_reply": ServerAlive2Reply(bindings=BINDINGS),
    "rem_query_interface": RemQueryInterface(IPID, 1, (FETCH, IID_IUnknown)),
    "rem_query_interface_reply": RemQueryInterfaceReply(
        (RemQiResult(0, StdObjRef(0, 5, OXID, OID, IPID)), RemQiResult(status.E_NOINTERFACE)), 1
    ),
    "rem_release": RemRelease((RemInterfaceRef(IPID, 5),)),
    "rem_add_ref_reply": RemAddRefReply((0,)),
    "rem_query_interface2_reply": RemQueryInterface2Reply((0, status.E_NOINTERFACE), (b"\xab\xcd", None), 1),
    "remote_activation": RemoteActivation(LOGIN_CLASS, iids=(LOGIN,), protocol_sequences=(NCACN_IP_TCP, NCACN_NP)),
    "remote_activation_reply": RemoteActivationReply(OXID, BINDINGS, IPID, 5, interfaces=(b"\xab\xcd",), results=(0,)),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_vector_is_read_field_by_field(name: str) -> None:
    assert type(EXPECTED[name]).decode(vector("dcom", name)) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_vector_is_written_octet_by_octet(name: str) -> None:
    assert EXPECTED[name].encode() == vector("dcom", name)


def test_every_vector_is_tested() -> None:
    elsewhere = {"orpcthis", "orpcthat_error", "remote_create_instance", "remote_create_instance_reply"}
    forms = {f"objref_{form}" for form in ("standard", "handler", "custom", "extended")}
    assert names_of_vectors("dcom") == {*EXPECTED, *elsewhere, *forms}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_head_of_a_call_or_answer_goes_before(name: str) -> None:
    value = EXPECTED[name]
    this = OrpcThis(causality=IPID)
    assert decode_call(type(value), encode_call(this, value)) == (this, value)
    assert decode_answer(type(value), encode_answer(value) + b"surplus") == (OrpcThat(), value)


@given(st.sampled_from(sorted(EXPECTED)), st.data())
def test_a_spoilt_message_is_read_or_refused_in_words(name: str, data: st.DataObject) -> None:
    octets = bytearray(vector("dcom", name))
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    with suppress(MalformedData):
        type(EXPECTED[name]).decode(bytes(octets))


def test_counts_and_arrays_agree() -> None:
    octets = bytearray(vector("dcom", "rem_query_interface"))
    octets[20] = 3
    with pytest.raises(MalformedData, match=r"RemQueryInterface\._count: iids has 2 elements, not 3"):
        RemQueryInterface.decode(bytes(octets))


def test_methods_are_found_by_number_and_by_name() -> None:
    assert OBJECT_EXPORTER.find(5) is OBJECT_EXPORTER["ServerAlive2"]
    assert OBJECT_EXPORTER.find(6) is None
    assert [m.opnum for m in REM_UNKNOWN.methods.values()] == [3, 4, 5]
    assert [m.opnum for m in REM_UNKNOWN2.methods.values()] == [3, 4, 5, 6]
    assert REMOTE_SCM_ACTIVATOR["RemoteCreateInstance"].request is RemoteCreateInstance
    assert ACTIVATION["RemoteActivation"].is_orpc
    assert not OBJECT_EXPORTER["ServerAlive"].is_orpc
    assert "IRemUnknown2 00000143-" in repr(REM_UNKNOWN2)


def test_a_failed_activation_has_no_properties() -> None:
    answer = ActivationAnswer(None, status.REGDB_E_CLASSNOTREG)
    assert answer.encode().hex() == "00000000" + "54010480"
    assert ActivationAnswer.decode(answer.encode()) == answer


def test_some_messages_are_nothing_or_a_status() -> None:
    assert ServerAlive().encode() == b""
    assert ServerAlive.decode(b"") == ServerAlive()
    assert StatusReply.decode(StatusReply(0x778).encode()).status == 0x778
    assert RemAddRef((RemInterfaceRef(NULL_GUID, 1),)).encode()[:8].hex() == "0100000001000000"
