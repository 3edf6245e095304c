"""The stream of a connection: any division gives the same PDUs, and nothing impossible is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octet_vectors import vector
from wmix.protocol.ndr.malformed import MalformedData
from wmix.protocol.rpc.framing import PduStream

PDUS = [vector("rpc", name) for name in ("bind", "bind_ack", "auth3", "request", "shutdown")]


@given(st.lists(st.integers(1, 40)))
def test_any_division_of_the_stream_gives_the_same_pdus(cuts: list[int]) -> None:
    octets = b"".join(PDUS)
    stream = PduStream(0xFFFF)
    found = []
    for size in cuts:
        stream.feed(octets[:size])
        octets = octets[size:]
        found += list(stream)
    stream.feed(octets)
    assert found + list(stream) == PDUS
    assert stream.pending == 0


def test_something_else_is_refused_at_its_first_octet() -> None:
    stream = PduStream(5840)
    stream.feed(b"G")
    with pytest.raises(MalformedData, match=r"rpc_vers: version 71"):
        stream.next_pdu()


@pytest.mark.parametrize("length", [0, 15, 5841, 0xFFFF])
def test_an_impossible_length_is_refused_before_the_octets_come(length: int) -> None:
    stream = PduStream(5840)
    stream.feed(bytes.fromhex("0500000310000000") + length.to_bytes(2, "little"))
    with pytest.raises(MalformedData, match="frag_length"):
        stream.next_pdu()


def test_big_endian_data_is_refused() -> None:
    stream = PduStream(5840)
    stream.feed(bytes.fromhex("05000003000000000010"))
    with pytest.raises(MalformedData, match="little-endian"):
        stream.next_pdu()
