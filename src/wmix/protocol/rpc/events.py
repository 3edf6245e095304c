"""What happens on an association, for the code around it.

Those marked *must be answered* stop the association from looking at further octets until they are: the answer decides
how these are to be understood.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.record import Record

if TYPE_CHECKING:
    from wmix.errors import ProtocolError
    from wmix.protocol.ndr.guid import Guid
    from wmix.protocol.rpc.presentation import ContextResult, PresentationContext
    from wmix.protocol.rpc.verifier import AuthVerifier

__all__ = [
    "AssociationClosed",
    "BindReceived",
    "BindRefused",
    "Bound",
    "CallCancelled",
    "CallReceived",
    "Event",
    "Faulted",
    "Replied",
    "ShutdownReceived",
    "TokenReceived",
]


class Event(Record):
    """Base of all events."""


class BindReceived(Event):
    """Server: contexts are asked for, and perhaps a login begins (``auth``).  Must be answered: accept or refuse.

    ``is_alter`` tells an alter_context from the bind that opens the association.
    """

    call_id: int
    contexts: tuple[PresentationContext, ...]
    auth: AuthVerifier | None
    group_id: int
    is_alter: bool


class TokenReceived(Event):
    """The next message of a login has come.

    Client: in the answer to a bind or alter_context; go on with auth3 or alter_context and ``establish``.
    Server: in an auth3.  Must be answered: ``establish`` or ``deny``.
    """

    auth: AuthVerifier


class Bound(Event):
    """Client: a bind or alter_context was accepted; ``results`` are in the order of its contexts."""

    call_id: int
    results: tuple[ContextResult, ...]
    group_id: int
    is_alter: bool


class BindRefused(Event):
    """Client: a bind (the association is over) or an alter_context (it goes on) was refused.

    ``reason`` is that of a bind_nak ([C706] 12.6.3.1: 1 congestion, 2 local limit, 4 protocol version, 8 authentication
    type, 9 invalid checksum), ``status`` that of a fault; the other one is None.
    """

    call_id: int
    reason: int | None
    status: int | None
    is_alter: bool


class CallReceived(Event):
    """Server: a whole request, verified and in the clear.

    ``auth_context_id`` is the login under which it came, None for an unauthenticated call.
    """

    call_id: int
    context_id: int
    opnum: int
    object: Guid | None
    stub: bytes
    auth_context_id: int | None


class CallCancelled(Event):
    """Server: the client wants the call to end early; ``is_orphaned``: and will not read its reply."""

    call_id: int
    is_orphaned: bool


class Replied(Event):
    """Client: the whole reply of a call, verified and in the clear."""

    call_id: int
    stub: bytes


class Faulted(Event):
    """Client: a call failed below its method; ``did_not_execute`` says that it is safe to repeat."""

    call_id: int
    status: int
    did_not_execute: bool


class ShutdownReceived(Event):
    """Client: no further calls on this connection; those under way still end."""


class AssociationClosed(Event):
    """The association is over; ``error`` says what was wrong, None for an orderly end.  Always the last event."""

    error: ProtocolError | None
