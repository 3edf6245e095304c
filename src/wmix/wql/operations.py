"""Which statements an operation answers. [MS-WMI] 3.1.4.3.18 and 3.1.4.3.20; 5.6 and 5.7 of the semantics brief.

A query may be well-formed and still be the wrong one for the call that it came with: an event query in ExecQuery, a
schema query in ExecNotificationQuery, the associators of a class.  What the text alone can tell of that is refused
here.  Depends on ``ast`` and ``cim.paths``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.paths import ObjectPath
from wmix.errors import InvalidPath, InvalidQuery
from wmix.status import WBEM_E_NOT_EVENT_CLASS
from wmix.wql.ast import SelectQuery

if TYPE_CHECKING:
    from wmix.wql.ast import AssociatorsQuery, Query, ReferencesQuery, Span

__all__ = ["EVENT", "check_data", "check_event", "check_path", "no_event_class"]

EVENT: Final = "__Event"
"""The class above all events."""


def check_data(query: Query) -> None:
    """See that ExecQuery can answer *query*.

    Raises:
        InvalidQuery: it has clauses of event queries.
    """
    if isinstance(query, SelectQuery) and query.is_event_form:
        raise InvalidQuery(
            "WITHIN and GROUP belong to event queries, which ExecQuery does not answer",
            text=query.text or None,
            span=_event_clause(query),
            expected="WHERE or the end of the query",
            hint="leave it out, or subscribe to the events with watch",
        )


def check_event(query: Query) -> SelectQuery:
    """*query*, as one that ExecNotificationQuery can answer.

    Raises:
        InvalidQuery: it does not select from a class.
    """
    if isinstance(query, SelectQuery):
        return query
    raise InvalidQuery(
        "an event query selects from a class of events",
        text=query.text or None,
        span=query.span,
        expected="SELECT list FROM an event class",
        hint="ask data and schema queries with ExecQuery",
    )


def check_path(query: AssociatorsQuery | ReferencesQuery) -> ObjectPath | None:
    """The path that *query* starts from; None when it is none, which Windows accepts to find nothing (5.6.7).

    Raises:
        InvalidQuery: it is the path of a class, while instances are asked for.
    """
    try:
        path = ObjectPath.parse(query.path)
    except InvalidPath:
        return None
    if path.is_class and not query.schema_only:
        raise InvalidQuery(
            f"{{{query.path}}} is a class",
            text=query.text or None,
            span=query.path_span,
            hint="name an instance, or add SchemaOnly",
        )
    return path


def no_event_class(query: SelectQuery, class_name: str) -> InvalidQuery:
    """The error that *class_name*, the class after FROM in its own spelling, is none of events."""
    return InvalidQuery(
        f"{class_name} is no event class: it is not derived from {EVENT}",
        text=query.text or None,
        span=query.class_span,
        found=class_name,
        expected="an event class after FROM",
        hint="to be told of its objects: SELECT * FROM __InstanceOperationEvent WITHIN 5 "
        f'WHERE TargetInstance ISA "{class_name}"',
        status=WBEM_E_NOT_EVENT_CLASS,
    )


def _event_clause(query: SelectQuery) -> Span:
    """Where WITHIN stands, which follows the class, or else GROUP."""
    if query.within is None and query.group is not None:
        return query.group.span
    after = query.text[query.class_span[1] :]
    start = query.class_span[1] + len(after) - len(after.lstrip())
    return (start, start + len("WITHIN"))
