"""References are given back once, whoever forgets them, and together."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest

from wmix.errors import ConnectError
from wmix.net.client.references import MOST_RELEASED, ReferenceHolder, ReleaseBatch, RemoteReference
from wmix.protocol.dcom.rem_unknown import RemInterfaceRef
from wmix.protocol.ndr.guid import NULL_GUID, Guid
from wmix.testing.clock import run_virtual


class Holder(ReferenceHolder):
    """Writes down what it is told, and on which thread."""

    def __init__(self) -> None:
        super().__init__(asyncio.get_running_loop())
        self.there: list[int] = []
        self.back: list[tuple[Guid, int, int]] = []
        self.threads: set[int] = set()

    def held(self, oid: int) -> None:
        self.there.append(oid)

    def given_back(self, ipid: Guid, oid: int, refs: int) -> None:
        self.threads.add(threading.get_ident())
        self.back.append((ipid, oid, refs))


def ipid(number: int) -> Guid:
    return Guid(number.to_bytes(16))


def test_a_reference_is_given_back_once_with_all_its_counts() -> None:
    async def run() -> None:
        holder = Holder()
        reference = RemoteReference(holder, NULL_GUID, ipid(1), 7, 5)
        assert holder.there == [7]
        for _ in range(2):
            reference.release()
            assert holder.back == [(ipid(1), 7, 5)]
        del reference
        gc.collect()
        await asyncio.sleep(1)
        assert len(holder.back) == 1

    run_virtual(run)


def test_a_reference_that_another_thread_drops_is_given_back_on_the_loops() -> None:
    async def run() -> None:
        holder = Holder()
        kept = [RemoteReference(holder, NULL_GUID, ipid(1), 7, 5)]
        await asyncio.to_thread(kept.clear)
        await asyncio.sleep(1)
        assert holder.back == [(ipid(1), 7, 5)]
        assert holder.threads == {threading.get_ident()}

    run_virtual(run)


def test_a_reference_may_outlive_its_loop() -> None:
    async def make() -> RemoteReference:
        return RemoteReference(Holder(), NULL_GUID, ipid(1), 7, 5)

    reference: RemoteReference | None = run_virtual(make)
    assert reference is not None
    # What this raised would be an error of the test; as would one that was never made whole.
    reference = None
    RemoteReference.__new__(RemoteReference)
    gc.collect()


class Wire:
    """Sends for a second, or fails."""

    def __init__(self) -> None:
        self.sent: list[tuple[RemInterfaceRef, ...]] = []
        self.fails = False

    async def send(self, references: tuple[RemInterfaceRef, ...]) -> None:
        self.sent.append(references)
        await asyncio.sleep(1)
        if self.fails:
            raise ConnectError("gone")


def test_what_is_given_back_together_travels_together_and_the_rest_with_the_next() -> None:
    async def run() -> None:
        wire = Wire()
        batch = ReleaseBatch(wire.send)
        for number, refs in ((1, 5), (2, 1), (1, 2)):
            batch.add(ipid(number), refs)
        await asyncio.sleep(0.5)
        batch.add(ipid(1), 4)
        batch.add(ipid(3), 1)
        loop = asyncio.get_running_loop()
        await batch.drain()
        assert loop.time() == 2.0
        assert wire.sent == [
            (RemInterfaceRef(ipid(1), 7), RemInterfaceRef(ipid(2), 1)),
            (RemInterfaceRef(ipid(1), 4), RemInterfaceRef(ipid(3), 1)),
        ]
        await batch.drain()
        batch.add(ipid(4), 1)
        await batch.drain()
        assert len(wire.sent) == 3

    run_virtual(run)


def test_one_release_has_a_thousand_interfaces_at_most() -> None:
    async def run() -> None:
        wire = Wire()
        batch = ReleaseBatch(wire.send)
        for number in range(MOST_RELEASED + 1):
            batch.add(ipid(number), 1)
        await batch.drain()
        assert [len(references) for references in wire.sent] == [1000, 1]
        assert MOST_RELEASED == 1000

    run_virtual(run)


@pytest.mark.filterwarnings("error")
def test_a_release_that_fails_is_forgotten_and_a_later_one_is_sent() -> None:
    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        wire = Wire()
        batch = ReleaseBatch(wire.send)
        wire.fails = True
        batch.add(ipid(1), 1)
        await batch.drain()
        wire.fails = False
        batch.add(ipid(2), 1)
        await batch.drain()
        assert wire.sent == [(RemInterfaceRef(ipid(1), 1),), (RemInterfaceRef(ipid(2), 1),)]

    run_virtual(run)
