"""Feeds: work that runs for subscriptions, once for all that need the same, and ends with the last of them.

A feed is a task.  Who joins is told when its events begin to be complete, or why they cannot.  A feed that fails for
good fails those who are joined; one that is left by everybody is cancelled, which closes the provider behind it.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from wmix.errors import WmiError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from wmix.cim.layout import InstanceLayout

    Values = tuple[object, ...]

__all__ = ["Feed", "Feeds", "Member"]

_log = logging.getLogger("wmix.local.subscriptions")


class Member(Protocol):
    """What a feed knows of a subscription."""

    def offer(self, layout: InstanceLayout, rows: Sequence[Values]) -> None:
        """Take the rows that it wants."""
        ...

    def fail(self, error: WmiError) -> None:
        """End with *error*, after the events that it has."""
        ...


class Feed(ABC):
    """Work for its members: subclasses say which."""

    #: For messages.
    name = "feed"

    def __init__(self) -> None:
        self.members: list[Member] = []
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._task: asyncio.Task[None] | None = None

    @abstractmethod
    async def run(self) -> None:
        """The work; it ends by being cancelled, by failing, or when nothing will ever come."""

    def joined(self, member: Member) -> None:
        """*member* is here from now on; tell it with :meth:`ready`."""
        self.ready(member)

    # -- for the subclass

    def ready(self, member: Member) -> None:
        """From here on *member* misses nothing."""
        waiter = self._waiting.pop(id(member), None)
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def refuse(self, member: Member, error: WmiError) -> None:
        """*member* cannot be served: it is told, and is no member any more."""
        waiter = self._waiting.pop(id(member), None)
        if member in self.members:
            self.members.remove(member)
        if waiter is not None and not waiter.done():
            waiter.set_exception(error)
        else:
            member.fail(error)

    def offer(self, layout: InstanceLayout, rows: Sequence[Values]) -> None:
        """Give *rows* to all members."""
        for member in tuple(self.members):
            member.offer(layout, rows)

    # -- for the owner

    def join(self, member: Member) -> asyncio.Future[None]:
        """Add *member*; the future ends when it misses nothing any more, or fails."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[id(member)] = waiter
        self.members.append(member)
        self.joined(member)
        return waiter

    def leave(self, member: Member) -> None:
        """*member* needs nothing any more."""
        waiter = self._waiting.pop(id(member), None)
        if waiter is not None and not waiter.done():
            # Who has left waits for nothing; why it left is its own to say.
            waiter.set_result(None)
        if member in self.members:
            self.members.remove(member)


F = TypeVar("F", bound=Feed)


class Feeds(Generic[F]):
    """The feeds that run, by what they are for."""

    def __init__(self) -> None:
        self._running: dict[Hashable, F] = {}
        # Those that were left and whose providers are being closed, too.
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._running)

    def join(self, key: Hashable, make: Callable[[], F], member: Member) -> asyncio.Future[None]:
        """Let *member* take part in the feed of *key*, which is made and begun if need be."""
        feed = self._running.get(key)
        if feed is None:
            feed = self._running[key] = make()
            feed._task = asyncio.get_running_loop().create_task(self._run(key, feed), name=f"wmix {feed.name}")
            self._tasks.add(feed._task)
            feed._task.add_done_callback(self._tasks.discard)
        return feed.join(member)

    def leave(self, key: Hashable, member: Member) -> None:
        """*member* has gone; the last one ends the feed."""
        feed = self._running.get(key)
        if feed is not None:
            feed.leave(member)
            if not feed.members:
                self._end(key, feed)

    def _end(self, key: Hashable, feed: F) -> None:
        if self._running.get(key) is feed:
            del self._running[key]
        if feed._task is not None:
            feed._task.cancel()

    async def _run(self, key: Hashable, feed: F) -> None:
        try:
            await feed.run()
        except WmiError as error:
            self._fail(key, feed, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, who waits for events has to hear of it
            _log.error("%s failed inside the engine", feed.name, exc_info=error)
            self._fail(key, feed, WmiError(f"{feed.name}: {type(error).__name__}: {error}"))
        else:
            # It has nothing more to tell those who are there; who comes later may have it begin anew.
            if self._running.get(key) is feed:
                del self._running[key]

    def _fail(self, key: Hashable, feed: F, error: WmiError) -> None:
        # First out of the book: whoever asks anew gets a new feed.
        if self._running.get(key) is feed:
            del self._running[key]
        for member in tuple(feed.members):
            feed.refuse(member, error)

    async def close(self, timeout: float) -> None:
        """End all, and wait up to *timeout* seconds for what they close."""
        for key, feed in list(self._running.items()):
            self._end(key, feed)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout)
