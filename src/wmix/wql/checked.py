"""A checked condition: the syntax tree after every name, operator and constant was held against a class.

Names have the class's spelling, constants the exact Python form of the property's type, and what WQL calls a mistake
is gone.  Made by ``semantics``, read by ``predicate`` and ``pushdown``.  Conjunctions hold no conjunctions,
disjunctions no disjunctions, negations no negations.  Depends on ``cim`` and ``ast``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.record import Record, field

if TYPE_CHECKING:
    from datetime import tzinfo

    from wmix.cim.classes import CimClass
    from wmix.cim.types import CimType
    from wmix.wql.ast import Literal, Operator, Span
    from wmix.wql.constants import Constant

__all__ = [
    "PATH_PROPERTIES",
    "THIS",
    "AllOf",
    "AnyOf",
    "CheckedExpression",
    "Compare",
    "CompareMember",
    "IsClass",
    "IsNullValue",
    "Matches",
    "Negation",
    "Node",
    "Operand",
]

THIS: Final = "__this"
"""The object itself, which ISA can test."""

PATH_PROPERTIES: Final = frozenset({"__PATH", "__RELPATH"})
"""System properties that differ from row to row, because they are made of the keys."""


class Operand(Record):
    """What a test looks at.

    Attributes:
        name: the property in the class's spelling, a system property in its own, or ``THIS``.
        type, is_array: of the property.
        members: names within the embedded object, as written; what they are is found out object by object.
        is_system: whether *name* is a system property or ``THIS``.
    """

    name: str
    type: CimType
    is_array: bool = False
    members: tuple[str, ...] = ()
    is_system: bool = False
    span: Span = field(default=(0, 0), compare=False)


class Compare(Record):
    """``operand op value``; strings in the query's spelling, to be compared without case.  Never LIKE."""

    operand: Operand
    op: Operator
    value: Constant


class Matches(Record):
    """``operand LIKE pattern`` on a string property, with a metacharacter."""

    operand: Operand
    pattern: str


class CompareMember(Record):
    """``operand.member op literal``: the member's type, and whether it exists, is the object's matter."""

    operand: Operand
    op: Operator
    literal: Literal
    zone: tzinfo | None = None


class IsNullValue(Record):
    """``operand IS [NOT] NULL``."""

    operand: Operand
    negated: bool


class IsClass(Record):
    """``operand ISA class``."""

    operand: Operand
    class_name: str


class Negation(Record):
    """``NOT item``: two-valued, true wherever the item is not."""

    item: Node


class AllOf(Record):
    """Two or more nodes that must all hold."""

    items: tuple[Node, ...]


class AnyOf(Record):
    """Two or more nodes of which one must hold."""

    items: tuple[Node, ...]


Node = Compare | Matches | CompareMember | IsNullValue | IsClass | Negation | AllOf | AnyOf


class CheckedExpression(Record):
    """A condition that is right for the class.

    Attributes:
        root: the condition.
        cls: the class of the FROM clause; rows may be of classes derived from it.
        names: top-level properties that the condition looks at, without system properties, in order of appearance.
        system_names: system properties that it looks at, ``THIS`` included.
    """

    root: Node
    cls: CimClass
    names: tuple[str, ...]
    system_names: tuple[str, ...] = ()
