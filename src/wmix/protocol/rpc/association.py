"""An association without its connection: octets in, events out, octets to send. [C706] 9.3, [MS-RPCE] 3.3.

::

    association.receive_data(octets)                # b"" is the end of the stream
    for event in association.events(): ...          # what has happened
    writer.writelines(association.data_to_send())   # in this order, and all of it: signatures count on it

What the peer does wrong never raises: it closes the association, with the error in its last event.  What this side does
wrong raises :class:`~.state.IllegalStep`.  Here is what both roles share: the state, the logins, reading and protecting
PDUs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.errors import ProtocolError
from wmix.protocol.ndr.malformed import MalformedData
from wmix.protocol.rpc.events import AssociationClosed, Event
from wmix.protocol.rpc.fragments import Reassembly, cut_stub, fragment_capacity
from wmix.protocol.rpc.framing import PduStream
from wmix.protocol.rpc.pdu_types import DEFAULT_MAX_FRAGMENT, HEADER_SIZE, LEAST_MAX_FRAGMENT, PduFlags, PduType
from wmix.protocol.rpc.pdus import decode_pdu, encode_pdu
from wmix.protocol.rpc.protection import fragment_octets, open_stub
from wmix.protocol.rpc.security import SecurityViolation
from wmix.protocol.rpc.state import SENDERS, TRANSITIONS, IllegalStep, Role, State
from wmix.protocol.rpc.verifier import TRAILER_SIZE, AuthLevel, AuthVerifier
from wmix.record import Record

if TYPE_CHECKING:
    from wmix.protocol.rpc.pdus import Pdu
    from wmix.protocol.rpc.security import Security

__all__ = ["Association", "AssociationLimits"]

_MOST_FRAGMENT: Final = 0xFFFF


class AssociationLimits(Record):
    """What one connection may cost; octets unless said otherwise."""

    #: Longest fragment that this side proposes, both ways; 1,432 to 65,535.
    max_fragment: int = DEFAULT_MAX_FRAGMENT
    #: Longest stub of one call.
    call_octets: int = 64 * 1024 * 1024
    #: All stubs that have not arrived whole.
    pending_octets: int = 128 * 1024 * 1024
    #: Calls under way at once, and logins (clients exist that log in anew for every interface).
    calls: int = 1024
    logins: int = 4096
    #: Presentation contexts of a client, which may add to them without a login.
    contexts: int = 4096
    #: What a client may send before a login of it has succeeded: PDUs in all, and octets of calls that have not
    #: arrived whole.
    pdus_before_login: int = 1 << 30
    octets_before_login: int = 128 * 1024 * 1024


class Association:
    """What client and server have in common."""

    role: Role

    def __init__(self, limits: AssociationLimits | None = None) -> None:
        self.limits = limits or AssociationLimits()
        if not LEAST_MAX_FRAGMENT <= self.limits.max_fragment <= _MOST_FRAGMENT:
            raise ValueError(f"fragments have {LEAST_MAX_FRAGMENT} to {_MOST_FRAGMENT} octets")
        self.state = State.IDLE
        #: Negotiated: the longest PDU that the other side receives, several calls at once, signed headers.
        self.max_xmit_frag = self.limits.max_fragment
        self.multiplexing = False
        self.header_signing = False
        #: Established logins by their auth context identifier; None where the login was denied.
        self._logins: dict[int, Security | None] = {}
        #: Logins under way: their latest verifier.
        self._begun: dict[int, AuthVerifier] = {}
        self._stream = PduStream(_MOST_FRAGMENT)
        self._reassembly = Reassembly(self.limits.call_octets, self.limits.pending_octets)
        self._events: list[Event] = []
        self._outgoing: list[bytes] = []
        #: Whether an event waits for its answer, so that octets after it wait too.
        self._held = False
        self._latest_call_id = 0

    @property
    def is_held(self) -> bool:
        """Whether an event waits for its answer: a good time to stop reading from the connection."""
        return self._held

    @property
    def pending_octets(self) -> int:
        """Octets that are kept of what the peer has sent and that was not yet passed on."""
        return self._stream.pending + self._reassembly.pending

    @property
    def is_midway(self) -> bool:
        """Whether the peer has sent part of a PDU or of a call, and owes the rest."""
        return bool(self._stream.pending and not self._held) or len(self._reassembly) > 0

    # octets in, events and octets out

    def receive_data(self, data: bytes) -> None:
        """Take octets from the connection; ``b""`` says that no more will come."""
        if self.state is State.CLOSED:
            return
        if data:
            self._stream.feed(data)
            self._pump()
            if self._stream.pending > self.limits.pending_octets:
                self._violated(
                    ProtocolError(f"{self._stream.pending} octets wait for an answer to what was before them")
                )
        else:
            self._end_of_stream()

    def events(self) -> list[Event]:
        """What has happened since the last time, in order."""
        events, self._events = self._events, []
        return events

    def data_to_send(self) -> list[bytes]:
        """What is to be written, in this order; each piece is a whole PDU."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def close(self, error: ProtocolError | None = None) -> None:
        """End the association; *error* is what was wrong with it, if anything."""
        if self.state is not State.CLOSED:
            self.state = State.CLOSED
            self._events.append(AssociationClosed(error))

    def _end_of_stream(self) -> None:
        if self._stream.pending and not self._held:
            self.close(ProtocolError(f"the connection ended {self._stream.pending} octets into a PDU"))
        else:
            self.close(self._unfinished())

    def _unfinished(self) -> ProtocolError | None:
        """Why an end of the stream is no orderly end now."""
        return None

    def _pump(self) -> None:
        """Look at the PDUs that have arrived, until one needs an answer."""
        while not self._held and self.state is not State.CLOSED:
            try:
                data = self._stream.next_pdu()
                if data is None:
                    return
                self._receive_pdu(data, decode_pdu(data))
            except ProtocolError as error:
                self._violated(error)
                return

    def _violated(self, error: ProtocolError) -> None:
        """The peer broke the rules."""
        self.close(error)

    def _receive_pdu(self, data: bytes, pdu: Pdu) -> None:
        if SENDERS[pdu.ptype] is self.role:
            raise _unexpected(pdu, f"the {self.role.value} does not receive this")
        self._latest_call_id = pdu.call_id
        self._advance(pdu.ptype)
        self._handle(data, pdu)

    def _handle(self, data: bytes, pdu: Pdu) -> None:
        """Act on a PDU that the state allows."""

    def _advance(self, ptype: PduType) -> None:
        """Move on for a PDU that was received."""
        state = TRANSITIONS.get((self.state, ptype))
        if state is None:
            what = f"{ptype.name.lower()} is not possible while the association is {self.state.value}"
            raise MalformedData(what, position=2, structure="header", field="ptype")
        self.state = state

    def _release(self) -> None:
        """An event has been answered: go on with what has arrived in the meantime."""
        self._held = False
        self._pump()

    # sending

    def _send(self, pdu: Pdu) -> None:
        """Send a PDU without a stub, as the state allows."""
        state = TRANSITIONS.get((self.state, pdu.ptype))
        if state is None or SENDERS[pdu.ptype] is not self.role:
            raise IllegalStep(f"{pdu.ptype.name.lower()} cannot be sent while the association is {self.state.value}")
        self._outgoing.append(encode_pdu(pdu))
        self.state = state

    def _send_stub(
        self, ptype: PduType, flags: int, call_id: int, fields: bytes, stub: bytes, auth_context_id: int | None
    ) -> None:
        """Send a call or a reply in as many fragments as it needs; *fields* follow the allocation hint."""
        if (self.state, ptype) not in TRANSITIONS:
            raise IllegalStep(f"{ptype.name.lower()} cannot be sent while the association is {self.state.value}")
        security = self._protecting(auth_context_id)
        verifier_size = TRAILER_SIZE + security.token_size if security else 0
        capacity = fragment_capacity(self.max_xmit_frag, HEADER_SIZE + 4 + len(fields), verifier_size)
        for position, hint, piece in cut_stub(stub, capacity):
            self._outgoing.append(
                fragment_octets(
                    ptype,
                    flags | position,
                    call_id,
                    hint.to_bytes(4, "little") + fields,
                    piece,
                    security=security,
                    auth_context_id=auth_context_id or 0,
                    sign_header=self.header_signing,
                )
            )

    # logins

    def establish(self, auth_context_id: int, security: Security) -> None:
        """The login has succeeded: what names it is protected by *security* from now on."""
        if self._begun.pop(auth_context_id, None) is None:
            raise IllegalStep(f"no login has begun for auth context {auth_context_id}")
        self._logins[auth_context_id] = security
        self._release()

    def _begin_login(self, auth: AuthVerifier) -> None:
        """Note a login that has begun or goes on."""
        if auth.context_id not in self._begun and len(self._begun) + len(self._logins) >= self.limits.logins:
            raise ProtocolError(f"more than {self.limits.logins} logins on one connection")
        self._begun[auth.context_id] = auth

    def _protecting(self, auth_context_id: int | None) -> Security | None:
        """What protects PDUs of a login: nothing without one, and at level connect."""
        if auth_context_id is None:
            return None
        try:
            security = self._logins[auth_context_id]
        except KeyError:
            raise IllegalStep(f"there is no login with auth context {auth_context_id}") from None
        return security if security is not None and security.level > AuthLevel.CONNECT else None

    def _opened_stub(self, data: bytes, pdu: Pdu, security: Security) -> bytes:
        """The stub of a protected PDU, verified and in the clear."""
        auth = pdu.auth
        if auth is None:
            raise SecurityViolation(f"{pdu.ptype.name.lower()} of call {pdu.call_id} is not protected")
        if (auth.auth_type, auth.auth_level) != (security.auth_type, security.level):
            raise SecurityViolation(
                f"protected by type {auth.auth_type} at level {auth.auth_level}, "
                f"not by type {security.auth_type} at level {security.level}"
            )
        return open_stub(data, pdu, auth, security, sign_header=self.header_signing)

    def _negotiate(self, flags: int, peer_receives: int) -> None:
        """Take what bind and bind_ack agree on."""
        self.multiplexing = bool(flags & PduFlags.CONC_MPX)
        self.header_signing = bool(flags & PduFlags.SUPPORT_HEADER_SIGN)
        self.max_xmit_frag = min(self.limits.max_fragment, peer_receives)


def _unexpected(pdu: Pdu, what: str) -> MalformedData:
    return MalformedData(f"{pdu.ptype.name.lower()}: {what}", position=2, structure="header", field="ptype")
