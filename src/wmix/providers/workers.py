"""Worker threads: where provider functions and sinks that may block run.

The threads are daemons and reused; a step of a blocking function is one job.  A pool of the standard library is not
enough here: its threads are joined at interpreter exit, so that one provider that never returns would keep the whole
process alive.  A job that does not end in time is *detached*: reported, counted, and left to its thread, which leaves
the pool.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

from wmix.errors import QuotaExceeded

if TYPE_CHECKING:
    from collections.abc import Callable

    T = TypeVar("T")

__all__ = ["Job", "Workers", "contained"]

_log = logging.getLogger("wmix.providers.workers")


def contained(error: BaseException) -> Exception:
    """*error* as an exception that ends nothing but its call.

    ``SystemExit`` and ``KeyboardInterrupt`` from a provider or a sink would end the event loop, and every call with it.
    """
    if isinstance(error, Exception) and not isinstance(error, StopIteration | StopAsyncIteration):
        return error
    wrapped = RuntimeError(f"raised {type(error).__name__}{f'({error})' if str(error) else ''}")
    wrapped.__cause__ = error
    return wrapped


class Job:
    """One function call on a worker thread; ``done`` is told on the event loop."""

    __slots__ = ("_call", "_done", "_loop", "detached", "finished")

    def __init__(
        self,
        call: Callable[[], Any],
        loop: asyncio.AbstractEventLoop,
        done: Callable[[Any, BaseException | None], None],
    ) -> None:
        self._call = call
        self._loop = loop
        self._done = done
        self.detached = False
        self.finished = False

    def run(self) -> tuple[Any, BaseException | None]:
        """Run on the thread."""
        try:
            return self._call(), None
        except BaseException as raised:  # noqa: BLE001 - whatever a provider raises belongs to its caller
            return None, contained(raised)

    def report(self, outcome: tuple[Any, BaseException | None]) -> None:
        """Tell the event loop; one that is closed by now hears nothing."""
        try:
            self._loop.call_soon_threadsafe(self._done, *outcome)
        except RuntimeError:
            _log.debug("a job ended after its event loop was closed")


class Workers:
    """A bounded set of daemon threads.

    ``limit`` bounds the threads that work at once; a job beyond it is refused with QUOTA_VIOLATION rather than queued
    behind jobs that may never end.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._ready = threading.Condition(self._lock)
        self._jobs: deque[Job] = deque()
        self._idle = 0
        self._threads = 0
        self._closed = False
        #: Jobs that were given up while they ran, since the start.
        self.detached = 0
        #: Jobs that run or wait now, detached ones excepted.
        self.active = 0

    def start(
        self,
        call: Callable[[], Any],
        done: Callable[[Any, BaseException | None], None],
    ) -> Job:
        """Run *call* on a thread; *done* gets its result or error on the running event loop.

        Raises:
            QuotaExceeded: ``limit`` threads are busy already.
        """

        def reported(result: Any, error: BaseException | None) -> None:
            # Counted until the loop has heard of the end: until then something is still to come.
            if not job.detached:
                self.active -= 1
            done(result, error)

        job = Job(call, asyncio.get_running_loop(), reported)
        with self._ready:
            if self._idle > len(self._jobs):
                self._jobs.append(job)
                self._ready.notify()
            elif self._threads < self._limit and not self._closed:
                self._jobs.append(job)
                self._threads += 1
                threading.Thread(target=self._work, name="wmix-worker", daemon=True).start()
            else:
                raise QuotaExceeded(
                    f"all {self._limit} worker threads are busy",
                    hint="raise Limits.provider_threads, or see which provider does not return",
                )
            self.active += 1
        return job

    async def run(self, call: Callable[[], T]) -> T:
        """Await the result of *call*; when the awaiting task is cancelled, the job is detached.

        Raises:
            QuotaExceeded: ``limit`` threads are busy already.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def done(result: Any, error: BaseException | None) -> None:
            if future.done():
                return
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

        job = self.start(call, done)
        try:
            return await future
        except asyncio.CancelledError:
            if not job.finished:
                self.detach(job, "its caller was cancelled")
            raise

    def detach(self, job: Job, why: str) -> None:
        """Give *job* up: its thread goes on alone, counted, and leaves the pool when it ends."""
        with self._lock:
            if job.detached or job.finished:
                # Its report is on the way, and counts it off.
                return
            job.detached = True
            self.active -= 1
            self._threads -= 1
            self.detached += 1
        _log.warning("a worker thread is left to itself: %s", why)

    def close(self) -> None:
        """End the idle threads; busy ones end with their job, and none keeps the process alive."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()

    def _work(self) -> None:
        with self._ready:
            self._idle += 1
        while True:
            with self._ready:
                while not self._jobs and not self._closed:
                    if not self._ready.wait(timeout=30.0):
                        break
                self._idle -= 1
                if not self._jobs:
                    self._threads -= 1
                    return
                job = self._jobs.popleft()
            outcome = job.run()
            with self._ready:
                # Free before the report: who hears of the end may start the next job at once.
                if not job.detached:
                    job.finished = True
                    self._idle += 1
            job.report(outcome)
            if job.detached:
                return
            del job, outcome
