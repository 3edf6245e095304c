"""An event query held against the classes of its namespace: which events, as what, grouped how. Brief 1.4.53, 5.7.

What is wrong with the text or its names is told here, each mistake by its own status.  Depends on ``wql`` and ``cim``.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from wmix.wql.events import check_group
from wmix.wql.operations import EVENT, check_event, no_event_class
from wmix.wql.parser import parse
from wmix.wql.predicate import always, compile_predicate, never
from wmix.wql.projection import projection
from wmix.wql.pushdown import isa_targets
from wmix.wql.semantics import check

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.cim.classes import CimClass
    from wmix.cim.layout import InstanceLayout
    from wmix.local.schema import Schema
    from wmix.wql.ast import SelectQuery

    Values = tuple[object, ...]

__all__ = ["EVENT", "EventQuery", "Lens", "parse_event_query"]

#: Layouts of events for which a query keeps what it compiled.
_LENSES = 64


class Lens:
    """How a query sees the rows of one event class: which it wants, and what it shows of them.

    ``test`` is None when it wants all, ``narrow`` when it shows all of them.
    """

    __slots__ = ("narrow", "result", "test")

    def __init__(
        self,
        test: Callable[[Values], bool] | None,
        narrow: Callable[[Values], Values] | None,
        result: InstanceLayout,
    ) -> None:
        self.test = test
        self.narrow = narrow
        self.result = result


class EventQuery:
    """A query that is right for its namespace.

    Attributes:
        text: the query as it was written.
        cls: the event class after FROM.
        within: the polling interval in seconds, or None.
        aggregation: what GROUP does, or None.
    """

    def __init__(self, query: SelectQuery, cls: CimClass) -> None:
        self.text = query.text
        self.cls = cls
        self.within = query.within
        self.span = query.class_span
        self._names = projection(query.select, cls, text=query.text, event=True).names
        self._where = None if query.where is None else check(query.where, cls, text=query.text, event=True)
        self.aggregation = None if query.group is None else check_group(query.group, cls, text=query.text)
        self._lenses: dict[InstanceLayout, Lens | None] = {}

    @property
    def targets(self) -> tuple[str, ...] | None:
        """The classes whose instances the query is about, as written; None when it does not say."""
        return None if self._where is None else isa_targets(self._where, "TargetInstance")

    def lens(self, layout: InstanceLayout) -> Lens | None:
        """How events of that layout are seen; None when the query wants none of them."""
        try:
            return self._lenses[layout]
        except KeyError:
            if len(self._lenses) >= _LENSES:
                self._lenses.clear()
            made = self._lenses[layout] = self._make_lens(layout)
            return made

    def _make_lens(self, layout: InstanceLayout) -> Lens | None:
        cls = layout.cls
        if not cls.inherits_from(self.cls.name):
            return None
        test = None if self._where is None else compile_predicate(self._where, layout)
        if test is never:
            return None
        narrow, result = None, layout
        if self._names is not None:
            result = cls.layout_for(self._names)
            narrow = _narrowing(layout, result)
        return Lens(None if test is always else test, narrow, result)


def _narrowing(layout: InstanceLayout, result: InstanceLayout) -> Callable[[Values], Values]:
    places = [layout.exact[name] for name in result.names]
    if len(places) > 1:
        return itemgetter(*places)
    if not places:
        return lambda row: ()  # noqa: ARG005 - nothing but system properties is asked for
    place = places[0]
    return lambda row: (row[place],)


async def parse_event_query(text: str, namespace: str, schema: Schema, *, max_terms: int) -> EventQuery:
    """The query *text*, held against the classes of *namespace*.

    Raises:
        InvalidQuery: it is no event query, or a wrong one: WBEM_E_INVALID_QUERY, WBEM_E_NOT_EVENT_CLASS,
            WBEM_E_MISSING_GROUP_WITHIN, WBEM_E_MISSING_AGGREGATION_LIST, WBEM_E_AGGREGATING_BY_OBJECT,
            WBEM_E_PROPERTY_NOT_AN_OBJECT, WBEM_E_INVALID_OPERATOR.
        InvalidClass: there is no class of the name after FROM.
        QuotaExceeded: more than *max_terms* terms, or nested too deep.
    """
    query = check_event(parse(text, max_terms=max_terms))
    cls = await schema.resolve(namespace, query.class_name)
    if not cls.inherits_from(EVENT):
        raise no_event_class(query, cls.name)
    return EventQuery(query, cls)
