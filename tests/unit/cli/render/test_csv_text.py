"""CSV that any reader of RFC 4180 reads back."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import INNER, cim_classes, instances_of
from wmix.cim.datetime import CimDateTime
from wmix.cim.instances import CimInstance
from wmix.cim.types import CimType
from wmix.cli.render.csv_text import CsvText, field
from wmix.cli.render.records import Record, Selection, Shape

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass

SHAPE = Shape(("A", "B"), ((CimType.STRING, False),) * 2)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        ("a\nb", "a\nb"),
        (True, "TRUE"),
        (False, "FALSE"),
        (7, "7"),
        (0.5, "0.5"),
        (CimDateTime("20240229120000.000000+060"), "20240229120000.000000+060"),
        (("a", "b;c"), "a;b;c"),
        ((), ""),
        (CimInstance.of(INNER, {"Text": "x"}), '{"__CLASS": "Test_Inner", "Text": "x", "Number": 7}'),
        (INNER, '{"__CLASS": "Test_Inner", "__SUPERCLASS": null}'),
    ],
)
def test_every_value_has_a_field(value: object, text: str) -> None:
    assert field(value) == text


def test_lines_end_in_cr_lf_and_quotes_stand_where_they_are_needed() -> None:
    renderer = CsvText()
    text = renderer.rows([Record(SHAPE, ("a,b", 'say "x"')), Record(SHAPE, ("line\nbreak", None))])
    assert text == 'A,B\r\n"a,b","say ""x"""\r\n"line\nbreak",\r\n'
    assert renderer.rows([Record(SHAPE, ("c", "d"))]) == "c,d\r\n"
    assert renderer.pause() + renderer.end() == ""


def test_the_header_comes_without_rows_when_names_were_selected() -> None:
    assert CsvText(("A", "b")).end() == "A,b\r\n"
    assert CsvText().end() == ""
    assert CsvText().rows([]) == ""


def test_properties_of_later_objects_are_mentioned() -> None:
    renderer = CsvText()
    renderer.rows([Record(SHAPE, ("a", "b"))])
    more = Shape(("A", "C"), SHAPE.types)
    assert renderer.rows([Record(more, ("a", "c"))]) == "a,\r\n"
    assert len(renderer.notes) == 1


@given(cim_classes().flatmap(lambda cls: st.tuples(st.just(cls), st.lists(instances_of(cls), min_size=1, max_size=4))))
def test_a_reader_gets_the_fields_back(drawn: tuple[CimClass, list[CimInstance]]) -> None:
    cls, instances = drawn
    renderer = CsvText()
    text = renderer.rows(Selection().records(instances)) + renderer.end()
    header, *lines = csv.reader(io.StringIO(text, newline=""))
    for line, instance in zip(lines, instances, strict=True):
        row = dict(zip(header, line, strict=True))
        assert set(instance) <= set(header)
        for name, cell in row.items():
            value = instance.values_().get(name)
            assert cell == field(value)
            if cls.properties[name].type is CimType.UINT64 and isinstance(value, int):
                assert int(cell) == value
            if isinstance(value, CimInstance):
                assert json.loads(cell)["Number"] == value["Number"]
