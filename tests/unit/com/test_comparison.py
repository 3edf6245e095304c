"""Comparison: what CompareTo sees, and what its flags make it overlook."""

from __future__ import annotations

import pytest

from conformance.fixture_f import GEAR, INSTANCES, JOB, PART, instance
from wmix import com
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.com.comparison import same_object

P1 = INSTANCES[0]
NUMBERS = derive(None, "Numbers", properties=[CimProperty("N", CimType.UINT8, is_array=True)])


def changed(**values: object) -> CimInstance:
    copy = P1.clone_()
    for name, value in values.items():
        copy[name] = value
    return copy


def plain(default: object = "a", description: str | None = None, flavor: int | None = None) -> CimClass:
    held = [] if description is None else [Qualifier.of("Description", description, flavor)]
    prop = CimProperty("Text", CimType.STRING, default=default, qualifiers=QualifierSet(held))  # type: ignore[arg-type]  # text
    return derive(None, "Plain", properties=[prop], check=False)


def qualified() -> CimInstance:
    copy = P1.clone_()
    copy.qualifiers_.put("Note", "own")
    return copy


@pytest.mark.parametrize("item", [P1, PART, JOB, GEAR])
def test_a_copy_is_the_same(item: CimInstance | CimClass) -> None:
    assert same_object(item, item.clone_(), 0)


@pytest.mark.parametrize(
    ("mine", "theirs", "overlooking"),
    [
        (P1, changed(Tag="ntfs"), com.WBEM_FLAG_IGNORE_CASE),
        (P1, changed(Tag="other"), None),
        (P1, changed(Num=None), None),
        (P1, INSTANCES[1], None),
        (P1, CimInstance(PART.layout, P1.raw_values_(), Origin("HOST", "root")), com.WBEM_FLAG_IGNORE_OBJECT_SOURCE),
        (P1, qualified(), com.WBEM_FLAG_IGNORE_QUALIFIERS),
        (plain("a"), plain("b"), com.WBEM_FLAG_IGNORE_DEFAULT_VALUES),
        (plain("a"), plain("A"), com.WBEM_FLAG_IGNORE_CASE),
        (plain(description="x"), plain(description="y"), com.WBEM_FLAG_IGNORE_QUALIFIERS),
        (plain(description="x"), plain(), com.WBEM_FLAG_IGNORE_QUALIFIERS),
        (plain(description="x"), plain(description="x", flavor=1), com.WBEM_FLAG_IGNORE_FLAVOR),
        (plain().located("A", "root"), plain().located("B", "root"), com.WBEM_FLAG_IGNORE_OBJECT_SOURCE),
        (PART, GEAR, None),
        (PART, derive(None, "CF_Part", properties=[PART.properties["Id"]]), None),
        (derive(PART, "X"), derive(derive(PART, "Y"), "X"), None),
        (plain(), derive(None, "Plain", properties=[CimProperty("Text", CimType.DATETIME)]), None),
        (instance(plain()), CimInstance(plain().layout_for([]), ()), None),
        (instance(NUMBERS, N=[1, 2]), instance(NUMBERS, N=[1, 3]), None),
        (instance(NUMBERS, N=[1, 2]), instance(NUMBERS, N=[1]), None),
        (PART, P1, None),
        (instance(plain(), Text="x"), instance(derive(plain(), "Below"), Text="x"), com.WBEM_FLAG_IGNORE_CLASS),
    ],
)
def test_a_difference_is_seen_unless_a_flag_overlooks_it(
    mine: CimInstance | CimClass, theirs: CimInstance | CimClass, overlooking: int | None
) -> None:
    assert not same_object(mine, theirs, 0)
    assert not same_object(theirs, mine, 0)
    if overlooking is None:
        assert not same_object(mine, theirs, 0x3F & ~com.WBEM_FLAG_IGNORE_CLASS)
    else:
        assert same_object(mine, theirs, overlooking)
        assert same_object(theirs, mine, overlooking)


def test_names_compare_without_case() -> None:
    mine = derive(None, "ABC", properties=[CimProperty("Text", CimType.STRING)])
    theirs = derive(None, "abc", properties=[CimProperty("TEXT", CimType.STRING)])
    assert same_object(mine, theirs, 0)


def test_embedded_objects_are_compared_by_the_same_flags() -> None:
    other = changed(Emb=P1["Emb"].clone_())
    other["Emb"]["P"] = "IN"
    assert not same_object(P1, other, 0)
    assert same_object(P1, other, com.WBEM_FLAG_IGNORE_CASE)


def test_numbers_of_another_kind_are_another_value() -> None:
    flag = derive(None, "F", properties=[CimProperty("X", CimType.BOOLEAN)])
    number = derive(None, "F", properties=[CimProperty("X", CimType.UINT8)])
    assert not same_object(instance(flag, X=True), instance(number, X=1), com.WBEM_FLAG_IGNORE_QUALIFIERS)


def test_methods_count() -> None:
    assert not same_object(JOB, derive(None, "CF_Job", properties=[JOB.properties["Id"]]), 0)
