"""Selection: which names GetNames and BeginEnumeration list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.fixture_f import GEAR, INSTANCES, PART, USES, instance
from wmix import com
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.system_properties import SYSTEM_PROPERTIES
from wmix.cim.types import CimType
from wmix.com.selection import enumerated_names, selected_names
from wmix.errors import InvalidParameter

if TYPE_CHECKING:
    from wmix.cim.instances import CimInstance

SYSTEM = list(SYSTEM_PROPERTIES)
OWN = ["Id", "Num", "Big", "Flag", "Tag", "When", "Raw", "Emb"]

#: A class that declares a property anew and one of its own.
OVERRIDING = derive(
    PART,
    "Overriding",
    properties=[
        CimProperty(
            "Num", CimType.UINT32, default=5, qualifiers=QualifierSet([Qualifier.of("Description", "a number")])
        ),
        CimProperty("Own", CimType.STRING),
    ],
)


@pytest.mark.parametrize(
    ("target", "flags", "expected"),
    [
        (PART, 0, SYSTEM + OWN),
        (INSTANCES[0], 0, SYSTEM + OWN),
        (PART, com.WBEM_MASK_CONDITION_ORIGIN, SYSTEM + OWN),
        (PART, com.WBEM_FLAG_SYSTEM_ONLY, SYSTEM),
        (PART, com.WBEM_FLAG_NONSYSTEM_ONLY, OWN),
        (GEAR, com.WBEM_FLAG_LOCAL_ONLY, ["Teeth"]),
        (GEAR, com.WBEM_FLAG_PROPAGATED_ONLY, OWN),
        (instance(GEAR), com.WBEM_FLAG_LOCAL_ONLY, ["Teeth"]),
        (PART, com.WBEM_FLAG_KEYS_ONLY, ["Id"]),
        (PART, com.WBEM_FLAG_KEYS_ONLY | com.WBEM_FLAG_SYSTEM_ONLY, []),
        (USES, com.WBEM_FLAG_REFS_ONLY, ["User", "Used"]),
        (PART, com.WBEM_FLAG_REFS_ONLY, []),
        (OVERRIDING, com.WBEM_FLAG_LOCAL_ONLY, ["Num", "Own"]),
    ],
)
def test_groups_of_flags_restrict_the_names(target: CimInstance | CimClass, flags: int, expected: list[str]) -> None:
    assert selected_names(target, flags, None, None) == expected
    assert enumerated_names(target, flags, is_class=isinstance(target, CimClass)) == expected


@pytest.mark.parametrize(
    ("flags", "qualifier", "value", "expected"),
    [
        (com.WBEM_FLAG_ONLY_IF_TRUE, "KEY", None, ["Id"]),
        (com.WBEM_FLAG_ONLY_IF_FALSE, "key", None, SYSTEM + OWN[1:] + ["Own"]),
        (com.WBEM_FLAG_ONLY_IF_FALSE | com.WBEM_FLAG_NONSYSTEM_ONLY, "key", None, [*OWN[1:], "Own"]),
        (com.WBEM_FLAG_ONLY_IF_IDENTICAL, "Description", "a number", ["Num"]),
        (com.WBEM_FLAG_ONLY_IF_IDENTICAL, "Description", "another", []),
        (com.WBEM_FLAG_ONLY_IF_IDENTICAL, "key", 1, []),
        (com.WBEM_FLAG_ALWAYS | com.WBEM_FLAG_KEYS_ONLY, "ignored", "ignored", ["Id"]),
    ],
)
def test_a_condition_asks_for_a_qualifier(flags: int, qualifier: str, value: object, expected: list[str]) -> None:
    assert selected_names(OVERRIDING, flags, qualifier, value) == expected


def test_overrides_are_listed_for_classes() -> None:
    assert enumerated_names(OVERRIDING, com.WBEM_FLAG_CLASS_OVERRIDES_ONLY, is_class=True) == ["Num"]
    assert enumerated_names(OVERRIDING, com.WBEM_FLAG_CLASS_LOCAL_AND_OVERRIDES, is_class=True) == ["Num", "Own"]


@pytest.mark.parametrize(
    ("flags", "qualifier"),
    [
        (0x80, None),
        (com.WBEM_FLAG_CLASS_OVERRIDES_ONLY, None),
        (com.WBEM_FLAG_ONLY_IF_TRUE, None),
        (com.WBEM_FLAG_ONLY_IF_TRUE, ""),
        (com.WBEM_FLAG_ONLY_IF_IDENTICAL, "key"),
        (com.WBEM_FLAG_KEYS_ONLY | com.WBEM_FLAG_REFS_ONLY, None),
        (0x50, None),
    ],
)
def test_get_names_refuses(flags: int, qualifier: str | None) -> None:
    with pytest.raises(InvalidParameter):
        selected_names(PART, flags, qualifier, None)


@pytest.mark.parametrize(
    ("flags", "is_class"),
    [
        (com.WBEM_FLAG_ONLY_IF_TRUE, True),
        (com.WBEM_FLAG_CLASS_OVERRIDES_ONLY, False),
        (com.WBEM_FLAG_CLASS_OVERRIDES_ONLY | com.WBEM_FLAG_LOCAL_ONLY, True),
        (com.WBEM_MASK_CLASS_CONDITION, True),
    ],
)
def test_begin_enumeration_refuses(flags: int, is_class: bool) -> None:
    with pytest.raises(InvalidParameter):
        enumerated_names(PART, flags, is_class=is_class)
