"""Heaps, references, and what they refer to."""

from __future__ import annotations

import pytest

from wmix.errors import ProtocolError
from wmix.protocol.wmio.class_cache import ClassCache
from wmix.protocol.wmio.heap import Heap, HeapWriter, read_heap
from wmix.protocol.wmio.object_block import BlockDecoder, BlockEncoder
from wmix.protocol.wmio.octets import OctetReader


def _heap(octets: bytes) -> Heap:
    data = len(octets).to_bytes(3, "little") + b"\x80" + octets
    return read_heap(OctetReader(data, 0, len(data), "Test"), "TestHeap", BlockDecoder(ClassCache(), len(data)))


def test_a_reference_is_an_offset_into_the_heap() -> None:
    assert _heap(b"\0a\0\0b\0").string(3, "Name") == "b"


def test_a_reference_with_bit_31_names_an_entry_of_the_dictionary() -> None:
    heap = _heap(b"")
    assert (heap.string(0x80000001, "Name"), heap.string(0x8000000A, "Name")) == ("key", "CIMTYPE")


@pytest.mark.parametrize(
    ("reference", "why"),
    [(6, "reference 0x6 into a heap of 6 octets"), (0x8000000B, "dictionary entry 11"), (0xFFFFFFFF, "NULL")],
)
def test_a_reference_to_nothing_is_refused(reference: int, why: str) -> None:
    with pytest.raises(ProtocolError, match=why):
        _heap(b"\0a\0\0b\0").string(reference, "Name")


def test_the_length_of_a_heap_has_bit_31() -> None:
    data = b"\1\0\0\0x"
    with pytest.raises(ProtocolError, match="lacks bit 31"):
        read_heap(OctetReader(data, 0, 5, "Test"), "TestHeap", BlockDecoder(ClassCache(), 5))


def test_a_heap_ends_with_its_part() -> None:
    data = b"\2\0\0\x80x"
    with pytest.raises(ProtocolError, match="2 octets announced, 1 there"):
        read_heap(OctetReader(data, 0, 5, "Test"), "TestHeap", BlockDecoder(ClassCache(), 5))


def test_items_are_appended() -> None:
    heap = HeapWriter(BlockEncoder())
    assert (heap.string("a"), heap.block(b"xy"), heap.add(b"...")) == (0, 3, 9)
    heap.replace(9, b"abc")
    assert heap.encoded() == b"\x0c\0\0\x80\0a\0\2\0\0\0xyabc"
