"""The provider host: runs declared providers as streams of lists. [MS-WMI] 3.1.4.17, wmi-semantics 6.6.

Rows cross from a provider to the event loop in lists, never one at a time: a hop costs as much as the work on a
hundred rows.  Two kinds of stream share one shape.  An asynchronous generator is pumped by a task of its own, so that
what it has yielded is delivered while it waits for its next object.  A plain generator advances in steps on worker
threads; between steps it holds no thread, so that a reader who stops reading costs nothing.

Closing a stream is bounded: after ``Timeouts.provider_close`` seconds a provider that will not stop is reported,
counted and left alone.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from types import AsyncGeneratorType, FunctionType
from typing import TYPE_CHECKING, Any, Final

from wmix.errors import AccessDenied, QuotaExceeded, WmiError, error_for
from wmix.providers.workers import Workers, contained
from wmix.status import WBEM_E_PROVIDER_NOT_CAPABLE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Mapping, Sequence

    from wmix.config import Settings
    from wmix.port.caller import Caller
    from wmix.port.provider import InstanceRequest, MethodCall
    from wmix.providers.registration import MethodDefinition, ProviderDefinition
    from wmix.providers.workers import Job

    Rows = Sequence[Mapping[str, object]]

__all__ = ["HostedProvider", "ProviderHost"]

_log = logging.getLogger("wmix.providers.host")

#: CO_GENERATOR and CO_ASYNC_GENERATOR of ``inspect``, whose names would be its first use in a command.
_GENERATOR_FLAGS: Final = 0x20 | 0x200

#: Rows in one list, and rows that a provider may be ahead of its reader within the host.
CHUNK = 100
#: Rows in the longest step of a plain generator.
LONGEST = 800
#: Seconds that yielded rows may wait for more to come before they are handed over.
FLUSH = 0.005


class ProviderHost:
    """Runs provider functions for one engine."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.workers = Workers(settings.limits.provider_threads)
        #: Streams whose provider did not stop when it was told to, since the start.
        self.unstoppable = 0

    def stream(self, generator: object, name: str) -> AsyncIterator[Rows]:
        """The rows of a generator object, plain or asynchronous, in lists.

        Raises:
            TypeError: *generator* is neither.
        """
        if hasattr(generator, "__aiter__"):
            made: Any = generator if isinstance(generator, AsyncGeneratorType) else _as_generator(generator)
            return _AsyncStream(self, made, name)
        if hasattr(generator, "__iter__"):
            return _ThreadStream(self, iter(generator), name)
        raise TypeError(f"a provider is a generator function; this one returned {type(generator).__name__}")

    def open(self, function: Callable[..., Any], request: object, name: str) -> AsyncIterator[Any]:
        """What ``function(request)`` yields, in lists, whatever kind of function it is; nothing runs yet."""
        if _makes_generators(function):
            # Calling these runs nothing of them yet.
            made = function(request)
        elif inspect.iscoroutinefunction(function):
            made = _after_awaiting(function, request)
        else:
            made = _after_calling(function, request)
        return self.stream(made, name)

    async def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """The result of one function: a coroutine runs here, anything else on a worker thread."""
        try:
            if inspect.iscoroutinefunction(function):
                return await function(*args)
            result = await self.workers.run(lambda: function(*args))
            return await result if inspect.isawaitable(result) else result
        except (Exception, asyncio.CancelledError):
            raise
        except BaseException as error:
            raise contained(error) from error

    async def call(self, definition: MethodDefinition, call: MethodCall) -> Any:
        """Run a method, as whom its caller is mapped to; its result is what the function returned."""
        return await self.run_for(call.caller, definition.function, call)

    async def run_for(self, caller: Caller, function: Callable[..., Any], *args: Any) -> Any:
        """The result of a function that acts for *caller*, in the name of the account that the caller is mapped to.

        Raises:
            AccessDenied: the function is a coroutine, which shares its thread with all others; or this process may
                not act as that account.
        """
        if caller.runs_as is None:
            return await self.run(function, *args)
        if inspect.iscoroutinefunction(function):
            raise _not_on_the_loop(function, caller.runs_as)
        return await self.run(_acting_as, caller.runs_as, function, *args)

    def give_up(self, name: str) -> None:
        """Count and report a provider that does not stop."""
        self.unstoppable += 1
        _log.warning(
            "provider %s did not stop within %s s; it is left to itself", name, self.settings.timeouts.provider_close
        )

    def close(self) -> None:
        """Let idle threads end."""
        self.workers.close()


