"""The queue of one subscription: bounded, in order, and honest about what it could not hold. Brief 7.3.3, 7.4.5.

Rows of one layout that come after each other stay together.  When the queue is full, what comes is dropped and
counted, and one ``__EventQueueOverflowEvent`` stands in the place of all that is missing there (decision 0019).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cim.layout import InstanceLayout

    Values = tuple[object, ...]

__all__ = ["EventQueue"]


class EventQueue:
    """Rows that wait to be read.

    Attributes:
        limit: most rows that wait; at least 1.
        dropped: rows that came while it was full, since the start.
    """

    __slots__ = ("_chunks", "_gap", "_length", "dropped", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.dropped = 0
        self._chunks: deque[tuple[InstanceLayout, list[Values]]] = deque()
        self._length = 0
        # Whether the last thing in the queue is the sign of a gap.
        self._gap = False

    def __len__(self) -> int:
        return self._length

    def __bool__(self) -> bool:
        return bool(self._chunks)

    def put(self, layout: InstanceLayout, rows: Sequence[Values]) -> Values | None:
        """Take *rows*; when some did not fit, and those before them did, the first that was dropped."""
        room = self.limit - self._length
        if len(rows) <= room:
            self._append(layout, rows)
            return None
        if room > 0:
            self._append(layout, rows[:room])
        self.dropped += len(rows) - max(room, 0)
        return None if self._gap else rows[max(room, 0)]

    def mark_gap(self, layout: InstanceLayout, row: Values) -> None:
        """Put the sign that rows are missing here; it is there besides the limit."""
        self._chunks.append((layout, [row]))
        self._length += 1
        self._gap = True

    def _append(self, layout: InstanceLayout, rows: Sequence[Values]) -> None:
        if not rows:
            return
        if not self._gap and self._chunks and self._chunks[-1][0] is layout:
            self._chunks[-1][1].extend(rows)
        else:
            self._chunks.append((layout, list(rows)))
        self._gap = False
        self._length += len(rows)

    def take(self, count: int) -> tuple[InstanceLayout, list[Values]] | None:
        """Up to *count* rows of one layout from the front; None when nothing waits."""
        if not self._chunks:
            return None
        layout, rows = self._chunks[0]
        if len(rows) > count:
            taken = rows[:count]
            del rows[:count]
        else:
            self._chunks.popleft()
            taken = rows
        self._length -= len(taken)
        if not self._chunks:
            self._gap = False
        return layout, taken

    def clear(self) -> None:
        """Drop everything that waits; it does not count as dropped."""
        self._chunks.clear()
        self._length = 0
        self._gap = False
