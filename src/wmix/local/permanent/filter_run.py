"""The events of one filter, for all consumers that are bound to it. Brief 7.4.1 to 7.4.3.

The query runs as an event query of the engine's own.  A filter whose query cannot be served now, or fails later, is
reported as event 10 and tried again: when something that it may depend on has changed, and every minute.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from wmix.cim.instances import CimInstance
from wmix.errors import AccessDenied, WmiError
from wmix.local.permanent.failures import DROPPED
from wmix.local.rights import require
from wmix.port.backend import Scope
from wmix.port.caller import Rights

if TYPE_CHECKING:
    from wmix.local.permanent.consumer_run import ConsumerRun
    from wmix.local.permanent.definitions import Filter
    from wmix.local.subscriptions.subscription import Subscription
    from wmix.local.system import LocalSystem

__all__ = ["AGAIN", "FilterRun"]

_log = logging.getLogger("wmix.local.permanent")

#: Seconds after which a filter that failed is tried again.
AGAIN: Final = 60.0


class FilterRun:
    """Takes the events of one filter; used on the engine's loop.

    Attributes:
        consumers: who gets the events, by path.
        error: why it is not in force now; None when it is, or has not been tried yet.
    """

    def __init__(self, held: Filter, system: LocalSystem) -> None:
        self.filter = held
        self.consumers: dict[str, ConsumerRun] = {}
        self.error: WmiError | None = None
        self._system = system
        self._settled = asyncio.Event()
        self._again = asyncio.Event()
        self._subscription: Subscription | None = None
        self._open()
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def settled(self) -> None:
        """Wait until the query is in force, or known not to be."""
        await self._settled.wait()

    def retry(self) -> None:
        """Try again now, when it is not in force."""
        self._again.set()

    def close(self) -> None:
        """End it."""
        self._task.cancel()
        if self._subscription is not None:
            self._subscription.close()

    def _open(self) -> None:
        """From this moment on events are held."""
        try:
            self._subscription = self._system.subscriptions.open(
                self.filter.namespace, self.filter.query, self.filter.caller
            )
        except WmiError as error:
            self._fail(error)

    async def _run(self) -> None:
        while True:
            try:
                if self._subscription is not None:
                    await self._take(self._subscription)
            except WmiError as error:
                self._fail(error)
            except Exception as error:  # noqa: BLE001 - one filter must not end the others
                _log.error("the filter %s failed inside the engine", self.filter.path, exc_info=error)
                self._fail(WmiError(f"{type(error).__name__}: {error}"))
            self._again.clear()
            try:
                async with asyncio.timeout(AGAIN):
                    await self._again.wait()
            except TimeoutError:
                pass
            self._settled.clear()
            self._open()

    async def _take(self, subscription: Subscription) -> None:
        await self._check_rights()
        await subscription.start()
        query = subscription.query
        if query is not None and query.within is not None and not self.filter.caller.is_administrator:
            raise AccessDenied("only an administrator's filter may have classes polled (WITHIN)")
        if self.error is not None:
            _log.info("the filter %s is in force again", self.filter.path)
        self.error = None
        self._settled.set()
        asked = "" if query is None else query.cls.name
        while True:
            batch = await subscription.next_batch()
            for consumer in tuple(self.consumers.values()):
                # Each gets events of its own: what it does to them is seen by nobody else.
                events = [event for event in batch.objects() if isinstance(event, CimInstance)]
                # The sign of a gap is for who asked for it; others have events of another shape to deal with.
                consumer.offer([event for event in events if _is_asked_for(event, asked)])

    async def _check_rights(self) -> None:
        """See that whoever has put the filter may read where it asks."""
        caller = self.filter.caller
        place = self._system.open(self.filter.namespace)
        granted = await place.login(Scope(caller))
        if granted is not None:
            require(caller.replace(rights=caller.rights & granted), Rights.ENABLE, place.namespace)

    def _fail(self, error: WmiError) -> None:
        if self._subscription is not None:
            self._subscription.close()
            self._subscription = None
        if self.error is None or self.error.detail != error.detail:
            _log.error(
                'event 10: the filter %s with the query "%s" is not in force in %s: %s',
                self.filter.path,
                self.filter.query,
                self.filter.namespace,
                error,
            )
        self.error = error
        self._settled.set()


def _is_asked_for(event: CimInstance, class_name: str) -> bool:
    """Whether *event* is of the class after FROM, or an aggregate, and not the sign of a gap in the queue."""
    cls = event.class_
    return cls.inherits_from(class_name) or not cls.inherits_from(DROPPED)
