"""Object references in all four forms, and objects by value."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octet_vectors import vector
from wmix.protocol.dcom.bindings import NCACN_IP_TCP, DualStringArray, SecurityBinding, StringBinding
from wmix.protocol.dcom.identifiers import CLSID_ContextExtension, CLSID_ContextMarshaler
from wmix.protocol.dcom.objref import (
    DataElement,
    ObjRef,
    ObjRefCustom,
    ObjRefExtended,
    ObjRefHandler,
    ObjRefStandard,
    StdObjRef,
    custom_data,
    decode_objref,
    encode_custom,
)
from wmix.protocol.ndr.guid import NULL_GUID, Guid
from wmix.protocol.ndr.malformed import MalformedData

SERVICES = Guid.parse("9556DC99-828C-11CF-A37E-00AA003240C7")
OBJECT = Guid.parse("DC12A681-737F-11CF-884D-00AA004B2E24")
UNMARSHALER = Guid.parse("4590F812-1D3A-11D0-891F-00AA004B2E24")
STD = StdObjRef(0, 5, 0x1122334455667788, 0x8899AABBCCDDEEFF, Guid.parse("00008800-1A68-01CC-1122-334455667788"))
RESOLVER = DualStringArray((StringBinding(NCACN_IP_TCP, "10.0.0.1"),), (SecurityBinding(10),))

FORMS: dict[str, ObjRef] = {
    "standard": ObjRefStandard(SERVICES, STD, RESOLVER),
    "handler": ObjRefHandler(
        SERVICES, STD.replace(flags=0x1000, public_refs=1), DualStringArray(), CLSID_ContextExtension
    ),
    "custom": ObjRefCustom(OBJECT, UNMARSHALER, b"xV4\x12\0", 5),
    "extended": ObjRefExtended(SERVICES, STD, DualStringArray(), DataElement(CLSID_ContextMarshaler, b"abc")),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_vector_is_read_field_by_field_and_written_octet_by_octet(form: str) -> None:
    octets = vector("dcom", f"objref_{form}")
    assert decode_objref(octets) == FORMS[form]
    assert FORMS[form].encode() == octets


def test_the_element_of_an_extended_reference_may_be_aligned_to_eight() -> None:
    reference = ObjRefExtended(SERVICES, STD, RESOLVER, DataElement(CLSID_ContextMarshaler, b"abc"), bytes(2))
    octets = reference.encode()
    assert octets.index(b"\1\0\0\0VYSN") == 104
    assert decode_objref(octets) == reference


def test_an_object_by_value_is_its_data() -> None:
    octets = encode_custom(OBJECT, UNMARSHALER, b"unit")
    assert custom_data(octets, UNMARSHALER) == b"unit"
    assert decode_objref(octets) == ObjRefCustom(OBJECT, UNMARSHALER, b"unit", 4)


def test_an_extension_of_an_object_by_value_is_skipped() -> None:
    octets = bytearray(encode_custom(OBJECT, UNMARSHALER, b"xxunit"))
    octets[40] = 2
    assert custom_data(bytes(octets), UNMARSHALER) == b"unit"


@pytest.mark.parametrize(
    "octets", [vector("dcom", "objref_standard"), encode_custom(OBJECT, NULL_GUID, b""), b"", b"MEOW"]
)
def test_other_references_are_no_objects_by_value(octets: bytes) -> None:
    with pytest.raises(MalformedData):
        custom_data(octets, UNMARSHALER)


@pytest.mark.parametrize(("at", "octet", "what"), [(0, 0, "no object reference"), (4, 3, "no form 0x3")])
def test_what_is_no_reference_is_refused(at: int, octet: int, what: str) -> None:
    octets = bytearray(vector("dcom", "objref_standard"))
    octets[at] = octet
    with pytest.raises(MalformedData, match=what):
        decode_objref(bytes(octets))


def test_pings_are_asked_for_unless_the_flag_says_no() -> None:
    assert STD.is_pinged
    assert not STD.replace(flags=0x1000).is_pinged


@given(st.sampled_from(sorted(FORMS)), st.data())
def test_a_spoilt_reference_is_read_or_refused_in_words(form: str, data: st.DataObject) -> None:
    octets = bytearray(vector("dcom", f"objref_{form}"))
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    with suppress(MalformedData):
        decode_objref(bytes(octets))
