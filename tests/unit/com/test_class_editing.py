"""ClassObject on classes: new properties, defaults, overrides, deletion, spawning, and the text of it all."""

from __future__ import annotations

import pytest

from conformance.fixture_f import GEAR, INNER, PAIR, PART, instance
from wmix import com
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.types import CimType

NO_ERROR = (com.WBEM_S_NO_ERROR,)
HOLDER = derive(
    None,
    "Holder",
    properties=[
        CimProperty("Strong", CimType.OBJECT, cimtype="object:CF_Gear"),
        CimProperty("End", CimType.REFERENCE, cimtype="ref:CF_Part"),
    ],
)


def wrapped(cls: CimClass) -> com.ClassObject:
    return com.ClassObject(cls.clone_())


def new_class() -> com.ClassObject:
    return com.ClassObject(CimClass("", namespace="root\\conf", server="HOST"))


def below(parent: CimClass, name: str | None = None) -> com.ClassObject:
    derived = wrapped(parent).spawn_derived_class().new_class
    assert derived is not None
    if name is not None:
        assert derived.put("__CLASS", 0, name) == NO_ERROR
    return derived


# -- properties


@pytest.mark.parametrize(
    ("value", "cim_type", "expected"),
    [
        (None, com.CIM_UINT64, (None, com.CIM_UINT64)),
        (None, com.CIM_STRING | com.CIM_FLAG_ARRAY, (None, com.CIM_STRING | com.CIM_FLAG_ARRAY)),
        (5, 0, (5, com.CIM_SINT32)),
        ("text", 0, ("text", com.CIM_STRING)),
        (True, 0, (True, com.CIM_BOOLEAN)),
        (1.5, 0, (1.5, com.CIM_REAL64)),
        (["a", "b"], 0, (["a", "b"], com.CIM_STRING | com.CIM_FLAG_ARRAY)),
        (-1, com.CIM_UINT32, (-1, com.CIM_UINT32)),
        ("5000000000", com.CIM_UINT64, ("5000000000", com.CIM_UINT64)),
        ("20200101000000.000000+000", com.CIM_DATETIME, ("20200101000000.000000+000", com.CIM_DATETIME)),
    ],
)
def test_a_new_property_has_the_type_that_is_given_or_that_of_its_value(
    value: object, cim_type: int, expected: tuple[object, int]
) -> None:
    new = new_class()
    assert new.put("Made", 0, value, cim_type) == NO_ERROR
    result = new.get("made")
    assert (result.value, result.type, result.flavor) == (*expected, com.WBEM_FLAVOR_ORIGIN_LOCAL)


@pytest.mark.parametrize(
    ("name", "value", "cim_type", "expected"),
    [
        ("Untyped", None, 0, com.WBEM_E_INVALID_PARAMETER),
        ("Odd", 1, 7, com.WBEM_E_INVALID_PROPERTY_TYPE),
        ("_Reserved", 1, 0, com.WBEM_E_INVALID_PROPERTY),
        ("Reserved_", 1, 0, com.WBEM_E_INVALID_PROPERTY),
        ("no name", 1, 0, com.WBEM_E_INVALID_PROPERTY),
        ("Teeth", 70000, 0, com.WBEM_E_VALUE_OUT_OF_RANGE),
        ("Teeth", "many", 0, com.WBEM_E_TYPE_MISMATCH),
        ("Num", None, com.CIM_STRING, com.WBEM_E_TYPE_MISMATCH),
        ("__GENUS", 2, 0, com.WBEM_E_READ_ONLY),
        ("__CLASS", "Other", 0, com.WBEM_E_READ_ONLY),
        (None, 1, 0, com.WBEM_E_INVALID_PARAMETER),
    ],
)
def test_put_on_a_class_refuses(name: str | None, value: object, cim_type: int, expected: int) -> None:
    gear = wrapped(GEAR)
    before = gear.get_names(None, com.WBEM_FLAG_NONSYSTEM_ONLY)
    assert gear.put(name, 0, value, cim_type) == (expected,)
    assert gear.get_names(None, com.WBEM_FLAG_NONSYSTEM_ONLY) == before


