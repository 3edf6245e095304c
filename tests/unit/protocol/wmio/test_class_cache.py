"""Class parts known by their octets."""

from __future__ import annotations

from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.types import CimType
from wmix.protocol.wmio import BlockEncoder, ClassCache, InstanceDecoder, InstanceReader

HERE, THERE = Origin("SRV", "root\\a"), Origin("SRV", "root\\b")


def _class(name: str, *properties: str) -> CimClass:
    return derive(None, name, properties=[CimProperty(prop, CimType.UINT8) for prop in properties])


def _block(cls: CimClass, origin: Origin | None = HERE) -> bytes:
    return BlockEncoder().block(CimInstance(cls.layout, (1,) * len(cls.properties)), origin)


def _reader(decoder: InstanceDecoder, block: bytes) -> InstanceReader:
    return decoder.reader(block, 0, len(block))


def test_equal_octets_are_one_class() -> None:
    decoder = InstanceDecoder()
    block = _block(_class("Test_A", "P"))
    assert _reader(decoder, block) is _reader(decoder, bytes(bytearray(block)))
    assert len(decoder.cache) == 1


def test_classes_that_begin_alike_are_told_apart() -> None:
    decoder = InstanceDecoder()
    blocks = [_block(_class("Test_A", "Aaa", "Bbb", last)) for last in ("Ccc", "Ddd", "Eee")]
    readers = [_reader(decoder, block) for block in blocks]
    assert [reader.layout.names[-1] for reader in readers] == ["Ccc", "Ddd", "Eee"]
    assert [_reader(decoder, block) for block in blocks] == readers


def test_one_class_of_two_namespaces_is_two() -> None:
    decoder = InstanceDecoder()
    cls = _class("Test_A", "P")
    readers = [_reader(decoder, _block(cls, origin)) for origin in (HERE, THERE, None, HERE)]
    assert [reader.part.cls.namespace for reader in readers] == ["root\\a", "root\\b", None, "root\\a"]
    assert readers[0] is readers[3]


def test_the_least_recently_used_class_is_dropped() -> None:
    decoder = InstanceDecoder(ClassCache(2))
    a, b, c = (_block(_class(f"Test_{name}", "P")) for name in "ABC")
    first, _ = _reader(decoder, a), _reader(decoder, b)
    assert _reader(decoder, a) is first
    _reader(decoder, c)
    assert len(decoder.cache) == 2
    assert _reader(decoder, a) is first


def test_a_class_part_that_is_cut_off_is_not_recognised() -> None:
    decoder = InstanceDecoder()
    block = _block(_class("Test_A", "P"))
    reader = _reader(decoder, block)
    start = block.index(reader.part.data)
    assert decoder.cache.find(block, start, start + len(reader.part.data), reader.part.origin) is reader
    assert decoder.cache.find(block, start, start + len(reader.part.data) - 1, reader.part.origin) is None


def test_very_large_class_parts_are_not_kept() -> None:
    decoder = InstanceDecoder()
    cls = derive(None, "Test_Large", properties=[CimProperty("P", CimType.STRING, default="x" * (1 << 20))])
    block = BlockEncoder().block(CimInstance(cls.layout, ("y",)), None)
    _reader(decoder, block)
    assert len(decoder.cache) == 0


def test_many_decorations_leave_the_cache_bounded() -> None:
    decoder = InstanceDecoder()
    cls = _class("Test_A", "P")
    for number in range(100):
        block = _block(cls, Origin("SRV", f"root\\n{number}"))
        found = decoder.block(block, 0, len(block))
        assert isinstance(found, CimInstance)
        assert found.origin_ == Origin("SRV", f"root\\n{number}")
    assert len(decoder.cache) == 64
