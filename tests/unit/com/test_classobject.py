"""ClassObject: values, writing, names, methods and qualifiers of instances and classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.fixture_f import BIG_GEAR, GEAR, INNER, INSTANCES, JOB, PART, instance
from wmix import com
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.types import CimType

if TYPE_CHECKING:
    from wmix.cim.instances import CimInstance

NO_ERROR = (com.WBEM_S_NO_ERROR,)
P1, P2, G1, G2 = INSTANCES[:4]

HOLDER = derive(
    None,
    "Holder",
    properties=[
        CimProperty("Weak", CimType.OBJECT),
        CimProperty("Strong", CimType.OBJECT, cimtype="object:CF_Gear"),
        CimProperty("Numbers", CimType.UINT32, is_array=True),
        CimProperty("Letter", CimType.CHAR16),
        CimProperty("Flag", CimType.BOOLEAN),
        CimProperty("Big", CimType.SINT64),
        CimProperty("When", CimType.DATETIME),
        CimProperty("Small", CimType.UINT8),
    ],
)


def wrapped(item: CimInstance | CimClass) -> com.ClassObject:
    return com.ClassObject(item.clone_())


def holder() -> com.ClassObject:
    return wrapped(instance(HOLDER))


# -- reading


def test_an_instance_tells_whether_it_sets_a_value_or_shows_the_default() -> None:
    assert wrapped(G1).get("Teeth") == (com.WBEM_S_NO_ERROR, 12, com.CIM_UINT16, com.WBEM_FLAVOR_ORIGIN_LOCAL)
    assert wrapped(G2).get("Teeth") == (com.WBEM_S_NO_ERROR, 8, com.CIM_UINT16, com.WBEM_FLAVOR_ORIGIN_PROPAGATED)


def test_a_class_tells_whether_it_declares_a_property() -> None:
    assert wrapped(GEAR).get("Teeth").flavor == com.WBEM_FLAVOR_ORIGIN_LOCAL
    assert wrapped(GEAR).get("Id") == (com.WBEM_S_NO_ERROR, None, com.CIM_STRING, com.WBEM_FLAVOR_ORIGIN_PROPAGATED)


def test_system_properties_have_types_and_the_system_flavor() -> None:
    assert wrapped(G1).get("__derivation") == (
        com.WBEM_S_NO_ERROR,
        ["CF_Part"],
        com.CIM_STRING | com.CIM_FLAG_ARRAY,
        com.WBEM_FLAVOR_ORIGIN_SYSTEM,
    )


def test_an_array_type_has_the_array_flag() -> None:
    result = wrapped(P1).get("Raw")
    assert (result.value, result.type) == (None, com.CIM_UINT8 | com.CIM_FLAG_ARRAY)


@pytest.mark.parametrize(("name", "flags"), [(None, 0), ("Id", 1)])
def test_get_refuses_no_name_and_flags(name: str | None, flags: int) -> None:
    assert wrapped(P1).get(name, flags) == (com.WBEM_E_INVALID_PARAMETER, None, None, None)


def test_get_takes_text_only() -> None:
    with pytest.raises(TypeError):
        wrapped(P1).get(5)  # type: ignore[arg-type]  # on purpose


def test_a_property_that_was_not_selected_is_not_found() -> None:
    narrow = com.ClassObject(type(P1)(PART.layout_for(["Num"]), (1,)))
    assert narrow.get("Id").hresult == com.WBEM_E_NOT_FOUND
    assert narrow.get_property_qualifier_set("Id").hresult == com.WBEM_E_NOT_FOUND
    assert narrow.get("Num").value == 1


def test_an_embedded_object_is_a_copy() -> None:
    part = wrapped(P1)
    inner = part.get("Emb").value
    assert inner.put("Q", 0, 1) == NO_ERROR
    assert part.get("Emb").value.get("Q").value == 70011


# -- writing


@pytest.mark.parametrize(
    ("name", "value", "seen"),
    [
        ("Numbers", [1, -1], [1, -1]),
        ("Numbers", (0x80000000,), [-0x80000000]),
        ("Letter", 65, 65),
        ("Letter", "A", 65),
        ("Letter", -1, -1),
        ("Flag", -1, True),
        ("Flag", False, False),
        ("Big", "-9223372036854775808", "-9223372036854775808"),
        ("Big", 7, "7"),
        ("When", "20200101000000.000000+000", "20200101000000.000000+000"),
        ("Small", "0xff", 255),
        ("small", None, None),
    ],
)
def test_put_takes_variants_and_numbers(name: str, value: object, seen: object) -> None:
    item = holder()
    assert item.put(name, 0, value) == NO_ERROR
    result = item.get(name)
    assert (result.value, result.flavor) == (seen, com.WBEM_FLAVOR_ORIGIN_LOCAL)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("nosuch", 1, com.WBEM_E_NOT_FOUND),
        ("__CLASS", "X", com.WBEM_E_READ_ONLY),
        ("Small", 256, com.WBEM_E_VALUE_OUT_OF_RANGE),
        ("Small", "many", com.WBEM_E_TYPE_MISMATCH),
        ("Small", [1], com.WBEM_E_TYPE_MISMATCH),
        ("Numbers", 1, com.WBEM_E_TYPE_MISMATCH),
        ("When", "yesterday", com.WBEM_E_TYPE_MISMATCH),
        (None, 1, com.WBEM_E_INVALID_PARAMETER),
    ],
)
def test_put_refuses_what_does_not_fit(name: str | None, value: object, expected: int) -> None:
    assert holder().put(name, 0, value) == (expected,)


def test_put_takes_the_type_of_the_property_or_none() -> None:
    item = holder()
    assert item.put("Small", 0, 1, com.CIM_UINT8) == NO_ERROR
    assert item.put("Small", 0, 1, com.CIM_STRING) == (com.WBEM_E_TYPE_MISMATCH,)
    assert item.put("Small", 0, 1, 77) == (com.WBEM_E_INVALID_PROPERTY_TYPE,)
    assert item.put("Small", 1, 1) == (com.WBEM_E_INVALID_PARAMETER,)


def test_a_strongly_typed_embedded_object_is_of_its_class_or_below() -> None:
    item = holder()
    assert item.put("Weak", 0, wrapped(P1)) == NO_ERROR
    assert item.put("Strong", 0, wrapped(instance(BIG_GEAR, Id="b"))) == NO_ERROR
    assert item.put("Strong", 0, wrapped(P1)) == (com.WBEM_E_TYPE_MISMATCH,)
    assert item.put("Strong", 0, wrapped(BIG_GEAR)) == NO_ERROR


def test_what_was_put_into_an_object_is_a_copy() -> None:
    item, part = holder(), wrapped(P1)
    assert item.put("Weak", 0, part) == NO_ERROR
    part.put("Tag", 0, "changed")
    assert item.get("Weak").value.get("Tag").value == "NTFS"


def test_a_class_is_named_while_it_is_new() -> None:
    new = com.ClassObject(CimClass("", namespace="root\\conf", server="HOST"))
    assert new.spawn_instance() == (com.WBEM_E_INCOMPLETE_CLASS, None)
    assert new.put("__CLASS", 0, "") == (com.WBEM_E_INVALID_PARAMETER,)
    assert new.put("__CLASS", 0, 5) == (com.WBEM_E_TYPE_MISMATCH,)
    assert new.put("__class", 0, "One") == NO_ERROR
    assert new.put("__CLASS", 0, "Two") == NO_ERROR
    assert new.get("__PATH").value == r"\\HOST\root\conf:Two"
    copy = new.clone().copy
    assert copy is not None
    assert copy.put("__CLASS", 0, "Three") == NO_ERROR
    assert new.get("__CLASS").value == "Two"
    assert wrapped(PART).put("__CLASS", 0, "X") == (com.WBEM_E_READ_ONLY,)


# -- the object as a whole


def test_a_clone_is_independent() -> None:
    part = wrapped(P1)
    copy = part.clone().copy
    assert copy is not None
    assert copy.put("Tag", 0, "other") == NO_ERROR
    assert part.get("Tag").value == "NTFS"


@pytest.mark.parametrize("source", [GEAR, G1], ids=["class", "instance"])
def test_a_spawned_instance_shows_defaults_and_has_no_place(source: CimInstance | CimClass) -> None:
    hresult, new = wrapped(source).spawn_instance()
    assert hresult == com.WBEM_S_NO_ERROR
    assert new is not None
    assert new.get("Teeth") == (com.WBEM_S_NO_ERROR, 8, com.CIM_UINT16, com.WBEM_FLAVOR_ORIGIN_PROPAGATED)
    assert new.get("__PATH").value is None
    assert wrapped(source).spawn_instance(1).hresult == com.WBEM_E_INVALID_PARAMETER


def test_inheritance_ignores_case_and_covers_the_class_itself() -> None:
    for item in (wrapped(BIG_GEAR), wrapped(instance(BIG_GEAR))):
        assert item.inherits_from("cf_part") == NO_ERROR
        assert item.inherits_from("CF_BigGear") == NO_ERROR
        assert item.inherits_from("CF_Pair") == (com.WBEM_S_FALSE,)
        assert item.inherits_from("") == (com.WBEM_S_FALSE,)
        assert item.inherits_from(None) == (com.WBEM_E_INVALID_PARAMETER,)


def test_comparison_needs_another_object_and_known_flags() -> None:
    assert wrapped(P1).compare_to(0, None) == (com.WBEM_E_INVALID_PARAMETER,)
    assert wrapped(P1).compare_to(0x40, wrapped(P1)) == (com.WBEM_E_INVALID_PARAMETER,)
    assert wrapped(P1).compare_to(0, wrapped(P2)) == (com.WBEM_S_DIFFERENT,)
    with pytest.raises(TypeError):
        wrapped(P1).compare_to(0, P1)  # type: ignore[arg-type]  # on purpose


def test_the_origin_of_a_property_is_the_class_that_introduced_it() -> None:
    assert wrapped(BIG_GEAR).get_property_origin("id") == (com.WBEM_S_NO_ERROR, "CF_Part")
    assert wrapped(G1).get_property_origin("Teeth") == (com.WBEM_S_NO_ERROR, "CF_Gear")
    assert wrapped(G1).get_property_origin("nosuch") == (com.WBEM_E_NOT_FOUND, None)
    assert wrapped(G1).get_property_origin("__PATH") == (com.WBEM_E_SYSTEM_PROPERTY, None)


# -- names and enumeration


def test_an_enumeration_gives_names_values_types_and_flavors() -> None:
    item = wrapped(G2)
    assert item.begin_enumeration(com.WBEM_FLAG_NONSYSTEM_ONLY) == NO_ERROR
    found = {}
    while (result := item.next()).hresult == com.WBEM_S_NO_ERROR:
        found[result.name] = result[2:]
    assert list(found) == ["Id", "Num", "Big", "Flag", "Tag", "When", "Raw", "Emb", "Teeth"]
    assert found["Teeth"] == (8, com.CIM_UINT16, com.WBEM_FLAVOR_ORIGIN_PROPAGATED)
    assert item.next().hresult == com.WBEM_S_NO_MORE_DATA
    assert item.end_enumeration() == NO_ERROR
    assert item.next().hresult == com.WBEM_E_UNEXPECTED


def test_an_enumeration_is_begun_anew() -> None:
    item = wrapped(P1)
    item.begin_enumeration()
    item.next()
    assert item.begin_enumeration() == NO_ERROR
    assert item.next().name == "__GENUS"
    assert item.next(com.WBEM_FLAG_SYSTEM_ONLY).hresult == com.WBEM_E_INVALID_PARAMETER
    assert item.begin_enumeration(0x1000) == (com.WBEM_E_INVALID_PARAMETER,)


def test_names_are_listed_by_condition() -> None:
    assert wrapped(P1).get_names("key", com.WBEM_FLAG_ONLY_IF_TRUE).names == ["Id"]
    assert wrapped(P1).get_names("key", com.WBEM_FLAG_ONLY_IF_IDENTICAL).hresult == com.WBEM_E_INVALID_PARAMETER


# -- methods


def test_a_method_is_found_in_any_case_with_both_signatures() -> None:
    hresult, inputs, outputs = wrapped(JOB).get_method("CREATE")
    assert hresult == com.WBEM_S_NO_ERROR
    assert inputs is not None
    assert outputs is not None
    assert inputs.get_names(None, com.WBEM_FLAG_NONSYSTEM_ONLY).names == ["Cmd"]
    assert outputs.get_names(None, com.WBEM_FLAG_NONSYSTEM_ONLY).names == ["Id", "ReturnValue"]
    assert inputs.spawn_instance().hresult == com.WBEM_S_NO_ERROR
    assert wrapped(JOB).get_method("nosuch") == (com.WBEM_E_NOT_FOUND, None, None)
    assert wrapped(JOB).get_method_origin("create") == (com.WBEM_S_NO_ERROR, "CF_Job")


def test_methods_are_enumerated() -> None:
    job = wrapped(derive(JOB, "CF_Job2"))
    assert job.next_method().hresult == com.WBEM_E_UNEXPECTED
    assert job.begin_method_enumeration() == NO_ERROR
    assert job.next_method().name == "Create"
    assert job.next_method() == (com.WBEM_S_NO_MORE_DATA, None, None, None)
    assert job.end_method_enumeration() == NO_ERROR
    assert job.begin_method_enumeration(com.WBEM_FLAG_LOCAL_ONLY) == NO_ERROR
    assert job.next_method().hresult == com.WBEM_S_NO_MORE_DATA
    assert job.begin_method_enumeration(com.WBEM_FLAG_PROPAGATED_ONLY) == NO_ERROR
    assert job.next_method().name == "Create"
    assert job.begin_method_enumeration(1) == (com.WBEM_E_INVALID_PARAMETER,)


def test_instances_have_no_methods_to_show() -> None:
    part = wrapped(P1)
    assert part.get_method("Create") == (com.WBEM_E_ILLEGAL_OPERATION, None, None)
    assert part.begin_method_enumeration() == (com.WBEM_E_ILLEGAL_OPERATION,)
    assert part.get_method_qualifier_set("Create") == (com.WBEM_E_ILLEGAL_OPERATION, None)
    assert part.get_method_origin("Create") == (com.WBEM_E_ILLEGAL_OPERATION, None)


# -- qualifiers


def test_qualifier_sets_are_of_object_property_and_method() -> None:
    assert _qualifier(wrapped(JOB).get_method_qualifier_set("create"), "static") is True
    assert _qualifier(wrapped(PART).get_property_qualifier_set("id"), "KEY") is True
    assert _qualifier(wrapped(P1).get_property_qualifier_set("Num"), "CIMTYPE") == "uint32"
    singleton = derive(None, "One", qualifiers=[com_singleton()])
    assert _qualifier(com.ClassObject(singleton).get_qualifier_set(), "singleton") is True
    assert wrapped(PART).get_property_qualifier_set("nosuch") == (com.WBEM_E_NOT_FOUND, None)


def com_singleton() -> Any:
    from wmix.cim.qualifiers import Qualifier

    return Qualifier.of("singleton")


def _qualifier(result: tuple[int, com.QualifierSet | None], name: str) -> object:
    hresult, held = result
    assert hresult == com.WBEM_S_NO_ERROR
    assert held is not None
    return held.get(name).value


def test_no_call_on_an_object_leaves_an_error_object() -> None:
    item = wrapped(P1)
    item.get("nosuch")
    item.put("nosuch", 0, 1)
    item.get_method("x")
    item.get_names("", com.WBEM_FLAG_ONLY_IF_TRUE)
    assert com.get_error_info() is None


def test_an_object_can_be_shown() -> None:
    assert "CF_Part" in repr(wrapped(P1))
    assert "CF_Inner" in repr(wrapped(INNER))
