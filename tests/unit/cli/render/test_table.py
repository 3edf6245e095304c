"""Tables: widths by the first rows, numbers to the right, nothing wider than the terminal, nothing cut in a pipe."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.cim.types import CimType
from wmix.cli.render import Page
from wmix.cli.render.records import Record, Shape
from wmix.cli.render.table import SAMPLE, Table, shared_widths

SHAPE = Shape(("Name", "Size"), ((CimType.STRING, False), (CimType.UINT64, False)))


def row(name: str | None, size: int | None) -> Record:
    return Record(SHAPE, (name, size))


def whole(page: Page, *records: Record) -> list[str]:
    table = Table(page)
    return (table.rows(records) + table.end()).splitlines()


def test_text_stands_left_and_numbers_right() -> None:
    assert whole(Page(), row("a", 1), row("long name", 12345), row(None, None)) == [
        "Name        Size",
        "a              1",
        "long name  12345",
        "",
    ]


def test_a_terminal_gets_a_rule_and_a_bold_header() -> None:
    assert whole(Page(rules=True), row("a", 1)) == ["Name  Size", "────  ────", "a        1"]
    assert whole(Page(colour=True), row("a", 1))[0] == "\x1b[1mName  Size\x1b[0m"


def test_the_first_hundred_rows_decide_and_the_rest_streams() -> None:
    table = Table(Page())
    assert table.rows([row("x", i) for i in range(SAMPLE - 1)]) == ""
    assert table.rows([row("y", 1), row("z", 2)]).count("\n") == SAMPLE + 2
    assert table.rows([row("a name that is longer", 3)]) == "a name that is longer     3\n"
    assert table.rows([]) == ""
    assert table.end() == ""


def test_a_pause_brings_out_what_is_held_back() -> None:
    table = Table(Page())
    assert table.pause() == ""
    table.rows([row("x", 1)])
    assert table.pause() == "Name  Size\nx        1\n"
    assert table.pause() == ""
    assert table.rows([row("y", 2)]) == "y        2\n"
    assert Table(Page()).end() == ""


def test_the_widest_column_of_text_is_shortened_first() -> None:
    assert whole(Page(width=20), row("a rather long name", 1_000_000)) == [
        "Name            Size",
        "a rather l…  1000000",
    ]


def test_a_number_is_never_shortened() -> None:
    table = Table(Page(width=20))
    table.rows([row("name", 1)])
    table.pause()
    assert table.rows([row("another name", 12345678)]) == "ano…  12345678\n"


def test_a_long_header_of_a_number_is_shortened() -> None:
    shape = Shape(("MaximumComponentLength", "Name"), ((CimType.UINT32, False), (CimType.STRING, False)))
    assert whole(Page(width=22), Record(shape, (255, "name"))) == ["MaximumComponen…  Name", " " * 13 + "255  name"]


def test_too_many_columns_become_text_and_a_note() -> None:
    shape = Shape([f"Property{i}" for i in range(10)], [(CimType.STRING, False)] * 10)
    record = Record(shape, ["value"] * 10)
    table = Table(Page(width=40))
    table.rows([record])
    assert table.pause().startswith("Property0: value\nProperty1: value\n")
    assert "10 columns do not fit into 40 columns of the terminal" in table.notes[0]
    assert table.rows([record]).startswith("\nProperty0: value\n")
    assert table.end() == ""


def test_nothing_to_show_is_an_empty_line_per_object() -> None:
    assert whole(Page(), Record(Shape((), ()), ()), Record(Shape((), ()), ())) == ["", "", ""]


def test_later_objects_with_more_properties_are_mentioned() -> None:
    table = Table(Page())
    table.rows([row("a", 1)])
    table.pause()
    table.rows([Record(Shape(("Name", "Extra"), SHAPE.types), ("b", 2))])
    assert ["Extra" in note for note in table.notes] == [True]


def test_an_array_of_numbers_is_text() -> None:
    shape = Shape(("Ids", "Id"), ((CimType.UINT32, True), (CimType.UINT32, False)))
    assert whole(Page(), Record(shape, ((1, 2, 3), 4)), Record(shape, ((), 5))) == [
        "Ids        Id",
        "{1, 2, 3}   4",
        "{}          5",
    ]


@given(st.lists(st.integers(1, 60), min_size=1, max_size=8), st.integers(1, 200))
def test_shares_fit_and_none_is_below_its_least(natural: list[int], room: int) -> None:
    least = [min(width, 8) for width in natural]
    found = shared_widths(natural, least, room)
    if found is None:
        assert sum(least) > room
        return
    assert sum(found) <= room or sum(found) == sum(natural) <= room
    assert all(low <= width <= whole for low, width, whole in zip(least, found, natural, strict=True))
    # No room is left while a column is short of its width.
    assert found == natural or sum(found) == room


@given(
    st.lists(
        st.tuples(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 10**6)), min_size=1, max_size=9
    ),
    st.integers(20, 60),
)
def test_no_line_is_wider_than_the_terminal(rows: list[tuple[str, int]], width: int) -> None:
    from wmix.cli.render.width import display_width

    assert all(display_width(line) <= width for line in whole(Page(width=width), *[row(*values) for values in rows]))


@pytest.mark.parametrize("page", [Page(), Page(width=80)])
def test_a_cell_never_breaks_a_line(page: Page) -> None:
    assert whole(page, row("a\nb\x1b[2J", 1)) == ["Name         Size", "a\\nb\\x1b[2J     1"]
