"""Conformance cases 65 to 67: ASSOCIATORS OF and REFERENCES OF."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wmix import com

if TYPE_CHECKING:
    from wmix.com import Services

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")


def answer(services: Services, query: str, name: str) -> list[object]:
    hresult, enumerator = services.exec_query("WQL", query)
    assert hresult == com.WBEM_S_NO_ERROR
    assert enumerator is not None
    return sorted(item.get(name).value for item in enumerator.next(-1, 100).objects or ())


def test_an_object_comes_once_for_each_association_with_it(services: Services) -> None:
    """Case 65."""
    assert answer(services, 'ASSOCIATORS OF {CF_Gear.Id="g1"}', "Id") == ["p1", "p1", "p2"]


def test_an_association_class_stands_for_those_below_it_too(services: Services) -> None:
    """Case 66."""
    assert answer(services, 'ASSOCIATORS OF {CF_Gear.Id="g1"} WHERE AssocClass = CF_Uses2', "Id") == ["p1"]
    assert answer(services, 'ASSOCIATORS OF {CF_Gear.Id="g2"} WHERE AssocClass = CF_Uses', "Id") == ["p1"]


def test_references_are_the_associations_that_name_an_object(services: Services) -> None:
    """Case 67."""
    found = answer(services, 'REFERENCES OF {CF_Part.Id="p1"}', "__CLASS")
    assert found == ["CF_Uses", "CF_Uses", "CF_Uses2", "CF_Uses3"]
