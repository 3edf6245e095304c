"""Conversations of a client and a server association, in memory; and what ends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octet_vectors import vector
from wmix import status
from wmix.protocol.ndr.guid import Guid
from wmix.protocol.rpc.association import Association, AssociationLimits
from wmix.protocol.rpc.client import ClientAssociation
from wmix.protocol.rpc.events import (
    AssociationClosed,
    BindReceived,
    BindRefused,
    Bound,
    CallCancelled,
    CallReceived,
    Event,
    Faulted,
    Replied,
    ShutdownReceived,
    TokenReceived,
)
from wmix.protocol.rpc.pdus import Fault, Response, decode_pdu, encode_pdu
from wmix.protocol.rpc.presentation import ACCEPTED, ContextResult, SyntaxId, feature_context, ndr_context
from wmix.protocol.rpc.security import NullSecurity, SecurityViolation
from wmix.protocol.rpc.server import ServerAssociation
from wmix.protocol.rpc.state import TRANSITIONS, IllegalStep, State
from wmix.protocol.rpc.verifier import AuthVerifier

if TYPE_CHECKING:
    from wmix.errors import ProtocolError

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


# the whole way


@given(st.binary(max_size=6000), st.binary(max_size=6000), st.integers(1, 700))
def test_any_chunking_of_the_stream_gives_the_same_events(question: bytes, answer: bytes, size: int) -> None:
    client, server = logged_in(limits=SMALL)
    call_id = client.call(20, question, object=IPID, auth_context_id=1)
    asked = one(CallReceived, carry(client, server, size))
    assert asked == CallReceived(call_id, 0, 20, IPID, question, 1)
    server.reply(call_id, answer)
    assert carry(server, client, size) == [Replied(call_id, answer)]


def test_no_fragment_is_longer_than_what_the_other_side_receives() -> None:
    client, server = ClientAssociation(AssociationLimits(max_fragment=2000)), ServerAssociation()
    client.bind([CONTEXT])
    carry(client, server)
    server.accept([ACCEPTED])
    answer = server.data_to_send()
    assert decode_pdu(answer[0]).max_xmit_frag == 2000  # type: ignore[attr-defined]
    client.receive_data(answer[0])
    call_id = client.call(3, bytes(10_000))
    sizes = [len(piece) for piece in client.data_to_send()]
    assert max(sizes) <= 2000
    assert len(sizes) == 6
    del call_id


def test_the_allocation_hint_is_exactly_what_is_still_to_come() -> None:
    client, _ = logged_in(limits=SMALL)
    client.call(3, bytes(3000), object=IPID, auth_context_id=1)
    pdus = [decode_pdu(piece) for piece in client.data_to_send()]
    assert [pdu.alloc_hint for pdu in pdus] == [3000, 1640, 280]  # type: ignore[attr-defined]
    assert [pdu.flags & 3 for pdu in pdus] == [1, 0, 2]
    assert [len(pdu.auth.padding or b"") for pdu in pdus if pdu.auth] == [0, 0, 8]


def test_replies_come_in_any_order_when_the_server_takes_several_calls() -> None:
    client, server = connected()
    first, second = client.call(3, b"a"), client.call(3, b"b")
    carry(client, server)
    server.reply(second, b"B")
    server.reply(first, b"A")
    assert carry(server, client) == [Replied(second, b"B"), Replied(first, b"A")]


def test_one_call_at_a_time_without_multiplexing() -> None:
    client, server = connected(multiplexing=False)
    assert not client.multiplexing
    call_id = client.call(3, b"a")
    assert not client.can_call
    with pytest.raises(IllegalStep):
        client.call(3, b"b")
    carry(client, server)
    server.reply(call_id, b"")
    carry(server, client)
    assert client.can_call


def test_features_and_header_signing_are_what_both_sides_want() -> None:
    client, server = ClientAssociation(), ServerAssociation()
    client.bind([CONTEXT, feature_context(1, SyntaxId(SERVICES), 3)], header_signing=False)
    carry(client, server)
    server.accept([ACCEPTED, ContextResult(3, 2)])
    carry(server, client)
    assert (client.features, client.header_signing, server.header_signing) == (2, False, False)
    assert client.multiplexing
    assert server.multiplexing


# logins


def test_the_first_call_may_come_with_the_last_message_of_the_login() -> None:
    client, server = ClientAssociation(), ServerAssociation()
    client.bind([CONTEXT], auth=AuthVerifier(10, 5, 1, b"negotiate"))
    carry(client, server)
    server.accept([ACCEPTED], token=b"challenge")
    carry(server, client)
    client.send_auth3(1, b"authenticate")
    client.establish(1, NullSecurity())
    call_id = client.call(6, b"stub", auth_context_id=1)
    assert one(TokenReceived, carry(client, server)).auth.context_id == 1
    server.establish(1, NullSecurity())
    assert one(CallReceived, server.events()).call_id == call_id


def test_calls_of_a_denied_login_are_answered_by_the_fault_access_denied() -> None:
    client, server = ClientAssociation(), ServerAssociation()
    client.bind([CONTEXT], auth=AuthVerifier(10, 6, 1, b"negotiate"))
    carry(client, server)
    server.accept([ACCEPTED], token=b"challenge")
    carry(server, client)
    client.send_auth3(1, b"authenticate")
    client.establish(1, NullSecurity(6))
    call_id = client.call(6, b"stub", auth_context_id=1)
    carry(client, server)
    server.deny(1)
    assert server.events() == []
    assert carry(server, client) == [Faulted(call_id, 5, did_not_execute=True)]


def test_a_login_of_four_messages_goes_by_alter_context() -> None:
    client, server = ClientAssociation(), ServerAssociation()
    client.bind([CONTEXT], auth=AuthVerifier(9, 5, 4, b"one"))
    carry(client, server)
    server.accept([ACCEPTED], token=b"two")
    carry(server, client)
    client.alter_context([CONTEXT], auth=AuthVerifier(9, 5, 4, b"three"))
    asked = one(BindReceived, carry(client, server))
    assert asked.is_alter
    assert asked.auth is not None
    assert asked.auth.token == b"three"
    server.accept([ACCEPTED], token=b"four", security=NullSecurity(5, auth_type=9))
    token, bound = carry(server, client)
    assert isinstance(bound, Bound)
    assert isinstance(token, TokenReceived)
    client.establish(4, NullSecurity(5, auth_type=9))
    call_id = client.call(6, b"stub", auth_context_id=4)
    assert one(CallReceived, carry(client, server)).auth_context_id == 4
    del call_id


def test_several_logins_live_on_one_connection_and_replies_use_that_of_the_call() -> None:
    client, server = logged_in()
    client.alter_context([ndr_context(1, SERVICES)], auth=AuthVerifier(10, 5, 2, b"negotiate"))
    carry(client, server)
    server.accept([ACCEPTED], token=b"challenge")
    carry(server, client)
    client.send_auth3(2, b"authenticate")
    other = NullSecurity(token=b"other" + bytes(11))
    client.establish(2, other)
    carry(client, server)
    server.establish(2, other)
    first = client.call(3, b"1", auth_context_id=1)
    second = client.call(3, b"2", context_id=1, auth_context_id=2)
    events = carry(client, server)
    assert [event.auth_context_id for event in events if isinstance(event, CallReceived)] == [1, 2]
    server.reply(first, b"A")
    server.reply(second, b"B")
    replies = server.data_to_send()
    assert [decode_pdu(reply).auth.context_id for reply in replies] == [1, 2]  # type: ignore[union-attr]
    for reply in replies:
        client.receive_data(reply)
    assert client.events() == [Replied(first, b"A"), Replied(second, b"B")]


def test_at_level_connect_calls_are_not_protected_but_belong_to_the_login() -> None:
    client, server = logged_in(level=2)
    client.call(3, b"stub", auth_context_id=1)
    (octets,) = client.data_to_send()
    assert decode_pdu(octets).auth is None
    server.receive_data(octets)
    assert one(CallReceived, server.events()).auth_context_id == 1


def test_a_forged_request_ends_the_association_with_a_fault() -> None:
    client, server = logged_in()
    client.call(3, b"stub", auth_context_id=1)
    octets = bytearray(b"".join(client.data_to_send()))
    octets[-1] ^= 1
    server.receive_data(bytes(octets))
    assert isinstance(closed(server), SecurityViolation)
    fault = decode_pdu(server.data_to_send()[0])
    assert isinstance(fault, Fault)
    assert fault.status == status.RPC_S_SEC_PKG_ERROR & 0xFFFF


def test_an_unprotected_reply_to_a_protected_call_is_refused() -> None:
    client, _ = logged_in()
    call_id = client.call(3, b"stub", auth_context_id=1)
    client.receive_data(encode_pdu(Response(call_id, stub=b"forged")))
    assert isinstance(closed(client), SecurityViolation)


def test_a_call_under_an_unknown_login_is_refused() -> None:
    client, server = connected()
    server.receive_data(vector("rpc", "request"))
    assert isinstance(closed(server), SecurityViolation)
    with pytest.raises(IllegalStep):
        client.call(3, b"", auth_context_id=9)


# what calls meet


def test_a_call_on_an_unknown_context_is_answered_by_a_fault() -> None:
    client, server = connected()
    call_id = client.call(3, b"", context_id=5)
    assert carry(client, server) == []
    assert carry(server, client) == [Faulted(call_id, status.NCA_S_INVALID_PRES_CONTEXT_ID, did_not_execute=True)]


def test_a_cancelled_call_still_has_its_reply() -> None:
    client, server = connected()
    call_id = client.call(3, b"")
    client.cancel(call_id)
    assert carry(client, server)[1:] == [CallCancelled(call_id, is_orphaned=False)]
    server.fault(call_id, status.NCA_S_FAULT_CANCEL)
    assert carry(server, client) == [Faulted(call_id, status.NCA_S_FAULT_CANCEL, did_not_execute=False)]
    client.cancel(call_id)
    assert client.data_to_send() == []


def test_what_comes_for_an_abandoned_call_is_dropped() -> None:
    client, server = connected()
    call_id = client.call(3, b"")
    carry(client, server)
    server.reply(call_id, b"late")
    client.abandon(call_id)
    assert carry(server, client) == []
    assert carry(client, server) == []
    assert client.outstanding == 0


def test_the_reply_of_an_orphaned_call_is_not_sent() -> None:
    client, server = connected()
    call_id = client.call(3, b"")
    client.abandon(call_id)
    assert carry(client, server)[1:] == [CallCancelled(call_id, is_orphaned=True)]
    server.reply(call_id, b"nobody reads this")
    assert server.data_to_send() == []


@pytest.mark.parametrize("pdu", [Response(99, stub=b"x"), Fault(99, status=5)])
def test_an_answer_to_a_call_that_was_not_made_ends_the_association(pdu: Response | Fault) -> None:
    client, _ = connected()
    client.receive_data(encode_pdu(pdu))
    assert "call 99" in str(closed(client))


def test_calls_under_way_end_after_a_shutdown() -> None:
    client, server = connected()
    call_id = client.call(3, b"")
    carry(client, server)
    server.shutdown()
    assert carry(server, client) == [ShutdownReceived()]
    assert not client.can_call
    server.reply(call_id, b"last")
    assert carry(server, client) == [Replied(call_id, b"last")]


# refusals and ends


def test_a_refused_bind_ends_the_association() -> None:
    client, server = ClientAssociation(), ServerAssociation()
    client.bind([CONTEXT])
    carry(client, server)
    server.refuse(8)
    assert carry(server, client) == [BindRefused(1, 8, None, is_alter=False), AssociationClosed(None)]


def test_a_refused_alter_context_leaves_the_association_open() -> None:
    client, server = connected()
    call_id = client.alter_context([ndr_context(1, SERVICES)])
    carry(client, server)
    server.refuse(fault_status=5)
    assert carry(server, client) == [BindRefused(call_id, None, 5, is_alter=True)]
    assert (client.state, server.state) == (State.OPEN, State.OPEN)
    assert client.can_call


def test_the_end_of_the_stream_is_orderly_only_between_calls() -> None:
    client, _ = connected()
    client.receive_data(b"")
    assert client.events() == [AssociationClosed(None)]
    client, _ = connected()
    client.call(3, b"")
    client.receive_data(b"")
    assert "1 calls not answered" in str(closed(client))
    client, _ = connected()
    client.receive_data(b"\x05\x00")
    client.receive_data(b"")
    assert "2 octets into a PDU" in str(closed(client))
    client.receive_data(b"more")
    assert client.events() == []


def test_garbage_is_answered_and_ends_the_association() -> None:
    server = ServerAssociation()
    server.receive_data(b"GET / HTTP/1.1")
    assert "version 71" in str(closed(server))
    assert decode_pdu(server.data_to_send()[0]).ptype.name == "BIND_NAK"


@pytest.mark.parametrize("name", ["request", "alter_context", "auth3", "response", "bind_ack", "shutdown"])
def test_nothing_but_a_bind_begins_an_association(name: str) -> None:
    server = ServerAssociation()
    server.receive_data(vector("rpc", name))
    closed(server)


@pytest.mark.parametrize("name", ["bind", "request", "auth3", "co_cancel"])
def test_a_client_does_not_receive_what_clients_send(name: str) -> None:
    client, _ = connected()
    client.receive_data(vector("rpc", name))
    assert "the client does not receive this" in str(closed(client))


def test_a_second_bind_is_refused() -> None:
    client, server = connected()
    server.receive_data(vector("rpc", "bind"))
    assert "bind is not possible while the association is open" in str(closed(server))
    with pytest.raises(IllegalStep):
        client.bind([CONTEXT])


def test_a_peer_that_receives_too_little_is_refused() -> None:
    octets = bytearray(vector("rpc", "bind"))
    octets[18:20] = (1431).to_bytes(2, "little")
    server = ServerAssociation()
    server.receive_data(bytes(octets))
    assert "less than 1432" in str(closed(server))


def test_limits_of_calls_and_of_stubs_hold() -> None:
    client, server = connected(limits=AssociationLimits(calls=1, call_octets=100))
    client.call(3, b"")
    client.call(3, b"")
    events = carry(client, server)
    assert "more than 1 calls" in str(closed(server, events))
    client, server = connected(limits=AssociationLimits(call_octets=100))
    client.call(3, bytes(101))
    events = carry(client, server)
    assert "over the limit" in str(closed(server, events))


def test_steps_of_this_side_that_are_not_possible_raise() -> None:
    client, server = ClientAssociation(), ServerAssociation()
    with pytest.raises(IllegalStep):
        client.call(3, b"")
    with pytest.raises(IllegalStep):
        client.alter_context([CONTEXT])
    with pytest.raises(IllegalStep):
        client.send_auth3(1, b"")
    with pytest.raises(IllegalStep):
        server.accept([])
    with pytest.raises(IllegalStep):
        server.establish(1, NullSecurity())
    with pytest.raises(IllegalStep):
        server.deny(1)
    with pytest.raises(IllegalStep):
        server.shutdown()
    with pytest.raises(ValueError, match="fragments have"):
        ServerAssociation(AssociationLimits(max_fragment=1000))


def test_no_state_is_a_dead_end_except_the_last() -> None:
    assert {state for state, _ in TRANSITIONS} == set(State) - {State.CLOSED}


SPOILABLE = ["bind", "request", "co_cancel", "orphaned", "auth3", "alter_context", "response", "fault", "shutdown"]


@given(st.lists(st.sampled_from(SPOILABLE), max_size=4), st.data())
def test_spoilt_conversations_never_raise(names: list[str], data: st.DataObject) -> None:
    octets = bytearray().join(vector("rpc", name) for name in names) or bytearray(b"?")
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    for association in (*connected(), *logged_in(), ServerAssociation(), ClientAssociation()):
        association.receive_data(bytes(octets))
        association.receive_data(b"")
        assert isinstance(association.events()[-1], AssociationClosed | BindReceived | TokenReceived)
