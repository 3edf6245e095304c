"""Drafts: editing class definitions member by member."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from strategies import cim_classes
from wmix import status as codes
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.datetime import CimDateTime
from wmix.cim.drafts import ClassDraft
from wmix.cim.instances import CimInstance
from wmix.cim.methods import CimMethod, CimParameter
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.errors import NotFound, TypeMismatch, UnknownProperty, WmiError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def refused(status: int) -> Iterator[None]:
    with pytest.raises(WmiError) as caught:
        yield
    assert caught.value.status == status, caught.value


@pytest.fixture
def part() -> CimClass:
    return derive(
        None,
        "CF_Part",
        properties=[
            CimProperty("Id", CimType.STRING, qualifiers=QualifierSet((Qualifier.of("key"),))),
            CimProperty("Num", CimType.UINT32, default=1),
        ],
        methods=[CimMethod.declare("Turn", [CimParameter("By", CimType.SINT32)])],
        namespace="root\\conf",
    )


@pytest.fixture
def gear(part: CimClass) -> CimClass:
    return derive(part, "CF_Gear", properties=[CimProperty("Teeth", CimType.UINT16, default=8)])


def test_a_new_class_takes_a_name_once_it_is_put(part: CimClass) -> None:
    draft = ClassDraft(part)
    with refused(codes.WBEM_E_INCOMPLETE_CLASS):
        draft.build()
    draft.put("__class", "CF_New")
    assert draft.build()["__PATH"] is None
    assert draft.build().name == "CF_New"
    assert draft.build().superclass == "CF_Part"
    with refused(codes.WBEM_E_INVALID_PARAMETER):
        draft.put("__CLASS", "")
    with refused(codes.WBEM_E_READ_ONLY):
        draft.put("__SUPERCLASS", "X")


def test_an_existing_class_keeps_its_name(gear: CimClass) -> None:
    with refused(codes.WBEM_E_READ_ONLY):
        ClassDraft.of(gear).put("__CLASS", "CF_Other")


def test_nothing_can_be_derived_from_a_class_without_name() -> None:
    with refused(codes.WBEM_E_INCOMPLETE_CLASS):
        ClassDraft(ClassDraft().build(check=False))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("x", (CimType.STRING, False)),
        (True, (CimType.BOOLEAN, False)),
        (5, (CimType.SINT32, False)),
        (2**31, (CimType.SINT64, False)),
        (0.5, (CimType.REAL64, False)),
        (CimDateTime("20240101000000.000000+000"), (CimType.DATETIME, False)),
        (["a", "b"], (CimType.STRING, True)),
        ((1, 2), (CimType.SINT32, True)),
    ],
)
def test_a_new_property_has_the_type_of_its_value(value: object, kind: tuple[CimType, bool]) -> None:
    draft = ClassDraft(name="CF_New")
    draft.put("P", value)
    prop = draft.build().properties["P"]
    assert (prop.type, prop.is_array) == kind
    assert prop.default == (tuple(value) if isinstance(value, list) else value)


@pytest.mark.parametrize("value", [None, [], [1, "a"], [[1]], object()])
def test_a_type_that_cannot_be_told_must_be_given(value: object) -> None:
    draft = ClassDraft(name="CF_New")
    with refused(codes.WBEM_E_INVALID_PARAMETER):
        draft.put("P", value)
    if not value:
        draft.put("P", value, CimType.UINT8, is_array=True)
        assert draft.build().properties["P"].type == CimType.UINT8


def test_an_own_property_can_be_redefined_with_another_type(gear: CimClass) -> None:
    draft = ClassDraft.of(gear)
    draft.put("teeth", "many", CimType.STRING)
    prop = draft.build().properties["Teeth"]
    assert (prop.name, prop.type, prop.default, prop.cimtype) == ("Teeth", CimType.STRING, "many", "string")


def test_an_embedded_object_can_be_a_default(part: CimClass) -> None:
    draft = ClassDraft(name="CF_New")
    draft.put("P", CimInstance(part.layout, part.layout.unset))
    assert draft.build().properties["P"].type == CimType.OBJECT


def test_an_inherited_property_takes_another_default_of_its_type(gear: CimClass) -> None:
    draft = ClassDraft.of(gear)
    draft.put("NUM", 5)
    num = draft.build().properties["Num"]
    assert (num.default, num.type, num.origin, num.local) == (5, CimType.UINT32, "CF_Part", True)
    draft.put("Num", None)
    assert draft.build()["Num"] is None
    with refused(codes.WBEM_E_TYPE_MISMATCH):
        draft.put("Num", 5, CimType.SINT32)
    with pytest.raises(TypeMismatch):
        draft.put("Num", "text")


def test_reserved_names_are_refused() -> None:
    for name in ("_Mine", "Mine_", "my name"):
        with refused(codes.WBEM_E_INVALID_PROPERTY):
            ClassDraft(name="CF_New").put(name, 1)


def test_delete_follows_conformance_case_38(gear: CimClass) -> None:
    draft = ClassDraft.of(gear)
    with refused(codes.WBEM_E_PROPAGATED_PROPERTY):
        draft.delete("Id")
    draft.put("Num", 5)
    assert draft.delete("num") == codes.WBEM_S_RESET_TO_DEFAULT
    assert draft.build()["Num"] == 1
    assert draft.delete("Teeth") == codes.WBEM_S_NO_ERROR
    assert "Teeth" not in draft.build()
    with pytest.raises(UnknownProperty):
        draft.delete("Teeth")
    with refused(codes.WBEM_E_SYSTEM_PROPERTY):
        draft.delete("__CLASS")


def test_a_qualifier_on_an_inherited_property_makes_an_override(gear: CimClass) -> None:
    draft = ClassDraft.of(gear)
    held = draft.property_qualifiers("num")
    assert not draft.build().properties["Num"].local
    held.put("Units", "mm")
    num = draft.build().properties["Num"]
    assert (num.local, num.default, num.qualifiers["Units"]) == (True, 1, "mm")
    assert draft.delete("Num") == codes.WBEM_S_RESET_TO_DEFAULT
    assert not draft.build().properties["Num"].local


def test_qualifiers_that_the_parent_fixes_stay(gear: CimClass) -> None:
    with refused(codes.WBEM_E_OVERRIDE_NOT_ALLOWED):
        ClassDraft.of(gear).property_qualifiers("Id").put("key", False)


def test_qualifier_sets_of_nothing(gear: CimClass) -> None:
    draft = ClassDraft.of(gear)
    with refused(codes.WBEM_E_SYSTEM_PROPERTY):
        draft.property_qualifiers("__CLASS")
    with pytest.raises(UnknownProperty):
        draft.property_qualifiers("Nothing")
    with pytest.raises(NotFound):
        draft.method_qualifiers("Nothing")


def test_class_qualifiers_are_checked_when_built(part: CimClass) -> None:
    draft = ClassDraft(part, name="CF_New")
    draft.qualifiers.put("abstract")
    with refused(codes.WBEM_E_CANNOT_BE_ABSTRACT):
        draft.build()
    assert draft.build(check=False).is_abstract
    draft.qualifiers.delete("abstract")
    assert not draft.build().is_abstract


def test_methods_are_put_and_deleted(gear: CimClass) -> None:
    draft = ClassDraft.of(gear)
    spin = CimMethod.declare("Spin", [CimParameter("Fast", CimType.BOOLEAN)])
    draft.put_method("Spin", spin.in_signature, spin.out_signature)
    draft.method_qualifiers("spin").put("Implemented")
    draft.put_method("SPIN", spin.in_signature, spin.out_signature)
    built = draft.build()
    assert built.methods["Spin"].is_implemented
    assert built.methods["Spin"].origin == "CF_Gear"
    assert draft.delete_method("spin") == codes.WBEM_S_NO_ERROR
    assert "Spin" not in draft.build().methods
    with pytest.raises(NotFound):
        draft.delete_method("Spin")


def test_inherited_methods(gear: CimClass) -> None:
    draft = ClassDraft.of(gear)
    with refused(codes.WBEM_E_PROPAGATED_METHOD):
        draft.delete_method("Turn")
    with refused(codes.WBEM_E_PROPAGATED_METHOD):
        draft.put_method("Turn", None, None)
    draft.method_qualifiers("turn").put("Implemented")
    assert draft.build().methods["Turn"].is_implemented
    assert draft.build().methods["Turn"].origin == "CF_Part"
    assert draft.delete_method("Turn") == codes.WBEM_S_RESET_TO_DEFAULT
    assert not draft.build().methods["Turn"].is_implemented


def test_a_draft_leaves_the_class_alone(gear: CimClass) -> None:
    before = gear.clone_()
    draft = ClassDraft.of(gear)
    draft.put("Teeth", 9)
    draft.put("More", 1)
    draft.qualifiers.put("Mine", 1)
    draft.property_qualifiers("Teeth").put("Units", "mm")
    draft.method_qualifiers("Turn").put("Implemented")
    assert gear == before


def test_a_class_that_came_without_its_parent_can_be_edited(gear: CimClass) -> None:
    alone = CimClass(
        gear.name,
        superclass=gear.superclass,
        derivation=gear.derivation,
        properties=gear.properties.values(),
        methods=gear.methods.values(),
        qualifiers=gear.qualifiers,
    )
    draft = ClassDraft.of(alone)
    assert draft.build() == gear
    with refused(codes.WBEM_E_PROPAGATED_PROPERTY):
        draft.delete("Num")


@given(cim_classes())
def test_an_unchanged_draft_builds_the_same_class(cls: CimClass) -> None:
    again = ClassDraft.of(cls).build()
    assert again == cls
    assert (again.namespace, again.server, again.parent) == (cls.namespace, cls.server, cls.parent)


def test_cimtype_names_the_class_of_a_reference() -> None:
    draft = ClassDraft(name="Pairs")
    draft.put("End", None, CimType.REFERENCE)
    draft.put_cimtype("End", "ref:Thing")
    assert draft.build().properties["End"].target_class == "Thing"
    for text in ("uint32", "ref:", "object:Thing", "nonsense"):
        with pytest.raises(TypeMismatch):
            draft.put_cimtype("End", text)
