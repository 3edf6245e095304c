"""Parsing: what is accepted, what is refused and where, and that nothing else can happen."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.mof.strategies import documents
from unit.mof.vectors import DIRECTORY, Mistake, cases
from wmix.mof.ast import ClassDeclaration, Document, InstanceDeclaration, Literal
from wmix.mof.ast_printer import document_text
from wmix.mof.cursor import MAX_NESTING
from wmix.mof.diagnostics import MAX_DIAGNOSTICS, Diagnostic, InvalidMof
from wmix.mof.parser import parse


def test_everything_that_the_language_has_is_read() -> None:
    tree = parse((DIRECTORY / "language.mof").read_text(encoding="utf-8"))
    assert [type(declaration).__name__ for declaration in tree.declarations] == [
        "AutoRecover",
        "ClassFlags",
        "InstanceFlags",
        "NamespacePragma",
        "DeleteClassPragma",
        "DeleteInstancePragma",
        "LocalePragma",
        "Amendment",
        "QualifierDeclaration",
        "QualifierDeclaration",
        "QualifierDeclaration",
        "ClassDeclaration",
        "ClassDeclaration",
        "ClassDeclaration",
        "InstanceDeclaration",
        "InstanceDeclaration",
    ]
    assert parse(document_text(tree)) == tree


@pytest.mark.parametrize(("text", "mistakes"), cases("rejected.mof", "WBEMMOF_E_"))
def test_rejected(text: str, mistakes: list[Mistake]) -> None:
    with pytest.raises(InvalidMof) as caught:
        parse(text, "a.mof")
    found = caught.value.diagnostics
    assert [(d.symbol, d.line, d.column) for d in found] == [(m.symbol, m.line, m.column) for m in mistakes]
    for diagnostic, mistake in zip(found, mistakes, strict=True):
        if mistake.detail:
            assert diagnostic.detail == mistake.detail


def test_spans_tell_where_a_declaration_stands() -> None:
    text = "  class A { };\n [key] instance of A { X = 1; };"
    cls, instance = parse(text).declarations
    assert isinstance(cls, ClassDeclaration)
    assert isinstance(instance, InstanceDeclaration)
    assert text[slice(*cls.span)] == "class A { }"
    assert text[slice(*instance.span)] == "[key] instance of A { X = 1; }"
    assert text[slice(*instance.assignments[0].span)] == "X = 1;"
    assert text[slice(*instance.assignments[0].value.span)] == "1"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("11b", 3),
        ("03", 3),
        ("0xFe", 254),
        ("-0b", 0),
        ("+5", 5),
        ("0", 0),
        ("-1.5E2", -150.0),
        (".25", 0.25),
        ('"a" "b"', "ab"),
        (r'"\xD834\xDD1E"', "\U0001d11e"),
        (r'"\x41BCD"', "\u41bcD"),
        ('"//" /* x */ "/*"', "///*"),
        ("TrUe", True),
        ("null", None),
        ("'\"'", '"'),
    ],
)
def test_constants(written: str, value: object) -> None:
    (instance,) = parse(f"instance of A {{ X = {written}; }};").declarations
    assert isinstance(instance, InstanceDeclaration)
    given_value = instance.assignments[0].value
    assert isinstance(given_value, Literal)
    assert (given_value.value, type(given_value.value)) == (value, type(value))


def test_at_most_twenty_mistakes_are_reported_in_order() -> None:
    with pytest.raises(InvalidMof) as caught:
        parse("class A { int X; };\n" * 30 + "@\n" * 30)
    places = [diagnostic.line for diagnostic in caught.value.diagnostics]
    assert places == list(range(1, MAX_DIAGNOSTICS + 1))


def test_values_may_be_nested_to_the_limit_and_no_deeper() -> None:
    def nested(levels: int) -> str:
        return "instance of A { X = " + "instance of A { X = " * levels + "1" + "; }" * levels + "; };"

    assert parse(nested(MAX_NESTING)).declarations
    with pytest.raises(InvalidMof) as caught:
        parse(nested(MAX_NESTING + 1))
    assert caught.value.symbol == "WBEM_E_QUOTA_VIOLATION"


@pytest.mark.parametrize(
    "opening", ["{", "[", "(", "class A { X y = ", "instance of A { X = {", "/*", '"', "'", "$", "#"]
)
def test_a_hundred_thousand_openings_end_in_a_diagnostic(opening: str) -> None:
    with pytest.raises(InvalidMof) as caught:
        parse(opening * 100_000)
    assert 1 <= len(caught.value.diagnostics) <= MAX_DIAGNOSTICS


@pytest.mark.parametrize(
    "piece",
    [
        "class A { uint32 X = 1; };\n",
        "class A { int X; };\n",
        "@",
        "/* x ",
        "};",
        'class A { string S = "',
        "1e5 ",
        "[a ",
        "instance of A { X = 1; ",
        "instance of A { X = {1, ",
    ],
)
def test_time_is_linear(piece: str) -> None:
    def seconds(count: int) -> float:
        best = 9.0
        for _ in range(3):
            started = time.process_time()
            with contextlib.suppress(InvalidMof):
                parse(piece * count)
            best = min(best, time.process_time() - started)
        return best

    assert seconds(16_000) < 40 * (seconds(1_000) + 0.002)


def _mistakes(text: str) -> tuple[Diagnostic, ...]:
    try:
        parse(text)
    except InvalidMof as error:
        assert error.diagnostic()  # noqa: PT017 - either outcome is right
        return error.diagnostics
    return ()


@given(st.text(alphabet=st.sampled_from("{}[]();:,=$#\"'\\/* \nA1.-x") | st.characters(), max_size=60))
def test_any_text_is_a_tree_or_diagnostics(text: str) -> None:
    for diagnostic in _mistakes(text):
        assert 0 <= diagnostic.span[0] <= diagnostic.span[1] <= len(text)
        assert diagnostic.caret()
        assert str(diagnostic)


@given(documents(), st.data())
def test_any_damage_is_a_tree_or_diagnostics(document: Document, data: st.DataObject) -> None:
    text = document_text(document)
    at = data.draw(st.integers(0, len(text)))
    until = data.draw(st.integers(at, min(len(text), at + 10)))
    damaged = text[:at] + data.draw(st.text('{}();="x$#', max_size=3)) + text[until:]
    assert len(_mistakes(damaged)) <= MAX_DIAGNOSTICS
