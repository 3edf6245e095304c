"""States of an association, and which PDU leads from which to which. [C706] 9.3 and 12.6, [MS-RPCE] 3.3.

One table serves both roles, because a PDU changes both sides in the same way: the client when it sends what the server
receives.  ``SENDERS`` says who may send what.  A fault that answers an alter_context has its own line: it is told
from faults of calls by its call identifier.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from wmix.protocol.rpc.pdu_types import PduType

__all__ = ["ALTER_REFUSED", "SENDERS", "TRANSITIONS", "IllegalStep", "Role", "State"]


class Role(Enum):
    """Who this side is."""

    CLIENT = "client"
    SERVER = "server"


class State(Enum):
    """How far the association has come."""

    IDLE = "idle"
    BINDING = "binding"
    OPEN = "open"
    ALTERING = "altering"
    #: The server has asked for no further calls; those under way end.
    DRAINING = "draining"
    CLOSED = "closed"


class IllegalStep(RuntimeError):
    """This side tried what the protocol does not allow now: a mistake of the program, not of the peer."""


SENDERS: Final = {
    PduType.BIND: Role.CLIENT,
    PduType.BIND_ACK: Role.SERVER,
    PduType.BIND_NAK: Role.SERVER,
    PduType.ALTER_CONTEXT: Role.CLIENT,
    PduType.ALTER_CONTEXT_RESP: Role.SERVER,
    PduType.AUTH3: Role.CLIENT,
    PduType.REQUEST: Role.CLIENT,
    PduType.RESPONSE: Role.SERVER,
    PduType.FAULT: Role.SERVER,
    PduType.CO_CANCEL: Role.CLIENT,
    PduType.ORPHANED: Role.CLIENT,
    PduType.SHUTDOWN: Role.SERVER,
}

_CALLS: Final = (PduType.REQUEST, PduType.RESPONSE, PduType.FAULT, PduType.CO_CANCEL, PduType.ORPHANED)

TRANSITIONS: Final[dict[tuple[State, PduType], State]] = {
    (State.IDLE, PduType.BIND): State.BINDING,
    (State.BINDING, PduType.BIND_ACK): State.OPEN,
    (State.BINDING, PduType.BIND_NAK): State.CLOSED,
    (State.BINDING, PduType.FAULT): State.CLOSED,
    (State.OPEN, PduType.AUTH3): State.OPEN,
    (State.OPEN, PduType.ALTER_CONTEXT): State.ALTERING,
    (State.ALTERING, PduType.ALTER_CONTEXT_RESP): State.OPEN,
    # With multiplexing, calls go on while a context is added.
    **{(state, ptype): state for state in (State.OPEN, State.ALTERING) for ptype in _CALLS},
    (State.OPEN, PduType.SHUTDOWN): State.DRAINING,
    (State.ALTERING, PduType.SHUTDOWN): State.DRAINING,
    # The client may have sent these before it learnt of the shutdown.
    **{(State.DRAINING, ptype): State.DRAINING for ptype in (*_CALLS, PduType.AUTH3, PduType.SHUTDOWN)},
}

#: Where a fault leads that answers an alter_context.
ALTER_REFUSED: Final = State.OPEN
