"""Addresses from the kernel: a captured answer, damaged answers, and this machine."""

from __future__ import annotations

import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.providers.interface_addresses import interface_addresses, parse_answer

#: What Linux 6.18 on a little-endian machine answered to RTM_GETADDR: loopback and one card, both with two versions.
ANSWER = bytes.fromhex(
    "4c000000140002000100000002030000020880fe01000000080001007f000001080002007f000001070003006c6f0000"
    "080008008000000014000600ffffffffffffffff1600000016000000"
    "58000000140002000100000002030000021880000400000008000100c000020208000200c000020208000400c00002ff"
    "090003006574683000000000080008008000000014000600ffffffffffffffff1600000016000000"
    "500000001400020001000000020300000a8080fe010000001400010000000000000000000000000000000001"
    "14000600ffffffffffffffff1600000016000000080008008000000005000b0001000000"
    "480000001400020001000000020300000a4082000400000014000100fd000000000000000000000000000002"
    "14000600ffffffffffffffff16000000160000000800080082000000"
    "500000001400020001000000020300000a4080fd0400000014000100fe8000000000000000fc00fffe000001"
    "14000600ffffffffffffffff1600000016000000080008008000000005000b0003000000"
)
DONE = bytes.fromhex("1400000003000200010000000203000000000000")

little_endian = pytest.mark.skipif(
    sys.byteorder != "little", reason="the answer was captured on a little-endian machine"
)


@little_endian
def test_an_answer_of_the_kernel_is_read_in_its_order() -> None:
    addresses, is_last = parse_answer(ANSWER)
    assert not is_last
    assert [(a.index, a.address, a.prefix_length) for a in addresses] == [
        (1, "127.0.0.1", 8),
        (4, "192.0.2.2", 24),
        (1, "::1", 128),
        (4, "fd00::2", 64),
        (4, "fe80::fc:ff:fe00:1", 64),
    ]
    assert [a.is_link_local for a in addresses] == [False, False, False, False, True]
    assert [a.is_version_6 for a in addresses] == [False, False, True, True, True]
    assert all(a.is_permanent for a in addresses)


@little_endian
def test_the_end_of_an_answer_is_told() -> None:
    assert parse_answer(DONE) == ([], True)
    addresses, is_last = parse_answer(ANSWER + DONE + ANSWER)
    assert (len(addresses), is_last) == (5, True)


@little_endian
def test_an_address_with_a_lifetime_is_not_permanent() -> None:
    leased = ANSWER.replace(bytes.fromhex("0800080080000000"), bytes.fromhex("0800080000000000"))
    assert not any(address.is_permanent for address in parse_answer(leased)[0] if not address.is_version_6)


@little_endian
def test_on_a_point_to_point_link_the_near_end_counts() -> None:
    near = ANSWER.replace(bytes.fromhex("08000100c0000202"), bytes.fromhex("08000100c0000209"))
    assert parse_answer(near)[0][1].address == "192.0.2.2"


def test_an_error_of_the_kernel_is_raised() -> None:
    message = struct.pack("=IHHIIi", 20, 2, 0, 1, 0, -1)
    with pytest.raises(PermissionError):
        parse_answer(message)


@given(st.lists(st.tuples(st.integers(0, len(ANSWER) - 1), st.integers(0, 255)), max_size=20), st.integers(0, 400))
def test_no_damage_breaks_the_reader(damages: list[tuple[int, int]], end: int) -> None:
    data = bytearray(ANSWER)
    for offset, value in damages:
        data[offset] = value
    try:
        parse_answer(bytes(data[:end]))
    except OSError as error:
        assert error.strerror == "the kernel does not tell its addresses"  # noqa: PT017 - only some damage raises


def test_this_machine_tells_its_addresses() -> None:
    try:
        addresses = interface_addresses()
    except OSError as error:
        pytest.skip(f"no netlink here: {error}")
    assert all(0 <= address.prefix_length <= 128 for address in addresses)
