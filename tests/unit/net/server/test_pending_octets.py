"""Octets of unfinished calls, of all connections together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.net.server.pending_octets import PendingOctets

if TYPE_CHECKING:
    from wmix.errors import WmiError


class Connection:
    """Something that holds octets until it is given up."""

    def __init__(self) -> None:
        self.error: WmiError | None = None

    def give_up(self, error: WmiError) -> None:
        assert self.error is None
        self.error = error


def test_the_largest_is_given_up_and_not_the_last() -> None:
    octets, small, large, last = PendingOctets(100), Connection(), Connection(), Connection()
    octets.hold(small, 10)
    octets.hold(large, 70)
    octets.hold(last, 20)
    assert octets.total == 100
    octets.hold(last, 21)
    assert "70 octets of unfinished calls" in str(large.error)
    assert small.error is last.error is None
    assert octets.total == 31


def test_as_many_are_given_up_as_it_takes() -> None:
    octets = PendingOctets(100)
    connections = [Connection() for _ in range(3)]
    for connection in connections:
        octets.hold(connection, 33)
    octets.hold(last := Connection(), 90)
    assert last.error is not None
    assert octets.total == 99
    octets.hold(Connection(), 32)
    assert [connection.error is None for connection in connections].count(False) == 1


def test_what_is_said_to_the_end_counts_no_more() -> None:
    octets, connection = PendingOctets(100), Connection()
    for _ in range(10):
        octets.hold(connection, 60)
        octets.hold(connection, 0)
    assert octets.total == 0
    octets.hold(Connection(), 100)
    assert connection.error is None
