"""Turns: callers of one handle are served one after the other, in the order in which they came.

``asyncio.Lock`` is fair too, but a wait for it cannot end at a time without losing its place to a cancellation that
races with the release; here the end of the wait is part of the queue.
"""

from __future__ import annotations

import asyncio
from collections import deque

__all__ = ["Turns"]


class Turns:
    """A fair queue for one place; not taken at first."""

    __slots__ = ("_taken", "_waiting")

    def __init__(self) -> None:
        self._taken = False
        self._waiting: deque[asyncio.Future[bool]] = deque()

    @property
    def is_taken(self) -> bool:
        """Whether someone has the turn now."""
        return self._taken

    def take_now(self) -> bool:
        """Take the turn if nobody has it."""
        if self._taken:
            return False
        self._taken = True
        return True

    async def take(self, until: float | None = None) -> bool:
        """Wait for the turn until the time *until* of the loop's clock; False when it did not come."""
        if self.take_now():
            return True
        loop = asyncio.get_running_loop()
        place: asyncio.Future[bool] = loop.create_future()
        self._waiting.append(place)
        timer = None if until is None else loop.call_at(until, _leave, place)
        try:
            return await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.result():
                self.give()
            raise
        finally:
            if timer is not None:
                timer.cancel()

    def give(self) -> None:
        """Hand the turn to the next who waits."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(True)
                return
        self._taken = False


def _leave(place: asyncio.Future[bool]) -> None:
    if not place.done():
        place.set_result(False)
