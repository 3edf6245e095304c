"""CallbackHost: a client whose objects this server calls: the exporter that its sinks live in. [MS-DCOM] 3.2.4.1.2.

The exporter is asked for at the resolver that the reference names, and reached at the address from which the client
itself came, whatever addresses the reference lists: a client cannot send the server's connections elsewhere.  There is
one connection for each exporter and user, made with the first callback and kept while a sink is in use.
"""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING, Final

from wmix.errors import ConnectError, WmiError
from wmix.net.client.addresses import Address, SocketNetwork, connect_first
from wmix.net.client.connection import ClientConnection
from wmix.net.client.exporter import RemoteExporter
from wmix.net.client.phases import Phase
from wmix.net.client.pings import PingSet
from wmix.net.client.time_bounds import bounded
from wmix.protocol.dcom.identifiers import IID_IObjectExporter, IID_IRemUnknown
from wmix.protocol.dcom.object_exporter import (
    OBJECT_EXPORTER,
    ComplexPing,
    ComplexPingReply,
    ResolveOxid,
    ResolveOxid2Reply,
)
from wmix.protocol.dcom.orpc import OrpcThis
from wmix.protocol.ndr.guid import Guid
from wmix.protocol.rpc.verifier import AuthLevel
from wmix.protocol.wbem.identifiers import IID_IWbemObjectSink

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.net.client.addresses import Network
    from wmix.net.client.login import BeginLogin
    from wmix.net.client.pings import Pinger
    from wmix.protocol.dcom.objref import ObjRefStandard
    from wmix.protocol.ndr.parameters import Parameters

__all__ = ["CallbackHost"]

_log = logging.getLogger("wmix.net.client")

_RESOLVER_PORT: Final = 135
#: Pings in a row that do not come through, after which a client has gone; as for objects ([MS-DCOM] 3.1.2.6).
_MISSED_PINGS: Final = 3


