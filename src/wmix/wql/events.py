"""GROUP, BY and HAVING of event queries held against the event class, and what they do. [MS-WMI] 3.1.6.1; 5.7.5.

The first event opens a window of ``group.within`` seconds; at its end there is one ``__AggregateEvent`` per distinct
:func:`group_key`, with the number of events, which :func:`having_accepts` may turn down.  Keeping time and making the
aggregates is the subscription's work.  Depends on ``semantics``, ``embedded`` and ``comparing``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.types import CimType
from wmix.status import WBEM_E_AGGREGATING_BY_OBJECT
from wmix.wql.casing import fold
from wmix.wql.comparing import Scope, compare
from wmix.wql.embedded import ABSENT, member
from wmix.wql.semantics import Resolver

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from wmix.cim.classes import CimClass
    from wmix.cim.instances import CimInstance
    from wmix.wql.ast import Group
    from wmix.wql.checked import Operand

__all__ = ["Aggregation", "check_group"]


class Aggregation:
    """A GROUP clause that is right for its event class.

    Attributes:
        within: whole seconds of the window.
        by: what events are grouped by; none for one group of all.
    """

    __slots__ = ("_accepts", "by", "within")

    def __init__(self, within: int, by: tuple[Operand, ...], accepts: Callable[[int], bool] | None) -> None:
        self.within = within
        self.by = by
        self._accepts = accepts

    def group_key(self, event: CimInstance) -> tuple[Hashable, ...]:
        """What tells the event's group from others: equal for events that belong together (texts without case)."""
        return tuple([_comparable(member(event, (operand.name, *operand.members))) for operand in self.by])

    def having_accepts(self, number_of_events: int) -> bool:
        """Whether a group of that size is to be reported."""
        return self._accepts is None or self._accepts(number_of_events)


def check_group(group: Group, cls: CimClass, *, text: str | None = None) -> Aggregation:
    """Hold a GROUP clause against the event class.

    Args:
        text: the query, for messages.

    Raises:
        InvalidQuery: BY names no property of the event (WBEM_E_INVALID_QUERY), a whole embedded object
            (WBEM_E_AGGREGATING_BY_OBJECT) or a member of what is none (WBEM_E_PROPERTY_NOT_AN_OBJECT).
    """
    resolver = Resolver(cls, text=text, event=True)
    operands = []
    for ref in group.by:
        operand = resolver.operand(ref)
        if not operand.members and operand.type is CimType.OBJECT:
            raise resolver.error(
                f"{operand.name} is an object; events are grouped by values",
                ref.span,
                expected=f"a property of it, such as {operand.name}.__CLASS",
                status=WBEM_E_AGGREGATING_BY_OBJECT,
            )
        operands.append(operand)
    accepts = None
    if (having := group.having) is not None and having.op != "LIKE":
        scope = Scope()
        accepts = scope.function(compare(having.op, having.constant.value, scope))
    return Aggregation(group.within, tuple(operands), accepts)


def _comparable(value: object) -> Hashable:
    if value is ABSENT:
        return None
    if isinstance(value, str):
        return fold(value)
    if isinstance(value, tuple):
        return tuple(map(_comparable, value))
    return repr(value) if type(value).__hash__ is None else value
