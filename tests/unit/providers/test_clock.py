"""Win32_LocalTime and Win32_UTCTime."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from wmix.config import Settings
from wmix.providers import clock
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from unit.providers.conftest import Ask

#: 2024-02-29 23:59:58.75 UTC, a Thursday.
LEAP_DAY = 1709251198.75


def test_the_fields_are_those_of_the_calendar(ask: Ask) -> None:
    made = clock.make_clock("Win32_UTCTime", time.gmtime, lambda: LEAP_DAY)
    assert ask([made], "Win32_UTCTime") == [
        {
            "Year": 2024,
            "Month": 2,
            "Day": 29,
            "DayOfWeek": 4,
            "Hour": 23,
            "Minute": 59,
            "Second": 58,
            "Quarter": 1,
            "WeekInMonth": 5,
            "Milliseconds": None,
        }
    ]


def test_weeks_begin_on_sunday_with_0_and_months_have_sevens_of_days() -> None:
    sunday = clock.current_time(time.strptime("2024-09-29", "%Y-%m-%d"))
    assert (sunday["DayOfWeek"], sunday["WeekInMonth"], sunday["Quarter"]) == (0, 5, 3)
    saturday = clock.current_time(time.strptime("2024-12-07", "%Y-%m-%d"))
    assert (saturday["DayOfWeek"], saturday["WeekInMonth"], saturday["Quarter"]) == (6, 1, 4)


def test_local_time_is_in_the_zone_of_the_machine(ask: Ask) -> None:
    ahead = clock.make_clock("Win32_LocalTime", lambda now: time.gmtime(now + 3600), lambda: LEAP_DAY)
    (row,) = ask([ahead], "Win32_LocalTime")
    assert (row["Month"], row["Day"], row["Hour"], row["Minute"]) == (3, 1, 0, 59)


def test_both_clocks_of_this_machine_are_served(ask: Ask) -> None:
    before = time.gmtime()
    (row,) = ask(clock.providers(Settings()), "Win32_UTCTime")
    assert before.tm_year <= row["Year"] <= time.gmtime().tm_year
    assert ask(clock.providers(Settings()), "Win32_LocalTime")


def test_the_clock_tells_each_second_itself() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        made = clock.make_clock("Win32_UTCTime", time.gmtime, lambda: LEAP_DAY + loop.time())
        assert made.tells == {"modification"}
        assert made.changes_function is not None
        changes = made.changes_function(None)
        for at in (0.25, 1.25):
            change = await anext(changes)
            assert loop.time() == pytest.approx(at, abs=0.01)
            assert change.previous == clock.current_time(time.gmtime(LEAP_DAY + at - 1))
            assert change.current == clock.current_time(time.gmtime(LEAP_DAY + at + 0.01))
        assert (change.previous["Second"], change.current["Month"], change.current["Second"]) == (59, 3, 0)
        # A loop that was busy for three seconds tells once.
        loop._clock.now += 3  # type: ignore[attr-defined]
        change = await anext(changes)
        assert (change.previous["Second"], change.current["Second"]) == (0, 4)
        await changes.aclose()

    run_virtual(main)
