"""Predicates: a checked condition as one generated Python function over the raw values of a row.

The function takes the values that a row of an :class:`~wmix.cim.layout.InstanceLayout` holds, in its order, among
them ``UNSET`` (the class default counts) and ``None`` (NULL).  Its body is one expression; tests that cost little come
first, which nothing can notice since tests have no effects.  What follows from the layout alone, such as ``__CLASS``,
is worked out here: a condition may come down to :func:`always` or :func:`never`.

NULL (5.3.8): a comparison with NULL is false, also ``<>`` and LIKE; NOT of it is true.  IS NULL alone finds it.
Equal and ordered are texts after ``casing.fold``; numbers by value, whatever their width; times by instant.

Tracebacks show the generated line.  Nothing is cached here: the caller keeps what it compiles, per layout.
Depends on ``cim``, ``checked``, ``comparing`` and ``embedded``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from wmix.cim.layout import UNSET
from wmix.cim.system_properties import instance_system_value
from wmix.cim.types import CimType
from wmix.wql.checked import (
    PATH_PROPERTIES,
    THIS,
    AllOf,
    AnyOf,
    CheckedExpression,
    Compare,
    CompareMember,
    IsClass,
    IsNullValue,
    Matches,
    Negation,
    Node,
    Operand,
)
from wmix.wql.comparing import Fragment, Scope, compare, is_one_of, matches
from wmix.wql.embedded import is_class_test, is_null_test, member_test
from wmix.wql.pushdown import needed_names
from wmix.wql.semantics import check

if TYPE_CHECKING:
    from wmix.cim.layout import InstanceLayout
    from wmix.cim.system_properties import Origin

__all__ = ["Predicate", "always", "check", "compile_predicate", "needed_names", "never"]

Predicate = Callable[[Sequence[object]], bool]
"""Whether a row, given as its raw values, satisfies the condition."""

_SET_FROM: Final = 3
"""Alternatives for one property from which on a look-up in a set is quicker than comparing one by one."""

_NOT_IN_SETS: Final = frozenset({CimType.BOOLEAN, CimType.DATETIME})
"""Types whose equal values need not have equal hashes, or have two values only."""


def always(values: Sequence[object]) -> bool:
    """The predicate that every row of the layout satisfies."""
    del values
    return True


def never(values: Sequence[object]) -> bool:
    """The predicate that no row of the layout satisfies: its class need not be asked at all."""
    del values
    return False


def compile_predicate(checked: CheckedExpression, layout: InstanceLayout, origin: Origin | None = None) -> Predicate:
    """The condition as a function over rows of *layout*.

    Args:
        layout: of the class the condition was checked against or one derived from it, with at least
            :func:`needed_names` of it.
        origin: where the rows come from; ``__PATH``, ``__SERVER`` and ``__NAMESPACE`` are NULL without it.

    Returns:
        A function from a row's values to bool; :func:`always` or :func:`never` when the row does not matter.

    Raises:
        UnknownProperty: the layout lacks a property that the condition needs.
    """
    maker = _Maker(layout, origin)
    source = maker.node(checked.root).source
    if source in ("True", "False"):
        return always if source == "True" else never
    text = f"def condition(v):\n    return True if {source} else False\n"
    title = f"WQL condition on {layout.cls.name}, {hash(text) & 0xFFFFFFFF:08x}"
    # linecache asks the loader of a module for its source, so that tracebacks have it and nothing must be registered.
    names = maker.scope.names
    names.update(__name__=title, __loader__=_Source(text))
    exec(compile(text, title, "exec"), names)  # noqa: S102  # made here from positions and quoted constants
    made: Predicate = names["condition"]
    return made


class _Source:
    """What a module's loader is to a traceback: the one who has the source."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def get_source(self, name: str) -> str:
        del name
        return self._text


_TRUE: Final = Fragment("True", 0)
_FALSE: Final = Fragment("False", 0)


