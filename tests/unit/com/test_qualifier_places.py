"""Qualifiers put and deleted by way of com: where they go, which are refused, and what shows afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.fixture_f import BIG_GEAR, GEAR, PART, USES, instance
from wmix import com
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType

NO_ERROR = (com.WBEM_S_NO_ERROR,)
TO_ALL = com.WBEM_FLAVOR_FLAG_PROPAGATE_TO_INSTANCE | com.WBEM_FLAVOR_FLAG_PROPAGATE_TO_DERIVED_CLASS
FIXED = com.WBEM_FLAVOR_NOT_OVERRIDABLE
MARKED = derive(
    None,
    "Marked",
    properties=[CimProperty("Text", CimType.STRING, qualifiers=QualifierSet([Qualifier.of("Soft", "a", TO_ALL)]))],
    qualifiers=[Qualifier.of("Hard", 1, TO_ALL | FIXED), Qualifier.of("Soft", "a", TO_ALL)],
)
BELOW = derive(MARKED, "Below")


def wrapped(cls: CimClass) -> com.ClassObject:
    return com.ClassObject(cls.clone_())


def qualifiers(item: com.ClassObject, name: str | None = None) -> com.QualifierSet:
    found = (item.get_qualifier_set() if name is None else item.get_property_qualifier_set(name)).qualifier_set
    assert found is not None
    return found


def test_what_is_put_on_a_class_is_seen_in_it() -> None:
    part = wrapped(PART)
    assert qualifiers(part).put("Description", "a part", 0) == NO_ERROR
    assert qualifiers(part).get("description") == (com.WBEM_S_NO_ERROR, "a part", 0)
    assert 'Description("a part")' in (part.get_object_text().object_text or "")
    assert "Description" not in PART.qualifiers


def test_flavors_are_kept_and_shown_to_heirs() -> None:
    part = wrapped(PART)
    qualifiers(part).put("Mark", ["a", "b"], TO_ALL)
    spawned = part.spawn_instance().new_instance
    derived = part.spawn_derived_class().new_class
    assert spawned is not None
    assert derived is not None
    for heir in (spawned, derived):
        assert qualifiers(heir).get("Mark") == (com.WBEM_S_NO_ERROR, ["a", "b"], TO_ALL | 0x20)


@pytest.mark.parametrize(
    ("name", "value", "flavor", "expected"),
    [
        (None, 1, 0, com.WBEM_E_INVALID_PARAMETER),
        ("", 1, 0, com.WBEM_E_INVALID_PARAMETER),
        ("Mark", None, 0, com.WBEM_E_INVALID_PARAMETER),
        ("Mark", 1, 0x20, com.WBEM_E_INVALID_FLAVOR),
        ("Mark", object(), 0, com.WBEM_E_INVALID_QUALIFIER_TYPE),
        ("Mark", 1 << 31, 0, com.WBEM_E_INVALID_QUALIFIER_TYPE),
        ("Mark", ["a", 1], 0, com.WBEM_E_INVALID_QUALIFIER_TYPE),
        ("abstract", "yes", 0, com.WBEM_E_INVALID_QUALIFIER_TYPE),
        ("key", True, 0, com.WBEM_E_INVALID_QUALIFIER),
        ("Hard", 2, 0, com.WBEM_E_OVERRIDE_NOT_ALLOWED),
    ],
)
def test_put_on_a_class_refuses(name: str | None, value: Any, flavor: int, expected: int) -> None:
    assert qualifiers(wrapped(BELOW)).put(name, value, flavor) == (expected,)


def test_an_inherited_qualifier_is_overridden_and_shows_again() -> None:
    below = wrapped(BELOW)
    for held in (qualifiers(below), qualifiers(below, "Text")):
        assert held.delete("Soft") == (com.WBEM_E_PROPAGATED_QUALIFIER,)
        assert held.put("Soft", "b", TO_ALL) == NO_ERROR
        assert held.get("Soft").value == "b"
        assert held.delete("soft") == (com.WBEM_S_RESET_TO_DEFAULT,)
        assert held.get("Soft") == (com.WBEM_S_NO_ERROR, "a", TO_ALL | 0x20)
        assert held.delete("nosuch") == (com.WBEM_E_NOT_FOUND,)
        assert held.delete(None) == (com.WBEM_E_INVALID_PARAMETER,)


def test_a_local_qualifier_is_gone_when_it_is_deleted() -> None:
    held = qualifiers(wrapped(MARKED))
    assert held.delete("Hard") == NO_ERROR
    assert held.get("Hard").hresult == com.WBEM_E_NOT_FOUND


def test_key_has_the_same_flavor_whatever_is_given() -> None:
    part = wrapped(PART)
    assert qualifiers(part, "Num").put("key", True, 0) == NO_ERROR
    assert qualifiers(part, "Num").get("key") == (com.WBEM_S_NO_ERROR, True, 0x13)
    assert "Num" in (part.get_names(None, com.WBEM_FLAG_KEYS_ONLY).names or [])


@pytest.mark.parametrize(("name", "value"), [("Ratio", True), ("Raw", True), ("Emb", True), ("Num", False)])
def test_a_property_that_cannot_be_a_key_is_none(name: str, value: bool) -> None:
    assert qualifiers(wrapped(BIG_GEAR), name).put("key", value) == (com.WBEM_E_CANNOT_BE_KEY,)


def test_cimtype_chooses_the_class_of_a_reference() -> None:
    part = wrapped(PART)
    part.put("Next", 0, None, com.CIM_REFERENCE)
    held = qualifiers(part, "Next")
    assert held.put("CIMTYPE", "ref:CF_Part", 0) == NO_ERROR
    assert held.get("CIMTYPE") == (com.WBEM_S_NO_ERROR, "ref:CF_Part", 0x03)
    assert "CF_Part ref Next;" in (part.get_object_text().object_text or "")
    assert held.put("CIMTYPE", "uint32") == (com.WBEM_E_TYPE_MISMATCH,)
    assert held.put("CIMTYPE", 5) == (com.WBEM_E_INVALID_QUALIFIER_TYPE,)
    assert held.put("CIMTYPE", "ref:") == (com.WBEM_E_TYPE_MISMATCH,)
    assert held.delete("CIMTYPE") == (com.WBEM_E_INVALID_OPERATION,)
    assert qualifiers(part, "Num").put("CIMTYPE", "uint32:X") == (com.WBEM_E_TYPE_MISMATCH,)


def test_a_reference_is_narrowed_in_a_subclass() -> None:
    derived = wrapped(USES).spawn_derived_class().new_class
    assert derived is not None
    assert qualifiers(derived, "User").put("CIMTYPE", "ref:CF_Gear") == NO_ERROR
    assert qualifiers(derived, "User").get("CIMTYPE").value == "ref:CF_Gear"
    assert derived.get("User").flavor == com.WBEM_FLAVOR_ORIGIN_LOCAL


def test_an_instance_takes_qualifiers_of_its_own_but_no_keys() -> None:
    part = com.ClassObject(instance(GEAR, Id="x"))
    assert qualifiers(part).put("Mine", "yes") == NO_ERROR
    assert qualifiers(part).get("mine").value == "yes"
    assert qualifiers(part, "Num").put("key", True) == (com.WBEM_E_CANNOT_BE_KEY,)
    assert qualifiers(part, "Num").put("CIMTYPE", "uint8") == (com.WBEM_E_INVALID_QUALIFIER,)
    assert qualifiers(part, "Num").put("Note", 1.5) == NO_ERROR
    assert qualifiers(part, "Num").delete("Note") == NO_ERROR
    assert qualifiers(part, "Id").delete("key") == (com.WBEM_E_PROPAGATED_QUALIFIER,)
    copy = part.clone().copy
    assert copy is not None
    assert qualifiers(copy).get("mine").value == "yes"


def test_the_set_of_a_property_that_was_deleted_is_empty() -> None:
    gear = wrapped(GEAR)
    held = qualifiers(gear, "Teeth")
    gear.delete("Teeth")
    assert held.get_names().names == []
    assert held.put("Mark", 1) == (com.WBEM_E_NOT_FOUND,)
