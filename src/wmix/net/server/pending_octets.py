"""What clients have begun to say and not ended, of all connections together: calls of which fragments are missing.

Each connection has a bound of its own; this is the one for all.  When it is passed the connection that holds most is
given up, and not the one that came last: whoever keeps memory for nothing holds more than who uses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wmix.errors import QuotaExceeded

if TYPE_CHECKING:
    from wmix.errors import WmiError

__all__ = ["PendingOctets"]


class Holder(Protocol):
    """A connection."""

    def give_up(self, error: WmiError) -> None:
        """Close, and let go of what was held."""


class PendingOctets:
    """The octets of one server.

    Args:
        most: of all connections together.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: dict[Holder, int] = {}
        self.total = 0

    def hold(self, holder: Holder, octets: int) -> None:
        """A connection holds *octets* now, 0 for none; those that hold most are given up while it is too much."""
        self.total += octets - self._held.pop(holder, 0)
        if octets:
            self._held[holder] = octets
        while self.total > self._most:
            largest = max(self._held, key=self._held.__getitem__)
            held = self._held.pop(largest)
            self.total -= held
            largest.give_up(
                QuotaExceeded(f"{held} octets of unfinished calls, the most where all have more than {self._most}")
            )
