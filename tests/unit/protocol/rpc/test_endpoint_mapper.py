"""Towers and ept_map against their vectors."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octet_vectors import vector
from wmix.protocol.ndr.guid import NULL_GUID, Guid
from wmix.protocol.ndr.malformed import MalformedData
from wmix.protocol.rpc.endpoint_mapper import EptMapReply, EptMapRequest, TcpTower, TowerOctets
from wmix.protocol.rpc.presentation import SyntaxId

EXPORTER = SyntaxId(Guid.parse("99FCFEC4-5260-101B-BBCB-00AA0021347A"), 0, 0)
QUESTION = TcpTower(EXPORTER)
ANSWER = TcpTower(EXPORTER, port=135, address=bytes([192, 0, 2, 1]))


def test_a_question_is_its_vector() -> None:
    request = EptMapRequest(NULL_GUID, TowerOctets(QUESTION.encode()))
    assert request.encode() == vector("rpc", "ept_map_request")
    again = EptMapRequest.decode(vector("rpc", "ept_map_request"))
    assert again == request
    assert again.tower is not None
    assert TcpTower.decode(again.tower.octets) == QUESTION


def test_an_answer_is_its_vector() -> None:
    reply = EptMapReply(max_towers=1, towers=(TowerOctets(ANSWER.encode()),))
    assert reply.encode() == vector("rpc", "ept_map_reply")
    assert EptMapReply.decode(vector("rpc", "ept_map_reply")) == reply
    assert TcpTower.decode(reply.towers[0].octets) == ANSWER


@pytest.mark.parametrize(
    ("at", "octets", "what"),
    [
        (0, b"\x04\0", "4 floors"),
        (4, b"\x0c", "a floor that is not"),
        (2, b"\x12\0", "octets wanted|a floor"),
        (54, b"\x0a", "lower floors"),
        (61, b"\x08", "lower floors"),
    ],
)
def test_other_towers_are_refused(at: int, octets: bytes, what: str) -> None:
    tower = bytearray(ANSWER.encode())
    tower[at : at + len(octets)] = octets
    with pytest.raises(MalformedData, match=what):
        TcpTower.decode(bytes(tower))


@given(st.binary(max_size=20), st.integers(0, 74), st.integers(0, 8))
def test_a_spoilt_tower_is_read_or_refused_in_words(octets: bytes, at: int, size: int) -> None:
    tower = bytearray(ANSWER.encode())
    tower[at : at + size] = octets
    with suppress(MalformedData):
        TcpTower.decode(bytes(tower))
