"""What is wrong with a query that a host has refused: the place, what stands there, and what should.

A host answers a code and no more, and its code is what counts.  Where our own reading of the text finds a mistake, the
place of it is told with that code; where the text is well-formed, its names, operators and constants are held against
the class, for which the host is asked once.  Real hosts answer WBEM_E_INVALID_QUERY for all of these (brief 1.4.47).
Nothing of this is done for a query that a host accepts, and nothing is kept back from a host: it is the judge.

Depends on ``wql`` and ``errors``; who asks the host is the caller's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.errors import InvalidClass, InvalidQuery, NotFound, WmiError
from wmix.status import WBEM_E_INVALID_CLASS, WBEM_E_INVALID_QUERY_TYPE, WBEM_E_NOT_EVENT_CLASS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wmix.cim.classes import CimClass
    from wmix.wql.ast import Query, SelectQuery

    FindClass = Callable[[str], Awaitable[CimClass | None]]

__all__ = ["explained", "may_be_explained"]

_CLASSES: Final = "`wmix classes` lists those that there are"


def may_be_explained(error: WmiError) -> bool:
    """Whether *error* is one for which the text of the query can have a reason."""
    if isinstance(error, InvalidQuery):
        return error.status != WBEM_E_INVALID_QUERY_TYPE
    return error.status == WBEM_E_INVALID_CLASS


async def explained(error: WmiError, text: str, find_class: FindClass, *, event: bool = False) -> WmiError:
    """*error*, or one with the same status that says more.

    Args:
        error: the answer of a host, for which :func:`may_be_explained` holds.
        text: the query.
        find_class: asks the host for a class; called once at most.  When it fails, *error* is all that is known.
        event: whether this is an event query.
    """
    found = await _mistake(error, text, find_class, event)
    if found is None:
        return error
    found.status = error.status
    found.phase, found.host, found.operation = error.phase, error.host, error.operation
    found.namespace, found.extended = error.namespace, error.extended
    return found


async def _mistake(error: WmiError, text: str, find_class: FindClass, event: bool) -> WmiError | None:
    """What is wrong, in the words of our own engine; None when that cannot be found out."""
    from wmix.wql.ast import SelectQuery  # what reads WQL is for queries that were refused
    from wmix.wql.operations import no_event_class

    of_class = not isinstance(error, InvalidQuery)
    try:
        query = _read(text, event)
    except InvalidQuery as mistake:
        return None if of_class else mistake
    except WmiError:
        return None  # past the limits of our reading, which are not the host's
    if not isinstance(query, SelectQuery):
        return None
    if error.status == WBEM_E_NOT_EVENT_CLASS:
        return no_event_class(query, query.class_name)
    asked = (_target(query) if of_class and event else None) or query.class_name
    try:
        cls = await find_class(asked)
    except (NotFound, InvalidClass):
        return _no_class(asked, error) if of_class else None
    except WmiError:
        return None
    return None if cls is None or of_class else _misfit(query, cls, event)


def _read(text: str, event: bool) -> Query:
    """The query *text*.

    Raises:
        InvalidQuery: the text alone tells that it is wrong.
    """
    from wmix.wql.ast import AssociatorsQuery, ReferencesQuery, SchemaQuery
    from wmix.wql.operations import check_data, check_event, check_path
    from wmix.wql.parser import parse
    from wmix.wql.schema import check_schema

    query = parse(text)
    if event:
        return check_event(query)
    check_data(query)
    if isinstance(query, SchemaQuery):
        check_schema(query)
    elif isinstance(query, AssociatorsQuery | ReferencesQuery):
        check_path(query)
    return query


def _misfit(query: SelectQuery, cls: CimClass, event: bool) -> InvalidQuery | None:
    """What of *query* does not fit the class."""
    from wmix.wql.events import check_group
    from wmix.wql.projection import projection
    from wmix.wql.semantics import check

    try:
        projection(query.select, cls, text=query.text, event=event)
        if query.where is not None:
            check(query.where, cls, text=query.text, event=event)
        if query.group is not None:
            check_group(query.group, cls, text=query.text)
    except InvalidQuery as mistake:
        return mistake
    return None


def _target(query: SelectQuery) -> str | None:
    """The one class whose objects an intrinsic event query is about; None when it is about none, or several."""
    from wmix.wql.ast import And, Isa

    items = query.where.items if isinstance(query.where, And) else (query.where,)
    named = [item.class_name for item in items if isinstance(item, Isa)]
    return named[0] if len(named) == 1 and query.class_name.startswith("__") else None


def _no_class(name: str, error: WmiError) -> InvalidClass:
    namespace = f" in {error.namespace}" if error.namespace else ""
    return InvalidClass(f"there is no class {name}{namespace}", hint=_CLASSES)
