"""Threads of a repository: SQLAlchemy and the databases block, and nothing that blocks runs on an event loop.

A :class:`Crew` is a bounded number of threads that take jobs from one bounded queue; each has a state of its own (a
database session) that no other thread touches.  It is an ``Executor``, so that a loop hands jobs over by
``run_in_executor``.  A :class:`Turnstile` lets one at a time through, in the order of arrival, whatever loops those
who wait run on; waiting is bounded.

Standard library only.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from wmix.errors import InvalidOperation, error_for
from wmix.status import WBEM_E_SERVER_TOO_BUSY, WBEM_E_TRANSACTION_CONFLICT

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Closable", "Crew", "Turnstile"]


class Closable(Protocol):
    """What a thread keeps between its jobs."""

    def close(self) -> None: ...


State = TypeVar("State", bound=Closable)
Result = TypeVar("Result")
_Job = tuple["Future[Any]", "Callable[..., Any]", tuple[Any, ...]]


class Crew(Executor, Generic[State]):
    """At most *size* threads, begun when they are needed; jobs are called with the thread's state first.

    The thread that was busy last gets the next job: its caches are warm, and the others stay asleep.

    Args:
        make: makes the state of a thread, on that thread.
        limit: jobs that may wait; one more is refused.
        lasting: whether a job that was accepted runs even when nobody waits for it any more: for writes.
    """

    def __init__(self, name: str, size: int, make: Callable[[], State], *, limit: int, lasting: bool = False) -> None:
        self._name = name
        self._size = size
        self._make = make
        self._limit = limit
        self._lasting = lasting
        self._lock = threading.Lock()
        self._waiting: deque[_Job] = deque()
        self._idle: list[SimpleQueue[_Job | None]] = []
        self._threads: list[threading.Thread] = []
        self._closed = False

    def submit(self, fn: Callable[..., Result], /, *args: Any, **_: Any) -> Future[Result]:
        """Queue ``fn(state, *args)``.

        Raises:
            WmiError: WBEM_E_SERVER_TOO_BUSY when too many jobs wait.
            InvalidOperation: the repository is closed.
        """
        future: Future[Result] = Future()
        if self._lasting:
            future.set_running_or_notify_cancel()
        with self._lock:
            if self._closed:
                raise InvalidOperation("the repository is closed", hint="connect anew")
            if self._idle:
                self._idle.pop().put((future, fn, args))
            elif len(self._threads) < self._size:
                self._start((future, fn, args))
            elif len(self._waiting) >= self._limit:
                raise error_for(
                    WBEM_E_SERVER_TOO_BUSY,
                    f"{self._limit} requests wait for the repository",
                    hint="wait for some of them before you ask for more",
                )
            else:
                self._waiting.append((future, fn, args))
        return future

    def _start(self, job: _Job) -> None:
        name = f"{self._name}-{len(self._threads)}"
        thread = threading.Thread(target=self._work, args=(job,), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self, job: _Job | None) -> None:
        queue: SimpleQueue[_Job | None] = SimpleQueue()
        state: State | None = None
        try:
            while job is not None:
                future, fn, args = job
                result: Any = None
                failure: BaseException | None = None
                cancelled = not self._lasting and not future.set_running_or_notify_cancel()
                if not cancelled:
                    try:
                        if state is None:
                            state = self._make()
                        result = fn(state, *args)
                    except BaseException as error:  # noqa: BLE001 - handed to who waits
                        failure = error
                # First free, then heard of: who asks again at once finds this thread and not a new one.
                self._rest(queue)
                if failure is not None:
                    future.set_exception(failure)
                elif not cancelled:
                    future.set_result(result)
                del job, future, fn, args, result, failure  # a sleeping thread keeps nothing alive
                job = queue.get()
        finally:
            if state is not None:
                state.close()

    def _rest(self, queue: SimpleQueue[_Job | None]) -> None:
        """Have the next job put into *queue*: one that waits, or one that comes, or the end."""
        with self._lock:
            if self._waiting:
                queue.put(self._waiting.popleft())
            elif self._closed:
                queue.put(None)
            else:
                self._idle.append(queue)

    def close(self, timeout: float) -> None:
        """End the threads when they have done what is queued; wait up to *timeout* seconds for each."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            for queue in idle:
                queue.put(None)
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(timeout)


class Turnstile:
    """One at a time, first come first served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = False
        self._waiting: deque[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = deque()

    async def acquire(self, timeout: float) -> None:
        """Wait for the turn, *timeout* seconds at most.

        Raises:
            WmiError: WBEM_E_TRANSACTION_CONFLICT when the time is over.
        """
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            loop = asyncio.get_running_loop()
            place = (loop, loop.create_future())
            self._waiting.append(place)
        try:
            async with asyncio.timeout(timeout):
                await place[1]
        except BaseException as error:
            self._leave(place)
            if isinstance(error, TimeoutError):
                raise error_for(
                    WBEM_E_TRANSACTION_CONFLICT,
                    f"another transaction has not ended within {timeout:g} s; nothing was written",
                    hint="try again when it has ended",
                ) from None
            raise

    def _leave(self, place: tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]) -> None:
        with self._lock:
            if place in self._waiting:
                self._waiting.remove(place)
                return
        if place[1].done() and not place[1].cancelled():
            self.release()  # the turn had come already; otherwise _grant finds the place left and passes it on

    def release(self) -> None:
        """Let the next one through; from any thread."""
        with self._lock:
            while self._waiting:
                loop, future = self._waiting.popleft()
                try:
                    loop.call_soon_threadsafe(self._grant, future)
                except RuntimeError:
                    continue  # its loop was closed; who waited there is gone
                return
            self._taken = False

    def _grant(self, future: asyncio.Future[None]) -> None:
        if future.done():
            self.release()
        else:
            future.set_result(None)
