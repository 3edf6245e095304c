"""Batches from a host: the short way for rows that look alike gives what the long way gives, or the same errors."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import INNER, cim_classes, instances_of
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.types import CimType
from wmix.engine.calls.spill import Spill
from wmix.errors import ProtocolError
from wmix.protocol.wbem.packet_rows import RowFrame
from wmix.protocol.wbem.packets import CLASS, INSTANCE, INSTANCE_WITHOUT_CLASS, decode_packet, encode_packet
from wmix.protocol.wmio import BlockEncoder, ClassCache, InstanceDecoder, decode_object, encode_object
from wmix.remote.encoded_batch import EncodedBatch, EncodedRows, ObjectDecoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.protocol.wbem.packets import PacketObject

ORIGIN, ELSEWHERE = Origin("SRV", "root\\test"), Origin("SRV", "root\\elsewhere")
ENCODER = BlockEncoder()
INNER_ID, OTHER_ID = b"inner".ljust(16), b"other".ljust(16)
OTHER = derive(None, "Test_Other", properties=[CimProperty("Name", CimType.STRING)])


def inner(number: int) -> CimInstance:
    return CimInstance.of(INNER, {"Text": f"row {number}", "Number": number}, ORIGIN)


def whole(instance: CimInstance, class_id: bytes = INNER_ID) -> PacketObject:
    return INSTANCE, class_id, ENCODER.block(instance, instance.origin_)


def bare(instance: CimInstance, class_id: bytes = INNER_ID) -> PacketObject:
    return INSTANCE_WITHOUT_CLASS, class_id, ENCODER.head(2, instance.origin_) + ENCODER.instance_part(instance)


def decoded(objects: Sequence[PacketObject]) -> EncodedBatch:
    return ObjectDecoder(ClassCache()).packet(encode_packet(objects))


def slowly(buffer: bytes) -> tuple[list[Any], list[bytes]]:
    """What the objects of a packet are, one by one, and which of them are none."""
    decoder, readers = InstanceDecoder(), {}
    found: list[Any] = []
    wrong: list[bytes] = []
    for kind, class_id, octets in decode_packet(buffer):
        try:
            if kind == INSTANCE:
                readers[class_id] = decoder.reader(octets, 0, len(octets))
            if kind != INSTANCE_WITHOUT_CLASS:
                found.append(decoder.block(octets, 0, len(octets)))
            elif class_id in readers:
                found.append(decoder.bare(octets, 0, len(octets), readers[class_id]))
            else:
                wrong.append(octets)
        except ProtocolError:
            wrong.append(octets)
    return found, wrong


def shown(objects: Sequence[Any]) -> list[object]:
    """Objects as values to compare; None for values that cannot be read."""
    values: list[object] = []
    for item in objects:
        try:
            values.append(item if isinstance(item, CimClass) else (item.class_name_, item.origin_, item.values_()))
        except ProtocolError:
            values.append(None)
    return values


def test_rows_that_follow_each_other_are_found_together() -> None:
    batch = decoded([whole(inner(0)), *[bare(inner(number)) for number in range(1, 50)]])
    assert batch.objects() == [inner(number) for number in range(50)]
    assert all(item.origin_ == ORIGIN for item in batch.objects() if isinstance(item, CimInstance))
    # The one with its class part, the one that shows what the others look like, and all others at once.
    assert [len(piece) for piece in batch._pieces if isinstance(piece, EncodedRows)] == [1, 1, 48]


def test_objects_of_all_kinds_keep_their_order() -> None:
    far = CimInstance.of(INNER, {"Number": 5}, ELSEWHERE)
    other = CimInstance.of(OTHER, {"Name": "x"}, ORIGIN)
    objects = [whole(inner(0)), whole(other, OTHER_ID), bare(inner(1)), bare(inner(2)), (CLASS, b"", b"")]
    objects[-1] = (CLASS, b"", ENCODER.block(OTHER, ORIGIN))
    objects += [bare(other, OTHER_ID), bare(inner(3)), bare(far), bare(far), bare(inner(4)), bare(inner(5))]
    batch = decoded(objects)
    expected = [inner(0), other, inner(1), inner(2), OTHER, other, inner(3), far, far, inner(4), inner(5)]
    assert batch.objects() == expected
    origins = [item.origin_ for item in batch.objects() if isinstance(item, CimInstance)]
    assert origins[6:8] == [ELSEWHERE, ELSEWHERE]
    assert origins[8:] == [ORIGIN, ORIGIN]
    for start in range(len(batch)):
        for stop in range(start, len(batch) + 1):
            assert batch.part(start, stop).objects() == expected[start:stop]
            assert len(batch.part(start, stop)) == stop - start


def test_the_undecodable_is_set_aside_with_its_octets() -> None:
    unknown = bare(inner(9), OTHER_ID)
    short = (INSTANCE_WITHOUT_CLASS, INNER_ID, bare(inner(9))[2][:-3])
    batch = decoded([whole(inner(0)), bare(inner(1)), unknown, short, bare(inner(2)), bare(inner(3))])
    assert batch.objects() == [inner(0), inner(1), inner(2), inner(3)]
    assert [item.data for item in batch.undecoded] == [unknown[2], short[2]]
    assert "was not sent" in batch.undecoded[0].error.detail
    assert batch.part(0, 2).undecoded == batch.undecoded
    assert not batch.part(1, 2).undecoded


def test_qualifiers_of_an_instance_itself_are_kept() -> None:
    marked = inner(2)
    marked.qualifiers_.put("Marked")
    objects = [whole(inner(0)), bare(inner(1)), bare(marked), bare(inner(3))]
    items: list[Any] = decoded(objects).objects()
    assert items == [inner(0), inner(1), marked, inner(3)]
    assert [item.qualifiers_.get("Marked") is not None for item in items] == [False, False, True, False]


@given(cls=cim_classes(), data=st.data())
@settings(max_examples=60)
def test_any_rows_are_read_as_one_by_one(cls: CimClass, data: st.DataObject) -> None:
    items = data.draw(st.lists(instances_of(cls), min_size=1, max_size=6))
    # One class identifier stands for one selection of properties.
    items = [item for item in items if item.layout_.names == items[0].layout_.names]
    objects = [whole(items[0]), *[bare(item) for item in items]]
    found, wrong = slowly(encode_packet(objects))
    assert (shown(decoded(objects).objects()), wrong) == (shown(found), [])
    units = [encode_object(item, decoration=ORIGIN) for item in items]
    assert ObjectDecoder(ClassCache()).units(units).objects() == [decode_object(unit) for unit in units]


def check_as_object_by_object(buffer: bytes) -> None:
    error = None
    try:
        expected, wrong = slowly(buffer)
    except ProtocolError as broken:
        error = str(broken)
    if error is not None:
        with pytest.raises(ProtocolError, match=f"^{re.escape(error)}$"):
            ObjectDecoder(ClassCache()).packet(buffer)
        return
    batch = ObjectDecoder(ClassCache()).packet(buffer)
    assert shown(batch.objects()) == shown(expected)
    assert [item.data for item in batch.undecoded] == wrong


@given(st.data())
@settings(max_examples=300)
def test_a_spoilt_packet_is_read_as_object_by_object(data: st.DataObject) -> None:
    buffer = bytearray(encode_packet([whole(inner(0)), *[bare(inner(number)) for number in range(1, 5)]]))
    at = data.draw(st.integers(0, len(buffer) - 1))
    buffer[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    check_as_object_by_object(bytes(buffer))


@pytest.mark.parametrize("change", [1, 0x80, 0xFF])
def test_every_octet_of_a_row_counts(change: int) -> None:
    rows = [bare(inner(number)) for number in range(1, 5)]
    begin = len(encode_packet([whole(inner(0)), *rows[:2]]))
    packet = encode_packet([whole(inner(0)), *rows])
    for at in range(begin, len(encode_packet([whole(inner(0)), *rows[:3]]))):
        buffer = bytearray(packet)
        buffer[at] ^= change
        check_as_object_by_object(bytes(buffer))


@given(st.data())
@settings(max_examples=200)
def test_spoilt_units_are_read_as_unit_by_unit(data: st.DataObject) -> None:
    units = [bytearray(encode_object(inner(number), decoration=ORIGIN)) for number in range(5)]
    spoilt = data.draw(st.sampled_from(units))
    at = data.draw(st.integers(0, len(spoilt) - 1))
    spoilt[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    expected: list[Any] = []
    wrong: list[bytes] = []
    for unit in map(bytes, units):
        try:
            expected.append(InstanceDecoder().unit(unit, 0, len(unit)))
        except ProtocolError:
            wrong.append(unit)
    batch = ObjectDecoder(ClassCache()).units([*map(bytes, units)])
    assert shown(batch.objects()) == shown(expected)
    assert [item.data for item in batch.undecoded] == wrong


def test_units_may_have_octets_behind_them_and_must_be_all_there() -> None:
    units = [encode_object(inner(number), decoration=ORIGIN) + b"more" for number in range(3)]
    longer = bytearray(units[1])
    struct.pack_into("<I", longer, 4, len(units[1]))
    batch = ObjectDecoder(ClassCache()).units([units[0], bytes(longer), units[2]])
    assert batch.objects() == [inner(0), inner(2)]
    assert [item.data for item in batch.undecoded] == [bytes(longer)]


def test_a_frame_finds_no_more_rows_than_it_is_asked_for_and_none_that_are_not_whole() -> None:
    rows = [bare(inner(number)) for number in range(4)]
    buffer = encode_packet(rows)
    begin = len(encode_packet([]))
    first = whole(inner(0))[2]
    reader = InstanceDecoder().reader(first, 0, len(first))
    decoder = InstanceDecoder()
    decoder.bare(rows[0][2], 0, len(rows[0][2]), reader)
    head = decoder.bare_head
    assert head is not None
    frame = RowFrame(INNER_ID, head.octets, head.tail)
    parts, end = frame.rows(buffer, begin, 4)
    assert [reader.read(part) for part in parts] == [tuple(inner(number).raw_values_()) for number in range(4)]
    assert end == len(buffer)
    assert len(frame.rows(buffer, begin, 3)[0]) == 3
    for cut in range(begin, len(buffer)):
        found, position = frame.rows(buffer[:cut], begin, 4)
        assert len(found) < 4
        assert position <= cut
    assert RowFrame(OTHER_ID, head.octets, head.tail).rows(buffer, begin, 4) == ([], begin)


def test_a_batch_comes_back_from_a_file() -> None:
    """What rewindable results of a host do when they exceed their limit."""
    short = (INSTANCE_WITHOUT_CLASS, INNER_ID, b"\2")
    objects = [
        whole(inner(0)),
        *[bare(inner(number)) for number in range(1, 5)],
        (CLASS, b"", ENCODER.block(OTHER, None)),
    ]
    batch = decoded([*objects, short])
    spill = Spill(None)
    try:
        numbers = [spill.write(batch), spill.write(batch.part(1, 3))]
        whole_batch, part = map(spill.read, numbers)
    finally:
        spill.close()
    assert whole_batch.objects() == batch.objects()
    assert part.objects() == batch.objects()[1:3]
    assert isinstance(whole_batch, EncodedBatch)
    assert [item.data for item in whole_batch.undecoded] == [b"\2"]


def test_what_encoded_rows_take_is_told_without_decoding_them() -> None:
    batch = decoded([whole(inner(0)), *[bare(inner(number)) for number in range(100)]])
    length = len(ENCODER.instance_part(inner(50)))
    assert 100 * length < batch.octets() < 100 * (length + 100)
