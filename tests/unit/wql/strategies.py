"""Hypothesis strategies for WQL: any syntax tree that has a text, and conditions that are right for a given class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from wmix.cim.datetime import CimDateTime
from wmix.cim.types import INTEGER_RANGES, CimType
from wmix.wql.ast import (
    And,
    AssociatorsQuery,
    Comparison,
    Expression,
    Group,
    Isa,
    IsNull,
    Literal,
    LiteralKind,
    Not,
    Or,
    PropertyRef,
    Query,
    ReferencesQuery,
    SchemaQuery,
    SelectQuery,
    Star,
)
from wmix.wql.cursor import RESERVED

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

    from wmix.cim.classes import CimClass, CimProperty

__all__ = ["conditions", "expressions", "identifiers", "like_patterns", "queries", "texts"]

ALPHABET = "aAbBzZ09 _%[]^-=.,'\"\\\n\tßẞ\u017fKéÉΣς€\ud800\U0001d11e"
"""Letters with and without a partner in the other case, quotes, wildcards, brackets, a lone surrogate."""

SIGNS = ["=", "<>", "<", "<=", ">", ">="]


def identifiers() -> SearchStrategy[str]:
    """Names, also such as are keywords elsewhere."""
    plain = st.from_regex(r"\A(?:__)?[A-Za-z][A-Za-z0-9_]{0,8}\Z")
    keywords = st.sampled_from(
        ["Group", "within", "BY", "Having", "Of", "Role", "KeysOnly", "References", "Größe", "名"]
    )
    return (plain | keywords).filter(lambda name: name.upper() not in RESERVED)


def texts(max_size: int = 12) -> SearchStrategy[str]:
    """Text as it stands in string constants and in string properties."""
    return st.text(ALPHABET, max_size=max_size)


def literals() -> SearchStrategy[Literal]:
    """Constants of every kind."""
    return (
        texts().map(lambda value: Literal(value, LiteralKind.STRING))
        | st.integers().map(lambda value: Literal(value, LiteralKind.INTEGER))
        | st.floats(allow_nan=False, allow_infinity=False).map(lambda value: Literal(value, LiteralKind.REAL))
        | st.booleans().map(lambda value: Literal(value, LiteralKind.BOOLEAN))
    )


def refs() -> SearchStrategy[PropertyRef]:
    """Plain and dotted names."""
    return st.lists(identifiers(), min_size=1, max_size=3).map(lambda parts: PropertyRef(tuple(parts)))


def expressions() -> SearchStrategy[Expression]:
    """Conditions of any shape, right for no class in particular."""
    leaves = (
        st.builds(Comparison, st.sampled_from(SIGNS), refs(), literals())
        | st.builds(Comparison, st.just("LIKE"), refs(), texts().map(lambda v: Literal(v, LiteralKind.STRING)))
        | st.builds(IsNull, refs(), st.booleans())
        | st.builds(Isa, refs(), texts())
    )
    return _grown(leaves)


def _grown(leaves: SearchStrategy[Any]) -> SearchStrategy[Expression]:
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, min_size=2, max_size=4).map(lambda items: And(tuple(items)))
            | st.lists(inner, min_size=2, max_size=4).map(lambda items: Or(tuple(items)))
            | inner.map(Not)
        ),
        max_leaves=12,
    )


def groups() -> SearchStrategy[Group]:
    """GROUP clauses."""
    having = st.builds(
        Comparison,
        st.sampled_from(SIGNS),
        st.just(PropertyRef(("NumberOfEvents",))),
        st.integers(0, 99).map(lambda value: Literal(value, LiteralKind.INTEGER)),
    )
    # A first BY property called HAVING would need a look at what follows; nobody has one.
    by = st.lists(refs().filter(lambda ref: ref.parts[0].upper() != "HAVING"), max_size=3).map(tuple)
    return st.builds(Group, st.integers(0, 2**32 - 1), by, st.none() | having)


def queries() -> SearchStrategy[Query]:
    """Queries of all families."""
    select = st.just(Star()) | st.lists(refs(), min_size=1, max_size=4).map(tuple)
    class_names = identifiers().filter(lambda name: name.upper() != "META_CLASS")
    name = st.none() | identifiers()
    path = st.sampled_from(
        ["C", 'C.Id="a"', "C.A=1,B='x y}'", 'C="\\"{"', "\\\\.\\root\\cimv2:C=@", "C.Id", "C.Id='\\\\.\\P'"]
    )
    where = st.none() | expressions()
    seconds = st.integers(1, 418_937).map(float) | st.floats(0.001, 418_937)
    associators = st.builds(
        AssociatorsQuery, path, name, name, name, name, name, name, st.booleans(), st.booleans(), st.booleans()
    )
    references = st.builds(ReferencesQuery, path, name, name, name, st.booleans(), st.booleans(), st.booleans())
    return (
        st.builds(SelectQuery, select, class_names, where, st.none() | seconds, st.none() | groups())
        | st.builds(SchemaQuery, where)
        | associators.filter(lambda q: not (q.class_defs_only and q.result_class))
        | references.filter(lambda q: not (q.class_defs_only and q.result_class))
    )


# -- conditions for a class


def _recased(name: str) -> SearchStrategy[str]:
    return st.sampled_from([name, name.upper(), name.lower()]) if name.isascii() else st.just(name)


def like_patterns() -> SearchStrategy[str]:
    """Patterns without a malformed bracket."""
    inside = st.text("aAbz09%_[ßΣ", min_size=1, max_size=3)
    ends = st.sampled_from("aAmz09ß")
    ranges = st.builds(lambda low, sign, high: low + sign + high, ends, st.sampled_from("-="), ends)
    body = inside | ranges | st.builds(str.__add__, inside, ranges) | st.builds(str.__add__, ranges, inside)
    trailing = st.builds(str.__add__, inside, st.sampled_from("-="))
    sets = st.builds(lambda mark, text: f"[{mark}{text}]", st.sampled_from(["", "^"]), body | trailing) | st.just("[^]")
    piece = st.sampled_from("aAbBz0 ß\u017fKΣς%%__") | sets
    return st.lists(piece, max_size=7).map("".join)


def _numbers(cim_type: CimType) -> SearchStrategy[Literal]:
    low, high = INTEGER_RANGES.get(cim_type, (-1000, 1000))
    whole = st.integers(low - 2, high + 2) | st.integers(-3, 3) | st.sampled_from([low, high])
    literal = (
        whole.map(lambda value: Literal(value, LiteralKind.INTEGER))
        | whole.map(lambda value: Literal(str(value), LiteralKind.STRING))
        | st.integers(0, 255).map(lambda value: Literal(hex(value), LiteralKind.STRING))
        | st.integers(-99, 99).map(lambda value: Literal(float(value), LiteralKind.REAL))
    )
    if cim_type in (CimType.REAL32, CimType.REAL64):
        real = st.floats(allow_nan=False, allow_infinity=False)
        literal |= real.map(lambda value: Literal(value, LiteralKind.REAL))
        literal |= real.map(lambda value: Literal(repr(value), LiteralKind.STRING))
    return literal


def _string(value: str) -> Literal:
    return Literal(value, LiteralKind.STRING)


def _comparisons(ref: PropertyRef, cim_type: CimType) -> SearchStrategy[Any]:
    """Comparisons that are right for a property of that type."""
    signs = st.sampled_from(SIGNS)
    equal = st.sampled_from(["=", "<>"])
    if cim_type in INTEGER_RANGES or cim_type in (CimType.REAL32, CimType.REAL64):
        as_text = _numbers(cim_type).filter(lambda literal: literal.kind is LiteralKind.STRING)
        return st.builds(Comparison, signs, st.just(ref), _numbers(cim_type)) | st.builds(
            Comparison, st.just("LIKE"), st.just(ref), as_text
        )
    if cim_type is CimType.BOOLEAN:
        constants = st.sampled_from(
            [
                *(Literal(True, LiteralKind.BOOLEAN), Literal(False, LiteralKind.BOOLEAN)),
                *(Literal(1, LiteralKind.INTEGER), Literal(0, LiteralKind.INTEGER)),
                *(_string("TRUE"), _string("false"), _string("1"), _string("0")),
            ]
        )
        return st.builds(Comparison, equal, st.just(ref), constants)
    if cim_type is CimType.DATETIME:
        moments = st.integers(0, 4 * 10**9).map(lambda n: CimDateTime.from_timestamp(n / 7, n % 3 * 60).text)
        return st.builds(Comparison, signs, st.just(ref), moments.map(_string))
    if cim_type is CimType.REFERENCE:
        paths = st.integers(0, 99).map(lambda n: f'TEST_Thing.id="{n}"') | texts()
        return st.builds(Comparison, equal, st.just(ref), paths.map(_string))
    text = texts(4).map(_string)
    numbers: SearchStrategy[Literal] = st.integers(0, 0xFFFF).map(lambda n: Literal(n, LiteralKind.INTEGER))
    if cim_type is CimType.STRING:
        numbers |= st.floats(-9, 9).map(lambda n: Literal(n, LiteralKind.REAL))
        return st.builds(Comparison, signs, st.just(ref), text | numbers) | st.builds(
            Comparison, st.just("LIKE"), st.just(ref), like_patterns().map(_string)
        )
    return st.builds(Comparison, signs, st.just(ref), text | numbers)


@st.composite
def _leaves(draw: DrawFn, cls: CimClass) -> Expression:
    """One test of a property, a member or a system property."""
    if draw(st.integers(0, 6)) == 0:
        system: Expression = draw(_system_leaves(cls))
        return system
    prop: CimProperty = draw(st.sampled_from(list(cls.properties.values())))
    ref = PropertyRef((draw(_recased(prop.name)),))
    if prop.is_array or draw(st.integers(0, 5)) == 0:
        return IsNull(ref, draw(st.booleans()))
    if prop.type is not CimType.OBJECT:
        found: Expression = draw(_comparisons(ref, prop.type))
        return found
    member = PropertyRef((prop.name, draw(st.sampled_from(["Text", "number", "NUMBER", "Nope", "__CLASS"]))))
    any_type = draw(st.sampled_from([CimType.STRING, CimType.UINT32, CimType.BOOLEAN, CimType.DATETIME]))
    inside: Expression = draw(
        _comparisons(member, any_type)
        | st.builds(IsNull, st.sampled_from([ref, member]), st.booleans())
        | st.builds(Isa, st.sampled_from([ref, member]), st.sampled_from(["test_inner", "Test_Class0"]))
    )
    return inside


def _system_leaves(cls: CimClass) -> SearchStrategy[Any]:
    named = st.sampled_from(["__CLASS", "__superclass", "__DYNASTY", "__SERVER", "__NAMESPACE", "__RELPATH", "__Path"])
    text = st.sampled_from([cls.name, cls.name.upper(), cls.dynasty, "Test_Class0", "SRV", "a"]).map(_string)
    patterns = st.sampled_from(["Test%", "%0", "%Key%", "[s-t]___"]).map(_string)
    ref = named.map(lambda name: PropertyRef((name,)))
    return (
        st.builds(Comparison, st.sampled_from(SIGNS), ref, text)
        | st.builds(Comparison, st.just("LIKE"), ref, patterns)
        | st.builds(IsNull, ref, st.booleans())
        | st.builds(Isa, st.just(PropertyRef(("__THIS",))), st.sampled_from([cls.name, "test_class0", "Other"]))
        | _comparisons(PropertyRef(("__GENUS",)), CimType.SINT32)
    )


def conditions(cls: CimClass) -> SearchStrategy[Expression]:
    """Conditions that ``check`` accepts for *cls*."""
    return _grown(_leaves(cls))
