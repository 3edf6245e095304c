"""A network in memory: connections whose octets arrive after a delay, to hosts made of a ServerAssociation.

With a delay of half a second each way, the clock of a virtual loop counts round trips, TCP handshakes included.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from wmix.net.client.addresses import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.net.client.connection import ClientConnection

__all__ = ["HALF_TRIP", "MemoryNetwork", "MemoryTransport", "Peer"]

#: Seconds that octets travel one way.
HALF_TRIP = 0.5


class Peer:
    """The far side of a connection; subclasses answer what comes."""

    transport: MemoryTransport

    def received(self, data: bytes) -> None:
        """Octets have come."""

    def lost(self) -> None:
        """The client has closed the connection."""

    def send(self, data: bytes) -> None:
        """Octets for the client."""
        self.transport.from_peer(data)

    def close(self) -> None:
        """End the connection."""
        self.transport.end_from_peer()


class MemoryTransport(asyncio.Transport):
    """The client's side of one connection."""

    def __init__(self, network: MemoryNetwork, address: Address, protocol: ClientConnection, peer: Peer) -> None:
        super().__init__({"peername": (address.host, address.port)})
        self._network = network
        self._loop = asyncio.get_running_loop()
        self._protocol = protocol
        self._peer = peer
        self._closing = False
        #: Each write of the client.
        self.writes: list[bytes] = []
        peer.transport = self

    def write(self, data: Any) -> None:
        """Carry octets to the peer."""
        assert not self._closing
        self.writes.append(bytes(data))
        self._loop.call_later(self._network.delay, self._peer.received, bytes(data))

    def from_peer(self, data: bytes) -> None:
        """Carry octets to the client, in pieces as its buffer takes them."""
        if self._network.damage is not None:
            data = self._network.damage(self, data)
        self._loop.call_later(self._network.delay, self._deliver, data)

    def end_from_peer(self) -> None:
        """The peer closes."""
        self._loop.call_later(self._network.delay, self._lose, None)

    def _deliver(self, data: bytes) -> None:
        view = memoryview(data)
        while view and not self._closing:
            buffer = self._protocol.get_buffer(-1)
            size = min(len(buffer), len(view))
            buffer[:size] = view[:size]
            self._protocol.buffer_updated(size)
            view = view[size:]

    def is_closing(self) -> bool:
        """Whether the client has closed."""
        return self._closing

    def close(self) -> None:
        """The client closes."""
        if not self._closing:
            self._closing = True
            self._loop.call_later(self._network.delay, self._peer.lost)
            self._loop.call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        """The client closes at once."""
        self.close()

    def _lose(self, error: Exception | None) -> None:
        if not self._closing:
            self._closing = True
            self._protocol.connection_lost(error)


class MemoryNetwork:
    """Hosts by address.

    Args:
        hosts: makes the far side of a connection to (host, port); None for nobody who listens.
        names: names that resolve otherwise than to themselves.
    """

    def __init__(
        self,
        hosts: Callable[[str, int], Peer | None],
        *,
        delay: float = HALF_TRIP,
        names: dict[str, list[str]] | None = None,
    ) -> None:
        self._hosts = hosts
        self._names = names or {}
        self.delay = delay
        #: (host, port) of every connection that was tried, in order.
        self.dialled: list[tuple[str, int]] = []
        self.transports: list[MemoryTransport] = []
        #: Changes what hosts send.
        self.damage: Callable[[MemoryTransport, bytes], bytes] | None = None
        #: Addresses that swallow what is sent to them.
        self.black_holes: set[tuple[str, int]] = set()

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        """The addresses of a name."""
        found = self._names.get(host, [host])
        if not found:
            raise OSError(-2, "Name or service not known")
        return [Address(address, port) for address in found]

    async def open(self, factory: Callable[[], ClientConnection], address: Address) -> ClientConnection:
        """A connection, after the handshake's round trip."""
        place = (address.host, address.port)
        self.dialled.append(place)
        if place in self.black_holes:
            await asyncio.get_running_loop().create_future()
        await asyncio.sleep(2 * self.delay)
        peer = self._hosts(*place)
        if peer is None:
            raise ConnectionRefusedError(111, "Connection refused")
        protocol = factory()
        transport = MemoryTransport(self, address, protocol, peer)
        self.transports.append(transport)
        protocol.connection_made(transport)
        return protocol
