"""Conformance cases 34 to 44, as far as objects are read: values, types, system properties, embedded objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wmix import com

if TYPE_CHECKING:
    from wmix.com import ClassObject, Services

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")


def fetched(services: Services, path: str) -> ClassObject:
    hresult, found = services.get_object(path)
    assert hresult == com.WBEM_S_NO_ERROR
    assert found is not None
    return found


def test_a_property_is_read_in_any_case_with_its_type(services: Services) -> None:
    """Case 34."""
    result = fetched(services, 'CF_Part.Id="p1"').get("num")
    assert (result.hresult, result.value, result.type) == (com.WBEM_S_NO_ERROR, 1, com.CIM_UINT32)


def test_a_64_bit_number_is_decimal_text(services: Services) -> None:
    """Case 35."""
    result = fetched(services, 'CF_Part.Id="p1"').get("Big")
    assert (result.value, result.type) == ("5000000000", com.CIM_UINT64)


def test_null_keeps_its_type(services: Services) -> None:
    """Case 36."""
    result = fetched(services, 'CF_Part.Id="p2"').get("Tag")
    assert (result.hresult, result.value, result.type) == (com.WBEM_S_NO_ERROR, None, com.CIM_STRING)


def test_an_unknown_property_is_not_found(services: Services) -> None:
    """Case 37."""
    assert fetched(services, 'CF_Part.Id="p1"').get("nosuch") == (com.WBEM_E_NOT_FOUND, None, None, None)


def test_system_properties_have_no_qualifiers(services: Services) -> None:
    """Case 39."""
    part = fetched(services, 'CF_Part.Id="p1"')
    assert part.get_property_qualifier_set("__CLASS") == (com.WBEM_E_SYSTEM_PROPERTY, None)


def test_an_enumeration_of_properties_is_begun_first_and_ends(services: Services) -> None:
    """Case 40."""
    part = fetched(services, 'CF_Part.Id="p1"')
    assert part.next().hresult == com.WBEM_E_UNEXPECTED
    assert part.begin_enumeration().hresult == com.WBEM_S_NO_ERROR
    names = []
    while (result := part.next()).hresult == com.WBEM_S_NO_ERROR:
        names.append(result.name)
    assert result == (com.WBEM_S_NO_MORE_DATA, None, None, None, None)
    assert names[0] == "__GENUS"
    assert names[-1] == "Emb"


def test_two_fetches_are_the_same_until_one_is_changed(services: Services) -> None:
    """Case 41."""
    one, other = fetched(services, 'CF_Part.Id="p1"'), fetched(services, 'CF_Part.Id="p1"')
    assert one.compare_to(0, other) == (com.WBEM_S_SAME,)
    assert other.put("Tag", 0, "ntfs").hresult == com.WBEM_S_NO_ERROR
    assert one.compare_to(0, other) == (com.WBEM_S_DIFFERENT,)
    assert one.compare_to(com.WBEM_FLAG_IGNORE_CASE, other) == (com.WBEM_S_SAME,)


@pytest.mark.parametrize(("path", "genus"), [("CF_BigGear", 1), ('CF_BigGear.Id="b1"', 2)])
def test_system_properties_tell_the_derivation(services: Services, path: str, genus: int) -> None:
    """Case 42."""
    found = fetched(services, path)
    assert found.get("__DERIVATION").value == ["CF_Gear", "CF_Part"]
    assert found.get("__DYNASTY").value == "CF_Part"
    assert found.get("__SUPERCLASS").value == "CF_Gear"
    assert found.get("__GENUS").value == genus


def test_an_embedded_object_is_an_object(services: Services) -> None:
    """Case 44."""
    result = fetched(services, 'CF_Part.Id="p1"').get("Emb")
    assert result.type == com.CIM_OBJECT
    inner = result.value
    assert isinstance(inner, com.ClassObject)
    assert inner.get("__CLASS").value == "CF_Inner"
    assert inner.get("Q").value == 70011
