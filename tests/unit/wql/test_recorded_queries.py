"""Queries whose outcome was recorded: the text is accepted or refused, and its condition finds the recorded rows.

The rows are replayed over the recordings' own fixture, here without an engine: parse, check, compile, ask.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from oracle.cases import Case, cases, reference
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.layout import build_row
from wmix.cim.types import parse_type_name
from wmix.errors import InvalidQuery
from wmix.wql.ast import SelectQuery
from wmix.wql.parser import parse
from wmix.wql.predicate import check, compile_predicate
from wmix.wql.printer import to_text
from wmix.wql.projection import projection

INVALID_QUERY = "0x80041017"
GROUPS = ("query.accept", "query.errors", "query.odd", "query.shape", "query.syntax", "wql.")


@cache
def fixture() -> dict[str, Any]:
    """Class name, folded, to (class, rows)."""
    path = reference()
    assert path is not None
    found = {}
    for name, content in json.loads((path / "fixture.json").read_text(encoding="utf-8"))["classes"].items():
        properties = []
        for prop, type_name in content["types"].items():
            is_array = type_name.endswith("[]")
            properties.append(CimProperty(prop, parse_type_name(type_name.removesuffix("[]")), is_array))
        found[name.casefold()] = (derive(None, name, properties=properties), content["instances"])
    return found


def queries() -> list[Any]:
    """All recorded queries as parameters, or skipped ones."""
    return [parameter for group in GROUPS for parameter in cases(group, kind="query")]


def queries_with_rows() -> list[Any]:
    """Those of them that tell which rows of the fixture are found."""
    if reference() is None:
        return queries()
    found = []
    for parameter in queries():
        case = parameter.values[0]
        if "rows" in case.expected and "error" not in case.expected:
            query = parse(case.input["query"])
            if isinstance(query, SelectQuery) and query.class_name.casefold() in fixture():
                found.append(parameter)
    assert len(found) > 50
    return found


@pytest.mark.parametrize("case", queries())
def test_the_text_is_accepted_or_refused(case: Case) -> None:
    refused = INVALID_QUERY in (case.expected.get("open"), case.expected.get("error"))
    if refused:
        with pytest.raises(InvalidQuery) as caught:
            parse(case.input["query"])
        assert caught.value.status == int(INVALID_QUERY, 16)
        assert caught.value.caret()
    else:
        tree = parse(case.input["query"])
        assert parse(to_text(tree)) == tree


@pytest.mark.parametrize("case", queries_with_rows())
def test_the_condition_finds_the_recorded_rows(case: Case) -> None:
    query = parse(case.input["query"])
    assert isinstance(query, SelectQuery)
    cls, rows = fixture()[query.class_name.casefold()]
    projection(query.select, cls, text=query.text)
    key = next(name for name in cls.properties if name.casefold() == case.input["key"].casefold())
    assert sorted(map(str, found_keys(query, cls, rows, key))) == sorted(map(str, case.expected["rows"]))


def found_keys(query: SelectQuery, cls: CimClass, rows: list[dict[str, Any]], key: str) -> list[object]:
    accept = None
    if query.where is not None:
        accept = compile_predicate(check(query.where, cls, text=query.text), cls.layout)
    found = []
    for row in rows:
        values = build_row(cls.layout, row)
        if accept is None or accept(values):
            found.append(values[cls.layout.exact[key]])
    return found
