"""Declared structures: layout, generated code against the loop over the fields, bounds."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.errors import ProtocolError
from wmix.protocol.ndr.arrays import Array, FixedArray, Octets, VaryingArray
from wmix.protocol.ndr.guid import NULL_GUID, Guid
from wmix.protocol.ndr.malformed import MalformedData
from wmix.protocol.ndr.octets import Reader, Writer
from wmix.protocol.ndr.pointers import Reference, Unique
from wmix.protocol.ndr.strings import INTERFACE_POINTER, WIDE_STRING
from wmix.protocol.ndr.structure import Structure, constant, count_of, wire
from wmix.protocol.ndr.types import GUID, I64, U8, U16, U64


class Plain(Structure):
    wire_name = "PLAIN"
    small: int = wire(U8)
    _reserved = constant(U16, 0xABCD)
    large: int = wire(U64, default=7)
    ipid: Guid = wire(GUID, default=NULL_GUID)
    name: bytes = wire(Octets(3), default=b"abc")


class Pointing(Structure):
    wire_name = "POINTING"
    _count = count_of("numbers", U16)
    numbers: tuple[int, ...] | None = wire(Unique(Array(U16)), default=None)
    text: str | None = wire(Unique(WIDE_STRING), default=None)
    plain: Plain = wire(Reference(Plain), default=Plain(1))
    block: bytes | None = wire(INTERFACE_POINTER, default=None)


class Counted(Structure):
    wire_name = "COUNTED"
    tag: int = wire(U64)
    octets: bytes = wire(Octets())


class Enclosing(Structure):
    wire_name = "ENCLOSING"
    lead: int = wire(U8)
    first: Plain = wire(Plain)
    _reserved = constant(U8, 0x55)
    second: Plain = wire(Plain)
    text: str | None = wire(Unique(WIDE_STRING), default=None)
    last: int = wire(U64, default=0)


class Nested(Structure):
    wire_name = "NESTED"
    first: Plain = wire(Plain)
    pair: tuple[int, ...] = wire(FixedArray(I64, 2))
    many: tuple[Pointing, ...] = wire(Unique(VaryingArray(Pointing)))


_numbers = st.integers(0, 0xFFFF)
plains = st.builds(
    Plain,
    st.integers(0, 255),
    st.integers(0, 2**64 - 1),
    st.binary(min_size=16, max_size=16).map(Guid),
    st.binary(min_size=3, max_size=3),
)
pointings = st.builds(
    Pointing,
    st.none() | st.lists(_numbers).map(tuple).filter(len),
    st.none() | st.text(st.characters(codec="utf-16", exclude_characters="\0")),
    plains,
    st.none() | st.binary(min_size=1),
)
nesteds = st.builds(
    Nested, plains, st.tuples(*[st.integers(-(2**63), 2**63 - 1)] * 2), st.lists(pointings, max_size=3).map(tuple)
)
enclosings = st.builds(Enclosing, st.integers(0, 255), plains, plains, st.none() | st.just("text"), st.integers(0, 9))
values = st.one_of(plains, pointings, enclosings, st.builds(Counted, st.integers(0, 99), st.binary()), nesteds)


def test_fields_are_aligned_to_their_own_size() -> None:
    octets = Plain(1, 2, NULL_GUID, b"xyz").encode()
    assert octets == bytes.fromhex("01 00 cdab 00000000 0200000000000000" + "00" * 16) + b"xyz"


def test_reserved_fields_are_ignored_when_read() -> None:
    octets = bytearray(Plain(1).encode())
    octets[2:4] = b"\xff\xff"
    assert Plain.decode(bytes(octets)) == Plain(1)


def test_a_structure_within_another_is_aligned_as_a_whole() -> None:
    octets = Enclosing(1, Plain(2), Plain(3)).encode()
    assert (octets[0], octets[8], octets[43], octets[48]) == (1, 2, 0x55, 3)
    assert Enclosing.layout.is_packed
    assert not Nested.layout.is_packed


def test_pointees_follow_the_structure_in_the_order_of_the_fields() -> None:
    octets = Pointing((1, 2), "A", Plain(3), b"\xee").encode()
    assert octets[:20].hex() == "020000000000020004000200080002000c000200"
    assert octets[20:40].hex() == "0200000001000200020000000000000002000000"
    assert octets[40:44].hex() == "41000000"
    assert octets[48] == 3
    assert octets[-9:].hex() == "0100000001000000ee"


def test_the_count_of_a_conformant_array_stands_in_front_of_its_structure() -> None:
    assert Counted(5, b"abc").encode().hex() == "03000000000000000500000000000000616263"


@given(values)
def test_what_was_written_is_read_back(value: Structure) -> None:
    assert type(value).decode(value.encode()) == value


@given(values)
def test_generated_code_writes_what_the_loop_over_the_fields_writes(value: Structure) -> None:
    writer = Writer()
    value.layout.write_by_field(writer, value)
    value.layout.write_deferred(writer, value)
    assert writer.getvalue() == value.encode()


@given(st.sampled_from([Plain, Pointing, Counted, Enclosing, Nested]), st.binary(max_size=200))
def test_generated_code_reads_what_the_loop_over_the_fields_reads(kind: type[Structure], octets: bytes) -> None:
    def outcome(read: Any) -> object:
        reader = Reader(octets)
        try:
            return kind.layout.finish(reader, read(reader))
        except ProtocolError as error:
            return str(error)

    assert outcome(kind.layout.read) == outcome(kind.layout.read_by_field)


@given(values, st.data())
def test_a_spoilt_structure_is_read_or_refused_in_words(value: Structure, data: st.DataObject) -> None:
    octets = bytearray(value.encode())
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=6))
    with suppress(MalformedData):
        type(value).decode(bytes(octets))


def test_an_error_names_structure_field_and_place() -> None:
    with pytest.raises(MalformedData, match=r"PLAIN\.large: 8 octets wanted, 4 left \(at octet 8\)") as caught:
        Plain.decode(bytes(12))
    assert (caught.value.structure, caught.value.field, caught.value.position) == ("PLAIN", "large", 8)


def test_a_count_that_disagrees_with_its_array_is_refused() -> None:
    octets = bytearray(Pointing((1, 2)).encode())
    octets[0] = 3
    with pytest.raises(MalformedData, match=r"POINTING\._count: numbers has 2 elements, not 3"):
        Pointing.decode(bytes(octets))


@pytest.mark.parametrize("count", [4, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_count_beyond_the_octets_is_refused_before_anything_is_made(count: int) -> None:
    octets = bytearray(Pointing((1, 2)).encode())
    octets[20:24] = count.to_bytes(4, "little")
    with pytest.raises(MalformedData):
        Pointing.decode(bytes(octets[:28]))


def test_a_value_that_does_not_fit_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"PLAIN\.small"):
        Plain(256).encode()


def test_a_reference_pointer_is_never_null() -> None:
    octets = bytearray(Pointing().encode())
    octets[12:16] = bytes(4)
    with pytest.raises(MalformedData, match="null"):
        Pointing.decode(bytes(octets))
    with pytest.raises(ValueError, match="null"):
        Pointing(plain=None).encode()  # type: ignore[arg-type]


def test_a_field_of_a_subclass_follows_those_of_its_base() -> None:
    class Longer(Plain):
        extra: int = wire(U16, default=9)

    assert Longer(1).encode()[:35] == Plain(1).encode()
    assert Longer.decode(Longer(1, extra=4).encode()) == Longer(1, extra=4)


def test_fixed_arrays_have_their_length() -> None:
    with pytest.raises(ValueError, match=r"NESTED\.pair: 2 elements wanted, got 3"):
        Nested(Plain(1), (1, 2, 3), ()).encode()


def test_octets_of_fixed_length_have_it() -> None:
    with pytest.raises(ValueError, match="3 octets wanted, got 4"):
        Octets(3).write(Writer(), b"abcd")
