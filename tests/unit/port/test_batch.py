"""Batches: parts without decoding, private copies, and the caller's kind of instance."""

from __future__ import annotations

from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.types import CimType
from wmix.port.batch import ObjectBatch, RowBatch

ITEM = derive(None, "Item", properties=[CimProperty("N", CimType.UINT32)])
ORIGIN = Origin("S", "root")


class Mine(CimInstance):
    """A face's own kind of instance."""

    __slots__ = ()


def test_rows_become_objects_of_the_wanted_kind_and_parts_keep_their_order() -> None:
    batch = RowBatch(ITEM.layout, [(i,) for i in range(5)], ORIGIN)
    part = batch.part(1, 3)
    assert (len(batch), len(part)) == (5, 2)
    objects = part.objects(Mine)
    assert [(type(item), item.N, item.origin_) for item in objects if isinstance(item, Mine)] == [
        (Mine, 1, ORIGIN),
        (Mine, 2, ORIGIN),
    ]


def test_changing_an_object_changes_neither_the_batch_nor_other_copies() -> None:
    batch = RowBatch(ITEM.layout, [(1,)], ORIGIN)
    (first,), (second,) = batch.objects(), batch.objects()
    first["N"] = 9  # type: ignore[index]
    assert (first["N"], second["N"], batch.rows[0]) == (9, 1, (1,))


def test_existing_objects_are_handed_out_as_copies() -> None:
    instance = CimInstance.of(ITEM, {"N": 1})
    batch = ObjectBatch([instance, ITEM])
    made, cls = batch.part(0, 2).objects(Mine)
    assert isinstance(made, Mine)
    assert isinstance(cls, CimClass)
    made["N"] = 5
    assert (instance.N, cls == ITEM, cls is ITEM, len(batch)) == (1, True, False, 2)
