"""Failed logins: guessing passwords is slow, and nobody who knows one waits.

The first failures of an address, and for a user, are answered at once, further ones later and later up to a bound;
time forgives them.  A login that succeeds is never kept waiting, and forgives nothing: whoever has a password of their
own guesses no faster for it.

The time runs whether or not the client stays to hear the answer.  While as many answers to one address wait as may, its
logins are refused without a look at the password; logins of other addresses are judged as ever.  A password is judged
in one step of the loop, so that no second one is judged before the first has been counted.  Nothing here waits: the
connection does, on the clock of its loop.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.net.server.limits import ServerLimits

__all__ = ["FailedLogins"]

#: Seconds of the first delay, which every further failure doubles.
_SHORTEST: Final = 0.5
#: Seconds after which one failure is forgiven, and failures that are remembered of one address or user.
_FORGIVEN: Final = 10.0
_MOST_FAILURES: Final = 20
#: Addresses and users that are remembered, each; and characters of a name, which its guesser chooses.
_MOST_NAMES: Final = 4096
_LONGEST_NAME: Final = 256


class _Tally:
    """Failures of one address or user, and when the answers to the address are due."""

    __slots__ = ("counted", "due", "failures")

    def __init__(self, now: float) -> None:
        self.failures = 0.0
        self.counted = now
        self.due: deque[float] = deque()

    def count(self, now: float) -> float:
        """One failure more; how many there are that are not forgiven."""
        left = max(0.0, self.failures - (now - self.counted) / _FORGIVEN)
        self.failures, self.counted = min(left + 1.0, _MOST_FAILURES), now
        return self.failures

    def waiting(self, now: float) -> int:
        """How many answers are not yet due."""
        while self.due and self.due[0] <= now:
            self.due.popleft()
        return len(self.due)


class FailedLogins:
    """The failed logins of one server.

    Args:
        clock: seconds, of the event loop.
    """

    def __init__(self, clock: Callable[[], float], limits: ServerLimits) -> None:
        self._clock = clock
        self._limits = limits
        self._addresses: dict[str, _Tally] = {}
        self._users: dict[str, _Tally] = {}

    def failed(self, address: str, user: str) -> float:
        """A login has failed; the seconds after which to answer.

        Args:
            user: as the client wrote it; "" where it is not known.
        """
        now = self._clock()
        tally = _of(self._addresses, address, now)
        worst = tally.count(now)
        if user:
            worst = max(worst, _of(self._users, user.casefold()[:_LONGEST_NAME], now).count(now))
        if tally.waiting(now) >= self._limits.waiting_failures:
            return 0.0
        wait = self._delay(worst)
        if wait:
            tally.due.append(now + wait)
        return wait

    def _delay(self, failures: float) -> float:
        beyond = failures - self._limits.quick_failures
        return min(self._limits.failure_delay, _SHORTEST * 2.0 ** (beyond - 1)) if beyond > 0 else 0.0

    def is_barred(self, address: str) -> bool:
        """Whether so many answers to *address* wait that its logins are not judged."""
        tally = self._addresses.get(address)
        return tally is not None and tally.waiting(self._clock()) >= self._limits.waiting_failures


def _of(tallies: dict[str, _Tally], name: str, now: float) -> _Tally:
    """The tally of a name; those that are not asked for make room for new ones."""
    tally = tallies.pop(name, None)
    if tally is None:
        tally = _Tally(now)
        if len(tallies) >= _MOST_NAMES:
            del tallies[next(iter(tallies))]
    tallies[name] = tally
    return tally
