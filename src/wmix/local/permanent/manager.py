"""PermanentSubscriptions: keeps what is in force equal to what the repository says. Brief 7.4.1.

Whatever is written to filters, consumers, bindings and registrations has everything read again and compared: a binding
that is new, whole and right comes into force, one that is gone or wrong ends.  A write made through this engine returns
when that is done, so that what happens next is caught; what other processes write to the same repository is seen within
``LOOK`` seconds.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from wmix.cim.instances import CimInstance
from wmix.errors import WmiError
from wmix.local.permanent.consumer_run import ConsumerRun, Counts, Reporter
from wmix.local.permanent.definitions import Binding, Inactive, read_bindings
from wmix.local.permanent.failures import DROPPED, failure_event, overflow_event
from wmix.local.permanent.filter_run import FilterRun
from wmix.local.permanent.registrations import PROVIDER, REGISTRATION, put_standard_registrations
from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from wmix.local.permanent.definitions import Consumer, Filter
    from wmix.local.system import LocalSystem
    from wmix.port.events import Change

__all__ = ["LOOK", "BindingState", "PermanentSubscriptions"]

_log = logging.getLogger("wmix.local.permanent")

#: Seconds between two looks at what other processes have written.
LOOK: Final = 10.0

_CONCERNED: Final = frozenset({"__EventFilter", "__EventConsumer", "__FilterToConsumerBinding", PROVIDER, REGISTRATION})


class BindingState(Record):
    """A binding as it stands: in force, or why not; the counts are those of its consumer."""

    path: str
    reason: str | None
    counts: Counts = Counts()

    @property
    def is_active(self) -> bool:
        """Whether it is in force."""
        return self.reason is None


class PermanentSubscriptions:
    """The permanent subscriptions of one local engine; to be used on its loop."""

    def __init__(self, system: LocalSystem) -> None:
        self._system = system
        self._filters: dict[Filter, FilterRun] = {}
        self._consumers: dict[str, ConsumerRun] = {}
        self._bindings: list[Binding] = []
        self._inactive: dict[str, str] = {}
        self._found: Sequence[Binding | Inactive] | None = None
        self._is_stale = False
        self._is_forced = False
        self._work: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._telling: set[asyncio.Task[None]] = set()
        self._stop_listening: Callable[[], None] | None = None
        self._reporter = Reporter(self._failed, self._overflowed)
        self._closed = False

    async def start(self) -> None:
        """Bring into force what there is, and follow what is written from now on. May be called again."""
        if self._stop_listening is not None or self._closed:
            return
        self._stop_listening = self._system.subscriptions.changes(self._heard)
        self._looking = asyncio.get_running_loop().create_task(self._look())
        # All of it is work that is waited for: also who writes while this goes on has to find it done.
        self._is_stale = self._is_forced = True
        self._work = asyncio.get_running_loop().create_task(self._begin())
        await self.settled()

    async def _begin(self) -> None:
        await put_standard_registrations(self._system)
        await self._compare()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            self._touch(forced=False)

    async def settled(self) -> None:
        """Wait, at most ``Timeouts.phase`` seconds, until what was written until now is in force."""
        try:
            async with asyncio.timeout(self._system.settings.timeouts.phase):
                while self._work is not None:
                    await asyncio.wait({self._work})
        except TimeoutError:
            _log.warning("permanent subscriptions are not in force yet: a filter takes long to begin")

    def states(self) -> list[BindingState]:
        """Every binding, in the order in which they were found."""
        found = []
        for binding in self._bindings:
            run = self._filters.get(binding.filter)
            consumer = self._consumers.get(binding.consumer.path.casefold())
            error = None if run is None else run.error
            counts = Counts() if consumer is None else consumer.counts
            found.append(BindingState(binding.path, None if error is None else error.detail, counts))
        return found + [BindingState(path, reason) for path, reason in self._inactive.items()]

    # -- what is written

    def _heard(self, changes: Sequence[Change]) -> None:
        if any(self._concerns(change) for change in changes):
            self._touch()

    @staticmethod
    def _concerns(change: Change) -> bool:
        if change.kind != "instance":
            # A class or a namespace that a filter waits for, or that it stands on.
            return True
        touched = change.previous if change.current is None else change.current
        if not isinstance(touched, CimInstance):
            return False
        # This is asked of every write: system classes are spelled as they were defined.
        cls = touched.class_
        return cls.name in _CONCERNED or not _CONCERNED.isdisjoint(cls.derivation)

    def _touch(self, *, forced: bool = True) -> None:
        self._is_stale = True
        self._is_forced |= forced
        if self._work is None and not self._closed:
            self._work = asyncio.get_running_loop().create_task(self._compare())

    async def _compare(self) -> None:
        try:
            while self._is_stale:
                forced, self._is_stale, self._is_forced = self._is_forced, False, False
                found = await read_bindings(self._system)
                # What has not changed may still be tried again: a class may be there now that a filter waits for.
                if forced or found != self._found:
                    await self._apply(found)
                self._found = found
        except Exception as error:  # noqa: BLE001 - the next change has them read again
            _log.error("permanent subscriptions cannot be read; they stay as they are", exc_info=error)
        finally:
            self._work = None

    async def _apply(self, found: Sequence[Binding | Inactive]) -> None:
        limit = self._system.settings.limits.bindings
        bindings = [binding for binding in found if isinstance(binding, Binding)]
        inactive = {binding.path: binding.reason for binding in found if isinstance(binding, Inactive)}
        for binding in bindings[limit:]:
            inactive[binding.path] = f"{limit} bindings are in force already; raise Limits.bindings"
        self._bindings = bindings[:limit]
        self._report(inactive)
        self._end_what_is_gone()
        new = [self._filter(held) for held in dict.fromkeys(binding.filter for binding in self._bindings)]
        for run in self._filters.values():
            run.consumers = {}
        for binding in self._bindings:
            self._filters[binding.filter].consumers[binding.consumer.path.casefold()] = self._consumer(binding.consumer)
        waiting = [asyncio.ensure_future(run.settled()) for run in new]
        if waiting:
            # A slow first poll must not keep everything else from being compared.
            _, late = await asyncio.wait(waiting, timeout=self._system.settings.timeouts.phase)
            for task in late:
                task.cancel()

    def _report(self, inactive: dict[str, str]) -> None:
        for path, reason in inactive.items():
            if self._inactive.get(path) != reason:
                _log.error("event 10: the binding %s is not in force: %s", path, reason)
        self._inactive = inactive

    def _end_what_is_gone(self) -> None:
        filters = {binding.filter for binding in self._bindings}
        for held in [held for held in self._filters if held not in filters]:
            self._filters.pop(held).close()
        consumers = {binding.consumer.path.casefold() for binding in self._bindings}
        for path in [path for path in self._consumers if path not in consumers]:
            run = self._consumers.pop(path)
            _log.info("%s is gone: %s", path, run.counts)
            lost = run.close()
            if lost:
                _log.warning("%s is gone: %d events that waited for it are dropped", path, lost)

    def _filter(self, held: Filter) -> FilterRun:
        run = self._filters.get(held)
        if run is None:
            run = self._filters[held] = FilterRun(held, self._system)
        elif run.error is not None:
            run.retry()
        return run

    def _consumer(self, held: Consumer) -> ConsumerRun:
        run = self._consumers.get(held.path.casefold())
        if run is None:
            run = ConsumerRun(held, self._system.host, self._system.settings, self._reporter)
            self._consumers[held.path.casefold()] = run
        run.consumer = held
        return run

    # -- what was not delivered

    def _failed(self, consumer: Consumer, event: CimInstance, error: WmiError) -> None:
        if not event.class_.inherits_from(DROPPED):
            schema, namespace = self._system.schema, consumer.namespace
            self._tell(failure_event(schema, namespace, event, consumer.path, consumer.definition, error), namespace)

    def _overflowed(self, consumer: Consumer, event: CimInstance, size: int) -> None:
        if not event.class_.inherits_from(DROPPED):
            made = overflow_event(self._system.schema, consumer.namespace, event, consumer.path, size)
            self._tell(made, consumer.namespace)

    def _tell(self, made: Coroutine[None, None, CimInstance], namespace: str) -> None:
        async def tell() -> None:
            try:
                self._system.subscriptions.publish(namespace, await made)
            except WmiError as error:
                _log.error("an event about a failed consumer could not be made: %s", error)

        task = asyncio.get_running_loop().create_task(tell())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    # -- the end

    async def close(self) -> None:
        """End everything; what waits is delivered for at most ``Timeouts.exit`` seconds."""
        self._closed = True
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
        for task in (self._work, self._looking):
            if task is not None:
                task.cancel()
        for run in self._filters.values():
            run.close()
        self._filters.clear()
        for path, consumer in self._consumers.items():
            _log.info("%s ends: %s", path, consumer.counts)
        timeout = self._system.settings.timeouts.exit
        lost = await asyncio.gather(*[run.finish(timeout) for run in self._consumers.values()])
        if sum(lost):
            _log.error("%d events for permanent consumers are lost: the engine is closed", sum(lost))
        self._consumers.clear()
        self._bindings.clear()
