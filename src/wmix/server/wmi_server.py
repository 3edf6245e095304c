r"""WmiServer: an engine that clients reach over DCOM.

::

    engine = local_engine(audit=audit_call)
    server = WmiServer(engine, read_users("users.txt"))
    host, port = await server.listen("127.0.0.1", 1135)
    ...
    await server.close()

Two servers in one process share nothing.  A call below integrity is refused; with ``require_privacy``, below privacy.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final

from wmix.errors import AccessDenied
from wmix.net.security.acceptor import Acceptor
from wmix.net.server.activator import Activator
from wmix.net.server.dispatch import Dispatcher
from wmix.net.server.endpoints import EPM, EndpointMapper
from wmix.net.server.exporter import ObjectExporter
from wmix.net.server.limits import ServerLimits
from wmix.net.server.listener import Listener
from wmix.net.server.ping_sets import PingSets
from wmix.net.server.rem_unknown import RemUnknown
from wmix.net.server.resolver import Resolver
from wmix.port.caller import Caller
from wmix.protocol.dcom.identifiers import IID_IRemUnknown2
from wmix.protocol.dcom.legacy_activation import ACTIVATION
from wmix.protocol.dcom.object_exporter import OBJECT_EXPORTER
from wmix.protocol.dcom.scm_activator import REMOTE_SCM_ACTIVATOR
from wmix.protocol.rpc.verifier import AuthLevel, AuthType
from wmix.protocol.wbem.identifiers import CLSID_WbemLevel1Login
from wmix.server.audit import audit_login
from wmix.server.client_sink import CallbackPolicy, ClientSinks
from wmix.server.grants import Grants
from wmix.server.login import LoginStub
from wmix.server.object_writer import ObjectWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.engine.engine import Engine
    from wmix.errors import WmiError
    from wmix.net.server.connection_host import Acceptor as AnyAcceptor
    from wmix.net.server.incoming import IncomingCall
    from wmix.protocol.dcom.objref import ObjRef
    from wmix.server.client_sink import ClientSink
    from wmix.server.identities import Identities
    from wmix.server.users import Account, Users

__all__ = ["WmiServer"]


#: Security services that bindings tell of, the preferred first.
_SERVICES: Final = (AuthType.SPNEGO, AuthType.NTLM)


class WmiServer:
    r"""Serves one engine.

    Args:
        engine: on the running loop; it is not closed with the server.
        users: who may log in.
        grants: what they may do beyond reading.
        require_privacy: refuse calls that are signed but not encrypted.  One widely used client cannot do both NTLM
            and this.
        names: further names and addresses under which clients know this server, such as that of a port forwarding.
        on_login: told of every login; by default the audit.
        keytab: keys of the server's names, for Kerberos; principals whom a grant names are let in.
        acceptor: judges logins; by default by *users* and *keytab*.
        identities: whom methods run as; by default as this process, whoever that is.
        callbacks: how the server proves itself to sinks of clients.
    """

    def __init__(
        self,
        engine: Engine,
        users: Users,
        *,
        grants: Grants | None = None,
        require_privacy: bool = False,
        names: Sequence[str] = (),
        limits: ServerLimits | None = None,
        on_login: Callable[[str, str, WmiError | None], None] = audit_login,
        keytab: str | None = None,
        acceptor: AnyAcceptor | None = None,
        identities: Identities | None = None,
        callbacks: CallbackPolicy | None = None,
    ) -> None:
        self.engine = engine
        self.users = users
        self.grants = grants or Grants()
        self._identities = identities
        self._knows_all = acceptor is None
        self.writer = ObjectWriter()
        self._sinks = ClientSinks(self.writer, callbacks or CallbackPolicy())
        limits = limits or ServerLimits()
        level = AuthLevel.PRIVACY if require_privacy else AuthLevel.INTEGRITY
        self.exporter = ObjectExporter(engine.loop.time, limits, self._account_name)
        rem_unknown = RemUnknown(self.exporter)
        ipid = self.exporter.export_forever(rem_unknown, IID_IRemUnknown2)
        pings = PingSets(self.exporter, engine.loop.time)
        activator = Activator(self.exporter, ipid, {CLSID_WbemLevel1Login: self._new_login}, level)
        dispatcher = Dispatcher(
            self.exporter,
            {
                REMOTE_SCM_ACTIVATOR.iid: activator,
                ACTIVATION.iid: activator,
                OBJECT_EXPORTER.iid: Resolver(self.exporter, ipid, pings, level),
                EPM.iid: EndpointMapper(),
            },
            level,
        )
        self.listener = Listener(
            dispatcher,
            acceptor or Acceptor(self, keytab=keytab, admits=self.admits),
            pings,
            limits=limits,
            names=[socket.gethostname(), *names],
            services=_SERVICES if keytab is None else (AuthType.KERBEROS, *_SERVICES),
            on_login=on_login,
        )

    async def listen(self, host: str, port: int, object_port: int = 0) -> tuple[str, int]:
        """Begin to listen; address and port, which the system chose if *port* is 0.

        Raises:
            ConnectError: the address or the port cannot be had.
        """
        return await self.listener.listen(host, port, object_port)

    @property
    def connections(self) -> int:
        """How many connections clients have."""
        return self.listener.connections

    async def close(self, grace: float = 5.0) -> None:
        """Stop: no new call is taken, those under way get *grace* seconds."""
        await self.listener.close(grace)
        await self._sinks.close()

    def reload(self, users: Users, grants: Grants | None = None) -> None:
        """Judge logins, and namespaces opened from now on, by these; what is open stays open."""
        self.users = users
        self.grants = grants or self.grants

    # what the objects of the server ask

    def find(self, domain: str, user: str) -> bytes | None:
        """The secret of an account, for the acceptor."""
        return self.users.find(domain, user)

    def admits(self, principal: str) -> bool:
        """Whether somebody whom only a ticket proves is let in, for the acceptor: whoever a grant names."""
        return self.grants.names(principal)

    def caller(self, call: IncomingCall, locales: tuple[str, ...]) -> Caller:
        """Who makes *call*, with the rights that were granted.

        Raises:
            AccessDenied: a user who has logged in is none any more.
        """
        account = self._account(call)
        if account is None and self._knows_all and not self._is_admitted_principal(call.user):
            raise AccessDenied(f"{call.user!r} is no user of this server any more", hint="log in as another user")
        name = call.user if account is None else account.name
        identities = self._identities
        caller = Caller(
            name,
            rights=self.grants.rights(name) & ~(0 if identities is None else identities.voided(name)),
            is_remote=True,
            authentication_level=0 if call.login is None else call.login.level,
            address=call.channel.peer,
            runs_as=None if identities is None else identities.runs_as(name),
        )
        return caller.replace(locales=locales) if locales else caller

    def sink(
        self, call: IncomingCall, reference: ObjRef | None, ended: Callable[[ClientSink], None] | None = None
    ) -> ClientSink:
        """The sink that a client passed with *call*."""
        return self._sinks.sink(
            reference, account=self._account(call), user=call.user, address=call.channel.peer, ended=ended
        )

    def _is_admitted_principal(self, user: str) -> bool:
        """Whether *user* is not one of the accounts but a principal, whom a ticket has proved."""
        return "@" in user and "\\" not in user and self.admits(user)

    def _account(self, call: IncomingCall) -> Account | None:
        return self._account_named(call.user)

    def _account_named(self, name: str) -> Account | None:
        domain, _, user = name.rpartition("\\")
        return self.users.account(domain, user)

    def _account_name(self, user: str) -> str:
        """One name for all the domains under which a user may log in."""
        account = self._account_named(user)
        return (user if account is None else account.name).casefold()

    def _new_login(self, call: IncomingCall) -> LoginStub:
        del call  # everyone who is authenticated may try
        return LoginStub(self)
