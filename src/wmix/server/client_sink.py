"""Sinks of clients: where the asynchronous calls of a server deliver. [MS-WMI] 3.1.1.1.3, 3.2.4.1.

The way to a sink leads back to the machine that made the call.  The server proves itself there with the account that
it was given for callbacks or, without one, with the secret of the very user who made the call: to that user's client
it is no secret.  Callbacks below integrity are made only by a server that is told to.

A sink is pinged from the moment in which it was passed: its client keeps it for a subscription to which nothing happens
for hours, and a client that three pings in a row do not reach has gone, and what it asked for ends.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Final

from wmix.engine.error_object import error_object
from wmix.errors import InvalidParameter, NotSupported
from wmix.net.client.callback_host import CallbackHost
from wmix.net.client.pings import Pinger
from wmix.net.security.credentials import NTLM
from wmix.net.security.login import begin_login
from wmix.net.security.ntlm_login import NtlmLogin
from wmix.protocol.dcom.objref import ObjRefStandard
from wmix.protocol.wbem.object_sink import OBJECT_SINK, Indicate, SetStatus
from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wmix.errors import WmiError
    from wmix.net.client.login import BeginLogin, ClientLogin
    from wmix.net.client.references import RemoteReference
    from wmix.net.security.credentials import Kerberos, Negotiate
    from wmix.port.batch import Batch
    from wmix.protocol.dcom.objref import ObjRef
    from wmix.server.object_writer import ObjectWriter
    from wmix.server.users import Account

__all__ = ["CallbackPolicy", "ClientSink", "ClientSinks"]

_log = logging.getLogger("wmix.server")

#: Seconds that a client may take for one callback.
_SECONDS: Final = 30.0
#: What one Indicate holds at most.
_MOST_OBJECTS: Final = 100
_MOST_OCTETS: Final = 64 * 1024


class CallbackPolicy(Record):
    """How a server proves itself to the sinks that it calls."""

    #: The account of the server; None for the secret of the user who made the call.
    credentials: NTLM | Kerberos | Negotiate | None = None
    #: Whether a sink is called without authentication when there is no way to prove anything to it.
    allow_unauthenticated: bool = False


class ClientSinks:
    """The sinks of one server's clients, and the ways to them."""

    def __init__(self, writer: ObjectWriter, policy: CallbackPolicy) -> None:
        self._writer = writer
        self._policy = policy
        self._pinger = Pinger()
        self._hosts: dict[tuple[int, str, str], tuple[CallbackHost, set[ClientSink]]] = {}

    def sink(
        self,
        reference: ObjRef | None,
        *,
        account: Account | None,
        user: str,
        address: str,
        ended: Callable[[ClientSink], None] | None = None,
    ) -> ClientSink:
        """The sink that a client passed with a call.

        Args:
            account: the user who made the call, if there is a secret of that user.
            address: where the call came from.
            ended: told when the sink has heard of its end.

        Raises:
            InvalidParameter: there is none, or it is no reference.
            NotSupported: there is nothing that could be proved to it.
        """
        if not isinstance(reference, ObjRefStandard) or not any(reference.std.ipid):
            raise InvalidParameter("an asynchronous call needs a sink")
        key = (reference.std.oxid, user.casefold(), address)
        host, used = self._hosts.get(key, (None, set()))
        if host is None:
            host = CallbackHost(
                reference,
                address,
                self._login(account),
                pinger=self._pinger,
                lost=partial(self._lost, key),
                seconds=_SECONDS / 3,
            )
            self._hosts[key] = (host, used)
        sink = ClientSink(self, key, host, reference, self._writer, ended)
        used.add(sink)
        host.keep(reference.std.oid)
        return sink

    def _lost(self, key: tuple[int, str, str]) -> None:
        """Nobody is where the sinks are: end what they were passed for."""
        _, used = self._hosts.get(key, (None, set()))
        if used:
            _log.info("%s at %s has vanished: what %d sinks were for ends", *key[1:], len(used))
        for sink in tuple(used):
            if sink.vanished is not None:
                sink.vanished()

    def _login(self, account: Account | None) -> BeginLogin | None:
        credentials = self._policy.credentials
        if credentials is not None:
            return lambda host, level: begin_login(credentials, host=host, level=level)
        if account is not None:
            return lambda host, level: _account_login(account, host, level)
        if self._policy.allow_unauthenticated:
            return None
        raise NotSupported(
            "the server has no account with which it could call a sink back",
            hint="call semisynchronously, or give the server credentials for callbacks",
        )

    def unused(self, sink: ClientSink) -> CallbackHost | None:
        """*sink* needs no way any more; the way, if it was the last one on it."""
        host, used = self._hosts.get(sink.key, (None, set()))
        if host is None or sink not in used:
            return None
        used.remove(sink)
        host.let_go(sink.reference.std.oid)
        if used:
            return None
        del self._hosts[sink.key]
        host.stop_pings()
        return host

    async def done(self, sink: ClientSink) -> None:
        """A sink has heard of its end; the way is closed behind the last one."""
        host = self.unused(sink)
        if host is not None:
            await host.close()

    async def close(self) -> None:
        """Close all ways."""
        hosts, self._hosts = self._hosts, {}
        for host, _ in hosts.values():
            await host.close(0.0)


