"""Schema queries: the condition of ``SELECT * FROM meta_class WHERE ...``. 5.5 of the semantics brief.

A class is known here by its name and its ancestors, which a catalogue of classes has at hand without reading any
definition.  Testable are ``__CLASS``, ``__SUPERCLASS`` and ``__DYNASTY`` with all operators of strings, and
``__this ISA "C"``, which holds for C and all below it.  ``__SUPERCLASS IS NULL`` finds the classes at the top.
Depends on ``comparing`` and ``ast``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.types import CimType
from wmix.errors import InvalidQuery, TypeMismatch
from wmix.wql.ast import And, Comparison, Expression, Isa, IsNull, Not, Or, PropertyRef, Span
from wmix.wql.casing import fold
from wmix.wql.checked import THIS
from wmix.wql.comparing import Scope, compare, matches
from wmix.wql.constants import constant_for
from wmix.wql.like import has_wildcards

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.wql.ast import SchemaQuery

__all__ = ["SchemaCondition", "check_schema"]

_Facts = tuple[str, str | None, str, frozenset[str]]
"""Name, superclass, dynasty, and the folded names of the class and its ancestors."""

_PLACES: Final = {"__class": 0, "__superclass": 1, "__dynasty": 2}
_TESTABLE: Final = '__CLASS, __SUPERCLASS, __DYNASTY or __this ISA "Class"'


class SchemaCondition:
    """A condition on classes.

    Attributes:
        names: the only classes that can satisfy it, as written; None when it does not name them.
        ancestor: a class that every match is or descends from; None when it does not say.
    """

    __slots__ = ("_test", "ancestor", "names")

    def __init__(self, test: Callable[[_Facts], bool], names: tuple[str, ...] | None, ancestor: str | None) -> None:
        self._test = test
        self.names = names
        self.ancestor = ancestor

    def holds(self, name: str, derivation: tuple[str, ...]) -> bool:
        """Whether the class satisfies it; *derivation* is its ancestors, parent first."""
        top = derivation[-1] if derivation else name
        parent = derivation[0] if derivation else None
        return self._test((name, parent, top, frozenset(map(fold, (name, *derivation)))))


def check_schema(query: SchemaQuery) -> SchemaCondition:
    """The condition of a schema query, ready to be asked; one that all classes satisfy when it has none.

    Raises:
        InvalidQuery: it tests something that classes do not have.
    """
    where = query.where
    if where is None:
        return SchemaCondition(lambda _: True, None, None)
    test = _Checker(query.text or None).test(where)
    return SchemaCondition(test, _names(where), _ancestor(where))


class _Checker:
    def __init__(self, text: str | None) -> None:
        self.text = text

    def test(self, where: Expression) -> Callable[[_Facts], bool]:
        match where:
            case And(items):
                parts = [self.test(item) for item in items]
                return lambda facts: all(part(facts) for part in parts)
            case Or(items):
                parts = [self.test(item) for item in items]
                return lambda facts: any(part(facts) for part in parts)
            case Not(item):
                inner = self.test(item)
                return lambda facts: not inner(facts)
            case IsNull(ref, negated):
                place = self.place(ref)
                return lambda facts: (facts[place] is not None) is negated
            case Isa(ref, class_name):
                if not _is_this(ref):
                    raise self.error("ISA tests the class itself here", ref.span, f'{THIS} ISA "{class_name}"')
                wanted = fold(class_name)
                return lambda facts: wanted in facts[3]
            case Comparison():
                return self.comparison(where)

    def comparison(self, where: Comparison) -> Callable[[_Facts], bool]:
        place = self.place(where.ref)
        scope = Scope()
        try:
            value = str(constant_for(where.constant, where.op, CimType.STRING))
            if where.op == "LIKE" and has_wildcards(value):
                holds = scope.function(matches(value, scope))
            else:
                holds = scope.function(compare("=" if where.op == "LIKE" else where.op, value, scope))
        except (TypeMismatch, InvalidQuery) as error:
            raise self.error(error.detail, where.constant.span, "a class name in quotes") from None
        return lambda facts: (value := facts[place]) is not None and holds(value)

    def place(self, ref: PropertyRef) -> int:
        place = _PLACES.get(fold(ref.parts[0])) if len(ref.parts) == 1 else None
        if place is None:
            raise self.error(f"{ref} cannot be tested in a schema query", ref.span, _TESTABLE)
        return place

    def error(self, detail: str, span: Span, expected: str) -> InvalidQuery:
        found = None if self.text is None else self.text[span[0] : span[1]]
        return InvalidQuery(detail, text=self.text, span=span, found=found, expected=expected)


def _is_this(ref: PropertyRef) -> bool:
    return len(ref.parts) == 1 and fold(ref.parts[0]) == THIS


def _names(where: Expression) -> tuple[str, ...] | None:
    """The names that ``__CLASS = "X"`` gives, alone, among ANDed terms or as alternatives."""
    match where:
        case Comparison("=", PropertyRef((name,)), constant) if fold(name) == "__class":
            return (str(constant.value),)
        case And(items):
            return next((names for item in items if (names := _names(item)) is not None), None)
        case Or(items):
            either: dict[str, str] = {}
            for item in items:
                names = _names(item)
                if names is None:
                    return None
                for name in names:
                    either.setdefault(fold(name), name)
            return tuple(either.values())
    return None


def _ancestor(where: Expression) -> str | None:
    """The C of ``__this ISA "C"``, ``__SUPERCLASS = "C"`` or ``__DYNASTY = "C"``, alone or among ANDed terms."""
    match where:
        case Isa(ref, class_name) if _is_this(ref):
            return class_name
        case Comparison("=", PropertyRef((name,)), constant) if fold(name) in ("__superclass", "__dynasty"):
            return str(constant.value)
        case And(items):
            return next((found for item in items if (found := _ancestor(item)) is not None), None)
    return None
