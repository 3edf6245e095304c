"""Instances: reading, writing, three states of a value, and independence of copies."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import INNER, cim_classes, instances_of
from wmix import status as codes
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.datetime import CimDateTime
from wmix.cim.instances import CimInstance, Origin, instances
from wmix.cim.layout import UNSET
from wmix.cim.paths import ObjectPath
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.errors import OutOfRange, TypeMismatch, UnknownProperty, WmiError

ORIGIN = Origin("SRV", "root\\cimv2")
KEY = (Qualifier.of("key"),)


@pytest.fixture
def disk() -> CimClass:
    parent = derive(
        None,
        "CF_Device",
        properties=[
            CimProperty("DeviceID", CimType.STRING, qualifiers=QualifierSet(KEY)),
            CimProperty("Caption", CimType.STRING),
        ],
        qualifiers=[Qualifier.of("abstract"), Qualifier.of("Shown", "yes", 0x03)],
    )
    return derive(
        parent,
        "CF_Disk",
        properties=[
            CimProperty("Size", CimType.UINT64, default=0),
            CimProperty("Seen", CimType.DATETIME),
            CimProperty("Inner", CimType.OBJECT, cimtype="object:Test_Inner"),
            CimProperty("Inners", CimType.OBJECT, True, cimtype="object:Test_Inner"),
        ],
    )


@pytest.fixture
def sda(disk: CimClass) -> CimInstance:
    return CimInstance(disk.layout, ("sda", None, UNSET, UNSET, UNSET, UNSET), ORIGIN)


def test_attributes_and_items_ignore_case(sda: CimInstance) -> None:
    assert sda.DeviceID == sda.deviceid == sda.DEVICEID == "sda"
    assert sda["DeviceID"] == sda["deviceid"] == "sda"


def test_unset_shows_the_default_and_null_does_not(sda: CimInstance) -> None:
    assert sda.Size == 0
    sda.Size = None
    assert sda.Size is None
    del sda.Size
    assert sda.Size == 0
    sda["size"] = 5
    del sda["SIZE"]
    assert sda["Size"] == 0


def test_values_include_defaults_in_class_order(sda: CimInstance) -> None:
    assert sda.values_() == {
        "DeviceID": "sda", "Caption": None, "Size": 0, "Seen": None, "Inner": None, "Inners": None
    }  # fmt: skip
    assert list(sda) == list(sda.values_())
    assert len(sda) == 6
    assert "SIZE" in sda
    assert "__path" in sda
    assert "Nothing" not in sda
    assert 1 not in sda


def test_assignment_converts_and_checks(sda: CimInstance) -> None:
    sda.size = "0x10"
    assert sda.Size == 16
    sda.Seen = "20240229120000.000000+060"
    assert sda.Seen == CimDateTime("20240229120000.000000+060")
    with pytest.raises(OutOfRange, match=r"CF_Disk\.Size"):
        sda.Size = -1
    with pytest.raises(TypeMismatch, match=r"CF_Disk\.Caption"):
        sda.caption = 5
    assert sda.Size == 16


def test_unknown_names_are_refused_with_the_nearest(sda: CimInstance) -> None:
    for touch in (lambda: sda.Sice, lambda: sda["Sice"], lambda: setattr(sda, "Sice", 1), lambda: sda.reset_("Sice")):
        with pytest.raises(UnknownProperty) as caught:
            touch()
        assert caught.value.hint is not None
        assert "Size" in caught.value.hint
    assert not hasattr(sda, "Sice")
    assert sda.get_("Sice", 7) == 7
    assert sda.get_("size") == 0
    with pytest.raises(AttributeError):
        _ = sda._nothing
    with pytest.raises(AttributeError):
        _ = sda.nothing_
    with pytest.raises(AttributeError):
        sda.nothing_ = 1


def test_a_row_is_shared_until_it_is_written(disk: CimClass) -> None:
    row = ("sda", None, 5, UNSET, UNSET, UNSET)
    one, other = CimInstance(disk.layout, row), CimInstance(disk.layout, row)
    one.Size = 6
    assert (one.Size, other.Size, row[2]) == (6, 5, 5)
    assert other.raw_values_() is row


def test_system_properties_of_an_instance(sda: CimInstance) -> None:
    found = {name: sda[name] for name in ("__GENUS", "__CLASS", "__SUPERCLASS", "__DYNASTY", "__RELPATH", "__SERVER")}
    assert found == {
        "__GENUS": 2,
        "__CLASS": "CF_Disk",
        "__SUPERCLASS": "CF_Device",
        "__DYNASTY": "CF_Device",
        "__RELPATH": 'CF_Disk.DeviceID="sda"',
        "__SERVER": "SRV",
    }
    assert sda["__property_count"] == 6
    assert sda["__DERIVATION"] == ("CF_Device",)
    assert sda["__NAMESPACE"] == "root\\cimv2"
    assert sda["__PATH"] == '\\\\SRV\\root\\cimv2:CF_Disk.DeviceID="sda"'
    assert sda["__PATH"] == sda.__PATH
    assert sda.system_("__class") == "CF_Disk"


def test_system_properties_cannot_be_set(sda: CimInstance) -> None:
    with pytest.raises(WmiError) as caught:
        sda["__CLASS"] = "Other"
    assert caught.value.status == codes.WBEM_E_READ_ONLY
    for name in ("__NOPE", "__nope"):
        with pytest.raises(UnknownProperty):
            sda[name]
        with pytest.raises(UnknownProperty):
            sda[name] = 1


def test_without_origin_there_is_a_relative_path_only(disk: CimClass) -> None:
    event = CimInstance(disk.layout, ("sda", *disk.layout.unset[1:]))
    assert event["__RELPATH"] == 'CF_Disk.DeviceID="sda"'
    assert [event[name] for name in ("__SERVER", "__NAMESPACE", "__PATH")] == [None, None, None]
    assert event.path_ == ObjectPath(None, None, "CF_Disk", (("DeviceID", "sda"),))


def test_a_null_key_leaves_the_object_without_path(disk: CimClass) -> None:
    nameless = CimInstance(disk.layout, disk.layout.unset, ORIGIN)
    assert nameless["__RELPATH"] is None
    assert nameless["__PATH"] is None
    assert nameless["__SERVER"] == "SRV"
    assert nameless.path_ is None


def test_without_selected_keys_there_is_no_place_either(disk: CimClass) -> None:
    some = CimInstance(disk.layout_for(["Size"]), (5,), ORIGIN)
    for name in ("__RELPATH", "__PATH", "__SERVER", "__NAMESPACE"):
        assert some[name] is None
    assert some["__CLASS"] == "CF_Disk"
    assert some["__PROPERTY_COUNT"] == 1
    assert some.path_ is None


def test_what_was_not_selected_is_absent(disk: CimClass) -> None:
    some = CimInstance(disk.layout_for(["DeviceID"]), ("sda",), ORIGIN)
    assert "Size" not in some
    assert some["__PATH"] is not None
    with pytest.raises(UnknownProperty, match="was not selected"):
        _ = some.Size


def test_paths_of_several_keys_are_sorted_by_name() -> None:
    pair = derive(
        None,
        "CF_Pair",
        properties=[
            CimProperty("B", CimType.STRING, qualifiers=QualifierSet(KEY)),
            CimProperty("a", CimType.SINT32, qualifiers=QualifierSet(KEY)),
            CimProperty("C", CimType.BOOLEAN, qualifiers=QualifierSet(KEY)),
        ],
    )
    found = CimInstance(pair.layout, ('y "z"\\', 2, True), ORIGIN)
    assert found["__RELPATH"] == 'CF_Pair.a=2,B="y \\"z\\"\\\\",C=TRUE'
    assert str(found.path_) == found["__PATH"]
    assert pair.keys == ("B", "a", "C")


def test_datetime_keys_stand_in_paths_as_text() -> None:
    when = derive(None, "CF_When", properties=[CimProperty("At", CimType.DATETIME, qualifiers=QualifierSet(KEY))])
    found = CimInstance.of(when, {"At": "20240101000000.000000+000"}, ORIGIN)
    assert found["__RELPATH"] == 'CF_When.At="20240101000000.000000+000"'
    assert str(found.path_) == found["__PATH"]


def test_a_singleton_has_its_own_path_also_when_projected() -> None:
    only = derive(
        None,
        "CF_Only",
        properties=[CimProperty("Text", CimType.STRING), CimProperty("More", CimType.STRING)],
        qualifiers=[Qualifier.of("singleton")],
    )
    for layout in (only.layout, only.layout_for(["More"])):
        found = CimInstance(layout, layout.unset, ORIGIN)
        assert found["__RELPATH"] == "CF_Only=@"
        assert found["__PATH"] == "\\\\SRV\\root\\cimv2:CF_Only=@"
        assert found.path_ == ObjectPath("SRV", "root\\cimv2", "CF_Only", None, singleton=True)


def test_an_instance_of_a_class_without_keys_has_no_path() -> None:
    found = CimInstance(INNER.layout, INNER.layout.unset, ORIGIN)
    assert found["__RELPATH"] is None
    assert found["__PATH"] is None


def test_qualifiers_put_on_an_instance_stay_with_it(sda: CimInstance) -> None:
    sda.qualifiers_.put("Mine", 1)
    sda.properties_["Size"].qualifiers.put("Mine", 2)
    assert sda.qualifiers_["Mine"] == 1
    assert sda.properties_["size"].qualifiers["mine"] == 2
    assert "Mine" not in sda.class_.qualifiers
    assert "Mine" not in sda.class_.properties["Size"].qualifiers
    for twin in (sda.clone_(), pickle.loads(pickle.dumps(sda))):
        assert twin.qualifiers_["Mine"] == 1
        twin.qualifiers_.put("Mine", 9)
        assert sda.qualifiers_["Mine"] == 1


def test_clone_copies_embedded_objects_too(sda: CimInstance) -> None:
    sda.Inner = CimInstance.of(INNER, {"Text": "a"})
    sda.Inners = [CimInstance.of(INNER, {"Text": "b"})]
    twin = sda.clone_()
    assert twin == sda
    twin.Inner.Text = "changed"
    twin.Inners[0].Text = "changed"
    twin.Size = 1
    assert (sda.Inner.Text, sda.Inners[0].Text, sda.Size) == ("a", "b", 0)
    assert twin.origin_ == ORIGIN


def test_copy_and_deepcopy_are_clones(sda: CimInstance) -> None:
    for twin in (copy.copy(sda), copy.deepcopy(sda)):
        twin.Size = 77
        assert sda.Size == 0


def test_spawned_instances_are_empty_complete_and_from_nowhere(disk: CimClass) -> None:
    some = CimInstance(disk.layout_for(["Size"]), (5,), ORIGIN)
    fresh = some.spawn_()
    assert fresh.layout_ is disk.layout
    assert fresh.origin_ is None
    assert fresh.Size == 0
    assert not any(prop.local for prop in fresh.properties_.values())


def test_subclasses_keep_their_type_when_cloned(disk: CimClass) -> None:
    class Bound(CimInstance):
        __slots__ = ("_binding",)

    bound = Bound(disk.layout, disk.layout.unset, ORIGIN)
    bound._binding = "client"
    assert bound._binding == "client"
    assert type(bound.clone_()) is Bound
    assert type(bound.spawn_()) is Bound


def test_equality_is_by_class_and_value(disk: CimClass, sda: CimInstance) -> None:
    same = CimInstance.of(disk, {"deviceid": "sda", "Size": 0})
    assert same == sda  # an explicit default equals the default; the origin does not count
    same.Size = 1
    assert same != sda
    assert sda != "sda"
    assert sda != CimInstance(disk.layout_for(["DeviceID"]), ("sda",), ORIGIN)
    with pytest.raises(TypeError):
        hash(sda)
    other = derive(None, "CF_Other", properties=[prop.copy() for prop in disk.properties.values()], check=False)
    assert CimInstance(other.layout, sda.raw_values_()) != sda


def test_about_the_class(sda: CimInstance, disk: CimClass) -> None:
    assert sda.class_ is disk
    assert sda.class_name_ == "CF_Disk"
    assert sda.derivation_ == ("CF_Device",)
    assert sda.superclass_ == "CF_Device"
    assert sda.cim_genus == 2
    assert disk.cim_genus == 1
    assert repr(sda) == '<CF_Disk.DeviceID="sda">'
    assert repr(CimInstance(INNER.layout, INNER.layout.unset)) == "<Test_Inner>"
    assert bool(CimInstance(derive(None, "CF_Empty").layout, ()))


def test_dir_lists_properties_and_public_names(sda: CimInstance) -> None:
    listed = dir(sda)
    assert "DeviceID" in listed
    assert "path_" in listed
    assert "_layout" not in listed


def test_embedded_objects_must_be_objects_of_the_declared_class_or_below(sda: CimInstance) -> None:
    with pytest.raises(TypeMismatch):
        sda.Inner = "text"
    sda.Inner = INNER
    assert sda.Inner is INNER
    below = derive(INNER, "Test_Below")
    sda.inners = [CimInstance(below.layout, below.layout.unset)]
    with pytest.raises(TypeMismatch, match=r"CF_Disk\.Inner: the embedded object is no Test_Inner"):
        sda.Inner = sda.clone_()
    with pytest.raises(TypeMismatch, match="is no Test_Inner"):
        sda.Inners = [CimInstance(INNER.layout, INNER.layout.unset), sda]
    with pytest.raises(TypeMismatch, match="is no Test_Inner"):
        CimInstance.of(sda.class_, {"Inner": sda})


@given(st.data())
def test_clones_and_pickles_are_equal_and_independent(data: st.DataObject) -> None:
    instance = data.draw(cim_classes().flatmap(instances_of))
    before = instance.values_()
    for twin in (instance.clone_(), pickle.loads(pickle.dumps(instance)), copy.deepcopy(instance)):
        assert twin == instance
        assert twin.values_() == before
        assert [twin[name] for name in ("__PATH", "__CLASS")] == [instance[name] for name in ("__PATH", "__CLASS")]
        for name in twin:
            twin[name] = None
        assert instance.values_() == before


@given(st.data())
def test_reading_agrees_by_attribute_item_property_and_any_case(data: st.DataObject) -> None:
    instance = data.draw(cim_classes().flatmap(instances_of))
    for name, value in instance.values_().items():
        assert getattr(instance, name) is instance[name]
        assert instance[name] == value
        assert instance[name.upper()] == value
        assert instance.properties_[name].value == value


@given(st.data())
def test_assigning_what_was_read_changes_nothing(data: st.DataObject) -> None:
    instance = data.draw(cim_classes().flatmap(instances_of))
    twin = instance.clone_()
    for name, value in instance.values_().items():
        twin[name] = value
    assert twin == instance
    assert all(prop.local for prop in twin.properties_.values())


class _Bound(CimInstance):
    """As those of clients: a kind of its own that adds nothing to each instance."""

    __slots__ = ()


class _Counted(CimInstance):
    """A kind with a constructor of its own."""

    __slots__ = ("number",)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        object.__setattr__(self, "number", 7)


class _Open(CimInstance):
    """A kind whose instances have a dictionary, as one without slots has."""


@pytest.mark.parametrize("kind", [CimInstance, _Bound, _Counted, _Open, lambda *args: CimInstance(*args)])
def test_many_instances_are_what_each_of_them_would_be(disk: CimClass, kind: Any) -> None:
    rows = [("sda", *disk.layout.unset[1:]), ("sdb", *disk.layout.unset[1:])]
    found: list[Any] = instances(kind, disk.layout, rows, ORIGIN)
    each = [kind(disk.layout, row, ORIGIN) for row in rows]
    assert found == each
    assert [type(one) for one in found] == [type(one) for one in each]
    assert [one.origin_ for one in found] == [ORIGIN, ORIGIN]
    assert [one["__RELPATH"] for one in found] == ['CF_Disk.DeviceID="sda"', 'CF_Disk.DeviceID="sdb"']
    assert getattr(found[0], "number", None) == getattr(each[0], "number", None)
    first = found[0]
    first.Size = 5
    assert (first.Size, found[1].Size, rows[0][1:]) == (5, 0, disk.layout.unset[1:])
    with pytest.raises(UnknownProperty):
        first.Nope = 1
    assert first.clone_() == first == pickle.loads(pickle.dumps(CimInstance(disk.layout, first.raw_values_(), ORIGIN)))
    assert hasattr(first, "__dict__") == hasattr(each[0], "__dict__")
