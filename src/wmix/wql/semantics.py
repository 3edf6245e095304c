"""Semantics: a condition held against a class. [MS-WMI] 2.2.1.1; rules 5.3.1 to 5.3.15 of the semantics brief.

Refused, with the place in the text and the status that WMI has for it: a property that the class does not have, an
operator that does not apply to the type, a constant that does not fit, an array in a comparison, a member of what is no
object, a malformed LIKE pattern.  Not refused: members that an embedded object does not have - such a test is false
(5.3.3) - and numbers out of the property's range, which compare like any others.

Decisions where the sources are silent: arrays may be tested with IS [NOT] NULL; ``Class.Property`` names the property
when the class or an ancestor is called so; ``__this ISA`` also works on instances; two NOTs cancel out.
Depends on ``cim``, ``constants`` and ``checked``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.names import fold, nearest
from wmix.cim.system_properties import SYSTEM_PROPERTIES, SYSTEM_TYPES, system_spelling
from wmix.cim.types import CimType, type_name
from wmix.errors import InvalidQuery, TypeMismatch
from wmix.status import WBEM_E_INVALID_OPERATOR, WBEM_E_PROPERTY_NOT_AN_OBJECT
from wmix.wql.ast import And, Comparison, Expression, Isa, IsNull, Not, Or, PropertyRef, Span
from wmix.wql.checked import (
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

if TYPE_CHECKING:
    from datetime import tzinfo

    from wmix.cim.classes import CimClass

__all__ = ["Resolver", "check"]


def check(
    where: Expression,
    cls: CimClass,
    *,
    text: str | None = None,
    event: bool = False,
    zone: tzinfo | None = None,
) -> CheckedExpression:
    """Hold a condition against the class of the FROM clause.

    Args:
        where: the condition of a data or event query.
        cls: the class; rows of classes derived from it are tested too.
        text: the query, for messages; the tree has only offsets into it.
        event: whether this is an event query, which has statuses of its own for some mistakes (1.4.53).
        zone: where a date constant without offset is at home; UTC when omitted.

    Raises:
        InvalidQuery: the condition is wrong for the class; with its place.
    """
    resolver = Resolver(cls, text=text, event=event, zone=zone)
    root = resolver.node(where)
    return CheckedExpression(root, cls, tuple(resolver.names), tuple(resolver.system_names))


class Resolver:
    """Resolves names, operators and constants of one query against one class, and notes which names were used."""

    def __init__(
        self, cls: CimClass, *, text: str | None = None, event: bool = False, zone: tzinfo | None = None
    ) -> None:
        self.cls = cls
        self.text = text
        self.event = event
        self.zone = zone
        self.names: dict[str, None] = {}
        self.system_names: dict[str, None] = {}

    # -- names

    def operand(self, ref: PropertyRef) -> Operand:
        """What *ref* means.

        Raises:
            InvalidQuery: the class has no such property, or the property no members.
        """
        parts = ref.parts
        prop = self.cls.properties.get(parts[0])
        if prop is None and len(parts) > 1 and self.cls.inherits_from(parts[0]):
            parts = parts[1:]
            prop = self.cls.properties.get(parts[0])
        if prop is not None:
            if len(parts) > 1 and (prop.type is not CimType.OBJECT or prop.is_array):
                shape = f"{type_name(prop.type)}{'[]' if prop.is_array else ''}"
                raise self.error(
                    f"{prop.name} is {shape}, not an embedded object",
                    ref.span,
                    expected=f"{prop.name} without '.{parts[1]}'",
                    status=WBEM_E_PROPERTY_NOT_AN_OBJECT if self.event else None,
                )
            self.names[prop.name] = None
            return Operand(prop.name, prop.type, prop.is_array, parts[1:], span=ref.span)
        return self._system_operand(parts, ref.span)

    def _system_operand(self, parts: tuple[str, ...], span: Span) -> Operand:
        name = THIS if fold(parts[0]) == THIS else system_spelling(parts[0])
        if name is None:
            candidates = [*self.cls.properties, *SYSTEM_PROPERTIES]
            near = nearest(parts[0], candidates)
            raise self.error(
                f"{self.cls.name} has no property {parts[0]!r}",
                span,
                expected=f"a property of {self.cls.name}",
                hint=f"did you mean {near}?" if near else None,
            )
        if len(parts) > 1:
            raise self.error(f"{name} is not an embedded object", span, expected=f"{name} without '.{parts[1]}'")
        self.system_names[name] = None
        cim_type, is_array = (CimType.OBJECT, False) if name == THIS else SYSTEM_TYPES[name]
        return Operand(name, cim_type, is_array, is_system=True, span=span)

    # -- conditions

    def node(self, where: Expression) -> Node:
        """The checked form of *where*."""
        match where:
            case And(items):
                return _joined(AllOf, [self.node(item) for item in items])
            case Or(items):
                return _joined(AnyOf, [self.node(item) for item in items])
            case Not(item):
                inner = self.node(item)
                return inner.item if isinstance(inner, Negation) else Negation(inner)
            case IsNull(ref, negated):
                return self._is_null(ref, negated)
            case Isa(ref, class_name):
                return self._isa(where, ref, class_name)
            case Comparison():
                return self._comparison(where)

    def _is_null(self, ref: PropertyRef, negated: bool) -> Node:
        operand = self.operand(ref)
        if operand.name == THIS:
            raise self.error(f"{THIS} can only be tested with ISA", ref.span, expected=f'{THIS} ISA "Class"')
        return IsNullValue(operand, negated)

    def _isa(self, where: Isa, ref: PropertyRef, class_name: str) -> Node:
        operand = self.operand(ref)
        if not operand.members and (operand.type is not CimType.OBJECT or operand.is_array):
            shape = f"{type_name(operand.type)}{'[]' if operand.is_array else ''}"
            raise self.error(
                f"ISA needs an embedded object, {operand.name} is {shape}",
                where.span,
                expected="an embedded object before ISA",
                hint=f'write {THIS} ISA "{class_name}"' if operand.is_system else None,
                status=WBEM_E_INVALID_OPERATOR if self.event else None,
            )
        return IsClass(operand, class_name)

    def _comparison(self, where: Comparison) -> Node:
        from wmix.wql.constants import constant_for, operator_for  # a select list is resolved without constants
        from wmix.wql.like import has_wildcards

        operand = self.operand(where.ref)
        op, literal = where.op, where.constant
        if operand.members:
            if op == "LIKE":
                self._pattern(where)
            return CompareMember(operand, op, literal, self.zone)
        if operand.is_array:
            raise self.error(
                f"{operand.name} is an array, and WQL cannot look into arrays",
                where.span,
                expected="IS NULL or IS NOT NULL, or another property",
                hint="test the arrays of what arrives",
            )
        effective = operator_for(op, operand.type)
        if effective is None:
            raise self._not_applicable(where, operand)
        try:
            value = constant_for(literal, op, operand.type, self.zone)
        except TypeMismatch as error:
            raise self.error(
                f"{operand.name}: {error.detail}",
                literal.span,
                expected=f"a constant of type {type_name(operand.type)}",
                hint=error.hint,
            ) from None
        if effective == "LIKE" and isinstance(value, str):
            if has_wildcards(value):
                self._pattern(where)
                return Matches(operand, value)
            effective = "="
        return Compare(operand, effective, value)

    def _not_applicable(self, where: Comparison, operand: Operand) -> InvalidQuery:
        if operand.type is CimType.OBJECT:
            name = operand.name
            expected = f'{name} ISA "Class"' + ("" if name == THIS else f", {name} IS NULL or a member of {name}")
        else:
            expected = "= or <>"
        return self.error(
            f"{where.op} does not apply to {operand.name}, which is {type_name(operand.type)}",
            where.span,
            expected=expected,
            status=WBEM_E_INVALID_OPERATOR if self.event else None,
        )

    def _pattern(self, where: Comparison) -> None:
        from wmix.wql.like import parse_like

        try:
            parse_like(str(where.constant.value))
        except InvalidQuery as error:
            raise self.error(error.detail, where.constant.span, expected=error.expected, hint=error.hint) from None

    def error(
        self,
        detail: str,
        span: Span,
        *,
        expected: str | None = None,
        hint: str | None = None,
        status: int | None = None,
    ) -> InvalidQuery:
        """The error that *detail* is wrong at *span*."""
        found = None if self.text is None else self.text[span[0] : span[1]]
        return InvalidQuery(detail, text=self.text, span=span, found=found, expected=expected, hint=hint, status=status)


def _joined(kind: type[AllOf] | type[AnyOf], items: list[Node]) -> Node:
    """One node of *kind*, with the items of nodes of the same kind in their place."""
    flat: list[Node] = []
    for item in items:
        if isinstance(item, kind):
            flat += item.items
        else:
            flat.append(item)
    return kind(tuple(flat))
