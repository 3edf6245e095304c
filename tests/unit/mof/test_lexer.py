"""Tokens: what is one, where it stands, and what unreadable text becomes."""

from __future__ import annotations

import pytest

from wmix.mof.diagnostics import MAX_DIAGNOSTICS, Diagnostic
from wmix.mof.lexer import (
    ALIAS,
    BAD,
    CHARACTER,
    DECIMAL,
    DIRECTIVE,
    INTEGER,
    MAX_NUMBER,
    NAME,
    REAL,
    STRING,
    number,
    tokenize,
)
from wmix.mof.source import Source


def _read(text: str) -> tuple[list[tuple[str, str]], list[Diagnostic]]:
    """Kinds and texts of the tokens before the end, and what was reported."""
    diagnostics: list[Diagnostic] = []
    tokens = tokenize(Source("a.mof", text), diagnostics)
    pieces = [text[start:end] for start, end in zip(tokens.starts, tokens.ends, strict=True)]
    assert pieces[-1] == ""
    return list(zip(tokens.kinds, pieces, strict=True))[:-1], diagnostics


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("name", NAME),
        ("_n1", NAME),
        ("größe", NAME),
        ('"a\\"b"', STRING),
        ('""', STRING),
        ("0", DECIMAL),
        ("-12", DECIMAL),
        ("012", INTEGER),
        ("0xAf", INTEGER),
        ("101B", INTEGER),
        ("1.5", REAL),
        ("-.5e-3", REAL),
        ("'x'", CHARACTER),
        ("'\\x41'", CHARACTER),
        ("$a", ALIAS),
        ("#pragma", DIRECTIVE),
        ("{", "{"),
        (";", ";"),
    ],
)
def test_one_token(text: str, kind: str) -> None:
    assert _read(f" /* a */ {text}\t// b") == ([(kind, text)], [])


@pytest.mark.parametrize("text", ["12a", "08", "1.", "1.e5", "0b2", "0x", "1..2", "5.5.5"])
def test_what_is_no_number(text: str) -> None:
    tokens, diagnostics = _read(text + " x")
    assert tokens == [(BAD, text), (NAME, "x")]
    assert [d.symbol for d in diagnostics] == ["WBEMMOF_E_ILLEGAL_CONSTANT_VALUE"]


@pytest.mark.parametrize(
    ("text", "found"), [("a\u00a0b", "U+00A0"), ("\u201cx\u201d", "U+201C"), ("a\ufeff", "U+FEFF")]
)
def test_what_a_word_processor_leaves_behind_is_named(text: str, found: str) -> None:
    _, diagnostics = _read(text)
    assert [(d.found, d.symbol) for d in diagnostics] == [(found, "WBEMMOF_E_UNRECOGNIZED_TOKEN")]


def test_reading_goes_on_behind_a_mistake() -> None:
    tokens, diagnostics = _read('a "b\\qc" d \'ef\' g "h\ni @@@ j')
    kinds = [(NAME, "a"), (BAD, '"b\\qc"'), (NAME, "d"), (BAD, "'ef'"), (NAME, "g"), (BAD, '"h')]
    assert tokens == [*kinds, (NAME, "i"), (BAD, "@@@"), (NAME, "j")]
    assert len(diagnostics) == 4


def test_a_comment_that_is_not_closed_ends_the_text() -> None:
    tokens, diagnostics = _read("a /* b c")
    assert tokens == [(NAME, "a"), (BAD, "/* b c")]
    assert diagnostics[0].found == "/*"


def test_reading_ends_with_the_twentieth_mistake() -> None:
    tokens, diagnostics = _read("@ " * 100)
    assert (len(tokens), len(diagnostics)) == (MAX_DIAGNOSTICS, MAX_DIAGNOSTICS)


@pytest.mark.parametrize(
    ("word", "kind", "value"),
    [
        ("-12", DECIMAL, -12),
        ("9" * MAX_NUMBER, DECIMAL, int("9" * MAX_NUMBER)),
        ("9" * (MAX_NUMBER + 1), DECIMAL, None),
        ("1.0e308", REAL, 1e308),
        ("1.0e309", REAL, None),
        ("0x1B", INTEGER, 27),
        ("-11b", INTEGER, -3),
        ("-017", INTEGER, -15),
    ],
)
def test_numbers(word: str, kind: str, value: float | None) -> None:
    assert number(word, kind) == value
