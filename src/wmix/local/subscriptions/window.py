"""The window of a GROUP clause: events are counted while it is open, aggregates come when it closes. Brief 5.7.5.

The first event opens it; after ``GROUP WITHIN`` seconds there is one ``__AggregateEvent`` per group that HAVING
accepts, with the number of its events and the first of them as its representative, and the next event opens the next
window.  Groups beyond a limit are not begun: their events are dropped and counted.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from wmix.cim.instances import CimInstance

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from wmix.cim.layout import InstanceLayout
    from wmix.wql.events import Aggregation

    Values = tuple[object, ...]

__all__ = ["AGGREGATE", "Window"]

AGGREGATE = "__AggregateEvent"


class _Tally:
    __slots__ = ("count", "representative")

    def __init__(self, representative: CimInstance) -> None:
        self.count = 0
        self.representative = representative


class Window:
    """Counts events by group.

    Args:
        layout: of ``__AggregateEvent``.
        narrow: cuts an event down to the select list.
        limit: most groups of one window.
        closed: gets the rows of the aggregates, at the end of each window that has some.
    """

    def __init__(
        self,
        aggregation: Aggregation,
        layout: InstanceLayout,
        *,
        narrow: Callable[[CimInstance], CimInstance],
        limit: int,
        closed: Callable[[list[Values]], None],
    ) -> None:
        self._aggregation = aggregation
        self._layout = layout
        self._narrow = narrow
        self._limit = limit
        self._closed = closed
        self._groups: dict[Hashable, _Tally] = {}
        self._timer: asyncio.TimerHandle | None = None
        #: Events whose group could not be begun, since the start.
        self.dropped = 0

    def add(self, layout: InstanceLayout, rows: Sequence[Values]) -> None:
        """Count events that satisfy the query."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._aggregation.within, self._close)
        groups = self._groups
        for row in rows:
            event = CimInstance(layout, row)
            key = self._aggregation.group_key(event)
            tally = groups.get(key)
            if tally is None:
                if len(groups) >= self._limit:
                    self.dropped += 1
                    continue
                tally = groups[key] = _Tally(self._narrow(event))
            tally.count += 1

    def _close(self) -> None:
        self._timer = None
        groups, self._groups = self._groups, {}
        number, representative = self._layout.exact["NumberOfEvents"], self._layout.exact["Representative"]
        rows = []
        for tally in groups.values():
            if self._aggregation.having_accepts(tally.count):
                values: list[object] = list(self._layout.unset)
                values[number], values[representative] = tally.count, tally.representative
                rows.append(tuple(values))
        if rows:
            self._closed(rows)

    def cancel(self) -> None:
        """Forget the open window."""
        self._groups.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
