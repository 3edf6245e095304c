"""A room: one namespace that somebody subscribes in, its event classes, and who is told of what happens there.

Events are made of what happened once, and only of what somebody wants.  Subscriptions whose query is not checked yet
hold what happens as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.errors import InvalidNamespace
from wmix.local.subscriptions.intrinsic import INTRINSIC, IntrinsicEvents
from wmix.local.subscriptions.window import AGGREGATE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.cim.classes import CimClass
    from wmix.cim.layout import InstanceLayout
    from wmix.local.namespace import LocalNamespace
    from wmix.local.subscriptions.subscription import Subscription
    from wmix.port.events import Change

    Values = tuple[object, ...]

__all__ = ["OVERFLOW", "Room"]

OVERFLOW = "__EventQueueOverflowEvent"


class Room:
    """The subscriptions of one namespace.

    Attributes:
        place: the namespace.
        layouts: of the intrinsic event classes, ``__AggregateEvent`` and ``__EventQueueOverflowEvent``, by name; empty
            until :meth:`prepare`.
    """

    def __init__(self, place: LocalNamespace, clock: Callable[[], float]) -> None:
        self.place = place
        self.layouts: dict[str, InstanceLayout] = {}
        self._clock = clock
        self._events: IntrinsicEvents | None = None
        self._pending: list[Subscription] = []
        self._active: list[Subscription] = []
        # Who may want events of a layout; forgotten when somebody comes or goes.
        self._index: dict[InstanceLayout, tuple[Subscription, ...]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nobody subscribes."""
        return not self._pending and not self._active

    @property
    def events(self) -> IntrinsicEvents:
        """What makes the intrinsic events; there after :meth:`prepare`."""
        if self._events is None:
            raise RuntimeError("the event classes were not looked up yet")
        return self._events

    async def prepare(self) -> None:
        """Look the event classes up. System classes never change, so once is enough.

        Raises:
            InvalidClass: the namespace has none, because the engine was assembled without the class image.
        """
        if self._events is not None:
            return
        schema, namespace = self.place.schema, self.place.namespace
        layouts = {}
        for name in (*INTRINSIC.values(), AGGREGATE, OVERFLOW):
            layouts[name] = (await schema.resolve(namespace, name)).layout
        spaces = await schema.resolve(namespace, "__NAMESPACE")
        # Another subscription may have been quicker; both found the same.
        self.layouts = layouts
        self._events = IntrinsicEvents(layouts, spaces, self.place.origin, self._clock)

    # -- who subscribes

    def admit(self, subscription: Subscription) -> None:
        """Let *subscription* hold what happens until its query was checked."""
        self._pending.append(subscription)

    def activate(self, subscription: Subscription) -> None:
        """Its query was checked: give it what it held, and what happens from now on."""
        if subscription not in self._pending:
            return
        self._pending.remove(subscription)
        self._active.append(subscription)
        self._index.clear()
        held, subscription.held = subscription.held or [], None
        for happened in held:
            if isinstance(happened, tuple):
                subscription.offer(*happened)
            else:
                layout = self.events.layout_of(happened)
                if subscription.wants(layout):
                    subscription.offer(layout, [self.events.row(happened)])

    def forget(self, subscription: Subscription) -> bool:
        """*subscription* has gone; whether it was here."""
        self._index.clear()
        for members in (self._pending, self._active):
            if subscription in members:
                members.remove(subscription)
                return True
        return False

    def close(self) -> None:
        """End all subscriptions."""
        for subscription in (*self._pending, *self._active):
            subscription.close()

    def vanish(self) -> None:
        """The namespace was deleted: who subscribes hears of it."""
        for subscription in (*self._pending, *self._active):
            subscription.fail(
                InvalidNamespace(f"the namespace {self.place.namespace} was deleted", namespace=self.place.namespace)
            )

    def wants(self, cls: CimClass) -> bool:
        """Whether somebody subscribes to events of *cls*."""
        return bool(self._interested(cls.layout))

    # -- what happens

    def take(self, change: Change) -> None:
        """Something was written."""
        for subscription in self._pending:
            subscription.hold(change)
        if self._active and self._events is not None:
            layout = self._events.layout_of(change)
            interested = self._interested(layout)
            if interested:
                rows = [self._events.row(change)]
                for subscription in interested:
                    subscription.offer(layout, rows)

    def deliver(
        self, layout: InstanceLayout, rows: Sequence[Values], to: Callable[[Subscription], bool] | None = None
    ) -> None:
        """Events happened; with *to* they are only for those for whom it is true."""
        for subscription in tuple(self._pending):
            if to is None or to(subscription):
                subscription.hold((layout, rows))
        for subscription in self._interested(layout):
            if to is None or to(subscription):
                subscription.offer(layout, rows)

    def _interested(self, layout: InstanceLayout) -> tuple[Subscription, ...]:
        found = self._index.get(layout)
        if found is None:
            if len(self._index) >= 256:
                self._index.clear()
            found = tuple([subscription for subscription in self._active if subscription.wants(layout)])
            self._index[layout] = found
        return found
