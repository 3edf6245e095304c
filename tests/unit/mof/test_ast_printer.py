"""Syntax trees to text and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given

from unit.mof.strategies import documents
from wmix.mof.ast_printer import document_text
from wmix.mof.parser import parse

if TYPE_CHECKING:
    from wmix.mof.ast import Document


@given(documents())
def test_reading_what_was_printed_gives_the_same_tree(document: Document) -> None:
    text = document_text(document)
    assert parse(text) == document
    assert document_text(parse(text)) == text


def test_both_spellings_of_include_are_one() -> None:
    assert document_text(parse('#pragma include ("a.mof")')) == '#include ("a.mof")\n'