def _acting_as(account: str, function: Callable[..., Any], *args: Any) -> Any:
    """Runs on a worker thread."""
    from wmix.providers.impersonation import acting_as, system_account  # only a server of others needs it

    with acting_as(system_account(account)):
        result = function(*args)
    if inspect.isawaitable(result):
        if inspect.iscoroutine(result):
            result.close()
        raise _not_on_the_loop(function, account)
    return result


def _not_on_the_loop(function: Callable[..., Any], account: str) -> AccessDenied:
    return AccessDenied(
        f"{getattr(function, '__name__', 'this')} runs on the event loop and cannot act as {account}",
        hint="declare it as a plain function, which has a thread of its own",
    )


class HostedProvider:
    """A definition in its host: the Provider protocol of the port."""

    def __init__(self, definition: ProviderDefinition, host: ProviderHost) -> None:
        self.definition = definition
        self._host = host
        self.name = definition.name
        self.class_name = definition.class_name
        self.pushes = definition.pushes

    def open(self, request: InstanceRequest) -> AsyncIterator[Rows]:
        """The instances in lists; closing the iterator stops the function."""
        return self._host.open(self.definition.function, request, self.name)

    async def get(self, request: InstanceRequest) -> Mapping[str, object] | None:
        """The instance that ``request.keys`` names: by the ``get`` function, else by a narrowed enumeration."""
        keys = request.keys
        if keys is None or len(keys) != 1:
            raise ValueError("get needs the keys of exactly one instance")
        if self.definition.get_function is not None:
            found: Mapping[str, object] | None = await self._host.run(self.definition.get_function, request, keys[0])
            return found
        stream = self.open(request)
        try:
            async for rows in stream:
                for row in rows:
                    if _has_keys(row, keys[0]):
                        return row
            return None
        finally:
            await close_stream(stream)

    async def put(self, request: InstanceRequest, values: Mapping[str, object]) -> None:
        """Write one instance.

        Raises:
            WmiError: WBEM_E_PROVIDER_NOT_CAPABLE when no ``put`` function was declared.
        """
        function = self._capable(self.definition.put_function, "put")
        await self._host.run_for(request.caller, function, request, _only(request), values)

    async def delete(self, request: InstanceRequest) -> None:
        """Delete one instance.

        Raises:
            WmiError: WBEM_E_PROVIDER_NOT_CAPABLE when no ``delete`` function was declared.
        """
        function = self._capable(self.definition.delete_function, "delete")
        await self._host.run_for(request.caller, function, request, _only(request))

    def _capable(self, function: Callable[..., Any] | None, operation: str) -> Callable[..., Any]:
        if function is None:
            raise error_for(
                WBEM_E_PROVIDER_NOT_CAPABLE,
                f"provider {self.name} of {self.class_name} cannot {operation} instances",
                operation=operation,
            )
        return function


async def close_stream(stream: AsyncIterator[object]) -> None:
    """Close a stream, whatever kind of asynchronous iterator it is."""
    aclose = getattr(stream, "aclose", None)
    if aclose is not None:
        await aclose()


def _only(request: InstanceRequest) -> Mapping[str, Any]:
    if request.keys is None or len(request.keys) != 1:
        raise ValueError("exactly one instance must be named")
    return request.keys[0]


def _makes_generators(function: Callable[..., Any]) -> bool:
    """Whether *function* is a generator function, plain or asynchronous. Most say so themselves, and at once."""
    if isinstance(function, FunctionType) and function.__code__.co_flags & _GENERATOR_FLAGS:
        return True
    return inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function)


def _has_keys(row: Mapping[str, object], keys: Mapping[str, object]) -> bool:
    for name, wanted in keys.items():
        value = row.get(name)
        if isinstance(value, str) and isinstance(wanted, str):
            if value.casefold() != wanted.casefold():
                return False
        elif value != wanted and str(value) != str(wanted):
            return False
    return True


def _after_calling(function: Callable[..., Any], request: object) -> Generator[Any, None, None]:
    """A function that returns its rows, as a generator: so it is called where generators run, and not on the loop."""
    rows = function(request)
    if not hasattr(rows, "__iter__"):
        raise TypeError(f"a provider is a generator function, or returns rows; this one returned {type(rows).__name__}")
    yield from rows


