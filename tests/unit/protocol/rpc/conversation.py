"""Client and server associations in memory, connected by hand: what conversations are tested with."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from wmix.protocol.ndr.guid import Guid
from wmix.protocol.rpc.association import Association, AssociationLimits
from wmix.protocol.rpc.client import ClientAssociation
from wmix.protocol.rpc.events import (
    AssociationClosed,
    BindReceived,
    Bound,
    Event,
    TokenReceived,
)
from wmix.protocol.rpc.presentation import ACCEPTED, ndr_context
from wmix.protocol.rpc.security import NullSecurity
from wmix.protocol.rpc.server import ServerAssociation
from wmix.protocol.rpc.state import State
from wmix.protocol.rpc.verifier import AuthVerifier

if TYPE_CHECKING:
    from wmix.errors import ProtocolError


__all__ = ["CONTEXT", "IPID", "SERVICES", "SMALL", "carry", "closed", "connected", "logged_in", "one"]

SERVICES = Guid.parse("9556DC99-828C-11CF-A37E-00AA003240C7")
IPID = Guid.parse("00008800-1A68-01CC-1122-334455667788")
CONTEXT = ndr_context(0, SERVICES)
SMALL = AssociationLimits(max_fragment=1432)


def carry(sender: Association, receiver: Association, size: int = 1 << 20) -> list[Event]:
    """Give the octets of one side to the other, in pieces of *size*; what happened there."""
    octets = b"".join(sender.data_to_send())
    for start in range(0, len(octets), size):
        receiver.receive_data(octets[start : start + size])
    return receiver.events()


E = TypeVar("E", bound=Event)


def one(kind: type[E], events: list[Event]) -> E:
    """The only event, which is of *kind*."""
    (event,) = events
    assert isinstance(event, kind)
    return event


def connected(
    *, limits: AssociationLimits | None = None, multiplexing: bool = True
) -> tuple[ClientAssociation, ServerAssociation]:
    """Both sides of an open association without a login."""
    client, server = ClientAssociation(limits), ServerAssociation(limits)
    client.bind([CONTEXT], multiplexing=multiplexing)
    one(BindReceived, carry(client, server))
    server.accept([ACCEPTED], group_id=7, secondary_address="135")
    assert one(Bound, carry(server, client)).group_id == 7
    return client, server


def logged_in(level: int = 5, limits: AssociationLimits | None = None) -> tuple[ClientAssociation, ServerAssociation]:
    """Both sides of an open association after a login of three messages."""
    client, server = ClientAssociation(limits), ServerAssociation(limits)
    client.bind([CONTEXT], auth=AuthVerifier(10, level, 1, b"negotiate"))
    assert one(BindReceived, carry(client, server)).auth is not None
    server.accept([ACCEPTED], token=b"challenge", group_id=7, secondary_address="135")
    token, bound = carry(server, client)
    assert isinstance(bound, Bound)
    assert isinstance(token, TokenReceived)
    assert token.auth.token == b"challenge"
    client.send_auth3(1, b"authenticate")
    client.establish(1, NullSecurity(level))
    assert one(TokenReceived, carry(client, server)).auth.token == b"authenticate"
    server.establish(1, NullSecurity(level))
    return client, server


def closed(association: Association, events: list[Event] | None = None) -> ProtocolError:
    """The error with which an association has just ended."""
    last = (association.events() if events is None else events)[-1]
    assert isinstance(last, AssociationClosed)
    assert last.error is not None
    assert association.state is State.CLOSED
    return last.error
