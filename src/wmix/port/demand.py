"""Demand: how much a source should make now, so that what nobody has read yet stays small in memory.

A source is asked for rows and for octets, whichever are reached first: a row of three numbers takes a hundredth of
what a row of forty-five properties takes, and who opens thousands of enumerators without reading them must not hold
thousands of lists of either.  Octets are those of Python's objects, estimated from a row here and there: finding out
what a row takes costs about as much as making it.  Depends on ``cim`` only.
"""

from __future__ import annotations

from sys import getsizeof
from typing import TYPE_CHECKING, Final, Protocol

from wmix.cim.instances import CimInstance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["Demand", "estimate", "octets_of"]

#: What holds further objects, which count with it.
_HOLDING: Final = frozenset({list, tuple, dict, CimInstance})

#: Arrays of instances that hold arrays: deeper ones are not looked into.
_DEPTH: Final = 4

#: Of so many items of a list the size is found out.
_SAMPLES: Final = 3


class Demand(Protocol):
    """Who takes what a source makes."""

    @property
    def awaited(self) -> int:
        """How many objects the reader who waits would like at once, 0 while nobody waits; to be asked on any thread."""
        ...

    def wanted(self, given: int) -> tuple[int, int]:
        """How many rows, and how many octets of them, to make now; both at least 1.

        Args:
            given: rows that the source has given so far; those that did not arrive were filtered out on their way, and
                of the next ones as many will be.
        """
        ...


def octets_of(value: object, depth: int = _DEPTH) -> int:
    """About how much memory *value* takes, with what it holds: a row, an array, an instance."""
    if isinstance(value, dict):
        inner: Iterable[object] = value.values()
    elif isinstance(value, tuple | list):
        inner = value
    elif isinstance(value, CimInstance):
        inner = (value.raw_values_(),)
    else:
        return getsizeof(value)
    inner = list(inner)
    size = getsizeof(value) + sum(map(getsizeof, inner))
    if depth and not _HOLDING.isdisjoint(map(type, inner)):
        size += sum([octets_of(held, depth - 1) - getsizeof(held) for held in inner if type(held) in _HOLDING])
    return size


def estimate(items: Sequence[object], size_of: Callable[[object], int] = octets_of) -> int:
    """About how much memory *items* take together, by the size of the first, the last and one in the middle."""
    count = len(items)
    if count <= _SAMPLES:
        return sum(map(size_of, items))
    return (size_of(items[0]) + size_of(items[count // 2]) + size_of(items[-1])) * count // _SAMPLES
