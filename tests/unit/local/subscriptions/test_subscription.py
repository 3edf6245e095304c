"""One subscription: what it holds before it is checked, what it takes when it has ended, and what wakes its reader."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from unit.local.subscriptions.watching import NAMESPACE, STONES, machine, manager_of, put, stone
from wmix.errors import InvalidClass, InvalidOperation, NotFound, ProviderError
from wmix.port.caller import Caller
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wmix.engine.services import Services
    from wmix.local.subscriptions.subscription import Subscription

    Work = Callable[[Services, Subscription], Awaitable[None]]

ME = Caller("me")


def subscribed(work: Work, query: str = STONES, *, max_queue: int | None = None) -> None:
    """Run *work* with a subscription that was not started yet."""

    async def body() -> None:
        where = await machine()
        await work(where, manager_of(where).open(NAMESPACE, query, ME, max_queue=max_queue))
        await where.engine.close()

    run_virtual(body)


def names(events: list[object]) -> list[str]:
    return [event["TargetInstance"]["Name"] for event in events]  # type: ignore[index]  # an event


def test_what_it_cannot_hold_before_it_is_checked_is_counted() -> None:
    async def work(where: Services, subscription: Subscription) -> None:
        await put(where, *[stone(f"s{number}") for number in range(5)])
        await subscription.start()
        assert names(await subscription.next()) == ["s0", "s1"]  # type: ignore[arg-type]  # a list of instances
        assert subscription.dropped == 3
        await put(where, stone("after"))
        assert names(await subscription.next()) == ["after"]  # type: ignore[arg-type]
        subscription.close()

    subscribed(work, max_queue=2)


def test_one_that_cannot_start_is_closed_and_leaves_nothing() -> None:
    async def work(where: Services, subscription: Subscription) -> None:
        with pytest.raises(InvalidClass):
            await subscription.start()
        assert subscription.is_closed
        assert not manager_of(where)._rooms
        assert not manager_of(where)._users

    subscribed(work, "SELECT * FROM __NoSuchEvent")


@pytest.mark.parametrize("end", ["close", "fail"])
def test_a_reader_that_waits_hears_of_the_end_at_once(end: str) -> None:
    async def work(_: Services, subscription: Subscription) -> None:
        await subscription.start()
        reading = asyncio.ensure_future(subscription.next())
        await asyncio.sleep(1)
        if end == "close":
            subscription.close()
        else:
            subscription.fail(NotFound("gone"))
        with pytest.raises(InvalidOperation if end == "close" else NotFound):
            await asyncio.wait_for(reading, 1)

    subscribed(work)


@pytest.mark.parametrize("end", ["close", "fail"])
def test_what_comes_after_its_end_is_not_taken(end: str) -> None:
    async def work(where: Services, subscription: Subscription) -> None:
        await subscription.start()
        await put(where, stone("before"))
        layout = (await subscription.next_batch(1)).objects()[0].layout_  # type: ignore[union-attr]  # an instance
        await put(where, stone("waiting"))
        if end == "close":
            subscription.close()
        else:
            subscription.fail(NotFound("gone"))
            # The first error is that of the subscription; what it has comes before it.
            subscription.fail(ProviderError("later"))
            assert names(await subscription.next()) == ["waiting"]  # type: ignore[arg-type]
        subscription.offer(layout, [layout.unset])
        assert not manager_of(where)._rooms
        with pytest.raises(InvalidOperation if end == "close" else NotFound):
            await asyncio.wait_for(subscription.next(), 1)
        subscription.close()
        subscription.fail(ProviderError("later still"))
        assert not isinstance(subscription.error, ProviderError)

    subscribed(work)


@pytest.mark.parametrize("end", ["close", "fail"])
def test_a_window_that_is_open_ends_with_its_subscription(end: str) -> None:
    async def work(where: Services, subscription: Subscription) -> None:
        await subscription.start()
        await put(where, stone("a"))
        window = subscription._window
        assert window is not None
        timer = window._timer
        assert timer is not None
        if end == "close":
            subscription.close()
        else:
            subscription.fail(NotFound("gone"))
        assert timer.cancelled()
        with pytest.raises((InvalidOperation, NotFound)):
            await asyncio.wait_for(subscription.next(), 20)

    subscribed(work, f"{STONES} GROUP WITHIN 5")
