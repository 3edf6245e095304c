"""QualifierSet: flavors, types and sets that are wrong."""

from __future__ import annotations

import struct

import pytest

from wmix.cim.qualifiers import Qualifier
from wmix.cim.types import CimType
from wmix.errors import ProtocolError
from wmix.protocol.wmio.class_cache import ClassCache
from wmix.protocol.wmio.heap import Heap, HeapWriter
from wmix.protocol.wmio.object_block import BlockDecoder, BlockEncoder
from wmix.protocol.wmio.octets import OctetReader
from wmix.protocol.wmio.qualifiers import (
    qualifier_set_bounds,
    qualifier_set_length,
    read_qualifiers,
    write_qualifiers,
)

ALL = [
    Qualifier("CIMTYPE", "uint32", CimType.STRING, False, 0x03),
    Qualifier("key", True, CimType.BOOLEAN, False, 0x33),
    Qualifier("Locale", -1, CimType.SINT32, False, 0x81),
    Qualifier("Weight", 0.5, CimType.REAL64, False, 0x00),
    Qualifier("Small", 7, CimType.UINT8, False, 0x40),
    Qualifier("Values", ("a", "ż"), CimType.STRING, True, 0x02),
    Qualifier("Numbers", (1, 2), CimType.SINT32, True, 0x02),
    Qualifier("Flags", (True, False), CimType.BOOLEAN, True, 0x00),
]


def _read(octets: bytes, heap: bytes = b"") -> list[Qualifier]:
    decoder = BlockDecoder(ClassCache(), len(octets) + len(heap))
    bounds = qualifier_set_bounds(OctetReader(octets, 0, len(octets), "Test"))
    return read_qualifiers(octets, bounds, Heap(heap, 0, len(heap), "TestHeap", decoder))


def test_qualifiers_of_every_kind_come_back() -> None:
    heap = HeapWriter(BlockEncoder())
    octets = write_qualifiers(ALL, heap)
    assert len(octets) == qualifier_set_length(ALL)
    assert _read(octets, bytes(heap.data)) == ALL


@pytest.mark.parametrize("octets", [b"\4\0\0\0", b"\0\0\0\0"])
def test_an_empty_set_has_length_four_or_none(octets: bytes) -> None:
    assert _read(octets) == []


def test_a_null_text_or_array_reads_as_an_empty_one() -> None:
    text = struct.pack("<IBII", 0x80000001, 0, CimType.STRING, 0xFFFFFFFF)
    array = struct.pack("<IBII", 0x80000003, 0, 0x2000 | CimType.STRING, 0xFFFFFFFF)
    found = _read(struct.pack("<I", 4 + len(text) + len(array)) + text + array)
    assert [item.value for item in found] == ["", ()]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (struct.pack("<IBIH", 0x80000001, 0, CimType.BOOLEAN, 1) * 2, "key is there twice"),
        (struct.pack("<IBII", 0x80000001, 0, CimType.OBJECT, 0), "key holds an object"),
        (struct.pack("<IBII", 0x80000001, 0, 0x77, 0), "0x77 is no CIM type"),
        (struct.pack("<IBIH", 0x80000001, 0, CimType.BOOLEAN, 1)[:-1], "2 octets announced, 1 there"),
        (b"\1", "9 octets announced, 1 there"),
        (struct.pack("<IBIH", 0xFFFFFFFF, 0, CimType.BOOLEAN, 1), "NULL"),
    ],
)
def test_wrong_sets_are_refused(body: bytes, why: str) -> None:
    with pytest.raises(ProtocolError, match=why):
        _read(struct.pack("<I", 4 + len(body)) + body)


def test_a_length_below_four_is_refused() -> None:
    with pytest.raises(ProtocolError, match="does not hold itself"):
        _read(b"\3\0\0\0")