def test_a_default_of_the_parent_is_overridden_and_shows_again() -> None:
    big = below(GEAR, "Big")
    assert big.get("Teeth") == (com.WBEM_S_NO_ERROR, 8, com.CIM_UINT16, com.WBEM_FLAVOR_ORIGIN_PROPAGATED)
    assert big.put("Teeth", 0, 99) == NO_ERROR
    assert big.get("Teeth") == (com.WBEM_S_NO_ERROR, 99, com.CIM_UINT16, com.WBEM_FLAVOR_ORIGIN_LOCAL)
    assert big.get_property_origin("Teeth").class_name == "CF_Gear"
    assert big.delete("Teeth") == (com.WBEM_S_RESET_TO_DEFAULT,)
    assert big.get("Teeth") == (com.WBEM_S_NO_ERROR, 8, com.CIM_UINT16, com.WBEM_FLAVOR_ORIGIN_PROPAGATED)


def test_a_local_property_changes_its_type() -> None:
    gear = wrapped(GEAR)
    assert gear.put("Teeth", 0, "many", com.CIM_STRING) == NO_ERROR
    assert gear.get("Teeth")[1:3] == ("many", com.CIM_STRING)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Teeth", com.WBEM_S_NO_ERROR),
        ("Id", com.WBEM_E_PROPAGATED_PROPERTY),
        ("__CLASS", com.WBEM_E_SYSTEM_PROPERTY),
        ("nosuch", com.WBEM_E_NOT_FOUND),
        (None, com.WBEM_E_INVALID_PARAMETER),
    ],
)
def test_delete_tells_what_it_did(name: str | None, expected: int) -> None:
    assert wrapped(GEAR).delete(name) == (expected,)


def test_nothing_is_deleted_from_an_instance() -> None:
    assert com.ClassObject(instance(PART, Id="x")).delete("Num") == (com.WBEM_E_INVALID_OPERATION,)


def test_an_embedded_default_is_of_the_declared_class() -> None:
    holder = wrapped(HOLDER)
    gear = com.ClassObject(instance(GEAR, Id="g"))
    inner = com.ClassObject(instance(INNER, P="x"))
    assert holder.put("Strong", 0, gear) == NO_ERROR
    assert holder.put("Strong", 0, inner) == (com.WBEM_E_TYPE_MISMATCH,)
    assert holder.put("Any", 0, inner) == NO_ERROR
    assert holder.get("Any").type == com.CIM_OBJECT


def test_edits_leave_the_definition_alone() -> None:
    edited = com.ClassObject(GEAR)
    assert edited.put("Teeth", 0, 1) == NO_ERROR
    assert edited.delete("Teeth") == NO_ERROR
    assert GEAR["Teeth"] == 8


def test_a_class_that_was_not_changed_is_equal_to_itself_after_an_edit_is_undone() -> None:
    for cls in (PART, GEAR, PAIR, HOLDER):
        edited = wrapped(cls)
        assert edited.put("Extra", 0, 1) == NO_ERROR
        assert edited.compare_to(0, wrapped(cls)) == (com.WBEM_S_DIFFERENT,)
        assert edited.delete("Extra") == NO_ERROR
        assert edited.compare_to(0, wrapped(cls)) == (com.WBEM_S_SAME,)


def test_enumerations_of_overrides_and_locals() -> None:
    big = below(GEAR, "Big")
    big.put("Teeth", 0, 9)
    big.put("Own", 0, 1)

    def names(flags: int) -> list[str | None]:
        assert big.begin_enumeration(flags) == NO_ERROR
        found = []
        while (result := big.next()).hresult == com.WBEM_S_NO_ERROR:
            found.append(result.name)
        return found

    assert names(com.WBEM_FLAG_CLASS_OVERRIDES_ONLY) == ["Teeth"]
    assert names(com.WBEM_FLAG_CLASS_LOCAL_AND_OVERRIDES) == ["Teeth", "Own"]


