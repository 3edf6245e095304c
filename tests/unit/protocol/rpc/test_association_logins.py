"""Logins on associations: messages, protection, what is refused."""

from __future__ import annotations

import pytest

from octet_vectors import vector
from unit.protocol.rpc.conversation import CONTEXT, SERVICES, carry, closed, connected, logged_in, one
from wmix import status
from wmix.protocol.rpc.association import AssociationLimits
from wmix.protocol.rpc.client import ClientAssociation
from wmix.protocol.rpc.events import (
    BindReceived,
    Bound,
    CallReceived,
    Faulted,
    Replied,
    TokenReceived,
)
from wmix.protocol.rpc.pdus import AlterContextResp, BindAck, Fault, Response, decode_pdu, encode_pdu
from wmix.protocol.rpc.presentation import ACCEPTED, ContextResult, SyntaxId, ndr_context
from wmix.protocol.rpc.security import NullSecurity, SecurityViolation
from wmix.protocol.rpc.server import ServerAssociation
from wmix.protocol.rpc.state import IllegalStep
from wmix.protocol.rpc.verifier import AuthVerifier

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


def test_octets_behind_an_unanswered_event_are_bounded() -> None:
    client, server = ClientAssociation(), ServerAssociation(AssociationLimits(pending_octets=1000))
    client.bind([CONTEXT])
    carry(client, server)
    assert server.is_held
    server.receive_data(bytes(1000))
    assert server.events() == []
    server.receive_data(b"x")
    assert "1001 octets wait" in str(closed(server))


def test_a_syntax_that_was_not_offered_is_refused() -> None:
    client, server = ClientAssociation(), ServerAssociation()
    client.bind([CONTEXT])
    carry(client, server)
    server.accept([ContextResult(0, 0, SyntaxId(SERVICES))])
    events = carry(server, client)
    assert "a syntax that was not offered" in str(closed(client, events))


def test_a_forged_request_ends_the_association_with_a_fault() -> None:
    client, server = logged_in()
    call_id = client.call(3, b"stub", auth_context_id=1)
    octets = bytearray(b"".join(client.data_to_send()))
    octets[-1] ^= 1
    server.receive_data(bytes(octets))
    assert isinstance(closed(server), SecurityViolation)
    fault = decode_pdu(server.data_to_send()[0])
    assert isinstance(fault, Fault)
    assert (fault.call_id, fault.status) == (call_id, status.RPC_S_SEC_PKG_ERROR & 0xFFFF)


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


def test_a_protected_fault_is_told_before_a_forgery_of_it() -> None:
    client, _ = logged_in()
    call_id = client.call(3, b"stub", auth_context_id=1)
    fault = Fault(call_id, auth=AuthVerifier(10, 5, 1, bytes(16)), status=5)
    client.receive_data(encode_pdu(fault))
    events = client.events()
    assert events[0] == Faulted(call_id, 5, did_not_execute=False)
    assert isinstance(closed(client, events), SecurityViolation)


@pytest.mark.parametrize("level", [5, 6])
def test_a_reply_at_another_level_is_refused(level: int) -> None:
    client, _ = logged_in(level=11 - level)
    call_id = client.call(3, b"stub", auth_context_id=1)
    client.receive_data(encode_pdu(Response(call_id, auth=AuthVerifier(10, level, 1, bytes(16)))))
    assert f"at level {level}" in str(closed(client))


def test_a_reply_under_another_login_is_refused() -> None:
    client, _ = logged_in()
    call_id = client.call(3, b"stub", auth_context_id=1)
    client.receive_data(encode_pdu(Response(call_id, auth=AuthVerifier(10, 5, 2, bytes(16)))))
    assert "under auth context 2" in str(closed(client))


@pytest.mark.parametrize(("auth_type", "level"), [(10, 2), (10, 5), (9, 6), (16, 6)])
def test_a_bind_ack_of_another_login_type_or_level_is_refused(auth_type: int, level: int) -> None:
    client = ClientAssociation()
    call_id = client.bind([CONTEXT], auth=AuthVerifier(10, 6, 1, b"negotiate"))
    verifier = AuthVerifier(auth_type, level, 1, b"challenge")
    client.receive_data(encode_pdu(BindAck(call_id, auth=verifier, results=(ACCEPTED,))))
    error = closed(client)
    assert isinstance(error, SecurityViolation)
    assert f"type {auth_type} at level {level}" in str(error)


def test_a_login_does_not_become_a_weaker_one_with_its_last_answer() -> None:
    client, server = ClientAssociation(), ServerAssociation()
    client.bind([CONTEXT], auth=AuthVerifier(9, 6, 4, b"one"))
    carry(client, server)
    server.accept([ACCEPTED], token=b"two")
    carry(server, client)
    call_id = client.alter_context([CONTEXT], auth=AuthVerifier(9, 6, 4, b"three"))
    answer = AlterContextResp(call_id, auth=AuthVerifier(9, 5, 4, b"four"), results=(ACCEPTED,))
    client.receive_data(encode_pdu(answer))
    assert isinstance(closed(client), SecurityViolation)


def test_a_bind_ack_answers_the_bind_with_as_many_results() -> None:
    client = ClientAssociation()
    client.bind([CONTEXT])
    client.receive_data(vector("rpc", "bind_ack"))
    assert "2 results for 1 contexts" in str(closed(client))
