"""Win32_LocalTime and Win32_UTCTime."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wmix.config import Settings
from wmix.providers import clock

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
