"""Portal: a thread with an event loop, through which blocking callers reach the engine.

A blocking call hands a coroutine over and waits for its result.  Four rules make this safe to live with: only a call
from the portal's own thread is refused (it would wait for itself), so that notebooks with a running loop work; after
a fork every use in the child raises and says to connect anew, because threads do not survive a fork; neither
thread nor loop keeps the process alive; and a loop that somebody blocks is reported, not waited for, because the
deadlines of calls are kept by that very loop.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import threading
import weakref
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from wmix.errors import DeadlineExceeded, InvalidOperation

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

__all__ = ["Portal"]

T = TypeVar("T")

_log = logging.getLogger("wmix.engine.portal")

_PATIENCE: Final = 10.0
"""Seconds that a loop may owe an answer before it is taken for blocked."""

_open_portals: weakref.WeakSet[Portal] = weakref.WeakSet()


class Portal:
    """Runs coroutines on a loop of its own for callers on any other thread."""

    def __init__(
        self,
        *,
        exit_timeout: float = 1.0,
        loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
        patience: float = _PATIENCE,
    ) -> None:
        self._exit_timeout = exit_timeout
        self._patience = patience
        self._loop_factory = loop_factory or asyncio.new_event_loop
        self._pid = os.getpid()
        self._ready = threading.Event()
        # Weak: the portal's thread must not keep alive what should be collected when its owner drops it.
        self._closing: list[weakref.WeakMethod[Callable[[], Coroutine[Any, Any, None]]]] = []
        self._closed = False
        self._ended = False
        # Re-entrant: a collection while it is held may close what nobody uses any more, on the same thread.
        self._lock = threading.RLock()
        self._borrowed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="wmix-portal", daemon=True)
        self._thread.start()
        self._ready.wait()
        _open_portals.add(self)

    @classmethod
    def over(cls, loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> Portal:
        """A portal to a loop that somebody else runs on *thread*; closing it leaves the loop alone."""
        portal = cls.__new__(cls)
        portal._exit_timeout = 1.0
        portal._patience = _PATIENCE
        portal._loop_factory = asyncio.new_event_loop
        portal._pid = os.getpid()
        portal._ready = threading.Event()
        portal._closing = []
        portal._closed = False
        portal._ended = False
        portal._lock = threading.RLock()
        portal._loop = loop
        portal._thread = thread
        portal._borrowed = True
        return portal

    def _run(self) -> None:
        loop = self._loop_factory()
        asyncio.set_event_loop(loop)
        self._loop = loop
        loop.call_soon(self._ready.set)
        try:
            loop.run_forever()
        finally:
            # A provider that was given up may still sit in its generator: that was reported when it happened.
            loop.set_exception_handler(lambda _, context: _log.debug("while the loop ended: %s", context))
            self._cancel_tasks(loop)
            loop.run_until_complete(loop.shutdown_asyncgens())
            # A caller that saw the portal open may hand its work over only now: it is told, and does not wait for ever.
            with self._lock:
                self._ended = True
            self._cancel_tasks(loop)
            asyncio.set_event_loop(None)
            loop.close()

    def _cancel_tasks(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.run_until_complete(asyncio.sleep(0))
        for task in (tasks := asyncio.all_tasks(loop)):
            task.cancel()
        if tasks:
            loop.run_until_complete(asyncio.wait(tasks, timeout=self._exit_timeout))

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop that the coroutines run on."""
        if self._loop is None:
            raise InvalidOperation("the portal has no loop")
        return self._loop

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be run any more."""
        return self._closed

    def call(self, work: Callable[..., Coroutine[Any, Any, T]], *args: Any) -> T:
        """Run ``work(*args)`` on the loop and wait for its result; an interrupt cancels it.

        Raises:
            InvalidOperation: from the portal's own thread, after a fork, or when the portal is closed.
            DeadlineExceeded: the loop itself does not run on, because something on it blocks.
        """
        return self._hand_over(_Handed(work, args))

    def _hand_over(self, handed: _Handed[T]) -> T:
        self.check()
        try:
            with self._lock:
                if self._ended:
                    raise InvalidOperation("this client is closed", hint="connect anew")
                self.loop.call_soon_threadsafe(handed.begin, self.loop)
            return self._wait(handed)
        except BaseException:
            self.post(handed.cancel)
            raise

    def _wait(self, handed: _Handed[T]) -> T:
        while not handed.wait(self._patience):
            if not self._answers() and not handed.wait(0):
                raise DeadlineExceeded(
                    f"the event loop of wmix has not run for {self._patience:g} s: something on it blocks",
                    hint="make a provider that blocks a plain function: it runs on a thread; await in async ones",
                )
        return handed.result()

    def _answers(self) -> bool:
        """Whether the loop runs; asked in small waits, so that a process that was stopped and continued is no proof."""
        answered = threading.Event()
        self.loop.call_soon_threadsafe(answered.set)
        return any(answered.wait(self._patience / 10) for _ in range(10))

    def do(self, work: Callable[..., T], *args: Any) -> T:
        """Run a plain function on the loop and wait for its result; for functions that do not wait themselves."""

        return self._hand_over(_HandedFunction(work, args))

    def post(self, work: Callable[..., object], *args: Any) -> None:
        """Run a plain function on the loop some time soon; nothing happens when the portal is closed or forked away."""
        if self._closed or os.getpid() != self._pid or self._loop is None:
            return
        try:
            self._loop.call_soon_threadsafe(work, *args)
        except RuntimeError:
            # The loop was closed between the test and the call.
            return

    def check(self) -> None:
        """See that a blocking call may be made from here.

        Raises:
            InvalidOperation: from the portal's own thread, after a fork, or when the portal is closed.
        """
        if os.getpid() != self._pid:
            raise InvalidOperation(
                "this client was made before a fork and cannot be used in the child process",
                hint="connect anew in the child",
            )
        if self._closed:
            raise InvalidOperation("this client is closed", hint="connect anew")
        if threading.current_thread() is self._thread:
            raise InvalidOperation(
                "a blocking call from the portal's own thread would wait for itself",
                hint="use AsyncClient in coroutines, or a portal of its own",
            )

    def on_close(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Await the bound method *work* before the loop ends, if its object still exists then."""
        self._closing.append(weakref.WeakMethod(work))

    def close(self) -> None:
        """End the loop, after what :meth:`on_close` named, within the exit time; may be called again."""
        with self._lock:
            if self._closed or os.getpid() != self._pid:
                self._closed = True
                return
            self._closed = True
        _open_portals.discard(self)
        loop = self.loop
        if threading.current_thread() is not self._thread:
            for work in [method for reference in self._closing if (method := reference()) is not None]:
                handed: _Handed[None] = _Handed(work, ())
                loop.call_soon_threadsafe(handed.begin, loop)
                try:
                    if handed.wait(self._exit_timeout):
                        handed.result()
                    else:
                        loop.call_soon_threadsafe(handed.cancel)
                except Exception:  # noqa: BLE001 - whatever it was, the loop has to end all the same
                    _log.exception("closing what lives on the portal failed")
        if self._borrowed:
            return
        loop.call_soon_threadsafe(loop.stop)
        if threading.current_thread() is not self._thread:
            self._thread.join(self._exit_timeout * 2)


