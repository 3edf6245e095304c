"""Execution: from sources to batches.

A source's rows are checked, tested and narrowed a list at a time.  Several sources run beside each other, a bounded
number at once; one that fails does not hide what the others give: its error comes when everything else has been given.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from wmix.errors import OutOfRange, ProviderError, TypeMismatch, UnknownProperty, WmiError
from wmix.port.batch import RowBatch
from wmix.port.provider import InstanceRequest
from wmix.providers.streams import close_stream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Sequence

    from wmix.cim.system_properties import Origin
    from wmix.config import Settings
    from wmix.local.plan import Plan, SourcePlan
    from wmix.port.backend import Repository, Scope
    from wmix.providers.host import HostedProvider
    from wmix.providers.registration import EventDefinition, ProviderDefinition

    Values = tuple[object, ...]

__all__ = ["Execution", "explain_failure"]

#: Sources that run at once, and batches that may wait for the reader among them.
WIDTH = 8


class Execution:
    """Runs plans of one namespace."""

    def __init__(self, namespace: str, origin: Origin, repository: Repository, settings: Settings) -> None:
        self._namespace = namespace
        self._origin = origin
        self._repository = repository
        self._settings = settings

    async def run(self, plan: Plan, scope: Scope) -> AsyncIterator[RowBatch]:
        """The batches of *plan*."""
        stream = self._source(plan.sources[0], scope) if len(plan.sources) == 1 else self._union(plan.sources, scope)
        try:
            async for batch in stream:
                yield batch
        finally:
            await stream.aclose()

    def request(self, source: SourcePlan, scope: Scope) -> InstanceRequest:
        """What the provider of *source* is asked."""
        return InstanceRequest(
            source.cls,
            namespace=self._namespace,
            scope=scope,
            settings=self._settings,
            properties=source.properties,
            keys=source.keys,
            comparisons=source.comparisons,
        )

    async def _source(self, source: SourcePlan, scope: Scope) -> AsyncGenerator[RowBatch, None]:
        if source.keys is not None and not source.keys:
            return
        if source.provider is None:
            stored = self._repository.rows(self._namespace, source.read, where=source.comparisons, keys=source.keys)
            try:
                async for values in stored:
                    yield self._finish(source, list(values))
            finally:
                await close_stream(stored)
            return
        provider = source.provider
        try:
            stream = provider.open(self.request(source, scope), source.accept)
        except Exception as error:
            raise explain_failure(error, provider, source.cls.name) from error
        try:
            async for rows in stream:
                yield RowBatch(source.result, rows, self._origin)
        except Exception as error:
            raise explain_failure(error, provider, source.cls.name) from error
        finally:
            await close_stream(stream)

    def _finish(self, source: SourcePlan, rows: list[Values]) -> RowBatch:
        if source.test is not None:
            rows = list(filter(source.test, rows))
        if source.narrow is not None:
            rows = list(map(source.narrow, rows))
        return RowBatch(source.result, rows, self._origin)

    async def _union(self, sources: Sequence[SourcePlan], scope: Scope) -> AsyncGenerator[RowBatch, None]:
        waiting = iter(sources)
        queue: asyncio.Queue[RowBatch | None] = asyncio.Queue(maxsize=WIDTH)
        errors: list[Exception] = []

        async def work() -> None:
            for source in waiting:
                try:
                    async with contextlib.aclosing(self._source(source, scope)) as stream:
                        async for batch in stream:
                            if len(batch):
                                await queue.put(batch)
                except Exception as error:  # noqa: BLE001 - told when the other sources have given theirs
                    errors.append(error)
            # Not when the worker is cancelled: nobody takes from the queue then, and it may be full.
            await queue.put(None)

        workers = [asyncio.ensure_future(work()) for _ in range(min(WIDTH, len(sources)))]
        try:
            ended = 0
            while ended < len(workers):
                batch = await queue.get()
                if batch is None:
                    ended += 1
                else:
                    yield batch
            if errors:
                raise _first_of(errors)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)


def _first_of(errors: list[Exception]) -> Exception:
    first = errors[0]
    for other in errors[1:]:
        first.add_note(f"besides: {other}")
    return first


def explain_failure(
    error: Exception, provider: HostedProvider | ProviderDefinition | EventDefinition, class_name: str
) -> WmiError:
    """The failure of a provider as its callers see it: its own status, or PROVIDER_FAILURE with who and where."""
    if isinstance(error, ProviderError):
        return error
    if isinstance(error, TypeMismatch | OutOfRange | UnknownProperty):
        text = f"provider {provider.name} of {class_name} yielded what does not fit the class: {error.detail}"
    elif isinstance(error, WmiError):
        return error
    else:
        text = f"provider {provider.name} of {class_name} raised {type(error).__name__}: {error}"
    return ProviderError(
        text,
        provider=provider.name,
        class_name=class_name,
        property_name=error.property_name if isinstance(error, WmiError) else None,
        hint="this is a fault of the provider, not of the request",
    )