class CallbackHost:
    """One exporter of one client.

    Args:
        reference: an object of the exporter, with the addresses of its resolver.
        address: where the client called from.
        begin_login: makes the login of the connection; None for calls without authentication.
        lost: told when three pings in a row did not reach the client.
        seconds: that one step of the way there may take.
    """

    def __init__(
        self,
        reference: ObjRefStandard,
        address: str,
        begin_login: BeginLogin | None,
        *,
        pinger: Pinger,
        lost: Callable[[], None] | None = None,
        level: int = AuthLevel.INTEGRITY,
        seconds: float = 10.0,
        network: Network | None = None,
    ) -> None:
        bindings = reference.resolver.tcp_bindings()
        self._resolver = Address(address, (bindings[0].port if bindings else None) or _RESOLVER_PORT)
        self._oxid = reference.std.oxid
        self._begin_login = begin_login
        self._level = level
        self._seconds = seconds
        self._network: Network = network or SocketNetwork()
        self._pinger = pinger
        self._lost = lost
        self._missed = 0
        self._causality = Guid(os.urandom(16))
        self._connecting: asyncio.Task[RemoteExporter] | None = None
        self._preparing: asyncio.Task[None] | None = None
        self._is_pinged = False
        self.pings = PingSet()

    async def exporter(self) -> RemoteExporter:
        """The exporter, connected; all who ask meanwhile wait for the same attempt.

        Raises:
            WmiError: it cannot be reached, or refuses the login.
        """
        connecting = self._connecting
        if connecting is None or (connecting.done() and (connecting.cancelled() or connecting.exception())):
            connecting = self._connecting = asyncio.ensure_future(self._connect())
        return await asyncio.shield(connecting)

    def prepare(self) -> None:
        """Connect and log in, soon: a client learns so who calls it, before there is anything to tell."""
        if self._connecting is None:
            self._preparing = asyncio.ensure_future(self._prepare())

    async def _prepare(self) -> None:
        try:
            await (await self.exporter()).prove(self._seconds)
        except WmiError as error:
            # The first callback tries again, and its failure is that of the call.
            _log.info("%s cannot be called back: %s", self._resolver.place, error)

    async def _connect(self) -> RemoteExporter:
        resolved = await self._resolve()
        ports = [binding.port for binding in resolved.bindings.tcp_bindings()] if resolved.bindings else []
        port = next((port for port in ports if port), None)
        if port is None:
            raise ConnectError(f"{self._resolver.place} tells no TCP port of its sinks", phase=Phase.OBJECT_CONNECT)
        # What the client's exporter asks for at least; never less than what this side wants.
        self._level = max(self._level, min(resolved.authn_hint, AuthLevel.PRIVACY))
        place = Address(self._resolver.host, port)
        exporter = RemoteExporter(
            resolved.ipid_rem_unknown,
            OrpcThis(causality=self._causality),
            lambda: self._dial_objects(place),
            self.pings,
        )
        await exporter.first_connection()
        return exporter

    def keep(self, oid: int) -> None:
        """Ping an object from now on."""
        self.pings.held(oid, asyncio.get_running_loop().time())
        if not self._is_pinged:
            self._is_pinged = True
            self._pinger.add(self)

    def let_go(self, oid: int) -> None:
        """Ping it no more."""
        self.pings.given_back(oid)

    def reached(self) -> None:
        """A call has come through: the client is there, whatever becomes of pings."""
        self._missed = 0

    def stop_pings(self) -> None:
        """Ping nothing any more."""
        if self._is_pinged:
            self._is_pinged = False
            self._pinger.remove(self)

    async def _resolve(self) -> ResolveOxid2Reply:
        """Ask the client's resolver, without a login, where the exporter is."""
        connection = await self._dial(self._resolver, Phase.CONNECT)
        try:
            await self._bind(connection, (IID_IObjectExporter,), Phase.BIND, None)
            method = OBJECT_EXPORTER["ResolveOxid2"]
            async with bounded(Phase.CALL, connection.place, self._seconds):
                reply = ResolveOxid2Reply.decode(await connection.call(method.opnum, ResolveOxid(self._oxid).encode()))
        finally:
            connection.close()
        if reply.status:
            raise ConnectError(
                f"{connection.place} does not know the exporter of the sink", status=0x80070000 | reply.status
            )
        return reply

    async def _dial_objects(self, place: Address) -> ClientConnection:
        connection = await self._dial(place, Phase.OBJECT_CONNECT)
        await self._bind(connection, (IID_IWbemObjectSink, IID_IRemUnknown), Phase.OBJECT_CONNECT, self._begin_login)
        connection.phase = Phase.CALL
        return connection

    async def _dial(self, place: Address, phase: Phase) -> ClientConnection:
        async with bounded(phase, place.place, self._seconds):
            return await connect_first(self._network, lambda found: ClientConnection(found.place), [place], phase)

    async def _bind(
        self, connection: ClientConnection, interfaces: Sequence[Guid], phase: Phase, begin: BeginLogin | None
    ) -> None:
        connection.phase = phase
        login = None if begin is None else begin(self._resolver.host, self._level)
        try:
            async with bounded(phase, connection.place, self._seconds):
                await connection.bind(interfaces, login, self._level)
        except BaseException:
            connection.abort()
            raise

    async def ping(self, message: Parameters) -> tuple[int, int | None]:
        """Send a ping to the client's resolver, on a connection of its own.

        Raises:
            WmiError: it did not come through; the third time in a row the client is taken for gone.
        """
        try:
            answer = await self._ping(message)
        except WmiError:
            self._missed += 1
            if self._missed == _MISSED_PINGS and self._lost is not None:
                self._lost()
            raise
        self.reached()
        return answer

    async def _ping(self, message: Parameters) -> tuple[int, int | None]:
        connection = await self._dial(self._resolver, Phase.CONNECT)
        try:
            await self._bind(connection, (IID_IObjectExporter,), Phase.BIND, None)
            method = OBJECT_EXPORTER["ComplexPing" if isinstance(message, ComplexPing) else "SimplePing"]
            async with bounded(Phase.CALL, connection.place, self._seconds):
                reply = method.reply.decode(await connection.call(method.opnum, message.encode()))
            set_id = reply.set_id if isinstance(reply, ComplexPingReply) else None
            status: int = reply.status  # type: ignore[attr-defined]  # of both replies
            return status, set_id
        finally:
            connection.close()

    async def close(self, seconds: float = 1.0) -> None:
        """Give references back, within *seconds*, and end the connection."""
        self.stop_pings()
        if self._preparing is not None:
            self._preparing.cancel()
        connecting, self._connecting = self._connecting, None
        if connecting is None:
            return
        if connecting.done() and not connecting.cancelled() and connecting.exception() is None:
            await connecting.result().close(seconds)
        else:
            connecting.cancel()
