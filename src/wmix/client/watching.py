"""Watch handles: event queries, read like queries that have no end. Design, section 3.

A handle is iterated, or read in portions; it ends when it is cancelled, after ``stop_after`` events, by its deadline,
or by an error, which comes after the events before it.  Events that came faster than they were read, and for which its
queue had no room, are counted in ``dropped``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wmix.client.handles import AsyncQuery, Query
from wmix.errors import InvalidParameter

if TYPE_CHECKING:
    import builtins

    from wmix.client.streams import Stream
    from wmix.engine.portal import Portal
    from wmix.port.batch import Batch, InstanceFactory

__all__ = ["AsyncWatch", "Watch"]

#: Events asked for at once while a handle is iterated: those that are there, and one if there is none.
_PORTION = 100


class AsyncWatch(AsyncQuery[Any]):
    """The handle of an event query on an :class:`~wmix.client.asynchronous.AsyncClient`."""

    def __init__(
        self,
        stream: Stream,
        *,
        make: InstanceFactory,
        timeout: float,
        batch: int | None,
        stop_after: int | None,
        what: str,
    ) -> None:
        if stop_after is not None and stop_after < 1:
            raise InvalidParameter(f"stop_after is at least 1, not {stop_after}")
        super().__init__(stream, make=make, convert=None, timeout=timeout, batch=batch, what=what)
        self._stop_after = stop_after

    @property
    def dropped(self) -> int:
        """Events that were lost because the queue was full."""
        return self._stream.dropped

    async def next_batch(self, n: int = 100, timeout: float | None = None) -> builtins.list[Any]:
        """Up to *n* events: when *n* are there, when the subscription has ended, or after *timeout* seconds.

        A timeout raises nothing: the list is short, and ``exhausted`` tells whether more can come.

        Raises:
            WmiError: the subscription failed, and every event before the failure was given before.
        """
        return await super().next_batch(_left(n, self.received, self._stop_after), timeout)

    def _count(self) -> int:
        return _left(self._batch or _PORTION, self.received, self._stop_after)

    def _objects(self, batches: builtins.list[Batch]) -> builtins.list[Any]:
        found = super()._objects(batches)
        if self._stop_after is not None and self.received >= self._stop_after:
            self.cancel()
        return found


class Watch(Query[Any]):
    """The handle of an event query on a :class:`~wmix.client.blocking.Client`."""

    def __init__(self, inner: AsyncWatch, portal: Portal) -> None:
        super().__init__(inner, portal)
        self._stop_after = inner._stop_after

    @property
    def dropped(self) -> int:
        """Events that were lost because the queue was full."""
        return self._stream.dropped

    def next_batch(self, n: int = 100, timeout: float | None = None) -> builtins.list[Any]:
        """Up to *n* events: when *n* are there, when the subscription has ended, or after *timeout* seconds.

        A timeout raises nothing: the list is short, and ``exhausted`` tells whether more can come.

        Raises:
            WmiError: the subscription failed, and every event before the failure was given before.
        """
        return super().next_batch(_left(n, self.received, self._stop_after), timeout)

    def _count(self) -> int:
        return _left(self._batch or _PORTION, self.received, self._stop_after)

    def _objects(self, batches: builtins.list[Batch]) -> builtins.list[Any]:
        found = super()._objects(batches)
        if self._stop_after is not None and self.received >= self._stop_after:
            self.cancel()
        return found


def _left(wanted: int, received: int, stop_after: int | None) -> int:
    """How many of the *wanted* events may still be taken; at least 1, as who asks after the end gets none anyway."""
    return wanted if stop_after is None else min(wanted, max(1, stop_after - received))