async def _after_awaiting(function: Callable[..., Any], request: object) -> AsyncGenerator[Any, None]:
    rows = await function(request)
    if not hasattr(rows, "__iter__"):
        raise TypeError(f"a provider is a generator function, or returns rows; this one returned {type(rows).__name__}")
    for row in rows:
        yield row


async def _as_generator(iterable: Any) -> AsyncGenerator[Any, None]:
    async for item in iterable:
        yield item


class _AsyncStream:
    """Lists of what an asynchronous generator yields, pumped by a task that waits when the reader does not read."""

    def __init__(self, host: ProviderHost, generator: AsyncGenerator[Any, None], name: str) -> None:
        self._host = host
        self._generator = generator
        self._name = name
        self._rows: list[Any] = []
        self._error: BaseException | None = None
        self._ended = False
        self._pump: asyncio.Task[None] | None = None
        self._reader: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None

    def __aiter__(self) -> _AsyncStream:
        return self

    async def __anext__(self) -> Rows:
        loop = asyncio.get_running_loop()
        if self._pump is None and not self._ended:
            self._pump = loop.create_task(self._fill())
        if not self._rows and not self._ended:
            self._reader = loop.create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        rows, self._rows = self._rows, []
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        if rows:
            return rows
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        raise StopAsyncIteration

    async def _fill(self) -> None:
        try:
            async for row in self._generator:
                self._rows.append(row)
                self._wake()
                if len(self._rows) >= CHUNK:
                    self._room = asyncio.get_running_loop().create_future()
                    await self._room
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - handed to the reader
            self._error = contained(error)
        finally:
            self._ended = True
            self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

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


class _ThreadStream:
    """Lists of what a plain generator yields, advanced in steps on worker threads."""

    def __init__(self, host: ProviderHost, generator: Any, name: str) -> None:
        self._host = host
        self._generator: Generator[Any, None, None] = generator
        self._name = name
        self._rows: deque[Any] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._job: Job | None = None
        self._ended = False
        self._closing = False
        self._error: BaseException | None = None
        self._reader: asyncio.Future[None] | None = None
        # True while the reader waits for a row: the thread then tells it, once.
        self._hungry = False
        self._begun = False
        # The first step is short: many a reader wants a few rows, or none of those that come.
        self._chunk = CHUNK // 4

    def __aiter__(self) -> _ThreadStream:
        return self

    async def __anext__(self) -> Rows:
        loop = self._loop = asyncio.get_running_loop()
        while True:
            if self._job is None and not self._ended and len(self._rows) < CHUNK:
                self._job = self._host.workers.start(self._step, self._stepped)
            if self._job is not None and not self._rows:
                await self._wait(loop, None)
            if self._job is not None and self._rows and self._begun:
                # Let more come before the next hop; only the very first row is handed over at once.
                await self._wait(loop, FLUSH)
            if self._rows:
                self._begun = True
                return [self._rows.popleft() for _ in range(len(self._rows))]
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            if self._ended:
                raise StopAsyncIteration

    async def _wait(self, loop: asyncio.AbstractEventLoop, seconds: float | None) -> None:
        """Wait for the end of the step, at most for *seconds*; without a limit also for the next row."""
        reader = self._reader = loop.create_future()
        timer = None if seconds is None else loop.call_later(seconds, self._wake)
        self._hungry = seconds is None
        try:
            if self._hungry and self._rows:
                # It came between the test and the promise to be told.
                return
            await reader
        finally:
            self._hungry = False
            self._forget(reader)
            if timer is not None:
                timer.cancel()

    def _forget(self, reader: asyncio.Future[None]) -> None:
        """*reader* waits no more; another one may have taken its place meanwhile."""
        if self._reader is reader:
            self._reader = None

    def _step(self) -> bool:
        """On the thread: advance by one step; True when the generator is exhausted."""
        rows = self._rows
        taken = 0
        for row in self._generator:
            rows.append(row)
            if self._hungry:
                self._hungry = False
                self._tell()
            taken += 1
            if taken >= self._chunk or self._closing:
                # A generator that fills its steps is asked for much longer ones: fewer changes of thread.
                self._chunk = min(4 * self._chunk, LONGEST)
                return False
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


def _swallow(task: asyncio.Task[None]) -> None:
    """Read the outcome of a task that nobody awaits any more, so that it is not reported as forgotten."""
    if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, WmiError):
        _log.warning("a provider that was given up ended with %r", error)
