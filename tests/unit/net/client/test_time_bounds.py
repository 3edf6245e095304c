"""How long a step may take: its own time or that of the whole, whichever ends first."""

from __future__ import annotations

import asyncio

import pytest

from wmix.errors import ConnectError, DeadlineExceeded
from wmix.net.client.phases import Phase
from wmix.net.client.time_bounds import bounded
from wmix.testing.clock import run_virtual


@pytest.mark.parametrize(
    ("seconds", "until", "end"),
    [(5.0, None, 15.0), (5.0, 12.0, 12.0), (5.0, 100.0, 15.0), (float("inf"), 30.0, 30.0), (5.0, 4.0, 10.0)],
)
def test_a_step_ends_with_its_time_or_with_that_of_the_whole(seconds: float, until: float | None, end: float) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(10)
        with pytest.raises(DeadlineExceeded, match=f" {end - 10:g} s") as caught:
            async with bounded(lambda: Phase.NEXT, "srv1:135", seconds, until, operation="Next"):
                await asyncio.sleep(1000)
        assert loop.time() == end
        assert (caught.value.phase, caught.value.host, caught.value.operation) == (Phase.NEXT, "srv1:135", "Next")

    run_virtual(run)


def test_without_a_bound_a_step_takes_its_time_and_what_it_raises_is_its_own() -> None:
    async def run() -> None:
        async with bounded(Phase.CALL, "srv1:135", float("inf")):
            await asyncio.sleep(1e6)
        with pytest.raises(ConnectError, match="mine"):
            async with bounded(Phase.CALL, "srv1:135", 5.0):
                raise ConnectError("mine")

    run_virtual(run)


def test_time_that_is_over_while_connecting_is_no_connection() -> None:
    async def run() -> None:
        with pytest.raises(ConnectError) as caught:
            async with bounded(Phase.CONNECT, "srv1:135", 5.0):
                await asyncio.sleep(1000)
        assert isinstance(caught.value, DeadlineExceeded)

    run_virtual(run)
