"""Locator: IWbemLocator, the way to a namespace. [MS-WMI] 3.1.4.1, brief 1.4.1 to 1.4.8.

The engine of this machine, or of a host for one user, and its portal are made with the first connection and closed when
the last object that came from them is released or collected.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Final

from wmix.com.arguments import flags_of, required, text_of
from wmix.com.connection import Connection
from wmix.com.context import call_context
from wmix.com.errors import failed
from wmix.com.remote_place import RemotePlace
from wmix.com.results import ConnectResult
from wmix.com.services import Services
from wmix.engine.assembly import local_engine
from wmix.engine.locator import parse_locales, parse_resource
from wmix.errors import AuthError, InvalidParameter, WmiError
from wmix.net.security.authority import parse_authority
from wmix.port.caller import Caller
from wmix.port.flags import WBEM_FLAG_CONNECT_REPOSITORY_ONLY, WBEM_FLAG_CONNECT_USE_MAX_WAIT
from wmix.status import WBEM_E_LOCAL_CREDENTIALS, WBEM_S_NO_ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from wmix.com.connection import Lease
    from wmix.com.context import Context
    from wmix.config import Callbacks
    from wmix.engine.engine import Engine
    from wmix.engine.portal import Portal
    from wmix.engine.services import Services as Door
    from wmix.net.security.impersonation import Impersonation

__all__ = ["Locator"]

_MAX_WAIT: Final = 120.0
"""Seconds that a connection with WBEM_FLAG_CONNECT_USE_MAX_WAIT may take (1.4.2)."""

_FLAGS: Final = WBEM_FLAG_CONNECT_REPOSITORY_ONLY | WBEM_FLAG_CONNECT_USE_MAX_WAIT


class Locator:
    """Connects to namespaces."""

    def __init__(
        self,
        engine_factory: Callable[[], Engine] | None = None,
        portal: Portal | None = None,
        caller: Caller | None = None,
        impersonation: Impersonation = "impersonate",
        callbacks: Callbacks | bool = False,
    ) -> None:
        """
        Args:
            engine_factory: makes the engine, on the loop of the portal; by default that of this machine.
            portal: where the engine lives; by default one of its own, closed with the last object.
            caller: who calls; by default the user of this process, with all rights.
            impersonation: how far hosts may act for the user: ``identify``, ``impersonate``, or ``delegate``, for which
                the login has to be one of Kerberos.
            callbacks: whether hosts call the sinks of asynchronous calls back, and where; False for polling them.
        """
        self._make_engine: Callable[[], Engine] = local_engine if engine_factory is None else engine_factory
        self._portal = portal
        self._caller = caller
        self._impersonation: str = impersonation
        self._callbacks = callbacks
        self._lock = threading.Lock()
        self._connections: dict[Hashable, Connection] = {}

    def connect_server(
        self,
        network_resource: str | None,
        user: str | None = None,
        password: str | None = None,
        locale: str | None = None,
        security_flags: int = 0,
        authority: str | None = None,
        context: Context | None = None,
        *,
        impersonation: Impersonation | None = None,
    ) -> ConnectResult:
        r"""Connect to a namespace of this machine, such as ``root\cimv2``, or of a host: ``\\srv1\root\cimv2`` (1.4.8).

        Args:
            user, password, authority: who logs in at the host; without a user, the owner of the tickets that ``kinit``
                has left.  The authority is ``NTLMDomain:domain`` or ``Kerberos:principal of the host``.  For this
                machine they give WBEM_E_LOCAL_CREDENTIALS.
            locale: ``MS_409`` or a name, several separated by commas.
            security_flags: 0, or WBEM_FLAG_CONNECT_USE_MAX_WAIT to give up after two minutes.
            impersonation: of this connection to a host; by default the locator's.

        Returns:
            WBEM_E_INVALID_NAMESPACE, WBEM_E_ACCESS_DENIED, WBEM_E_INVALID_PARAMETER; for a host also
            RPC_S_SERVER_UNAVAILABLE and E_ACCESSDENIED.
        """
        text_of(password, "password")
        call_context(context)
        try:
            resource = required(network_resource, "network resource", "ConnectServer")
            flags = flags_of(security_flags, "security_flags")
            _check_options(text_of(user, "user"), text_of(locale, "locale"), flags, text_of(authority, "authority"))
            target = parse_resource(resource)
            if target.server is None:
                if user or password or authority:
                    raise AuthError(
                        "credentials are for other machines; this one knows who calls",
                        status=WBEM_E_LOCAL_CREDENTIALS,
                        operation="ConnectServer",
                        hint="leave user, password and authority out",
                    )
                lease, engine = self._lease(None, self._make_engine)
            else:
                level = impersonation or self._impersonation
                host = RemotePlace.of(target.server, user, password, authority, locale, level, self._callbacks)
                lease, engine = self._lease(host, host.engine)
            wait = _MAX_WAIT if flags & WBEM_FLAG_CONNECT_USE_MAX_WAIT else None
            door = self._connect(lease, engine, target.namespace, wait, parse_locales(locale))
        except WmiError as error:
            return ConnectResult(failed(error), None)
        return ConnectResult(WBEM_S_NO_ERROR, Services(lease, door))

    def _connect(
        self, lease: Lease, engine: Engine, namespace: str, wait: float | None, locales: tuple[str, ...]
    ) -> Door:
        caller = self._caller or Caller(_user_name())
        if locales:
            caller = caller.replace(locales=locales)

        async def connect() -> Door:
            import asyncio

            deadline = None if wait is None else asyncio.get_running_loop().time() + wait
            return await engine.connect(namespace, caller, deadline=deadline)

        try:
            return lease.call(connect)
        except BaseException:
            lease.release()
            raise

    def _lease(self, place: Hashable, make_engine: Callable[[], Engine]) -> tuple[Lease, Engine]:
        with self._lock:
            connection = self._connections.get(place)
            lease = None if connection is None or connection.is_closed else connection.lease()
            while connection is None or lease is None:
                connection = self._connections[place] = Connection(make_engine, self._portal)
                lease = connection.lease()
            return lease, connection.engine

    def close(self) -> None:
        """Close what is open; objects that came from this locator cannot be used any more."""
        with self._lock:
            connections = list(self._connections.values())
            self._connections.clear()
        for connection in connections:
            connection.close()

    def release(self) -> None:
        """Give the locator up; what came from it stays usable."""
        with self._lock:
            self._connections.clear()

    def __repr__(self) -> str:
        return "<com.Locator>"


def _check_options(user: str | None, locale: str | None, flags: int, authority: str | None) -> None:
    if flags & ~_FLAGS:
        raise InvalidParameter(f"ConnectServer does not know the flags 0x{flags:X}", operation="ConnectServer")
    if authority:
        parse_authority(authority)
        if user and ("\\" in user or "@" in user):
            raise InvalidParameter(
                "the domain stands in the user and in the authority; name it once", operation="ConnectServer"
            )
    parse_locales(locale)


def _user_name() -> str:
    """The user of this process: its login name, or its number where it has none."""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
