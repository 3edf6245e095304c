"""The rules that class definitions obey, and the status of each breach."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from wmix import status as codes
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.methods import CimMethod, CimParameter
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.errors import WmiError

if TYPE_CHECKING:
    from collections.abc import Iterator


def key(name: str, cim_type: CimType = CimType.STRING) -> CimProperty:
    return CimProperty(name, cim_type, qualifiers=QualifierSet((Qualifier.of("key"), Qualifier.of("read"))))


@pytest.fixture
def part() -> CimClass:
    return derive(
        None,
        "CF_Part",
        properties=[
            key("Id"),
            CimProperty("Num", CimType.UINT32),
            CimProperty("Tag", CimType.STRING, default="none"),
            CimProperty("Emb", CimType.OBJECT),
        ],
        methods=[CimMethod.declare("Turn", [CimParameter("By", CimType.SINT32)])],
        namespace="root\\conf",
        server="SRV",
    )


@pytest.fixture
def gear(part: CimClass) -> CimClass:
    return derive(part, "CF_Gear", properties=[CimProperty("Teeth", CimType.UINT16, default=8)])


@contextmanager
def refused(status: int) -> Iterator[None]:
    """The block must raise a WmiError of this status."""
    with pytest.raises(WmiError) as caught:
        yield
    assert caught.value.status == status, caught.value


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("", codes.WBEM_E_INCOMPLETE_CLASS),
        ("_Mine", codes.WBEM_E_INVALID_OPERATION),
        ("__Mine", codes.WBEM_E_INVALID_OPERATION),
        ("Mine_", codes.WBEM_E_INVALID_OBJECT),
        ("My class", codes.WBEM_E_INVALID_PARAMETER),
        ("1st", codes.WBEM_E_INVALID_PARAMETER),
        ("a" * 4097, codes.WBEM_E_QUOTA_VIOLATION),
    ],
)
def test_class_names_are_checked(name: str, status: int) -> None:
    with refused(status):
        derive(None, name)


def test_longest_class_name_is_accepted() -> None:
    assert derive(None, "a" * 4096).name == "a" * 4096


@pytest.mark.parametrize("name", ["_Size", "Size_", "My size", "", "1st"])
def test_property_names_are_checked(name: str) -> None:
    with refused(codes.WBEM_E_INVALID_PROPERTY):
        derive(None, "CF_X", properties=[CimProperty(name, CimType.UINT8)])


def test_an_inherited_property_keeps_its_type(part: CimClass) -> None:
    for other in (CimProperty("Num", CimType.SINT32), CimProperty("Num", CimType.UINT32, is_array=True)):
        with refused(codes.WBEM_E_TYPE_MISMATCH):
            derive(part, "CF_X", properties=[other])


def test_objects_may_be_narrowed_and_not_widened(part: CimClass) -> None:
    narrow = derive(part, "CF_X", properties=[CimProperty("Emb", CimType.OBJECT, cimtype="object:CF_Inner")])
    assert narrow.properties["Emb"].target_class == "CF_Inner"
    with refused(codes.WBEM_E_TYPE_MISMATCH):
        derive(narrow, "CF_Y", properties=[CimProperty("Emb", CimType.OBJECT)])


@pytest.mark.parametrize(
    "unfit",
    [
        CimProperty("K", CimType.UINT8, True, qualifiers=QualifierSet((Qualifier.of("key"),))),
        CimProperty("K", CimType.REAL64, qualifiers=QualifierSet((Qualifier.of("key"),))),
        CimProperty("K", CimType.REAL32, qualifiers=QualifierSet((Qualifier.of("key"),))),
        CimProperty("K", CimType.OBJECT, qualifiers=QualifierSet((Qualifier.of("key"),))),
        CimProperty("K", CimType.STRING, qualifiers=QualifierSet((Qualifier.of("key", False),))),
        CimProperty("K", CimType.STRING, default="a\tb", qualifiers=QualifierSet((Qualifier.of("key"),))),
    ],
)
def test_unfit_properties_cannot_be_keys(unfit: CimProperty) -> None:
    with refused(codes.WBEM_E_CANNOT_BE_KEY):
        derive(None, "CF_X", properties=[unfit])


def test_keys_can_be_added_only_below_an_abstract_class_without_any(part: CimClass) -> None:
    abstract = derive(None, "CF_Abstract", qualifiers=[Qualifier.of("abstract")])
    concrete = derive(None, "CF_Concrete", properties=[CimProperty("A", CimType.UINT8)])
    assert derive(abstract, "CF_X", properties=[key("K")]).keys == ("K",)
    for parent in (part, concrete):
        with refused(codes.WBEM_E_CANNOT_CHANGE_KEY_INHERITANCE):
            derive(parent, "CF_X", properties=[key("K")])
    with refused(codes.WBEM_E_CANNOT_CHANGE_KEY_INHERITANCE):
        derive(part, "CF_X", properties=[key("Num", CimType.UINT32)])
    assert derive(part, "CF_X", properties=[key("ID")]).keys == ("Id",)


def test_an_inherited_key_cannot_be_taken_back(part: CimClass) -> None:
    no_key = CimProperty("Id", CimType.STRING, qualifiers=QualifierSet((Qualifier.of("key", False),)))
    with refused(codes.WBEM_E_CANNOT_BE_KEY):
        derive(part, "CF_X", properties=[no_key])
    assert derive(part, "CF_X", properties=[CimProperty("Id", CimType.STRING)]).keys == ("Id",)


def test_a_fixed_qualifier_cannot_be_overridden(part: CimClass) -> None:
    parent = derive(part, "CF_P", properties=[CimProperty("A", CimType.UINT8, qualifiers=QualifierSet([
        Qualifier.of("Fixed", "x", 0x12)]))])  # fmt: skip
    other = CimProperty("A", CimType.UINT8, qualifiers=QualifierSet([Qualifier.of("Fixed", "y", 0x12)]))
    with refused(codes.WBEM_E_OVERRIDE_NOT_ALLOWED):
        derive(parent, "CF_X", properties=[other])


def test_qualifiers_out_of_place_are_refused() -> None:
    with refused(codes.WBEM_E_INVALID_QUALIFIER):
        derive(None, "CF_X", qualifiers=[Qualifier.of("key")])
    with refused(codes.WBEM_E_INVALID_QUALIFIER):
        derive(
            None, "CF_X", properties=[CimProperty("A", CimType.UINT8, qualifiers=QualifierSet([Qualifier.of("In")]))]
        )
    with refused(codes.WBEM_E_INVALID_QUALIFIER):
        derive(None, "CF_X", methods=[CimMethod.declare("M", qualifiers=[Qualifier.of("singleton")])])
    with refused(codes.WBEM_E_INVALID_QUALIFIER_TYPE):
        derive(None, "CF_X", qualifiers=[Qualifier.of("abstract", "yes")])
    with refused(codes.WBEM_E_INVALID_FLAVOR):
        derive(None, "CF_X", qualifiers=[Qualifier.of("Mine", "yes", 0x44)])


def test_singletons(part: CimClass) -> None:
    singleton = [Qualifier.of("singleton")]
    only = derive(None, "CF_Only", qualifiers=singleton)
    abstract = derive(None, "CF_Abstract", qualifiers=[Qualifier.of("abstract")])
    concrete = derive(None, "CF_Concrete")
    assert derive(only, "CF_Below").is_singleton
    assert derive(abstract, "CF_Below", qualifiers=singleton).is_singleton  # as Win32_OperatingSystem is
    with refused(codes.WBEM_E_CANNOT_BE_SINGLETON):
        derive(None, "CF_X", properties=[key("K")], qualifiers=singleton)
    with refused(codes.WBEM_E_CANNOT_BE_SINGLETON):
        derive(part, "CF_X", qualifiers=singleton)
    with refused(codes.WBEM_E_CANNOT_BE_SINGLETON):
        derive(concrete, "CF_X", qualifiers=singleton)


def test_abstract_below_concrete_is_refused(part: CimClass) -> None:
    with refused(codes.WBEM_E_CANNOT_BE_ABSTRACT):
        derive(part, "CF_X", qualifiers=[Qualifier.of("abstract")])


def test_below_a_dynamic_class_everything_is_dynamic() -> None:
    parent = derive(None, "CF_D", qualifiers=[Qualifier.of("dynamic"), Qualifier.of("provider", "P")])
    with refused(codes.WBEM_E_INVALID_SUPERCLASS):
        derive(parent, "CF_X")
    assert derive(parent, "CF_X", qualifiers=[Qualifier.of("dynamic"), Qualifier.of("provider", "P")]).is_dynamic


def test_a_class_cannot_be_below_itself(part: CimClass, gear: CimClass) -> None:
    with refused(codes.WBEM_E_CIRCULAR_REFERENCE):
        derive(gear, "cf_part")


def test_limits_of_properties_and_keys() -> None:
    many = [CimProperty(f"P{i}", CimType.UINT8) for i in range(1024)]
    assert len(derive(None, "CF_Wide", properties=many)) == 1024
    with refused(codes.WBEM_E_TOO_MANY_PROPERTIES):
        derive(derive(None, "CF_Wide", properties=many), "CF_X", properties=[CimProperty("Last", CimType.UINT8)])
    assert len(derive(None, "CF_X", properties=[key(f"K{i}") for i in range(256)]).keys) == 256
    with refused(codes.WBEM_E_CANNOT_BE_KEY):
        derive(None, "CF_X", properties=[key(f"K{i}") for i in range(257)])


def test_another_signature_for_an_inherited_method_is_refused(part: CimClass) -> None:
    with refused(codes.WBEM_E_PROPAGATED_METHOD):
        derive(part, "CF_X", methods=[CimMethod.declare("Turn", [CimParameter("By", CimType.UINT8)])])