class _Maker:
    """Makes the expression over ``v``, the values of a row; each result is a test without ``x``."""

    def __init__(self, layout: InstanceLayout, origin: Origin | None) -> None:
        self.layout = layout
        self.origin = origin
        self.scope = Scope()
        self.scope.names["U"] = UNSET

    def node(self, node: Node) -> Fragment:
        match node:
            case AllOf(items):
                return self._joined(" and ", [self.node(item) for item in items], _TRUE, _FALSE)
            case AnyOf(items):
                return self._joined(" or ", self._alternatives(items), _FALSE, _TRUE)
            case Negation(item):
                return self._negated(self.node(item))
            case IsNullValue(operand, negated):
                return self._is_null(operand, negated)
            case IsClass(operand, class_name):
                if operand.name == THIS:
                    return _constant(self.layout.cls.inherits_from(class_name))
                return self._call(operand, is_class_test(operand.members, class_name))
            case CompareMember(operand):
                return self._call(operand, member_test(node))
            case Compare(operand, op, value):
                return self._value(operand, compare(op, value, self.scope))
            case Matches(operand, pattern):
                return self._value(operand, matches(pattern, self.scope))

    # -- AND, OR, NOT

    @staticmethod
    def _joined(word: str, tests: list[Fragment], neutral: Fragment, decisive: Fragment) -> Fragment:
        kept = [test for test in tests if test.source != neutral.source]
        if any(test.source == decisive.source for test in kept):
            return decisive
        if len(kept) < 2:
            return kept[0] if kept else neutral
        kept.sort(key=lambda test: test.cost)
        return Fragment(f"({word.join(test.source for test in kept)})", sum(test.cost for test in kept))

    def _alternatives(self, items: tuple[Node, ...]) -> list[Fragment]:
        """The tests of a disjunction; many equalities on one property become one look-up."""
        same: dict[Operand, list[Any]] = {}
        for item in items:
            if isinstance(item, Compare) and item.op == "=" and item.operand.type not in _NOT_IN_SETS:
                same.setdefault(item.operand, []).append(item.value)
        gathered = {operand: values for operand, values in same.items() if len(values) >= _SET_FROM}
        tests = [self._value(operand, is_one_of(values, self.scope)) for operand, values in gathered.items()]
        rest = [i for i in items if not (isinstance(i, Compare) and i.op == "=" and i.operand in gathered)]
        return tests + [self.node(item) for item in rest]

    @staticmethod
    def _negated(test: Fragment) -> Fragment:
        if test.source in ("True", "False"):
            return _constant(test.source == "False")
        return Fragment(f"not {test.source}" if test.source[0] == "(" else f"(not ({test.source}))", test.cost)

    # -- single tests

    def _value(self, operand: Operand, test: Fragment) -> Fragment:
        """*test* on a property, with what NULL and UNSET mean."""
        if operand.is_system:
            return self._system(operand, test)
        i = self.layout.position(operand.name)
        default = self.layout.defaults[i]
        if default is not None and self.scope.function(test)(default):
            return Fragment(f"((x := v[{i}]) is U or x is not None and {test.source})", test.cost + 3)
        return self._guarded(f"v[{i}]", test)

    @staticmethod
    def _guarded(load: str, test: Fragment) -> Fragment:
        """*test* on what *load* gives, false for NULL and UNSET."""
        if test.total:
            return Fragment(f"({load}{test.source[1:]})", test.cost)
        if test.falsy_fails:
            return Fragment(f"((x := {load}) and {test.source})", test.cost + 1)
        return Fragment(f"((x := {load}) is not None and x is not U and {test.source})", test.cost + 2)

    def _is_null(self, operand: Operand, negated: bool) -> Fragment:
        if operand.members:
            return self._call(operand, is_null_test(operand.members, negated))
        if operand.is_system:
            test = self._system(operand, Fragment("True", 0))
            return test if negated else self._negated(test)
        i = self.layout.position(operand.name)
        if self.layout.defaults[i] is not None:
            return Fragment(f"(v[{i}] is {'not ' if negated else ''}None)", 1)
        if negated:
            return Fragment(f"((x := v[{i}]) is not None and x is not U)", 2)
        return Fragment(f"((x := v[{i}]) is None or x is U)", 2)

    def _call(self, operand: Operand, test: Callable[[object], bool]) -> Fragment:
        """*test* called with the embedded object, or with None for NULL."""
        i = self.layout.position(operand.name)
        name = self.scope.name(test)
        default = self.layout.defaults[i]
        instead = "None" if default is None else self.scope.name(default)
        return Fragment(f"{name}({instead} if (x := v[{i}]) is U else x)", 200)

    def _system(self, operand: Operand, test: Fragment) -> Fragment:
        """*test* on a system property: worked out now, unless the keys have a part in it."""
        layout, origin, name = self.layout, self.origin, operand.name
        if name not in PATH_PROPERTIES:
            # Of the whole object: a row that was cut down to some columns counts fewer and may not know its origin.
            value = instance_system_value(layout.cls.layout, (), origin, name)
            return _constant(value is not None and self.scope.function(test)(value))

        def read(values: Sequence[object]) -> object:
            return instance_system_value(layout, values, origin, name)

        reader = self.scope.name(read)
        return Fragment(f"((x := {reader}(v)) is not None and {test.source})", 300)


def _constant(value: bool) -> Fragment:
    return _TRUE if value else _FALSE
