"""Win32_LocalTime and Win32_UTCTime: what the clock shows now. linux-mapping 6.1, brief 7.2.

Both are singletons and change once a second, on the second.  ``Milliseconds`` is NULL, as on Windows; ``WeekInMonth``
counts sevens of days from the first of the month.  The clock tells its changes itself, so that nobody polls it.  It is
an argument: seconds since 1970 as a float, and the function that breaks them down into the local calendar.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from wmix.port.events import InstanceChange
from wmix.providers.registration import provider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from wmix.config import Settings
    from wmix.port.events import EventRequest
    from wmix.port.provider import InstanceRequest
    from wmix.providers.registration import Definition, ProviderDefinition

    #: Seconds since 1970.
    Clock = Callable[[], float]
    #: Seconds since 1970 as fields of a calendar.
    Calendar = Callable[[float], time.struct_time]

__all__ = ["CALENDARS", "current_time", "make_clock", "providers"]

#: Seconds of the shortest sleep: a timer may be early by less than a clock's tick.
_LEAST: Final = 0.001

#: Class -> the calendar that it shows.
CALENDARS: Final[dict[str, Calendar]] = {"Win32_LocalTime": time.localtime, "Win32_UTCTime": time.gmtime}


def providers(_settings: Settings) -> list[Definition]:
    """The providers of both classes, over the clock of this machine."""
    return [make_clock(class_name, calendar) for class_name, calendar in CALENDARS.items()]


def make_clock(class_name: str, calendar: Calendar, clock: Clock = time.time) -> ProviderDefinition:
    """The provider that shows *clock* in *calendar* as the one instance of *class_name*."""

    @provider(class_name, name=class_name)
    def now(request: InstanceRequest) -> Iterator[dict[str, object]]:  # noqa: ARG001  one row, from one reading
        """One row."""
        yield current_time(calendar(clock()))

    @now.changes("modification")
    async def ticks(request: EventRequest) -> AsyncIterator[InstanceChange]:  # noqa: ARG001  there is one instance
        """A modification on each second; one for all of those that the loop was too busy for."""
        shown = int(clock())
        while True:
            time_now = clock()
            await asyncio.sleep(max(int(time_now) + 1 - time_now, _LEAST))
            second = int(clock())
            if second != shown:
                yield InstanceChange(current_time(calendar(shown)), current_time(calendar(second)))
                shown = second

    return now


def current_time(fields: time.struct_time) -> dict[str, object]:
    """The properties of Win32_CurrentTime; ``DayOfWeek`` is 0 for Sunday, months, days and quarters begin with 1."""
    return {
        "Year": fields.tm_year,
        "Month": fields.tm_mon,
        "Day": fields.tm_mday,
        "DayOfWeek": (fields.tm_wday + 1) % 7,
        "Hour": fields.tm_hour,
        "Minute": fields.tm_min,
        "Second": fields.tm_sec,
        "Quarter": (fields.tm_mon - 1) // 3 + 1,
        "WeekInMonth": (fields.tm_mday - 1) // 7 + 1,
        "Milliseconds": None,
    }
