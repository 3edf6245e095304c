"""The server's side of an association. [C706] 9.3.2, [MS-RPCE] 3.3.3.

Every ``BindReceived`` is answered by :meth:`ServerAssociation.accept` or ``refuse``, every ``TokenReceived`` by
``establish`` or ``deny``; until then further octets wait.  Calls come as ``CallReceived`` and are answered in any order
by ``reply`` or ``fault``; which interface a call is for is decided above, by its object identifier.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from wmix import status
from wmix.errors import ProtocolError
from wmix.protocol.rpc.association import Association, AssociationLimits
from wmix.protocol.rpc.events import AssociationClosed, BindReceived, CallCancelled, CallReceived, TokenReceived
from wmix.protocol.rpc.pdu_types import LEAST_MAX_FRAGMENT, WHOLE, PduFlags, PduType
from wmix.protocol.rpc.pdus import (
    AlterContext,
    AlterContextResp,
    Auth3,
    Bind,
    BindAck,
    BindNak,
    CoCancel,
    Fault,
    Orphaned,
    Request,
    Shutdown,
    encode_pdu,
)
from wmix.protocol.rpc.security import SecurityViolation
from wmix.protocol.rpc.state import ALTER_REFUSED, IllegalStep, Role, State
from wmix.protocol.rpc.verifier import AuthLevel
from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.protocol.rpc.pdus import Pdu
    from wmix.protocol.rpc.presentation import ContextResult
    from wmix.protocol.rpc.security import Security

__all__ = ["ServerAssociation"]

_REPLY: Final = Struct("<HBB")
#: As the status of a fault, Win32 codes travel without the 8007 of their HRESULT.
_ACCESS_DENIED: Final = status.E_ACCESSDENIED & 0xFFFF
_BAD_SIGNATURE: Final = status.RPC_S_SEC_PKG_ERROR & 0xFFFF
#: bind_nak: no reason given, local limit exceeded.
_REASON_NOT_SPECIFIED: Final = 0
_REASON_PROTOCOL_VERSION: Final = 4


class _Call(Record):
    """A call that has arrived, wholly or in part."""

    context_id: int
    opnum: int
    auth_context_id: int | None
    first: Request


class ServerAssociation(Association):
    """The server's side; one connection."""

    role = Role.SERVER

    def __init__(self, limits: AssociationLimits | None = None) -> None:
        super().__init__(limits)
        #: The bind or alter_context that waits for accept or refuse.
        self._asked: Bind | None = None
        #: Calls whose first fragment has come and whose reply has not been sent.
        self._calls: dict[int, _Call] = {}
        #: Presentation contexts that calls may name.
        self._contexts: set[int] = set()
        self._token_from: int | None = None
        #: PDUs that may still come before a login has succeeded; None once one has.
        self._left_before_login: int | None = self.limits.pdus_before_login
        self._reassembly.most_pending = min(self.limits.octets_before_login, self.limits.pending_octets)

    @property
    def outstanding(self) -> int:
        """How many calls are under way."""
        return len(self._calls)

    # answers to binds and logins

    def accept(
        self,
        results: Sequence[ContextResult],
        *,
        token: bytes = b"",
        security: Security | None = None,
        group_id: int = 0,
        secondary_address: str = "",
    ) -> None:
        """Answer the bind or alter_context that waits.

        Args:
            results: one for each context, in their order.
            token: the next message of the login, which then goes on with an auth3 or an alter_context.
            security: establishes the login at once, when *token* is its last message.
            group_id: the association group, not 0; for alter_context that of the bind.
            secondary_address: the port as text; empty for alter_context.
        """
        asked = self._answering()
        if len(results) != len(asked.contexts):
            raise ValueError(f"{len(results)} results for {len(asked.contexts)} contexts")
        flags = WHOLE | (asked.flags & PduFlags.SUPPORT_HEADER_SIGN)
        kind: type[BindAck] = AlterContextResp
        if not isinstance(asked, AlterContext):
            kind = BindAck
            flags |= asked.flags & PduFlags.CONC_MPX
            # Announced sizes are equal and not above the client's, which some clients insist on.
            self._negotiate(flags, min(asked.max_recv_frag, asked.max_xmit_frag))
        auth = None
        if asked.auth is not None:
            auth = asked.auth.replace(token=token, padding=None, reserved=0)
            self._begin_login(auth)
        size = self.max_xmit_frag
        self._send(kind(asked.call_id, flags, auth, size, size, group_id, secondary_address, tuple(results)))
        self._contexts |= {c.context_id for c, r in zip(asked.contexts, results, strict=True) if r.is_accepted}
        self._asked = None
        if asked.auth is not None and security is not None:
            self.establish(asked.auth.context_id, security)
        else:
            self._release()

    def refuse(self, reason: int = _REASON_NOT_SPECIFIED, *, fault_status: int = _ACCESS_DENIED) -> None:
        """Refuse what waits: a bind by bind_nak with *reason*, an alter_context by a fault with *fault_status*."""
        asked = self._answering()
        if isinstance(asked, AlterContext):
            self._outgoing.append(encode_pdu(Fault(asked.call_id, status=fault_status)))
            self.state = ALTER_REFUSED
        else:
            self._send(BindNak(asked.call_id, reason=reason))
            self._events.append(AssociationClosed(None))
        self._asked = None
        self._release()

    def _answering(self) -> Bind:
        if self._asked is None:
            raise IllegalStep("no bind or alter_context waits for an answer")
        return self._asked

    def establish(self, auth_context_id: int, security: Security) -> None:
        """The login has succeeded: calls that name it are verified and their replies protected by *security*."""
        if self._asked is not None:
            raise IllegalStep("the bind is to be answered first")
        self._token_from = None
        self._left_before_login = None
        self._reassembly.most_pending = self.limits.pending_octets
        super().establish(auth_context_id, security)

    def deny(self, auth_context_id: int) -> None:
        """The login has failed: every call that names it is answered by the fault "access denied".

        A client learns of a wrong password by this fault; one that found its connection closed instead would wait or
        report a broken connection.
        """
        if self._begun.pop(auth_context_id, None) is None:
            raise IllegalStep(f"no login has begun for auth context {auth_context_id}")
        self._logins[auth_context_id] = None
        self._token_from = None
        self._release()

    # answers to calls

    def reply(self, call_id: int, stub: bytes) -> None:
        """Send the reply of a call, under the login of its request; dropped when the client has abandoned it."""
        call = self._calls.pop(call_id, None)
        if call is None or self.state is State.CLOSED:
            return
        self._send_stub(PduType.RESPONSE, 0, call_id, _REPLY.pack(call.context_id, 0, 0), stub, call.auth_context_id)

    def fault(self, call_id: int, fault_status: int, *, did_not_execute: bool = False) -> None:
        """Answer a call by a fault; unprotected, because clients read the status before they look at a verifier."""
        call = self._calls.pop(call_id, None)
        if call is None or self.state is State.CLOSED:
            return
        self._send_fault(call_id, call.context_id, fault_status, did_not_execute=did_not_execute)

    def _send_fault(self, call_id: int, context_id: int, fault_status: int, *, did_not_execute: bool) -> None:
        flags = WHOLE | (PduFlags.DID_NOT_EXECUTE if did_not_execute else 0)
        self._send(Fault(call_id, flags, None, 0, context_id, 0, 0, fault_status))

    def shutdown(self) -> None:
        """Ask the client to make no further calls here; those under way may be answered."""
        self._send(Shutdown(0))

    # what arrives

    def _handle(self, data: bytes, pdu: Pdu) -> None:
        if self._left_before_login is not None:
            if not self._left_before_login:
                raise ProtocolError(f"more than {self.limits.pdus_before_login} PDUs without a login")
            self._left_before_login -= 1
        match pdu:
            case Request():
                self._requested(data, pdu)
            case Bind():
                self._asked_to_bind(pdu)
            case Auth3():
                self._logged_in(pdu)
            case CoCancel() | Orphaned():
                self._cancelled(data, pdu)

    def _asked_to_bind(self, pdu: Bind) -> None:
        is_alter = isinstance(pdu, AlterContext)
        if not is_alter and min(pdu.max_recv_frag, pdu.max_xmit_frag) < LEAST_MAX_FRAGMENT:
            raise ProtocolError(f"the client receives {pdu.max_recv_frag} octets, less than {LEAST_MAX_FRAGMENT}")
        added = {context.context_id for context in pdu.contexts} - self._contexts
        if len(self._contexts) + len(added) > self.limits.contexts:
            raise ProtocolError(f"more than {self.limits.contexts} presentation contexts on one connection")
        if pdu.auth is not None and pdu.auth.context_id in self._logins:
            raise SecurityViolation(f"auth context {pdu.auth.context_id} is logged in already")
        self._asked = pdu
        self._held = True
        self._events.append(BindReceived(pdu.call_id, pdu.contexts, pdu.auth, pdu.group_id, is_alter))

    def _logged_in(self, pdu: Auth3) -> None:
        if pdu.auth is None or pdu.auth.context_id not in self._begun:
            raise SecurityViolation("auth3 belongs to no login that has begun")
        begun = self._begun[pdu.auth.context_id]
        if (pdu.auth.auth_type, pdu.auth.auth_level) != (begun.auth_type, begun.auth_level):
            raise SecurityViolation("auth3 changes the type or the level of the login")
        self._held = True
        self._token_from = pdu.auth.context_id
        self._events.append(TokenReceived(pdu.auth))

    def _requested(self, data: bytes, pdu: Request) -> None:
        auth_context_id, stub = self._authenticated(data, pdu)
        call = self._calls.get(pdu.call_id)
        if call is None or not self._reassembly.is_open(pdu.call_id):
            if call is not None:
                raise ProtocolError(f"call {pdu.call_id} is under way already")
            if len(self._calls) >= self.limits.calls:
                raise ProtocolError(f"more than {self.limits.calls} calls at once")
            call = _Call(pdu.context_id, pdu.opnum, auth_context_id, pdu)
        elif (pdu.context_id, pdu.opnum, auth_context_id) != (call.context_id, call.opnum, call.auth_context_id):
            raise ProtocolError(f"call {pdu.call_id} changes from fragment to fragment")
        whole = self._reassembly.add(pdu.call_id, pdu.flags, stub)
        self._calls[pdu.call_id] = call
        if whole is None:
            return
        if pdu.context_id not in self._contexts:
            self.fault(pdu.call_id, status.NCA_S_INVALID_PRES_CONTEXT_ID, did_not_execute=True)
        elif auth_context_id is not None and self._logins[auth_context_id] is None:
            self.fault(pdu.call_id, _ACCESS_DENIED, did_not_execute=True)
        else:
            target = call.first.object
            event = CallReceived(pdu.call_id, pdu.context_id, pdu.opnum, target, whole, auth_context_id)
            self._events.append(event)

    def _authenticated(self, data: bytes, pdu: Request) -> tuple[int | None, bytes]:
        """The login under which a fragment came, and its stub in the clear."""
        if pdu.auth is None:
            return self._login_at_connect(), pdu.stub
        context_id = pdu.auth.context_id
        if context_id not in self._logins:
            raise SecurityViolation(f"auth context {context_id} is not logged in")
        security = self._logins[context_id]
        if security is None or security.level <= AuthLevel.CONNECT:
            return context_id, pdu.stub
        return context_id, self._opened_stub(data, pdu, security)

    def _login_at_connect(self) -> int | None:
        """The login at level connect, under which unprotected calls come; None without one."""
        for context_id, security in self._logins.items():
            if security is not None and security.level == AuthLevel.CONNECT:
                return context_id
        return None

    def _cancelled(self, data: bytes, pdu: Pdu) -> None:
        security = self._logins.get(pdu.auth.context_id) if pdu.auth is not None else None
        if security is not None and security.level > AuthLevel.CONNECT:
            self._opened_stub(data, pdu, security)  # moves the key stream on, and refuses forgeries
        call = self._calls.get(pdu.call_id)
        if call is None:
            return  # it has ended in the meantime
        is_orphaned = isinstance(pdu, Orphaned)
        arrived = not self._reassembly.is_open(pdu.call_id)
        if is_orphaned:
            del self._calls[pdu.call_id]
            self._reassembly.drop(pdu.call_id)
        if arrived:
            self._events.append(CallCancelled(pdu.call_id, is_orphaned))

    def _violated(self, error: ProtocolError) -> None:
        """Tell the client why, as far as the protocol has words for it, and close."""
        if self.state in {State.IDLE, State.BINDING}:
            self._outgoing.append(encode_pdu(BindNak(0, reason=_REASON_PROTOCOL_VERSION)))
        elif self.state is not State.CLOSED:
            code = _BAD_SIGNATURE if isinstance(error, SecurityViolation) else status.NCA_S_PROTO_ERROR
            self._outgoing.append(encode_pdu(Fault(self._latest_call_id, status=code)))
        self.close(error)
