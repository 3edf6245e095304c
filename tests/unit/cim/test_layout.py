"""Layouts and the checking of providers' rows."""

from __future__ import annotations

import copy
import pickle
import sys
import traceback
from collections import defaultdict
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import cim_classes, loose_rows
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.datetime import CimDateTime
from wmix.cim.layout import UNSET, InstanceLayout, build_row, compile_row_builder
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.errors import OutOfRange, TypeMismatch, UnknownProperty, WmiError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hypothesis.strategies import DataObject

KEY = (Qualifier.of("key"),)


@pytest.fixture
def disk() -> CimClass:
    return derive(
        None,
        "Test_Disk",
        properties=[
            CimProperty("DeviceID", CimType.STRING, qualifiers=QualifierSet(KEY)),
            CimProperty("Bus", CimType.UINT8, qualifiers=QualifierSet(KEY)),
            CimProperty("Size", CimType.UINT64),
            CimProperty("Removable", CimType.BOOLEAN, default=False),
            CimProperty("Seen", CimType.DATETIME),
            CimProperty("Labels", CimType.STRING, is_array=True),
            CimProperty("Load", CimType.REAL64),
        ],
    )


def warmed(layout: InstanceLayout, row: Mapping[str, object]) -> Callable[[Mapping[str, object]], tuple[object, ...]]:
    """A builder that has generated its function for rows of this shape."""
    build = compile_row_builder(layout)
    for _ in range(300):
        build(row)
    return build


def test_unset_stays_one_object_through_copy_and_pickle() -> None:
    assert copy.copy(UNSET) is UNSET
    assert copy.deepcopy([UNSET])[0] is UNSET
    assert pickle.loads(pickle.dumps(UNSET)) is UNSET
    assert not UNSET


def test_full_layout_has_all_properties_in_class_order(disk: CimClass) -> None:
    layout = disk.layout
    assert layout.names == ("DeviceID", "Bus", "Size", "Removable", "Seen", "Labels", "Load")
    assert layout.types[2] == (CimType.UINT64, False)
    assert layout.types[5] == (CimType.STRING, True)
    assert layout.defaults == (None, None, None, False, None, None, None)
    assert not layout.selected
    assert layout.key_indexes == (0, 1)
    assert layout.path_keys == (("Bus", 1), ("DeviceID", 0))


def test_projection_keeps_class_order_whatever_the_order_of_the_list(disk: CimClass) -> None:
    layout = disk.layout_for(["size", "DEVICEID"])
    assert layout.names == ("DeviceID", "Size")
    assert layout.selected


def test_projection_without_all_keys_has_no_key_indexes(disk: CimClass) -> None:
    assert disk.layout_for(["DeviceID", "Size"]).key_indexes is None
    assert disk.layout_for(["Bus", "Size", "DeviceID"]).key_indexes == (0, 1)


def test_system_properties_in_a_select_list_take_no_place(disk: CimClass) -> None:
    assert disk.layout_for(["__PATH", "Size"]).names == ("Size",)


def test_unknown_name_in_a_select_list_is_refused_with_the_nearest(disk: CimClass) -> None:
    with pytest.raises(UnknownProperty) as caught:
        disk.layout_for(["Sise"])
    assert caught.value.hint is not None
    assert "Size" in caught.value.hint


def test_projections_are_kept_in_bounded_number(disk: CimClass) -> None:
    assert disk.layout_for(["Size"]) is disk.layout_for(["SIZE"])
    wide = derive(None, "Test_Wide", properties=[CimProperty(f"P{i}", CimType.UINT8) for i in range(100)])
    first = wide.layout_for(["P0"])
    for i in range(100):
        wide.layout_for([f"P{i}"])
    assert wide.layout_for(["P0"]) is not first


def test_position_remembers_spellings_in_bounded_number(disk: CimClass) -> None:
    layout = InstanceLayout(disk)
    for i in range(256):
        name = "".join(c.upper() if i >> k & 1 else c.lower() for k, c in enumerate("deviceid"))
        assert layout.position(name) == 0
    assert len(layout.exact) <= 4 * len(layout.names)


def test_position_of_an_unselected_property_says_so(disk: CimClass) -> None:
    with pytest.raises(UnknownProperty, match="Size of Test_Disk was not selected"):
        disk.layout_for(["DeviceID"]).position("size")


def test_layout_pickles_with_its_class(disk: CimClass) -> None:
    for layout in (disk.layout, disk.layout_for(["Size"])):
        again = pickle.loads(pickle.dumps(layout))
        assert again.names == layout.names
        assert again.selected == layout.selected


def test_missing_null_and_set_are_three_states(disk: CimClass) -> None:
    build = compile_row_builder(disk.layout)
    for _ in range(300):
        values = build({"DeviceID": "a", "Bus": 1, "Size": None})
        assert values == ("a", 1, None, UNSET, UNSET, UNSET, UNSET)


def test_values_that_are_exact_already_pass_unchanged(disk: CimClass) -> None:
    seen = CimDateTime("20240229120000.000000+060")
    row = {
        "DeviceID": "sda", "Bus": 255, "Size": 2**64 - 1, "Removable": True, "Seen": seen, "Labels": ("a",), "Load": 0.5
    }  # fmt: skip
    build = warmed(disk.layout, row)
    assert build(row) == ("sda", 255, 2**64 - 1, True, seen, ("a",), 0.5)
    assert build(row)[4] is seen


