"""Octets that are no encoding: a ``ProtocolError`` with a place, or an object; nothing else, in bounded time."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import INNER, cim_classes, instances_of
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.methods import CimMethod, CimParameter
from wmix.cim.types import CimType
from wmix.errors import ProtocolError
from wmix.protocol.wmio import InstanceDecoder, MalformedObject, decode_object, encode_object

ORIGIN = Origin("SRV", "root\\test")


def _sample() -> CimClass:
    method = CimMethod.declare("Go", [CimParameter("What", CimType.STRING), CimParameter("How", CimType.UINT8, True)])
    properties = [
        CimProperty("Id", CimType.UINT32, default=1),
        CimProperty("Names", CimType.STRING, True, ("a", "żółw")),
        CimProperty("Inside", CimType.OBJECT),
        CimProperty("When", CimType.DATETIME),
    ]
    return derive(INNER, "Test_Sample", properties=properties, methods=[method])


SAMPLE = _sample()
GOOD = [
    encode_object(SAMPLE, decoration=ORIGIN),
    encode_object(CimInstance.of(INNER, {"Text": "x", "Number": 2}), decoration=None),
    encode_object(
        CimInstance.of(
            SAMPLE,
            {"Names": ("x", "y"), "Inside": CimInstance.of(INNER, {"Text": "é"}), "When": "20260102030405.000006+060"},
        ),
        decoration=ORIGIN,
    ),
]


def _read_all(data: bytes) -> None:
    """Decode *data* in every way and read everything."""
    for decode in (decode_object, lambda octets: InstanceDecoder().unit(octets, 0, len(octets))):
        try:
            found = decode(data)
            if isinstance(found, CimInstance):
                found.values_()
            repr(found)
            encode_object(found, decoration=None)
        except MalformedObject as error:
            assert (error.structure != "", error.field != "", error.position >= 0) == (True,) * 3  # noqa: PT017


@given(st.binary(max_size=200))
def test_random_octets(data: bytes) -> None:
    _read_all(data)
    _read_all(struct.pack("<II", 0x12345678, len(data)) + data)


@settings(max_examples=400)
@given(st.sampled_from(GOOD), st.lists(st.tuples(st.integers(0, 4000), st.binary(min_size=1, max_size=6)), max_size=4))
def test_good_encodings_with_octets_overwritten(data: bytes, changes: list[tuple[int, bytes]]) -> None:
    broken = bytearray(data)
    for position, octets in changes:
        start = position % len(data)
        broken[start : start + len(octets)] = octets
    _read_all(bytes(broken[: len(data)]))


@settings(max_examples=200)
@given(st.sampled_from(GOOD), st.sampled_from(GOOD), st.integers(0, 4000), st.integers(0, 4000), st.integers(0, 200))
def test_good_encodings_spliced(data: bytes, other: bytes, at: int, source: int, length: int) -> None:
    at, source = at % len(data), source % len(other)
    broken = data[:at] + other[source : source + length] + data[at:]
    _read_all(struct.pack("<II", 0x12345678, len(broken) - 8) + broken[8:])


@settings(max_examples=50)
@given(st.data())
def test_any_object_with_an_octet_changed(data: st.DataObject) -> None:
    cls = data.draw(cim_classes())
    octets = bytearray(encode_object(data.draw(st.just(cls) | instances_of(cls)), decoration=ORIGIN))
    octets[data.draw(st.integers(8, len(octets) - 1))] = data.draw(st.integers(0, 255))
    _read_all(bytes(octets))


@pytest.mark.parametrize("data", GOOD)
def test_every_truncation_is_refused(data: bytes) -> None:
    for length in range(len(data)):
        with pytest.raises(ProtocolError):
            decode_object(data[:length])


@pytest.mark.parametrize("data", GOOD)
def test_every_truncation_with_a_true_length_is_refused(data: bytes) -> None:
    for length in range(len(data) - 8):
        with pytest.raises(ProtocolError):
            decode_object(struct.pack("<II", 0x12345678, length) + data[8 : 8 + length])


def test_items_shared_over_and_over_are_refused() -> None:
    cls = derive(None, "Test_Bomb", properties=[CimProperty("Texts", CimType.STRING, True)])
    count = 4000
    text = "x" * 20_000
    data = encode_object(CimInstance.of(cls, {"Texts": [text] + ["y"] * count}), decoration=None)
    head = data.index(struct.pack("<I", count + 1))
    first = data[head + 4 : head + 8]
    bomb = data[: head + 4] + first * (count + 1) + data[head + 8 + 4 * count :]
    with pytest.raises(ProtocolError, match="over and over"):
        decode_object(bomb)


def test_an_object_that_embeds_the_same_object_many_times_on_every_level_takes_bounded_time() -> None:
    cls = derive(None, "Test_Bomb", properties=[CimProperty("Inside", CimType.OBJECT, True)])
    data = b""
    inner = CimInstance.of(cls, {})
    for _ in range(20):
        inner = CimInstance.of(cls, {"Inside": [inner] * 4})
        data = encode_object(inner, decoration=None)
        if len(data) > 50_000:
            break
    shared = bytearray(data)
    at = 0
    while (at := shared.find(b"\4\0\0\0", at + 1)) >= 0:  # every array of four: all elements become the first
        first = shared[at + 4 : at + 8]
        if shared[at + 8 : at + 12] > first and first[2:] == b"\0\0":
            shared[at + 4 : at + 20] = first * 4
    _read_all(bytes(shared))


def test_a_huge_count_allocates_nothing() -> None:
    cls = derive(None, "Test_Count", properties=[CimProperty("Numbers", CimType.UINT32, True)])
    data = encode_object(CimInstance.of(cls, {"Numbers": [0x01020304]}), decoration=None)
    at = data.index(b"\4\3\2\1") - 4
    with pytest.raises(ProtocolError, match="octets announced"):
        decode_object(data[:at] + b"\xff\xff\xff\x7f" + data[at + 4 :])
