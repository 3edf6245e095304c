"""Members of embedded objects: values, NULL and absence."""

from __future__ import annotations

import pytest

from unit.wql.conformance_fixture import GEAR, INNER, PART, instance
from wmix.cim.types import CimType
from wmix.wql.ast import Literal, LiteralKind, LiteralValue, Operator
from wmix.wql.checked import CompareMember, Operand
from wmix.wql.embedded import ABSENT, is_class_test, is_null_test, member, member_test

OUTER = instance(GEAR, Id="g", Tag="Abc", Teeth=5, Raw=[1], Emb=instance(INNER, P="x"))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("Tag",), "Abc"),
        (("TEETH",), 5),
        (("Emb", "P"), "x"),
        (("Emb", "q"), None),
        (("Flag",), None),
        (("Flag", "x"), None),
        (("Nope",), ABSENT),
        (("Tag", "x"), ABSENT),
        (("Emb", "Nope"), ABSENT),
        (("__class",), "CF_Gear"),
        (("Emb", "__CLASS"), "CF_Inner"),
    ],
)
def test_members(names: tuple[str, ...], expected: object) -> None:
    assert member(OUTER, names) == expected
    assert member(None, names) is None


def test_a_class_has_members_too() -> None:
    assert member(GEAR, ("Teeth",)) == 8
    assert member(GEAR, ("__SUPERCLASS",)) == "CF_Part"
    assert member(GEAR, ("Nope",)) is ABSENT


@pytest.mark.parametrize(
    ("names", "op", "value", "expected"),
    [
        ("Tag", "=", "abc", True),
        ("Tag", "LIKE", "a%", True),
        ("Tag", "LIKE", "abc", True),
        ("Tag", "=", True, False),
        ("Teeth", "=", "5", True),
        ("Teeth", "LIKE", "5", True),
        ("Teeth", "LIKE", "5%", False),
        ("Teeth", "<", 5.5, False),
        ("Teeth", "<", 6.0, True),
        ("Teeth", "<>", "text", False),
        ("Raw", "=", 1, False),
        ("Emb", "=", "x", False),
        ("Emb", "<>", "x", False),
        ("Flag", "<>", True, False),
        ("Nope", "<>", True, False),
    ],
)
def test_the_value_found_settles_the_type(names: str, op: Operator, value: LiteralValue, expected: bool) -> None:
    kinds = {str: LiteralKind.STRING, bool: LiteralKind.BOOLEAN, int: LiteralKind.INTEGER, float: LiteralKind.REAL}
    operand = Operand("TargetInstance", CimType.OBJECT, members=(names,))
    holds = member_test(CompareMember(operand, op, Literal(value, kinds[type(value)])))
    assert holds(OUTER) is expected
    assert holds(None) is False


def test_one_condition_meets_objects_of_several_classes() -> None:
    operand = Operand("TargetInstance", CimType.OBJECT, members=("Tag",))
    holds = member_test(CompareMember(operand, "=", Literal("8", LiteralKind.STRING)))
    assert [holds(one) for one in (instance(PART, Tag="8"), instance(INNER), instance(PART, Tag="x"))] == [
        True,
        False,
        False,
    ]


def test_null_is_not_absence() -> None:
    assert is_null_test(("Flag",), negated=False)(OUTER)
    assert not is_null_test(("Flag",), negated=True)(OUTER)
    assert is_null_test(("Tag",), negated=True)(OUTER)
    for negated in (True, False):
        assert not is_null_test(("Nope",), negated=negated)(OUTER)
    assert is_null_test(("Tag",), negated=False)(None)


def test_classes_are_tested_along_the_derivation() -> None:
    assert is_class_test((), "cf_part")(OUTER)
    assert is_class_test((), "CF_Gear")(GEAR)
    assert not is_class_test((), "CF_BigGear")(OUTER)
    assert is_class_test(("Emb",), "CF_Inner")(OUTER)
    assert not is_class_test(("Tag",), "CF_Inner")(OUTER)
    assert not is_class_test((), "CF_Part")(None)
