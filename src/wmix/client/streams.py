"""Streams: where a query handle's objects come from, in each of the three modes.

All three are read alike: some objects now, the end, or the error after everything before it.  The blocking and the
asynchronous handle stand on the same stream.  A stream belongs to the engine's loop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

from wmix.errors import WmiError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wmix.engine.calls.call import Call
    from wmix.engine.calls.enumerator import Enumerator
    from wmix.engine.services import Services
    from wmix.port.batch import Batch
    from wmix.port.requests import Request

__all__ = ["FailedStream", "LazyStream", "LimitedStream", "SemisyncStream", "SinkStream", "SyncStream", "open_stream"]


#: Seconds that a reader of large portions waits for a fuller one: what a change of thread may cost under load.
LINGER = 0.005


class Taken:
    """What one read gave: batches, whether nothing will follow, and why the stream failed, if it did.

    A failure always comes alone, after the last objects: who reads until nothing follows cannot miss it.
    """

    __slots__ = ("batches", "error", "exhausted", "returned")

    def __init__(self, batches: list[Batch], returned: int, exhausted: bool, error: WmiError | None) -> None:
        self.batches = batches
        self.returned = returned
        self.exhausted = exhausted and (error is None or not returned)
        self.error = error if self.exhausted else None


class SemisyncStream:
    """Objects as they come, from an enumerator."""

    def __init__(self, enumerator: Enumerator) -> None:
        self._enumerator = enumerator
        self._cancelled = False

    @property
    def dropped(self) -> int:
        """Events that there was no room for."""
        return self._enumerator.call.scope.dropped

    def take_now(self, count: int) -> Taken | None:
        """What is here already, if it is *count* objects."""
        portion = None if self._cancelled else self._enumerator.next_now(count)
        return None if portion is None else Taken(portion.batches, portion.returned, False, None)

    async def take(self, timeout: float | None, count: int, *, whole: bool = False) -> Taken:
        """Up to *count* objects: at least one, or all *count* with *whole*, or what *timeout* seconds brought."""
        # Another thread may cancel while this one reads: that is an end, and no error.
        if self._cancelled:
            return Taken([], 0, True, None)
        if whole:
            portion = await self._enumerator.next(timeout, count)
        else:
            portion = await self._enumerator.next_some(timeout, count, linger=LINGER if count > 100 else 0.0)
        if self._cancelled:
            return Taken([], 0, True, None)
        exhausted = self._enumerator.is_exhausted
        error = self._enumerator.error if exhausted else None
        taken = Taken(portion.batches, portion.returned, exhausted, portion.error or error)
        if taken.exhausted:
            # Here, on the loop: a handle that is dropped on another thread would have to come here for it.
            self.cancel()
        return taken

    def cancel(self) -> None:
        """Stop the work and drop what was not read."""
        self._cancelled = True
        self._enumerator.release()


class SyncStream(SemisyncStream):
    """Objects when the operation has ended: a failure then hides what came before it (brief 1.5)."""

    async def take(self, timeout: float | None, count: int, *, whole: bool = False) -> Taken:
        """Nothing until the operation has ended, then up to *count* objects."""
        call = self._enumerator.call
        until = None if timeout is None else call.loop.time() + timeout
        if not await call.wait(until):
            return Taken([], 0, False, None)
        if self._enumerator.error is not None:
            return Taken([], 0, True, self._enumerator.error)
        return await super().take(timeout, count, whole=whole)


class SinkStream:
    """Objects that the engine delivers to a sink, in a bounded queue: a full queue holds the delivery back."""

    dropped: Final = 0

    def __init__(self, services: Services, request: Request, deadline: float | None, limit: int) -> None:
        self._services = services
        self._limit = limit
        self._queue: deque[Batch] = deque()
        self._held = 0
        self._change: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._ended = False
        self._error: WmiError | None = None
        self._sink = _BatchSink(self)
        self._call: Call | None = services.deliver(request, self._sink, deadline=deadline)

    async def indicate(self, batch: Batch) -> None:
        """From the sink: one more batch; returns when there is room for the next."""
        self._queue.append(batch)
        self._held += len(batch)
        self._tell()
        while self._held >= self._limit and self._call is not None:
            self._room = asyncio.get_running_loop().create_future()
            await self._room

    def complete(self, error: WmiError | None) -> None:
        """From the sink: the end."""
        self._ended = True
        self._error = error
        self._tell()

    def _tell(self) -> None:
        if self._change is not None and not self._change.done():
            self._change.set_result(None)

    def take_now(self, count: int) -> Taken | None:
        """What is here already, if it is *count* objects."""
        return self._taken(count) if self._held >= count else None

    async def take(self, timeout: float | None, count: int, *, whole: bool = False) -> Taken:
        """Up to *count* objects: at least one, or all *count* with *whole*, or what *timeout* seconds brought."""
        loop = asyncio.get_running_loop()
        until = None if timeout is None else loop.time() + timeout
        wanted = min(count, self._limit) if whole else 1
        while self._held < wanted and not self._ended:
            self._change = loop.create_future()
            try:
                async with asyncio.timeout_at(until):
                    await self._change
            except TimeoutError:
                break
        return self._taken(count)

    def _taken(self, count: int) -> Taken:
        batches: list[Batch] = []
        left = count
        while left and self._queue:
            batch = self._queue.popleft()
            if len(batch) > left:
                self._queue.appendleft(batch.part(left, len(batch)))
                batch = batch.part(0, left)
            left -= len(batch)
            batches.append(batch)
        self._held -= count - left
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        exhausted = self._ended and not self._queue
        return Taken(batches, count - left, exhausted, self._error if exhausted else None)

    def cancel(self) -> None:
        """Stop the delivery and drop what was not read."""
        if self._call is not None:
            self._call = None
            if not self._ended:
                self._services.cancel(self._sink)
            self._queue.clear()
            self._held = 0
            if self._room is not None and not self._room.done():
                self._room.set_result(None)


class _BatchSink:
    """The sink of a :class:`SinkStream`; takes batches as they are, without decoding them."""

    takes_batches = True

    def __init__(self, stream: SinkStream) -> None:
        self._stream = stream

    async def indicate(self, batch: Batch) -> None:
        await self._stream.indicate(batch)

    async def set_status(self, flags: int, hresult: int, text: str | None, error: WmiError | None) -> None:
        del flags, hresult, text
        self._stream.complete(error)


class FailedStream:
    """The stream of a call that could not be started, for a reason that is not the arguments' fault."""

    dropped: Final = 0

    def __init__(self, error: WmiError) -> None:
        self._error = error

    def take_now(self, count: int) -> Taken | None:
        """Nothing is here."""
        del count
        return None

    async def take(self, timeout: float | None, count: int, *, whole: bool = False) -> Taken:
        """The error."""
        del timeout, count, whole
        return Taken([], 0, True, self._error)

    def cancel(self) -> None:
        """Nothing runs."""


