"""Which address is connected, and what is said when none is."""

from __future__ import annotations

import asyncio

import pytest

from unit.net.memory_network import MemoryNetwork, Peer
from wmix.errors import ConnectError
from wmix.net.client.addresses import Address, SocketNetwork, connect_first, place_of, resolve
from wmix.net.client.connection import ClientConnection
from wmix.net.client.phases import Phase
from wmix.status import ERROR_CONNECTION_REFUSED
from wmix.testing.clock import run_virtual

ADDRESSES = [Address(f"10.0.0.{number}", 135) for number in range(1, 4)]


def network(*, listening: set[str], silent: set[str] = frozenset()) -> MemoryNetwork:  # type: ignore[assignment]
    made = MemoryNetwork(lambda host, _: Peer() if host in listening else None)
    made.black_holes = {(host, 135) for host in silent}
    return made


async def connected(to: MemoryNetwork) -> str:
    connection = await connect_first(to, lambda address: ClientConnection(address.place), ADDRESSES, Phase.CONNECT)
    connection.abort()
    return connection.place


def test_the_first_address_that_takes_a_connection_wins() -> None:
    assert run_virtual(connected, network(listening={"10.0.0.1", "10.0.0.2"})) == "10.0.0.1:135"
    assert run_virtual(connected, network(listening={"10.0.0.3"})) == "10.0.0.3:135"


def test_an_address_that_swallows_everything_holds_nobody_up() -> None:
    async def run() -> tuple[str, float]:
        place = await connected(network(listening={"10.0.0.2"}, silent={"10.0.0.1"}))
        return place, asyncio.get_running_loop().time()

    assert run_virtual(run) == ("10.0.0.2:135", 1.5)


def test_the_error_is_that_of_the_first_address() -> None:
    with pytest.raises(ConnectError) as caught:
        run_virtual(connected, network(listening=set()))
    error = caught.value
    assert (error.status, error.host, error.phase) == (ERROR_CONNECTION_REFUSED, "10.0.0.1:135", Phase.CONNECT)


def test_a_name_without_an_address_says_so() -> None:
    nowhere = MemoryNetwork(lambda *_: None, names={"nowhere": []})
    with pytest.raises(ConnectError, match="nowhere") as caught:
        run_virtual(resolve, nowhere, "nowhere", 135)
    assert caught.value.phase == Phase.RESOLVE


def test_ipv6_addresses_stand_in_brackets_and_may_be_given_so() -> None:
    assert place_of("::1", 135) == "[::1]:135"
    (address,) = run_virtual(SocketNetwork().resolve, "[::1]", 135)
    assert (address.host, address.place) == ("::1", "[::1]:135")
