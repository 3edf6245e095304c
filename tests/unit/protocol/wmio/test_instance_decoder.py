"""Streams of objects: whole and bare instances, classes among them, values decoded when they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from strategies import INNER
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.types import CimType
from wmix.errors import ProtocolError
from wmix.protocol.wmio import BlockEncoder, EncodedRow, InstanceDecoder, decode_object, encode_object

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cim.layout import InstanceLayout

ORIGIN = Origin("SRV", "root\\test")
ENCODER = BlockEncoder()


def _instance(number: int) -> CimInstance:
    return CimInstance.of(INNER, {"Text": f"row {number}", "Number": number}, ORIGIN)


def test_objects_back_to_back_in_one_buffer() -> None:
    blocks = [ENCODER.block(_instance(number), ORIGIN) for number in range(5)]
    blocks.insert(2, ENCODER.block(INNER, ORIGIN))
    data, decoder, position = b"".join(blocks), InstanceDecoder(), 0
    found = []
    for block in blocks:
        found.append(decoder.block(data, position, position + len(block)))
        position += len(block)
    assert isinstance(found.pop(2), CimClass)
    assert found == [_instance(number) for number in range(5)]
    assert all(isinstance(item, CimInstance) and item.origin_ == ORIGIN for item in found)


def test_an_instance_without_its_class_part() -> None:
    decoder = InstanceDecoder()
    first = ENCODER.block(_instance(0), ORIGIN)
    reader = decoder.reader(first, 0, len(first))
    for origin in (ORIGIN, None, ORIGIN):
        bare = ENCODER.head(0x02, origin) + ENCODER.instance_part(_instance(7))
        found = decoder.bare(b"??" + bare, 2, 2 + len(bare), reader)
        assert found == _instance(7)
        assert found.origin_ == origin
        assert found.layout_ is reader.layout


def test_rows_that_begin_alike_are_taken_for_what_they_make_without_making_it() -> None:
    decoder = InstanceDecoder()
    first = ENCODER.block(_instance(0), ORIGIN)
    reader = decoder.reader(first, 0, len(first))
    bare = [ENCODER.head(0x02, ORIGIN) + ENCODER.instance_part(_instance(number)) for number in range(2)]
    assert decoder.bare_head is None
    decoder.bare(bare[0], 0, len(bare[0]), reader)
    head = decoder.bare_head
    assert head is not None
    assert (head.octets, head.reader, head.origin) == (ENCODER.head(0x02, ORIGIN), reader, ORIGIN)
    behind = bare[1] + b"behind"
    assert head.part(behind, head.size, len(behind)) == ENCODER.instance_part(_instance(1))
    assert head.part(behind, head.size, len(bare[1]) - 1) is None


def test_a_unit_that_begins_otherwise_or_is_not_plain_is_not_taken_for_the_one_before() -> None:
    decoder = InstanceDecoder()
    like = encode_object(_instance(1), decoration=ORIGIN)
    assert decoder.whole_rows([like], 0) == (None, [])
    decoder.unit(like, 0, len(like))
    marked = _instance(1)
    marked.qualifiers_.put("Note", "mine", 0)
    size = len(like) - len(ENCODER.instance_part(_instance(1)))
    others = {
        "another place": encode_object(_instance(1), decoration=Origin("SRX", "root\\test")),
        "another signature": b"\0" + like[1:],
        "qualifiers": encode_object(marked, decoration=ORIGIN),
        "no length": like[: size + 3],
        "an octet less than its length": like[:-1],
    }
    assert [name for name, octets in others.items() if decoder.whole_rows([octets, like], 0)[1]] == []
    head, parts = decoder.whole_rows([like, like, others["qualifiers"], like], 1)
    assert parts == [ENCODER.instance_part(_instance(1))]
    assert head is decoder.whole_head


def test_units_may_have_octets_behind_them() -> None:
    data = encode_object(_instance(3), decoration=ORIGIN) + b"\0\0"
    assert InstanceDecoder().unit(data, 0, len(data)) == _instance(3)


def test_values_are_decoded_when_one_is_read() -> None:
    data = encode_object(_instance(3), decoration=ORIGIN)
    found = InstanceDecoder().unit(data, 0, len(data))
    assert isinstance(found, CimInstance)
    row = found.raw_values_()
    assert isinstance(row, EncodedRow)
    assert (len(row), row.data is not None) == (2, True)
    assert "octets" in repr(row)
    assert found["Text"] == "row 3"
    assert row.data is None
    assert (row[1], row[:], list(row)) == (3, ("row 3", 3), ["row 3", 3])


def test_the_caller_makes_the_instances() -> None:
    class Mine(CimInstance):
        pass

    def make(layout: InstanceLayout, values: Sequence[object], origin: Origin | None) -> CimInstance:
        return Mine(layout, values, origin)

    data = encode_object(_instance(3), decoration=ORIGIN)
    assert isinstance(InstanceDecoder().unit(data, 0, len(data), make), Mine)
    assert isinstance(decode_object(data, make=make), Mine)


def test_wrong_values_show_when_they_are_read_and_the_octets_are_still_there() -> None:
    data = encode_object(_instance(3), decoration=None)
    wrong = data.replace(b"\0row 3\0", b"\5row 3\0")
    found = InstanceDecoder().unit(wrong, 0, len(wrong))
    assert isinstance(found, CimInstance)
    with pytest.raises(ProtocolError, match="string flag 5"):
        found["Number"]
    row = found.raw_values_()
    assert isinstance(row, EncodedRow)
    assert row.data is not None
    assert b"\5row 3\0" in row.data


def test_qualifiers_of_an_instance_are_attached() -> None:
    instance = _instance(1)
    instance.qualifiers_.put("Note", "mine", 0)
    instance.properties_["Text"].qualifiers.put("Mark", 7, 0)
    data = encode_object(instance, decoration=ORIGIN)
    found = InstanceDecoder().unit(data, 0, len(data))
    assert isinstance(found, CimInstance)
    assert found.qualifiers_["Note"] == "mine"
    assert found.properties_["Text"].qualifiers["Mark"] == 7
    assert found == instance


def test_a_class_is_no_reader() -> None:
    block = ENCODER.block(INNER, ORIGIN)
    with pytest.raises(ProtocolError, match="a class instead of an instance"):
        InstanceDecoder().reader(block, 0, len(block))


@pytest.mark.parametrize("flags", [0x00, 0x03, 0x04])
def test_flags_say_class_or_instance(flags: int) -> None:
    block = bytes([flags]) + ENCODER.block(_instance(1), None)[1:]
    with pytest.raises(ProtocolError, match="neither a class nor an instance"):
        InstanceDecoder().block(block, 0, len(block))


def test_embedded_instances_are_decoded_late_too() -> None:
    cls = derive(None, "Test_Event", properties=[CimProperty("TargetInstance", CimType.OBJECT)])
    event = CimInstance.of(cls, {"TargetInstance": _instance(4)})
    data = encode_object(event, decoration=None)
    decoder = InstanceDecoder()
    for _ in range(3):
        found = decoder.unit(data, 0, len(data))
        assert isinstance(found, CimInstance)
        target = found["TargetInstance"]
        assert isinstance(target.raw_values_(), EncodedRow)
        assert target == _instance(4)
        assert target.origin_ == ORIGIN
    assert len(decoder.cache) == 2


def test_a_truncated_instance_part_is_refused_at_once() -> None:
    block = ENCODER.block(_instance(1), ORIGIN)
    decoder = InstanceDecoder()
    decoder.block(block, 0, len(block))
    for end in range(len(block)):
        with pytest.raises(ProtocolError):
            decoder.block(block, 0, end)
