"""Pings: telling a host that its objects are still wanted. [MS-DCOM] 3.1.2.5.1.2, 3.2.6.1.

``PingSet`` is the state of one host: which objects are in the set there, and which are to be added or taken out.
``Pinger`` is one task for all hosts of an engine.  Objects that live for less than a period are never pinged: a host
keeps what was called lately.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, Protocol

from wmix.errors import WmiError
from wmix.protocol.dcom.object_exporter import ComplexPing, SimplePing
from wmix.status import OR_INVALID_SET, hresult

if TYPE_CHECKING:
    from wmix.protocol.ndr.parameters import Parameters

__all__ = ["PERIOD", "PingSet", "Pinged", "Pinger"]

_log = logging.getLogger("wmix.net.client.pings")

#: Seconds between two pings; a host forgets a set after three times that.
PERIOD: Final = 120.0
#: Seconds for which an object is not pinged, because its calls keep it alive.
_YOUNG: Final = 90.0
#: Objects added or taken out in one ping.
_MOST_CHANGES: Final = 5000
_SEQUENCES: Final = 1 << 16


class PingSet:
    """The objects of one host that are in use, and those that the host has in the set."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[int, float]] = {}
        self._known: set[int] = set()
        self._set_id = 0
        self._sequence = 0
        self._sent: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())

    def __len__(self) -> int:
        return len(self._held)

    def held(self, oid: int, now: float) -> None:
        """One more reference to an object."""
        count, since = self._held.get(oid, (0, now))
        self._held[oid] = (count + 1, since)

    def given_back(self, oid: int) -> None:
        """One reference less."""
        count, since = self._held.get(oid, (0, 0.0))
        if count > 1:
            self._held[oid] = (count - 1, since)
        else:
            self._held.pop(oid, None)

    def message(self, now: float) -> ComplexPing | SimplePing | None:
        """What is to be sent now; None when nothing is old enough to need it."""
        added = [oid for oid, (_, since) in self._held.items() if oid not in self._known and now - since >= _YOUNG]
        deleted = [oid for oid in self._known if oid not in self._held]
        if not added and not deleted:
            return SimplePing(self._set_id) if self._known else None
        self._sent = (tuple(added[:_MOST_CHANGES]), tuple(deleted[:_MOST_CHANGES]))
        self._sequence = (self._sequence + 1) % _SEQUENCES
        return ComplexPing(self._set_id, self._sequence, added=self._sent[0] or None, deleted=self._sent[1] or None)

    def answered(self, status: int, set_id: int | None) -> None:
        """The host has taken a message; *set_id* is that of a ComplexPing's answer."""
        if hresult(status) == OR_INVALID_SET:
            # The host has forgotten the set, for instance after a restart: the next message makes a new one.
            self._known.clear()
            self._set_id = self._sequence = 0
            return
        if set_id is not None:
            self._set_id = set_id
            self._known |= set(self._sent[0])
            self._known -= set(self._sent[1])


class Pinged(Protocol):
    """A host, as its pinger sees it."""

    pings: PingSet

    async def ping(self, message: Parameters) -> tuple[int, int | None]:
        """Send a ComplexPing or SimplePing: the status, and the set of a ComplexPing."""
        ...


class Pinger:
    """The one task that pings all hosts; it runs while there is a host."""

    def __init__(self, period: float = PERIOD) -> None:
        self._period = period
        self._hosts: list[Pinged] = []
        self._task: asyncio.Task[None] | None = None

    def add(self, host: Pinged) -> None:
        """Ping *host* from now on."""
        self._hosts.append(host)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def remove(self, host: Pinged) -> None:
        """Stop doing so."""
        if host in self._hosts:
            self._hosts.remove(host)
        if not self._hosts and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._period)
            await asyncio.gather(*[self._ping(host, loop.time()) for host in list(self._hosts)])

    async def _ping(self, host: Pinged, now: float) -> None:
        message = host.pings.message(now)
        if message is None:
            return
        try:
            host.pings.answered(*await host.ping(message))
        except WmiError as error:
            # A host that cannot be pinged is asked again a period later; its calls tell if it is gone.
            _log.warning("a ping failed: %s", error)
