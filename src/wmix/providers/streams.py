"""Streams of providers: the rows of a generator in lists, made as they are wanted.

Two kinds share one shape.  An asynchronous generator is pumped by a task of its own, so that what it has yielded is
delivered while it waits for its next object.  A plain generator advances in steps on worker threads; between steps it
holds no thread, so that a reader who stops reading costs nothing.  How far either goes is told by the demand of who
takes the rows, in rows and in octets; the size of a row is looked up for one in sixteen.

Closing a stream is bounded: after ``Timeouts.provider_close`` seconds a provider that will not stop is reported,
counted and left alone.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from wmix.errors import QuotaExceeded, WmiError
from wmix.port.demand import octets_of
from wmix.providers.workers import contained

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator

    from wmix.port.demand import Demand
    from wmix.providers.host import ProviderHost
    from wmix.providers.workers import Job

__all__ = ["CHUNK", "AsyncStream", "ThreadStream", "close_stream"]

_log = logging.getLogger("wmix.providers.streams")

#: Rows in one list, and rows that a provider may be ahead of its reader within the host.
CHUNK = 100
#: Rows in the longest step of a plain generator.
LONGEST = 800
#: The size of one row in so many is looked up.
_SAMPLED: Final = 16
#: Octets of a stream whose rows are not left lying.
_UNBOUNDED: Final = sys.maxsize
#: Seconds that yielded rows may wait for more to come before they are handed over.
FLUSH = 0.005

#: How a reader waits: not for a row; for one, unless it would like many at once; for one in any case.
_PATIENT, _HUNGRY, _STARVING = range(3)


async def close_stream(stream: AsyncIterator[object]) -> None:
    """Close a stream, whatever kind of asynchronous iterator it is."""
    aclose = getattr(stream, "aclose", None)
    if aclose is not None:
        await aclose()


class _Allowance:
    """How many rows a stream may make before it has to ask again, by their number and by what they take."""

    __slots__ = ("_demand", "_left", "_octets", "_row", "given", "pause")

    def __init__(self, demand: Demand | None) -> None:
        self._demand = demand
        self._left = 0
        self._octets = 0
        # What the row took whose size was looked up last.
        self._row = 0
        #: Rows that the generator has yielded, as far as they were counted.
        self.given = 0
        #: Rows of the present allowance after which :meth:`goes_on` has to be asked.
        self.pause = 1

    def renew(self, most: int, held: int) -> bool:
        """Ask for *most* rows or fewer while the stream holds *held*; False when these are enough."""
        if self._demand is None:
            self._left, self._octets = most, _UNBOUNDED
        else:
            rows, octets = self._demand.wanted(self.given)
            self._left = min(most, rows - held)
            self._octets = octets - held * self._row
        self.pause = 1
        return self._left > 0 and self._octets > 0

    @property
    def awaited(self) -> int:
        """How many objects the reader who waits would like at once."""
        return 1 if self._demand is None else self._demand.awaited

    def extend(self, rows: int) -> None:
        """Allow so many *rows* more, which somebody waits for, whatever they take."""
        self._left, self._octets = rows, _UNBOUNDED
        self.pause = rows

    def goes_on(self, row: object) -> bool:
        """Whether another row may follow *row*, the last one of the pause."""
        self._row = size = octets_of(row)
        self._left -= self.pause
        self._octets -= self.pause * size
        self.pause = min(_SAMPLED, self._left, self._octets // size)
        return self.pause > 0


class AsyncStream:
    """Lists of what an asynchronous generator yields, pumped by a task that waits when the reader does not read."""

    def __init__(
        self,
        host: ProviderHost,
        generator: AsyncGenerator[Any, None],
        name: str,
        demand: Demand | None,
        accept: Callable[[Any], Any] | None = None,
    ) -> None:
        self._host = host
        self._accept = accept
        # A row was not accepted: nothing is handed over after it.
        self._refused = False
        self._generator = generator
        self._name = name
        self._rows: list[Any] = []
        self._error: BaseException | None = None
        self._ended = False
        self._allowance = _Allowance(demand)
        self._pump: asyncio.Task[None] | None = None
        self._reader: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None

    def __aiter__(self) -> AsyncStream:
        return self

    async def __anext__(self) -> list[Any]:
        while not self._refused:
            rows = await self._pumped()
            if not rows:
                break
            if self._accept is not None:
                rows = self._accepted(rows, self._accept)
            if rows:
                return rows
        error, self._error = self._error, None
        raise StopAsyncIteration if error is None else error

    async def _pumped(self) -> list[Any]:
        """What was yielded meanwhile, or next; nothing when the generator has ended."""
        loop = asyncio.get_running_loop()
        if not self._rows and not self._ended:
            self._allow(0)
            if self._pump is None:
                self._pump = loop.create_task(self._fill())
            self._reader = loop.create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        rows, self._rows = self._rows, []
        self._allowance.given += len(rows)
        self._allow(len(rows))
        return rows

    def _accepted(self, rows: list[Any], accept: Callable[[Any], Any]) -> list[Any]:
        """What is made of *rows*; of those before the first wrong one, whose error is kept."""
        try:
            return [made for made in map(accept, rows) if made is not None]
        except Exception:  # noqa: BLE001 - found again below, with the rows before it kept
            kept = []
            for row in rows:
                try:
                    kept.append(accept(row))
                except Exception as error:  # noqa: BLE001 - becomes the failure of the provider
                    self._refused, self._error = True, error
                    break
            return [made for made in kept if made is not None]

    def _allow(self, held: int) -> None:
        """Let the generator go on, unless the *held* rows are all that is wanted."""
        if self._allowance.renew(CHUNK, held) and self._room is not None and not self._room.done():
            self._room.set_result(None)

    async def _fill(self) -> None:
        allowance = self._allowance
        taken = 0
        try:
            async for row in self._generator:
                self._rows.append(row)
                if self._reader is not None:
                    self._wake()
                taken += 1
                if taken >= allowance.pause:
                    taken = 0
                    if not allowance.goes_on(row):
                        self._room = asyncio.get_running_loop().create_future()
                        await self._room
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - handed to the reader
            if not self._refused:
                self._error = contained(error)
        finally:
            self._ended = True
            self._wake()

    def _wake(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None and not reader.done():
            reader.set_result(None)

    async def aclose(self) -> None:
        """Stop the generator; a generator that will not stop within the bound is given up."""
        task = asyncio.ensure_future(self._stop())
        _, pending = await asyncio.wait({task}, timeout=self._host.settings.timeouts.provider_close)
        if pending:
            task.add_done_callback(_swallow)
            self._host.give_up(self._name)

    async def _stop(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait({self._pump})
        try:
            await self._generator.aclose()
        except Exception as error:  # noqa: BLE001 - the reader has gone; the log is who is left to tell
            _log.warning("provider %s failed while it was closed: %r", self._name, error)


class ThreadStream:
    """Lists of what a plain generator yields, advanced in steps on worker threads."""

    def __init__(
        self,
        host: ProviderHost,
        generator: Any,
        name: str,
        demand: Demand | None,
        accept: Callable[[Any], Any] | None = None,
    ) -> None:
        self._host = host
        self._accept = accept or _as_it_is
        self._generator: Generator[Any, None, None] = generator
        self._name = name
        self._rows: deque[Any] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._job: Job | None = None
        self._ended = False
        self._closing = False
        self._is_left = False
        self._error: BaseException | None = None
        self._reader: asyncio.Future[None] | None = None
        # How the reader waits: the thread tells it of a row, once, when that is what it waits for.
        self._hunger = _PATIENT
        self._begun = False
        self._allowance = _Allowance(demand)
        # The first step is short: many a reader wants a few rows, or none of those that come.
        self._chunk = CHUNK // 4

    def __aiter__(self) -> ThreadStream:
        return self

    async def __anext__(self) -> list[Any]:
        loop = self._loop = asyncio.get_running_loop()
        while True:
            if self._job is None and not self._ended and len(self._rows) < CHUNK and self._may_step():
                self._job = self._host.workers.start(self._step, self._stepped)
            if self._job is not None:
                await self._rest(loop)
            if self._rows:
                self._begun = True
                return self._taken()
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            if self._ended:
                raise StopAsyncIteration

    def _taken(self) -> list[Any]:
        """What has come so far, off the queue."""
        rows = self._rows
        if self._job is not None:  # the thread may append meanwhile
            return [rows.popleft() for _ in range(len(rows))]
        self._rows = deque()
        return list(rows)

    def _may_step(self) -> bool:
        """Whether more is wanted than what lies here."""
        held = len(self._rows)
        most = max(self._chunk, min(self._allowance.awaited, LONGEST))
        return self._allowance.renew(most, held) or not held

    async def _rest(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the step end, or some rows come; only the very first row is handed over at once, to who wants no more."""
        if not self._rows:
            await self._wait(loop, FLUSH, _HUNGRY)
            if self._rows and self._allowance.awaited != 1:
                return
            if self._job is not None and not self._rows:
                await self._wait(loop, None, _STARVING)
        if self._job is not None and self._rows and self._begun:
            await self._wait(loop, FLUSH, _PATIENT)

    async def _wait(self, loop: asyncio.AbstractEventLoop, seconds: float | None, hunger: int) -> None:
        """Wait for the end of the step, at most for *seconds*, and as *hunger* says also for the next row."""
        reader = self._reader = loop.create_future()
        timer = None if seconds is None else loop.call_later(seconds, self._wake)
        self._hunger = hunger
        try:
            if hunger and self._rows:
                # It came between the test and the promise to be told.
                return
            await reader
        finally:
            self._hunger = _PATIENT
            self._forget(reader)
            if timer is not None:
                timer.cancel()

    def _forget(self, reader: asyncio.Future[None]) -> None:
        """*reader* waits no more; another one may have taken its place meanwhile."""
        if self._reader is reader:
            self._reader = None

    def _step(self) -> bool:
        """On the thread: advance by one step; True when the generator is exhausted."""
        rows, allowance, accept = self._rows, self._allowance, self._accept
        taken = made = 0
        try:
            for row in self._generator:
                accepted = accept(row)
                if accepted is not None:
                    rows.append(accepted)
                    if self._hunger and (self._hunger == _STARVING or allowance.awaited == 1):
                        self._hunger = _PATIENT
                        self._tell()
                taken += 1
                if taken >= allowance.pause or self._closing:
                    made += taken
                    allowance.given += taken
                    taken = 0
                    goes_on = allowance.goes_on(row if accepted is None else accepted) or self._may_extend(made)
                    if not goes_on or self._closing:
                        # A generator that fills its steps is asked for much longer ones: fewer changes of thread.
                        self._chunk = min(4 * self._chunk, LONGEST)
                        if self._is_left:
                            self._end_generator()
                        return False
        except BaseException:
            # Of a row that is not accepted; a generator that raised has ended already.
            self._end_generator()
            raise
        return True

    def _end_generator(self) -> None:
        """On the thread: close the generator, which nobody will ask again."""
        if hasattr(self._generator, "close"):
            try:
                self._generator.close()
            except Exception as error:  # noqa: BLE001 - the reader hears of what came first
                _log.warning("provider %s failed while it was closed: %r", self._name, error)

    def _may_extend(self, made: int) -> bool:
        """On the thread: whether the reader, who may have come only now, waits for more than the step has *made*."""
        missing = min(self._allowance.awaited, LONGEST) - made
        if missing <= 0:
            return False
        self._allowance.extend(missing)
        return True

    def _tell(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake)

    def _stepped(self, ended: Any, error: BaseException | None) -> None:
        self._job = None
        if error is not None:
            self._error = contained(error)
        self._ended = bool(ended) or error is not None
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def aclose(self) -> None:
        """Stop the generator; a step that does not end within the bound is detached with its thread."""
        self._closing = True
        loop = self._loop = asyncio.get_running_loop()
        until = loop.time() + self._host.settings.timeouts.provider_close
        if not await self._idle(until) or self._ended or not hasattr(self._generator, "close"):
            return
        self._error = None
        try:
            self._job = self._host.workers.start(self._generator.close, self._stepped)
        except QuotaExceeded:
            # No thread is free to run its clean-up: the generator ends when it is collected.
            self._host.give_up(self._name)
            return
        if await self._idle(until) and self._error is not None:
            _log.warning("provider %s failed while it was closed: %r", self._name, self._error)
        self._ended = True

    async def _idle(self, until: float) -> bool:
        """Wait for the job that runs; at the time *until* it is detached, and False says so."""
        loop = asyncio.get_running_loop()
        while self._job is not None:
            if loop.time() >= until:
                # Whenever it does return, its thread is the one that can close the generator.
                self._is_left = True
                self._host.workers.detach(self._job, f"provider {self._name} does not return")
                self._host.give_up(self._name)
                return False
            reader = self._reader = loop.create_future()
            timer = loop.call_at(until, self._wake)
            try:
                await reader
            finally:
                timer.cancel()
                self._forget(reader)
        return True


def _as_it_is(row: Any) -> Any:
    return row


def _swallow(task: asyncio.Task[None]) -> None:
    """Read the outcome of a task that nobody awaits any more, so that it is not reported as forgotten."""
    if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, WmiError):
        _log.warning("a provider that was given up ended with %r", error)
