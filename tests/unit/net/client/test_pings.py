"""The state of a ping set, and the task that sends it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from wmix.errors import ConnectError
from wmix.net.client.pings import Pinger, PingSet
from wmix.protocol.dcom.object_exporter import ComplexPing, SimplePing
from wmix.status import OR_INVALID_SET
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from wmix.protocol.ndr.parameters import Parameters


def test_young_objects_need_no_ping() -> None:
    pings = PingSet()
    pings.held(5, 100.0)
    assert pings.message(150.0) is None
    assert pings.message(200.0) == ComplexPing(0, 1, added=(5,))


def test_a_set_that_did_not_change_is_pinged_simply() -> None:
    pings = PingSet()
    pings.held(5, 0.0)
    pings.message(100.0)
    pings.answered(0, 77)
    assert pings.message(220.0) == SimplePing(77)


def test_objects_come_and_go_with_growing_sequence_numbers() -> None:
    pings = PingSet()
    pings.held(5, 0.0)
    pings.held(5, 0.0)
    pings.message(100.0)
    pings.answered(0, 77)
    pings.given_back(5)
    assert pings.message(200.0) == SimplePing(77)
    pings.given_back(5)
    pings.held(6, 0.0)
    assert pings.message(300.0) == ComplexPing(77, 2, added=(6,), deleted=(5,))
    assert len(pings) == 1
    pings.answered(0, 77)
    # What was taken out of the set is not taken out again.
    assert pings.message(400.0) == SimplePing(77)
    pings.given_back(6)
    pings.given_back(6)
    assert pings.message(500.0) == ComplexPing(77, 3, deleted=(6,))
    pings.answered(0, 77)
    assert pings.message(600.0) is None


def test_a_set_that_the_host_has_forgotten_is_made_anew() -> None:
    pings = PingSet()
    pings.held(5, 0.0)
    pings.message(100.0)
    pings.answered(0, 77)
    pings.message(220.0)
    pings.answered(OR_INVALID_SET & 0xFFFF, None)
    assert pings.message(340.0) == ComplexPing(0, 1, added=(5,))


class Host:
    """A host that records its pings, or cannot be reached."""

    def __init__(self, *, fails: bool = False) -> None:
        self.pings = PingSet()
        self.sent: list[Parameters] = []
        self._fails = fails

    async def ping(self, message: Parameters) -> tuple[int, int | None]:
        self.sent.append(message)
        if self._fails:
            raise ConnectError("gone")
        return 0, 9 if isinstance(message, ComplexPing) else None


def test_one_task_pings_all_hosts_and_a_dead_one_does_not_stop_it() -> None:
    async def run() -> None:
        dead, alive = Host(fails=True), Host()
        pinger = Pinger()
        for host in (dead, alive):
            host.pings.held(1, 0.0)
            pinger.add(host)
        assert len(asyncio.all_tasks()) == 2
        await asyncio.sleep(370)
        assert len(dead.sent) == 3
        assert [type(message) for message in alive.sent] == [ComplexPing, SimplePing, SimplePing]
        pinger.remove(dead)
        await asyncio.sleep(120)
        assert (len(dead.sent), len(alive.sent)) == (3, 4)
        pinger.remove(alive)
        pinger.remove(alive)
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1

    run_virtual(run)
