"""Connection: the engine and the portal behind a Locator, kept while something that came from them is in use.

Services, enumerators, call results and pending asynchronous calls hold a :class:`Lease` each, as COM objects hold
references.  When the last one is released or collected, the engine is closed and, if it was made for it, the portal
too.  Closing after a release is waited for; after a collection it is left to the loop, because collection can happen
on any thread, the loop's included, and must not wait.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from wmix.engine.portal import Portal
from wmix.errors import Cancelled, InvalidOperation, WmiError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from wmix.engine.engine import Engine

    T = TypeVar("T")

__all__ = ["Connection", "Lease"]


class Connection:
    """An engine on a portal's loop, and the leases on it."""

    def __init__(self, make_engine: Callable[[], Engine], portal: Portal | None = None) -> None:
        """Make the engine, by ``make_engine()`` on the loop of *portal*, or of a portal of its own.

        Raises:
            WmiError: the engine cannot be made.
        """
        self._owns_portal = portal is None
        self.portal = portal or Portal()
        # Re-entrant: a collection while the lock is held may end a lease on the same thread.
        self._lock = threading.RLock()
        self._leases = 0
        self._closed = False
        self._shutting: asyncio.Task[None] | None = None
        try:
            self.engine = self.portal.do(make_engine)
        except BaseException:
            if self._owns_portal:
                self.portal.close()
            raise
        if self._owns_portal:
            self.portal.on_close(self.engine.close)

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be asked any more."""
        return self._closed or self.portal.is_closed

    def lease(self) -> Lease | None:
        """A hold on the connection; None when it has been closed meanwhile."""
        with self._lock:
            if self._closed:
                return None
            self._leases += 1
        return Lease(self)

    def returned(self, *, in_background: bool) -> None:
        """A lease has ended; the last one closes the connection."""
        with self._lock:
            self._leases -= 1
            if self._leases or self._closed:
                return
            self._closed = True
        if in_background:
            # A task of the loop, and no thread: at the end of the interpreter a new thread would never begin.
            self.portal.post(self._shut_soon)
        else:
            self._shut()

    def _is_on_loop(self) -> bool:
        try:
            return asyncio.get_running_loop() is self.portal.loop
        except RuntimeError:
            return False

    def _shut_soon(self) -> None:
        self._shutting = self.portal.loop.create_task(self._shut_on_loop())

    async def _shut_on_loop(self) -> None:
        await self.engine.close()
        if self._owns_portal:
            self.portal.close()

    def close(self) -> None:
        """Close at once, whoever still holds a lease; their calls end as cancelled."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._shut()

    def _shut(self) -> None:
        if self._is_on_loop():
            self._shut_soon()
        elif self._owns_portal:
            self.portal.close()
        else:
            # Whoever closes the portal itself meanwhile has ended the engine's calls too.
            with contextlib.suppress(WmiError, RuntimeError, concurrent.futures.CancelledError):
                self.portal.call(self.engine.close)


class Lease:
    """One hold on a connection; ends when it is released, or collected."""

    __slots__ = ("_active", "_connection")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._active = True

    @property
    def is_active(self) -> bool:
        """Whether it has not been released."""
        return self._active

    def another(self) -> Lease:
        """A second lease on the same connection.

        Raises:
            InvalidOperation: this one was released, or the connection is closed.
        """
        self._check()
        lease = self._connection.lease()
        if lease is None:
            raise InvalidOperation("the connection is closed", hint="connect anew")
        return lease

    def call(self, work: Callable[..., Coroutine[Any, Any, T]], *args: Any) -> T:
        """The result of ``work(*args)`` on the engine's loop.

        Raises:
            WmiError: of the work; InvalidOperation when the connection or the lease has ended.
        """
        self._check()
        try:
            return self._connection.portal.call(work, *args)
        except concurrent.futures.CancelledError:
            raise Cancelled("the connection was closed while the call waited", hint="connect anew") from None

    def do(self, work: Callable[..., T], *args: Any) -> T:
        """The result of the plain function ``work(*args)`` on the engine's loop.

        Raises:
            WmiError: as :meth:`call`.
        """

        async def run() -> T:
            return work(*args)

        return self.call(run)

    def post(self, work: Callable[..., object], *args: Any) -> None:
        """Run a plain function on the loop some time soon."""
        self._connection.portal.post(work, *args)

    def _check(self) -> None:
        if not self._active:
            raise InvalidOperation("this object was released")
        if self._connection.is_closed:
            raise InvalidOperation("the connection is closed", hint="connect anew")

    def release(self) -> None:
        """End the lease."""
        if self._active:
            self._active = False
            self._connection.returned(in_background=False)

    def release_later(self) -> None:
        """End the lease without waiting for what follows: from collection, and from the engine's own threads."""
        if getattr(self, "_active", False):
            self._active = False
            self._connection.returned(in_background=True)

    __del__ = release_later
