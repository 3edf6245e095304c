"""Bounded reading."""

from __future__ import annotations

import pytest

from wmix.errors import ProtocolError
from wmix.protocol.wmio.malformed import MalformedObject
from wmix.protocol.wmio.octets import MAX_DEPTH, Budget, OctetReader


def test_numbers_are_little_endian() -> None:
    reader = OctetReader(bytes.fromhex("01 0203 04050607"), 0, 7, "Test")
    assert (reader.u8("A"), reader.u16("B"), reader.u32("C")) == (1, 0x0302, 0x07060504)
    assert reader.position == reader.end


def test_nothing_is_read_beyond_the_end() -> None:
    reader = OctetReader(b"\0" * 8, 0, 3, "Test")
    with pytest.raises(MalformedObject) as caught:
        reader.u32("Field")
    error = caught.value
    assert (error.structure, error.field, error.position) == ("Test", "Field", 0)
    assert "[MS-WMIO] Test.Field at octet 0: 4 octets announced, 3 there" in str(error)


@pytest.mark.parametrize(("included", "octets"), [(True, b"\x06\0\0\0ab"), (False, b"\x02\0\0\0ab")])
def test_a_length_may_or_may_not_count_itself(included: bool, octets: bytes) -> None:
    reader = OctetReader(octets + b"c", 0, 7, "Test")
    part = reader.part("Part", "Length", included=included)
    assert part.take(2, "Rest") == b"ab"
    assert (part.position, part.end, reader.position) == (6, 6, 6)


def test_a_length_that_counts_itself_is_four_at_least() -> None:
    with pytest.raises(ProtocolError, match="does not hold itself"):
        OctetReader(b"\3\0\0\0", 0, 4, "Test").part("Part", "Length", included=True)


def test_a_budget_is_the_encoding_once_for_each_level() -> None:
    budget = Budget(10)
    budget.spend(10 * MAX_DEPTH, "Test", 0)
    with pytest.raises(ProtocolError, match="over and over"):
        budget.spend(1, "Test", 7)
