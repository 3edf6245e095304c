"""Bounds on time: one phase ends by its deadline in an error that names it."""

from __future__ import annotations

import asyncio
import math
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from wmix.errors import WmiError
from wmix.net.client.failures import timed_out

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from wmix.net.client.phases import Phase

__all__ = ["bounded"]


@asynccontextmanager
async def bounded(
    phase: Phase | Callable[[], Phase],
    place: str,
    seconds: float,
    until: float | None = None,
    *,
    operation: str | None = None,
) -> AsyncIterator[None]:
    """Let the block take *seconds*, and last no longer than to *until* on the loop's clock.

    Args:
        phase: the step that it is, or a function that tells it when the time is over.

    Raises:
        DeadlineExceeded: the time is over; ConnectTimeout, which is a ConnectError too, while connecting.
    """
    now = asyncio.get_running_loop().time()
    end = now + seconds if until is None else min(now + seconds, until)
    try:
        async with asyncio.timeout_at(None if math.isinf(end) else end):
            yield
    except TimeoutError as error:
        if isinstance(error, WmiError):
            raise
        step = phase() if callable(phase) else phase
        raise timed_out(step, place, max(0.0, end - now), operation=operation) from None
