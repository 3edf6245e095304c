"""What of a condition helps whoever yields the rows: columns that are needed, keys that are asked, bounds to push down.

All rules read a checked condition and change nothing; each answer is one that the rows must satisfy, never more, so
that a provider may use it or not, and the engine filters again (5.3.18).  Texts are in the query's spelling and are
to be compared without case.  Depends on ``checked`` and ``casing``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.types import CimType
from wmix.wql.casing import fold
from wmix.wql.checked import (
    PATH_PROPERTIES,
    AllOf,
    AnyOf,
    CheckedExpression,
    Compare,
    CompareMember,
    IsClass,
    Matches,
    Node,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.wql.ast import Operator
    from wmix.wql.constants import Constant

__all__ = ["comparisons", "conjuncts", "isa_targets", "key_equalities", "needed_names"]

MAX_KEYS: Final = 1000
"""Combinations of key values from which on reading everything is the better plan."""

_UNFIT_KEYS: Final = frozenset({CimType.DATETIME, CimType.REAL32, CimType.REAL64})
"""Types with several spellings for equal values: no provider could look them up."""


def needed_names(checked: CheckedExpression) -> tuple[str, ...]:
    """The properties that a row must have for the condition to be decided, in the class's spelling.

    The keys are among them when the condition looks at ``__PATH`` or ``__RELPATH``.
    """
    names = dict.fromkeys(checked.names)
    if not PATH_PROPERTIES.isdisjoint(checked.system_names):
        names |= dict.fromkeys(checked.cls.keys)
    return tuple(names)


def conjuncts(checked: CheckedExpression) -> tuple[Node, ...]:
    """The conditions that must all hold: the terms of the outermost AND, or the one condition there is."""
    root = checked.root
    return root.items if isinstance(root, AllOf) else (root,)


def comparisons(checked: CheckedExpression) -> list[tuple[str, Operator, Constant]]:
    """The (property, operator, constant) that every row must satisfy: comparisons among the conjuncts.

    Operators are = <> < <= > >= and LIKE; the constant has the exact Python form of the property's type, for LIKE it is
    the pattern.  System properties and members of embedded objects are left out.
    """
    found: list[tuple[str, Operator, Constant]] = []
    for node in conjuncts(checked):
        match node:
            case Compare(operand, op, value) if not operand.is_system:
                found.append((operand.name, op, value))
            case Matches(operand, pattern) if not operand.is_system:
                found.append((operand.name, "LIKE", pattern))
    return found


def key_equalities(checked: CheckedExpression, keys: Sequence[str]) -> list[dict[str, Constant]] | None:
    """The key values that alone can satisfy the condition, when it names them by equality.

    ::

        A = 1 AND B = "x" AND C > 5     [{A: 1, B: "x"}]
        A = 1 OR A = 2                  [{A: 1}, {A: 2}]
        A = 1 AND A = 2                 []
        A = 1 OR C > 5                  None

    Args:
        keys: names of the key properties in the class's spelling.

    Returns:
        One mapping of all *keys* per object, each once; an empty list when nothing can match; None when the condition
        is not a look-up by key (or one of more than ``MAX_KEYS`` objects).
    """
    if not keys:
        return None
    partial = _key_values(checked.root, frozenset(keys))
    if partial is None or any(len(entry) != len(keys) for entry in partial):
        return None
    return [{key: entry[key] for key in keys} for entry in partial]


def _key_values(node: Node, keys: frozenset[str]) -> list[dict[str, Constant]] | None:
    """Alternatives, one of which holds wherever *node* does; None when nothing is known."""
    match node:
        case Compare(operand, "=", value) if operand.name in keys and operand.type not in _UNFIT_KEYS:
            return [{operand.name: value}]
        case AllOf(items):
            known = [found for item in items if (found := _key_values(item, keys)) is not None]
            if not known:
                return None
            together = known[0]
            for other in known[1:]:
                if len(together) * len(other) > MAX_KEYS:
                    continue  # the other term alone is true as well, only less narrow
                together = _distinct([joined for a in together for b in other if (joined := _join(a, b)) is not None])
            return together
        case AnyOf(items):
            either: list[dict[str, Constant]] = []
            for item in items:
                found = _key_values(item, keys)
                if found is None:
                    return None
                either += found
            return _distinct(either) if len(either) <= MAX_KEYS else None
    return None


def _same(one: Constant, other: Constant) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return fold(one) == fold(other)
    return one == other


def _join(one: dict[str, Constant], other: dict[str, Constant]) -> dict[str, Constant] | None:
    """Both at once; None when they contradict each other."""
    if any(name in one and not _same(one[name], value) for name, value in other.items()):
        return None
    return other | one


def _distinct(entries: list[dict[str, Constant]]) -> list[dict[str, Constant]]:
    seen: dict[frozenset[tuple[str, object]], dict[str, Constant]] = {}
    for entry in entries:
        identity = frozenset((name, fold(v) if isinstance(v, str) else v) for name, v in entry.items())
        seen.setdefault(identity, entry)
    return list(seen.values())


def isa_targets(checked: CheckedExpression, name: str) -> tuple[str, ...] | None:
    """The classes to which the embedded object *name* must belong: what an event query must be told about.

    ``TargetInstance ISA "C"`` and ``TargetInstance.__CLASS = "C"``, alone, among ANDed terms or as alternatives.

    Returns:
        Class names as written, each once; an object that satisfies the condition is of one of them or derived from it.
        None when the condition does not say.
    """
    found = _targets(checked.root, fold(name))
    if found is None:
        return None
    distinct: dict[str, str] = {}
    for target in found:
        distinct.setdefault(fold(target), target)
    return tuple(distinct.values())


def _targets(node: Node, name: str) -> list[str] | None:
    match node:
        case IsClass(operand, class_name) if fold(operand.name) == name and not operand.members:
            return [class_name]
        case CompareMember(operand, "=", literal) if fold(operand.name) == name and tuple(
            map(fold, operand.members)
        ) == ("__class",):
            return [str(literal.value)]
        case AllOf(items):
            return next((found for item in items if (found := _targets(item, name)) is not None), None)
        case AnyOf(items):
            either: list[str] = []
            for item in items:
                found = _targets(item, name)
                if found is None:
                    return None
                either += found
            return either
    return None
