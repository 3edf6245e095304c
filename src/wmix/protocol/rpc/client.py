"""The client's side of an association. [C706] 9.3.1, [MS-RPCE] 3.3.2.

A conversation with an NTLM or Kerberos login::

    client.bind(contexts, auth=AuthVerifier(10, 6, 1, negotiate))
    ...                                     # TokenReceived(challenge), Bound(results)
    client.send_auth3(1, authenticate)      # SPNEGO: alter_context(contexts, auth=...) and wait for its Bound
    client.establish(1, security)
    call_id = client.call(opnum, stub, object=ipid, auth_context_id=1)
    ...                                     # Replied(call_id, stub) or Faulted(call_id, status)

Auth3 and the first call may leave in one write.  A login whose last message came from the server is complete without
answer.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from wmix.errors import ProtocolError
from wmix.protocol.rpc.association import Association, AssociationLimits
from wmix.protocol.rpc.events import (
    AssociationClosed,
    BindRefused,
    Bound,
    Faulted,
    Replied,
    ShutdownReceived,
    TokenReceived,
)
from wmix.protocol.rpc.pdu_types import LEAST_MAX_FRAGMENT, WHOLE, PduFlags, PduType
from wmix.protocol.rpc.pdus import (
    AlterContext,
    Auth3,
    Bind,
    BindAck,
    BindNak,
    CoCancel,
    Fault,
    Orphaned,
    Response,
)
from wmix.protocol.rpc.presentation import requested_features
from wmix.protocol.rpc.security import SecurityViolation
from wmix.protocol.rpc.state import ALTER_REFUSED, IllegalStep, Role, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.protocol.ndr.guid import Guid
    from wmix.protocol.rpc.pdus import Pdu
    from wmix.protocol.rpc.presentation import PresentationContext
    from wmix.protocol.rpc.verifier import AuthVerifier

__all__ = ["ClientAssociation"]

_CALL: Final = Struct("<HH")


class ClientAssociation(Association):
    """The client's side; one connection."""

    role = Role.CLIENT

    def __init__(self, limits: AssociationLimits | None = None) -> None:
        super().__init__(limits)
        self.group_id = 0
        #: Bind-time features that the server has granted.
        self.features = 0
        self._call_id = 0
        self._call_id_of_login = 0
        self._asked_flags = 0
        #: The bind or alter_context that waits for its answer.
        self._binding: Bind | None = None
        #: Outstanding calls: the login they were made under.
        self._calls: dict[int, int | None] = {}
        #: Calls given up by this side, whose replies are dropped.
        self._abandoned: dict[int, int | None] = {}

    # the association

    def bind(
        self,
        contexts: Sequence[PresentationContext],
        *,
        auth: AuthVerifier | None = None,
        group_id: int = 0,
        multiplexing: bool = True,
        header_signing: bool = True,
    ) -> int:
        """Open the association; returns the call identifier.

        Args:
            contexts: interfaces to speak, and perhaps an element for bind-time features.
            auth: the first message of a login.
            group_id: an association group to join, 0 for a new one.
            multiplexing, header_signing: what is asked for; the answer decides.
        """
        flags = WHOLE
        if multiplexing:
            flags |= PduFlags.CONC_MPX
        if header_signing:
            flags |= PduFlags.SUPPORT_HEADER_SIGN
        self._asked_flags = flags
        size = self.limits.max_fragment
        return self._begin(Bind(self._next_call_id(), flags, auth, size, size, group_id, tuple(contexts)))

    def alter_context(self, contexts: Sequence[PresentationContext], *, auth: AuthVerifier | None = None) -> int:
        """Add contexts, or begin or continue a login (*auth*); returns the call identifier."""
        if self.outstanding and not self.multiplexing:
            raise IllegalStep("the server takes one call at a time, and one is outstanding")
        flags = WHOLE | (self._asked_flags & PduFlags.SUPPORT_HEADER_SIGN if auth else 0)
        size = self.limits.max_fragment
        return self._begin(AlterContext(self._next_call_id(), flags, auth, size, size, self.group_id, tuple(contexts)))

    def _begin(self, pdu: Bind) -> int:
        self._send(pdu)
        self._binding = pdu
        if pdu.auth is not None:
            self._begin_login(pdu.auth)
        return pdu.call_id

    def send_auth3(self, auth_context_id: int, token: bytes) -> None:
        """Send the last message of a login; nothing answers it, a refusal comes with the first call."""
        begun = self._begun.get(auth_context_id)
        if begun is None:
            raise IllegalStep(f"no login has begun for auth context {auth_context_id}")
        # It belongs to the bind or alter_context that it completes, and has its call identifier.
        self._send(Auth3(self._call_id_of_login, WHOLE, begun.replace(token=token, padding=None)))

    # calls

    @property
    def can_call(self) -> bool:
        """Whether a call may be made now: open, and none outstanding unless the server takes several."""
        if self.multiplexing:
            return self.state in {State.OPEN, State.ALTERING}
        return self.state is State.OPEN and not self.outstanding

    @property
    def outstanding(self) -> int:
        """How many calls wait for their replies, those that were given up among them."""
        return len(self._calls) + len(self._abandoned)

    def call(
        self,
        opnum: int,
        stub: bytes,
        *,
        context_id: int = 0,
        object: Guid | None = None,  # noqa: A002  # the field's name in the standard
        auth_context_id: int | None = None,
    ) -> int:
        """Send a request; returns the call identifier by which its reply will come.

        Args:
            object: the IPID, for calls on objects.
            auth_context_id: the established login that protects it; None for an unauthenticated call.

        Raises:
            IllegalStep: :attr:`can_call` is false, or there is no such login.
        """
        if not self.can_call:
            raise IllegalStep("a call cannot be made now")
        call_id = self._next_call_id()
        flags = int(PduFlags.OBJECT_UUID) if object is not None else 0
        fields = _CALL.pack(context_id, opnum) + (object or b"")
        self._send_stub(PduType.REQUEST, flags, call_id, fields, stub, auth_context_id)
        self._calls[call_id] = auth_context_id
        return call_id

    def cancel(self, call_id: int) -> None:
        """Ask that a call end early; its reply still comes.  Nothing happens when it has ended."""
        if call_id in self._calls:
            self._send(CoCancel(call_id))

    def abandon(self, call_id: int) -> None:
        """Say that the reply of a call will not be read; what comes of it is dropped."""
        if call_id in self._calls:
            self._send(Orphaned(call_id))
            self._abandoned[call_id] = self._calls.pop(call_id)

    def _next_call_id(self) -> int:
        self._call_id = self._call_id % 0xFFFFFFFF + 1
        return self._call_id

    # what arrives

    def _handle(self, data: bytes, pdu: Pdu) -> None:
        match pdu:
            case Response():
                self._replied(data, pdu)
            case Fault():
                self._faulted(data, pdu)
            case BindAck():
                self._bound(pdu)
            case BindNak():
                self._refused(BindRefused(pdu.call_id, pdu.reason, None, is_alter=False))
            case _:
                self._events.append(ShutdownReceived())

    def _bound(self, pdu: BindAck) -> None:
        asked = self._binding
        if asked is None or asked.call_id != pdu.call_id:
            raise ProtocolError(f"{pdu.ptype.name.lower()} answers call {pdu.call_id}, which is none")
        if len(pdu.results) != len(asked.contexts):
            raise ProtocolError(f"{len(pdu.results)} results for {len(asked.contexts)} contexts")
        is_alter = pdu.ptype is PduType.ALTER_CONTEXT_RESP
        self._binding = None
        if not is_alter:
            if pdu.max_recv_frag < LEAST_MAX_FRAGMENT:
                raise ProtocolError(f"the server receives {pdu.max_recv_frag} octets, less than {LEAST_MAX_FRAGMENT}")
            self._negotiate(pdu.flags & self._asked_flags, pdu.max_recv_frag)
            self.group_id = pdu.group_id
        for context, result in zip(asked.contexts, pdu.results, strict=True):
            if requested_features(context) is not None:
                self.features = result.reason
            elif result.is_accepted and result.transfer_syntax not in context.transfer_syntaxes:
                raise ProtocolError(f"context {context.context_id} was accepted in a syntax that was not offered")
        if pdu.auth is not None and asked.auth is not None:
            _check_echo(asked.auth, pdu.auth)
        if pdu.auth is not None and pdu.auth.token:
            if asked.auth is None or asked.auth.context_id != pdu.auth.context_id:
                raise ProtocolError(f"a token for auth context {pdu.auth.context_id}, which has not begun")
            self._begin_login(pdu.auth)
            self._call_id_of_login = pdu.call_id
            self._events.append(TokenReceived(pdu.auth))
        self._events.append(Bound(pdu.call_id, pdu.results, self.group_id, is_alter))

    def _refused(self, event: BindRefused) -> None:
        """Give out a refusal; that of a bind is the end."""
        self._binding = None
        self._events.append(event)
        if not event.is_alter:
            self._events.append(AssociationClosed(None))
        elif self.state is State.ALTERING:
            self.state = ALTER_REFUSED

    def _unfinished(self) -> ProtocolError | None:
        waiting = len(self._calls) + (self._binding is not None)
        return ProtocolError(f"the connection was closed with {waiting} calls not answered") if waiting else None

    def _replied(self, data: bytes, pdu: Response) -> None:
        calls = self._calls if pdu.call_id in self._calls else self._abandoned
        if pdu.call_id not in calls:
            raise ProtocolError(f"a reply for call {pdu.call_id}, which was not made")
        security = self._protecting(calls[pdu.call_id])
        if security is not None and pdu.auth is not None and pdu.auth.context_id != calls[pdu.call_id]:
            raise SecurityViolation(f"call {pdu.call_id} was answered under auth context {pdu.auth.context_id}")
        stub = pdu.stub if security is None else self._opened_stub(data, pdu, security)
        whole = self._reassembly.add(pdu.call_id, pdu.flags, b"" if calls is self._abandoned else stub)
        if whole is None:
            return
        del calls[pdu.call_id]
        if calls is self._calls:
            self._events.append(Replied(pdu.call_id, whole))

    def _faulted(self, data: bytes, pdu: Fault) -> None:
        if self._binding is not None and pdu.call_id == self._binding.call_id:
            is_alter = isinstance(self._binding, AlterContext)
            self._refused(BindRefused(pdu.call_id, None, pdu.status, is_alter))
            return
        calls = self._calls if pdu.call_id in self._calls else self._abandoned
        if pdu.call_id not in calls:
            raise ProtocolError(f"a fault for call {pdu.call_id}, which was not made")
        auth_context_id = calls.pop(pdu.call_id)
        self._reassembly.drop(pdu.call_id)
        if calls is self._calls:
            did_not_execute = bool(pdu.flags & PduFlags.DID_NOT_EXECUTE)
            self._events.append(Faulted(pdu.call_id, pdu.status, did_not_execute))
        # Servers send most faults unprotected.  A protected one moves the key stream on, so it has to be opened; the
        # caller learns the status even if that shows a forgery, which then ends the association.
        security = self._protecting(auth_context_id)
        if security is not None and pdu.auth is not None:
            self._opened_stub(data, pdu, security)


def _check_echo(asked: AuthVerifier, answered: AuthVerifier) -> None:
    """See that an answer goes on with the login that was begun: nobody on the way may make it another or a weaker one.

    Raises:
        SecurityViolation: it is of another type or level.
    """
    if (answered.auth_type, answered.auth_level) != (asked.auth_type, asked.auth_level):
        raise SecurityViolation(
            f"the login of type {asked.auth_type} at level {asked.auth_level} is answered by one of type "
            f"{answered.auth_type} at level {answered.auth_level}"
        )
