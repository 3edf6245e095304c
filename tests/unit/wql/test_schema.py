"""Schema queries: conditions on classes. 5.5 and rows 62 to 70 of the query case table."""

from __future__ import annotations

import pytest

from wmix.errors import InvalidQuery
from wmix.wql.ast import SchemaQuery
from wmix.wql.parser import parse
from wmix.wql.schema import SchemaCondition, check_schema

CLASSES: dict[str, tuple[str, ...]] = {
    "__SystemClass": (),
    "CF_Part": (),
    "CF_Gear": ("CF_Part",),
    "CF_BigGear": ("CF_Gear", "CF_Part"),
    "Win32_Process": ("CIM_Process", "CIM_Part"),
    "X": (),
}


def condition(where: str = "") -> SchemaCondition:
    query = parse(f"SELECT * FROM meta_class WHERE {where}" if where else "SELECT * FROM meta_class")
    assert isinstance(query, SchemaQuery)
    return check_schema(query)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("", list(CLASSES)),
        ('__this ISA "CF_Part"', ["CF_Part", "CF_Gear", "CF_BigGear"]),
        ('__THIS isa "cf_gear"', ["CF_Gear", "CF_BigGear"]),
        ('__Class = "cf_gear"', ["CF_Gear"]),
        ('__Superclass = "CF_Part"', ["CF_Gear"]),
        ("__Superclass IS NULL", ["__SystemClass", "CF_Part", "X"]),
        ("__Superclass IS NOT NULL", ["CF_Gear", "CF_BigGear", "Win32_Process"]),
        ("__Superclass = NULL", ["__SystemClass", "CF_Part", "X"]),
        ('__Dynasty = "CF_Part"', ["CF_Part", "CF_Gear", "CF_BigGear"]),
        ('__Dynasty = "CF_Gear"', []),
        ('__Class LIKE "%Win%"', ["Win32_Process"]),
        ('__Class LIKE "cf[_]%"', ["CF_Part", "CF_Gear", "CF_BigGear"]),
        ('__Class LIKE "x"', ["X"]),
        ('NOT __class < "Win32" AND NOT __this ISA "X"', ["Win32_Process"]),
        ('__Superclass <> "CF_Part"', ["CF_BigGear", "Win32_Process"]),
        ('NOT __Superclass = "CF_Part"', ["__SystemClass", "CF_Part", "CF_BigGear", "Win32_Process", "X"]),
        ('__Class = "X" OR (__this ISA "CF_Gear" AND __Class > "CF_C")', ["CF_Gear", "X"]),
    ],
)
def test_conditions_find_their_classes(where: str, expected: list[str]) -> None:
    asked = condition(where)
    assert [name for name, derivation in CLASSES.items() if asked.holds(name, derivation)] == expected


@pytest.mark.parametrize(
    ("where", "span"),
    [
        ("Name = 'x'", (31, 35)),
        ("__PATH = 'x'", (31, 37)),
        ("__CLASS.x = 'x'", (31, 40)),
        ('__CLASS ISA "X"', (31, 38)),
        ("__this = 'x'", (31, 37)),
        ("__this IS NULL", (31, 37)),
        ("__CLASS = TRUE", (41, 45)),
        ("__CLASS LIKE '[x'", (44, 48)),
    ],
)
def test_classes_have_nothing_else_to_test(where: str, span: tuple[int, int]) -> None:
    with pytest.raises(InvalidQuery) as caught:
        condition(where)
    assert caught.value.span == span
    assert caught.value.expected


@pytest.mark.parametrize(
    ("where", "names", "ancestor"),
    [
        ("", None, None),
        ("__CLASS = 'A'", ("A",), None),
        ("__CLASS = 'A' OR __CLASS = 'B' OR __CLASS = 'a'", ("A", "B"), None),
        ("__CLASS = 'A' AND __this ISA 'C'", ("A",), "C"),
        ("__this ISA 'C'", None, "C"),
        ("__SUPERCLASS = 'C'", None, "C"),
        ("__DYNASTY = 'C' AND __CLASS LIKE '%x'", None, "C"),
        ("__this ISA 'C' OR __CLASS = 'A'", None, None),
        ("NOT __CLASS = 'A'", None, None),
        ("__CLASS <> 'A'", None, None),
    ],
)
def test_the_condition_tells_where_to_look(where: str, names: tuple[str, ...] | None, ancestor: str | None) -> None:
    found = condition(where)
    assert found.names == names
    assert found.ancestor == ancestor
