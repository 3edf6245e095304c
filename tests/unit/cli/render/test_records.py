"""Which values of an object are shown, and in which order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import cim_classes, instances_of
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.cli.render.records import Record, Selection

KEY = QualifierSet((Qualifier("key", True, CimType.BOOLEAN, False, 0x13),))
DISK = derive(
    None,
    "Test_Disk",
    properties=[
        CimProperty("Size", CimType.UINT64, default=4),
        CimProperty("DeviceID", CimType.STRING, qualifiers=KEY),
        CimProperty("Tags", CimType.STRING, True),
    ],
    qualifiers=QualifierSet((Qualifier.of("dynamic"),)),
)
OTHER = derive(DISK, "Test_Other", qualifiers=QualifierSet((Qualifier.of("dynamic"),)))
SDA = CimInstance.of(DISK, {"DeviceID": "sda", "Tags": ["a"]}, origin=Origin("SRV", "root\\test"))


def record(selection: Selection, item: CimInstance | CimClass = SDA) -> Record:
    (made,) = selection.records([item])
    return made


@pytest.mark.parametrize(
    ("wql", "names"),
    [
        ("SELECT * FROM Test_Disk", None),
        ("SELECT Tags, size FROM Test_Disk WHERE DeviceID = 1", ("Tags", "size")),
        ("SELECT Size, DeviceID, SIZE FROM Test_Disk", ("Size", "DeviceID")),
        ("SELECT A.B, A.C, D FROM Test_Disk", ("A", "D")),
        ("SELECT * FROM meta_class", None),
        ("ASSOCIATORS OF {Test_Disk.DeviceID='sda'}", None),
        ("SELECT", None),
        ("", None),
    ],
)
def test_a_query_selects_names_each_once(wql: str, names: tuple[str, ...] | None) -> None:
    assert Selection.of_query(wql).names == names


def test_a_star_is_the_class_order_with_defaults() -> None:
    assert list(record(Selection()).items()) == [("Size", 4), ("DeviceID", "sda"), ("Tags", ("a",))]


def test_a_list_has_its_own_order_and_the_spelling_of_the_class() -> None:
    assert list(record(Selection(["tags", "__relpath", "SIZE", "nothing"])).items()) == [
        ("Tags", ("a",)),
        ("__RELPATH", 'Test_Disk.DeviceID="sda"'),
        ("Size", 4),
    ]


def test_system_properties_come_first_and_unselected_keys_last() -> None:
    found = dict(record(Selection(["Size"], system=True)).items())
    assert list(found)[:2] == ["__GENUS", "__CLASS"]
    assert list(found)[-3:] == ["__PATH", "Size", "DeviceID"]
    assert found["__PATH"] == '\\\\SRV\\root\\test:Test_Disk.DeviceID="sda"'
    assert len(record(Selection(["DeviceID"], system=True)).values) == 11


def test_objects_of_a_layout_share_their_shape() -> None:
    selection = Selection()
    first, second, other = selection.records([SDA, SDA.clone_(), CimInstance.of(OTHER)])
    assert first.shape is second.shape
    assert first.shape is not other.shape


def test_many_layouts_do_not_pile_up() -> None:
    selection = Selection()
    for i in range(600):
        cls = derive(None, f"Test_{i}", properties=[CimProperty(f"P{i}", CimType.STRING)])
        assert record(selection, CimInstance.of(cls)).shape.names == (f"P{i}",)
    assert len(selection._shapes) <= 256


def test_a_class_among_objects_is_its_name_parent_and_kind() -> None:
    assert list(record(Selection(), DISK).items()) == [
        ("__CLASS", "Test_Disk"),
        ("__SUPERCLASS", None),
        ("Qualifiers", ("dynamic",)),
    ]
    assert list(record(Selection(system=True), DISK).shape.names)[-1] == "Qualifiers"
    assert record(Selection(), DISK).source is DISK


@given(cim_classes().flatmap(lambda cls: st.tuples(st.just(cls), st.lists(instances_of(cls), max_size=3))))
def test_every_value_stands_under_its_name(drawn: tuple[CimClass, list[CimInstance]]) -> None:
    cls, instances = drawn
    for made, instance in zip(Selection().records(instances), instances, strict=True):
        assert dict(made.items()) == instance.values_()
        kinds = [cls.properties[name] for name in instance]
        assert made.shape.types == tuple((prop.type, prop.is_array) for prop in kinds)
