"""Keys: what identifies an instance."""

from __future__ import annotations

import pytest

from unit.repository.samples import ITEM, qualified
from wmix.cim.classes import CimProperty, derive
from wmix.cim.instances import CimInstance
from wmix.cim.layout import UNSET
from wmix.cim.types import CimType
from wmix.errors import WmiError
from wmix.repository.keys import effective_keys, full_values, instance_key

SINGLETON = derive(None, "Demo_One", properties=[CimProperty("A", CimType.STRING)], qualifiers=qualified("singleton"))
KEYLESS = derive(None, "Demo_None", properties=[CimProperty("A", CimType.STRING)])


def test_strings_are_folded_as_wql_compares_them() -> None:
    assert instance_key(ITEM, {"Id": "ABC"}) == instance_key(ITEM, {"Id": "abc", "Number": 1})
    assert instance_key(ITEM, {"Id": "ß"}) != instance_key(ITEM, {"Id": "ss"})


def test_a_singleton_has_an_empty_key() -> None:
    assert instance_key(SINGLETON, {"A": "x"}) == ()


@pytest.mark.parametrize("values", [{}, {"Id": None}])
def test_a_null_key_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(WmiError) as caught:
        instance_key(ITEM, values)
    assert caught.value.symbol == "WBEM_E_NO_KEY"


def test_a_class_without_keys_holds_no_instances() -> None:
    with pytest.raises(WmiError) as caught:
        instance_key(KEYLESS, {"A": "x"})
    assert caught.value.symbol == "WBEM_E_NO_KEY"


def test_what_a_projection_left_out_is_unset() -> None:
    instance = CimInstance(ITEM.layout_for(["Label", "Id"]), ("a", "b"))
    assert tuple(full_values(instance)) == ("a", UNSET, UNSET, "b")


def test_a_key_that_is_unset_has_its_default() -> None:
    cls = derive(None, "Demo_D", properties=[CimProperty("K", CimType.UINT8, default=3, qualifiers=qualified("key"))])
    assert effective_keys(cls.layout, (UNSET,)) == {"K": 3}
