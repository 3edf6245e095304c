"""Constants beside properties: the table in the module, row by row."""

from __future__ import annotations

import pytest

from wmix.cim.datetime import CimDateTime
from wmix.cim.types import INTEGER_RANGES, CimType
from wmix.errors import TypeMismatch
from wmix.wql.ast import Literal, LiteralKind, LiteralValue, Operator
from wmix.wql.constants import ORDERING, constant_for, operator_for

OPERATORS: list[Operator] = ["=", "<>", "<", "<=", ">", ">=", "LIKE"]


def literal(value: LiteralValue) -> Literal:
    kinds = {str: LiteralKind.STRING, bool: LiteralKind.BOOLEAN, int: LiteralKind.INTEGER, float: LiteralKind.REAL}
    return Literal(value, kinds[type(value)])


@pytest.mark.parametrize("cim_type", CimType)
@pytest.mark.parametrize("op", OPERATORS)
def test_operators_apply_by_type(op: Operator, cim_type: CimType) -> None:
    expected: Operator | None = op
    if cim_type is CimType.OBJECT or (op in ORDERING and cim_type in (CimType.BOOLEAN, CimType.REFERENCE)):
        expected = None
    elif op == "LIKE" and cim_type is not CimType.STRING:
        expected = "="
    assert operator_for(op, cim_type) == expected


@pytest.mark.parametrize(
    ("value", "cim_type", "expected"),
    [
        *((3, cim_type, 3) for cim_type in INTEGER_RANGES),
        *(
            (value, CimType.UINT16, 1000)
            for value in (1000, 1000.0, 1e3, "1000", "0x3e8", " 1000 ", "+1000", "1000.0", "1e3")
        ),
        (-1, CimType.UINT8, -1),
        ("-0x10", CimType.SINT64, -16),
        (10**30, CimType.SINT8, 10**30),
        (1e30, CimType.UINT64, int(1e30)),
        (1, CimType.REAL64, 1),
        (1.5, CimType.REAL64, 1.5),
        ("1.5", CimType.REAL64, 1.5),
        (".5", CimType.REAL64, 0.5),
        ("0x10", CimType.REAL64, 16),
        (0.1, CimType.REAL32, 0.10000000149011612),
        (1e300, CimType.REAL32, 1e300),
        ("Spooler", CimType.STRING, "Spooler"),
        (5, CimType.STRING, "5"),
        (1.5, CimType.STRING, "1.5"),
        ("a", CimType.CHAR16, "a"),
        (65, CimType.CHAR16, "A"),
        *((value, CimType.BOOLEAN, True) for value in (True, 1, "TRUE", "true", "1")),
        *((value, CimType.BOOLEAN, False) for value in (False, 0, "FALSE", "False", "0")),
        ("20200101000000.000000+000", CimType.DATETIME, CimDateTime("20200101000000.000000+000")),
        ("2020", CimType.DATETIME, CimDateTime("20200101000000.000000+000")),
        ("C.Id=1", CimType.REFERENCE, "C.Id=1"),
    ],
)
def test_constants_that_fit(value: LiteralValue, cim_type: CimType, expected: object) -> None:
    found = constant_for(literal(value), "=", cim_type)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("value", "cim_type"),
    [
        *(
            (value, CimType.UINT16)
            for value in (1000.4, "1000.4", "abc", "", "12abc", "1_000", "٣", True, "0x", "nan", "inf")
        ),
        *((value, CimType.REAL64) for value in ("abc", "nan", "-inf", "1e999", True, "9" * 500)),
        *((value, CimType.BOOLEAN) for value in (2, -1, 1.0, "yes", "")),
        *((value, CimType.STRING) for value in (True, False)),
        *((value, CimType.DATETIME) for value in (2020, 1.5, True, "soon", "2020013123590O.000000+000")),
        *((value, CimType.REFERENCE) for value in (5, 1.5, True)),
        *((value, CimType.CHAR16) for value in (-1, 65536, 1.5, True)),
    ],
)
def test_constants_that_do_not_fit(value: LiteralValue, cim_type: CimType) -> None:
    with pytest.raises(TypeMismatch) as caught:
        constant_for(literal(value), "=", cim_type)
    assert len(caught.value.detail) < 150


@pytest.mark.parametrize("cim_type", sorted(set(CimType) - {CimType.STRING, CimType.OBJECT}))
def test_a_pattern_needs_a_string(cim_type: CimType) -> None:
    for pattern in ("5%", "5_", "[5]"):
        with pytest.raises(TypeMismatch, match="pattern"):
            constant_for(literal(pattern), "LIKE", cim_type)
    assert constant_for(literal("5%"), "LIKE", CimType.STRING) == "5%"


def test_asterisks_have_no_order() -> None:
    constant = literal("2020****000000.000000+000")
    for op in OPERATORS:
        if op in ORDERING:
            with pytest.raises(TypeMismatch, match="asterisks"):
                constant_for(constant, op, CimType.DATETIME)
        else:
            assert constant_for(constant, op, CimType.DATETIME) == CimDateTime("2020****000000.000000+000")
