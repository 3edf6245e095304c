"""The listener: sockets of a server, its connections, and the clean end of both.

A server has a port where clients begin (135 by custom) and a port where its objects are; both understand everything.
The second one may be given, for firewalls, and may be the same as the first.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from functools import partial
from typing import TYPE_CHECKING

from wmix.errors import ConnectError
from wmix.net.server.admission import Admission
from wmix.net.server.connection import ServerConnection
from wmix.net.server.failed_logins import FailedLogins
from wmix.net.server.limits import ServerLimits
from wmix.net.server.pending_octets import PendingOctets
from wmix.net.server.string_bindings import bindings_at

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.errors import WmiError
    from wmix.net.server.connection_host import Acceptor
    from wmix.net.server.dispatch import Dispatcher
    from wmix.net.server.ping_sets import PingSets
    from wmix.net.server.string_bindings import Bindings

__all__ = ["Listener"]

_log = logging.getLogger("wmix.net")

_BACKLOG = 256
#: Octets that are read of one connection before it is the others' turn: what fills them with the smallest calls is
#: answered within some milliseconds.
_READ_AT_ONCE = 16 * 1024
#: What to do when an address or a port cannot be had.
_ADVICE = {
    errno.EADDRNOTAVAIL: "give an address of this machine, or 0.0.0.0",
    errno.EADDRINUSE: "choose another port, or stop who listens there",
    errno.EACCES: "choose another port; ports below 1024 need CAP_NET_BIND_SERVICE",
}


class Listener:
    """All sockets of one server.

    Args:
        names: names and addresses under which clients may know the server, beside the address that they reached.
        services: the security services that bindings tell of.
        on_login: told of every login: user, address, and the error with which it failed or None; and of an address
            whose connections are refused because there are too many.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        acceptor: Acceptor,
        pings: PingSets,
        *,
        limits: ServerLimits | None = None,
        names: Sequence[str] = (),
        services: Sequence[int] = (),
        on_login: Callable[[str, str, WmiError | None], None] | None = None,
    ) -> None:
        self.dispatcher = dispatcher
        self.acceptor = acceptor
        self.limits = limits or ServerLimits()
        self._pings = pings
        self._names = tuple(names)
        self._services = tuple(services)
        self._on_login = on_login
        self._admission = Admission(self.limits, partial(self.logged_in, ""))
        self.failed_logins = FailedLogins(dispatcher.exporter.clock, self.limits)
        self.pending_octets = PendingOctets(self.limits.pending_octets_of_all)
        self.read_buffer = bytearray(_READ_AT_ONCE)
        self._servers: list[asyncio.Server] = []
        self._connections: set[ServerConnection] = set()
        #: Resolver's and objects' port, by either of them.
        self._ports: dict[int, tuple[int, int]] = {}
        self._sweeper: asyncio.Task[None] | None = None
        self._empty: asyncio.Event = asyncio.Event()
        self._empty.set()
        self._closing = False

    # beginning

    async def listen(self, host: str, port: int, object_port: int | None = 0) -> tuple[str, int]:
        """Begin to listen; the address and port that clients are to be told.

        Args:
            host: an address or a name of this machine.
            port: 0 lets the system choose.
            object_port: where the objects are; 0 lets the system choose; may be *port*, which is what None means.

        Raises:
            ConnectError: an address or a port cannot be had.
        """
        first = await self._bind(host, port)
        found = first.getsockname()
        sockets = [first]
        try:
            if object_port is None or object_port == found[1]:
                objects = found[1]
            else:
                sockets.append(await self._bind(host, object_port))
                objects = sockets[1].getsockname()[1]
            self._ports[found[1]] = self._ports[objects] = (found[1], objects)
            loop = asyncio.get_running_loop()
            for sock in sockets:
                self._servers.append(
                    await loop.create_server(lambda: ServerConnection(self), sock=sock, backlog=_BACKLOG)
                )
        except BaseException:
            for sock in sockets:
                sock.close()
            raise
        return found[0], found[1]

    async def _bind(self, host: str, port: int) -> socket.socket:
        loop = asyncio.get_running_loop()
        try:
            family, kind, protocol, _, address = (
                await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
            )[0]
            sock = socket.socket(family, kind, protocol)
        except OSError as error:
            raise ConnectError(
                f"{host} is no address to listen at: {error.strerror or error}",
                hint="give an address of this machine, or 0.0.0.0",
            ) from None
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setblocking(False)
            sock.bind(address)
            # A port can be bound by several and listened at by one: until this, another process can take it.
            sock.listen(_BACKLOG)
        except OSError as error:
            sock.close()
            raise ConnectError(
                f"cannot listen at {host}:{port}: {error.strerror or error}",
                hint=_ADVICE.get(error.errno or 0, "choose another address or port"),
            ) from None
        return sock

    # what a connection belongs to

    def bindings_for(self, local_address: str, local_port: int) -> Bindings:
        """Where the server is reached by a client that reached it at this address and port."""
        resolver, objects = self._ports.get(local_port, (local_port, local_port))
        return bindings_at(
            local_address, self._names, resolver_port=resolver, object_port=objects, services=self._services
        )

    def opened(self, connection: ServerConnection) -> bool:
        """A connection begins; whether there may be one more."""
        if self._closing or not self._admission.admit(connection.peer):
            return False
        self._connections.add(connection)
        self._empty.clear()
        if self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().create_task(self._sweep())
        return True

    def lost(self, connection: ServerConnection) -> None:
        """A connection has ended."""
        if connection not in self._connections:
            return  # it was refused
        self._connections.remove(connection)
        self._admission.left(connection.peer)
        self.dispatcher.exporter.channel_lost(connection)
        if not self._connections:
            self._empty.set()

    def logged_in(self, user: str, address: str, error: WmiError | None) -> None:
        """A login has succeeded, or has failed with *error*."""
        if self._on_login is not None:
            self._on_login(user, address, error)

    @property
    def connections(self) -> int:
        """How many connections there are."""
        return len(self._connections)

    @property
    def logged_in_connections(self) -> int:
        """How many connections there are on which a login has succeeded."""
        return sum([connection.has_login for connection in self._connections])

    # ending

    async def _sweep(self) -> None:
        """Drop what clients have left behind, a few times in the life of an object."""
        pause = min(self.limits.object_life, self.limits.orphan_life) / 6
        while True:
            await asyncio.sleep(pause)
            pings, objects = self._pings.sweep(), self.dispatcher.exporter.sweep()
            if pings or objects:
                _log.info("dropped %d objects and %d ping sets of clients that are gone", objects, pings)

    async def close(self, grace: float = 0.0) -> None:
        """Listen no more, let calls under way end within *grace* seconds, and close all connections."""
        self._closing = True
        for server in self._servers:
            server.close()
        if self._sweeper is not None:
            self._sweeper.cancel()
        for connection in list(self._connections):
            connection.drain()
        if grace > 0:
            try:
                async with asyncio.timeout(grace):
                    await self._answered()
            except TimeoutError:
                _log.warning("calls were still under way after %g s", grace)
        for connection in list(self._connections):
            connection.abort()
        self.dispatcher.exporter.close()
        await self._empty.wait()

    async def _answered(self) -> None:
        """Wait until no connection has a call under way."""
        for connection in list(self._connections):
            await connection.answered()
