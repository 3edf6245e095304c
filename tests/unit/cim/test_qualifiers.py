"""Qualifier sets: values, flavors, overriding and propagation."""

from __future__ import annotations

import pickle

import pytest

from wmix import status as codes
from wmix.cim.qualifiers import STANDARD_QUALIFIERS, Flavor, Qualifier, QualifierSet, standard_flavor
from wmix.cim.types import CimType
from wmix.errors import WmiError


def status_of(error: pytest.ExceptionInfo[WmiError]) -> int | None:
    return error.value.status


def test_types_follow_the_value() -> None:
    kinds = {
        "text": (CimType.STRING, False),
        True: (CimType.BOOLEAN, False),
        5: (CimType.SINT32, False),
        0.5: (CimType.REAL64, False),
        ("a", "b"): (CimType.STRING, True),
        (1, 2): (CimType.SINT32, True),
        (): (CimType.STRING, True),
    }
    for value, kind in kinds.items():
        qualifier = Qualifier.of("Anything", value)
        assert (qualifier.type, qualifier.is_array) == kind


@pytest.mark.parametrize("value", [None, 2**31, -(2**31) - 1, object(), ["a", 1], [["a"]], [None], b"x"])
def test_other_values_are_no_qualifier_values(value: object) -> None:
    with pytest.raises(WmiError) as caught:
        QualifierSet().put("Anything", value)
    assert status_of(caught) == codes.WBEM_E_INVALID_QUALIFIER_TYPE


def test_lists_are_kept_as_tuples() -> None:
    held = QualifierSet()
    values = ["a", "b"]
    held.put("Values", values)
    values.append("c")
    assert held["Values"] == ("a", "b")


def test_lookup_ignores_case_and_keeps_spelling_and_order() -> None:
    held = QualifierSet()
    held.put("Units", "bytes")
    held.put("MaxLen", 5)
    held.put("UNITS", "bits")
    assert held["units"] == "bits"
    assert list(held) == ["Units", "MaxLen"]
    assert list(held.items()) == [("Units", "bits"), ("MaxLen", 5)]
    assert "maxLEN" in held
    assert "Nothing" not in held
    assert 5 not in held
    assert len(held) == 2
    assert held.value("nothing", "else") == "else"
    assert held.value("maxlen") == 5
    assert held.get("nothing") is None


def test_missing_name_is_a_key_error_with_the_name_asked_for() -> None:
    with pytest.raises(KeyError, match="NoSuch"):
        QualifierSet()["NoSuch"]


def test_is_true_wants_a_true_boolean() -> None:
    held = QualifierSet()
    held.put("key", True)
    held.put("read", False)
    assert held.is_true("KEY")
    assert not held.is_true("read")
    assert not held.is_true("write")


@pytest.mark.parametrize(
    ("name", "flavor"),
    [
        # as Windows stores them: captured definitions of CIM_Process and Win32_Process
        ("CIMTYPE", 0x03), ("key", 0x13), ("read", 0x02), ("MaxLen", 0x02), ("CIM_Key", 0x02), ("Propagated", 0x02),
        ("ValueMap", 0x02), ("Privileges", 0x02), ("dynamic", 0x01), ("provider", 0x01), ("UUID", 0x01),
        ("SupportsCreate", 0x00), ("CreateBy", 0x00), ("abstract", 0x00), ("Implemented", 0x00), ("In", 0x00),
        ("Out", 0x00), ("ID", 0x11), ("Unheard_Of", 0x00),
    ],
)  # fmt: skip
def test_standard_flavors_are_those_of_windows(name: str, flavor: int) -> None:
    assert standard_flavor(name.swapcase()) == flavor
    value = {CimType.STRING: "x", CimType.SINT32: 1}.get(
        STANDARD_QUALIFIERS[name.casefold()].type if name.casefold() in STANDARD_QUALIFIERS else CimType.BOOLEAN, True
    )
    known = STANDARD_QUALIFIERS.get(name.casefold())
    held = QualifierSet()
    held.put(name, (value,) if known is not None and known.is_array else value)
    found = held.get(name)
    assert found is not None
    assert found.flavor == flavor


def test_a_standard_qualifier_keeps_its_type() -> None:
    held = QualifierSet()
    with pytest.raises(WmiError, match="holds boolean") as caught:
        held.put("key", "yes")
    assert status_of(caught) == codes.WBEM_E_INVALID_QUALIFIER_TYPE
    with pytest.raises(WmiError, match=r"holds string\[\]"):
        held.put("ValueMap", "1")


