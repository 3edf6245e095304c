"""Readers and writers made per null pattern do what the interpreter does, octet for octet and value for value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import cim_classes, instances_of, values_of
from unit.protocol.wmio.reference_models import arrived_instance
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.datetime import CimDateTime
from wmix.cim.instances import CimInstance
from wmix.cim.layout import UNSET
from wmix.cim.types import CimType
from wmix.errors import ProtocolError
from wmix.protocol.wmio import BlockEncoder, ClassCache, InstanceReader, instance_reader, instance_writer
from wmix.protocol.wmio.instance_part import read_values, write_instance_part
from wmix.protocol.wmio.object_block import BlockDecoder
from wmix.protocol.wmio.reader_compiler import MAX_SHAPES

if TYPE_CHECKING:
    from wmix.cim.layout import InstanceLayout

MANY = derive(
    None,
    "Test_Many",
    properties=[
        CimProperty("Name", CimType.STRING),
        CimProperty("When", CimType.DATETIME),
        CimProperty("Flag", CimType.BOOLEAN),
        CimProperty("Letter", CimType.CHAR16),
        CimProperty("Path", CimType.REFERENCE, default="Test_Many=1"),
        CimProperty("Size", CimType.UINT64),
        CimProperty("Alias", CimType.STRING),
        CimProperty("Small", CimType.SINT8),
    ],
)
DATE = CimDateTime("20260102030405.000006+060")
ROW = ("first", DATE, True, "é", UNSET, 2**63, "second", -1)


def _reader(layout: InstanceLayout) -> InstanceReader:
    cache = ClassCache()
    return InstanceReader(BlockEncoder().writer(layout).part, lambda octets: BlockDecoder(cache, octets), layout)


def _interpreted(reader: InstanceReader, data: bytes) -> tuple[object, ...]:
    return read_values(data, reader.part, BlockDecoder(ClassCache(), len(data)))


@given(st.data())
def test_compiled_rows_are_the_interpreted_ones(data: st.DataObject) -> None:
    cls = data.draw(cim_classes())
    encoders = {explicit: BlockEncoder(explicit_defaults=explicit) for explicit in (False, True)}
    readers: dict[Any, InstanceReader] = {}
    for instance in data.draw(st.lists(instances_of(cls, projected=False), min_size=1, max_size=6)):
        layout = instance.layout_
        reader = readers.setdefault(layout, _reader(layout))
        for explicit, encoder in encoders.items():
            writer = encoder.writer(layout)
            written = writer.write(instance.raw_values_())
            assert written == write_instance_part(
                writer.part, instance.raw_values_(), encoder, explicit_defaults=explicit
            )
            expected = _interpreted(reader, written)
            if not explicit:
                assert expected == arrived_instance(instance)
            for _ in range(3):  # interpreted, then with a shape, then with what the shape learnt
                assert reader.read(written) == expected


@given(st.lists(st.tuples(*[values_of(prop.type, False) | st.just(UNSET) for prop in MANY.properties.values()])))
def test_many_rows_of_one_class(rows: list[tuple[object, ...]]) -> None:
    encoder, reader = BlockEncoder(), _reader(MANY.layout)
    writer = encoder.writer(MANY.layout)
    for row in rows * 2:
        written = writer.write(row)
        assert written == write_instance_part(writer.part, row, encoder)
        assert reader.read(written) == arrived_instance(CimInstance(MANY.layout, row))


def _with_heap_order(order: list[int]) -> bytes:
    """ROW as a writer has it that stores its texts in another order (indexes of class name, Alias, Name, When)."""
    data = instance_writer(MANY.layout)(ROW)
    texts = [b"\0Test_Many\0", b"\0second\0", b"\0first\0", b"\0" + DATE.text.encode() + b"\0"]
    old = [sum(map(len, texts[:k])) for k in range(4)]
    new = {k: sum(len(texts[j]) for j in order[: order.index(k)]) for k in range(4)}
    moved = {old[k]: new[k] for k in range(4)}
    heap = b"".join(texts)
    assert data.endswith(heap)
    fixed = bytearray(data[: -len(heap)])
    for at in (5, 9 + 2, 9 + 2 + 4, 9 + 2 + 24):  # class name; slots of Name, When and Alias behind two octets of bits
        value = int.from_bytes(fixed[at : at + 4], "little")
        fixed[at : at + 4] = moved[value].to_bytes(4, "little")
    return bytes(fixed) + b"".join(texts[k] for k in order)


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2]])
def test_texts_may_stand_in_the_heap_in_any_order(order: list[int]) -> None:
    data, reader = _with_heap_order(order), _reader(MANY.layout)
    for _ in range(4):
        assert reader.read(data) == ROW


def test_an_order_that_changes_with_every_row_is_read_rightly() -> None:
    reader = _reader(MANY.layout)
    for _ in range(12):
        for order in ([0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2]):
            assert reader.read(_with_heap_order(order)) == ROW


def test_items_that_are_not_texts_of_the_row_are_passed_over() -> None:
    data = bytearray(_with_heap_order([0, 1, 2, 3]))
    slack = b"\0left over\0\0\0\0"
    data += slack
    data[0:4] = len(data).to_bytes(4, "little")
    heap = data.index(b"\0Test_Many\0") - 4
    data[heap : heap + 4] = (len(data) - heap - 4 | 0x80000000).to_bytes(4, "little")
    reader = _reader(MANY.layout)
    for _ in range(4):
        assert reader.read(bytes(data)) == ROW


def test_a_reference_that_misses_its_text_is_refused_or_read_as_the_interpreter_does() -> None:
    good = instance_writer(MANY.layout)(ROW)
    reader = _reader(MANY.layout)
    for _ in range(3):
        reader.read(good)
    for at in (5, 11, 15, 35):
        for reference in (1, 3, len(good), 0xFFFFFFFF, 0x80000001, 0x8000000B):
            data = good[:at] + reference.to_bytes(4, "little") + good[at + 4 :]
            try:
                expected: object = _interpreted(reader, data)
            except ProtocolError:
                expected = ProtocolError
            try:
                found: object = reader.read(data)
            except ProtocolError:
                found = ProtocolError
            assert found == expected


def test_a_wrong_date_is_an_error_of_the_protocol() -> None:
    data = instance_writer(MANY.layout)(ROW)
    wrong = data.replace(b"20260102", b"2026.102")
    reader = _reader(MANY.layout)
    for _ in range(3):
        reader.read(data)
        with pytest.raises(ProtocolError, match="When"):
            reader.read(wrong)


def test_the_number_of_shapes_is_bounded() -> None:
    properties = [CimProperty(f"P{k}", CimType.UINT8) for k in range(10)]
    cls: CimClass = derive(None, "Test_Shapes", properties=properties)
    reader, writer = _reader(cls.layout), BlockEncoder().writer(cls.layout)
    for _ in range(2):
        for number in range(1 << 9):
            row = tuple([k if number >> k & 1 else None for k in range(10)])
            for _ in range(2):
                assert reader.read(writer.write(row)) == row
    assert len(reader._shapes) == MAX_SHAPES
    assert len(writer._shapes) == MAX_SHAPES


def test_slots_that_share_octets_are_left_to_the_interpreter() -> None:
    reader = _reader(MANY.layout)
    reader.part.slots[6].offset = 0
    twin = InstanceReader(reader.part, lambda octets: BlockDecoder(ClassCache(), octets), MANY.layout)
    data = instance_writer(MANY.layout)(ROW)
    for _ in range(3):
        assert twin.read(data)[6] == "first"
    assert not twin._shapes


def test_the_functions_for_one_layout() -> None:
    write, read = instance_writer(MANY.layout), instance_reader(MANY.layout)
    assert read(memoryview(write(ROW))) == ROW
    explicit = instance_writer(MANY.layout, explicit_defaults=True)
    assert read(explicit(ROW))[4] == "Test_Many=1"


def test_a_class_without_properties_has_rows_without_values() -> None:
    cls = derive(None, "Test_Nothing")
    write, read = instance_writer(cls.layout), instance_reader(cls.layout)
    for _ in range(3):
        assert read(write(())) == ()
