"""Credit: how far the source of a result set may run ahead of its furthest reader.

In objects and in octets of memory, whichever ends first.  Both begin small, so that a first object does not wait for a
thousand and an enumerator that nobody reads costs little, and grow for a reader who uses them: one who takes an object
at a time, as many remote clients do, is served as well from a short queue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wmix.config import Limits

__all__ = ["FIRST_OCTETS", "Credit"]

#: Octets that may wait for a reader who has not shown yet how he reads.
FIRST_OCTETS: Final = 20 * 1024

#: A source that may go on is asked for this part of the whole credit at least: a change of thread for each row that
#: was read would cost more than the row.
_LEAST_OBJECTS: Final = 4
_LEAST_OCTETS: Final = 2


class Credit:
    """The credit of one result set.

    Args:
        fixed: objects that the credit stays at; otherwise it grows from ``limits.batch_objects`` to
            ``limits.buffer_objects``.
    """

    __slots__ = ("_most_objects", "_most_octets", "objects", "octets")

    def __init__(self, limits: Limits, fixed: int | None) -> None:
        self.objects = fixed or min(limits.batch_objects, limits.buffer_objects)
        self.octets = min(FIRST_OCTETS, limits.buffer_octets)
        self._most_objects = fixed or limits.buffer_objects
        self._most_octets = limits.buffer_octets

    def covers(self, objects: int, octets: int) -> bool:
        """Whether more may come when so much waits for the furthest reader."""
        return objects < self.objects and octets < self.octets

    def left(self, objects: int, octets: int) -> tuple[int, int]:
        """What a source is asked for when so much waits: both at least 1."""
        return (
            max(self.objects - objects, self.objects // _LEAST_OBJECTS, 1),
            max(self.octets - octets, self.octets // _LEAST_OCTETS, 1),
        )

    def used(self, objects: int, octets: int) -> None:
        """A reader has taken so much at once."""
        if 2 * objects >= self.objects:
            self.objects = min(2 * self.objects, self._most_objects)
        if 2 * octets >= self.octets:
            self.octets = min(max(2 * self.octets, octets), self._most_octets)