def test_flavors_of_origin_cannot_be_put() -> None:
    for flavor in (Flavor.ORIGIN_PROPAGATED, Flavor.ORIGIN_SYSTEM, 4, 0x100):
        with pytest.raises(WmiError) as caught:
            QualifierSet().put("Mine", 1, int(flavor))
        assert status_of(caught) == codes.WBEM_E_INVALID_FLAVOR
    assert QualifierSet().put("Mine", 1, int(Flavor.AMENDED)).flavor == 0x80


def test_a_name_is_needed() -> None:
    with pytest.raises(WmiError) as caught:
        QualifierSet().put("", 1)
    assert status_of(caught) == codes.WBEM_E_INVALID_PARAMETER


def inheriting() -> QualifierSet:
    """What a derived member starts with when the parent has a fixed key and a free unit."""
    parent = QualifierSet()
    parent.put("key", True)
    parent.put("Units", "bytes")
    parent.put("Local", "not passed on", 0)
    return QualifierSet(inherited=QualifierSet(parent.for_derived()))


def test_only_what_has_the_flavor_passes_and_is_marked() -> None:
    held = inheriting()
    assert list(held) == ["key", "Units"]
    assert [q.flavor for q in held.entries()] == [0x33, 0x22]
    assert all(q.is_propagated for q in held.entries())
    instance = QualifierSet(inheriting().for_instance())
    assert list(instance) == ["key"]


def test_propagating_twice_changes_nothing_more() -> None:
    once = inheriting().for_derived()
    assert QualifierSet(once).for_derived() == once


def test_an_inherited_qualifier_can_be_overridden_and_reset() -> None:
    held = inheriting()
    held.put("units", "bits")
    assert held["Units"] == "bits"
    assert held.delete("Units") == codes.WBEM_S_RESET_TO_DEFAULT
    assert held["Units"] == "bytes"


def test_a_fixed_qualifier_can_only_be_put_again_as_it_is() -> None:
    held = inheriting()
    assert held.put("key", True).flavor == 0x33
    with pytest.raises(WmiError) as caught:
        held.put("key", False)
    assert status_of(caught) == codes.WBEM_E_OVERRIDE_NOT_ALLOWED


def test_delete() -> None:
    held = inheriting()
    held.put("Own", 1)
    assert held.delete("OWN") == codes.WBEM_S_NO_ERROR
    assert "Own" not in held
    with pytest.raises(WmiError) as caught:
        held.delete("Own")
    assert status_of(caught) == codes.WBEM_E_NOT_FOUND
    with pytest.raises(WmiError) as caught:
        held.delete("Units")
    assert status_of(caught) == codes.WBEM_E_PROPAGATED_QUALIFIER


def test_a_deferred_set_is_filled_when_it_is_read() -> None:
    fills = []

    def fill() -> list[Qualifier]:
        fills.append(1)
        return [Qualifier.of("key")]

    held = QualifierSet.deferred(fill)
    assert not fills
    assert held["KEY"] is True
    assert len(held) == 1
    assert fills == [1]
    with pytest.raises(AttributeError):
        _ = held.no_such_attribute


def test_copies_and_pickles_are_independent_and_equal() -> None:
    held = inheriting()
    held.put("Own", "x")
    for twin in (held.copy(), pickle.loads(pickle.dumps(held))):
        assert twin == held
        twin.put("Own", "y")
        assert held["Own"] == "x"
        twin.put("Units", "bits")
        assert twin.delete("Units") == codes.WBEM_S_RESET_TO_DEFAULT


def test_equality_counts_value_and_flavor_but_not_case() -> None:
    assert Qualifier.of("Units", "a") == Qualifier.of("UNITS", "a")
    assert Qualifier.of("Units", "a") != Qualifier.of("Units", "b")
    assert Qualifier.of("Units", "a", 0) != Qualifier.of("Units", "a", 2)
    assert Qualifier.of("Units", "a") != "a"
    assert hash(Qualifier.of("Units", "a")) == hash(Qualifier.of("UNITS", "a"))
    assert QualifierSet() != 5
    assert "Units" in repr(QualifierSet([Qualifier.of("Units", "a")]))
