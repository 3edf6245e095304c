"""JSON as one array and as lines: the same objects, and always something that can be read."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from wmix.cim.types import CimType
from wmix.cli.render import Page
from wmix.cli.render.json_array import JsonArray
from wmix.cli.render.json_lines import JsonLines
from wmix.cli.render.records import Record, Shape

SHAPE = Shape(("Name", "Size"), ((CimType.STRING, False), (CimType.UINT64, False)))

portions = st.lists(st.lists(st.tuples(st.none() | st.text(), st.none() | st.integers(0, 2**64 - 1)), max_size=3))


def records(rows: list[tuple[str | None, int | None]]) -> list[Record]:
    return [Record(SHAPE, row) for row in rows]


@given(portions)
def test_an_array_is_whole_after_any_portion(drawn: list[list[tuple[str | None, int | None]]]) -> None:
    given_rows: list[dict[str, object]] = []
    renderer = JsonArray(Page())
    text = ""
    for portion in drawn:
        text += renderer.rows(records(portion)) + renderer.pause()
        given_rows += [{"Name": name, "Size": size} for name, size in portion]
    text += renderer.end()
    assert json.loads(text) == json.loads(json.dumps(given_rows))
    assert text.endswith("]\n")


@given(portions)
def test_every_line_is_an_object(drawn: list[list[tuple[str | None, int | None]]]) -> None:
    renderer = JsonLines(Page())
    for portion in drawn:
        text = renderer.rows(records(portion))
        lines = text.split("\n")
        assert lines.pop() == ""
        assert [json.loads(line)["Size"] for line in lines] == [size for _, size in portion]
    assert renderer.pause() + renderer.end() == ""


def test_a_place_that_cannot_encode_all_gets_ascii() -> None:
    text = JsonLines(Page(encodes_all=False)).rows(records([("é\U0001d11e", 1)]))
    assert text == '{"Name": "\\u00e9\\ud834\\udd1e", "Size": 1}\n'
    assert JsonLines(Page()).rows(records([("é", 1)])) == '{"Name": "é", "Size": 1}\n'
    assert JsonArray(Page(encodes_all=False)).rows(records([("é", 1)])) == '[\n{"Name": "\\u00e9", "Size": 1}'
