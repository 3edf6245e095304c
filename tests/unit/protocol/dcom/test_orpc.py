"""ORPCTHIS and ORPCTHAT with their extensions; the texts of error objects."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octet_vectors import vector
from wmix.protocol.dcom.error_information import ErrorInformation, error_extent, find_error_object
from wmix.protocol.dcom.identifiers import CLSID_ErrorExtension, CLSID_ErrorObject
from wmix.protocol.dcom.object_exporter import StatusReply
from wmix.protocol.dcom.objref import ObjRefCustom
from wmix.protocol.dcom.orpc import Extent, OrpcThat, OrpcThis, decode_answer, encode_answer
from wmix.protocol.ndr.guid import Guid
from wmix.protocol.ndr.malformed import MalformedData

SERVICES = Guid.parse("9556DC99-828C-11CF-A37E-00AA003240C7")
ERROR = ErrorInformation(SERVICES, None, "!", None, 7)

extents = st.builds(Extent, st.binary(min_size=16, max_size=16).map(Guid), st.binary(max_size=20))
texts = st.none() | st.text(st.characters(codec="utf-16", exclude_characters="\0"), max_size=9)


def test_the_head_of_a_call_is_its_vector() -> None:
    this = OrpcThis(causality=Guid.parse("76543210-BA98-FEDC-0123-456789ABCDEF"))
    assert this.encode() == vector("dcom", "orpcthis")
    assert OrpcThis.decode(vector("dcom", "orpcthis")) == this


def test_an_answer_with_an_error_object_is_its_vector() -> None:
    that = OrpcThat(extensions=(error_extent(ERROR),))
    assert that.encode() == vector("dcom", "orpcthat_error")
    again = OrpcThat.decode(vector("dcom", "orpcthat_error"))
    assert again == that
    reference = find_error_object(again.extensions)
    assert isinstance(reference, ObjRefCustom)
    assert reference.clsid == CLSID_ErrorObject
    assert ErrorInformation.decode(reference.data) == ERROR


@given(st.lists(extents, max_size=4).map(tuple), st.integers(0, 2**32 - 1))
def test_parameters_are_found_behind_any_extensions(extensions: tuple[Extent, ...], status: int) -> None:
    that = OrpcThat(extensions=extensions)
    stub = encode_answer(StatusReply(status), that)
    assert decode_answer(StatusReply, stub) == (that, StatusReply(status))


def test_an_answer_without_extensions_has_eight_octets() -> None:
    assert OrpcThat().encode() == bytes(8)
    assert find_error_object(()) is None


@given(texts, texts, texts)
def test_the_texts_of_an_error_survive(source: str | None, description: str | None, help_file: str | None) -> None:
    error = ErrorInformation(SERVICES, source, description, help_file, 3)
    assert ErrorInformation.decode(error.encode()) == error


def test_an_extension_longer_than_its_octets_is_refused() -> None:
    octets = bytearray(OrpcThat(extensions=(Extent(CLSID_ErrorExtension, b"12345678"),)).encode())
    octets[octets.index(bytes(CLSID_ErrorExtension)) + 16] = 9
    with pytest.raises(MalformedData, match=r"ORPC_EXTENT\.size: 9 octets in 8"):
        OrpcThat.decode(bytes(octets))


@given(st.data())
def test_a_spoilt_answer_is_read_or_refused_in_words(data: st.DataObject) -> None:
    octets = bytearray(vector("dcom", "orpcthat_error"))
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    with suppress(MalformedData):
        reference = find_error_object(OrpcThat.decode(bytes(octets)).extensions)
        if isinstance(reference, ObjRefCustom):
            ErrorInformation.decode(reference.data)
