"""Asking sources of events as the subscriptions do."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from unit.providers.event_objects import load
from wmix.config import Settings
from wmix.port.events import EventRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wmix.providers.registration import EventDefinition

NAMESPACE = "root\\cimv2"


class Told:
    """What a running source has yielded."""

    def __init__(self) -> None:
        self.rows: asyncio.Queue[Any] = asyncio.Queue()

    async def next(self) -> Any:
        """The next row; a source that has ended gives None."""
        return await self.rows.get()

    def waiting(self) -> list[Any]:
        """Rows that are there already."""
        return [self.rows.get_nowait() for _ in range(self.rows.qsize())]


@asynccontextmanager
async def running(definition: EventDefinition) -> AsyncIterator[Told]:
    """The source, running for the time of the block."""
    request = EventRequest(load(definition.class_name, NAMESPACE), namespace=NAMESPACE, settings=Settings())
    told = Told()
    generator = definition.function(request)

    async def pump() -> None:
        async for row in generator:
            told.rows.put_nowait(row)
        told.rows.put_nowait(None)

    task = asyncio.ensure_future(pump())
    try:
        yield told
    finally:
        task.cancel()
        await asyncio.wait({task})
        await generator.aclose()
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error
