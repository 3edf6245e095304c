"""One connection of a client: octets in, answers out. [MS-RPCE] 3.3.3.

The association (``protocol.rpc``) understands the octets, the acceptor judges logins, the dispatcher answers calls;
here they are tied to a socket and to time.  Answers to what came together leave together, in one write.

A client that does nothing costs little and not for ever: a deadline runs until its first login has succeeded, another
while a bind, a login or a PDU is half-way, one while the client does not read what it asked for, and one while it asks
nothing.  A client that does not read is not read from.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Final

from wmix.errors import AccessDenied, AuthError, WmiError
from wmix.net.server.incoming import IncomingCall, LoginIdentity
from wmix.net.server.socket_options import acknowledge_at_once, prepare
from wmix.net.server.string_bindings import plain_address
from wmix.net.server.stubs import RpcFault
from wmix.protocol.ndr.guid import NULL_GUID, Guid
from wmix.protocol.rpc.association import AssociationLimits
from wmix.protocol.rpc.events import AssociationClosed, BindReceived, CallCancelled, CallReceived, TokenReceived
from wmix.protocol.rpc.presentation import BindTimeFeatures, judge_contexts
from wmix.protocol.rpc.server import ServerAssociation
from wmix.protocol.rpc.state import State
from wmix.status import RPC_S_UNKNOWN_AUTHN_LEVEL, RPC_S_UNKNOWN_AUTHN_SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from wmix.net.server.connection_host import AcceptedLogin, ConnectionHost
    from wmix.net.server.string_bindings import Bindings
    from wmix.protocol.rpc.events import Event
    from wmix.protocol.rpc.security import Security
    from wmix.protocol.rpc.verifier import AuthVerifier

__all__ = ["ServerConnection"]

_log = logging.getLogger("wmix.net")

#: bind_nak: the authentication type is not known ([C706] 12.6.3.1).
_AUTH_TYPE_NOT_RECOGNIZED: Final = 8
_INVALID_CHECKSUM: Final = 9
_FEATURES: Final = BindTimeFeatures.SECURITY_CONTEXT_MULTIPLEXING | BindTimeFeatures.KEEP_CONNECTION_ON_ORPHAN
_BINDING: Final = frozenset({State.IDLE, State.BINDING})
#: What a connection does between calls, and for how long it may.
_QUIET: Final = "asks nothing"
#: Seconds for which the calls of one connection are answered before it is the others' turn; one call may take longer.
_TURN: Final = 0.01
#: Logins that are half-way on one connection.
_MOST_BEGUN: Final = 16
#: Calls that one read of the socket (16 KiB) may bring before reading can stop.
_MOST_READ: Final = 1024


class ServerConnection(asyncio.BufferedProtocol):
    """One accepted connection."""

    def __init__(self, host: ConnectionHost) -> None:
        self._host = host
        limits = host.limits
        self._association = ServerAssociation(
            AssociationLimits(
                call_octets=limits.call_octets,
                pending_octets=limits.pending_octets,
                calls=limits.calls + limits.waiting_calls + _MOST_READ,
                pdus_before_login=limits.pdus_before_login,
                octets_before_login=limits.octets_before_login,
            )
        )
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._bindings: Bindings | None = None
        self.peer = ""
        self._local: tuple[str, int] = ("", 0)
        self._group_id = 0
        self._interfaces: dict[int, Guid] = {}
        self._begun: dict[int, AcceptedLogin] = {}
        self._logins: dict[int, LoginIdentity] = {}
        self._calls: dict[int, IncomingCall] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._waits_for = ""
        self._quiet_since = 0.0
        self._unread_timer: asyncio.TimerHandle | None = None
        self._login_timer: asyncio.TimerHandle | None = None
        #: Until the answer to a login that has failed.
        self._refusal_timer: asyncio.TimerHandle | None = None
        self._reading = True
        self._pending = 0
        #: What has happened and was not yet acted on, and whether that is to go on in another turn of the loop.
        self._todo: deque[Event] = deque()
        self._goes_on = False

    # the channel of calls

    @property
    def bindings(self) -> Bindings:
        """Where this client reaches the server."""
        if self._bindings is None:
            self._bindings = self._host.bindings_for(*self._local)
        return self._bindings

    @property
    def has_login(self) -> bool:
        """Whether a login has succeeded."""
        return bool(self._logins)

    @property
    def outstanding(self) -> int:
        """How many calls are being answered."""
        return len(self._calls)

    # asyncio.BufferedProtocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.peer = plain_address((transport.get_extra_info("peername") or ("",))[0])
        name = transport.get_extra_info("sockname") or ("", 0)
        self._local = (name[0], name[1])
        if not self._host.opened(self):
            transport.abort()
            return
        transport.set_write_buffer_limits(high=self._host.limits.unread_octets)
        prepare(transport.get_extra_info("socket"))
        self._login_timer = self._loop.call_later(self._host.limits.login, self._expire, "does not log in")
        self._watch()

    def get_buffer(self, sizehint: int) -> bytearray:
        """Where octets are to be put; they are taken out before any connection is read again."""
        del sizehint
        return self._host.read_buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(bytes(self._host.read_buffer[:nbytes]))

    def data_received(self, data: bytes) -> None:
        """Octets of the client have come."""
        self._association.receive_data(data)
        self._work()

    def eof_received(self) -> bool:
        self._association.receive_data(b"")
        self._work()
        return False

    def pause_writing(self) -> None:
        """The client does not read: do not read from it, and not for long."""
        self._unread_timer = self._loop.call_later(self._host.limits.unread, self._expire, "reads nothing")
        self._balance()

    def resume_writing(self) -> None:
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None
        self._balance()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            _log.debug("connection of %s lost: %s", self.peer, exc)
        self._association.close()
        for timer in (self._timer, self._unread_timer, self._login_timer, self._refusal_timer):
            if timer is not None:
                timer.cancel()
        for call in self._calls.values():
            call.abandon()
        self._calls.clear()
        self._todo.clear()
        self._host.pending_octets.hold(self, 0)
        for task in self._tasks:
            self._loop.call_soon(task.cancel)
        self._host.lost(self)

    # events

    def _work(self) -> None:
        """Act on everything that has happened, then send what came of it at once."""
        association = self._association
        self._todo.extend(association.events())
        if self._todo and not self._goes_on:
            self._act_for_a_while()
        self._flush()
        self._watch()
        if association.is_held or self._todo or not self._reading:
            self._balance()
        if association.pending_octets != self._pending:
            self._pending = association.pending_octets
            self._host.pending_octets.hold(self, self._pending)

    def _act_for_a_while(self) -> None:
        """Act on what is to be done, and leave the rest for later when others have waited long enough."""
        todo, until = self._todo, monotonic() + _TURN
        while todo:
            self._act(todo.popleft())
            todo.extend(self._association.events())
            if todo and monotonic() >= until:
                self._goes_on = True
                self._loop.call_soon(self._go_on)
                return

    def _go_on(self) -> None:
        self._goes_on = False
        self._work()

    def _act(self, event: Event) -> None:
        match event:
            case CallReceived():
                self._called(event)
            case BindReceived():
                self._bound(event)
            case TokenReceived():
                assert self._transport is not None
                acknowledge_at_once(self._transport.get_extra_info("socket"))
                self._spawn(self._continue_login(event.auth))
            case CallCancelled():
                self._cancelled(event)
            case AssociationClosed():
                if event.error is not None:
                    _log.info("%s: %s", self.peer, event.error)
                self._close_soon()

    def _flush(self) -> None:
        outgoing = self._association.data_to_send()
        if outgoing and self._transport is not None and not self._transport.is_closing():
            self._transport.write(outgoing[0] if len(outgoing) == 1 else b"".join(outgoing))

    def _close_soon(self) -> None:
        """Close once everything is written."""
        self._flush()
        if self._transport is not None:
            self._transport.close()

    # binds and logins

    def _bound(self, event: BindReceived) -> None:
        if not event.is_alter:
            self._group_id = event.group_id or int.from_bytes(os.urandom(4), "little") or 1
        if event.auth is None:
            self._accept(event)
        else:
            self._spawn(self._begin_login(event, event.auth))

    def _accept(self, event: BindReceived, token: bytes = b"", security: Security | None = None) -> None:
        results = judge_contexts(event.contexts, self._host.dispatcher.is_spoken, _FEATURES)
        for context, result in zip(event.contexts, results, strict=True):
            if result.is_accepted:
                self._interfaces[context.context_id] = context.abstract_syntax.uuid
        self._association.accept(
            results,
            token=token,
            security=security,
            group_id=self._group_id,
            secondary_address="" if event.is_alter else str(self._local[1]),
        )

    async def _begin_login(self, event: BindReceived, auth: AuthVerifier) -> None:
        """A login begins in a bind or an alter_context, or goes on in the latter."""
        login = self._begun.get(auth.context_id)
        try:
            if login is None:
                if len(self._begun) >= _MOST_BEGUN:
                    raise WmiError(f"{_MOST_BEGUN} logins of one connection are half-way")
                login = self._host.acceptor.begin(auth.auth_type, auth.auth_level)
                self._begun[auth.context_id] = login
            token = await self._step(login, auth.token)
        except WmiError as error:
            self._begun.pop(auth.context_id, None)
            self._failed(login, error, partial(self._association.refuse, _refusal_reason(error)))
        else:
            if self._association.state is State.CLOSED:
                return
            security = self._established(auth.context_id, login) if login.is_complete else None
            self._accept(event, token or b"", security)
        self._work()

    async def _continue_login(self, auth: AuthVerifier) -> None:
        """The last message of a login, in an auth3; what is wrong with it is told by faults of the calls."""
        login = self._begun[auth.context_id]
        try:
            await self._step(login, auth.token)
            if not login.is_complete:
                raise WmiError("the login ended before it was complete")
        except WmiError as error:
            self._begun.pop(auth.context_id, None)
            self._failed(login, error, partial(self._association.deny, auth.context_id))
        else:
            if self._association.state is State.CLOSED:
                return
            security = self._established(auth.context_id, login)
            self._association.establish(auth.context_id, security)
        self._work()

    async def _step(self, login: AcceptedLogin, token: bytes) -> bytes | None:
        if self._host.failed_logins.is_barred(self.peer):
            raise AuthError("not judged: too many logins of this address have just failed")
        return await login.step(token)

    def _failed(self, login: AcceptedLogin | None, error: WmiError, refuse: Callable[[], None]) -> None:
        """A login has failed: the audit learns of it now, the client when it is time; what it sends meanwhile waits."""
        user = "" if login is None else login.user
        self._host.logged_in(user, self.peer, error)
        wait = 0.0 if login is None else self._host.failed_logins.failed(self.peer, user)
        if wait:
            self._refusal_timer = self._loop.call_later(wait, self._refuse, refuse)
        else:
            self._refuse(refuse)

    def _refuse(self, refuse: Callable[[], None]) -> None:
        if self._association.state is not State.CLOSED:
            refuse()
            self._work()

    def _established(self, context_id: int, login: AcceptedLogin) -> Security:
        security = login.security()
        del self._begun[context_id]
        identity = LoginIdentity(login.user, security.auth_type, security.level, login.identifies_only)
        self._logins[context_id] = identity
        if self._login_timer is not None:
            self._login_timer.cancel()
            self._login_timer = None
        self._host.logged_in(login.user, self.peer, None)
        return security

    # calls

    def _called(self, event: CallReceived) -> None:
        dispatcher = self._host.dispatcher
        login = None if event.auth_context_id is None else self._logins.get(event.auth_context_id)
        call = IncomingCall(self, dispatcher.exporter, login, event.object or NULL_GUID, dispatcher.waiting_calls)
        interface = self._interfaces.get(event.context_id, NULL_GUID)
        try:
            answer = dispatcher.answer(call, interface, event.opnum, event.stub)
        except RpcFault as fault:
            self._association.fault(event.call_id, fault.status, did_not_execute=True)
            if isinstance(fault.__cause__, AccessDenied):
                self._host.logged_in(call.user, self.peer, fault.__cause__)
            return
        if isinstance(answer, bytes):
            self._association.reply(event.call_id, answer)
            return
        self._calls[event.call_id] = call
        call.runs_in(self._spawn(self._answer(event.call_id, call, answer)))
        self._balance()
        if len(self._calls) >= self._host.limits.calls:
            # Once it has begun it is known whether it works or waits.
            self._loop.call_soon(self._balance)

    async def _answer(self, call_id: int, call: IncomingCall, work: Coroutine[Any, Any, bytes]) -> None:
        try:
            stub = await work
        except RpcFault as fault:
            self._association.fault(call_id, fault.status)
        else:
            self._association.reply(call_id, stub)
        finally:
            call.ended()
            self._calls.pop(call_id, None)
        self._balance()
        self._work()

    def _cancelled(self, event: CallCancelled) -> None:
        call = self._calls.get(event.call_id)
        if call is None:
            return
        if event.is_orphaned:
            del self._calls[event.call_id]
            call.abandon()
        else:
            call.cancel()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("the connection of %s is closed, because of a fault of the server", self.peer, exc_info=error)
            self.abort()

    # time and room

    def _balance(self) -> None:
        """Read from the client while it reads, while it has said nothing that has to wait for the answer to what was
        before it, and while its calls are not too many."""
        transport, association = self._transport, self._association
        overtakes = association.is_held and association.pending_octets > 0
        wanted = self._unread_timer is None and not overtakes and not self._todo and self._has_room()
        if transport is None or transport.is_closing() or wanted == self._reading:
            return
        self._reading = wanted
        if wanted:
            transport.resume_reading()
        else:
            transport.pause_reading()

    def _has_room(self) -> bool:
        """Whether another call may come: calls that wait do not keep out those that would end their waiting."""
        most = self._host.limits.calls
        return len(self._calls) < most or len(self._calls) - self._host.dispatcher.waiting_calls.of(self) < most

    def _watch(self) -> None:
        """Let the deadline run that fits what is waited for now."""
        association, limits = self._association, self._host.limits
        if association.state in _BINDING:
            waits_for, seconds = "does not bind", limits.handshake
        elif association.is_midway or self._begun:
            waits_for, seconds = "does not go on", limits.partial
        else:
            waits_for, seconds = _QUIET, limits.idle
            self._quiet_since = self._loop.time()
        if waits_for != self._waits_for:
            self._waits_for = waits_for
            self._set_timer(seconds)

    def _set_timer(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._association.state is not State.CLOSED:
            self._timer = self._loop.call_later(seconds, self._expire, self._waits_for)

    def _expire(self, why: str) -> None:
        if why == _QUIET:
            # Calls do not set the timer anew: that would cost each of them as much as its dispatch.
            idle = self._host.limits.idle
            left = idle if self._calls else self._quiet_since + idle - self._loop.time()
            if left > 0:
                self._set_timer(left)
                return
        _log.info("%s %s: its connection is closed", self.peer, why)
        self.abort()

    def drain(self) -> None:
        """Ask the client for no more calls; waits for results end now, with what is there."""
        if self._association.state in {State.OPEN, State.ALTERING}:
            self._association.shutdown()
            self._flush()
        for call in self._calls.values():
            call.cancel()

    async def answered(self) -> None:
        """Wait until no call and no login is under way."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def abort(self) -> None:
        """Close at once, whatever was not sent."""
        self._association.close()
        if self._transport is not None:
            self._transport.abort()

    def give_up(self, error: WmiError) -> None:
        """Close at once, and tell the audit of it: the client holds more than is good for all."""
        user = next((login.user for login in self._logins.values()), "")
        self._host.logged_in(user, self.peer, error)
        self.abort()

    def __repr__(self) -> str:
        return f"<connection of {self.peer}, {self._association.state.value}, {len(self._calls)} calls>"


def _refusal_reason(error: WmiError) -> int:
    """What a bind_nak says: that the kind of login is not known here, or that this one failed; never why."""
    if error.status in {RPC_S_UNKNOWN_AUTHN_SERVICE, RPC_S_UNKNOWN_AUTHN_LEVEL}:
        return _AUTH_TYPE_NOT_RECOGNIZED
    return _INVALID_CHECKSUM
