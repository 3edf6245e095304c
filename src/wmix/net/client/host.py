"""A host: connected once, for all namespaces and calls that are made on it. [MS-WMI] 3.2.3, [MS-DCOM] 3.2.4.

From nothing to a namespace it takes six round trips: TCP, bind and activation on the first port, TCP, bind and login
on the second.  The login object stays, so that a further namespace costs one.  All who ask while the connection is
being made wait for the same attempt.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Final, Self

from wmix.config import Timeouts
from wmix.errors import ConnectError, InvalidParameter, WmiError
from wmix.net.client.activation import activate
from wmix.net.client.addresses import SocketNetwork, connect_first, place_of, resolve
from wmix.net.client.binding_choice import object_endpoints
from wmix.net.client.connection import ClientConnection
from wmix.net.client.exporter import RemoteExporter
from wmix.net.client.phases import Phase
from wmix.net.client.pings import PingSet
from wmix.net.client.time_bounds import bounded
from wmix.protocol.dcom.identifiers import IID_IObjectExporter, IID_IRemoteSCMActivator, IID_IRemUnknown
from wmix.protocol.dcom.object_exporter import OBJECT_EXPORTER, ComplexPing, ComplexPingReply
from wmix.protocol.dcom.orpc import OrpcThis
from wmix.protocol.ndr.guid import Guid
from wmix.protocol.rpc.verifier import AuthLevel
from wmix.protocol.wbem.identifiers import CLSID_WbemLevel1Login, IID_IWbemLevel1Login
from wmix.protocol.wbem.interfaces import WBEM_INTERFACES
from wmix.protocol.wbem.login import LEVEL1_LOGIN, NtlmLogin
from wmix.record import Record
from wmix.status import RPC_E_DISCONNECTED, RPC_E_INVALID_IPID, RPC_E_INVALID_OBJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.net.client.activation import Activated
    from wmix.net.client.addresses import Address, Network
    from wmix.net.client.login import BeginLogin
    from wmix.net.client.pings import Pinger
    from wmix.net.client.references import RemoteReference
    from wmix.protocol.ndr.parameters import Parameters

__all__ = ["GONE", "HostAddress", "RemoteHost"]

#: Statuses of calls on objects that the host does not have any more.
GONE: Final = frozenset({RPC_E_DISCONNECTED, RPC_E_INVALID_IPID, RPC_E_INVALID_OBJECT})

_ACTIVATOR_PORT: Final = 135


class HostAddress(Record):
    """Where a host is; ``object_host`` and ``object_port`` when its objects are reached elsewhere than it says."""

    host: str
    port: int = _ACTIVATOR_PORT
    object_host: str | None = None
    object_port: int | None = None

    @property
    def place(self) -> str:
        """For messages."""
        return place_of(self.host, self.port)

    @classmethod
    def parse(cls, text: str, *, object_host: str | None = None, object_port: int | None = None) -> Self:
        """From ``host``, ``host:port``, ``[::1]:port`` or an IPv6 address.

        Raises:
            InvalidParameter: no host, or a port that is none.
        """
        host, colon, digits = text.rpartition(":")
        if not colon or text.endswith("]") or (":" in host and not host.endswith("]")):
            host, digits = text, str(_ACTIVATOR_PORT)
        port = int(digits) if digits.isascii() and digits.isdigit() else 0
        if not host.strip("[]") or not 0 < port < 1 << 16:
            raise InvalidParameter(f"{text!r} names no host", hint="write srv1, srv1:135, 10.0.0.5 or [fe80::1]:135")
        if object_port is not None and not 0 < object_port < 1 << 16:
            raise InvalidParameter(f"a port is 1 to 65535, not {object_port}")
        return cls(host.strip("[]"), port, object_host, object_port)


class _Session(Record):
    """What an activation has brought."""

    exporter: RemoteExporter
    login: RemoteReference


class RemoteHost:
    """One host, for one user.

    Args:
        begin_login: makes the login of each connection.
        level: of authentication, 5 (integrity) or 6 (privacy); never lowered.
        pinger: keeps the objects alive.
    """

    def __init__(
        self,
        address: HostAddress,
        begin_login: BeginLogin | None,
        *,
        pinger: Pinger,
        level: int = AuthLevel.PRIVACY,
        timeouts: Timeouts | None = None,
        network: Network | None = None,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.address = address
        self.pings = PingSet()
        self._begin_login = begin_login
        self._pinger = pinger
        self._level = level
        self._timeouts = timeouts or Timeouts()
        self._network: Network = network or SocketNetwork()
        self._causality = Guid(random(16))
        self._session: asyncio.Task[_Session] | None = None
        self._namespaces: dict[tuple[str, str], asyncio.Task[RemoteReference]] = {}
        self._phase = Phase.RESOLVE
        self._is_pinged = False

    def progress(self) -> tuple[Phase, str]:
        """The phase in which a call is that has to wait, and the place that it waits for."""
        session = self._session
        if session is None or not session.done() or session.cancelled() or session.exception() is not None:
            return self._phase, self.address.place
        is_logging_in = any(not task.done() for task in self._namespaces.values())
        return Phase.LOGIN if is_logging_in else Phase.CALL, session.result().exporter.place

    # -- namespaces -------------------------------------------------------------------------------------------------

    async def services(
        self, namespace: str, locale: str | None = None, *, until: float | None = None, anew: bool = False
    ) -> tuple[RemoteExporter, RemoteReference]:
        """IWbemServices of a namespace, and the exporter to call it by; kept for the next who asks.

        Args:
            locale: such as ``MS_409,MS_407``; None for that of the host.
            anew: whether to ask the host even if the namespace was opened before: it may be gone.

        Raises:
            WmiError: the host is not reached, does not let the user in, or has no such namespace.
        """
        key = (namespace.casefold(), (locale or "").casefold())
        kept = self._namespaces.get(key)
        if anew and kept is not None and kept.done():
            del self._namespaces[key]
            kept = None
        if kept is not None and kept.done() and self._session is not None and self._session.done():
            return self._session.result().exporter, kept.result()
        async with bounded(
            lambda: self._phase, self.address.place, self._timeouts.connect, until, operation="ConnectServer"
        ):
            try:
                return await self._open(key, namespace, locale)
            except WmiError as error:
                if error.status not in GONE:
                    raise
                # The host has forgotten the login object, or was started anew.
                await self.forget()
                return await self._open(key, namespace, locale)

    async def _open(
        self, key: tuple[str, str], namespace: str, locale: str | None
    ) -> tuple[RemoteExporter, RemoteReference]:
        session = await self._connected()
        task = self._namespaces.get(key)
        if task is None:
            task = asyncio.ensure_future(self._log_in(session, namespace, locale))
            self._namespaces[key] = task
            task.add_done_callback(lambda done: self._forget_failed(key, done))
        return session.exporter, await asyncio.shield(task)

    def _forget_failed(self, key: tuple[str, str], task: asyncio.Task[RemoteReference]) -> None:
        if (task.cancelled() or task.exception() is not None) and self._namespaces.get(key) is task:
            del self._namespaces[key]

    async def _log_in(self, session: _Session, namespace: str, locale: str | None) -> RemoteReference:
        self._phase = Phase.LOGIN
        request = NtlmLogin("//./" + namespace.replace("\\", "/"), locale)
        reply = await session.exporter.invoke(
            session.login,
            LEVEL1_LOGIN["NTLMLogin"],
            request,
            seconds=self._timeouts.phase,
            phase=Phase.LOGIN,
            operation="ConnectServer",
        )
        return session.exporter.reference(reply.services)

    def forget_namespace(self, services: RemoteReference) -> None:
        """The host has lost an IWbemServices: the next who asks logs in anew."""
        for key, task in list(self._namespaces.items()):
            if task.done() and not task.cancelled() and task.exception() is None and task.result() is services:
                del self._namespaces[key]

    # -- connecting -------------------------------------------------------------------------------------------------

    async def _connected(self) -> _Session:
        session = self._session
        if session is None:
            session = self._session = asyncio.ensure_future(self._connect())
            session.add_done_callback(self._session_ended)
        return await asyncio.shield(session)

    def _session_ended(self, task: asyncio.Task[_Session]) -> None:
        if (task.cancelled() or task.exception() is not None) and self._session is task:
            self._session = None

    async def _connect(self) -> _Session:
        """From nothing to the login object."""
        found = await self._resolve(self.address.host, self.address.port)
        answered, activated = await self._activate(found)
        endpoints = self._object_endpoints(activated, answered)
        this = OrpcThis(activated.version, causality=self._causality)
        exporter = RemoteExporter(
            activated.exporter.ipid_rem_unknown, this, lambda: self._dial_objects(endpoints), self.pings
        )
        exporter.place = place_of(*endpoints[0])
        await exporter.first_connection()
        if not self._is_pinged:
            self._is_pinged = True
            self._pinger.add(self)
        return _Session(exporter, exporter.reference(activated.reference))

    async def _resolve(self, host: str, port: int) -> Sequence[Address]:
        self._phase = Phase.RESOLVE
        async with bounded(Phase.RESOLVE, host, self._timeouts.phase):
            return await resolve(self._network, host, port)

    async def _dial(self, addresses: Sequence[Address], phase: Phase) -> ClientConnection:
        self._phase = phase
        async with bounded(phase, addresses[0].place, self._timeouts.phase):
            return await self._first(addresses, phase)

    async def _first(self, addresses: Sequence[Address], phase: Phase) -> ClientConnection:
        return await connect_first(self._network, lambda address: ClientConnection(address.place), addresses, phase)

    async def _bind(self, connection: ClientConnection, interfaces: Sequence[Guid], phase: Phase) -> None:
        self._phase = connection.phase = phase
        begin = self._begin_login
        login = None if begin is None else begin(self.address.host, self._level)
        try:
            async with bounded(phase, connection.place, self._timeouts.phase):
                await connection.bind(interfaces, login, self._level)
        except BaseException as error:
            if isinstance(error, WmiError):
                error.phase = error.phase or phase
                error.host = error.host or connection.place
            connection.abort()
            raise

    async def _activate(self, addresses: Sequence[Address]) -> tuple[str, Activated]:
        """The login object, and the address that gave it; the connection is of no further use."""
        connection = await self._dial(addresses, Phase.CONNECT)
        await self._bind(connection, (IID_IRemoteSCMActivator,), Phase.BIND)
        self._phase = connection.phase = Phase.ACTIVATE
        try:
            async with bounded(Phase.ACTIVATE, connection.place, self._timeouts.phase):
                made = await activate(connection, CLSID_WbemLevel1Login, IID_IWbemLevel1Login, self._causality)
            return connection.peer or addresses[0].host, made
        finally:
            connection.close()

    def _object_endpoints(self, activated: Activated, answered: str) -> list[tuple[str, int]]:
        bindings = activated.exporter.bindings
        where = self.address
        found = (
            []
            if bindings is None
            else object_endpoints(bindings, answered, object_host=where.object_host, object_port=where.object_port)
        )
        if not found:
            raise ConnectError(
                f"{where.place} tells no TCP port of its objects",
                phase=Phase.OBJECT_CONNECT,
                host=where.place,
                hint="let WMI listen on TCP there, or name the port with object_port (--object-port)",
            )
        return found

    async def _dial_objects(self, endpoints: Sequence[tuple[str, int]]) -> ClientConnection:
        """A connection to the exporter: to the first of *endpoints* that takes one, one after the other.

        They share the time of the phase.  They are not tried beside each other, because the login is for the host that
        the user named, and the others are only what that host says of itself.
        """
        self._phase = Phase.OBJECT_CONNECT
        loop = asyncio.get_running_loop()
        end = loop.time() + self._timeouts.phase
        failure: WmiError | None = None
        for number, (host, port) in enumerate(endpoints):
            share = (end - loop.time()) / (len(endpoints) - number)
            try:
                async with bounded(Phase.OBJECT_CONNECT, place_of(host, port), share):
                    connection = await self._first(await resolve(self._network, host, port), Phase.OBJECT_CONNECT)
            except ConnectError as error:
                failure = failure or error
                continue
            await self._bind(connection, (*WBEM_INTERFACES, IID_IRemUnknown), Phase.OBJECT_CONNECT)
            connection.phase = Phase.CALL
            return connection
        raise failure or ConnectError("no address to connect to", phase=Phase.OBJECT_CONNECT)

    # -- pings ------------------------------------------------------------------------------------------------------

    async def ping(self, message: Parameters) -> tuple[int, int | None]:
        """Send a ping on a connection of its own, which is closed again: pings are minutes apart."""
        connection = await self._dial(await self._resolve(self.address.host, self.address.port), Phase.CONNECT)
        try:
            await self._bind(connection, (IID_IObjectExporter,), Phase.BIND)
            method = OBJECT_EXPORTER["ComplexPing" if isinstance(message, ComplexPing) else "SimplePing"]
            async with bounded(Phase.CALL, connection.place, self._timeouts.phase):
                reply = method.reply.decode(await connection.call(method.opnum, message.encode()))
            set_id = reply.set_id if isinstance(reply, ComplexPingReply) else None
            status: int = reply.status  # type: ignore[attr-defined]  # of both replies
            return status, set_id
        finally:
            connection.close()

    # -- the end ----------------------------------------------------------------------------------------------------

    async def forget(self) -> None:
        """Drop the session: what was open is closed, the next call connects anew."""
        session, self._session = self._session, None
        self._namespaces.clear()
        if session is not None:
            if session.done() and not session.cancelled() and session.exception() is None:
                await session.result().exporter.close(self._timeouts.exit)
            else:
                session.cancel()

    async def close(self) -> None:
        """Release everything, within the exit time, and close the connection."""
        if self._is_pinged:
            self._is_pinged = False
            self._pinger.remove(self)
        for task in list(self._namespaces.values()):
            if task.done() and not task.cancelled() and task.exception() is None:
                task.result().release()
            else:
                task.cancel()
        session = self._session
        if session is not None and session.done() and not session.cancelled() and session.exception() is None:
            session.result().login.release()
        await self.forget()
