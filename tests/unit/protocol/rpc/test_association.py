"""Conversations of a client and a server association, in memory; and what ends them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octet_vectors import vector
from unit.protocol.rpc.conversation import CONTEXT, IPID, SERVICES, SMALL, carry, closed, connected, logged_in, one
from wmix import status
from wmix.protocol.rpc.association import AssociationLimits
from wmix.protocol.rpc.client import ClientAssociation
from wmix.protocol.rpc.events import (
    AssociationClosed,
    BindReceived,
    BindRefused,
    Bound,
    CallCancelled,
    CallReceived,
    Faulted,
    Replied,
    ShutdownReceived,
    TokenReceived,
)
from wmix.protocol.rpc.pdus import Fault, Response, decode_pdu, encode_pdu
from wmix.protocol.rpc.presentation import ACCEPTED, ContextResult, SyntaxId, feature_context, ndr_context
from wmix.protocol.rpc.security import NullSecurity
from wmix.protocol.rpc.server import ServerAssociation
from wmix.protocol.rpc.state import TRANSITIONS, IllegalStep, State

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
    with pytest.raises(IllegalStep, match="one call at a time"):
        client.alter_context([CONTEXT])
    carry(client, server)
    server.reply(call_id, b"")
    carry(server, client)
    assert client.can_call
    client.alter_context([CONTEXT])
    assert not client.can_call


def test_features_and_header_signing_are_what_both_sides_want() -> None:
    client, server = ClientAssociation(), ServerAssociation()
    client.bind([CONTEXT, feature_context(1, SyntaxId(SERVICES), 3)], header_signing=False)
    carry(client, server)
    server.accept([ACCEPTED, ContextResult(3, 2)])
    carry(server, client)
    assert (client.features, client.header_signing, server.header_signing) == (2, False, False)
    assert client.multiplexing
    assert server.multiplexing


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
    assert server.events() == [AssociationClosed(None)]
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


def test_a_client_without_a_login_says_little() -> None:
    limits = AssociationLimits(pdus_before_login=6, octets_before_login=100)
    client, server = connected(limits=limits)
    for _ in range(5):
        client.call(3, b"")
    assert len(carry(client, server)) == 5
    client.call(3, b"")
    assert "more than 6 PDUs without a login" in str(closed(server, carry(client, server)))
    client, server = connected(limits=AssociationLimits(max_fragment=1432, octets_before_login=2000))
    client.call(3, bytes(3000))
    assert "over the limit" in str(closed(server, carry(client, server)))


def test_a_client_that_has_logged_in_says_more() -> None:
    client, server = logged_in(limits=AssociationLimits(max_fragment=1432, pdus_before_login=6, octets_before_login=9))
    for _ in range(20):
        client.call(3, bytes(3000), auth_context_id=1)
    assert len(carry(client, server)) == 20


def test_what_is_kept_of_a_client_is_counted() -> None:
    client, server = connected(limits=SMALL)
    client.call(3, bytes(3000))
    octets = b"".join(client.data_to_send())
    server.receive_data(octets[: 1432 + 100])
    assert server.pending_octets == 1408 + 100
    server.receive_data(octets[1432 + 100 :])
    assert server.pending_octets == 0


def test_presentation_contexts_have_a_limit_that_their_renewal_does_not_reach() -> None:
    client, server = connected(limits=AssociationLimits(contexts=2))
    for _ in range(2):
        client.alter_context([CONTEXT, ndr_context(7, IPID)])
        one(BindReceived, carry(client, server))
        server.accept([ACCEPTED] * 2, group_id=7)
        one(Bound, carry(server, client))
    client.alter_context([ndr_context(8, IPID)])
    assert "more than 2 presentation contexts" in str(closed(server, carry(client, server)))


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
