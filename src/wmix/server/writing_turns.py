"""Turns for large answers: one is written at a time, and between two of them the loop looks at everybody else.

Writing a thousand objects takes tens of milliseconds, in which nobody is answered.  A client that has three hundred
enumerators ready at once would keep the others waiting for all of them; small answers never wait here.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["WritingTurns"]

T = TypeVar("T")

#: Objects up to which an answer is small: some milliseconds.
_SMALL: Final = 50


class WritingTurns:
    """The turns of one server."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    def must_wait(self, objects: int) -> bool:
        """Whether an answer of so many objects has to wait for its turn."""
        return objects > _SMALL and self._lock.locked()

    async def write(self, objects: int, write: Callable[[], T]) -> T:
        """What *write* gives, in its turn."""
        if objects <= _SMALL:
            return write()
        async with self._lock:
            written = write()
            await asyncio.sleep(0)
            return written
