"""The deliveries to one consumer: one after the other, in order, tried again within limits. Brief 7.4.4, 7.4.5.

Events wait in a queue of ``Limits.consumer_queue``, or of ``MaximumQueueSize`` octets where the consumer says so; what
finds no room is dropped, counted and told once per gap.  A delivery that fails is tried ``Limits.consumer_attempts``
times, with ``Timeouts.consumer_retry`` seconds before the second time and twice as many before each further one,
unless the error says that it will never succeed.  Then the event is counted as failed and logged, and a
``__ConsumerFailureEvent`` happens.  Other consumers are not held up by any of this.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Any

from wmix.errors import (
    AccessDenied,
    DeadlineExceeded,
    InvalidClass,
    InvalidParameter,
    NotSupported,
    ProviderError,
    TypeMismatch,
    WmiError,
)
from wmix.mof.printer import instance_text
from wmix.providers.consumers import Delivery
from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.cim.instances import CimInstance
    from wmix.config import Settings
    from wmix.local.permanent.definitions import Consumer
    from wmix.providers.host import ProviderHost

__all__ = ["ConsumerRun", "Counts", "Reporter"]

_log = logging.getLogger("wmix.local.permanent")

#: Errors that a further try does not mend.
_FINAL = (AccessDenied, InvalidClass, InvalidParameter, NotSupported, TypeMismatch)


class Counts(Record):
    """What became of the events of one consumer since it is in force."""

    delivered: int = 0
    failed: int = 0
    dropped: int = 0
    retried: int = 0
    waiting: int = 0


class Reporter:
    """Who is told of events that were not delivered; the manager's part."""

    def __init__(
        self,
        failed: Callable[[Consumer, CimInstance, WmiError], Any],
        overflowed: Callable[[Consumer, CimInstance, int], Any],
    ) -> None:
        self.failed = failed
        self.overflowed = overflowed


class ConsumerRun:
    """Delivers to one consumer; used on the engine's loop."""

    def __init__(self, consumer: Consumer, host: ProviderHost, settings: Settings, reporter: Reporter) -> None:
        self.consumer = consumer
        self._host = host
        self._settings = settings
        self._reporter = reporter
        self._queue: deque[tuple[CimInstance, int]] = deque()
        self._octets = 0
        self._is_full = False
        self._task: asyncio.Task[None] | None = None
        self._delivered = self._failed = self._dropped = self._retried = 0

    @property
    def counts(self) -> Counts:
        """What became of its events."""
        waiting = len(self._queue) + (self._task is not None)
        return Counts(self._delivered, self._failed, self._dropped, self._retried, waiting)

    def offer(self, events: Sequence[CimInstance]) -> None:
        """Take *events*, which nobody else holds; never waits."""
        limit = self._settings.limits.consumer_queue
        most: int | None = self.consumer.instance.get_("MaximumQueueSize")
        for event in events:
            octets = len(instance_text(event)) if most else 0
            if len(self._queue) >= limit or (most and self._queue and self._octets + octets > most):
                self._drop(event)
                continue
            self._is_full = False
            self._queue.append((event, octets))
            self._octets += octets
        if self._queue and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._drain())

    def _drop(self, event: CimInstance) -> None:
        self._dropped += 1
        if not self._is_full:
            self._is_full = True
            size = len(self._queue)
            _log.warning("%s: %d events wait, others are dropped", self.consumer.path, size)
            self._reporter.overflowed(self.consumer, event, size)

    async def _drain(self) -> None:
        try:
            while self._queue:
                event, octets = self._queue.popleft()
                self._octets -= octets
                await self._deliver(event)
        finally:
            self._task = None

    async def _deliver(self, event: CimInstance) -> None:
        delay = self._settings.timeouts.consumer_retry
        attempt = 1
        while True:
            error = await self._try(event, attempt)
            if error is None:
                self._delivered += 1
                return
            if isinstance(error, _FINAL) or attempt >= self._settings.limits.consumer_attempts:
                self._failed += 1
                _log.error("%s: %s could not be delivered: %s", self.consumer.path, event.class_name_, error)
                self._reporter.failed(self.consumer, event, error)
                return
            _log.info("%s: delivery %d failed, again in %g s: %s", self.consumer.path, attempt, delay, error)
            await asyncio.sleep(delay)
            self._retried += 1
            attempt += 1
            delay *= 2

    async def _try(self, event: CimInstance, attempt: int) -> WmiError | None:
        """Deliver once; why it failed, or None."""
        # Read anew each time: the consumer may have been put again meanwhile.
        consumer, seconds = self.consumer, self._settings.timeouts.consumer
        delivery = Delivery(event, consumer.instance, self._settings, attempt)
        try:
            async with asyncio.timeout(seconds) as timeout:
                await self._host.run(consumer.definition.function, delivery)
        except WmiError as error:
            return error
        except TimeoutError as error:
            if timeout.expired():
                return DeadlineExceeded(f"the consumer did not return within {seconds:g} s")
            return _wrapped(error, consumer)
        except Exception as error:  # noqa: BLE001 - whatever a consumer raises is its failure
            return _wrapped(error, consumer)
        return None

    async def finish(self, timeout: float) -> int:
        """Deliver what waits, for at most *timeout* seconds; how many events are lost."""
        task = self._task
        if task is not None:
            await asyncio.wait({task}, timeout=timeout)
        return self.close()

    def close(self) -> int:
        """End deliveries; how many events are lost: those that wait, and one that is on its way."""
        task, lost = self._task, len(self._queue)
        self._queue.clear()
        if task is not None:
            lost += 1
            task.cancel()
        return lost


def _wrapped(error: Exception, consumer: Consumer) -> WmiError:
    definition = consumer.definition
    wrapped = ProviderError(
        f"the consumer {definition.name} raised {type(error).__name__}: {error}",
        provider=definition.name,
        class_name=definition.class_name,
    )
    wrapped.__cause__ = error
    return wrapped