class LazyStream:
    """A stream that something must be asked for first: it is opened by the first read."""

    dropped: Final = 0

    def __init__(self, opening: Callable[[], Awaitable[Stream]]) -> None:
        self._opening = opening
        self._inner: Stream | None = None
        self._cancelled = False

    def take_now(self, count: int) -> Taken | None:
        """What is here already, if it is *count* objects."""
        return None if self._inner is None else self._inner.take_now(count)

    async def take(self, timeout: float | None, count: int, *, whole: bool = False) -> Taken:
        """Open the stream if need be, within *timeout* seconds, and read it."""
        if self._inner is None:
            try:
                async with asyncio.timeout(timeout):
                    self._inner = await self._opening()
            except TimeoutError:
                return Taken([], 0, False, None)
            except WmiError as error:
                self._inner = FailedStream(error)
            if self._cancelled:
                self._inner.cancel()
                return Taken([], 0, True, None)
        return await self._inner.take(timeout, count, whole=whole)

    def cancel(self) -> None:
        """Stop the work; a stream that was not opened yet stays closed."""
        self._cancelled = True
        if self._inner is not None:
            self._inner.cancel()


class LimitedStream:
    """The first objects of a stream; it is cancelled when they have been read."""

    def __init__(self, inner: Stream, limit: int) -> None:
        self._inner = inner
        self._left = limit

    def take_now(self, count: int) -> Taken | None:
        """What is here already, if it is *count* objects, or all that are left of the limit."""
        taken = self._inner.take_now(min(count, self._left))
        return None if taken is None else self._counted(taken)

    async def take(self, timeout: float | None, count: int, *, whole: bool = False) -> Taken:
        """As the stream itself, but never more than are left of the limit."""
        return self._counted(await self._inner.take(timeout, min(count, self._left), whole=whole))

    @property
    def dropped(self) -> int:
        """As of the stream itself."""
        return self._inner.dropped

    def _counted(self, taken: Taken) -> Taken:
        self._left -= taken.returned
        if self._left > 0 or taken.exhausted:
            return taken
        self._inner.cancel()
        return Taken(taken.batches, taken.returned, True, None)

    def cancel(self) -> None:
        """Stop the work and drop what was not read."""
        self._inner.cancel()


Stream = SemisyncStream | SinkStream | FailedStream | LazyStream | LimitedStream


def open_stream(services: Services, request: Request, mode: str, deadline: float | None) -> Stream:
    """Start *request* in *mode*.

    Raises:
        InvalidParameter: an argument is wrong. Every other error is the stream's first result.
    """

    def start() -> Stream:
        if mode == "async":
            return SinkStream(services, request, deadline, services.engine.settings.limits.sink_queue)
        enumerator = services.open(request, deadline=deadline)
        return SyncStream(enumerator) if mode == "sync" else SemisyncStream(enumerator)

    return guarded(start, FailedStream)


def guarded(start: Callable[[], Stream], failed: Callable[[WmiError], Stream]) -> Stream:
    """``start()``; an error that is not the arguments' fault becomes ``failed(error)``."""
    try:
        return start()
    except ValueError:
        raise
    except WmiError as error:
        return failed(error)
