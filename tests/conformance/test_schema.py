"""Conformance cases 38, 43, 64 and 69 to 75: classes made, changed, queried and deleted by way of com."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wmix import com

if TYPE_CHECKING:
    from wmix.com import ClassObject, QualifierSet, Services

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")

NO_ERROR = (com.WBEM_S_NO_ERROR,)


def fetched(services: Services, path: str) -> ClassObject:
    hresult, found = services.get_object(path)
    assert hresult == com.WBEM_S_NO_ERROR
    assert found is not None
    return found


def made(services: Services, name: str, *, key: str | None = "Id") -> ClassObject:
    """A new top-level class with a text property, which is its key."""
    new = fetched(services, "")
    assert new.put("__CLASS", 0, name) == NO_ERROR
    if key is not None:
        assert new.put(key, 0, None, com.CIM_STRING) == NO_ERROR
        assert property_qualifiers(new, key).put("key", True) == NO_ERROR
    return new


def property_qualifiers(cls: ClassObject, name: str) -> QualifierSet:
    found = cls.get_property_qualifier_set(name).qualifier_set
    assert found is not None
    return found


def class_qualifiers(cls: ClassObject) -> QualifierSet:
    found = cls.get_qualifier_set().qualifier_set
    assert found is not None
    return found


def names(services: Services, query: str, name: str = "__CLASS") -> list[object]:
    enumerator = services.exec_query("WQL", query).enumerator
    assert enumerator is not None
    return sorted(item.get(name).value for item in enumerator.next(-1, 100).objects or ())


def test_delete_tells_inherited_overridden_and_own_properties_apart(services: Services) -> None:
    """Case 38."""
    gear = fetched(services, "CF_Gear")
    assert gear.delete("Id") == (com.WBEM_E_PROPAGATED_PROPERTY,)
    assert gear.put("Num", 0, 5) == NO_ERROR
    assert gear.get("Num")[1:] == (5, com.CIM_UINT32, com.WBEM_FLAVOR_ORIGIN_LOCAL)
    assert gear.delete("Num") == (com.WBEM_S_RESET_TO_DEFAULT,)
    assert gear.get("Num")[1:] == (None, com.CIM_UINT32, com.WBEM_FLAVOR_ORIGIN_PROPAGATED)
    assert gear.delete("Teeth") == NO_ERROR
    assert gear.get("Teeth").hresult == com.WBEM_E_NOT_FOUND


def test_parameters_are_numbered_without_a_gap_and_the_return_value_is_not(services: Services) -> None:
    """Case 43."""
    new = made(services, "CF_New")
    gap = fetched(services, "__PARAMETERS")
    for name, number in (("First", 0), ("Third", 2)):
        assert gap.put(name, 0, None, com.CIM_STRING) == NO_ERROR
        assert property_qualifiers(gap, name).put("ID", number) == NO_ERROR
    assert new.put_method("Run", 0, gap, None) == (com.WBEM_E_NONCONSECUTIVE_PARAMETER_IDS,)
    assert property_qualifiers(gap, "Third").put("ID", 1) == NO_ERROR
    assert new.put_method("Run", 0, gap, None) == NO_ERROR
    returned = fetched(services, "__PARAMETERS")
    assert returned.put("ReturnValue", 0, None, com.CIM_UINT32) == NO_ERROR
    assert new.put_method("Run", 0, gap, returned) == NO_ERROR
    assert property_qualifiers(returned, "ReturnValue").put("ID", 2) == NO_ERROR
    assert new.put_method("Run", 0, gap, returned) == (com.WBEM_E_PARAMETER_ID_ON_RETVAL,)
    assert services.put_class(new) == NO_ERROR
    signature = fetched(services, "CF_New").get_method("run").in_signature
    assert signature is not None
    assert signature.get_names(None, com.WBEM_FLAG_NONSYSTEM_ONLY).names == ["First", "Third"]


def test_a_schema_query_gives_a_class_and_those_below_it(services: Services) -> None:
    """Case 64."""
    found = names(services, 'SELECT * FROM meta_class WHERE __this ISA "CF_Part"')
    assert found == ["CF_BigGear", "CF_Gear", "CF_Part"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("_X", com.WBEM_E_INVALID_OPERATION),
        ("X_", com.WBEM_E_INVALID_OBJECT),
        ("1X", com.WBEM_E_INVALID_PARAMETER),
    ],
)
def test_a_class_name_is_an_identifier_without_outer_underscores(services: Services, name: str, expected: int) -> None:
    """Case 69."""
    assert services.put_class(made(services, name)) == (expected,)


def test_a_class_is_only_created_or_only_updated_on_demand(services: Services) -> None:
    """Case 70."""
    part = fetched(services, "CF_Part")
    assert services.put_class(part, com.WBEM_FLAG_CREATE_ONLY) == (com.WBEM_E_ALREADY_EXISTS,)
    assert services.put_class(made(services, "CF_New"), com.WBEM_FLAG_UPDATE_ONLY) == (com.WBEM_E_NOT_FOUND,)
    assert services.put_class(made(services, "CF_New"), com.WBEM_FLAG_CREATE_ONLY) == NO_ERROR


def test_a_description_is_changed_above_subclasses_and_instances(services: Services) -> None:
    """Case 71."""
    part = fetched(services, "CF_Part")
    assert class_qualifiers(part).put("Description", "a part of a machine") == NO_ERROR
    assert services.put_class(part, 0) == NO_ERROR
    assert class_qualifiers(fetched(services, "CF_Part")).get("Description").value == "a part of a machine"
    assert len(names(services, "SELECT * FROM CF_Part", "Id")) == 5


def test_the_parent_of_a_class_must_exist(services: Services) -> None:
    """Case 72."""
    assert services.put_class(made(services, "CF_Base")) == NO_ERROR
    derived = fetched(services, "CF_Base").spawn_derived_class().new_class
    assert derived is not None
    assert derived.put("__CLASS", 0, "CF_Orphan") == NO_ERROR
    assert services.delete_class("CF_Base") == NO_ERROR
    assert services.put_class(derived) == (com.WBEM_E_NOT_FOUND,)


def test_a_class_is_deleted_with_all_below_it(services: Services) -> None:
    """Case 73."""
    assert services.delete_class("CF_Gear") == NO_ERROR
    assert names(services, "SELECT * FROM CF_Part", "Id") == ["p1", "p2"]
    for name in ("CF_Gear", "CF_BigGear"):
        assert services.get_object(name) == (com.WBEM_E_NOT_FOUND, None)


def test_classes_and_instances_are_put_by_their_own_calls(services: Services) -> None:
    """Case 74."""
    assert services.put_instance(fetched(services, "CF_Part")) == (com.WBEM_E_INVALID_OBJECT,)
    assert services.put_class(fetched(services, 'CF_Part.Id="p1"')) == (com.WBEM_E_INVALID_CLASS,)


def test_a_class_with_keys_is_no_singleton(services: Services) -> None:
    """Case 75."""
    part, new = fetched(services, "CF_Part"), made(services, "CF_New")
    for cls in (part, new):
        assert class_qualifiers(cls).put("singleton", True) == NO_ERROR
        assert services.put_class(cls) == (com.WBEM_E_CANNOT_BE_SINGLETON,)
    keyless = made(services, "CF_Single", key=None)
    assert class_qualifiers(keyless).put("singleton", True) == NO_ERROR
    assert services.put_class(keyless) == NO_ERROR


def test_an_association_is_made_with_typed_ends_and_an_instance_of_it(services: Services) -> None:
    link = made(services, "CF_Link", key=None)
    assert class_qualifiers(link).put("association", True) == NO_ERROR
    for name in ("Whole", "Part"):
        assert link.put(name, 0, None, com.CIM_REFERENCE) == NO_ERROR
        assert property_qualifiers(link, name).put("CIMTYPE", "ref:CF_Part") == NO_ERROR
        assert property_qualifiers(link, name).put("key", True) == NO_ERROR
    assert services.put_class(link) == NO_ERROR
    spawned = fetched(services, "CF_Link").spawn_instance().new_instance
    assert spawned is not None
    assert spawned.put("Whole", 0, 'CF_Part.Id="p1"') == NO_ERROR
    assert spawned.put("Part", 0, 'CF_Part.Id="p2"') == NO_ERROR
    assert services.put_instance(spawned) == NO_ERROR
    assert names(services, "ASSOCIATORS OF {CF_Part.Id='p2'} WHERE AssocClass = CF_Link", "Id") == ["p1"]
