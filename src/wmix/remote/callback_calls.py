"""Asynchronous calls on a host: it is given a sink, and calls that back. [MS-WMI] 3.1.1.1.3, 3.1.4.3, 3.2.4.1.

A call that has begun ends in one of five ways: by the final status that the host tells; because the host never comes
back, or cannot prove who it is; because it has gone, which is looked into whenever one of its connections ends; because
the reader is too slow; or because nobody wants the results any more.  In the last case the host is told by
CancelAsyncCall, and gets two seconds to say its last word.  Whichever it is, the sink is taken back.
"""

from __future__ import annotations

import asyncio
from copy import copy
from math import isinf
from typing import TYPE_CHECKING, Any, Final, Protocol

from wmix.errors import ConnectError, WmiError
from wmix.net.client.connection import CANCEL_BOUND
from wmix.net.client.error_objects import extended_status
from wmix.net.client.failures import lost, refused
from wmix.net.client.phases import Phase
from wmix.net.server.string_bindings import plain_address
from wmix.protocol.wbem.services import SERVICES, CancelAsyncCall
from wmix.remote.object_sink import ObjectSink
from wmix.status import is_error

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from wmix.config import Timeouts
    from wmix.errors import AuthError
    from wmix.net.client.exporter import RemoteExporter
    from wmix.net.client.references import RemoteReference
    from wmix.protocol.dcom.objref import ObjRefStandard
    from wmix.protocol.ndr.parameters import Parameters
    from wmix.remote.callback_receiver import CallbackReceiver

__all__ = ["CallbackCalls", "CalledBack", "Namespace"]

#: Seconds after a login that failed, in which the host may try another kind of login.
_SECOND_TRY: Final = 3.0
_NOT_COMING: Final = (
    "the host has to reach this machine at that address: let its connections in (--callback-port names the port), and "
    "mind that nothing leads back through NAT; a Windows host comes to port 135 alone and under its own account; or "
    "call without callbacks=True (--callbacks)"
)


class Namespace(Protocol):
    """One namespace of a host, as far as calls on it go."""

    async def services_call(
        self, method: str, request: Parameters, *, until: float | None, seconds: float
    ) -> tuple[RemoteExporter, Any]:
        """The reply of a method of IWbemServices, and the exporter it came from."""
        ...

    async def services(self, *, until: float | None) -> tuple[RemoteExporter, RemoteReference]:
        """IWbemServices, and the exporter to call it by."""
        ...


class CalledBack:
    """A call that is under way; made by :meth:`CallbackCalls.begin`, given up by :meth:`end`."""

    def __init__(
        self,
        calls: CallbackCalls,
        exporter: RemoteExporter,
        services: RemoteReference,
        reference: ObjRefStandard,
        sink: ObjectSink,
        operation: str,
    ) -> None:
        self._calls = calls
        self._services = services
        #: Looks whether the host ever comes back.
        self.timer: asyncio.TimerHandle | None = None
        #: Whether the host is there, as far as it is known: one that has gone is not told anything.
        self.is_there = True
        self.exporter = exporter
        self.reference = reference
        self.sink = sink
        self.operation = operation

    async def next(self) -> tuple[bytes, ...] | None:
        """The encoded objects of one Indicate; None after the last."""
        return await self.sink.next()

    async def result(self) -> tuple[bytes | None, str | None]:
        """The first object and the text of the final status.

        Raises:
            WmiError: the call failed.
        """
        found: bytes | None = None
        while (portion := await self.sink.next()) is not None:
            found = portion[0] if found is None else found
        self.check()
        final = self.sink.final
        return found, None if final is None else final.string

    def check(self) -> None:
        """See that the call ended well, once it has ended.

        Raises:
            WmiError: why it did not.
        """
        if self.sink.failure is not None:
            raise self.sink.failure
        final = self.sink.final
        if final is None or not is_error(final.hresult):
            return
        error = refused(final.hresult, self.exporter.place, Phase.CALL, operation=self.operation)
        if final.object is not None:
            error.extended = extended_status(final.object)
        raise error

    def end(self) -> None:
        """Take the sink back; a host that has not said its last word is told that nobody waits for it."""
        self._calls.ended(self)

    async def cancel(self) -> None:
        """CancelAsyncCall, answered within two seconds, or the connection is dropped; then the status that follows."""
        loop = asyncio.get_running_loop()
        until = loop.time() + CANCEL_BOUND
        method, asked = SERVICES["CancelAsyncCall"], CancelAsyncCall(self.reference)
        try:
            await self.exporter.invoke(
                self._services, method, asked, seconds=CANCEL_BOUND, phase=Phase.RELEASE, operation="CancelAsyncCall"
            )
        except TimeoutError:
            self.exporter.give_up()
            return
        except WmiError:
            return  # it has ended there already, or the host has gone
        try:
            async with asyncio.timeout_at(until):
                await self.sink.ended()
        except TimeoutError:
            return

    async def look(self, seconds: float) -> WmiError | None:
        """Why the host is not there any more, or not the same; None when it is."""
        try:
            again = await self.exporter.query_interface(self._services, self._services.iid, seconds=seconds)
        except WmiError as error:
            return error
        again.release()
        return None

    def fail(self, error: WmiError) -> None:
        """End the call on this side, after the objects that have come."""
        error.operation = error.operation or self.operation
        self.sink.fail(error)


