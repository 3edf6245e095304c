"""Addresses: names resolved, and the first of several addresses that takes a connection.

``Network`` is the seam to the outside: sockets in programs, memory in tests.  Attempts on several addresses overlap
(RFC 8305): the next one begins when the one before it fails, or has said nothing for a moment.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any, Final, Protocol

from wmix.net.client.failures import unreachable, unresolved
from wmix.net.client.socket_addresses import scoped_address
from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.net.client.connection import ClientConnection
    from wmix.net.client.phases import Phase

__all__ = ["Address", "Network", "SocketNetwork", "connect_first", "place_of", "resolve"]

#: Seconds that an attempt may be silent before the next address is tried beside it.
STAGGER: Final = 0.5
#: Addresses that are tried at all.
MOST_ADDRESSES: Final = 16
#: Seconds without traffic after which the system looks whether the peer is still there, and for which octets may stay
#: unacknowledged ([MS-RPCE] leaves it to TCP; wire-protocol 7).
_KEEP_ALIVE: Final = 60


def place_of(host: str, port: int) -> str:
    """Host and port as people write them: IPv6 addresses in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Address(Record):
    """Where a connection leads; ``host`` is numeric, ``family`` that of the socket module."""

    host: str
    port: int
    family: int = 0

    @property
    def place(self) -> str:
        """For messages."""
        return place_of(self.host, self.port)


class Network(Protocol):
    """Names to addresses, addresses to connections."""

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        """The addresses of a host, the preferred first; OSError when there are none."""
        ...

    async def open(self, factory: Callable[[], ClientConnection], address: Address) -> ClientConnection:
        """A connection that drives the protocol that *factory* makes; OSError when there is none."""
        ...


class SocketNetwork:
    """TCP by the running event loop."""

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        """The addresses of *host*, which may be an IPv6 address in brackets."""
        name = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
        addresses = [Address(scoped_address(place), port, family) for family, _, _, _, place in found]
        return list(dict.fromkeys(addresses))

    async def open(self, factory: Callable[[], ClientConnection], address: Address) -> ClientConnection:
        """Connect; octets leave at once, and a peer that is gone is noticed."""
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.create_connection(
            factory,
            address.host,
            address.port,
            family=address.family,
        )
        opened: socket.socket = transport.get_extra_info("socket")
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in (
            ("TCP_KEEPIDLE", _KEEP_ALIVE),
            ("TCP_USER_TIMEOUT", _KEEP_ALIVE * 1000),
        ):
            if hasattr(socket, option):
                opened.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
        return protocol


async def resolve(network: Network, host: str, port: int) -> Sequence[Address]:
    """The addresses of *host*.

    Raises:
        ConnectError: it has none.
    """
    try:
        found = await network.resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise unresolved(host, error) from None
    if not found:
        raise unresolved(host, OSError("no address"))
    return found[:MOST_ADDRESSES]


async def connect_first(
    network: Network, factory: Callable[[Address], ClientConnection], addresses: Sequence[Address], phase: Phase
) -> ClientConnection:
    """The connection to the first of *addresses* that takes one; other attempts are given up.

    Raises:
        ConnectError: none does; the error is that of the first address.
    """
    waiting = list(addresses)
    running: dict[asyncio.Task[ClientConnection], Address] = {}
    failures: list[tuple[Address, OSError]] = []
    try:
        while waiting or running:
            if waiting:
                address = waiting.pop(0)
                task = asyncio.ensure_future(network.open(_made(factory, address), address))
                running[task] = address
            done, _ = await asyncio.wait(
                running, timeout=STAGGER if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                address = running.pop(task)
                error = task.exception()
                if error is None:
                    return task.result()
                if not isinstance(error, OSError):
                    raise error
                failures.append((address, error))
    finally:
        for task in running:
            task.add_done_callback(_drop)
            task.cancel()
    failures.sort(key=lambda failure: addresses.index(failure[0]))
    address, first = failures[0]
    raise unreachable(address.place, phase, first) from None


def _made(factory: Callable[[Address], ClientConnection], address: Address) -> Callable[[], ClientConnection]:
    return lambda: factory(address)


def _drop(task: asyncio.Task[Any]) -> None:
    """An attempt that was given up: a connection that came all the same is closed."""
    if not task.cancelled() and task.exception() is None:
        task.result().abort()
