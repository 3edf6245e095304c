"""Text: a property a line, a blank line between objects, over all portions."""

from __future__ import annotations

from wmix.cim.types import CimType
from wmix.cli.render import Page
from wmix.cli.render.records import Record, Shape
from wmix.cli.render.text import Text

SHAPE = Shape(("Name", "Size"), ((CimType.STRING, False), (CimType.UINT64, False)))


def test_objects_are_parted_by_a_blank_line() -> None:
    renderer = Text(Page())
    text = renderer.rows([Record(SHAPE, ("a\nb", 1)), Record(SHAPE, (None, 2))])
    assert text == "Name: a\\nb\nSize: 1\n\nName:\nSize: 2\n"
    assert renderer.rows([]) == ""
    assert renderer.rows([Record(SHAPE, ("c", None))]) == "\nName: c\nSize:\n"
    assert renderer.pause() + renderer.end() == ""


def test_names_are_bold_where_colour_is_welcome() -> None:
    assert Text(Page(colour=True)).rows([Record(SHAPE, ("a", 1))]).startswith("\x1b[1mName:\x1b[0m a\n")
