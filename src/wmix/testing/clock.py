"""A virtual clock: an asyncio event loop that never waits for a timer.

When nothing is ready and the next thing to happen is a timer, :class:`VirtualLoop` sets its clock to that timer and
goes on at once.  A test of a 60 s time-out takes microseconds, and timers come in the order of their times whatever
the machine does meanwhile.

The rest of the world stays real: file descriptors and ``call_soon_threadsafe`` wake the loop, and while work goes on
outside of it (:attr:`VirtualLoop.busy`, ``run_in_executor``, :meth:`VirtualLoop.in_real_time`) the clock runs as fast
as a real one.  A loop that makes no progress at all ends with :class:`Stalled`, which names the waiting tasks.

Depends on the standard library only.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from concurrent.futures import Executor

    T = TypeVar("T")

__all__ = ["Stalled", "VirtualLoop", "run_virtual"]

#: Real seconds of one wait while work goes on outside of the loop: the finest grain of its clock then.
STEP: Final = 0.005

#: Real seconds given to a thread that has just ended its work, to hand its result over before the clock jumps.
SETTLE: Final = 0.001

#: Real seconds without progress after which a loop is taken for stalled.
GUARD: Final = 30.0


class Stalled(RuntimeError):
    """Nothing happened for too long: what the tasks wait for will not come."""


class _Selector(selectors.DefaultSelector):
    """Answers the loop's question "what is ready within *timeout*?" by moving the clock where it can."""

    def __init__(self, guard: float, settle: float) -> None:
        super().__init__()
        self.now = 0.0
        self.busy: Callable[[], bool] | None = None
        self.outside = 0
        self.waiting_tasks: Callable[[], str] = str
        self._guard = guard
        self._settle = settle
        self._quiet_since: float | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """The ready descriptors; called with 0 when callbacks are ready, with None when no timer is set."""
        events = super().select(0)
        if not events and (timeout is None or timeout > 0):
            if timeout is None or self._is_busy():
                events = self._wait(timeout)
                if not events:
                    self._see_that_it_moves()
                    return events
            else:
                events = self._jump(timeout)
        self._quiet_since = None
        return events

    def _is_busy(self) -> bool:
        return self.outside > 0 or (self.busy is not None and self.busy())

    def _wait(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait in real time; it counts on the clock as far as work outside of the loop takes it."""
        began_busy = self._is_busy()
        began = time.monotonic()
        events = super().select(STEP if timeout is None else min(timeout, STEP))
        if began_busy:
            self.now += time.monotonic() - began
        return events

    def _jump(self, timeout: float) -> list[tuple[selectors.SelectorKey, int]]:
        """Set the clock to the next timer, unless a thread that was busy until now has something to tell."""
        if self.busy is not None and self._settle:
            events = super().select(self._settle)
            if events or self._is_busy():
                return events
        self.now += timeout
        return []

    def _see_that_it_moves(self) -> None:
        now = time.monotonic()
        if self._quiet_since is None:
            self._quiet_since = now
        elif now - self._quiet_since > self._guard:
            self._quiet_since = None
            why = "work outside of the loop does not end" if self._is_busy() else "no timer, no descriptor, no callback"
            raise Stalled(f"no progress for {self._guard:g} real seconds: {why}\n{self.waiting_tasks()}")


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on a virtual clock that starts at 0 and stands still while callbacks run.

    Args:
        busy: see :attr:`busy`.
        guard: real seconds without any progress after which :class:`Stalled` is raised from ``run_forever``.
        settle: real seconds for which a jump waits for results of threads; only when :attr:`busy` is set.
    """

    def __init__(
        self,
        *,
        busy: Callable[[], bool] | None = None,
        guard: float = GUARD,
        settle: float = SETTLE,
    ) -> None:
        self._clock = _Selector(guard, settle)
        self._clock.busy = busy
        self._clock.waiting_tasks = self._waiting_tasks
        super().__init__(self._clock)

    @property
    def busy(self) -> Callable[[], bool] | None:
        """Tells whether threads work for the loop now, for instance ``lambda: workers.active > 0``.

        While it returns true the clock does not jump but runs with real time.  It is asked on the loop's thread.
        """
        return self._clock.busy

    @busy.setter
    def busy(self, busy: Callable[[], bool] | None) -> None:
        self._clock.busy = busy

    def time(self) -> float:
        """The virtual time in seconds."""
        return self._clock.now

    @contextlib.contextmanager
    def in_real_time(self) -> Iterator[None]:
        """Let the clock run with real time within the block: around work that the loop cannot see, like a process."""
        self._clock.outside += 1
        try:
            yield
        finally:
            self._clock.outside -= 1

    def run_in_executor(  # type: ignore[override]  # typeshed's TypeVarTuple form has no equal outside of it
        self,
        executor: Executor | None,
        func: Callable[..., T],
        *args: Any,
    ) -> asyncio.Future[T]:
        """Run *func* on a thread; real time passes until its result is handed over."""
        future: asyncio.Future[T] = super().run_in_executor(executor, func, *args)
        self._clock.outside += 1
        future.add_done_callback(self._handed_over)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ARG002 - see below
        """End the default executor's threads, in real time; *timeout* would be virtual and is not used."""
        with self.in_real_time():
            await super().shutdown_default_executor()

    def _handed_over(self, _: asyncio.Future[T]) -> None:
        self._clock.outside -= 1

    def _waiting_tasks(self) -> str:
        lines = []
        for task in sorted(asyncio.all_tasks(self), key=lambda task: task.get_name()):
            frames = task.get_stack(limit=1)
            where = f" at {frames[0].f_code.co_filename}:{frames[0].f_lineno}" if frames else ""
            lines.append(f"  {task.get_name()}: {getattr(task.get_coro(), '__qualname__', '?')}{where}")
        return "waiting tasks:\n" + "\n".join(lines) if lines else "no task is waiting"


def run_virtual(
    function: Callable[..., Coroutine[Any, Any, T]],
    *args: Any,
    busy: Callable[[], bool] | None = None,
    guard: float = GUARD,
) -> T:
    """Run ``function(*args)`` on a new :class:`VirtualLoop` and return its result; afterwards nothing of it is left.

    Args:
        busy: see :attr:`VirtualLoop.busy`; it may also be set later, on the running loop.
        guard: real seconds without progress that are tolerated.

    Raises:
        Stalled: nothing happened for *guard* real seconds.

    >>> import asyncio
    >>> async def an_hour():
    ...     await asyncio.sleep(3600)
    ...     return asyncio.get_running_loop().time()
    >>> run_virtual(an_hour)
    3600.0
    """
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(busy=busy, guard=guard)) as runner:
        return runner.run(function(*args))
