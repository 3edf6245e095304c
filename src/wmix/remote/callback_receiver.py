"""CallbackReceiver: where hosts call the sinks of a client: an object exporter of the client's own. [MS-DCOM] 3.1.

It listens at the address from which the client talks to the host, and nowhere else, from the first asynchronous call
until the client is closed.  Everybody can ask its resolver where an exporter is whose number he knows; a call is taken
from those alone who have proved who they are, at integrity or privacy: by the secret of the client's user, which the
host knows too, or by a ticket of a principal that the client was told to trust.

Whoever fails to prove himself is told to the calls that wait (:attr:`CallbackReceiver.on_refused`), and is answered
later and later, as by any server: this is no place to try passwords.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from wmix.errors import AuthError, ConnectError, InvalidParameter, QuotaExceeded
from wmix.net.client.phases import Phase
from wmix.net.security.acceptor import Acceptor
from wmix.net.security.own_account import own_account
from wmix.net.server.dispatch import Dispatcher
from wmix.net.server.exporter import ObjectExporter
from wmix.net.server.limits import ServerLimits
from wmix.net.server.listener import Listener
from wmix.net.server.ping_sets import PingSets
from wmix.net.server.rem_unknown import RemUnknown
from wmix.net.server.resolver import Resolver
from wmix.net.server.stubs import answers
from wmix.protocol.dcom.identifiers import IID_IRemUnknown2
from wmix.protocol.dcom.object_exporter import OBJECT_EXPORTER
from wmix.protocol.rpc.verifier import AuthLevel, AuthType
from wmix.protocol.wbem.identifiers import IID_IWbemObjectSink

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.config import Callbacks
    from wmix.errors import WmiError
    from wmix.net.security.credentials import Credentials
    from wmix.net.server.connection import ServerConnection
    from wmix.net.server.connection_host import Acceptor as AnyAcceptor
    from wmix.net.server.exporter import ExportedInterface
    from wmix.net.server.incoming import IncomingCall
    from wmix.protocol.dcom.object_exporter import ResolveOxid, ResolveOxid2Reply, ResolveOxidReply
    from wmix.protocol.dcom.objref import ObjRefStandard
    from wmix.protocol.ndr.guid import Guid
    from wmix.remote.object_sink import ObjectSink

__all__ = ["CallbackReceiver", "callback_receiver"]

_log = logging.getLogger("wmix.remote.callbacks")

#: A host needs two connections or three; its calls wait for the reader, one for each sink.
_LIMITS: Final = ServerLimits(connections=64, calls=4096, ping_sets=64)


class _SinkExporter(ObjectExporter):
    """Sinks belong to whoever is let in: nobody is but the host."""

    def owned(self, ipid: Guid, user: str) -> ExportedInterface | None:
        """The interface of an identifier, whoever asks."""
        del user
        return self.find(ipid)


class _SinkResolver(Resolver):
    """Notes that somebody who knows the number of the exporter has asked for it."""

    asked: Callable[[], None]

    @answers(OBJECT_EXPORTER, "ResolveOxid")
    def resolve_oxid(self, call: IncomingCall, asked: ResolveOxid) -> ResolveOxidReply:
        """Where the exporter is."""
        if asked.oxid == self._exporter.oxid:
            self.asked()
        return super().resolve_oxid(call, asked)

    @answers(OBJECT_EXPORTER, "ResolveOxid2")
    def resolve_oxid2(self, call: IncomingCall, asked: ResolveOxid) -> ResolveOxid2Reply:
        """The same, with the version that is spoken."""
        if asked.oxid == self._exporter.oxid:
            self.asked()
        return super().resolve_oxid2(call, asked)


class _CallbackListener(Listener):
    """The sockets of one receiver."""

    receiver: CallbackReceiver

    def lost(self, connection: ServerConnection) -> None:
        """A connection has ended."""
        super().lost(connection)
        if connection.has_login:
            self.receiver.connection_lost()

    def logged_in(self, user: str, address: str, error: WmiError | None) -> None:
        """Somebody has proved who he is, or has not."""
        self.receiver.logged_in(user, address, error)


class CallbackReceiver:
    """The sinks of one client.

    Args:
        acceptor: who may call, and by what proof.
        port: where the resolver and the sinks are; 0 lets the system choose.
        level: that hosts are asked to call at; what is below integrity is refused.
        services: the security services by which hosts can prove themselves, the preferred first.
    """

    def __init__(
        self,
        acceptor: AnyAcceptor,
        *,
        port: int = 0,
        level: int = AuthLevel.PRIVACY,
        services: Sequence[int] = (AuthType.SPNEGO, AuthType.NTLM),
    ) -> None:
        loop = asyncio.get_running_loop()
        self._time = loop.time
        self._port = port
        self._exporter = _SinkExporter(loop.time, _LIMITS)
        ipid = self._exporter.export_forever(RemUnknown(self._exporter), IID_IRemUnknown2)
        pings = PingSets(self._exporter, loop.time)
        resolver = _SinkResolver(self._exporter, ipid, pings, level)
        resolver.asked = self._sign
        dispatcher = Dispatcher(self._exporter, {OBJECT_EXPORTER.iid: resolver}, AuthLevel.INTEGRITY)
        self._listener = _CallbackListener(dispatcher, acceptor, pings, limits=_LIMITS, services=services)
        self._listener.receiver = self
        self._listening: dict[str, asyncio.Task[int]] = {}
        self._last_sign = -1.0
        #: Told when a host could not prove who it is: who it said to be, where it called from, and why.
        self.on_refused: Callable[[AuthError], None] | None = None
        #: Told when a connection of a host has ended.
        self.on_lost: Callable[[], None] | None = None

    def __len__(self) -> int:
        """How many sinks are out."""
        return len(self._exporter)

    # sinks

    async def listen(self, address: str) -> None:
        """See that hosts that this client reaches from *address* can call it there.

        Raises:
            ConnectError: the address or the port cannot be had.
        """
        if not address:
            raise ConnectError(
                "the address of this side of the connection is not known, so that no host can call it back",
                phase=Phase.CALL,
                hint="call without callbacks=True (--callbacks)",
            )
        listening = self._listening.get(address)
        if listening is None or (listening.done() and (listening.cancelled() or listening.exception())):
            listening = self._listening[address] = asyncio.ensure_future(self._listen(address))
        await asyncio.shield(listening)

    async def _listen(self, address: str) -> int:
        _, port = await self._listener.listen(address, self._port, None)
        _log.info("waiting for callbacks at %s, port %d", address, port)
        return port

    def export(self, sink: ObjectSink, address: str) -> ObjRefStandard:
        """A reference to *sink*, for a host that is reached from *address*, where :meth:`listen` has succeeded."""
        bindings = self._listener.bindings_for(address, self._listening[address].result())
        std = self._exporter.export(sink, IID_IWbemObjectSink, owner="")
        return self._exporter.reference(IID_IWbemObjectSink, std, bindings.resolver)

    def withdraw(self, reference: ObjRefStandard) -> None:
        """Take a sink back: whoever calls it is told that it is not there."""
        self._exporter.revoke(reference.std.ipid)

    # what hosts do

    def _sign(self) -> None:
        self._last_sign = self._time()

    def has_sign_since(self, time: float) -> bool:
        """Whether a host has come back since then, or is connected."""
        return self._last_sign >= time or self._listener.logged_in_connections > 0

    def logged_in(self, user: str, address: str, error: WmiError | None) -> None:
        """Somebody has proved who he is, or has not; also for a call below integrity."""
        if error is None:
            self._sign()
            return
        _log.warning("a callback of %s at %s is refused: %s", user or "nobody", address, error.detail)
        # Too many connections are refused too, which says nothing about a host.
        if self.on_refused is not None and not isinstance(error, QuotaExceeded):
            self.on_refused(_unverified(user, address, error))

    def connection_lost(self) -> None:
        """A connection of a host that has proved who it is has ended."""
        if self.on_lost is not None:
            self.on_lost()

    async def close(self) -> None:
        """Take all sinks back and listen no more."""
        for listening in self._listening.values():
            listening.cancel()
        await self._listener.close()


def callback_receiver(credentials: Credentials, callbacks: Callbacks, level: int) -> CallbackReceiver:
    """The receiver of a client that logs in by *credentials*.

    Raises:
        InvalidParameter: there is nothing by which a host could prove who it is.
        NotSupported: a keytab is given, and the extra ``kerberos`` is not installed.
    """
    account = own_account(credentials)
    trusted = {principal.casefold() for principal in callbacks.principals}
    if account is None and not (callbacks.keytab and trusted):
        raise InvalidParameter(
            "callbacks cannot be verified: these credentials have no password that the host could know too",
            operation="ConnectServer",
            hint="give wmix.NTLM or wmix.Negotiate with a password, or wmix.Callbacks(keytab=..., principals=...) with "
            "the keys of this machine and the principals that hosts call back as; or leave callbacks out",
        )
    keytab = callbacks.keytab if trusted else None
    acceptor = Acceptor(account, keytab=keytab, admits=lambda principal: principal.casefold() in trusted)
    services = [AuthType.KERBEROS] if keytab else []
    services += [AuthType.SPNEGO, AuthType.NTLM] if account else [AuthType.SPNEGO]
    return CallbackReceiver(acceptor, port=callbacks.port, level=level, services=services)


def _unverified(user: str, address: str, error: WmiError) -> AuthError:
    return AuthError(
        f"{address} calls back as {user or 'nobody'}, which cannot be verified: {error.detail}",
        status=error.status,
        phase=Phase.CALL,
        host=address,
        hint="a host calls back under its own account unless it knows the user's password: give wmix.Callbacks a "
        "keytab and the host's principal, or call without callbacks=True (--callbacks)",
    )
