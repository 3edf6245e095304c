"""Feeds: once for all that need the same, ended with the last of them, and what their members hear when they fail."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from wmix.errors import NotFound, WmiError
from wmix.local.subscriptions.feeds import Feed, Feeds
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cim.layout import InstanceLayout


class Member:
    """Remembers why it failed."""

    def __init__(self) -> None:
        self.errors: list[WmiError] = []

    def offer(self, layout: InstanceLayout, rows: Sequence[Any]) -> None:
        """Nothing is offered here."""

    def fail(self, error: WmiError) -> None:
        """Remember."""
        self.errors.append(error)


class Script(Feed):
    """Runs until it is told how to end; who joins is ready when it is told so."""

    name = "script"

    def __init__(self) -> None:
        super().__init__()
        self.end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closing = 0.0
        self.closed = False

    def joined(self, member: Any) -> None:
        """Not yet."""

    async def run(self) -> None:
        """Wait for the end."""
        try:
            await self.end
        finally:
            await asyncio.sleep(self.closing)
            self.closed = True


class Scene:
    """Feeds, and those that were made for them."""

    def __init__(self) -> None:
        self.feeds: Feeds[Script] = Feeds()
        self.made: list[Script] = []

    def join(self, member: Member) -> asyncio.Future[None]:
        """Take part in the one feed that is needed."""
        return self.feeds.join("key", self._make, member)

    def _make(self) -> Script:
        self.made.append(Script())
        return self.made[-1]


def test_one_feed_runs_for_all_until_the_last_one_leaves() -> None:
    async def body() -> None:
        scene, members = Scene(), [Member(), Member()]
        waiting = [scene.join(member) for member in members]
        await asyncio.sleep(1)
        (feed,) = scene.made
        assert not any(future.done() for future in waiting)
        feed.ready(members[0])
        assert [future.done() for future in waiting] == [True, False]
        scene.feeds.leave("key", members[0])
        await asyncio.sleep(1)
        assert not feed.closed
        # Who leaves waits for nothing.
        scene.feeds.leave("key", members[1])
        await asyncio.wait_for(waiting[1], 1)
        await asyncio.sleep(1)
        assert feed.closed
        assert len(scene.feeds) == 0
        scene.join(members[0])
        assert len(scene.made) == 2
        await scene.feeds.close(1)

    run_virtual(body)


@pytest.mark.parametrize(("error", "text"), [(NotFound("gone"), "gone"), (OSError("broken"), "OSError: broken")])
def test_a_feed_that_fails_fails_those_who_are_there_and_begins_anew_for_others(error: Exception, text: str) -> None:
    async def body() -> None:
        scene, settled, fresh = Scene(), Member(), Member()
        first = scene.join(settled)
        waiting = scene.join(fresh)
        await asyncio.sleep(1)
        (feed,) = scene.made
        feed.ready(settled)
        feed.end.set_exception(error)
        # Who still waited hears of it there, the others as members.
        with pytest.raises(WmiError, match=text) as caught:
            await asyncio.wait_for(waiting, 1)
        await first
        assert settled.errors == [caught.value]
        assert fresh.errors == []
        assert feed.members == []
        assert len(scene.feeds) == 0
        scene.join(Member())
        assert len(scene.made) == 2
        await scene.feeds.close(1)

    run_virtual(body)


def test_a_feed_that_has_nothing_more_to_tell_leaves_its_members_and_begins_anew_for_others() -> None:
    async def body() -> None:
        scene, member = Scene(), Member()
        scene.join(member)
        scene.made[0].end.set_result(None)
        await asyncio.sleep(1)
        assert len(scene.feeds) == 0
        assert member.errors == []
        scene.join(Member())
        assert len(scene.made) == 2
        # The first member is not of the second feed.
        scene.feeds.leave("key", member)
        await asyncio.sleep(1)
        assert not scene.made[1].closed
        await scene.feeds.close(1)

    run_virtual(body)


@pytest.mark.parametrize(("closing", "taken"), [(2.0, 2.0), (100.0, 5.0)])
def test_closing_waits_so_long_for_what_was_left_before_and_for_what_runs(closing: float, taken: float) -> None:
    async def body() -> None:
        scene, member = Scene(), Member()
        scene.join(member)
        await asyncio.sleep(1)
        scene.made[0].closing = closing
        scene.feeds.leave("key", member)
        scene.join(member)
        await asyncio.sleep(0)
        scene.made[1].closing = closing
        loop = asyncio.get_running_loop()
        before = loop.time()
        await scene.feeds.close(5.0)
        assert loop.time() - before == taken
        assert len(scene.feeds) == 0
        assert [feed.closed for feed in scene.made] == [closing < 5.0] * 2

    run_virtual(body)
