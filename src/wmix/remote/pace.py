"""Pace: how many objects to ask a host for at once, how long it may collect them, and how many calls may be under way.

The first object is asked for alone, so that it comes as early as it can; then a hundred, then a thousand, as long as
the host fills what was asked for.  A host that has nothing yet is asked for one object again, patiently: that costs a
round trip every few seconds instead of every moment.  The window of calls grows while the reader waits for the network
and not for the host.  Answers stay near a mebibyte, whatever the size of the objects.  Pure: no clock, no network.
"""

from __future__ import annotations

from typing import Final

from wmix.record import Record

__all__ = ["Ask", "Pace"]

_GROWTH: Final = (1, 100, 1000)
#: Milliseconds in which a host may collect several objects before it answers with those that it has.
COLLECT: Final = 100
#: The longest wait of one call for a first object: short enough that a host which is gone is noticed.
PATIENT: Final = 5000
#: Calls under way at most, and octets that one answer should not exceed.
_MOST_CALLS: Final = 4
_ANSWER_OCTETS: Final = 1 << 20


class Ask(Record):
    """One Next: up to ``count`` objects, within ``timeout`` milliseconds."""

    count: int
    timeout: int


class Pace:
    """The pace of one enumeration.

    Args:
        first: how many objects are asked for at first.
        pipelined: whether several calls may be under way.
    """

    def __init__(self, *, first: int = 1, pipelined: bool = True) -> None:
        self._count = first
        self._most_calls = _MOST_CALLS if pipelined else 1
        self._largest = _GROWTH[-1]
        self._waits = False
        #: How many calls may be under way.
        self.window = 1

    def ask(self) -> Ask:
        """What to ask for next."""
        if self._waits or self._count == 1:
            return Ask(1, PATIENT)
        return Ask(min(self._count, self._largest), COLLECT)

    def answered(self, ask: Ask, returned: int, octets: int, *, reader_waited: bool) -> None:
        """Learn from an answer.

        Args:
            returned: how many objects it had.
            octets: how long it was.
            reader_waited: whether the reader had nothing else to read until it came.
        """
        if returned:
            self._largest = max(1, min(_GROWTH[-1], _ANSWER_OCTETS * returned // max(octets, 1)))
        if returned < ask.count:
            # The host is slower than the network: more calls, or larger ones, would only wait there.
            self._waits = returned == 0
            self.window = 1
            return
        self._waits = False
        if ask.count >= self._count:
            if reader_waited and self._count > 1:
                self.window = min(self.window + 1, self._most_calls)
            self._count = next((step for step in _GROWTH if step > self._count), self._count)
