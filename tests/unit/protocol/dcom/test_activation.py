"""Activation by property BLOBs: requests and replies, and what is tolerated."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octet_vectors import vector
from wmix.protocol.dcom import identifiers as ids
from wmix.protocol.dcom.activation_blob import ActivationBlob, CustomHeader, Property
from wmix.protocol.dcom.activation_reply import ActivatedInterface, ActivationReply, RemoteReplyScmInfo
from wmix.protocol.dcom.activation_request import (
    ActivationRequest,
    CoServerInfo,
    InstanceInfoData,
    SecurityInfoData,
    SpecialPropertiesData,
    SpecialPropertiesDataAlternate,
)
from wmix.protocol.dcom.bindings import NCACN_IP_TCP, DualStringArray, StringBinding
from wmix.protocol.dcom.objref import ObjRefCustom, encode_custom
from wmix.protocol.dcom.orpc import OrpcThat, OrpcThis, decode_answer, decode_call, encode_answer, encode_call
from wmix.protocol.dcom.scm_activator import ActivationAnswer, RemoteCreateInstance
from wmix.protocol.dcom.serialization import deserialize, serialize
from wmix.protocol.dcom.versions import COM_5_7, ComVersion
from wmix.protocol.ndr.guid import Guid
from wmix.protocol.ndr.malformed import MalformedData

if TYPE_CHECKING:
    from wmix.protocol.ndr.structure import Structure

CLASS = Guid.parse("8BC3F05E-D86B-11D0-A075-00C04FB68820")
LOGIN = Guid.parse("F309AD18-D86A-11D0-A075-00C04FB68820")
CLIENT_ID = Guid.parse("D4781CD6-E5D3-44DF-AD94-930EFE48A887")
REQUEST = ActivationRequest(CLASS, (LOGIN,))
REPLY = ActivationReply(
    (ActivatedInterface(LOGIN, 0, b"MEOW" + bytes(37) + b"\xee"),),
    RemoteReplyScmInfo(
        0x1122334455667788,
        DualStringArray((StringBinding(NCACN_IP_TCP, "h[49664]"),)),
        Guid.parse("00008800-1A68-01CC-1122-334455667700"),
        5,
        COM_5_7,
    ),
)


def test_a_request_is_its_vector() -> None:
    this = OrpcThis(flags=1, causality=Guid.parse("76543210-BA98-FEDC-0123-456789ABCDEF"))
    octets = vector("dcom", "remote_create_instance")
    assert len(octets) == 464
    assert encode_call(this, RemoteCreateInstance(properties=REQUEST.encode())) == octets
    again, parameters = decode_call(RemoteCreateInstance, octets)
    assert again == this
    assert parameters.properties is not None
    assert ActivationRequest.decode(parameters.properties) == REQUEST


def test_a_reply_is_its_vector() -> None:
    octets = vector("dcom", "remote_create_instance_reply")
    assert encode_answer(ActivationAnswer(REPLY.encode())) == octets
    that, answer = decode_answer(ActivationAnswer, octets)
    assert that == OrpcThat()
    assert answer.properties is not None
    assert ActivationReply.decode(answer.properties) == REPLY


def test_several_interfaces_may_be_asked_for_at_once() -> None:
    request = ActivationRequest(CLASS, (LOGIN, CLIENT_ID), ComVersion(5, 6), (7, 15))
    assert ActivationRequest.decode(request.encode()) == request
    reply = REPLY.replace(interfaces=(ActivatedInterface(LOGIN, 0, b"1"), ActivatedInterface(CLIENT_ID, 0x80004002)))
    assert ActivationReply.decode(reply.encode()) == reply


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (SpecialPropertiesData(), 0x68),
        (SpecialPropertiesDataAlternate(), 0x60),
        (SecurityInfoData(server_info=CoServerInfo("srv1")), None),
        (InstanceInfoData("file", 1, b"rot", b"storage"), None),
    ],
)
def test_the_other_properties_survive(value: Structure, size: int | None) -> None:
    octets = serialize(value)
    assert len(octets) == (size or len(octets))
    assert len(octets) % 8 == 0
    assert deserialize(type(value), octets) == value
    request = REQUEST.replace(others=(Property(ids.CLSID_SecurityInfo, octets),))
    assert ActivationRequest.decode(request.encode()) == request


def test_the_order_of_the_properties_does_not_matter_to_a_reader() -> None:
    blob = ActivationBlob.decode(REQUEST.encode()[48:])
    shuffled = ActivationBlob(blob.properties[::-1])
    objref = encode_custom(ids.IID_IActivationPropertiesIn, ids.CLSID_ActivationPropertiesIn, shuffled.encode())
    assert ActivationRequest.decode(objref) == REQUEST


def test_an_odd_number_of_properties_is_padded_in_the_header() -> None:
    blob = ActivationBlob((Property(CLASS, b"12345678"), Property(LOGIN, b""), Property(CLIENT_ID, b"x")))
    assert ActivationBlob.decode(blob.encode()) == blob
    assert blob.find(LOGIN) == b""
    assert blob.find(ids.IID_IUnknown) is None


@pytest.mark.parametrize("missing", [0, 1])
def test_a_reply_has_both_properties(missing: int) -> None:
    blob = ActivationBlob.decode(REPLY.encode()[48:])
    objref = ObjRefCustom(
        ids.IID_IActivationPropertiesOut,
        ids.CLSID_ActivationPropertiesOut,
        ActivationBlob(blob.properties[1 - missing : 2 - missing]).encode(),
    )
    with pytest.raises(MalformedData, match=["no PropsOutInfo", "no ScmReplyInfo"][missing]):
        ActivationReply.decode(objref.encode())


def test_a_request_names_a_class() -> None:
    blob = ActivationBlob((Property(LOGIN, b""),)).encode()
    with pytest.raises(MalformedData, match="no InstantiationInfo"):
        ActivationRequest.decode(encode_custom(LOGIN, ids.CLSID_ActivationPropertiesIn, blob))


@pytest.mark.parametrize("count", [0, 11])
def test_the_number_of_properties_is_bounded(count: int) -> None:
    blob = ActivationBlob((Property(LOGIN, b""),) * count).encode()
    with pytest.raises(MalformedData, match=f"{count} properties"):
        ActivationBlob.decode(blob)


def test_a_size_that_is_not_there_is_refused() -> None:
    header = CustomHeader(header_size=0x60, clsids=(LOGIN,), sizes=(0xFFFFFFFF,))
    with pytest.raises(MalformedData, match=r"CustomHeader\.pSizes: 4294967295 octets wanted"):
        ActivationBlob.decode(bytes(8) + serialize(header) + bytes(16))


def test_other_serialisations_are_refused() -> None:
    octets = bytearray(serialize(SpecialPropertiesData()))
    octets[1] = 0
    with pytest.raises(MalformedData, match="endianness"):
        deserialize(SpecialPropertiesData, bytes(octets))


def test_the_lower_version_is_spoken() -> None:
    assert COM_5_7.negotiated(ComVersion(5, 6)) == ComVersion(5, 6)
    assert COM_5_7.negotiated(ComVersion(5, 9)) == COM_5_7


@given(st.sampled_from(["remote_create_instance", "remote_create_instance_reply"]), st.data())
def test_a_spoilt_activation_is_read_or_refused_in_words(name: str, data: st.DataObject) -> None:
    octets = bytearray(vector("dcom", name))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(36, len(octets) - 1))
        octets[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    with suppress(MalformedData):
        if name.endswith("reply"):
            ActivationReply.decode(decode_answer(ActivationAnswer, bytes(octets))[1].properties or b"")
        else:
            ActivationRequest.decode(decode_call(RemoteCreateInstance, bytes(octets))[1].properties or b"")
