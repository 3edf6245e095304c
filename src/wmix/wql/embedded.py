"""Tests inside embedded objects: ``TargetInstance.Name = "x"``, ``Emb.Part.Size > 5``, ``TargetInstance ISA "C"``.

Which class an embedded object has is known only when it is there, so members are looked up by name in each object, and
the type of the constant is settled by the type of the value, once per type.  A member that the object does not have
makes every test false (5.3.3); so does a constant or an operator that does not fit what is found.  A NULL on the way
makes the member NULL.  An embedded object is an instance or, in class events, a class.
Depends on ``cim``, ``checked``, ``comparing`` and ``constants``.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from wmix.cim.classes import CimClass
from wmix.cim.datetime import CimDateTime
from wmix.cim.instances import CimInstance
from wmix.cim.types import CimType
from wmix.errors import TypeMismatch
from wmix.wql.comparing import Scope, compare, matches
from wmix.wql.constants import constant_for, operator_for
from wmix.wql.like import has_wildcards

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.wql.checked import CompareMember

__all__ = ["is_class_test", "is_null_test", "member", "member_test"]


class _Absence(Enum):
    ABSENT = 0


ABSENT: Final = _Absence.ABSENT
"""What :func:`member` answers when there is no such member; NULL is something else."""

_TYPES: Final[dict[type, CimType]] = {
    bool: CimType.BOOLEAN,
    int: CimType.SINT64,
    float: CimType.REAL64,
    str: CimType.STRING,
    CimDateTime: CimType.DATETIME,
}
"""Which rules a value found in an embedded object is compared by."""


def member(value: object, names: tuple[str, ...]) -> Any:
    """What the embedded object *value* has under the dotted *names*: a value, None for NULL, or ``ABSENT``."""
    for name in names:
        if value is None:
            return None
        if not isinstance(value, CimInstance | CimClass) or name not in value:
            return ABSENT
        value = value[name]
    return value


def member_test(node: CompareMember) -> Callable[[object], bool]:
    """A function that tells whether an embedded object (or NULL) satisfies the comparison."""
    names = node.operand.members
    tests: dict[type, Callable[[Any], bool] | None] = {}

    def test(value: object) -> bool:
        found = member(value, names)
        if found is None or found is ABSENT:
            return False
        kind = type(found)
        try:
            holds = tests[kind]
        except KeyError:
            holds = tests[kind] = _test_for(node, kind)
        return holds is not None and holds(found)

    return test


def _test_for(node: CompareMember, kind: type) -> Callable[[Any], bool] | None:
    """The comparison with values of *kind*; None when there is none."""
    cim_type = _TYPES.get(kind)
    if cim_type is None:
        return None
    op = operator_for(node.op, cim_type)
    try:
        constant = constant_for(node.literal, node.op, cim_type, node.zone)
    except TypeMismatch:
        return None
    if op is None:
        return None
    scope = Scope()
    if op == "LIKE":
        pattern = str(constant)
        return scope.function(matches(pattern, scope) if has_wildcards(pattern) else compare("=", pattern, scope))
    return scope.function(compare(op, constant, scope))


def is_null_test(names: tuple[str, ...], negated: bool) -> Callable[[object], bool]:
    """A function that tells whether the member is NULL (or is not); false when there is no such member."""

    def test(value: object) -> bool:
        found = member(value, names)
        return found is not ABSENT and (found is not None) is negated

    return test


def is_class_test(names: tuple[str, ...], class_name: str) -> Callable[[object], bool]:
    """A function that tells whether the embedded object, or its member, is of the class or of one derived from it."""

    def test(value: object) -> bool:
        found = member(value, names)
        if isinstance(found, CimInstance):
            return found.class_.inherits_from(class_name)
        return isinstance(found, CimClass) and found.inherits_from(class_name)

    return test
