"""LIKE: equal to a plain matcher, whatever the pattern, and in linear time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.wql.naive import like
from unit.wql.strategies import like_patterns, texts
from unit.wql.vectors import pairs
from wmix.errors import InvalidQuery
from wmix.wql.comparing import Scope, matches
from wmix.wql.like import compile_like, has_wildcards, parse_like


@pytest.mark.parametrize(("pattern", "cases"), pairs("like.txt"))
def test_vectors(pattern: str, cases: str) -> None:
    pattern = pattern.replace("''", "")
    yes, _, no = cases.partition("!")
    scope = Scope()
    generated = scope.function(matches(pattern, scope))
    for expected, words in ((True, yes), (False, no)):
        for word in words.split():
            text = word.replace("''", "")
            assert compile_like(pattern)(text) is expected, text
            assert bool(generated(text)) is expected, text
            assert like(pattern, text) is expected, text


@given(like_patterns(), texts())
def test_like_is_naive_like(pattern: str, text: str) -> None:
    assert compile_like(pattern)(text) is like(pattern, text)


@given(like_patterns(), texts())
def test_generated_source_is_naive_like(pattern: str, text: str) -> None:
    scope = Scope()
    test = matches(pattern, scope)
    assert bool(scope.function(test)(text)) is like(pattern, text)
    assert not (test.falsy_fails and like(pattern, ""))


@given(st.lists(texts(4), min_size=1, max_size=4), st.data())
def test_a_text_matches_the_pattern_made_from_it(parts: list[str], data: st.DataObject) -> None:
    between = data.draw(st.lists(texts(3), min_size=len(parts), max_size=len(parts)))
    pattern = "%".join("".join(f"[{c}]" if c in "%_[" else c for c in part) for part in parts)
    text = "".join(part + extra for part, extra in zip(parts, between, strict=True))
    assert compile_like(pattern + "%")(text)


@given(st.text("ab%_[]^-=", max_size=12))
def test_any_pattern_compiles_or_is_refused(pattern: str) -> None:
    refused: InvalidQuery | None = None
    try:
        match = compile_like(pattern)
    except InvalidQuery as error:
        refused = error
    if refused is None:
        assert match("ab") is like(pattern, "ab")
    else:
        assert refused.span is not None
        assert pattern[refused.span[0]] == "["


@pytest.mark.parametrize("pattern", ["[", "[a", "a[b", "[^", "[a-", "%[]", "[]", "[^a", "[]a]"])
def test_unclosed_and_empty_brackets_are_refused(pattern: str) -> None:
    with pytest.raises(InvalidQuery):
        compile_like(pattern)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("%" + "a%" * 8000, "a" * 7999 + "b"),
        ("%" + "a_" * 4000 + "b%", "a" * 20_000),
        ("%" + "[ab]" * 3000 + "c%", "ab" * 10_000),
        ("%" + "_" * 8000 + "%" + "_" * 8000 + "x", "a" * 20_000),
        ("%" + "a" * 8000 + "b%", "a" * 100_000),
        ("%a_%" * 2000, "ab" * 1999),
        ("[" + "a" * 16_000 + "]%", "b" * 100_000),
        ("a" * 16_000, "a" * 16_000 + "b"),
    ],
    ids=lambda text: text[:12],
)
def test_adversarial_patterns_take_linear_time(pattern: str, text: str) -> None:
    start = time.process_time()
    assert compile_like(pattern)(text) is False
    assert time.process_time() - start < 2


def test_wildcards_are_the_three_metacharacters() -> None:
    assert [has_wildcards(text) for text in ("%", "a_", "[", "a]b^-", "")] == [True, True, True, False, False]


def test_shapes_that_need_no_matcher_are_recognised() -> None:
    assert parse_like("Abc").exact == "abc"
    assert parse_like("a[_]c").exact == "a_c"
    assert parse_like("a_c").exact is None
    assert parse_like("Abc%").simple == ("abc", (), "")
    assert parse_like("%a%b%").simple == ("", ("a", "b"), "")
    assert parse_like("a%_").simple is None
    assert parse_like("abc").simple is None
