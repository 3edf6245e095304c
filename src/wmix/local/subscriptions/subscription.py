"""Subscription: one event query of one caller, from its first moment to its release. [MS-WMI] 3.1.4.3.20, brief 7.3.

It exists, and holds what happens, from the moment in which it was asked for: what is written after ``open`` is not
missed although the query has yet to be checked.  ``start`` checks it and sets going what it needs; from then on it has
a bounded queue that its reader empties.  Closing it ends everything that nobody else needs.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from wmix.cim.instances import CimInstance
from wmix.errors import InvalidOperation, WmiError
from wmix.local.subscriptions.event_batch import EventBatch
from wmix.local.subscriptions.queue import EventQueue
from wmix.local.subscriptions.window import AGGREGATE, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.cim.layout import InstanceLayout
    from wmix.local.subscriptions.audience import Audience
    from wmix.local.subscriptions.event_query import EventQuery, Lens
    from wmix.local.subscriptions.manager import SubscriptionManager
    from wmix.port.backend import Scope
    from wmix.port.caller import Caller
    from wmix.port.events import Change

    Values = tuple[object, ...]

__all__ = ["Subscription", "make_window"]

_log = logging.getLogger("wmix.local.subscriptions")


class Subscription:
    """An event query that runs; made by :meth:`SubscriptionManager.open`, used on the engine's loop.

    Attributes:
        namespace: where its events happen.
        text: the query.
        error: why it ended; None while it runs and when it was closed.
    """

    def __init__(self, manager: SubscriptionManager, namespace: str, text: str, scope: Scope, max_queue: int) -> None:
        self.namespace = namespace
        self.text = text
        self.scope = scope
        self.error: WmiError | None = None
        self.query: EventQuery | None = None
        #: What the manager has it joined to: functions that undo it.
        self.leaving: list[Callable[[], None]] = []
        #: What happened before the query was checked; None afterwards.
        self.held: list[Change | tuple[InstanceLayout, Sequence[Values]]] | None = []
        self._manager = manager
        self._queue = EventQueue(max_queue)
        self._window: Window | None = None
        self._audience: Audience | None = None
        self._reader: asyncio.Future[None] | None = None
        self._closed = False
        self._missed = 0

    @property
    def caller(self) -> Caller:
        """Who subscribes."""
        return self.scope.caller

    @property
    def dropped(self) -> int:
        """Events that there was no room for, since the start."""
        return self._queue.dropped + self._missed + (0 if self._window is None else self._window.dropped)

    @property
    def is_closed(self) -> bool:
        """Whether it was released."""
        return self._closed

    def check(self) -> None:
        """See that it has not ended.

        Raises:
            WmiError: it has failed.
            InvalidOperation: it was closed.
        """
        if self.error is not None:
            raise self.error
        if self._closed:
            raise InvalidOperation("this subscription was closed", operation="ExecNotificationQuery")

    async def start(self) -> None:
        """Check the query and set going what it needs; it is complete when every baseline is there.

        Raises:
            WmiError: the query is wrong, cannot be served, or its provider failed; it is closed then.
        """
        try:
            await self._manager.start(self)
        except BaseException:
            self.close()
            raise

    def begin(self, query: EventQuery, audience: Audience, window: Callable[[Subscription], Window | None]) -> None:
        """From the manager: the query is right, events may come."""
        self.query = query
        self._audience = audience
        self._window = window(self)

    # -- the writing side

    def hold(self, happened: Change | tuple[InstanceLayout, Sequence[Values]]) -> None:
        """Keep what happened until the query was checked."""
        held = self.held
        if held is None:
            return
        if len(held) < self._queue.limit:
            held.append(happened)
        else:
            self._missed += 1

    def wants(self, layout: InstanceLayout) -> bool:
        """Whether events of that layout may be among its events."""
        return self.query is not None and self.query.lens(layout) is not None

    def offer(self, layout: InstanceLayout, rows: Sequence[Values]) -> None:
        """Take of *rows* what the query wants; never waits."""
        query = self.query
        if query is None or self._closed or self.error is not None:
            return
        lens = query.lens(layout)
        if lens is None:
            return
        if lens.test is not None:
            rows = list(filter(lens.test, rows))
        if self._audience is not None:
            rows = self._audience.of(layout, rows)
        if not rows:
            return
        if self._window is not None:
            self._window.add(layout, rows)
            self.scope.dropped = self.dropped
        else:
            self._put(lens.result, rows if lens.narrow is None else list(map(lens.narrow, rows)))

    def aggregated(self, layout: InstanceLayout, rows: Sequence[Values]) -> None:
        """Take the aggregates of a window."""
        self._put(layout, rows)

    def representative(self, event: CimInstance) -> CimInstance:
        """*event* as the select list shows it."""
        layout = event.layout_
        lens: Lens | None = None if self.query is None else self.query.lens(layout)
        if lens is None or lens.narrow is None:
            return event
        return CimInstance(lens.result, lens.narrow(tuple(event.raw_values_())))

    def _put(self, layout: InstanceLayout, rows: Sequence[Values]) -> None:
        before = self._queue.dropped
        first_dropped = self._queue.put(layout, rows)
        if first_dropped is not None:
            self._overflowed(CimInstance(layout, first_dropped))
        if self._queue.dropped != before:
            self.scope.dropped = self.dropped
        self._wake()

    def _overflowed(self, first: CimInstance) -> None:
        size = len(self._queue)
        layout, row = self._manager.overflow_event(self.namespace, first, size)
        self._queue.mark_gap(layout, row)
        _log.warning(
            "%s does not read its events fast enough: %d wait, others are dropped (%s)",
            self.caller.name,
            size,
            self.text,
        )
        self._manager.overflowed(self, layout, row)

    def fail(self, error: WmiError) -> None:
        """End with *error*, which comes after the events that are here."""
        if self._closed or self.error is not None:
            return
        self.error = error
        self._manager.forget(self)
        if self._window is not None:
            self._window.cancel()
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    # -- the reading side

    async def next_batch(self, limit: int = 100) -> EventBatch:
        """Up to *limit* events of one class: at least one, for which it waits. One reader at a time.

        Raises:
            WmiError: the subscription has failed, and all events before that were given.
            InvalidOperation: it was closed.
        """
        while not self._queue:
            self.check()
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        taken = self._queue.take(limit)
        if taken is None:
            raise RuntimeError("a queue that is not empty gave nothing")
        return EventBatch(*taken, None)

    async def next(self, limit: int = 100) -> list[CimInstance]:
        """Up to *limit* events; as :meth:`next_batch`."""
        batch = await self.next_batch(limit)
        return [event for event in batch.objects() if isinstance(event, CimInstance)]

    def close(self) -> None:
        """End it: no more events, and nothing runs for it any more. May be called again."""
        if self._closed:
            return
        self._closed = True
        self._manager.forget(self)
        if self._window is not None:
            self._window.cancel()
        self._queue.clear()
        self._wake()

    def __repr__(self) -> str:
        return f"<subscription of {self.caller.name} in {self.namespace}: {self.text}>"


def make_window(query: EventQuery, layout: InstanceLayout, limit: int) -> Callable[[Subscription], Window | None]:
    """What makes the window of a subscription to *query*; *layout* is that of ``__AggregateEvent``."""
    if layout.cls.name != AGGREGATE:
        raise ValueError(f"aggregates are instances of {AGGREGATE}, not of {layout.cls.name}")

    def make(subscription: Subscription) -> Window | None:
        if query.aggregation is None:
            return None
        return Window(
            query.aggregation,
            layout,
            narrow=subscription.representative,
            limit=limit,
            closed=lambda rows: subscription.aggregated(layout, rows),
        )

    return make
