"""Declarations: classes from short Python notation."""

from __future__ import annotations

import pytest

from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.declarations import declared_class, split_type
from wmix.cim.methods import CimMethod
from wmix.cim.types import CimType
from wmix.errors import InvalidParameter, OutOfRange, TypeMismatch, UnknownProperty, WmiError
from wmix.status import WBEM_E_CANNOT_CHANGE_KEY_INHERITANCE, WBEM_E_INCOMPLETE_CLASS

THING = declared_class(
    None,
    "Thing",
    properties={"Id": "string", "Sizes": "uint64[]", "Next": "ref:Thing", "In": "object:Thing", "Count": "uint16"},
    keys=["id"],
    defaults={"count": 3},
    qualifiers={"Description": "one thing"},
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("uint32", (CimType.UINT32, False, "uint32")),
        ("string[]", (CimType.STRING, True, "string")),
        ("ref:CIM_X", (CimType.REFERENCE, False, "ref:CIM_X")),
        ("ref", (CimType.REFERENCE, False, "ref")),
        ("object:Y[]", (CimType.OBJECT, True, "object:Y")),
    ],
)
def test_a_type_is_text(text: str, expected: tuple[CimType, bool, str]) -> None:
    assert split_type(text) == expected


def test_a_class_is_declared_by_names_and_types() -> None:
    assert THING.keys == ("Id",)
    assert THING["Count"] == 3
    assert THING.qualifiers_["Description"] == "one thing"
    assert THING.properties["Sizes"].is_array
    assert THING.properties["Next"].target_class == "Thing"


def test_a_derived_class_has_what_is_new_and_what_is_inherited() -> None:
    part = THING.derive_(
        "Part", properties={"Weight": "real64"}, defaults={"COUNT": 9}, methods=[CimMethod.declare("Turn")]
    )
    assert list(part) == ["Id", "Sizes", "Next", "In", "Count", "Weight"]
    assert (part["Count"], part.properties["Count"].origin, part.superclass) == (9, "Thing", "Thing")
    assert part.methods["turn"].origin == "Part"
    assert THING["Count"] == 3


def test_a_whole_declaration_is_taken_as_it_is() -> None:
    whole = CimProperty("Letter", CimType.CHAR16, default="x")
    assert THING.derive_("Part", properties={"Letter": whole})["Letter"] == "x"
    with pytest.raises(InvalidParameter):
        THING.derive_("Part", properties={"Letter": whole}, defaults={"Letter": "y"})


def test_wrong_declarations_are_refused() -> None:
    with pytest.raises(TypeMismatch):
        THING.derive_("Part", properties={"A": "int32"})
    with pytest.raises(TypeMismatch):
        THING.derive_("Part", properties={"A": 5})  # type: ignore[dict-item]
    with pytest.raises(UnknownProperty):
        THING.derive_("Part", defaults={"Nothing": 1})
    with pytest.raises(UnknownProperty):
        THING.derive_("Part", keys=["Nothing"])
    with pytest.raises(OutOfRange):
        THING.derive_("Part", defaults={"Count": 70000})
    with pytest.raises(WmiError) as caught:
        THING.derive_("Part", properties={"Second": "string"}, keys=["Second"])
    assert caught.value.status == WBEM_E_CANNOT_CHANGE_KEY_INHERITANCE


def test_an_instance_is_spawned_with_values() -> None:
    thing = THING.spawn_({"Id": "x"}, Sizes=[1, 2])
    assert (thing.Id, thing.Sizes, thing.Count, thing.origin_) == ("x", (1, 2), 3, None)
    with pytest.raises(UnknownProperty):
        THING.spawn_(Nothing=1)
    with pytest.raises(OutOfRange):
        THING.spawn_(Count=70000)
    with pytest.raises(WmiError) as caught:
        CimClass("").spawn_()
    assert caught.value.status == WBEM_E_INCOMPLETE_CLASS


def test_the_long_notation_gives_the_same_class() -> None:
    long = derive(None, "Small", properties=[CimProperty("A", CimType.UINT8)])
    assert declared_class(None, "Small", properties={"A": "uint8"}) == long
