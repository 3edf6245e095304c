"""aiowmi reads instances that this package encodes.

aiowmi shares no code with this package.  It reads instances only, and no embedded objects; it takes a slot of 0 or
0xFFFFFFFF as missing, whatever the NdTable says, and then shows the class default or the empty value of the type.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from aiowmi.ndr.class_part import ClassPart
from aiowmi.ndr.next_response import NextResponse
from aiowmi.ndr.object_block import ObjectBlock

from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.image import ClassImage
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.layout import UNSET
from wmix.cim.types import CimType
from wmix.protocol.wmio import BlockEncoder

ORIGIN = Origin("SRV", "ROOT\\test")

KINDS: dict[CimType, tuple[Any, Any]] = {
    CimType.SINT8: (-3, -3),
    CimType.UINT8: (200, 200),
    CimType.SINT16: (-300, -300),
    CimType.UINT16: (60_000, 60_000),
    CimType.SINT32: (-70_000, -70_000),
    CimType.UINT32: (4_000_000_000, 4_000_000_000),
    CimType.SINT64: (-(2**40), -(2**40)),
    CimType.UINT64: (2**63, 2**63),
    CimType.REAL32: (0.5, 0.5),
    CimType.REAL64: (0.1, 0.1),
    CimType.BOOLEAN: (True, True),
    CimType.CHAR16: ("é", 0xE9),
    CimType.STRING: ("zá", "zá"),
    CimType.REFERENCE: ('Test_Inner.Text="x"',) * 2,
}
"""A value of each type, and what aiowmi calls it."""


ARRAYS = [CimType.SINT16, CimType.UINT8, CimType.UINT64, CimType.REAL64, CimType.STRING]


class _Response(NextResponse):  # type: ignore[misc]  # aiowmi has no types
    def __init__(self, block: ObjectBlock) -> None:
        self._obj_block = block

    def _get_object_block(self) -> ObjectBlock:
        return self._obj_block


def _properties(block: bytes, **options: bool) -> dict[str, Any]:
    return dict(_Response(ObjectBlock.from_data(block, 0)[0]).get_properties(**options))


def _values(instance: CimInstance, **options: bool) -> dict[str, Any]:
    block = BlockEncoder(explicit_defaults=True).block(instance, ORIGIN)
    return {name: prop.value for name, prop in _properties(block, **options).items()}


def test_a_value_of_every_type() -> None:
    cls = derive(None, "Test_All", properties=[CimProperty(f"P_{kind.name}", kind) for kind in KINDS])
    instance = CimInstance.of(cls, {f"P_{kind.name}": value for kind, (value, _) in KINDS.items()})
    assert _values(instance) == {f"P_{kind.name}": expected for kind, (_, expected) in KINDS.items()}


def test_dates_and_intervals() -> None:
    cls = derive(None, "Test_Dates", properties=[CimProperty(name, CimType.DATETIME) for name in ("When", "Long")])
    instance = CimInstance.of(cls, {"When": "20260102030405.000006+060", "Long": "00000002030405.000006:000"})
    found = _values(instance)
    assert isinstance(found["When"], datetime)
    assert found["When"].isoformat() == "2026-01-02T03:04:05.000006+01:00"
    assert found["Long"] == timedelta(days=2, hours=3, minutes=4, seconds=5, microseconds=6)


@pytest.mark.parametrize(
    "kind", [CimType.SINT16, CimType.UINT8, CimType.UINT64, CimType.REAL64, CimType.STRING], ids=str
)
def test_arrays(kind: CimType) -> None:
    cls = derive(
        None, "Test_Array", properties=[CimProperty("Before", CimType.UINT8), CimProperty("Items", kind, True)]
    )
    items = ["a", "", "é"] if kind is CimType.STRING else [1, 0, 3]
    assert _values(CimInstance.of(cls, {"Before": 1, "Items": items}))["Items"] == items


def test_null_is_missing_and_a_default_is_shown() -> None:
    properties = [CimProperty("A", CimType.STRING), CimProperty("B", CimType.UINT32, default=7)]
    cls = derive(None, "Test_Null", properties=properties)
    instance = CimInstance(cls.layout, (None, UNSET))
    assert _values(instance, ignore_defaults=True) == {"A": None, "B": 7}
    assert _values(instance, ignore_missing=True) == {"B": 7}


def test_inherited_properties_and_qualifiers() -> None:
    base = derive(None, "Test_Base", properties=[CimProperty("Items", CimType.UINT16, True)])
    cls = derive(base, "Test_Leaf", properties=[CimProperty("Name", CimType.STRING)])
    instance = CimInstance.of(cls, {"Items": [1, 2], "Name": "x"})
    found = _properties(BlockEncoder().block(instance, ORIGIN), load_qualifiers=True)
    assert {name: prop.value for name, prop in found.items()} == {"Items": [1, 2], "Name": "x"}
    assert found["Items"].get_cim_type_name() == "uint16"


def _process() -> CimClass:
    cls = ClassImage.open().load("root\\cimv2", "Win32_Process")
    assert cls is not None
    return cls


def test_a_row_without_its_class_part() -> None:
    cls = _process()
    values = {"Name": "init", "ProcessId": 1, "Handle": "1", "WorkingSetSize": 2**33, "CommandLine": "/sbin/init"}
    encoder = BlockEncoder(explicit_defaults=True)
    instance = CimInstance.of(cls, values)
    block = encoder.block(instance, ORIGIN)
    head = encoder.head(2, ORIGIN)
    part, _ = ClassPart.from_data(block, len(head))
    bare = ObjectBlock.from_data(head + encoder.instance_part(instance), 0, part)[0]
    found = _Response(bare).get_properties(ignore_missing=True)
    assert {name: prop.value for name, prop in found.items()} == values


def test_a_projection() -> None:
    layout = _process().layout_for(["Name", "ProcessId"])
    block = BlockEncoder().block(CimInstance(layout, ("init", 1)), ORIGIN)
    assert {name: prop.value for name, prop in _properties(block).items()} == {"Name": "init", "ProcessId": 1}


def test_what_aiowmi_is_known_to_read_wrongly() -> None:
    cls = derive(None, "Test_Wrong", properties=[CimProperty("Size", CimType.UINT32)])
    for size in (0, 0xFFFFFFFF):
        assert _values(CimInstance.of(cls, {"Size": size}), ignore_defaults=True)["Size"] is None
    # It looks for the end of a UTF-16 text from the beginning of the heap, and here finds that of the first text.
    names = ("A", "B")
    text = derive(None, "Test_Text", properties=[CimProperty(name, CimType.STRING) for name in names])
    found = _values(CimInstance.of(text, {"A": "żółw", "B": "zażółć"}))
    assert found == {"A": "żółw", "B": ""}
