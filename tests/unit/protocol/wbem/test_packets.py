"""Packets of objects: the vector, any objects, and sizes that lie."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octet_vectors import vector
from wmix.protocol.ndr.malformed import MalformedData
from wmix.protocol.wbem.packets import (
    CLASS,
    INDICATE,
    INSTANCE,
    INSTANCE_WITHOUT_CLASS,
    PacketObject,
    decode_packet,
    encode_packet,
)

CLASS_ID = bytes.fromhex("1032547698badcfe0123456789abcdef")
OBJECTS: list[PacketObject] = [
    (CLASS, b"", b"\x11\x12"),
    (INSTANCE, CLASS_ID, b"\x21\x22\x23"),
    (INSTANCE_WITHOUT_CLASS, CLASS_ID, b"\x31"),
]
_instances = st.tuples(st.sampled_from([INSTANCE, INSTANCE_WITHOUT_CLASS]), st.just(CLASS_ID), st.binary(max_size=20))
_classes = st.tuples(st.just(CLASS), st.just(b""), st.binary(max_size=20))


def test_a_packet_is_its_vector() -> None:
    assert encode_packet(OBJECTS) == vector("wbem", "packet")
    assert decode_packet(vector("wbem", "packet")) == OBJECTS


@given(st.lists(_instances | _classes, max_size=6))
def test_what_was_written_is_read_back(objects: list[PacketObject]) -> None:
    assert decode_packet(encode_packet(objects)) == objects
    assert decode_packet(encode_packet(objects, INDICATE) + b"more") == objects


@pytest.mark.parametrize(
    "item", [(CLASS, CLASS_ID, b""), (INSTANCE, b"", b""), (INSTANCE_WITHOUT_CLASS, CLASS_ID[1:], b""), (4, b"", b"")]
)
def test_impossible_objects_are_not_written(item: PacketObject) -> None:
    with pytest.raises(ValueError, match="no object of kind"):
        encode_packet([item])


@pytest.mark.parametrize(
    ("at", "octet", "what"),
    [
        (0, 1, "no packet"),
        (4, 0, "no packet"),
        (12, 27, "no packet"),
        (24, 2, "no packet"),
        (26, 9, "no packet"),
        (34, 13, "no packet"),
        (42, 6, "6 objects do not fit"),
        (42, 5, "octets wanted"),
        (45, 255, "objects do not fit"),
        (46, 8, "sizes 8, 10, 8, 2"),
        (50, 11, "sizes 9, 11, 8, 2"),
        (54, 2, "type 2 with a header of 8"),
        (54, 0, "type 0"),
    ],
)
def test_what_is_no_packet_is_refused(at: int, octet: int, what: str) -> None:
    buffer = bytearray(vector("wbem", "packet"))
    buffer[at] = octet
    with pytest.raises(MalformedData, match=what):
        decode_packet(bytes(buffer))


def test_a_truncated_packet_is_refused() -> None:
    buffer = vector("wbem", "packet")
    for size in range(len(buffer)):
        with pytest.raises(MalformedData):
            decode_packet(buffer[:size])


@given(st.data())
def test_a_spoilt_packet_is_read_or_refused_in_words(data: st.DataObject) -> None:
    buffer = bytearray(vector("wbem", "packet"))
    at = data.draw(st.integers(26, len(buffer) - 1))
    buffer[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    with suppress(MalformedData):
        decode_packet(bytes(buffer))
