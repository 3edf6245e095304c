"""Providers that tell: their own changes of instances, or the events of an extrinsic class. Brief 7.1.1, 7.1.4.

Both are generators that run in the provider host while somebody needs them.  Rows are checked against their class like
those of any provider.  A generator that fails ends the subscriptions that stand on it, with its error; one that ends
has nothing more to tell.
"""

from __future__ import annotations

import logging
from abc import abstractmethod
from typing import TYPE_CHECKING

from wmix.cim.instances import CimInstance
from wmix.cim.layout import UNSET
from wmix.errors import InvalidClass, ProviderError, TypeMismatch
from wmix.local.execution import explain_failure
from wmix.local.subscriptions.feeds import Feed
from wmix.local.subscriptions.intrinsic import INTRINSIC, filetime, kind_of
from wmix.port.events import EventRequest, InstanceChange
from wmix.providers.streams import close_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wmix.cim.classes import CimClass
    from wmix.cim.layout import InstanceLayout
    from wmix.local.namespace import LocalNamespace
    from wmix.local.subscriptions.intrinsic import IntrinsicEvents
    from wmix.providers.host import HostedProvider
    from wmix.providers.registration import EventDefinition, ProviderDefinition

    Values = tuple[object, ...]
    Deliver = Callable[[InstanceLayout, Sequence[Values]], None]

__all__ = ["SourceRun", "ToldChanges"]

_log = logging.getLogger("wmix.local.subscriptions")


class _Run(Feed):
    """A generator that runs in the provider host."""

    def __init__(
        self,
        place: LocalNamespace,
        cls: CimClass,
        definition: EventDefinition | ProviderDefinition,
        function: Callable[..., object],
        wanted: Callable[[CimClass], bool],
    ) -> None:
        super().__init__()
        self._place = place
        self._cls = cls
        self._definition = definition
        self._function = function
        self._wanted = wanted
        #: The event classes of what is told, by folded name.
        self._classes: dict[str, CimClass] = {}

    async def run(self) -> None:
        """Take what the generator yields, until it ends or nobody needs it."""
        place = self._place
        request = EventRequest(self._cls, namespace=place.namespace, settings=place.settings, wanted=self._is_wanted)
        try:
            await self._prepare()
            stream = place.registry.host.open(self._function, request, self._definition.name)
            try:
                async for items in stream:
                    self._take([item for item in items if item is not None])
            finally:
                await close_stream(stream)
        except Exception as error:
            raise explain_failure(error, self._definition, self._cls.name) from error
        _log.info("%s has ended: there will be no more of it", self.name)

    @abstractmethod
    async def _prepare(self) -> None:
        """Look up the event classes of what is told."""

    @abstractmethod
    def _take(self, items: Sequence[object]) -> None:
        """Turn what the generator yielded into events."""

    def _is_wanted(self, class_name: str) -> bool:
        cls = self._classes.get(class_name.casefold())
        return cls is not None and self._wanted(cls)

    def _build(self, cls: CimClass, row: object) -> Values:
        """A row of *cls*, checked.

        Raises:
            TypeMismatch: it is no mapping, or a value does not fit.
        """
        if not hasattr(row, "keys"):
            raise TypeMismatch(f"{cls.name}: a {type(row).__name__} where a mapping is expected")
        return self._place.planner.builder(cls.layout)(row)  # type: ignore[arg-type]  # any mapping will do


class ToldChanges(_Run):
    """The changes that the provider of a class tells."""

    def __init__(
        self,
        place: LocalNamespace,
        cls: CimClass,
        provider: HostedProvider,
        *,
        events: IntrinsicEvents,
        wanted: Callable[[CimClass], bool],
    ) -> None:
        definition = provider.definition
        if definition.changes_function is None:
            raise ValueError(f"{definition!r} tells no changes")
        super().__init__(place, cls, definition, definition.changes_function, wanted)
        self.name = f"changes of {cls.name}"
        self._kinds = definition.tells
        self._events = events

    async def _prepare(self) -> None:
        self._classes = {layout.cls.name.casefold(): layout.cls for layout in self._events.layouts.values()}

    def _take(self, items: Sequence[object]) -> None:
        for item in items:
            if not isinstance(item, InstanceChange) or (item.previous is None and item.current is None):
                raise ProviderError(
                    f"provider {self._definition.name} of {self._cls.name} told {item!r}, which is no change",
                    provider=self._definition.name,
                    class_name=self._cls.name,
                    hint="yield wmix.InstanceChange(previous=..., current=...) with at least one of the two",
                )
            kind = kind_of(item.previous, item.current)
            if kind not in self._kinds:
                continue
            layout = self._events.layouts[INTRINSIC["instance", kind]]
            row = self._events.event(layout, "instance", self._instance(item.previous), self._instance(item.current))
            self.offer(layout, [row])

    def _instance(self, row: Mapping[str, object] | None) -> CimInstance | None:
        return None if row is None else CimInstance(self._cls.layout, self._build(self._cls, row), self._place.origin)


class SourceRun(_Run):
    """The events that one source yields.

    Args:
        deliver: gives rows to every subscriber of the namespace that wants them.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        place: LocalNamespace,
        cls: CimClass,
        definition: EventDefinition,
        *,
        deliver: Deliver,
        clock: Callable[[], float],
        wanted: Callable[[CimClass], bool],
    ) -> None:
        super().__init__(place, cls, definition, definition.function, wanted)
        self.name = f"events of {cls.name}"
        self._deliver = deliver
        self._clock = clock

    async def _prepare(self) -> None:
        tree = await self._place.schema.tree(self._place.namespace, self._cls)
        self._classes = {cls.name.casefold(): cls for cls in tree}

    def _take(self, items: Sequence[object]) -> None:
        runs: list[tuple[InstanceLayout, list[Values]]] = []
        for item in items:
            cls = self._class_of(item)
            layout = cls.layout
            row = stamped(layout, self._build(cls, _without_class(item)), self._clock)
            if runs and runs[-1][0] is layout:
                runs[-1][1].append(row)
            else:
                runs.append((layout, [row]))
        for layout, rows in runs:
            self._deliver(layout, rows)

    def _class_of(self, item: object) -> CimClass:
        name = item.get("__CLASS") if hasattr(item, "get") else None
        if name is None:
            return self._cls
        found = self._classes.get(str(name).casefold())
        if found is None:
            raise InvalidClass(f"{self.name}: there is no class {name} below {self._cls.name}")
        return found


def stamped(layout: InstanceLayout, row: Values, clock: Callable[[], float]) -> Values:
    """*row* of an event class with ``TIME_CREATED`` set, if nobody has."""
    place = layout.exact["TIME_CREATED"]
    if row[place] is not None and row[place] is not UNSET:
        return row
    return (*row[:place], filetime(clock()), *row[place + 1 :])


def _without_class(item: object) -> object:
    if hasattr(item, "keys") and "__CLASS" in item:  # type: ignore[operator]  # a mapping, as it seems
        return {name: item[name] for name in item.keys() if name != "__CLASS"}  # type: ignore[index]  # noqa: SIM118
    return item
