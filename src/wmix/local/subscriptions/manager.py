"""SubscriptionManager: all event queries of one local engine. [MS-WMI] 3.1.4.3.20, brief 7.

It listens to the repository while anybody subscribes, and has what was written turned into events once, whoever wants
them.  Polls and sources are feeds, one for all who need the same.  All of it runs on the event loop of the engine,
except the listening itself, which comes over from any thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

from wmix.cim.layout import UNSET
from wmix.errors import InvalidOperation, QuotaExceeded, error_for
from wmix.local.subscriptions.audience import audience_of
from wmix.local.subscriptions.coverage import find_coverage
from wmix.local.subscriptions.event_query import parse_event_query
from wmix.local.subscriptions.feeds import Feeds
from wmix.local.subscriptions.intrinsic import KINDS, filetime
from wmix.local.subscriptions.polling import Poll
from wmix.local.subscriptions.room import OVERFLOW, Room
from wmix.local.subscriptions.subscription import Subscription, make_window
from wmix.local.subscriptions.telling import SourceRun, ToldChanges, stamped
from wmix.local.subscriptions.window import AGGREGATE
from wmix.port.backend import Scope
from wmix.port.caller import Caller, Rights
from wmix.status import WBEM_E_NOT_EVENT_CLASS

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from wmix.cim.classes import CimClass
    from wmix.cim.instances import CimInstance
    from wmix.cim.layout import InstanceLayout
    from wmix.local.namespace import LocalNamespace
    from wmix.local.subscriptions.coverage import Coverage
    from wmix.local.subscriptions.feeds import Feed
    from wmix.local.system import LocalSystem
    from wmix.port.events import Change, ChangeListener
    from wmix.providers.host import HostedProvider
    from wmix.providers.registration import EventDefinition

    Values = tuple[object, ...]

__all__ = ["SubscriptionManager"]

#: For whom a poll reads: it serves many, so that nobody's own rights count.
_POLLER = Caller("wmix", rights=Rights.READ)
#: Who is told of the overflow of other people's queues (7.4.5).
_ADMINISTRATION = Rights.FULL_WRITE


class SubscriptionManager:
    """The subscriptions of one local engine; to be used on its loop.

    Args:
        clock: seconds since 1970, for the times in events.
    """

    def __init__(self, system: LocalSystem, *, clock: Callable[[], float] = time.time) -> None:
        self._system = system
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._rooms: dict[str, Room] = {}
        self._feeds: Feeds[Feed] = Feeds()
        self._users: dict[str, int] = {}
        self._stop_listening: Callable[[], None] | None = None
        self._closed = False

    # -- subscribing

    def open(
        self, namespace: str, text: str, caller: Caller, *, max_queue: int | None = None, scope: Scope | None = None
    ) -> Subscription:
        """A subscription to the event query *text*, which holds what happens from now on; ``start`` checks it.

        Args:
            max_queue: events that may wait to be read; by default ``Limits.event_queue``.
            scope: the call that it serves; it is told of dropped events.

        Raises:
            QuotaExceeded: the caller has ``Limits.subscriptions_per_user`` already.
            InvalidOperation: the engine is closed.
        """
        if self._closed:
            raise InvalidOperation("the engine is closed", hint="connect anew")
        limits = self._system.settings.limits
        user = caller.name.casefold()
        if self._users.get(user, 0) >= limits.subscriptions_per_user:
            raise QuotaExceeded(
                f"{caller.name} has {limits.subscriptions_per_user} event queries running",
                hint="release some, or raise Limits.subscriptions_per_user",
            )
        self._users[user] = self._users.get(user, 0) + 1
        place = self._system.open(namespace)
        subscription = Subscription(
            self, place.namespace, text, scope or Scope(caller), max_queue or limits.event_queue
        )
        self._room(place).admit(subscription)
        if self._stop_listening is None:
            self._stop_listening = self.changes(self._written)
        return subscription

    async def start(self, subscription: Subscription) -> None:
        """Check the query of *subscription* and set going what it needs; see ``Subscription.start``."""
        subscription.check()
        room = self._rooms[subscription.namespace.casefold()]
        place = room.place
        await place.login(subscription.scope)
        await room.prepare()
        query = await parse_event_query(
            subscription.text,
            place.namespace,
            place.schema,
            max_terms=place.settings.limits.max_predicate_terms,
        )
        coverage = await find_coverage(place, query, room.layouts)
        audience = await audience_of(place, subscription.caller)
        # Its namespace may have been deleted meanwhile, or its reader have gone.
        subscription.check()
        # From here to the last join nothing else runs: what happens is either held or seen.
        window = make_window(query, room.layouts[AGGREGATE], place.settings.limits.event_queue)
        subscription.begin(query, audience, window)
        room.activate(subscription)
        await asyncio.gather(*self._join(subscription, room, coverage))
        subscription.check()

    def _join(self, subscription: Subscription, room: Room, coverage: Coverage) -> list[asyncio.Future[None]]:
        """Take part in every feed that is needed."""
        place = room.place
        interval = 0.0 if subscription.query is None else subscription.query.within or 0.0
        scope = subscription.scope.for_caller(_POLLER)

        def poll(cls: CimClass, provider: HostedProvider) -> Feed:
            kinds = frozenset(KINDS) - provider.definition.tells
            return Poll(place, cls, interval, kinds=kinds, events=room.events, scope=scope)

        def told(cls: CimClass, provider: HostedProvider) -> Feed:
            return ToldChanges(place, cls, provider, events=room.events, wanted=room.wants)

        def source(cls: CimClass, definition: EventDefinition) -> Feed:
            return SourceRun(place, cls, definition, deliver=room.deliver, clock=self._clock, wanted=room.wants)

        needed: list[tuple[Hashable, Callable[[], Feed]]] = []
        for cls, provider in coverage.polled:
            needed.append((("poll", cls.name.casefold(), interval), partial(poll, cls, provider)))
        for cls, provider in coverage.told:
            needed.append((("changes", cls.name.casefold()), partial(told, cls, provider)))
        for cls, definition in coverage.sources:
            needed.append((("events", cls.name.casefold()), partial(source, cls, definition)))
        waiters = []
        for what, make in needed:
            key = (place.namespace.casefold(), what)
            subscription.leaving.append(partial(self._feeds.leave, key, subscription))
            waiters.append(self._feeds.join(key, make, subscription))
        return waiters

    def forget(self, subscription: Subscription) -> None:
        """*subscription* has ended: what only it needed ends too."""
        leaving, subscription.leaving = subscription.leaving, []
        for leave in leaving:
            leave()
        key = subscription.namespace.casefold()
        room = self._rooms.get(key)
        if room is None or not room.forget(subscription):
            return
        user = subscription.caller.name.casefold()
        self._users[user] -= 1
        if not self._users[user]:
            del self._users[user]
        if room.is_empty:
            del self._rooms[key]
        if not self._rooms and self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None

    @property
    def feeds(self) -> int:
        """How many polls and sources run."""
        return len(self._feeds)

    # -- what happens

    def changes(self, listener: ChangeListener) -> Callable[[], None]:
        """Tell *listener*, on the engine's loop, every write that is committed from now on."""

        def heard(changes: Sequence[Change]) -> None:
            if threading.get_ident() == self._thread:
                listener(changes)
                return
            # An engine that is closed has nobody left to tell.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(listener, changes)

        return self._system.repository.changes(heard)

    def _written(self, changes: Sequence[Change]) -> None:
        for change in changes:
            room = self._rooms.get(change.namespace.casefold())
            if room is not None:
                room.take(change)
            if change.kind == "namespace" and isinstance(change.previous, str):
                gone = self._rooms.get(change.previous.casefold())
                if gone is not None:
                    gone.vanish()

    def publish(self, namespace: str, event: CimInstance) -> None:
        """Give an event of the engine's own to everybody in *namespace* who subscribes to its kind."""
        room = self._rooms.get(namespace.casefold())
        if room is not None:
            layout = event.class_.layout
            values = dict(zip(event.layout_.names, event.raw_values_(), strict=True))
            row = tuple([values.get(name, UNSET) for name in layout.names])
            room.deliver(layout, [stamped(layout, row, self._clock)])

    async def accept(self, place: LocalNamespace, events: Sequence[CimInstance]) -> None:
        """Give the events of a caller (QueryObjectSink) to everybody in its namespace who subscribes: all, or none.

        Raises:
            InvalidClass: there is no such class.
            WmiError: WBEM_E_NOT_EVENT_CLASS for an object that is no extrinsic event.
        """
        ready: list[tuple[InstanceLayout, Values]] = []
        for event in events:
            cls = await place.schema.resolve(place.namespace, event.class_name_)
            if not cls.inherits_from("__ExtrinsicEvent") or cls.inherits_from("__SystemEvent"):
                raise error_for(
                    WBEM_E_NOT_EVENT_CLASS,
                    f"{cls.name} is no extrinsic event: callers publish events of classes below __ExtrinsicEvent",
                )
            given = {
                name: value
                for name, value in zip(event.layout_.names, event.raw_values_(), strict=True)
                if value is not UNSET
            }
            row = place.planner.builder(cls.layout)(given)
            ready.append((cls.layout, stamped(cls.layout, row, self._clock)))
        room = self._rooms.get(place.namespace.casefold())
        if room is not None:
            for layout, row in ready:
                room.deliver(layout, [row])

    # -- queues that overflow

    def overflow_event(self, namespace: str, first: CimInstance, size: int) -> tuple[InstanceLayout, Values]:
        """The event that says that *first*, and perhaps more, had no place in a queue of *size* events."""
        layout = self._rooms[namespace.casefold()].layouts[OVERFLOW]
        values: list[object] = list(layout.unset)
        values[layout.exact["TIME_CREATED"]] = filetime(self._clock())
        values[layout.exact["Event"]] = first
        values[layout.exact["CurrentQueueSize"]] = size
        return layout, tuple(values)

    def overflowed(self, subscription: Subscription, layout: InstanceLayout, row: Values) -> None:
        """Tell those who look after the machine that the queue of *subscription* has overflowed."""
        room = self._rooms.get(subscription.namespace.casefold())
        if room is not None:
            room.deliver(
                layout,
                [row],
                to=lambda other: other is not subscription and not other.caller.lacks(_ADMINISTRATION),
            )

    # -- the end

    def _room(self, place: LocalNamespace) -> Room:
        key = place.namespace.casefold()
        room = self._rooms.get(key)
        if room is None:
            room = self._rooms[key] = Room(place, self._clock)
        return room

    async def close(self) -> None:
        """End everything, within ``Timeouts.provider_close`` seconds for what has to be closed."""
        self._closed = True
        for room in list(self._rooms.values()):
            room.close()
        await self._feeds.close(self._system.settings.timeouts.provider_close)
