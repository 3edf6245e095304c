"""Source text of single comparisons: ``x op constant`` for a value ``x`` that is there, not NULL and of known type.

Each function returns a :class:`Fragment`: an expression over the name ``x`` and what it costs, in rough tens of
nanoseconds, so that a condition can put cheap tests first.  Constants that have no literal form in Python are put into
a scope under names of their own.  Text is compared without case, by the rule of ``casing``; most of it is ASCII, and
the generated text takes the short way there.  Depends on ``casing``, ``like`` and ``cim``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wmix.cim.datetime import CimDateTime
from wmix.cim.types import CimType
from wmix.wql.casing import fold, folds_simply
from wmix.wql.like import LikePattern, matcher, parse_like

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wmix.wql.ast import Operator
    from wmix.wql.constants import Constant

__all__ = ["TEXT_TYPES", "Fragment", "Scope", "compare", "is_one_of", "matches"]

TEXT_TYPES: Final = frozenset({CimType.STRING, CimType.REFERENCE, CimType.CHAR16})
"""Types whose values are ``str`` and compare without case."""

_PYTHON: Final = {"=": "==", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_FOLDED: Final = "(x.lower() if x.isascii() else fold(x))"


class Fragment:
    """A comparison as a piece of source.

    Attributes:
        source: an expression over ``x`` that is true or false.
        cost: for the order of tests only.
        falsy_fails: whether no falsy ``x`` passes, so that ``x and ...`` rules out NULL, UNSET and "" at once.
        total: whether the expression is right, namely false, for NULL and UNSET as well; then it begins with its
            only ``x``.
    """

    __slots__ = ("cost", "falsy_fails", "source", "total")

    def __init__(self, source: str, cost: int, *, falsy_fails: bool = False, total: bool = False) -> None:
        self.source = source
        self.cost = cost
        self.falsy_fails = falsy_fails
        self.total = total


class Scope:
    """The globals of generated code."""

    __slots__ = ("names",)

    def __init__(self) -> None:
        # A plain dictionary: the interpreter speeds up look-ups in no other kind.
        self.names: dict[str, Any] = {"fold": fold}

    def name(self, value: object) -> str:
        """A name under which the code finds *value*."""
        name = f"c{len(self.names)}"
        self.names[name] = value
        return name

    def function(self, test: Fragment) -> Callable[[Any], bool]:
        """*test* as a function of one value, which must not be NULL."""
        made: Callable[[Any], bool] = eval(f"lambda x: {test.source}", self.names)  # noqa: S307  # made from literals
        return made


def compare(op: Operator, value: Constant, scope: Scope) -> Fragment:
    """``x op value``; *op* is not LIKE."""
    if isinstance(value, bool):
        return Fragment(f"x is {value is (op == '=')}", 1, total=True)
    if isinstance(value, str):
        return _compare_text(op, value)
    if isinstance(value, CimDateTime):
        return _compare_moment(op, value, scope)
    return Fragment(f"x {_PYTHON[op]} {value!r}", 2, total=op == "=", falsy_fails=op == "=" and value != 0)


def is_one_of(values: Iterable[str | int | float], scope: Scope) -> Fragment:
    """``x`` equals one of *values*, which are all texts or all numbers."""
    texts, numbers = [], []
    for value in values:
        if isinstance(value, str):
            texts.append(fold(value))
        else:
            numbers.append(value)
    if texts:
        return Fragment(f"{_FOLDED} in {scope.name(frozenset(texts))}", 8, falsy_fails="" not in texts)
    return Fragment(f"x in {scope.name(frozenset(numbers))}", 4, total=True)


def _compare_text(op: Operator, value: str) -> Fragment:
    folded = fold(value)
    if op not in ("=", "<>"):
        return Fragment(f"{_FOLDED} {op} {folded!r}", 10)
    if not folded:
        return Fragment(f"x {_PYTHON[op]} ''", 2, total=op == "=")
    if folded.isascii() and folded.upper() == folded:
        # No letter in it, and no other character folds to what is no letter.
        return Fragment(f"x {_PYTHON[op]} {folded!r}", 3, falsy_fails=op == "=", total=op == "=")
    if not folds_simply(value):
        return Fragment(f"fold(x) {_PYTHON[op]} {folded!r}", 20, falsy_fails=op == "=")
    if op == "=":
        return Fragment(f"len(x) == {len(folded)} and x.casefold() == {folded!r}", 5, falsy_fails=True)
    return Fragment(f"(len(x) != {len(folded)} or x.casefold() != {folded!r})", 6)


def _compare_moment(op: Operator, value: CimDateTime, scope: Scope) -> Fragment:
    constant = scope.name(value)
    if op == "=":
        return Fragment(f"x.compare({constant}) == 0", 60, falsy_fails=True)
    if op == "<>":
        return Fragment(f"x.compare({constant}) != 0", 60, falsy_fails=True)
    # None: a time and an interval, or a value with asterisks; they have no order.
    return Fragment(f"(y := x.compare({constant})) is not None and y {op} 0", 60, falsy_fails=True)


def matches(pattern: str, scope: Scope) -> Fragment:
    """``x LIKE pattern``."""
    parsed = parse_like(pattern)
    if parsed.exact is not None:
        return _compare_text("=", parsed.exact)
    simple = parsed.simple
    if simple is None or not all(map(folds_simply, (simple[0], *simple[1], simple[2]))):
        return Fragment(f"{scope.name(matcher(parsed))}(x)", 100, falsy_fails=_needs_text(parsed))
    start, between, end = simple
    if len(between) > 1 or (between and (start or end)):
        return Fragment(f"{scope.name(matcher(parsed))}(x)", 80, falsy_fails=True)
    if between:
        return Fragment(f"{between[0]!r} in {_FOLDED}", 10, falsy_fails=True)
    length = len(start) + len(end)
    parts = [] if length < 2 else [f"len(x) >= {length}"]  # or a shorter text might unfold to the constant
    if start:
        parts.append(f"x[:{len(start)}].casefold() == {start!r}")
    if end:
        parts.append(f"x[-{len(end)}:].casefold() == {end!r}")
    return Fragment(" and ".join(parts) or "True", 8 if parts else 1, falsy_fails=bool(parts))


def _needs_text(pattern: LikePattern) -> bool:
    return any(segment.length for segment in pattern.segments)
