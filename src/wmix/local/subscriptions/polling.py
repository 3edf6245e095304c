"""Polling: changes of a provider's instances, found by comparing two readings. [MS-WMI] 3.1.4.3.20, brief 7.1.3.

One poll serves all subscriptions to a class at the same interval.  The first reading is the baseline and makes no
events.  Who joins later gets what changed since a reading that is not older than a tenth of the interval; if there is
none, one is made at once.

Memory: one copy of the class's instances, at most ``Limits.polled_objects``; a class with more is refused with
WBEM_E_QUOTA_VIOLATION.  A row is compared when it comes, so that nothing is held twice.  A reading that fails changes
nothing: it is reported, and the next one is compared with the last good one.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from wmix.cim.instances import CimInstance
from wmix.cim.layout import UNSET
from wmix.errors import DeadlineExceeded, QuotaExceeded, WmiError, error_for
from wmix.local.subscriptions.feeds import Feed
from wmix.local.subscriptions.intrinsic import INTRINSIC, kind_of
from wmix.port.flags import WBEM_FLAG_SHALLOW
from wmix.port.requests import CreateInstanceEnum
from wmix.providers.streams import close_stream
from wmix.status import WBEM_E_NO_KEY
from wmix.wql.casing import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from wmix.cim.classes import CimClass
    from wmix.cim.layout import InstanceLayout
    from wmix.local.namespace import LocalNamespace
    from wmix.local.subscriptions.feeds import Member
    from wmix.local.subscriptions.intrinsic import IntrinsicEvents
    from wmix.port.backend import Scope
    from wmix.port.batch import RowBatch

    Values = tuple[object, ...]
    Rows = dict[Hashable, Values]

__all__ = ["Poll"]

_log = logging.getLogger("wmix.local.subscriptions")

#: How old a reading may be, in parts of the interval, to be the baseline of who joins.
_FRESH = 0.1


class _Reading:
    """The instances of a class at one time: rows of one layout, by key."""

    __slots__ = ("began", "layout", "rows")

    def __init__(self, began: float) -> None:
        self.began = began
        #: None while nothing was read.
        self.layout: InstanceLayout | None = None
        self.rows: Rows = {}


class Poll(Feed):
    """Reads one class every *interval* seconds.

    Args:
        kinds: of changes that it tells; the others the provider tells itself.
        scope: makes the scope of one reading, given its deadline.
    """

    def __init__(
        self,
        place: LocalNamespace,
        cls: CimClass,
        interval: float,
        *,
        kinds: frozenset[str],
        events: IntrinsicEvents,
        scope: Callable[[float], Scope],
    ) -> None:
        super().__init__()
        self.name = f"poll of {cls.name} every {interval:g} s"
        self._place = place
        self._cls = cls
        self._interval = interval
        self._kinds = kinds
        self._events = events
        self._scope = scope
        self._last: _Reading | None = None
        # Members that have no baseline yet.
        self._new: list[Member] = []
        self._hurry = asyncio.Event()

    def joined(self, member: Member) -> None:
        """Take what is fresh for its baseline, or read at once."""
        now = asyncio.get_running_loop().time()
        if self._last is not None and now - self._last.began <= self._interval * _FRESH:
            self.ready(member)
            return
        self._new.append(member)
        self._hurry.set()

    def leave(self, member: Member) -> None:
        """Forget *member*."""
        if member in self._new:
            self._new.remove(member)
        super().leave(member)

    async def run(self) -> None:
        """Read, compare, wait; without end."""
        loop = asyncio.get_running_loop()
        while True:
            self._hurry.clear()
            began = loop.time()
            waiting = tuple(self._new)
            try:
                await self._read(began)
            except WmiError as error:
                self._failed(waiting, error)
            else:
                for member in waiting:
                    if member in self._new:
                        self._new.remove(member)
                        self.ready(member)
            await self._wait_until(began + self._interval)

    async def _wait_until(self, when: float) -> None:
        try:
            async with asyncio.timeout_at(when):
                await self._hurry.wait()
        except TimeoutError:
            return

    def _failed(self, waiting: Sequence[Member], error: WmiError) -> None:
        for member in waiting:
            if member in self._new:
                self._new.remove(member)
                self.refuse(member, error)
        if self._last is not None:
            _log.warning("%s failed; the next one is compared with the last good one: %s", self.name, error)

    # -- one reading

    async def _read(self, began: float) -> None:
        patience = self._place.settings.timeouts.call
        reading = _Reading(began)
        found: list[tuple[Values | None, Values]] = []
        request = CreateInstanceEnum(class_name=self._cls.name, flags=WBEM_FLAG_SHALLOW)
        stream = self._place.instances(request, self._scope(began + patience))
        try:
            async with asyncio.timeout_at(began + patience):
                async for batch in stream:
                    self._take(batch, reading, found)
        except TimeoutError as error:
            raise DeadlineExceeded(f"{self.name}: the provider did not end within {patience:g} s") from error
        finally:
            await close_stream(stream)
        before, self._last = self._last, reading
        if before is not None and _comparable(before, reading):
            self._tell(before, reading, found)

    def _take(self, batch: RowBatch, reading: _Reading, found: list[tuple[Values | None, Values]]) -> None:
        """Add *batch* to the reading, and what is new in it or differs from the last one to *found*."""
        layout, rows = batch.layout, reading.rows
        reading.layout = layout
        key_of = _keys_of(layout)
        old = {} if self._last is None else self._last.rows
        for row in batch.rows:
            key = key_of(row)
            rows[key] = row
            previous = old.get(key)
            if previous is None or previous != row:
                found.append((previous, row))
            elif previous is not row:
                # The same again: one copy is enough.
                rows[key] = previous
        limit = self._place.settings.limits.polled_objects
        if len(rows) > limit:
            raise QuotaExceeded(
                f"{self._cls.name} has more than {limit} instances: too many to be polled",
                hint="raise Limits.polled_objects, or subscribe to a class below it",
            )

    def _tell(self, before: _Reading, now: _Reading, found: Sequence[tuple[Values | None, Values]]) -> None:
        gone = [(row, None) for key, row in before.rows.items() if key not in now.rows]
        layout = now.layout or before.layout
        if layout is None or not (gone or found):
            return
        origin = self._place.origin
        events, ready = self._events, [member for member in self.members if member not in self._new]
        runs: list[tuple[InstanceLayout, list[Values]]] = []
        for previous, current in (*gone, *found):
            kind = kind_of(previous, current)
            if kind not in self._kinds:
                continue
            of_event = events.layouts[INTRINSIC["instance", kind]]
            row = events.event(
                of_event,
                "instance",
                None if previous is None else CimInstance(layout, previous, origin),
                None if current is None else CimInstance(layout, current, origin),
            )
            if runs and runs[-1][0] is of_event:
                runs[-1][1].append(row)
            else:
                runs.append((of_event, [row]))
        for of_event, rows in runs:
            for member in ready:
                member.offer(of_event, rows)


def _comparable(before: _Reading, now: _Reading) -> bool:
    """Whether both are of the same definition of the class: otherwise everything would have changed."""
    old, new = before.layout, now.layout
    if old is None or new is None or old is new:
        return True
    return old.names == new.names and old.types == new.types and old.defaults == new.defaults


def _keys_of(layout: InstanceLayout) -> Callable[[Values], Hashable]:
    """The function that gives the key of a row: key values, texts without case.

    Raises:
        WmiError: WBEM_E_NO_KEY for a class whose instances cannot be told apart.
    """
    places = layout.key_indexes
    if places is None:
        if layout.cls.is_singleton:
            return lambda row: ()  # noqa: ARG005 - there is one
        raise error_for(WBEM_E_NO_KEY, f"{layout.cls.name} has no key: its instances cannot be told apart")
    defaults = layout.defaults

    def part(row: Values, place: int) -> Hashable:
        value = defaults[place] if row[place] is UNSET else row[place]
        return fold(value) if isinstance(value, str) else value

    if len(places) == 1:
        only = places[0]
        return lambda row: part(row, only)
    return lambda row: tuple([part(row, place) for place in places])
