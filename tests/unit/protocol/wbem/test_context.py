"""Contexts: the vector, any values, and types that contexts do not have."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octet_vectors import vector
from wmix.protocol.ndr.guid import Guid
from wmix.protocol.ndr.malformed import MalformedData
from wmix.protocol.wbem.context import VT_ARRAY, ContextItem, VarType, WireContext

CONTEXT = WireContext(
    Guid.parse("76543210-BA98-FEDC-0123-456789ABCDEF"),
    (
        ContextItem("I4", VarType.I4, 64),
        ContextItem("B", VarType.BOOL, True),
        ContextItem("S", VarType.BSTR, "hi"),
        ContextItem("N", VarType.NULL, None),
        ContextItem("A", VT_ARRAY | VarType.BSTR, ("x", "")),
        ContextItem("U", VT_ARRAY | VarType.UI2, (1, 65535)),
    ),
)
UNIT = bytes.fromhex("78563412 03000000 aabbcc")

_texts = st.text(st.characters(codec="utf-16"), max_size=6)
_scalars: dict[VarType, st.SearchStrategy[object]] = {
    VarType.I1: st.integers(-128, 127),
    VarType.UI1: st.integers(0, 255),
    VarType.I2: st.integers(-(2**15), 2**15 - 1),
    VarType.UI2: st.integers(0, 2**16 - 1),
    VarType.I4: st.integers(-(2**31), 2**31 - 1),
    VarType.UI4: st.integers(0, 2**32 - 1),
    VarType.R4: st.floats(width=32, allow_nan=False),
    VarType.R8: st.floats(allow_nan=False),
    VarType.BOOL: st.booleans(),
    VarType.BSTR: _texts,
    VarType.UNKNOWN: st.just(UNIT),
}
_items = st.sampled_from(sorted(_scalars)).flatmap(
    lambda kind: st.one_of(
        st.builds(ContextItem, _texts, st.just(int(kind)), _scalars[kind]),
        st.builds(ContextItem, _texts, st.just(VT_ARRAY | kind), st.lists(_scalars[kind], max_size=4).map(tuple)),
    )
)


def test_a_context_is_its_vector() -> None:
    assert CONTEXT.encode() == vector("wbem", "context")
    assert WireContext.decode(vector("wbem", "context")) == CONTEXT


@given(st.lists(_items, max_size=4).map(tuple))
def test_what_was_written_is_read_back(items: tuple[ContextItem, ...]) -> None:
    context = WireContext(CONTEXT.id, items)
    assert WireContext.decode(context.encode()) == context


def test_elements_of_real32_may_be_four_octets_long() -> None:
    head = WireContext().encode()[:20] + bytes.fromhex("01000000 01000000 4600 00000000 0420")
    octets = head + bytes.fromhex("02000000 04000000 0000803f 00000040")
    assert WireContext.decode(octets).items[0].value == (1.0, 2.0)


@pytest.mark.parametrize(
    ("vartype", "value"),
    [(VarType.I4, 2**31), (VarType.I4, "x"), (VarType.UNKNOWN, 1), (99, 1), (VT_ARRAY | VarType.I4, 1)],
)
def test_a_value_that_is_not_of_its_type_is_not_written(vartype: int, value: int | str) -> None:
    with pytest.raises(ValueError, match=r"Name: .* is no value of type"):
        WireContext(items=(ContextItem("Name", vartype, value),)).encode()


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        ("4600 00000000 6300", "no values of type 0x63"),
        ("4600 00000000 0120 05000000 00000000", "an array of 5 nulls"),
        ("4600 00000000 0320 01000000 03000000 000000", "elements of 3 octets"),
        ("4600 00000000 0320 ffffffff 04000000", "do not fit"),
        ("4600 00000000 0820 ffffffff 04000000", "do not fit"),
        ("4600 00000000 0d00 " + "00" * 48 + "78563412 00000000", "no object by value"),
    ],
)
def test_what_is_no_value_is_refused(octets: str, what: str) -> None:
    head = WireContext().encode()[:20] + bytes.fromhex("01000000 01000000")
    with pytest.raises(MalformedData, match=what):
        WireContext.decode(head + bytes.fromhex(octets))


def test_a_context_has_one_identifier() -> None:
    with pytest.raises(MalformedData, match="2 identifiers"):
        WireContext.decode(b"\x02" + vector("wbem", "context")[1:])


@given(st.data())
def test_a_spoilt_context_is_read_or_refused_in_words(data: st.DataObject) -> None:
    octets = bytearray(vector("wbem", "context"))
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    with suppress(MalformedData):
        WireContext.decode(bytes(octets))
