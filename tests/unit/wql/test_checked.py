"""Checked conditions are plain values."""

from __future__ import annotations

from unit.wql.conformance_fixture import PART
from wmix.cim.types import CimType
from wmix.wql.ast import SelectQuery
from wmix.wql.checked import THIS, CheckedExpression, Compare, IsClass, Operand
from wmix.wql.parser import parse
from wmix.wql.semantics import check


def checked(condition: str) -> CheckedExpression:
    query = parse(f"SELECT * FROM CF_Part WHERE {condition}")
    assert isinstance(query, SelectQuery)
    assert query.where is not None
    return check(query.where, PART)


def test_equal_conditions_are_equal_however_they_were_written() -> None:
    assert checked("Num = 3 AND Id = 5") == checked("'3' = NUM and id='5'")
    assert checked("Num = 3") != checked("Num = 4")


def test_operands_tell_name_type_and_members() -> None:
    assert checked("num = 3").root == Compare(Operand("Num", CimType.UINT32), "=", 3)
    this = checked("__THIS ISA 'X'")
    assert this.root == IsClass(Operand(THIS, CimType.OBJECT, is_system=True), "X")
    assert this.system_names == (THIS,)
