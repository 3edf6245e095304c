"""Dual string arrays: addresses, ports, principals, and arrays as the field has them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.protocol.dcom.bindings import (
    DUAL_STRING_ARRAY,
    NCACN_IP_TCP,
    NCACN_NP,
    DualStringArray,
    SecurityBinding,
    StringBinding,
    read_packed_bindings,
)
from wmix.protocol.ndr.malformed import MalformedData
from wmix.protocol.ndr.octets import Reader, Writer

_texts = st.text(st.characters(codec="utf-16", exclude_characters="\0"), max_size=12)
_services = st.integers(1, 0xFFFF)
arrays = st.builds(
    DualStringArray,
    st.lists(st.builds(StringBinding, _services, _texts), max_size=3).map(tuple),
    st.lists(st.builds(SecurityBinding, _services, _texts, st.sampled_from([0, 0xFFFF])), max_size=3).map(tuple),
)


@given(arrays)
def test_what_was_written_is_read_back(array: DualStringArray) -> None:
    assert read_packed_bindings(Reader(array.packed())) == array
    writer = Writer()
    DUAL_STRING_ARRAY.write(writer, array)
    assert DUAL_STRING_ARRAY.read(Reader(writer.getvalue())) == array


def test_the_smallest_array_has_four_zero_units() -> None:
    assert DualStringArray().packed().hex() == "04000200" + "0000" * 4


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("00000000", DualStringArray()),
        ("0200 0200 0700 4100", DualStringArray((StringBinding(7, "A"),))),  # no terminators at all
        ("0100 0000 0a00", DualStringArray((), (SecurityBinding(10, "", 0),))),  # cut within a security binding
        ("0300 0000 0a00 ffff 0000", DualStringArray((), (SecurityBinding(10),))),  # the list is not closed
    ],
)
def test_short_and_unterminated_arrays_are_read_as_far_as_they_go(octets: str, expected: DualStringArray) -> None:
    assert read_packed_bindings(Reader(bytes.fromhex(octets))) == expected


@pytest.mark.parametrize("octets", ["", "0100", "0100 0000", "0100 0200 0000"])
def test_units_that_are_not_there_are_refused(octets: str) -> None:
    with pytest.raises(MalformedData, match="DUALSTRINGARRAY"):
        read_packed_bindings(Reader(bytes.fromhex(octets)))


def test_more_units_than_the_array_has_are_refused() -> None:
    with pytest.raises(MalformedData, match="4 units in an array of 3"):
        DUAL_STRING_ARRAY.read(Reader(bytes.fromhex("03000000") + DualStringArray().packed()))


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("srv1[49664]", "srv1", 49664),
        ("::1[135]", "::1", 135),
        ("10.0.0.1", "10.0.0.1", None),
        ("\\\\SRV1[\\PIPE\\atsvc]", "\\\\SRV1", None),
        ("h[]", "h", None),
        ("h[999999]", "h", None),
    ],
)
def test_an_address_may_have_a_port(address: str, host: str, port: int | None) -> None:
    binding = StringBinding(NCACN_IP_TCP, address)
    assert (binding.host, binding.port) == (host, port)


def test_addresses_over_tcp_are_chosen_among_all() -> None:
    tcp = StringBinding(NCACN_IP_TCP, "srv1[49664]")
    assert DualStringArray((StringBinding(NCACN_NP, "\\\\SRV1[\\PIPE\\atsvc]"), tcp)).tcp_bindings() == (tcp,)


@given(st.binary(max_size=60))
def test_random_octets_are_read_or_refused_in_words(octets: bytes) -> None:
    with suppress(MalformedData):
        read_packed_bindings(Reader(octets))
