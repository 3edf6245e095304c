"""What a Next of either kind of enumerator reads. [MS-WMI] 3.1.4.4.2, 3.1.4.7.1."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from wmix.server.host import seconds
from wmix.status import WBEM_S_NO_ERROR, WBEM_S_TIMEDOUT

if TYPE_CHECKING:
    from wmix.engine.calls.enumerator import Enumerator, Portion
    from wmix.net.server.incoming import IncomingCall

__all__ = ["MOST_OBJECTS", "MOST_SMART_OBJECTS", "SharedReader", "next_status"]

#: Objects of one answer; who asks for more gets these, and WBEM_S_TIMEDOUT, which invites to ask again.  Plain ones
#: have their class part each, and what is written at once keeps everybody else waiting.
MOST_OBJECTS: Final = 1_000
MOST_SMART_OBJECTS: Final = 5_000


class SharedReader:
    """An enumerator of the engine that several objects of the client read; it is released with the last of them."""

    __slots__ = ("_holders", "reader")

    def __init__(self, reader: Enumerator) -> None:
        self.reader = reader
        self._holders = 1

    def held(self) -> SharedReader:
        """One holder more."""
        self._holders += 1
        return self

    def released(self) -> None:
        """One holder less."""
        self._holders -= 1
        if not self._holders:
            self.reader.release()

    def next(self, call: IncomingCall, timeout: int, count: int, most: int = MOST_OBJECTS) -> Any:
        """The portion of a Next, of *most* objects, or a coroutine that gives it."""
        most = min(count, most)
        portion = self.reader.next_now(most) if most else None
        return self._next(call, seconds(timeout), most) if portion is None else portion

    async def _next(self, call: IncomingCall, timeout: float | None, count: int) -> Portion:
        if timeout != 0:
            call.waits()
        try:
            return await self.reader.next(0 if call.is_cancelled else timeout, count)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not (call.may_end_early and call.is_cancelled) or task is None:
                raise
            task.uncancel()
            call.may_end_early = False
            return await self.reader.next(0, count)

    async def skip(self, call: IncomingCall, timeout: int, count: int) -> int:
        """The HRESULT of a Skip, which waits as a Next does; one that is ended early has passed over what was there."""
        if timeout:
            call.waits()
        try:
            return await self.reader.skip(0 if call.is_cancelled else seconds(timeout), count)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not (call.may_end_early and call.is_cancelled) or task is None:
                raise
            task.uncancel()
            call.may_end_early = False
            return await self.reader.skip(0, count)


def next_status(portion: Portion, count: int) -> int:
    """The HRESULT of a Next that asked for *count* objects."""
    if portion.status == WBEM_S_NO_ERROR and portion.returned < count:
        return WBEM_S_TIMEDOUT
    return portion.status
