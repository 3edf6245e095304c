"""Calls that do nothing but wait, for objects or for an end: how many there may be, of a connection and of a user.

They cost memory and no work, so there may be many; they never end by themselves where their client set no time, so
there is a bound, with an answer: the call that would wait as one too many fails at once, and the connection goes on to
be read, with the calls that release and cancel.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wmix.errors import QuotaExceeded

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.net.server.limits import ServerLimits

__all__ = ["WaitingCalls"]


class WaitingCalls:
    """The waiting calls of one server.

    Args:
        account_of: as whose a user's calls are counted.
    """

    def __init__(self, limits: ServerLimits, account_of: Callable[[str], str] = str.casefold) -> None:
        self._limits = limits
        self._account_of = account_of
        self._of_channel: Counter[object] = Counter()
        self._of_account: Counter[str] = Counter()

    def begin(self, channel: object, user: str) -> str:
        """A call begins to wait; the account that it is counted for, for :meth:`end`.

        Raises:
            QuotaExceeded: as many wait as may.
        """
        limits, account = self._limits, self._account_of(user)
        if self._of_channel[channel] >= limits.waiting_calls:
            raise QuotaExceeded(
                f"{limits.waiting_calls} calls of this connection wait already",
                hint="read what was asked for first, set a time to wait, or connect once more",
            )
        if self._of_account[account] >= limits.waiting_calls_of_user:
            raise QuotaExceeded(
                f"{limits.waiting_calls_of_user} calls of {user} wait already",
                hint="read what was asked for first, or set a time to wait",
            )
        self._of_channel[channel] += 1
        self._of_account[account] += 1
        return account

    def end(self, channel: object, account: str) -> None:
        """Such a call has been answered, or given up."""
        self._of_channel[channel] -= 1
        if not self._of_channel[channel]:
            del self._of_channel[channel]
        self._of_account[account] -= 1
        if not self._of_account[account]:
            del self._of_account[account]

    def of(self, channel: object) -> int:
        """How many calls of a connection wait."""
        return self._of_channel[channel]