def test_an_enumeration_goes_past_what_was_deleted_meanwhile() -> None:
    gear = wrapped(GEAR)
    gear.begin_enumeration(com.WBEM_FLAG_LOCAL_ONLY)
    gear.delete("Teeth")
    assert gear.next().hresult == com.WBEM_S_NO_MORE_DATA


# -- spawning


def test_a_derived_class_has_no_name_until_it_is_put() -> None:
    derived = below(GEAR)
    assert derived.get("__CLASS").value is None
    assert derived.get("__SUPERCLASS").value == "CF_Gear"
    assert derived.get("__DERIVATION").value == ["CF_Gear", "CF_Part"]
    assert derived.put("__CLASS", 0, "Derived") == NO_ERROR
    assert derived.inherits_from("cf_part") == NO_ERROR


def test_nothing_is_spawned_from_a_class_that_is_being_made() -> None:
    derived = below(GEAR, "Derived")
    for item in (derived, derived.clone().copy, new_class()):
        assert item is not None
        assert item.spawn_instance() == (com.WBEM_E_INCOMPLETE_CLASS, None)
        assert item.spawn_derived_class() == (com.WBEM_E_INCOMPLETE_CLASS, None)


def test_no_class_is_derived_from_an_instance() -> None:
    part = com.ClassObject(instance(PART, Id="x"))
    assert part.spawn_derived_class() == (com.WBEM_E_INVALID_OPERATION, None)
    assert wrapped(PART).spawn_derived_class(1) == (com.WBEM_E_INVALID_PARAMETER, None)


def test_a_clone_of_an_edited_class_is_independent() -> None:
    derived = below(GEAR, "Derived")
    derived.put("Own", 0, 1)
    copy = derived.clone().copy
    assert copy is not None
    assert copy.put("Own", 0, 2) == NO_ERROR
    assert copy.put("__CLASS", 0, "Copy") == NO_ERROR
    assert (derived.get("Own").value, copy.get("Own").value) == (1, 2)
    assert copy.delete("Own") == NO_ERROR
    assert derived.get("Own").value == 1


# -- text


def test_the_text_of_a_class_is_what_it_declares() -> None:
    derived = below(GEAR, "Derived")
    derived.put("Own", 0, 7, com.CIM_UINT16)
    hresult, text = derived.get_object_text()
    assert hresult == com.WBEM_S_NO_ERROR
    assert text == "class Derived : CF_Gear\n{\n\tuint16 Own = 7;\n};\n"


def test_flavors_are_left_out_of_the_text_on_demand() -> None:
    gear = wrapped(GEAR)
    qualifiers = gear.get_qualifier_set().qualifier_set
    assert qualifiers is not None
    assert qualifiers.put("Mark", "x", com.WBEM_FLAVOR_FLAG_PROPAGATE_TO_INSTANCE) == NO_ERROR
    assert '[Mark("x") : ToInstance]' in (gear.get_object_text().object_text or "")
    assert '[Mark("x")]' in (gear.get_object_text(com.WBEM_FLAG_NO_FLAVORS).object_text or "")
    assert gear.get_object_text(2) == (com.WBEM_E_INVALID_PARAMETER, None)


def test_an_instance_shows_the_values_that_it_has() -> None:
    text = com.ClassObject(instance(PART, Id="x", Num=5, Big=6)).get_object_text().object_text
    assert text == 'instance of CF_Part\n{\n\tId = "x";\n\tNum = 5;\n\tBig = "6";\n};\n'


def test_a_class_without_a_name_has_no_text() -> None:
    assert new_class().get_object_text() == (com.WBEM_E_INCOMPLETE_CLASS, None)
