"""Which way the objects of a query come: plain Next, or smart enumeration. [MS-WMI] 3.1.4.4.2, 3.1.4.6, 3.1.4.7.

Plain Next sends the class part, a kilobyte and more, with every object, and costs two round trips to the first one.
Smart enumeration sends it once, and costs four.  So queries that name their objects by key, or that will be read up to
a small limit, go plain, and open-ended ones go smart.  The choice is made from the text before anything is sent;
texts that cannot be parsed go plain, because the host will answer them with an error.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from wmix.errors import WmiError
from wmix.record import Record
from wmix.wql.ast import And, Comparison, Or, SchemaQuery, SelectQuery
from wmix.wql.parser import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.wql.ast import Expression

__all__ = ["Choice", "Way", "choose"]

#: Objects up to which plain Next is the cheaper way.
FEW: Final = 50


class Way(StrEnum):
    """How to enumerate; ``AUTO`` leaves it to the query."""

    AUTO = "auto"
    PLAIN = "plain"
    SMART = "smart"


class Choice(Record):
    """The way that was chosen, how many objects to ask for at first, and why."""

    way: Way
    first: int
    reason: str


def choose(
    query: str,
    forced: Way = Way.AUTO,
    *,
    keys_of: Callable[[str], Sequence[str] | None] = lambda _: None,
    limit: int | None = None,
) -> Choice:
    """The way for a query.

    Args:
        forced: anything but AUTO is taken as it is.
        keys_of: the keys of a class by its name, when they are known from earlier answers.
        limit: how many objects will be read at most, when that is known.
    """
    found = _choose(query, keys_of, limit)
    if forced is not Way.AUTO and forced is not found.way:
        return Choice(forced, found.first, "as it was asked for")
    return found


def _choose(query: str, keys_of: Callable[[str], Sequence[str] | None], limit: int | None) -> Choice:
    if limit is not None and limit <= FEW:
        return Choice(Way.PLAIN, limit, f"at most {limit} objects will be read")
    try:
        parsed = parse(query)
    except WmiError:
        return Choice(Way.PLAIN, 1, "the host will say what is wrong with the text")
    if isinstance(parsed, SchemaQuery):
        return Choice(Way.PLAIN, 1, "classes share no class part")
    if not isinstance(parsed, SelectQuery):
        return Choice(Way.SMART, 1, "the number of objects is open")
    named = _alternatives(parsed.where) if parsed.where is not None else None
    if named is None or len(named) > FEW:
        return Choice(Way.SMART, 1, "the number of objects is open")
    keys = keys_of(parsed.class_name)
    if keys is None:
        reason = "the condition names objects by equality"
    elif keys and all({key.casefold() for key in keys} <= names for names in named):
        reason = "the condition names objects by key"
    else:
        return Choice(Way.SMART, 1, "the condition names no keys, so that the number of objects is open")
    return Choice(Way.PLAIN, max(2, len(named)), reason)


def _alternatives(where: Expression) -> list[frozenset[str]] | None:
    """The names compared by equality in each alternative that an object may satisfy; None when it need not be any."""
    match where:
        case Comparison("=", ref):
            return [frozenset({str(ref).casefold()})]
        case And(items):
            together: list[frozenset[str]] | None = None
            for item in items:
                found = _alternatives(item)
                if found is None:
                    continue
                together = found if together is None else [a | b for a in together for b in found][: FEW + 1]
            return together
        case Or(items):
            either: list[frozenset[str]] = []
            for item in items:
                found = _alternatives(item)
                if found is None:
                    return None
                either += found
            return either[: FEW + 1]
    return None
