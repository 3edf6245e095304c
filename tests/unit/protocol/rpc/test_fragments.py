"""Stubs in fragments: cut for the other side, put together within limits."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.protocol.ndr.malformed import MalformedData
from wmix.protocol.rpc.fragments import Reassembly, cut_stub, fragment_capacity


@given(st.binary(max_size=200), st.sampled_from([16, 32, 48, 1024]))
def test_what_was_cut_is_put_together(stub: bytes, capacity: int) -> None:
    whole = Reassembly(1000, 1000)
    results = []
    rest = len(stub)
    for flags, hint, piece in cut_stub(stub, capacity):
        assert hint == rest
        assert len(piece) <= capacity
        rest -= len(piece)
        results.append(whole.add(7, flags, piece))
    assert results[-1] == stub
    assert not any(results[:-1])
    assert not whole.is_open(7)


def test_only_the_last_fragment_may_need_padding() -> None:
    capacity = fragment_capacity(5840, 40, 24)
    assert capacity % 16 == 0
    assert 5840 - 16 < capacity + 40 + 24 <= 5840


def test_a_limit_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        fragment_capacity(79, 40, 24)


def test_calls_may_interleave_and_be_dropped() -> None:
    parts = Reassembly(100, 100)
    assert parts.add(1, 1, b"a") is None
    assert parts.add(2, 1, b"x") is None
    assert parts.add(1, 0, b"b") is None
    parts.drop(2)
    assert parts.add(1, 2, b"c") == b"abc"
    assert parts.add(2, 3, b"y") == b"y"


@pytest.mark.parametrize(("flags", "what"), [((1, 1), "begins again"), ((0,), "never began"), ((1, 3), "begins again")])
def test_fragments_out_of_order_are_refused(flags: tuple[int, ...], what: str) -> None:
    parts = Reassembly(100, 100)
    with pytest.raises(MalformedData, match=what):
        for flag in flags:
            parts.add(1, flag, b"")


@pytest.mark.parametrize("piece", [b"", b"ab"])
def test_small_fragments_cost_no_more_than_their_octets(piece: bytes) -> None:
    parts = Reassembly(1 << 20, 1 << 20)
    parts.add(1, 1, piece)
    tracemalloc.start()
    for _ in range(50_000):
        parts.add(1, 0, piece)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 2 * 50_000 * len(piece) + 1000
    assert parts.add(1, 2, piece) == piece * 50_002


def test_limits_hold_for_one_call_and_for_all() -> None:
    with pytest.raises(MalformedData, match="over the limit"):
        Reassembly(3, 100).add(1, 3, b"abcd")
    parts = Reassembly(10, 12)
    parts.add(1, 1, bytes(8))
    with pytest.raises(MalformedData, match="over the limit"):
        parts.add(2, 1, bytes(8))
