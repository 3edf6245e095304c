"""Class definitions: inheritance, and what a class says of itself."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given

from strategies import cim_classes
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.methods import CimMethod, CimParameter
from wmix.cim.paths import ObjectPath
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.errors import OutOfRange, TypeMismatch, UnknownProperty


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


@pytest.fixture
def big_gear(gear: CimClass) -> CimClass:
    return derive(gear, "CF_BigGear", properties=[CimProperty("Ratio", CimType.REAL64)])


def test_derivation_dynasty_and_superclass(part: CimClass, gear: CimClass, big_gear: CimClass) -> None:
    assert big_gear.derivation == ("CF_Gear", "CF_Part")
    assert big_gear.superclass == big_gear.superclass_ == "CF_Gear"
    assert big_gear.parent is gear
    assert big_gear.dynasty == "CF_Part"
    assert (part.derivation, part.superclass, part.dynasty) == ((), None, "CF_Part")
    assert big_gear.inherits_from("cf_part")
    assert big_gear.inherits_from("CF_BIGGEAR")
    assert not part.inherits_from("CF_Gear")


def test_properties_of_the_base_come_first_and_remember_their_origin(big_gear: CimClass) -> None:
    assert list(big_gear) == ["Id", "Num", "Tag", "Emb", "Teeth", "Ratio"]
    assert [prop.origin for prop in big_gear.properties.values()] == ["CF_Part"] * 4 + ["CF_Gear", "CF_BigGear"]
    assert [prop.local for prop in big_gear.properties.values()] == [False] * 5 + [True]
    assert big_gear.keys == ("Id",)


def test_every_property_has_the_cimtype_qualifier_first(big_gear: CimClass) -> None:
    for prop in big_gear.properties.values():
        first = prop.qualifiers.entries()[0]
        assert (first.name, first.value) == ("CIMTYPE", prop.cimtype)
        assert first.flavor == (0x03 if prop.local else 0x23)


def test_the_key_qualifier_is_inherited_with_its_flavor(part: CimClass, gear: CimClass) -> None:
    own, inherited = part.properties["Id"].qualifiers.get("key"), gear.properties["Id"].qualifiers.get("key")
    assert own is not None
    assert inherited is not None
    assert (own.flavor, inherited.flavor) == (0x13, 0x33)


def test_an_override_keeps_place_spelling_origin_and_what_it_does_not_say(gear: CimClass) -> None:
    override = CimProperty("TAG", CimType.STRING, qualifiers=QualifierSet((Qualifier.of("Units", "mm"),)))
    cls = derive(gear, "CF_Other", properties=[override])
    tag = cls.properties["Tag"]
    assert list(cls)[2] == tag.name == "Tag"
    assert tag.origin == "CF_Part"
    assert tag.local
    assert tag.default == "none"
    assert tag.qualifiers["Units"] == "mm"
    first = tag.qualifiers.get("CIMTYPE")
    assert first is not None
    assert first.flavor == 0x03


def test_a_default_can_be_overridden_also_by_null(gear: CimClass) -> None:
    assert derive(gear, "CF_A", properties=[CimProperty("Teeth", CimType.UINT16, default=12)])["teeth"] == 12
    assert derive(gear, "CF_B", properties=[CimProperty("Teeth", CimType.UINT16, default=None)])["teeth"] is None
    assert derive(gear, "CF_C")["Teeth"] == 8


def test_defaults_are_brought_into_exact_form(part: CimClass) -> None:
    cls = derive(part, "CF_New", properties=[CimProperty("Many", CimType.UINT16, True, default=["1", 0x10])])  # type: ignore[arg-type]  # what a user may write
    assert cls["Many"] == (1, 16)
    with pytest.raises(OutOfRange, match=r"CF_New\.Few"):
        derive(part, "CF_New", properties=[CimProperty("Few", CimType.UINT8, default=256)])
    with pytest.raises(TypeMismatch, match=r"CF_New\.Few"):
        derive(part, "CF_New", properties=[CimProperty("Few", CimType.UINT8, default="x")])


def test_class_qualifiers_pass_by_flavor(part: CimClass) -> None:
    parent = derive(
        None,
        "CF_Assoc",
        qualifiers=[Qualifier.of("association"), Qualifier.of("abstract"), Qualifier.of("UUID", "{1}")],
    )
    child = derive(parent, "CF_Uses", properties=[CimProperty("Ref", CimType.REFERENCE, cimtype="ref:CF_Part")])
    assert child.is_association
    assert not child.is_abstract
    assert "UUID" not in child.qualifiers
    assert not part.is_association
    assert child.properties["Ref"].target_class == "CF_Part"
    assert part.properties["Emb"].target_class is None


def test_questions_are_answered_by_qualifiers(part: CimClass) -> None:
    cls = derive(None, "CF_P", qualifiers=[Qualifier.of("dynamic"), Qualifier.of("provider", "P")])
    assert cls.is_dynamic
    assert cls.provider_name == "P"
    assert not part.is_dynamic
    assert part.provider_name is None
    assert derive(None, "CF_Only", qualifiers=[Qualifier.of("singleton")]).is_singleton


def test_methods_are_inherited_without_implemented(part: CimClass) -> None:
    implemented = (Qualifier.of("Implemented"), Qualifier.of("Static"))
    parent = derive(part, "CF_P", methods=[CimMethod.declare("Spin", [], qualifiers=implemented)])
    child = derive(parent, "CF_Q")
    assert list(child.methods) == ["Turn", "Spin"]
    assert parent.methods["spin"].is_implemented
    assert not child.methods["spin"].is_implemented
    assert child.methods["spin"].is_static
    assert child.methods["spin"].origin == "CF_P"
    assert not child.methods["spin"].local
    assert child.methods["turn"].in_signature is part.methods["Turn"].in_signature


def test_a_method_can_be_declared_again_with_the_same_signature(part: CimClass) -> None:
    again = CimMethod.declare("TURN", [CimParameter("By", CimType.SINT32)], qualifiers=[Qualifier.of("Implemented")])
    cls = derive(part, "CF_P", methods=[again])
    turn = cls.methods["Turn"]
    assert (turn.name, turn.origin, turn.local, turn.is_implemented) == ("Turn", "CF_Part", True, True)


def test_system_properties_of_a_class(big_gear: CimClass) -> None:
    found = {name: big_gear[name] for name in ("__GENUS", "__class", "__SUPERCLASS", "__DYNASTY", "__RELPATH")}
    assert found == {
        "__GENUS": 1,
        "__class": "CF_BigGear",
        "__SUPERCLASS": "CF_Gear",
        "__DYNASTY": "CF_Part",
        "__RELPATH": "CF_BigGear",
    }
    assert big_gear["__PROPERTY_COUNT"] == 6
    assert big_gear["__DERIVATION"] == ("CF_Gear", "CF_Part")
    assert (big_gear["__SERVER"], big_gear["__NAMESPACE"]) == ("SRV", "root\\conf")
    assert big_gear["__PATH"] == "\\\\SRV\\root\\conf:CF_BigGear"


def test_a_class_that_was_only_built_has_no_path() -> None:
    cls = derive(None, "CF_Alone")
    assert (cls["__PATH"], cls["__SERVER"], cls["__NAMESPACE"]) == (None, None, None)
    assert cls.path_ == ObjectPath(None, None, "CF_Alone")
    assert CimClass("").path_ is None
    assert CimClass("")["__CLASS"] is None


def test_items_are_defaults_and_ignore_case(gear: CimClass) -> None:
    assert gear["TEETH"] == 8
    assert gear["id"] is None
    assert "teeth" in gear
    assert "__Path" in gear
    assert "nothing" not in gear
    with pytest.raises(UnknownProperty) as caught:
        gear["Teth"]
    assert caught.value.hint is not None
    assert "Teeth" in caught.value.hint
    with pytest.raises(UnknownProperty):
        gear["__NOPE"]
    with pytest.raises(UnknownProperty):
        gear.property_("nope")
    assert gear.property_("TEETH").default == 8


def test_a_class_without_properties_is_still_true() -> None:
    assert len(derive(None, "CF_Empty")) == 0
    assert derive(None, "CF_Empty")


def test_clone_can_be_changed_without_the_original(gear: CimClass) -> None:
    twin = gear.clone_()
    assert twin == gear
    assert twin is not gear
    twin.qualifiers.put("Mine", 1)
    twin.properties["Teeth"].qualifiers.put("Units", "mm")
    twin.methods["Turn"].qualifiers.put("Disabled")
    assert "Mine" not in gear.qualifiers
    assert "Units" not in gear.properties["Teeth"].qualifiers
    assert "Disabled" not in gear.methods["Turn"].qualifiers
    assert twin != gear


def test_located_reports_another_place(gear: CimClass) -> None:
    moved = gear.located("OTHER", "root\\else")
    assert moved == gear
    assert moved["__PATH"] == "\\\\OTHER\\root\\else:CF_Gear"
    assert moved.parent is not None
    assert moved.parent.server == "OTHER"
    assert gear["__SERVER"] == "SRV"


def test_equality_wants_the_same_definition(part: CimClass, gear: CimClass) -> None:
    assert part != gear
    assert part != "CF_Part"
    same = derive(part, "cf_gear", properties=[CimProperty("teeth", CimType.UINT16, default=8)])
    assert same == gear
    assert hash(same) == hash(gear)
    assert derive(part, "CF_Gear", properties=[CimProperty("Teeth", CimType.UINT16, default=9)]) != gear


@given(cim_classes())
def test_classes_survive_cloning_and_pickling(cls: CimClass) -> None:
    assert cls.clone_() == cls
    again = pickle.loads(pickle.dumps(cls))
    assert again == cls
    assert again["__PATH"] == cls["__PATH"]
    assert again.layout.types == cls.layout.types


@given(cim_classes())
def test_deriving_without_declarations_changes_no_member(cls: CimClass) -> None:
    child = derive(cls, "Test_Child")
    assert child.layout.names == cls.layout.names
    assert child.layout.defaults == cls.layout.defaults
    assert child.keys == cls.keys
    assert not any(prop.local for prop in child.properties.values())
    grandchild = derive(child, "Test_Grandchild")
    assert all(grandchild.properties[name].qualifiers == child.properties[name].qualifiers for name in child.properties)