class _Handed(Generic[T]):
    """Work on its way to the loop, and its outcome on the way back.

    Its coroutine is made there and not by the caller, whom an interrupt might hit before anybody could await it.  A
    future of the standard library would do, at the price of two more locks and a queue for each call.
    """

    __slots__ = ("_args", "_cancelled", "_error", "_outcome", "_pending", "_task", "_work")

    def __init__(self, work: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self._work = work
        self._args = args
        self._task: asyncio.Task[T] | None = None
        self._cancelled = False
        self._outcome: T | None = None
        self._error: BaseException | None = None
        # Held until there is an outcome.
        self._pending = threading.Lock()
        self._pending.acquire()

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """On the loop: do the work, unless nobody waits for it any more."""
        if not self._cancelled:
            self._task = loop.create_task(self._work(*self._args))
            self._task.add_done_callback(self._settle)

    def _settle(self, task: asyncio.Task[T]) -> None:
        self._task = None
        if task.cancelled():
            self._error = CancelledError()
        else:
            self._error = task.exception()
            if self._error is None:
                self._outcome = task.result()
        self._pending.release()

    def cancel(self) -> None:
        """On the loop: nobody waits for the result any more."""
        self._cancelled = True
        if self._task is not None:
            self._task.cancel()

    def wait(self, seconds: float) -> bool:
        """Wait for the outcome, at most for *seconds*; whether it is there."""
        if not self._pending.acquire(timeout=seconds):
            return False
        self._pending.release()
        return True

    def result(self) -> T:
        """The outcome, once; when it is there.

        Raises:
            concurrent.futures.CancelledError: the work was cancelled.
        """
        error, self._error = self._error, None
        if error is None:
            return cast("T", self._outcome)
        try:
            raise error
        finally:
            # The error's traceback has this frame, and the frame would keep the error.
            del error


class _HandedFunction(_Handed[T]):
    """A plain function: it needs no task, and its outcome is on its way back within the same turn of the loop."""

    __slots__ = ()

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:  # noqa: ARG002 - as of the class above
        if self._cancelled:
            return
        try:
            self._outcome = self._work(*self._args)
        except BaseException as error:  # noqa: BLE001 - it is raised where the call was made
            self._error = error
        self._pending.release()


@atexit.register
def _close_open_portals() -> None:
    for portal in list(_open_portals):
        portal.close()
