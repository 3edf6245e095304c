"""Processor load: the share of time that each processor was busy. proc_stat(5).

The kernel counts; a share needs two readings.  The sampler keeps the last one, so that a client that asks now and
then gets the share since it last asked.  A reading that is too old to say anything of the present is dropped, and one
that is too fresh is waited out.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.providers.system_files import SystemFiles

__all__ = ["LONGEST_SPAN", "SHORTEST_SPAN", "LoadSampler", "read_processor_times"]

#: Seconds: counters advance by hundredths, so a shorter span has too few steps.
SHORTEST_SPAN: Final = 0.1
#: Seconds: what lies further back is no longer the present load.
LONGEST_SPAN: Final = 10.0
#: Fields of a ``cpu`` line: user, nice, system, idle, iowait, irq, softirq, steal; guest times are part of user.
_COUNTED = 8
_IDLE: Final = (3, 4)


class LoadSampler:
    """Keeps the last reading; may be used from several threads."""

    def __init__(
        self,
        files: SystemFiles,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._files = files
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._taken = float("-inf")
        self._times: dict[int, tuple[int, int]] = {}

    def shares(self) -> dict[int, float]:
        """Share of time, 0 to 1, that each processor was busy since the last reading; waits at most 0.1 s."""
        with self._lock:
            if not 0 <= self._clock() - self._taken <= LONGEST_SPAN:
                self._read()
            wait = SHORTEST_SPAN - (self._clock() - self._taken)
            if wait > 0:
                self._sleep(wait)
            before = self._times
            self._read()
            found = {}
            for number, (busy, total) in self._times.items():
                busy_before, total_before = before.get(number, (0, 0))
                if total > total_before:
                    found[number] = min(max((busy - busy_before) / (total - total_before), 0.0), 1.0)
            return found

    def _read(self) -> None:
        self._times = read_processor_times(self._files)
        self._taken = self._clock()


def read_processor_times(files: SystemFiles) -> dict[int, tuple[int, int]]:
    """For each processor that is online: ticks in which it was busy, and ticks in all, since boot."""
    found = {}
    for line in files.lines("/proc/stat"):
        name, _, rest = line.partition(" ")
        number = name.removeprefix("cpu")
        if name.startswith("cpu") and number.isdecimal():
            ticks = [int(word) for word in rest.split()[:_COUNTED]]
            total = sum(ticks)
            found[int(number)] = total - sum(ticks[index] for index in _IDLE if index < len(ticks)), total
    return found
