"""RemoteSource: a host as the source of an engine's namespaces."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from wmix.cim.paths import normalize_namespace
from wmix.net.client.host import RemoteHost
from wmix.net.client.pings import Pinger
from wmix.protocol.rpc.verifier import AuthLevel
from wmix.remote.choice import Way
from wmix.remote.namespace import RemoteNamespace

if TYPE_CHECKING:
    from wmix.config import Settings
    from wmix.net.client.addresses import Network
    from wmix.net.client.host import HostAddress
    from wmix.net.client.login import BeginLogin
    from wmix.remote.callback_calls import CallbackCalls
    from wmix.remote.callback_receiver import CallbackReceiver

__all__ = ["RemoteSource"]


class RemoteSource:
    """The namespaces of one host, for one user, over one connection.

    Args:
        begin_login: makes the login of each connection.
        locale: such as ``MS_409,MS_407``; None for that of the host.
        level: of authentication, 5 or 6.
        way: how objects are enumerated; AUTO leaves it to each query.
        receiver: where the host calls the sinks of asynchronous calls; None for polling it.
    """

    def __init__(
        self,
        address: HostAddress,
        begin_login: BeginLogin | None,
        settings: Settings,
        *,
        locale: str | None = None,
        level: int = AuthLevel.PRIVACY,
        way: Way = Way.AUTO,
        network: Network | None = None,
        receiver: CallbackReceiver | None = None,
    ) -> None:
        self.settings = settings
        self.locale = locale
        self.way = way
        #: The host's own name, as far as it is known.
        self.server = address.host
        self._pinger = Pinger()
        self.host = RemoteHost(
            address, begin_login, pinger=self._pinger, level=level, timeouts=settings.timeouts, network=network
        )
        #: The calls whose sinks the host calls back; None when it is polled.
        self.callbacks = None if receiver is None else _callback_calls(receiver, settings)
        self._open: weakref.WeakValueDictionary[str, RemoteNamespace] = weakref.WeakValueDictionary()

    def open(self, namespace: str) -> RemoteNamespace:
        """The backend of *namespace*, shared by all who open it; nothing is sent."""
        name = normalize_namespace(namespace)
        found = self._open.get(name.casefold())
        if found is None:
            found = RemoteNamespace(self, name)
            self._open[name.casefold()] = found
        return found

    async def close(self) -> None:
        """Release what is held and close the connection."""
        if self.callbacks is not None:
            await self.callbacks.close(self.settings.timeouts.exit)
        await self.host.close()


def _callback_calls(receiver: CallbackReceiver, settings: Settings) -> CallbackCalls:
    from wmix.remote.callback_calls import CallbackCalls  # few clients are called back

    return CallbackCalls(receiver, timeouts=settings.timeouts, most=settings.limits.buffer_objects)
