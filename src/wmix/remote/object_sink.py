"""IWbemObjectSink of one asynchronous call: what a host calls back. [MS-WMI] 3.2.4.1, 3.1.1.1.3.

Objects stay encoded in a queue until the reader takes them.  An Indicate is answered when there is room for more, which
is the flow control; a host waits for that about half a minute, so that it is told to stop before.  The sink has ended
with the final SetStatus, or by a failure of the way between; objects that came before are still read then.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

from wmix.errors import Cancelled, ConnectError, ProtocolError, WmiError
from wmix.net.server.stubs import Stub, answers
from wmix.port.flags import WBEM_STATUS_COMPLETE
from wmix.protocol.wbem.login import HresultReply
from wmix.protocol.wbem.object_sink import OBJECT_SINK, Indicate, SetStatus
from wmix.status import WBEM_E_CALL_CANCELLED, WBEM_S_NO_ERROR

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wmix.net.server.incoming import IncomingCall

__all__ = ["ObjectSink"]

#: Seconds for which an Indicate is not answered because the reader has not read; hosts give a sink 30.
PATIENCE: Final = 20.0
#: Octets of objects that wait to be read, above which there is no room, however few they are.
_MOST_OCTETS: Final = 4 << 20
#: Times the room that a host may fill by not waiting for answers.
_OVERDRAFT: Final = 4


class ObjectSink(Stub):
    """The sink of one call.

    Args:
        most: objects that may wait to be read.
    """

    def __init__(self, most: int, *, patience: float = PATIENCE) -> None:
        self._most = most
        self._patience = patience
        self._portions: deque[tuple[bytes, ...]] = deque()
        self._objects = 0
        self._octets = 0
        self._arrival: asyncio.Future[None] | None = None
        self._rooms: list[asyncio.Future[None]] = []
        self._end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        #: Told of the end, whatever it is, and whether or not anybody reads.
        self.on_end: Callable[[], None] | None = None
        #: Whether the host has called it.
        self.is_heard = False
        #: What the host said at the end; None before, and when it did not say anything.
        self.final: SetStatus | None = None
        #: Why the sink ended without a word of the host.
        self.failure: WmiError | None = None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self._end.done()

    # the host's side

    def check_caller(self, user: str, owner: str) -> None:
        """Whoever was let in may call: nobody is but the host."""

    @answers(OBJECT_SINK, "Indicate")
    def indicate(self, call: IncomingCall, told: Indicate) -> HresultReply | Awaitable[HresultReply]:
        """Take objects; the answer comes when there is room for more."""
        del call
        self.is_heard = True
        if self.has_ended:
            return HresultReply(WBEM_E_CALL_CANCELLED)
        if self._objects > _OVERDRAFT * self._most or self._octets > _OVERDRAFT * _MOST_OCTETS:
            self.fail(ProtocolError("the host sends objects without waiting for answers", operation="Indicate"))
            return HresultReply(WBEM_E_CALL_CANCELLED)
        if told.objects:
            self._portions.append(told.objects)
            self._objects += len(told.objects)
            self._octets += sum(map(len, told.objects))
            self._tell()
        return HresultReply(WBEM_S_NO_ERROR) if self._has_room else self._answer_with_room()

    @property
    def _has_room(self) -> bool:
        return self._objects < self._most and self._octets < _MOST_OCTETS

    async def _answer_with_room(self) -> HresultReply:
        try:
            async with asyncio.timeout(self._patience):
                while not self._has_room and not self.has_ended:
                    room: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                    self._rooms.append(room)
                    await room
        except TimeoutError:
            self.fail(
                Cancelled(
                    f"nothing was read for {self._patience:g} s, and a host does not wait longer for a sink",
                    status=WBEM_E_CALL_CANCELLED,
                    operation="Indicate",
                    hint="read faster, or call without callbacks=True (--callbacks): a host that is polled waits",
                )
            )
        return HresultReply(WBEM_E_CALL_CANCELLED if self.failure is not None else WBEM_S_NO_ERROR)

    @answers(OBJECT_SINK, "SetStatus")
    def set_status(self, call: IncomingCall, told: SetStatus) -> HresultReply:
        """Hear of the end; what is told on the way there changes nothing."""
        del call
        self.is_heard = True
        if told.flags == WBEM_STATUS_COMPLETE and not self.has_ended:
            self.final = told
            self._finish()
        return HresultReply(WBEM_S_NO_ERROR)

    def released(self) -> None:
        """The host has given up every reference, or has been silent for too long."""
        self.fail(
            ConnectError(
                "the host let go of the sink without telling how the call ended",
                operation="SetStatus",
                hint="the host or its WMI service went away, or it could not reach this client any more",
            )
        )

    # the reader's side

    async def next(self) -> tuple[bytes, ...] | None:
        """The objects of the next Indicate; None when nothing more will come.  There is one reader."""
        while not self._portions:
            if self.has_ended:
                return None
            self._arrival = asyncio.get_running_loop().create_future()
            await self._arrival
        portion = self._portions.popleft()
        self._objects -= len(portion)
        self._octets -= sum(map(len, portion))
        if self._has_room:
            self._make_room()
        return portion

    async def ended(self) -> None:
        """Wait until nothing more will come."""
        await asyncio.shield(self._end)

    def fail(self, error: WmiError) -> None:
        """End without a word of the host; what came before can still be read."""
        if not self.has_ended:
            self.failure = error
            self._finish()

    def _finish(self) -> None:
        self._end.set_result(None)
        self._tell()
        self._make_room()
        if self.on_end is not None:
            self.on_end()

    def _tell(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    def _make_room(self) -> None:
        for room in self._rooms:
            if not room.done():
                room.set_result(None)
        self._rooms.clear()

    def __repr__(self) -> str:
        return f"<ObjectSink, {self._objects} objects wait{', ended' if self.has_ended else ''}>"