def test_datetime_text_becomes_a_datetime(disk: CimClass) -> None:
    row = {"Seen": "20240229120000.000000+060"}
    assert warmed(disk.layout, row)(row)[4] == CimDateTime("20240229120000.000000+060")


def test_names_count_in_any_case_and_any_mapping_will_do(disk: CimClass) -> None:
    row = MappingProxyType({"deviceid": "x", "SIZE": 5})
    assert warmed(disk.layout_for(["DeviceID", "Size"]), row)(row) == ("x", 5)


def test_properties_that_are_not_selected_are_dropped(disk: CimClass) -> None:
    row = {"DeviceID": "x", "Size": 5, "Load": "not even looked at"}
    layout = disk.layout_for(["Size"])
    assert build_row(layout, row) == (5,)
    assert warmed(layout, row)(row) == (5,)


@pytest.mark.parametrize(
    ("row", "error", "text"),
    [
        ({"Bus": 256}, OutOfRange, "Test_Disk.Bus"),
        ({"Bus": -1}, OutOfRange, "Test_Disk.Bus"),
        ({"Size": 2**64}, OutOfRange, "Test_Disk.Size"),
        ({"Size": True}, TypeMismatch, "Test_Disk.Size"),
        ({"DeviceID": 5}, TypeMismatch, "Test_Disk.DeviceID"),
        ({"Removable": 1}, TypeMismatch, "Test_Disk.Removable"),
        ({"Labels": "text"}, TypeMismatch, "Test_Disk.Labels"),
        ({"Labels": ["a", None]}, TypeMismatch, "Test_Disk.Labels"),
        ({"Load": "0.5"}, TypeMismatch, "Test_Disk.Load"),
        ({"Nothing": 5}, UnknownProperty, "Nothing"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name(
    disk: CimClass, row: dict[str, object], error: type[WmiError], text: str
) -> None:
    build = compile_row_builder(disk.layout)
    with pytest.raises(error, match=text):
        build(row)
    if error is not UnknownProperty:
        good = warmed(disk.layout, dict.fromkeys(row))
        with pytest.raises(error, match=text):
            good(row)


def test_generated_code_is_shown_in_tracebacks(disk: CimClass) -> None:
    build = warmed(disk.layout, {"Bus": None})
    try:
        build({"Bus": 256})
    except OutOfRange:
        shown = "".join(traceback.format_exception(*sys.exc_info()))
    assert "fit(1, v0)" in shown


def test_a_provider_with_ever_new_key_sets_does_not_fill_the_memory() -> None:
    wide = derive(None, "Test_Wide", properties=[CimProperty(f"P{i}", CimType.UINT8) for i in range(200)])
    build = compile_row_builder(wide.layout)
    for i in range(200):
        for _ in range(300):
            assert build({f"P{i}": 1})[i] == 1


def test_rows_of_several_shapes_and_kinds_of_mapping_are_told_apart(disk: CimClass) -> None:
    one, other = {"DeviceID": "a", "Bus": 1}, {"DeviceID": "b", "Size": 2}
    build = warmed(disk.layout, one)
    for _ in range(300):
        assert build(other) == ("b", UNSET, 2, UNSET, UNSET, UNSET, UNSET)
        assert build(one) == ("a", 1, UNSET, UNSET, UNSET, UNSET, UNSET)
    assert build({"Bus": 2, "DeviceID": "c"})[:2] == ("c", 2)
    assert build({"DeviceID": "d"})[:2] == ("d", UNSET)
    assert build({})[:2] == (UNSET, UNSET)
    assert build(MappingProxyType(one))[:2] == ("a", 1)
    helpful = defaultdict(int, {"DeviceID": "e", "Size": 3})
    assert build(helpful)[:3] == ("e", UNSET, 3)
    assert len(helpful) == 2, "nothing was asked for that is not there"
    for row in (5, ["DeviceID", "Bus"], None):
        with pytest.raises(TypeMismatch, match=f"Test_Disk: a {type(row).__name__} where a mapping is expected"):
            build(row)  # type: ignore[arg-type]


def outcome(build: Callable[[Mapping[str, object]], tuple[object, ...]], row: Mapping[str, object]) -> object:
    """What *build* makes of *row*: the values with their Python types, or what the error says."""
    try:
        values = build(row)
    except WmiError as error:
        return type(error), error.status, str(error)
    return values, [type(value) for value in values]


@given(st.data())
def test_generated_rows_equal_interpreted_rows(data: DataObject) -> None:
    """The generated function accepts, refuses and yields exactly what checking one by one does."""
    cls = data.draw(cim_classes())
    layout = cls.layout
    if data.draw(st.booleans()):
        layout = cls.layout_for(data.draw(st.lists(st.sampled_from(list(cls.properties)), min_size=1)))
    row = data.draw(loose_rows(layout))
    build = compile_row_builder(layout) if "NoSuchProperty" in row else warmed(layout, dict.fromkeys(row))
    assert outcome(build, row) == outcome(lambda plain: build_row(layout, plain), row)
