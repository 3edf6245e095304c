"""The select list held against a class: which properties the rows of the answer have. 5.3.2, 5.3.3, 5.3.17.

Rows have the selected properties only, in class order; which column comes first for people is the order of the list.
System properties are on every object, selected or not, but whoever prints wants to know which were asked for.
``Emb.P`` selects the whole embedded object ``Emb`` (5.7.3).  Depends on ``semantics``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.record import Record
from wmix.wql.ast import PropertyRef, Star
from wmix.wql.checked import THIS
from wmix.wql.semantics import Resolver

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass

__all__ = ["Projection", "projection"]


class Projection(Record):
    """What a select list asks for, in the class's spelling.

    Attributes:
        names: properties in the order of the list, each once; None for ``*``.
        positions: for each of *names* its places in the list, from 0 (the ``Order`` of a PROTOTYPE query).
        system_names: system properties named in the list, each once.
        embedded: dotted references, whole, as (property, member, ...), each once.
    """

    names: tuple[str, ...] | None
    positions: tuple[tuple[int, ...], ...] = ()
    system_names: tuple[str, ...] = ()
    embedded: tuple[tuple[str, ...], ...] = ()

    @property
    def selects_all(self) -> bool:
        """Whether the list is ``*``."""
        return self.names is None


def projection(
    select: Star | tuple[PropertyRef, ...], cls: CimClass, *, text: str | None = None, event: bool = False
) -> Projection:
    """What *select* asks of *cls*.

    Args:
        text: the query, for messages.
        event: whether this is an event query, which has statuses of its own for some mistakes.

    Raises:
        InvalidQuery: the class has no such property, or the property no members.
    """
    if isinstance(select, Star):
        return Projection(None)
    resolver = Resolver(cls, text=text, event=event)
    places: dict[str, list[int]] = {}
    embedded: dict[tuple[str, ...], None] = {}
    for position, ref in enumerate(select):
        operand = resolver.operand(ref)
        if operand.name == THIS:
            raise resolver.error(f"{THIS} stands in conditions only", ref.span, expected="a property name")
        if not operand.is_system:
            places.setdefault(operand.name, []).append(position)
        if operand.members:
            embedded[(operand.name, *operand.members)] = None
    return Projection(tuple(places), tuple(map(tuple, places.values())), tuple(resolver.system_names), tuple(embedded))
