"""The provider host: runs declared providers as streams of lists. [MS-WMI] 3.1.4.17, wmi-semantics 6.6.

Rows cross from a provider to the event loop in lists, never one at a time: a hop costs as much as the work on a
hundred rows.  Coroutines run on the loop, everything else on worker threads.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from types import AsyncGeneratorType, FunctionType
from typing import TYPE_CHECKING, Any, Final

from wmix.errors import AccessDenied, error_for
from wmix.providers.streams import AsyncStream, ThreadStream, close_stream
from wmix.providers.workers import Workers, contained
from wmix.status import WBEM_E_PROVIDER_NOT_CAPABLE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Mapping, Sequence

    from wmix.config import Settings
    from wmix.port.caller import Caller
    from wmix.port.demand import Demand
    from wmix.port.provider import InstanceRequest, MethodCall
    from wmix.providers.registration import MethodDefinition, ProviderDefinition

    Rows = Sequence[Mapping[str, object]]

__all__ = ["HostedProvider", "ProviderHost"]

_log = logging.getLogger("wmix.providers.host")

#: CO_GENERATOR and CO_ASYNC_GENERATOR of ``inspect``, whose names would be its first use in a command.
_GENERATOR_FLAGS: Final = 0x20 | 0x200


class ProviderHost:
    """Runs provider functions for one engine."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.workers = Workers(settings.limits.provider_threads)
        #: Streams whose provider did not stop when it was told to, since the start.
        self.unstoppable = 0

    def stream(
        self,
        generator: object,
        name: str,
        demand: Demand | None = None,
        accept: Callable[[Any], Any] | None = None,
    ) -> AsyncIterator[Any]:
        """The rows of a generator object, plain or asynchronous, in lists, no further ahead than *demand* wants.

        Args:
            accept: makes of each row what is handed over, None for nothing; on a thread where the row comes about
                there.  What it raises ends the stream, after the rows before.

        Raises:
            TypeError: *generator* is neither.
        """
        if hasattr(generator, "__aiter__"):
            made: Any = generator if isinstance(generator, AsyncGeneratorType) else _as_generator(generator)
            return AsyncStream(self, made, name, demand, accept)
        if hasattr(generator, "__iter__"):
            return ThreadStream(self, iter(generator), name, demand, accept)
        raise TypeError(f"a provider is a generator function; this one returned {type(generator).__name__}")

    def open(
        self,
        function: Callable[..., Any],
        request: object,
        name: str,
        demand: Demand | None = None,
        accept: Callable[[Any], Any] | None = None,
    ) -> AsyncIterator[Any]:
        """What ``function(request)`` yields, as :meth:`stream` gives it, whatever kind of function it is.

        Nothing of it runs yet.
        """
        if _makes_generators(function):
            # Calling these runs nothing of them yet.
            made = function(request)
        elif inspect.iscoroutinefunction(function):
            made = _after_awaiting(function, request)
        else:
            made = _after_calling(function, request)
        return self.stream(made, name, demand, accept)

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

    def open(
        self, request: InstanceRequest, accept: Callable[[Mapping[str, object]], Any] | None = None
    ) -> AsyncIterator[Any]:
        """The instances, or what *accept* makes of them, in lists; closing the iterator stops the function."""
        return self._host.open(self.definition.function, request, self.name, request.scope.demand, accept)

    async def get(self, request: InstanceRequest) -> Mapping[str, object] | None:
        """The instance that ``request.keys`` names: by the ``get`` function, else by a narrowed enumeration."""
        keys = request.keys
        if keys is None or len(keys) != 1:
            raise ValueError("get needs the keys of exactly one instance")
        if self.definition.get_function is not None:
            found: Mapping[str, object] | None = await self._host.run(self.definition.get_function, request, keys[0])
            return found
        stream: AsyncIterator[Rows] = self.open(request)
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
