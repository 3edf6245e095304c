"""How many connections there may be: in all, from one address, and what is told of those that are refused."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import pytest

from wmix.net.server.admission import Admission
from wmix.net.server.limits import ServerLimits

if TYPE_CHECKING:
    from wmix.errors import QuotaExceeded

ONE, OTHER = "192.0.2.1", "192.0.2.2"


class Door:
    """An admission, and what it told."""

    def __init__(self, connections: int, of_address: int) -> None:
        self.told: list[tuple[str, str]] = []
        limits = ServerLimits(connections=connections, connections_of_address=of_address)
        self.admission = Admission(limits, self._refused)

    def _refused(self, address: str, error: QuotaExceeded) -> None:
        self.told.append((address, error.detail))

    def enter(self, address: str, times: int = 1) -> int:
        """How many of *times* connections are admitted."""
        return sum([self.admission.admit(address) for _ in range(times)])

    def leave(self, address: str, times: int = 1) -> None:
        for _ in range(times):
            self.admission.left(address)


def test_one_address_has_its_share_and_the_others_theirs() -> None:
    door = Door(100, 3)
    assert door.enter(ONE, 5) == 3
    assert door.enter(OTHER, 5) == 3
    door.leave(ONE)
    assert door.enter(ONE, 2) == 1


def test_a_quarter_is_kept_for_others_whatever_one_address_may_have() -> None:
    door = Door(100, 1000)
    assert door.enter(ONE, 200) == 75
    assert door.enter(OTHER, 200) == 25


def test_an_address_that_is_refused_is_told_of_once_until_it_has_gone() -> None:
    door = Door(100, 2)
    door.enter(ONE, 50)
    assert door.told == [(ONE, "2 connections of this address are open; no further one is taken")]
    door.leave(ONE)
    assert door.enter(ONE, 3) == 1
    assert len(door.told) == 1
    door.leave(ONE, 2)
    door.enter(ONE, 3)
    assert len(door.told) == 2


def test_a_full_server_is_told_of_once_until_it_is_half_empty() -> None:
    door = Door(4, 1)
    addresses = [f"192.0.2.{number}" for number in range(10)]
    assert sum([door.enter(address) for address in addresses]) == 4
    assert door.told == [("192.0.2.4", "4 connections are open; no further one is taken")]
    door.leave(addresses[0])
    door.enter(addresses[5])
    door.enter(addresses[6])
    assert len(door.told) == 1
    for address in (addresses[1], addresses[2]):
        door.leave(address)
    for address in addresses[6:]:
        door.enter(address)
    assert len(door.told) == 2


def test_two_hundred_clients_behind_one_address_have_room_for_four_connections_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (4096, 4096))
    assert Admission(ServerLimits(), lambda *_: None).most_of_address >= 200 * 4


@pytest.mark.parametrize(
    ("allowed", "most", "of_address"), [(1024, 512, 384), (2, 1, 1), (resource.RLIM_INFINITY, 2048, 1024)]
)
def test_no_more_than_half_of_the_descriptors(
    monkeypatch: pytest.MonkeyPatch, allowed: int, most: int, of_address: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (allowed, allowed))
    admission = Admission(ServerLimits(), lambda *_: None)
    assert (admission.most, admission.most_of_address) == (most, of_address)