def _account_login(account: Account, host: str, level: int) -> ClientLogin:
    return NtlmLogin(NTLM(account.user, "", domain=account.domain), host=host, level=level, key=account.key)


class ClientSink:
    """One sink for one operation; what the engine delivers to."""

    takes_batches = True

    def __init__(
        self,
        sinks: ClientSinks,
        key: tuple[int, str, str],
        host: CallbackHost,
        reference: ObjRefStandard,
        writer: ObjectWriter,
        ended: Callable[[ClientSink], None] | None,
    ) -> None:
        self._sinks = sinks
        self.key = key
        #: Ends the operation, when the client is found to be gone.
        self.vanished: Callable[[], None] | None = None
        self._host = host
        self._ended = ended
        self.reference = reference
        self._writer = writer
        self._held: RemoteReference | None = None

    async def indicate(self, batch: Batch) -> None:
        """Deliver objects; what the sink answers with a failure is raised, and ends the operation."""
        for objects in self._portions(batch):
            await self._call("Indicate", Indicate(objects))

    def _portions(self, batch: Batch) -> Iterator[tuple[bytes, ...]]:
        portion: list[bytes] = []
        size = 0
        for unit in self._writer.units([batch]):
            if portion and (len(portion) >= _MOST_OBJECTS or size + len(unit) > _MOST_OCTETS):
                yield tuple(portion)
                portion, size = [], 0
            portion.append(unit)
            size += len(unit)
        if portion:
            yield tuple(portion)

    async def set_status(self, flags: int, hresult: int, text: str | None, error: WmiError | None) -> None:
        """Tell the end, and let go of the sink."""
        explained = None if error is None else self._writer.unit(error_object(error))
        try:
            await self._call("SetStatus", SetStatus(flags, hresult, text, explained))
        finally:
            if self._ended is not None:
                self._ended(self)
            if self._held is not None:
                self._held.release()
            await self._sinks.done(self)

    async def _call(self, name: str, asked: Indicate | SetStatus) -> None:
        exporter = await self._host.exporter()
        if self._held is None:
            self._held = exporter.reference(self.reference)
        await exporter.invoke(self._held, OBJECT_SINK[name], asked, seconds=_SECONDS, operation=name)
        self._host.reached()

    def begun(self) -> None:
        """The operation goes on: the way to the sink is made before there is anything to tell."""
        self._host.prepare()

    def drop(self) -> None:
        """The operation was refused: the sink is never called."""
        self._sinks.unused(self)
