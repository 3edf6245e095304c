"""The ten system properties."""

from __future__ import annotations

import pytest

from wmix.cim.classes import CimProperty, derive
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.system_properties import SYSTEM_PROPERTIES, SYSTEM_TYPES, is_system_name, system_spelling
from wmix.cim.types import CimType, coerce


def test_order_is_that_of_windows() -> None:
    assert SYSTEM_PROPERTIES == (
        "__GENUS", "__CLASS", "__SUPERCLASS", "__DYNASTY", "__RELPATH", "__PROPERTY_COUNT", "__DERIVATION",
        "__SERVER", "__NAMESPACE", "__PATH",
    )  # fmt: skip


def test_names_count_in_any_case() -> None:
    assert is_system_name("__path")
    assert system_spelling("__Property_Count") == "__PROPERTY_COUNT"
    assert not is_system_name("__TIMER")
    assert system_spelling("Path") is None


@pytest.mark.parametrize("origin", [None, Origin("SRV", "root\\cimv2")])
def test_values_are_of_the_declared_types(origin: Origin | None) -> None:
    cls = derive(None, "CF_X", properties=[CimProperty("A", CimType.UINT8)])
    for subject in (cls, CimInstance(cls.layout, (1,), origin)):
        for name, (cim_type, is_array) in SYSTEM_TYPES.items():
            value = subject[name]
            assert coerce(value, cim_type, is_array, what=name) == value


def test_a_property_whose_name_begins_like_one_is_still_found() -> None:
    """Users cannot create such names, but a remote class may have them."""
    cls = derive(None, "CF_X", properties=[CimProperty("__Odd", CimType.UINT8)], check=False)
    found = CimInstance(cls.layout, (5,))
    assert found["__Odd"] == found["__odd"] == 5
    assert found.__getattr__("__odd") == 5
    found["__ODD"] = 6
    assert found["__Odd"] == 6
