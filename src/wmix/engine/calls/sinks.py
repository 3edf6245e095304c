"""Sinks: IWbemObjectSink as callers write it, and the delivery to it. [MS-WMI] 3.2.4.1, brief 2.4 and 2.5.

A sink is any object with ``indicate(objects)`` and ``set_status(flags, hresult, text, error_object)``.  Coroutine
methods run on the event loop; plain ones run on one thread of their own per operation, so that at most one call into
a sink is under way for an operation.  The awaited ``indicate`` is the flow control.  A sink that fails, returns a
failure code or does not return within the time of 2.4.8 cancels its operation; one final SetStatus follows, always.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from typing import TYPE_CHECKING, Any, Protocol

from wmix.cim.instances import CimInstance
from wmix.errors import Cancelled
from wmix.providers.workers import Workers, contained
from wmix.status import WBEM_E_CALL_CANCELLED, is_error

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.cim.classes import CimClass
    from wmix.errors import WmiError
    from wmix.port.batch import Batch, InstanceFactory

__all__ = ["BatchSink", "Sink", "SinkDelivery"]

_log = logging.getLogger("wmix.engine.sinks")


class Sink(Protocol):
    """What receives the objects and the end of an asynchronous call; both methods may be coroutines."""

    def indicate(self, objects: Sequence[CimInstance | CimClass]) -> Any:
        """Take objects; a returned failure code, or an exception, cancels the operation."""
        ...

    def set_status(self, flags: int, hresult: int, text: str | None, error_object: Any) -> Any:
        """Hear of the end: called exactly once with WBEM_STATUS_COMPLETE (0), as the last call."""
        ...


class BatchSink(Protocol):
    """A sink of a face: gets batches as they are, and of the end the error itself."""

    takes_batches: bool

    async def indicate(self, batch: Batch) -> None: ...

    async def set_status(self, flags: int, hresult: int, text: str | None, error: WmiError | None) -> None: ...


class SinkDelivery:
    """The way to one sink for one operation."""

    def __init__(
        self,
        sink: Sink | BatchSink,
        *,
        timeout: float,
        make: InstanceFactory = CimInstance,
        make_error: Callable[[WmiError], Any] | None = None,
    ) -> None:
        self.sink = sink
        # One thread of its own: a sink that blocks delays no provider and no other sink.
        self._thread: Workers | None = None
        self._timeout = timeout
        self._make = make
        self._make_error = make_error
        self._takes_batches = bool(getattr(sink, "takes_batches", False))
        self._completed = False
        self._under_way: asyncio.Task[Any] | None = None
        #: Why the delivery ended early: the sink refused, or the operation was cancelled.
        self.error: WmiError | None = None

    async def indicate(self, batches: Sequence[Batch]) -> bool:
        """Hand over the objects of *batches*; False when the delivery is over."""
        for batch in batches:
            if self.error is not None or self._completed:
                return False
            # The faces' own sinks take batches as they are and decode later, in the caller's thread.
            objects: Any = batch if self._takes_batches else batch.objects(self._make)
            if len(objects) and not await self._ask(self.sink.indicate, objects):
                return False
        return self.error is None

    def cancel(self) -> None:
        """No further Indicate; one that is under way may finish (2.5.2)."""
        if self.error is None:
            self.error = Cancelled("the call was cancelled", status=WBEM_E_CALL_CANCELLED)

    async def set_status(
        self, flags: int, hresult: int, *, text: str | None = None, error: WmiError | None = None
    ) -> None:
        """Tell the end, once; later calls do nothing."""
        if self._completed:
            return
        self._completed = True
        made: Any = error if error is not None and is_error(hresult) else None
        if made is not None and self._make_error is not None:
            made = self._make_error(made)
        try:
            if self._under_way is not None and not self._under_way.done():
                await asyncio.wait({self._under_way}, timeout=self._timeout)
            await self._ask(self.sink.set_status, flags, hresult, text, made)
        finally:
            # Also when the loop ends meanwhile: the thread ends with the call that it is in.
            if self._thread is not None:
                self._thread.close()

    async def _ask(self, method: Callable[..., Any], *args: Any) -> bool:
        if inspect.iscoroutinefunction(method):
            self._under_way = asyncio.ensure_future(_contained(method, *args))
        else:
            if self._thread is None:
                self._thread = Workers(1)
            self._under_way = asyncio.ensure_future(self._thread.run(lambda: method(*args)))
        task = self._under_way
        try:
            done, _ = await asyncio.wait({task}, timeout=self._timeout)
        except asyncio.CancelledError:
            task.add_done_callback(_read_outcome)
            raise
        if not done:
            task.cancel()
            self.error = Cancelled(f"the sink did not return within {self._timeout:g} s")
            _log.warning("a sink did not return within %g s; its operation is cancelled", self._timeout)
            return False
        failure = task.exception()
        if failure is not None:
            _log.warning("a sink raised %r; its operation is cancelled", failure)
            self.error = Cancelled(f"the sink raised {failure!r}")
            self.error.__cause__ = failure
            return False
        answer = task.result()
        if isinstance(answer, int) and not isinstance(answer, bool) and is_error(answer):
            self.error = Cancelled(f"the sink returned 0x{answer & 0xFFFFFFFF:08X}")
            return False
        return True


async def _contained(method: Callable[..., Any], *args: Any) -> Any:
    """A coroutine sink must not end the event loop, whatever it raises."""
    try:
        return await method(*args)
    except (Exception, asyncio.CancelledError):
        raise
    except BaseException as error:
        raise contained(error) from error


def _read_outcome(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.warning("a sink of a cancelled call raised %r", error)
