"""The objects of one smart Next: class parts that later objects refer to, and what cannot be decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.fixture_f import GEAR, PART, instance
from unit.net.scripted_host import ORIGIN
from wmix.cim.instances import CimInstance
from wmix.protocol.wbem.packets import CLASS, INSTANCE, INSTANCE_WITHOUT_CLASS, encode_packet
from wmix.protocol.wmio import BlockEncoder, ClassCache
from wmix.remote.encoded_batch import ObjectDecoder

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass

ENCODER = BlockEncoder()
FIRST, SECOND = b"1" * 16, b"2" * 16


def whole(item: CimInstance | CimClass) -> bytes:
    return ENCODER.block(item, ORIGIN)


def bare(item: CimInstance) -> bytes:
    return ENCODER.head(2, ORIGIN) + ENCODER.instance_part(item)


def part(name: str) -> CimInstance:
    return instance(PART, Id=name)


def test_an_object_without_class_part_has_that_of_its_identifier_which_a_later_object_may_change() -> None:
    decoder = ObjectDecoder(ClassCache())
    gear = instance(GEAR, Id="g", Teeth=12)
    packet = [
        (INSTANCE, FIRST, whole(part("a"))),
        (INSTANCE_WITHOUT_CLASS, FIRST, bare(part("b"))),
        (INSTANCE, FIRST, whole(gear)),
        (CLASS, b"", whole(GEAR)),
        (INSTANCE_WITHOUT_CLASS, FIRST, bare(gear)),
        (INSTANCE_WITHOUT_CLASS, FIRST, bare(gear)),
    ]
    batch = decoder.packet(encode_packet(packet))
    assert batch.undecoded == []
    found = batch.objects()
    assert found.pop(3) == GEAR
    assert found == [part("a"), part("b"), gear, gear, gear]
    assert all(isinstance(item, CimInstance) and item.origin_ == ORIGIN for item in found)


def test_identifiers_hold_from_one_answer_to_the_next() -> None:
    decoder = ObjectDecoder(ClassCache())
    decoder.packet(encode_packet([(INSTANCE, FIRST, whole(part("a")))]))
    later = [(INSTANCE_WITHOUT_CLASS, FIRST, bare(part("b"))), (INSTANCE_WITHOUT_CLASS, SECOND, bare(part("c")))]
    batch = decoder.packet(encode_packet(later))
    assert batch.objects() == [part("b")]
    assert [(item.data, item.error.detail) for item in batch.undecoded] == [
        (bare(part("c")), f"an instance of the class {SECOND.hex()}, which was not sent")
    ]


def test_a_broken_object_is_set_aside_and_goes_with_the_first_part_of_its_batch() -> None:
    packet = [(INSTANCE, FIRST, b"nothing"), (CLASS, b"", b"nothing"), (INSTANCE, FIRST, whole(part("a")))]
    batch = ObjectDecoder(ClassCache()).packet(encode_packet([*packet, (INSTANCE, FIRST, whole(part("b")))]))
    assert [item.data for item in batch.undecoded] == [b"nothing"] * 2
    parts = batch.part(0, 1), batch.part(1, 2)
    assert [found.objects() for found in parts] == [[part("a")], [part("b")]]
    assert [len(found.undecoded) for found in parts] == [2, 0]


def test_so_many_identifiers_are_remembered_and_the_oldest_is_forgotten() -> None:
    decoder = ObjectDecoder(ClassCache())
    octets = whole(part("a"))
    packet = [(INSTANCE, number.to_bytes(16), octets) for number in range(4097)]
    packet += [(INSTANCE_WITHOUT_CLASS, number.to_bytes(16), bare(part("b"))) for number in (0, 1)]
    batch = decoder.packet(encode_packet(packet))
    assert len(batch) == 4098
    assert [item.error.detail for item in batch.undecoded] == [
        f"an instance of the class {bytes(16).hex()}, which was not sent"
    ]


def test_each_reader_of_a_batch_gets_objects_of_its_own() -> None:
    packet = [(INSTANCE, FIRST, whole(part("a"))), (INSTANCE_WITHOUT_CLASS, FIRST, bare(part("a")))]
    batch = ObjectDecoder(ClassCache()).packet(encode_packet(packet))
    for changed, other in zip(batch.objects(), batch.objects(), strict=True):
        assert isinstance(changed, CimInstance)
        changed["Id"] = "changed"
        assert other == part("a")
