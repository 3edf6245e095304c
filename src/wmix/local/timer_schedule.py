"""When timers fire: the arithmetic of ``__TimerInstruction``, without a clock of its own. Brief 7.2.

An interval timer fires each time that its interval has passed since the instruction was seen.  An absolute one fires
once, at its time; one whose time has passed without anybody there fires when somebody is, unless ``SkipIfPassed``.
Firings that fall together become one event: ``NumFirings`` counts them, or is 1 with ``SkipIfPassed``, which drops
the missed ones.

Intervals are counted on the loop's clock, times of day on the wall clock, both in seconds.  Pure.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from wmix.cim.datetime import CimDateTime
from wmix.errors import InvalidDatetime
from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wmix.cim.instances import CimInstance

__all__ = ["ABSOLUTE", "INTERVAL", "Firing", "Instruction", "TimerSchedule", "instruction_of"]

_log = logging.getLogger("wmix.local.timers")

INTERVAL: Final = "__IntervalTimerInstruction"
ABSOLUTE: Final = "__AbsoluteTimerInstruction"

#: Seconds between two looks at the wall clock while a time of day is waited for: it may be set meanwhile.
_LOOK: Final = 60.0
#: Seconds by which a wall clock may be behind the timer that woke us.
_EARLY: Final = 0.001


class Instruction(Record):
    """A timer: ``interval`` in seconds, or ``at`` in seconds since 1970."""

    timer_id: str
    skip_if_passed: bool
    interval: float | None = None
    at: float | None = None


class Firing(Record):
    """A timer has fired ``number`` times."""

    instruction: Instruction
    number: int = 1
    #: False when ``SkipIfPassed`` keeps it from being told.
    is_told: bool = True


def instruction_of(instance: CimInstance) -> Instruction | None:
    """The timer that an instance describes; None, and a line in the log, for one that can never fire."""
    timer_id, skip = str(instance["TimerId"]), instance["SkipIfPassed"] is True
    if instance.class_name_.casefold() == INTERVAL.casefold():
        milliseconds = instance["IntervalBetweenEvents"]
        if not milliseconds:
            _log.warning("the timer %s is ignored: its interval is %s", timer_id, milliseconds)
            return None
        return Instruction(timer_id, skip, interval=milliseconds / 1000)
    value = instance["EventDateTime"]
    try:
        if not isinstance(value, CimDateTime):
            raise InvalidDatetime(f"{value!r} is no time")
        return Instruction(timer_id, skip, at=value.to_datetime().timestamp())
    except (InvalidDatetime, OverflowError) as error:
        _log.warning("the timer %s is ignored: %s", timer_id, error)
        return None


class TimerSchedule:
    """The timers of one namespace."""

    def __init__(self) -> None:
        #: Instruction and when it fires next: on the loop's clock for intervals, on the wall for times.
        self._next: dict[str, tuple[Instruction, float]] = {}

    def update(self, instructions: Iterable[Instruction], steady: float) -> None:
        """Take the timers that there are now; one that was there already goes on as it did.

        Absolute timers that have fired are not among them.
        """
        before, self._next = self._next, {}
        for instruction in instructions:
            key = instruction.timer_id.casefold()
            known = before.get(key)
            if known is not None and known[0] == instruction:
                self._next[key] = known
            elif instruction.interval is not None:
                self._next[key] = (instruction, steady + instruction.interval)
            elif instruction.at is not None:
                self._next[key] = (instruction, instruction.at)

    def wait(self, steady: float, wall: float) -> float | None:
        """Seconds until something has to be done; None when no timer is set."""
        waits = []
        for instruction, due in self._next.values():
            waits.append(due - steady if instruction.interval is not None else min(due - wall, _LOOK))
        return max(min(waits), 0.0) if waits else None

    def fire(self, steady: float, wall: float) -> list[Firing]:
        """What has fired by now, in the order of its time."""
        fired: list[tuple[float, Firing]] = []
        for key, (instruction, due) in list(self._next.items()):
            interval = instruction.interval
            late = (steady if interval is not None else wall) - due
            if late < (0 if interval is not None else -_EARLY):
                continue
            if interval is None:
                del self._next[key]
                is_missed = late > 1.0
                fired.append((late, Firing(instruction, 1, not (is_missed and instruction.skip_if_passed))))
                continue
            number = int(late / interval) + 1
            self._next[key] = (instruction, due + number * interval)
            fired.append((late, Firing(instruction, 1 if instruction.skip_if_passed else number)))
        fired.sort(key=lambda entry: -entry[0])
        return [firing for _, firing in fired]
