"""References to objects of a host, and giving them back. [MS-DCOM] 3.2.4.4.2, 3.2.4.4.3.

A reference that is dropped releases itself.  Releases are collected: what is given back while a RemRelease is under
way goes with the next one, and those of one turn of the loop travel together.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from wmix.protocol.dcom.rem_unknown import RemInterfaceRef

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wmix.protocol.ndr.guid import Guid

__all__ = ["ReferenceHolder", "ReleaseBatch", "RemoteReference"]

#: Interfaces in one RemRelease.
MOST_RELEASED: Final = 1000


class ReferenceHolder:
    """What references tell that they exist and that they do not any more; on the loop's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop

    def held(self, oid: int) -> None:
        """A reference to the object *oid* has come."""

    def given_back(self, ipid: Guid, oid: int, refs: int) -> None:
        """A reference to it with *refs* counts is not needed any more."""


class RemoteReference:
    """One interface of an object of the host, with the reference counts that came with it.

    Attributes:
        iid, ipid: the interface's type, and the interface itself.
        oid: the object; None when it is not pinged.
    """

    __slots__ = ("__weakref__", "_holder", "_is_released", "iid", "ipid", "oid", "refs")

    def __init__(self, holder: ReferenceHolder, iid: Guid, ipid: Guid, oid: int, refs: int) -> None:
        self.iid = iid
        self.ipid = ipid
        self.oid = oid
        self.refs = refs
        self._holder = holder
        self._is_released = False
        holder.held(oid)

    def release(self) -> None:
        """Give the reference back; on the loop's thread, any number of times."""
        if not self._is_released:
            self._is_released = True
            self._holder.given_back(self.ipid, self.oid, self.refs)

    def __del__(self) -> None:
        if not getattr(self, "_is_released", True):
            try:
                # Collection may happen on any thread.
                self._holder.loop.call_soon_threadsafe(self._holder.given_back, self.ipid, self.oid, self.refs)
            except RuntimeError:
                # The loop is closed, and with it the connection: the host finds out by itself.
                return

    def __repr__(self) -> str:
        return f"<RemoteReference {self.iid} at {self.ipid}>"


class ReleaseBatch:
    """Collects releases and sends them, one RemRelease at a time.

    Args:
        send: makes the call; what it raises ends the attempt, and what was in it is forgotten.
    """

    def __init__(self, send: Callable[[tuple[RemInterfaceRef, ...]], Awaitable[None]]) -> None:
        self._send = send
        self._waiting: dict[Guid, int] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, ipid: Guid, refs: int) -> None:
        """Release *refs* references to an interface, soon."""
        self._waiting[ipid] = self._waiting.get(ipid, 0) + refs
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._waiting:
                some = list(self._waiting)[:MOST_RELEASED]
                await self._send(tuple([RemInterfaceRef(ipid, self._waiting.pop(ipid)) for ipid in some]))
        finally:
            self._task = None

    async def drain(self) -> None:
        """Wait until everything was sent; the caller bounds the time."""
        while self._task is not None:
            await asyncio.wait({self._task})