class CallbackCalls:
    """The calls of one client whose sinks are out.

    Args:
        most: objects of one call that may wait to be read.
    """

    def __init__(self, receiver: CallbackReceiver, *, timeouts: Timeouts, most: int) -> None:
        self._receiver = receiver
        self._timeouts = timeouts
        self._most = most
        self._running: set[CalledBack] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._looking: asyncio.Task[None] | None = None
        receiver.on_refused = self._refused
        receiver.on_lost = self._look

    def __len__(self) -> int:
        """How many calls are under way, those that are being cancelled included."""
        return len(self._running) + len(self._tasks)

    async def begin(
        self,
        namespace: Namespace,
        method: str,
        message: Callable[[ObjRefStandard], Parameters],
        *,
        until: float | None,
    ) -> CalledBack:
        """Make the asynchronous call *method*; it has begun when this returns.

        Args:
            message: makes its parameters with the sink.

        Raises:
            WmiError: the call cannot begin, or the host cannot call back.
        """
        loop = asyncio.get_running_loop()
        exporter, _ = await namespace.services(until=until)
        local = exporter.local
        await self._receiver.listen(local)
        sink = ObjectSink(self._most)
        reference = self._receiver.export(sink, local)
        began = loop.time()
        try:
            exporter, _ = await namespace.services_call(
                method, message(reference), until=until, seconds=self._timeouts.wait
            )
            _, services = await namespace.services(until=until)
        except BaseException:
            self._receiver.withdraw(reference)
            raise
        exporter.on_lost = self._look
        call = CalledBack(self, exporter, services, reference, sink, method.removesuffix("Async"))
        self._running.add(call)
        seconds = self._timeouts.connect
        call.timer = None if isinf(seconds) else loop.call_later(seconds, self._see_sign, call, began, local)
        sink.on_end = call.end
        if sink.has_ended:  # it was told over another connection than the answer to the call
            call.end()
        return call

    # what can become of a call

    def _see_sign(self, call: CalledBack, began: float, local: str) -> None:
        """The time is over in which a host comes back, if it comes at all."""
        if call in self._running and not call.sink.is_heard and not self._receiver.has_sign_since(began):
            call.fail(
                ConnectError(
                    f"{call.exporter.place} has not called back at {local} within {self._timeouts.connect:g} s",
                    phase=Phase.CALL,
                    host=call.exporter.place,
                    hint=_NOT_COMING,
                )
            )

    def _refused(self, error: AuthError) -> None:
        """A host could not prove who it is: if it does not do better soon, the calls that wait for it have failed."""
        for call in self._running:
            if not call.sink.is_heard and error.host == plain_address(call.exporter.peer):
                asyncio.get_running_loop().call_later(_SECOND_TRY, self._give_up, call, error)

    def _give_up(self, call: CalledBack, error: AuthError) -> None:
        if call in self._running and not call.sink.is_heard:
            call.fail(copy(error))

    def _look(self) -> None:
        """A connection has ended: see whether the host is there."""
        if self._running and self._looking is None:
            self._looking = asyncio.ensure_future(self._look_all())

    async def _look_all(self) -> None:
        try:
            for exporter, one in {call.exporter: call for call in self._running}.items():
                failure = await one.look(self._timeouts.phase)
                for call in [call for call in self._running if failure is not None and call.exporter is exporter]:
                    call.is_there = False
                    call.fail(lost(exporter.place, Phase.CALL, failure))
        finally:
            self._looking = None

    # the end of a call

    def ended(self, call: CalledBack) -> None:
        """*call* has ended, or nobody reads its results any more."""
        if call not in self._running:
            return
        self._running.discard(call)
        if call.timer is not None:
            call.timer.cancel()
        if call.sink.final is not None or not call.is_there:
            self._receiver.withdraw(call.reference)
        else:
            self._spawn(self._cancel(call))

    async def _cancel(self, call: CalledBack) -> None:
        try:
            await call.cancel()
        finally:
            self._receiver.withdraw(call.reference)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, seconds: float) -> None:
        """Give cancellations that are under way *seconds*, then take everything back."""
        for call in list(self._running):
            self.ended(call)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=min(seconds, CANCEL_BOUND))
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._looking is not None:
            self._looking.cancel()
        await self._receiver.close()
