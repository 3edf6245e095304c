"""Parsing: what is accepted, what is refused and where, and that nothing else can happen."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.wql.strategies import queries
from unit.wql.vectors import Refusal, accepted, refusals
from wmix.errors import InvalidQuery, QuotaExceeded
from wmix.wql.ast import And, Comparison, Literal, LiteralKind, PropertyRef, SchemaQuery, SelectQuery, Star
from wmix.wql.cursor import MAX_NESTING
from wmix.wql.parser import MAX_TERMS, parse
from wmix.wql.printer import to_text


@pytest.mark.parametrize(("query", "canonical"), accepted())
def test_accepted(query: str, canonical: str) -> None:
    tree = parse(query)
    assert to_text(tree) == canonical
    assert parse(canonical) == tree


@pytest.mark.parametrize("refusal", refusals("rejected.txt"))
def test_rejected(refusal: Refusal) -> None:
    with pytest.raises(InvalidQuery) as caught:
        parse(refusal.subject)
    error = caught.value
    assert error.detail == refusal.detail
    assert error.symbol == refusal.status
    start, end = error.span or (-1, -1)
    assert (start, max(end, start + 1)) == (refusal.start, refusal.end)
    assert (error.line, error.column) == (1, start + 1)
    if refusal.hint is not None:
        assert error.hint == refusal.hint


def test_white_space_is_blank_tab_cr_and_lf() -> None:
    assert parse("SELECT\na\rFROM\tb\r\n") == SelectQuery((PropertyRef(("a",)),), "b")
    for character in "\x0b\x0c\x1c\x85\xa0\u2003\u3000":
        with pytest.raises(InvalidQuery):
            parse(f"SELECT{character}a FROM b")


def test_the_place_counts_lines() -> None:
    with pytest.raises(InvalidQuery) as caught:
        parse("SELECT *\nFROM C\r\nWHERE A == 1")
    assert (caught.value.line, caught.value.column) == (3, 9)
    assert caught.value.caret() == "  WHERE A == 1\n          ^^"


def test_spans_show_where_each_part_stood() -> None:
    text = "SELECT Name FROM C WHERE A = 1 AND NOT B.X LIKE 'y%'"
    query = parse(text)
    assert isinstance(query, SelectQuery)
    assert isinstance(query.where, And)
    first, second = query.where.items
    assert text[slice(*query.class_span)] == "C"
    assert text[slice(*query.where.span)] == text[25:]
    assert text[slice(*first.span)] == "A = 1"
    assert text[slice(*second.span)] == "NOT B.X LIKE 'y%'"
    assert isinstance(first, Comparison)
    assert text[slice(*first.constant.span)] == "1"
    assert query.text == text


@pytest.mark.parametrize(
    "name", ["\x80", "Æ", "ÿ", "\u200c", "\uff21", "\ufffd"], ids=["80", "C6", "FF", "200C", "FF21", "FFFD"]
)
def test_letters_beyond_ascii_are_names(name: str) -> None:
    assert parse(f"SELECT {name} FROM {name}") == SelectQuery((PropertyRef((name,)),), name)


def test_both_sides_of_a_comparison_mirror() -> None:
    for left, right in [("=", "="), ("<>", "<>"), ("!=", "<>"), ("<", ">"), ("<=", ">="), (">", "<"), (">=", "<=")]:
        query = parse(f"SELECT * FROM C WHERE 5 {left} A")
        expected = Comparison(right, PropertyRef(("A",)), Literal(5, LiteralKind.INTEGER))  # type: ignore[arg-type]
        assert query == SelectQuery(Star(), "C", expected)


def test_keywords_ignore_case() -> None:
    assert parse("sElEcT * fRoM Meta_Class wHeRe __this iSa 'C'") == parse(
        'SELECT * FROM meta_class WHERE __this ISA "C"'
    )
    assert isinstance(parse("select * from meta_class"), SchemaQuery)


def test_true_one_and_one_point_nought_are_different_constants() -> None:
    trees = [parse(f"SELECT * FROM C WHERE A = {constant}") for constant in ("TRUE", "1", "1.0", "'1'")]
    assert all(one != other for i, one in enumerate(trees) for other in trees[i + 1 :])


def refusal_of(text: str) -> InvalidQuery | None:
    """The error of parsing *text*, None when it parses; any other error comes through."""
    try:
        parse(text)
    except InvalidQuery as error:
        return error
    return None


# -- limits


def test_nesting_has_a_limit() -> None:
    def nested(levels: int) -> str:
        return f"SELECT * FROM C WHERE {'(' * levels}A = 1{')' * levels}"

    parse(nested(MAX_NESTING))
    for text in (nested(MAX_NESTING + 1), nested(100_000), "SELECT * FROM C WHERE " + "NOT " * 100_000 + "A = 1"):
        with pytest.raises(QuotaExceeded, match="nested deeper"):
            parse(text)


def test_terms_have_a_limit() -> None:
    def terms(count: int) -> str:
        return "SELECT * FROM C WHERE " + " OR ".join(["A = 1"] * count)

    parse(terms(MAX_TERMS))
    parse(terms(3), max_terms=3)
    with pytest.raises(QuotaExceeded, match="more than 3 comparisons"):
        parse(terms(4), max_terms=3)
    with pytest.raises(QuotaExceeded):
        parse(terms(MAX_TERMS + 1))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM C WHERE A = '" + "\\\\" * 500_000 + "'",
        "SELECT * FROM C WHERE A = '" + "\\\\" * 500_000,
        "SELECT * FROM C WHERE A = '" + "x" * 1_000_000 + "\\q'",
        "SELECT * FROM C WHERE A = " + "9" * 1_000_000,
        "SELECT * FROM C WHERE A = 0x" + "f" * 1_000_000,
        "SELECT " + "a," * 300_000 + "a FROM C",
        "SELECT " + "a." * 300_000 + "a FROM C",
        "SELECT " + " \t" * 500_000,
        "ASSOCIATORS OF {" + "'x'" * 300_000,
        "ASSOCIATORS OF {C" + "\\" * 1_000_000 + "}",
        "SELECT * FROM C WHERE A = " + "1.1" * 300_000,
        "a" * 1_000_000,
    ],
    ids=lambda text: text[:32],
)
def test_a_million_characters_take_linear_time(text: str) -> None:
    start = time.process_time()
    error = refusal_of(text)
    if error is not None:
        assert len(error.detail) < 300
        assert len(error.caret()) < 300
    assert time.process_time() - start < 15


# -- any text


@given(st.text(max_size=80))
def test_any_text_is_a_query_or_refused(text: str) -> None:
    error = refusal_of(text)
    if error is not None:
        start, end = error.span or (-1, -1)
        assert 0 <= start <= end <= len(text)
        assert error.caret() != ""


@given(queries(), st.data())
def test_any_cut_or_splice_of_a_query_is_a_query_or_refused(query: object, data: st.DataObject) -> None:
    text = to_text(query)  # type: ignore[arg-type]  # a query
    at = data.draw(st.integers(0, len(text)))
    until = data.draw(st.integers(at, len(text)))
    put = data.draw(
        st.sampled_from(["", "'", '"', "(", ")", "{", "}", "\\", " NOT ", " = ", ",", ".", "\u2019", "1e", "é"])
    )
    error = refusal_of(text[:at] + put + text[until:])
    assert error is None or error.span is not None
