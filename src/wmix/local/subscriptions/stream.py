"""The stream of a subscription: what the Backend's ``notify`` gives to a call. Brief 2.2.20.

The first batch is empty: it says that the query was found right and is in force.  The stream has no end of its own.
Closing it closes the subscription.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from wmix.port.batch import ObjectBatch

if TYPE_CHECKING:
    from wmix.local.subscriptions.subscription import Subscription
    from wmix.port.batch import Batch

__all__ = ["EventStream"]


class EventStream:
    """Batches of events as they happen."""

    def __init__(self, subscription: Subscription, limit: int) -> None:
        self._subscription = subscription
        self._limit = limit
        self._begun = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Batch:
        if not self._begun:
            self._begun = True
            await self._subscription.start()
            return ObjectBatch([])
        return await self._subscription.next_batch(self._limit)

    async def aclose(self) -> None:
        """End the subscription."""
        self._subscription.close()
