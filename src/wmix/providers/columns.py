"""Rows made of groups of columns: what is not asked for is not read. linux-mapping 5.5.

A class with one or few instances has properties from many sources.  Each source is a group: the properties that it
tells, and the function that reads it.  ``gather`` calls those of which something is wanted and no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    #: Properties, and the function that gives them: it takes the arguments of :func:`gather` after the groups.
    Group: TypeAlias = tuple[frozenset[str], Callable[..., dict[str, object]]]

__all__ = ["gather", "group"]


def group(names: str, read: Callable[..., dict[str, object]]) -> Group:
    """A group of the properties in *names*, which blanks separate."""
    return frozenset(names.split()), read


def gather(groups: Iterable[Group], wanted: frozenset[str] | None, *arguments: Any) -> dict[str, object]:
    """The properties of all groups of which something is *wanted*; of all when that is None."""
    row: dict[str, object] = {}
    for names, read in groups:
        if wanted is None or not names.isdisjoint(wanted):
            row |= read(*arguments)
    return row
