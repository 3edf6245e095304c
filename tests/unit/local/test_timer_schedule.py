"""When timers fire (brief 7.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.cim.datetime import CimDateTime
from wmix.cim.image import ClassImage
from wmix.cim.instances import CimInstance
from wmix.local.timer_schedule import ABSOLUTE, INTERVAL, Instruction, TimerSchedule, instruction_of

if TYPE_CHECKING:
    from wmix.local.timer_schedule import Firing


def every(seconds: float, name: str = "t", *, skip: bool = False) -> Instruction:
    return Instruction(name, skip, interval=seconds)


def at(time: float, name: str = "t", *, skip: bool = False) -> Instruction:
    return Instruction(name, skip, at=time)


def told(fired: list[Firing]) -> list[tuple[str, int]]:
    return [(firing.instruction.timer_id, firing.number) for firing in fired if firing.is_told]


def test_an_interval_fires_each_time_that_it_has_passed() -> None:
    schedule = TimerSchedule()
    schedule.update([every(2)], 10.0)
    assert schedule.wait(10.0, 0.0) == 2.0
    assert schedule.fire(11.9, 0.0) == []
    assert told(schedule.fire(12.0, 0.0)) == [("t", 1)]
    assert schedule.wait(12.5, 0.0) == 1.5
    assert told(schedule.fire(14.0, 0.0)) == [("t", 1)]


def test_missed_firings_are_one_event_that_counts_them_or_are_dropped() -> None:
    schedule = TimerSchedule()
    schedule.update([every(2, "counts"), every(2, "drops", skip=True)], 0.0)
    assert told(schedule.fire(7.0, 0.0)) == [("counts", 3), ("drops", 1)]
    # The next is where it would have been anyway.
    assert schedule.wait(7.0, 0.0) == 1.0


def test_what_stays_keeps_its_time_and_what_changes_begins_anew() -> None:
    schedule = TimerSchedule()
    schedule.update([every(10, "a"), every(10, "b"), every(10, "c")], 0.0)
    schedule.update([every(10, "a"), every(4, "b")], 3.0)
    assert told(schedule.fire(7.0, 0.0)) == [("b", 1)]
    assert told(schedule.fire(10.0, 0.0)) == [("a", 1)]
    assert told(schedule.fire(13.0, 0.0)) == [("b", 1)]


def test_an_absolute_timer_fires_once_at_its_time() -> None:
    schedule = TimerSchedule()
    schedule.update([at(1000.5)], 0.0)
    assert schedule.wait(0.0, 990.0) == 10.5
    assert schedule.fire(0.0, 1000.0) == []
    assert told(schedule.fire(0.0, 1000.5)) == [("t", 1)]
    assert schedule.wait(0.0, 1000.5) is None


def test_a_time_far_away_is_looked_at_again_for_the_clock_may_be_set() -> None:
    schedule = TimerSchedule()
    schedule.update([at(100_000.0)], 0.0)
    assert schedule.wait(0.0, 0.0) == 60.0


def test_a_time_that_has_passed_is_told_unless_it_is_to_be_skipped() -> None:
    schedule = TimerSchedule()
    schedule.update([at(10.0, "late"), at(10.0, "skipped", skip=True), at(99.0, "just", skip=True)], 0.0)
    fired = schedule.fire(0.0, 99.5)
    assert told(fired) == [("late", 1), ("just", 1)]
    # It has fired all the same: it is not told later either.
    assert len(fired) == 3
    assert schedule.wait(0.0, 99.5) is None


@given(
    st.lists(st.tuples(st.floats(0.05, 5), st.booleans()), min_size=1, max_size=4),
    st.lists(st.floats(0.01, 20), max_size=20),
)
def test_no_firing_is_lost_or_told_twice(timers: list[tuple[float, bool]], steps: list[float]) -> None:
    schedule = TimerSchedule()
    schedule.update([every(seconds, str(i), skip=skip) for i, (seconds, skip) in enumerate(timers)], 0.0)
    counts = [0] * len(timers)
    now = 0.0
    for step in steps:
        now += step
        for firing in schedule.fire(now, 0.0):
            counts[int(firing.instruction.timer_id)] += firing.number
    for (seconds, skip), count in zip(timers, counts, strict=True):
        assert count <= now / seconds + 1e-6
        if not skip:
            assert count >= int(now / seconds - 1e-6)


def made(class_name: str, **values: object) -> CimInstance:
    cls = ClassImage.open().load("root", class_name)
    assert cls is not None
    instance = CimInstance(cls.layout, cls.layout.unset)
    for name, value in values.items():
        instance[name] = value
    return instance


def test_instances_become_instructions() -> None:
    held = made(INTERVAL, TimerId="a", IntervalBetweenEvents=1500, SkipIfPassed=True)
    assert instruction_of(held) == every(1.5, "a", skip=True)
    held = made(ABSOLUTE, TimerId="b", EventDateTime=CimDateTime("19700102000000.500000+060"))
    assert instruction_of(held) == at(86400.5 - 3600, "b")


@pytest.mark.parametrize(
    ("class_name", "values"),
    [
        (INTERVAL, {}),
        (INTERVAL, {"IntervalBetweenEvents": 0}),
        (ABSOLUTE, {}),
        (ABSOLUTE, {"EventDateTime": CimDateTime("********000000.000000+000")}),
        (ABSOLUTE, {"EventDateTime": CimDateTime("00000001000000.000000:000")}),
    ],
)
def test_timers_that_can_never_fire_are_ignored_and_said_so(
    class_name: str, values: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    assert instruction_of(made(class_name, **{"TimerId": "t", **values})) is None
    assert "the timer t is ignored" in caplog.text
