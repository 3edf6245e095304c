"""Handles: what a verb that does not wait gives back. Design, section 3.

A query handle is iterated, or read in portions by ``next_batch``; a call result is polled.  An error is raised only
after every object before it.  A handle that is dropped, or left half-way, is cancelled silently: that is the
documented way to stop.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from wmix.cim.classes import CimClass
from wmix.client.objects import bound_like
from wmix.errors import DeadlineExceeded, InvalidParameter, NotFound, NotSupported, WmiError
from wmix.port.batch import undecoded

if TYPE_CHECKING:
    import builtins
    from collections.abc import AsyncIterator, Callable, Iterator

    from wmix.client.streams import Stream, Taken
    from wmix.engine.calls.callresult import CallResult as EngineResult
    from wmix.engine.portal import Portal
    from wmix.port.batch import Batch, InstanceFactory, UndecodedObject

__all__ = ["AsyncCallResult", "AsyncQuery", "CallResult", "Query"]

T = TypeVar("T")

#: Objects asked for at once while a handle is iterated: few at first, so that the first ones come early.
_GROWTH = (1, 100, 1000)


class _Reading(Generic[T]):
    """What both query handles share: decoding, counting, and the rules of errors and ends."""

    def __init__(
        self,
        stream: Stream,
        *,
        make: InstanceFactory,
        convert: Callable[[Any], T] | None,
        timeout: float,
        batch: int | None,
        what: str,
    ) -> None:
        if batch is not None and batch < 1:
            raise InvalidParameter(f"batch is at least 1, not {batch}")
        self._stream = stream
        self._make = make
        self._convert = convert
        self._timeout = timeout
        self._batch = batch
        self._what = what
        self._started = time.monotonic()
        self._ended: float | None = None
        self._round = 0
        #: Objects that were handed out.
        self.received = 0
        #: Objects that could not be decoded, with their octets; never any for this machine's own objects.
        self.errors: builtins.list[UndecodedObject] = []
        #: Why the call failed; known when everything before the failure was read.
        self.error: WmiError | None = None
        #: Whether nothing is left and nothing will come.
        self.exhausted = False

    @property
    def elapsed(self) -> float:
        """Seconds from the call to its end, or until now."""
        return (time.monotonic() if self._ended is None else self._ended) - self._started

    def _count(self) -> int:
        if self._batch is not None:
            return self._batch
        count = _GROWTH[min(self._round, len(_GROWTH) - 1)]
        self._round += 1
        return count

    def _objects(self, batches: builtins.list[Batch]) -> builtins.list[T]:
        found: builtins.list[Any] = []
        for batch in batches:
            found += batch.objects(self._make)
            self.errors += undecoded(batch)
        if found and isinstance(found[0], CimClass):  # only classes come with classes
            found = [bound_like(self._make, item) for item in found]
        if self._convert is not None:
            found = [self._convert(item) for item in found]
        self.received += len(found)
        return found

    def _note(self, taken: Taken) -> None:
        if taken.exhausted and not self.exhausted:
            self.exhausted = True
            self.error = taken.error
            self._end()

    def _end(self) -> None:
        if self._ended is None:
            self._ended = time.monotonic()

    def _no_progress(self, timeout: float) -> DeadlineExceeded:
        return DeadlineExceeded(
            f"{self._what}: nothing arrived for {timeout:g} s",
            operation="Next",
            hint="give a longer timeout=, or see why the provider is slow",
        )

    def _check_one(self, found: builtins.list[T]) -> T:
        if not found:
            raise NotFound(f"{self._what}: no object")
        if len(found) > 1:
            raise InvalidParameter(f"{self._what}: more than one object", hint="ask for fewer, or use list()")
        return found[0]


class AsyncQuery(_Reading[T]):
    """The handle of a query on an :class:`~wmix.client.asynchronous.AsyncClient`."""

    async def next_batch(self, n: int = 100, timeout: float | None = None) -> list[T]:
        """Up to *n* objects: when *n* are there, when the call has ended, or after *timeout* seconds.

        A timeout raises nothing: the list is short, and ``exhausted`` tells whether more can come.

        Raises:
            WmiError: the call failed, and every object before the failure was given before.
        """
        _check_portion(n)
        if self.exhausted:
            self._raise()
            return []
        taken = await self._stream.take(timeout, n, whole=True)
        self._note(taken)
        objects = self._objects(taken.batches)
        if not objects:
            self._raise()
        return objects

    def _raise(self) -> None:
        if self.error is not None:
            raise self.error.with_traceback(None)

    async def __aiter__(self) -> AsyncIterator[T]:
        """Every object as it comes.

        Raises:
            WmiError: the call failed, after the objects before the failure.
            DeadlineExceeded: nothing came for the time of one wait.
        """
        while not self.exhausted:
            for item in await self._portion():
                yield item
        self._raise()

    async def _portion(self) -> builtins.list[T]:
        """The next objects, as many as are asked for in this round; none at the end."""
        count = self._count()
        taken = self._stream.take_now(count) or await self._stream.take(self._timeout, count)
        self._note(taken)
        if not taken.returned and not taken.exhausted:
            self.cancel()
            raise self._no_progress(self._timeout)
        return self._objects(taken.batches)

    async def list(self) -> builtins.list[T]:
        """All objects; as iterating, but in large portions at once: nobody sees one object before the others."""
        self._round = len(_GROWTH)
        found: builtins.list[T] = []
        while not self.exhausted:
            found += await self._portion()
        self._raise()
        return found

    async def one(self) -> T:
        """The only object.

        Raises:
            NotFound: there is none.
            InvalidParameter: there is more than one.
        """
        found: list[T] = []
        async for item in self:
            found.append(item)
            if len(found) > 1:
                self.cancel()
                break
        return self._check_one(found)

    def to_arrow(self) -> Any:
        """All objects as an Arrow table; needs the columnar room, which this version does not have."""
        raise NotSupported("results as Arrow tables are not available in this version", operation="to_arrow")

    def cancel(self) -> None:
        """Stop the call; objects that were not read are dropped. May be called at any time, from the loop."""
        self._stream.cancel()
        self.exhausted = True
        self._end()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.cancel()


class Query(_Reading[T]):
    """The handle of a query on a :class:`~wmix.client.blocking.Client`."""

    def __init__(self, inner: AsyncQuery[T], portal: Portal) -> None:
        super().__init__(
            inner._stream,
            make=inner._make,
            convert=inner._convert,
            timeout=inner._timeout,
            batch=inner._batch,
            what=inner._what,
        )
        self._portal = portal

    def next_batch(self, n: int = 100, timeout: float | None = None) -> list[T]:
        """Up to *n* objects: when *n* are there, when the call has ended, or after *timeout* seconds.

        A timeout raises nothing: the list is short, and ``exhausted`` tells whether more can come.

        Raises:
            WmiError: the call failed, and every object before the failure was given before.
        """
        _check_portion(n)
        if self.exhausted:
            self._raise()
            return []
        taken = self._portal.call(self._take, timeout, n, True)
        self._note(taken)
        objects = self._objects(taken.batches)
        if not objects:
            self._raise()
        return objects

    async def _take(self, timeout: float | None, count: int, whole: bool) -> Taken:
        return await self._stream.take(timeout, count, whole=whole)

    def _raise(self) -> None:
        if self.error is not None:
            raise self.error.with_traceback(None)

    def __iter__(self) -> Iterator[T]:
        """Every object as it comes.

        Raises:
            WmiError: the call failed, after the objects before the failure.
            DeadlineExceeded: nothing came for the time of one wait.
        """
        while not self.exhausted:
            yield from self._portion()
        self._raise()

    def _portion(self) -> builtins.list[T]:
        """The next objects, as many as are asked for in this round; none at the end."""
        taken = self._portal.call(self._take, self._timeout, self._count(), False)
        self._note(taken)
        if not taken.returned and not taken.exhausted:
            self.cancel()
            raise self._no_progress(self._timeout)
        return self._objects(taken.batches)

    def list(self) -> builtins.list[T]:
        """All objects; as iterating, but in large portions at once: nobody sees one object before the others."""
        self._round = len(_GROWTH)
        found: builtins.list[T] = []
        while not self.exhausted:
            found += self._portion()
        self._raise()
        return found

    def one(self) -> T:
        """The only object.

        Raises:
            NotFound: there is none.
            InvalidParameter: there is more than one.
        """
        found: list[T] = []
        for item in self:
            found.append(item)
            if len(found) > 1:
                self.cancel()
                break
        return self._check_one(found)

    def to_arrow(self) -> Any:
        """All objects as an Arrow table; needs the columnar room, which this version does not have."""
        raise NotSupported("results as Arrow tables are not available in this version", operation="to_arrow")

    def cancel(self) -> None:
        """Stop the call; objects that were not read are dropped. May be called at any time, from any thread."""
        self._portal.post(self._stream.cancel)
        self.exhausted = True
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel()


class AsyncCallResult(Generic[T]):
    """The handle of one object, path or result that is being made, on an asynchronous client."""

    def __init__(
        self, result: EngineResult | None, finish: Callable[[EngineResult], T], error: WmiError | None
    ) -> None:
        self._result = result
        self._finish = finish
        self._error = error

    async def wait(self, timeout: float | None = None) -> bool:
        """Wait up to *timeout* seconds for the end of the call; whether it has ended."""
        return True if self._result is None else await self._result.wait(timeout)

    def done(self) -> bool:
        """Whether the call has ended, well or not."""
        return self._result is None or self._result.is_done

    async def result(self, timeout: float | None = None) -> T:
        """The result, a fresh copy each time.

        Raises:
            DeadlineExceeded: the call did not end within *timeout* seconds; it goes on.
            WmiError: it failed.
        """
        if not await self.wait(timeout):
            raise _not_yet(timeout)
        return self._get()

    def _get(self) -> T:
        if self._result is None:
            raise self._error or WmiError("a call without a result")
        return self._finish(self._result)

    @property
    def error(self) -> WmiError | None:
        """Why the call failed; None while it runs and when it ended well."""
        return self._error if self._result is None else self._result.error

    def cancel(self) -> None:
        """Give the call up: a read stops, a write or a method runs on unseen."""
        if self._result is not None:
            self._result.cancel()


class CallResult(Generic[T]):
    """The handle of one object, path or result that is being made, on a blocking client."""

    def __init__(self, inner: AsyncCallResult[T], portal: Portal) -> None:
        self._inner = inner
        self._portal = portal

    def wait(self, timeout: float | None = None) -> bool:
        """Wait up to *timeout* seconds for the end of the call; whether it has ended."""
        return self._portal.call(self._inner.wait, timeout)

    def done(self) -> bool:
        """Whether the call has ended, well or not."""
        return self._inner.done()

    def result(self, timeout: float | None = None) -> T:
        """The result, a fresh copy each time.

        Raises:
            DeadlineExceeded: the call did not end within *timeout* seconds; it goes on.
            WmiError: it failed.
        """
        return self._portal.call(self._inner.result, timeout)

    @property
    def error(self) -> WmiError | None:
        """Why the call failed; None while it runs and when it ended well."""
        return self._inner.error

    def cancel(self) -> None:
        """Give the call up: a read stops, a write or a method runs on unseen."""
        self._portal.post(self._inner.cancel)


def _check_portion(n: int) -> None:
    if n < 1:
        raise InvalidParameter(f"a batch has at least 1 object, not {n}")


def _not_yet(timeout: float | None) -> DeadlineExceeded:
    return DeadlineExceeded(
        f"the result was not there after {timeout:g} s" if timeout is not None else "the result is not there",
        operation="GetResultObject",
        hint="ask again: the call goes on",
    )
