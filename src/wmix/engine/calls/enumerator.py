"""Enumerator: IEnumWbemClassObject over a result set. [MS-WMI] 3.1.4.4, brief 2.2 and 2.3.

Times are in seconds here; None waits without limit.  Calls on one enumerator are served in order (2.2.15).  A failed
operation first hands out what arrived before the failure: such a portion is short and carries WBEM_S_TIMEDOUT, the
success code that asks for another Next, which then gives the error.  WBEM_S_FALSE there would hide the failure from
every caller that stops at the end (decision 0005).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.instances import CimInstance
from wmix.engine.calls.turns import Turns
from wmix.errors import AccessDenied, Cancelled, InvalidOperation, InvalidParameter, QuotaExceeded
from wmix.port.flags import WBEM_STATUS_COMPLETE
from wmix.status import WBEM_S_FALSE, WBEM_S_NO_ERROR, WBEM_S_TIMEDOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from wmix.cim.classes import CimClass
    from wmix.engine.calls.call import Call
    from wmix.engine.calls.results import ResultSet
    from wmix.engine.calls.sinks import SinkDelivery
    from wmix.errors import WmiError
    from wmix.port.batch import Batch, InstanceFactory
    from wmix.port.caller import Caller

    Spawn = Callable[[Coroutine[None, None, None]], object]

__all__ = ["Enumerator", "Portion"]


class Portion:
    """What one Next gave: its status, the batches, the number of objects in them, and the error if it failed."""

    __slots__ = ("batches", "error", "returned", "status")

    def __init__(self, status: int, batches: list[Batch], returned: int, error: WmiError | None = None) -> None:
        self.status = status
        self.batches = batches
        self.returned = returned
        self.error = error

    def objects(self, make: InstanceFactory = CimInstance) -> list[CimInstance | CimClass]:
        """The objects, decoded."""
        found: list[CimInstance | CimClass] = []
        for batch in self.batches:
            found += batch.objects(make)
        return found


class Enumerator:
    """A reader of one operation's results; the last one that is released cancels the operation."""

    def __init__(self, call: Call, results: ResultSet, spawn: Spawn, *, position: int = 0) -> None:
        """Attach a reader; *spawn* runs the deliveries of NextAsync as tasks that end with the engine."""
        self.call = call
        self._spawn = spawn
        self._results = results
        self._reader = results.attach(position)
        self._turns = Turns()
        # Objects that queued NextAsync calls will take: what is left for a new one lies behind them.
        self._promised = 0
        self._released = False
        self._pending = 0

    # -- state ------------------------------------------------------------------------------------------------------

    @property
    def caller(self) -> Caller:
        """Who made the call; nobody else may use the enumerator (2.2.14)."""
        return self.call.scope.caller

    @property
    def is_forward_only(self) -> bool:
        """Whether what was read is gone."""
        return self._results.forward_only

    @property
    def is_exhausted(self) -> bool:
        """Whether nothing is left and nothing will come: the end, or an error after everything before it was read."""
        return self._results.finished and self._results.available(self._reader) == 0

    @property
    def error(self) -> WmiError | None:
        """How the operation failed; None while it runs and when it ended well."""
        return self._results.error if self._results.finished else None

    @property
    def position(self) -> int:
        """Objects before the next one."""
        return self._reader.position

    def check_principal(self, caller: Caller) -> None:
        """See that *caller* is the principal that made the call.

        Raises:
            AccessDenied: it is another one.
        """
        if caller.name.casefold() != self.caller.name.casefold():
            raise AccessDenied(
                f"this enumerator belongs to {self.caller.name}, not to {caller.name}", operation="IEnumWbemClassObject"
            )

    # -- Next and its relatives -------------------------------------------------------------------------------------

    def next_now(self, count: int) -> Portion | None:
        """The portion of *count* objects if all are here already and nobody is before us; else None."""
        if self._turns.is_taken or self._results.available(self._reader) < count or self._released:
            return None
        return Portion(WBEM_S_NO_ERROR, self._results.read(self._reader, count), count)

    async def next(self, timeout: float | None, count: int) -> Portion:
        """Up to *count* objects: when they are there, when the operation ends, or when *timeout* seconds are over.

        Returns:
            WBEM_S_NO_ERROR with *count* objects; WBEM_S_FALSE with fewer at the end; WBEM_S_TIMEDOUT with those that
            were there; or the error of the operation, without objects, when everything before it was read.
        """
        self._check_open()
        until = self._until(timeout)
        if count == 0:
            return Portion(WBEM_S_NO_ERROR, [], 0)
        if not await self._turns.take(until):
            return Portion(WBEM_S_TIMEDOUT, [], 0)
        try:
            await self._reach(count, until)
            before = self._reader.position
            batches = self._results.read(self._reader, count)
            return self._portion(batches, self._reader.position - before, count)
        finally:
            self._turns.give()

    async def next_some(self, timeout: float | None, count: int, *, linger: float = 0.0) -> Portion:
        """Like :meth:`next`, but satisfied with at least one object: what a reader of a stream wants.

        With *linger* it waits that many seconds for more once there is one, because a fuller portion is cheaper.
        """
        self._check_open()
        until = self._until(timeout)
        if not await self._turns.take(until):
            return Portion(WBEM_S_TIMEDOUT, [], 0)
        try:
            if not self._results.available(self._reader):
                await self._reach(1, until, count if linger else 1)
            if linger and self._results.available(self._reader):
                await self._reach(count, self.call.loop.time() + linger)
            before = self._reader.position
            batches = self._results.read(self._reader, count)
            returned = self._reader.position - before
            if returned:
                return Portion(WBEM_S_NO_ERROR, batches, returned)
            return self._portion(batches, 0, 1)
        finally:
            self._turns.give()

    async def skip(self, timeout: float | None, count: int) -> int:
        """Pass over *count* objects; the status is that of :meth:`next`. Works on forward-only enumerators (2.2.11)."""
        self._check_open()
        until = self._until(timeout)
        if count == 0:
            return WBEM_S_NO_ERROR
        if not await self._turns.take(until):
            return WBEM_S_TIMEDOUT
        try:
            # In steps, so that skipping a million objects does not have to hold them all.
            left = count
            while left:
                step = min(left, 1000)
                await self._reach(step, until)
                skipped = self._results.skip(self._reader, step)
                left -= skipped
                if skipped < step:
                    return self._portion([], count - left, count).status
            return WBEM_S_NO_ERROR
        finally:
            self._turns.give()

    async def reset(self) -> None:
        """Go back to the first object; the query is not run again (2.2.12).

        Raises:
            InvalidOperation: the enumerator is forward-only.
        """
        self._check_rewindable("Reset")
        await self._turns.take()
        try:
            self._reader.position = 0
        finally:
            self._turns.give()

    async def clone(self) -> Enumerator:
        """A second enumerator at the same position over the same results (2.2.13).

        Raises:
            InvalidOperation: the enumerator is forward-only.
            WmiError: the operation failed; its error.
        """
        self._check_rewindable("Clone")
        await self._turns.take()
        try:
            if self.error is not None:
                raise self.error.with_traceback(None)
            return Enumerator(self.call, self._results, self._spawn, position=self._reader.position)
        finally:
            self._turns.give()

    def next_async(self, count: int, delivery: SinkDelivery) -> int:
        """Queue the delivery of the next *count* objects to a sink (2.3).

        Returns:
            WBEM_S_NO_ERROR when the sink will get exactly one final SetStatus; WBEM_S_FALSE when nothing is left or
            nothing was asked for, and the sink is not used; or the error of a failed operation.

        Raises:
            QuotaExceeded: as many calls as ``Limits.pending_next_async`` wait already.
        """
        self._check_open()
        if count == 0:
            return WBEM_S_FALSE
        if self._results.finished and self._results.available(self._reader) - self._promised <= 0:
            return WBEM_S_FALSE if self._results.error is None else self._results.error.status
        limit = self._results.settings.limits.pending_next_async
        if self._pending >= limit:
            raise QuotaExceeded(
                f"{limit} NextAsync calls are pending on this enumerator", hint="wait for the SetStatus of earlier ones"
            )
        self._promised += count
        self._pending += 1
        self._spawn(self._deliver(count, delivery))
        return WBEM_S_NO_ERROR

    async def _deliver(self, count: int, delivery: SinkDelivery) -> None:
        await self._turns.take()
        left = count
        error: WmiError | None = None
        try:
            while left and not self._released:
                await self._reach(1, None)
                # One batch at a time: what a sink that refuses was not given stays for the next call, and a release
                # from within an Indicate is seen before the next.
                before = self._reader.position
                batches = self._results.read(self._reader, min(left, 100, self._results.together(self._reader)))
                returned = self._reader.position - before
                left -= returned
                self._promised -= returned
                if returned and not await delivery.indicate(batches):
                    break
                if left and self.is_exhausted:
                    break
            # A sink that refused ends its delivery even with the last object (2.4.7); the objects it was given count.
            error = delivery.error or (self.error if left else None)
            if error is None and left and self._released:
                error = Cancelled("the enumerator was released")
        except Exception as unexpected:  # noqa: BLE001 - the sink hears of an end, whatever happens
            error = self.call.explain(unexpected)
        finally:
            self._promised -= left
            self._pending -= 1
            self._turns.give()
        ended_early = WBEM_S_FALSE if left else WBEM_S_NO_ERROR
        await delivery.set_status(WBEM_STATUS_COMPLETE, ended_early if error is None else error.status, error=error)

    # -- release ----------------------------------------------------------------------------------------------------

    def release(self) -> None:
        """Give the results up; the last reader's release cancels what is still being produced (2.2.16)."""
        if not self._released:
            self._released = True
            self._results.detach(self._reader)

    def __del__(self) -> None:
        if not getattr(self, "_released", True):
            self._released = True
            try:
                # Collection may happen on any thread.
                self.call.loop.call_soon_threadsafe(self._results.detach, self._reader)
            except RuntimeError:
                # The loop is closed: nothing runs there any more that would have to be cancelled.
                self._results.drop()

    # -- parts ------------------------------------------------------------------------------------------------------

    async def _reach(self, count: int, until: float | None, liked: int = 0) -> None:
        if self._results.available(self._reader) >= count or self._results.finished:
            return
        if until is not None and until <= self.call.loop.time():
            # A poll: let the source report what it already has, as far as that was asked for.
            await self._results.poll(self._reader, count)
            return
        await self._results.reach(self._reader, count, until, liked)

    def _portion(self, batches: list[Batch], returned: int, count: int) -> Portion:
        if returned == count:
            return Portion(WBEM_S_NO_ERROR, batches, returned)
        if not self._results.finished:
            return Portion(WBEM_S_TIMEDOUT, batches, returned)
        error = self._results.error
        if error is None:
            return Portion(WBEM_S_FALSE, batches, returned)
        if returned:
            return Portion(WBEM_S_TIMEDOUT, batches, returned)
        return Portion(error.status, [], 0, error)

    def _until(self, timeout: float | None) -> float | None:
        if timeout is None:
            return None
        if timeout < 0:
            raise InvalidParameter(f"a timeout is None or at least 0 seconds, not {timeout!r}")
        return self.call.loop.time() + timeout

    def _check_open(self) -> None:
        if self._released:
            raise InvalidOperation("this enumerator was released", operation="IEnumWbemClassObject")

    def _check_rewindable(self, operation: str) -> None:
        self._check_open()
        if self.is_forward_only:
            raise InvalidOperation(
                f"{operation} needs results that are kept; this enumerator is forward-only",
                operation=operation,
                hint="ask without WBEM_FLAG_FORWARD_ONLY",
            )
