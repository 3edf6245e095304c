"""ClientConnection: one association over one TCP connection, and the calls that wait on it. [MS-RPCE] 3.3.2.

Many calls run at once where the host allows it; where it does not, they take turns.  What is sent within one turn of
the event loop leaves in one write, so that the last message of a login and the first call travel together.

A call that nobody waits for any more is cancelled on the host; when its reply has not come after two seconds, it is
orphaned if the host keeps connections then, else the connection is given up.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final, cast

from wmix.errors import AuthError, ProtocolError, WmiError
from wmix.net.client.failures import bind_refused, lost, refused, violated
from wmix.net.client.phases import Phase
from wmix.net.client.socket_addresses import scoped_address
from wmix.protocol.rpc.client import ClientAssociation
from wmix.protocol.rpc.events import (
    AssociationClosed,
    BindRefused,
    Bound,
    Faulted,
    Replied,
    ShutdownReceived,
    TokenReceived,
)
from wmix.protocol.rpc.presentation import BindTimeFeatures, feature_context, ndr_context
from wmix.protocol.rpc.state import State
from wmix.protocol.rpc.verifier import AuthVerifier
from wmix.status import E_ACCESSDENIED, NCA_S_UNK_IF, RPC_S_SEC_PKG_ERROR, RPC_S_UNKNOWN_AUTHN_SERVICE, hresult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.net.client.login import ClientLogin
    from wmix.protocol.ndr.guid import Guid
    from wmix.protocol.rpc.association import AssociationLimits
    from wmix.protocol.rpc.events import Event

    Late = Callable[[bytes], None]

__all__ = ["CANCEL_BOUND", "ClientConnection"]

#: Seconds that a cancelled call, or a release, may still take.
CANCEL_BOUND: Final = 2.0

_BUFFER: Final = 1 << 16
#: Any number does: there is one login on a connection.
_AUTH_CONTEXT: Final = 1
#: Faults with which hosts answer the first call under a login that they refuse.
_REFUSALS: Final = frozenset({E_ACCESSDENIED, RPC_S_SEC_PKG_ERROR})
#: Messages of a login; mechanisms have three or four.
_MOST_LEGS: Final = 8


class _Fault(Exception):
    """A call was answered by a fault; its caller knows what it was for."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class ClientConnection(asyncio.BufferedProtocol):
    """One connection to a host.

    Args:
        place: address and port, for messages.
        limits: of the association.
    """

    def __init__(self, place: str, limits: AssociationLimits | None = None) -> None:
        self.place = place
        self.association = ClientAssociation(limits)
        #: How far the connection has come; told with its end.
        self.phase = Phase.BIND
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray(_BUFFER)
        self._view = memoryview(self._buffer)
        self._transport: asyncio.Transport | None = None
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._abandoned: dict[int, Late | None] = {}
        self._turns: deque[asyncio.Future[None]] = deque()
        self._binding: asyncio.Future[bytes | None] | None = None
        self._token: bytes | None = None
        self._contexts: dict[Guid, int] = {}
        self._auth_context_id: int | None = None
        self._flush_planned = False
        self._end: WmiError | None = None
        #: The login, until a call has shown that the host accepts it.
        self._unproved: ClientLogin | None = None
        #: Called once when the connection has ended, for whatever reason.
        self.on_end: Callable[[], None] | None = None

    # -- asyncio's side ---------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The TCP connection is there."""
        self._transport = cast("asyncio.Transport", transport)

    def get_buffer(self, sizehint: int) -> bytearray:
        """Where octets are to be put; they are taken out before the next ones come."""
        del sizehint
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """*nbytes* octets have come."""
        self.association.receive_data(bytes(self._view[:nbytes]))
        self._pump()

    def eof_received(self) -> bool:
        """The host will send nothing more: the connection is of no use."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The TCP connection is over."""
        self._finish(lost(self.place, self.phase, exc))

    # -- state ------------------------------------------------------------------------------------------------------

    @property
    def is_usable(self) -> bool:
        """Whether new calls can be made."""
        return self._end is None and self.association.state in (State.OPEN, State.ALTERING)

    @property
    def is_waited_for(self) -> bool:
        """Whether somebody waits for an answer."""
        return bool(self._waiting)

    @property
    def is_multiplexed(self) -> bool:
        """Whether the host takes several calls at once."""
        return self.association.multiplexing

    @property
    def peer(self) -> str:
        """The numeric address that is connected; "" when it is not known."""
        name = None if self._transport is None else self._transport.get_extra_info("peername")
        return str(name[0]) if name else ""

    @property
    def local(self) -> str:
        """The numeric address of this side, with its zone if it has one; "" when it is not known."""
        name = None if self._transport is None else self._transport.get_extra_info("sockname")
        return scoped_address(name) if name else ""

    def context_of(self, iid: Guid) -> int:
        """The presentation context for an interface; any other one where it was refused: hosts look at IPIDs."""
        found = self._contexts.get(iid)
        return next(iter(self._contexts.values()), 0) if found is None else found

    # -- bind and login ---------------------------------------------------------------------------------------------

    async def bind(self, interfaces: Sequence[Guid], login: ClientLogin | None, level: int) -> None:
        """Open the association for *interfaces*, and log in.

        A login whose last message is ours is not sent before the first call, which tells whether it succeeded.

        Raises:
            AuthError: the login is refused, or cannot go on.
            ConnectError: the association is refused, or the connection ends.
            ProtocolError: what answers is no RPC.
        """
        contexts = [ndr_context(number, iid) for number, iid in enumerate(interfaces)]
        keep = feature_context(len(contexts), contexts[0].abstract_syntax, BindTimeFeatures.KEEP_CONNECTION_ON_ORPHAN)
        token = None if login is None else await login.step(None)
        auth = None if login is None else AuthVerifier(login.auth_type, level, _AUTH_CONTEXT, token or b"")
        bound, answer = await self._judged(login, lambda: self.association.bind([*contexts, keep], auth=auth))
        for context, result in zip(contexts, bound.results, strict=False):
            if result.is_accepted:
                self._contexts[context.abstract_syntax.uuid] = context.context_id
        if not self._contexts:
            raise refused(NCA_S_UNK_IF, self.place, self.phase)
        if login is not None and auth is not None:
            await self._log_in(login, auth, answer)
            self._auth_context_id = _AUTH_CONTEXT
            self._unproved = login

    async def _log_in(self, login: ClientLogin, auth: AuthVerifier, answer: bytes | None) -> None:
        for _ in range(_MOST_LEGS):
            if answer is None:
                break
            token = await login.step(answer)
            # The step may have taken its time, and what came behind the answer may have been none.
            self._check()
            answer = None
            if token and not login.is_complete:
                verifier = auth.replace(token=token)
                first = ndr_context(next(iter(self._contexts.values())), next(iter(self._contexts)))
                _, answer = await self._judged(login, _altering(self.association, first, verifier))
            elif token:
                # Nothing answers it: it leaves in one write with the first call, which is what tells of a refusal.
                self.association.send_auth3(_AUTH_CONTEXT, token)
            if login.is_complete and answer is None:
                self.association.establish(_AUTH_CONTEXT, login.security())
                return
        raise violated(self.place, self.phase, ProtocolError("the login did not come to its end"))

    async def _judged(self, login: ClientLogin | None, send: Callable[[], int]) -> tuple[Bound, bytes | None]:
        """An exchange that carries a login, which knows best what its refusal means."""
        try:
            return await self._exchange(send)
        except AuthError as error:
            if login is None or error.status == RPC_S_UNKNOWN_AUTHN_SERVICE:
                raise
            raise self._refusal(login, error.status, self.phase) from None

    async def _exchange(self, send: Callable[[], int]) -> tuple[Bound, bytes | None]:
        """Send a bind or an alter_context; its answer, and the token that came with it."""
        self._check()
        self._bound: Bound | None = None
        self._token = None
        self._binding = self._loop.create_future()
        send()
        self._flush_soon()
        try:
            token = await self._binding
        finally:
            self._binding = None
        if self._bound is None:
            raise lost(self.place, self.phase)
        return self._bound, token

    # -- calls ------------------------------------------------------------------------------------------------------

    async def call(
        self,
        opnum: int,
        stub: bytes,
        *,
        object: Guid | None = None,  # noqa: A002 - the field's name in the standard
        context_id: int = 0,
        phase: Phase = Phase.CALL,
        late: Late | None = None,
    ) -> bytes:
        """The stub of the reply.

        Args:
            phase: what the call is for; told with its failure.
            late: gets the reply when it comes after the caller has given up, to free what is in it.

        Raises:
            WmiError: a fault, by its code; ConnectError when the connection ends; ProtocolError.
        """
        while not self.association.can_call:
            self._check()
            await self._turn()
        self._check()
        call_id = self.association.call(
            opnum, stub, context_id=context_id, object=object, auth_context_id=self._auth_context_id
        )
        self._flush_soon()
        future: asyncio.Future[bytes] = self._loop.create_future()
        self._waiting[call_id] = future
        try:
            return await future
        except asyncio.CancelledError:
            self._give_up(call_id, future, late)
            raise
        except _Fault as fault:
            raise self._explain(fault.status, phase) from None
        except WmiError as error:
            error.phase = phase
            raise

    def _explain(self, status: int, phase: Phase) -> WmiError:
        """A fault as an error; the login knows best what it means that its first call is refused."""
        login, self._unproved = self._unproved, None
        if login is None or hresult(status) not in _REFUSALS:
            return refused(status, self.place, phase)
        return self._refusal(login, status, phase)

    def _refusal(self, login: ClientLogin, status: int, phase: Phase) -> WmiError:
        """What the login says about being refused."""
        error = login.refusal(hresult(status))
        error.phase = phase
        error.host = self.place
        return error

    async def _turn(self) -> None:
        """Wait until another call has ended."""
        turn: asyncio.Future[None] = self._loop.create_future()
        self._turns.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn in self._turns:
                self._turns.remove(turn)
            elif turn.done() and not turn.cancelled():
                self._next_turn()
            raise

    def _next_turn(self) -> None:
        while self._turns:
            turn = self._turns.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def _give_up(self, call_id: int, future: asyncio.Future[bytes], late: Late | None) -> None:
        """Nobody waits for the reply of a call any more."""
        if self._waiting.pop(call_id, None) is None:
            if late is not None and future.done() and not future.cancelled() and future.exception() is None:
                late(future.result())
            return
        if self._end is None:
            self._abandoned[call_id] = late
            self.association.cancel(call_id)
            self._flush_soon()
            self._loop.call_later(CANCEL_BOUND, self._cut, call_id)

    def _cut(self, call_id: int) -> None:
        """A cancelled call is still not answered."""
        if call_id not in self._abandoned or self._end is not None:
            return
        if self.association.features & BindTimeFeatures.KEEP_CONNECTION_ON_ORPHAN:
            del self._abandoned[call_id]
            self.association.abandon(call_id)
            self._flush_soon()
        else:
            self.abort()

    # -- sending and receiving --------------------------------------------------------------------------------------

    def _flush_soon(self) -> None:
        if not self._flush_planned:
            self._flush_planned = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_planned = False
        outgoing = self.association.data_to_send()
        if outgoing and self._transport is not None and not self._transport.is_closing():
            self._transport.write(outgoing[0] if len(outgoing) == 1 else b"".join(outgoing))

    def _pump(self) -> None:
        for event in self.association.events():
            self._handle(event)

    def _handle(self, event: Event) -> None:
        match event:
            case Replied(call_id, stub):
                self._unproved = None
                self._settle(call_id, stub, None)
            case Faulted(call_id, status, _):
                self._settle(call_id, b"", _Fault(status))
            case TokenReceived(auth):
                self._token = auth.token
            case Bound():
                self._bound = event
                if self._binding is not None and not self._binding.done():
                    self._binding.set_result(self._token)
            case BindRefused():
                if self._binding is not None and not self._binding.done():
                    self._binding.set_exception(bind_refused(event, self.place, self.phase))
            case ShutdownReceived():
                self._next_turn()
            case AssociationClosed(error):
                self._flush()
                self._finish(lost(self.place, self.phase) if error is None else violated(self.place, self.phase, error))

    def _settle(self, call_id: int, stub: bytes, error: _Fault | None) -> None:
        self._next_turn()
        future = self._waiting.pop(call_id, None)
        if future is None:
            late = self._abandoned.pop(call_id, None)
            if late is not None and error is None:
                late(stub)
        elif not future.done():
            if error is None:
                future.set_result(stub)
            else:
                future.set_exception(error)

    # -- the end ----------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        """See that there is a connection.

        Raises:
            WmiError: why there is none.
        """
        if self._end is not None:
            raise _again(self._end)
        if self.association.state in (State.DRAINING, State.CLOSED):
            raise lost(self.place, self.phase)

    def _finish(self, error: WmiError) -> None:
        if self._end is not None:
            return
        self._end = error
        if self._transport is not None:
            self._transport.abort()
        waiting: list[asyncio.Future[bytes]] = list(self._waiting.values())
        self._waiting.clear()
        self._abandoned.clear()
        for future in waiting:
            if not future.done():
                future.set_exception(_again(error))
        if self._binding is not None and not self._binding.done():
            self._binding.set_exception(_again(error))
        while self._turns:
            self._next_turn()
        if self.on_end is not None:
            self.on_end()

    def close(self) -> None:
        """End the connection when what was written has left."""
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End the connection now."""
        self._finish(lost(self.place, self.phase))


def _altering(association: ClientAssociation, context: object, verifier: AuthVerifier) -> Callable[[], int]:
    return lambda: association.alter_context([context], auth=verifier)  # type: ignore[list-item]  # a context


def _again(error: WmiError) -> WmiError:
    """A copy of *error* for one more waiter: each gets a traceback of its own."""
    from copy import copy

    return copy(error)
