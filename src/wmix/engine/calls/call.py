"""Call: one operation from its start to its release. [MS-WMI] 3.1.1.1.

A call owns the task that does the work, one deadline and one cancel scope.  Two kinds of work exist: a *stream* whose
batches go to a :class:`~wmix.engine.calls.results.ResultSet`, and a *single* operation whose outcome is kept.  Reads
are stopped when their call is cancelled; writes and methods run to their end, bounded and counted, because a write
that is stopped half-way leaves a state that nobody asked for ([MS-WMI] 1.1.10 of the brief: cancelling ends delivery,
not the work).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from wmix.engine.calls.states import CallState, Event, next_state
from wmix.errors import Cancelled, DeadlineExceeded, WmiError
from wmix.status import WBEM_E_FAILED

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine

    from wmix.engine.calls.results import ResultSet
    from wmix.port.backend import Outcome, Scope
    from wmix.port.batch import Batch
    from wmix.port.requests import Request

__all__ = ["Call"]

_log = logging.getLogger("wmix.engine.calls")


class Call:
    """The work behind a handle: state, deadline, cancellation, and the end that everyone waits for.

    All of it runs on the event loop that created the call.
    """

    def __init__(self, request: Request, scope: Scope, *, ended: Callable[[Call], None]) -> None:
        self.request = request
        self.scope = scope
        self.state = CallState.NEW
        self.error: WmiError | None = None
        self.outcome: Outcome | None = None
        self.started = 0.0
        #: Seconds from start to end; None while the work goes on.
        self.duration: float | None = None
        self.loop = asyncio.get_running_loop()
        self._ended = ended
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._waiters: list[asyncio.Future[None]] = []
        self._stops_when_cancelled = True
        self._results: ResultSet | None = None
        self._begun: asyncio.Future[None] | None = None
        self._has_begun = False
        # A stream that nobody has begun to pull from yet, and that somebody has to close.
        self._untouched: AsyncIterator[Batch] | None = None

    # -- starting ---------------------------------------------------------------------------------------------------

    def start_stream(self, stream: AsyncIterator[Batch], results: ResultSet) -> None:
        """Begin to pull batches from *stream* into *results*, at the pace of its readers."""
        self._results = results
        self._untouched = stream
        self._begin(self._pull(stream, results))

    def start_single(self, work: Callable[[], Awaitable[Outcome]], *, stops_when_cancelled: bool) -> None:
        """Begin an operation with one outcome."""
        self._stops_when_cancelled = stops_when_cancelled
        self._begin(self._run(work))

    async def run_here(self, work: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """Do an operation with one outcome in the task of whoever awaits it: a part of something larger.

        There is no timer: the deadline is that of the larger operation, which ends this one by cancelling it.

        Raises:
            WmiError: it failed.
        """
        self.state = next_state(self.state, Event.START)
        self.started = self.loop.time()
        try:
            await self._run(work)
        finally:
            self._ended(self)
        if self.outcome is None:
            raise (self.error or Cancelled(operation=self.request.operation)).with_traceback(None)
        return self.outcome

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        self.state = next_state(self.state, Event.START)
        self.started = self.loop.time()
        if self.scope.deadline is not None:
            self._timer = self.loop.call_at(self.scope.deadline, self._expire)
        self._task = self.loop.create_task(work)
        self._task.add_done_callback(self._left)

    def _left(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("%s failed while it was closed", self.request.operation, exc_info=error)
        if self._untouched is not None:
            # Cancelled before its first step: a task then never enters its own clean-up.
            untouched, self._untouched = self._untouched, None
            self._task = self.loop.create_task(_close(untouched))
        self._ended(self)

    async def _pull(self, stream: AsyncIterator[Batch], results: ResultSet) -> None:
        self._untouched = None
        try:
            async for batch in stream:
                if not self._has_begun:
                    self._note_beginning()
                if len(batch):
                    results.append(batch)
                await results.room()
        except asyncio.CancelledError:
            self._fail(self.error or Cancelled(operation=self.request.operation))
            raise
        except Exception as error:  # noqa: BLE001 - every failure becomes the status of the call
            self._fail(error)
        else:
            if not self.state.is_final:
                self.state = next_state(self.state, Event.EXHAUST)
                results.finish(None)
                self._finish()
        finally:
            await _close(stream)

    async def _run(self, work: Callable[[], Awaitable[Outcome]]) -> None:
        try:
            outcome = await work()
        except asyncio.CancelledError:
            self._fail(self.error or Cancelled(operation=self.request.operation))
            raise
        except Exception as error:  # noqa: BLE001 - every failure becomes the status of the call
            self._fail(error)
        else:
            if not self.state.is_final:
                self.outcome = outcome
                self.state = next_state(self.state, Event.COMPLETE)
                self._finish()

    # -- ending -----------------------------------------------------------------------------------------------------

    def _expire(self) -> None:
        deadline = self.scope.deadline
        seconds = 0.0 if deadline is None else deadline - self.started
        phase, host = (None, None) if self.scope.progress is None else self.scope.progress()
        self.error = DeadlineExceeded(
            f"{self.request.operation} did not end within its deadline of {seconds:.2g} s",
            phase=phase,
            host=host,
            operation=self.request.operation,
            hint="give a later deadline=, or ask for less",
        )
        self._stop(Event.FAIL if self.state is CallState.RUNNING else Event.CANCEL)

    def cancel(self) -> None:
        """End the call: readers see CALL_CANCELLED, a read stops its provider, a write runs on unseen."""
        self.error = self.error or Cancelled(
            f"{self.request.operation} was cancelled", operation=self.request.operation
        )
        self._stop(Event.CANCEL)

    def _stop(self, event: Event) -> None:
        if self.state.is_final:
            return
        self.state = next_state(self.state, event)
        if self._results is not None:
            self._results.finish(self.error, discard=event is Event.CANCEL)
        if self._task is not None and (self._stops_when_cancelled or self.scope.may_stop):
            self._task.cancel()
        self._finish()

    def _fail(self, error: BaseException) -> None:
        if self.state.is_final:
            return
        self.error = self.explain(error)
        self.state = next_state(self.state, Event.FAIL)
        if self._results is not None:
            self._results.finish(self.error)
        self._finish()

    def explain(self, error: BaseException) -> WmiError:
        """*error* as the callers of this operation see it."""
        if isinstance(error, WmiError):
            error.operation = error.operation or self.request.operation
            return error
        _log.error("%s failed inside the engine", self.request.operation, exc_info=error)
        wrapped = WmiError(f"{type(error).__name__}: {error}", status=WBEM_E_FAILED, operation=self.request.operation)
        wrapped.__cause__ = error
        return wrapped

    def _note_beginning(self) -> None:
        self._has_begun = True
        if self._begun is not None and not self._begun.done():
            self._begun.set_result(None)

    def _finish(self) -> None:
        self._note_beginning()
        self.duration = self.loop.time() - self.started
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()

    def drained(self) -> None:
        """Every result has been read: the last step of a stream that ended well."""
        if self.state is CallState.DRAINING:
            self.state = next_state(self.state, Event.COMPLETE)

    # -- waiting ----------------------------------------------------------------------------------------------------

    @property
    def is_finished(self) -> bool:
        """Whether the work has ended, whatever its outcome."""
        return self.state is CallState.DRAINING or self.state.is_final

    async def wait(self, until: float | None = None) -> bool:
        """Wait for the end of the work until the time *until* of the loop's clock (None: without limit)."""
        if self.is_finished:
            return True
        if until is not None and until <= self.loop.time():
            # A poll: give the work the turn that it may need to report what it already knows.
            await asyncio.sleep(0)
            return self.is_finished
        waiter = self.loop.create_future()
        self._waiters.append(waiter)
        timer = None if until is None else self.loop.call_at(until, _settle, waiter)
        try:
            await waiter
        finally:
            if timer is not None:
                timer.cancel()
            if waiter in self._waiters:
                self._waiters.remove(waiter)
        return self.is_finished

    async def begun(self) -> None:
        """Wait for the first batch, an empty one too, or for the end.

        The first batch of an event query is empty and tells that the subscription is in force.
        """
        if self._has_begun:
            return
        if self._begun is None:
            self._begun = self.loop.create_future()
        await asyncio.shield(self._begun)

    async def stopped(self) -> None:
        """Wait until no task of this call is left: its provider is closed, or given up."""
        if self._task is not None:
            await asyncio.wait({self._task})


async def _close(stream: AsyncIterator[Batch]) -> None:
    aclose = getattr(stream, "aclose", None)
    if aclose is not None:
        await aclose()


def _settle(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
