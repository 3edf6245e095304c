"""Admission: how many connections there may be, in all and from one address.

A server without descriptors answers nobody, so it takes fewer connections than it may open files; and one address
cannot take them all.  Who is refused is told of once, and not for every attempt: attempts cost their maker little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.errors import QuotaExceeded

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.net.server.limits import ServerLimits

__all__ = ["Admission", "descriptors_for"]

#: One descriptor in so many is for a connection; the others are for what was accepted and not yet looked at, and for
#: everything else that a server opens.
_DESCRIPTORS_EACH: Final = 2
#: One connection in so many is kept for other addresses than the one that has all others.
_KEPT_FOR_OTHERS: Final = 4
_EVERYBODY: Final = ""


class Admission:
    """Counts the connections of one server.

    Args:
        refused: told of the address that is refused and why, once until it has no connection any more, and once
            until the server is half empty.
    """

    def __init__(self, limits: ServerLimits, refused: Callable[[str, QuotaExceeded], None]) -> None:
        self.most = _most_connections(limits.connections)
        self.most_of_address = min(limits.connections_of_address, self.most - self.most // _KEPT_FOR_OTHERS)
        self._refused = refused
        self._open: dict[str, int] = {}
        self._total = 0
        self._told: set[str] = set()

    def admit(self, address: str) -> bool:
        """Count one more connection of *address*, if there may be one."""
        held = self._open.get(address, 0)
        if self._total >= self.most:
            self._refuse(_EVERYBODY, address, f"{self._total} connections are open")
            return False
        if held >= self.most_of_address:
            self._refuse(address, address, f"{held} connections of this address are open")
            return False
        self._open[address] = held + 1
        self._total += 1
        return True

    def left(self, address: str) -> None:
        """A connection that was admitted has ended."""
        self._total -= 1
        if self._total <= self.most // 2:
            self._told.discard(_EVERYBODY)
        held = self._open.pop(address) - 1
        if held:
            self._open[address] = held
        else:
            self._told.discard(address)

    def _refuse(self, key: str, address: str, why: str) -> None:
        if key not in self._told:
            self._told.add(key)
            self._refused(address, QuotaExceeded(f"{why}; no further one is taken"))


def descriptors_for(connections: int) -> int:
    """How many files a server must be able to open to have as many connections."""
    return connections * _DESCRIPTORS_EACH


def _most_connections(wanted: int) -> int:
    """*wanted*, or fewer where this process may not open as many files."""
    try:
        import resource
    except ImportError:  # not on this system
        return wanted
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return wanted if allowed == resource.RLIM_INFINITY else max(1, min(wanted, allowed // _DESCRIPTORS_EACH))
