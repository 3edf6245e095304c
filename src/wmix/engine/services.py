"""Services: THE DOOR. Every caller of every face comes through here. [MS-WMI] 3.1.4.3.

One verb for each mode in which a request can be made:

- :meth:`Services.begin`: one result, semisynchronous: a :class:`~wmix.engine.calls.callresult.CallResult` at once.
- :meth:`Services.open`: a set of objects, semisynchronous: an :class:`~wmix.engine.calls.enumerator.Enumerator`.
- :meth:`Services.deliver`: asynchronous: the results go to a sink.
- :meth:`Services.run` and :meth:`Services.collect`: the synchronous forms of the first two.

Whatever can be wrong before the work starts (a missing argument, a flag, a right, a limit) is raised here at once
(brief 1.1.3); everything else is the result of the call.  Rights, limits, deadlines and audit are applied here, once.
All methods run on the event loop of the engine.
"""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING, Any

from wmix.engine.audit import record_of, refusal
from wmix.engine.calls.call import Call
from wmix.engine.calls.enumerator import Enumerator
from wmix.engine.calls.results import ResultSet
from wmix.engine.operations import OPERATIONS, check_arguments, check_flags, needed_rights
from wmix.errors import AccessDenied, DeadlineExceeded, InvalidParameter, NotFound, NotSupported, WmiError
from wmix.port.backend import Scope
from wmix.port.caller import Rights
from wmix.port.flags import WBEM_FLAG_FORWARD_ONLY, WBEM_FLAG_RETURN_IMMEDIATELY, WBEM_STATUS_COMPLETE
from wmix.port.requests import (
    CreateClassEnum,
    CreateInstanceEnum,
    DeleteClass,
    DeleteInstance,
    ExecMethod,
    ExecNotificationQuery,
    ExecQuery,
    GetObject,
    OpenNamespace,
    PutClass,
    PutInstance,
)
from wmix.status import WBEM_S_NO_ERROR

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from wmix.cim.instances import CimInstance
    from wmix.engine.calls.callresult import CallResult
    from wmix.engine.calls.sinks import BatchSink, Sink, SinkDelivery
    from wmix.engine.engine import Engine
    from wmix.engine.operations import Operation
    from wmix.port.backend import Backend, Outcome
    from wmix.port.batch import Batch, InstanceFactory
    from wmix.port.caller import Caller
    from wmix.port.requests import Request

__all__ = ["Services"]


class Services:
    """One namespace, opened for one caller."""

    def __init__(self, engine: Engine, backend: Backend, caller: Caller) -> None:
        self.engine = engine
        self.backend = backend
        self.caller = caller
        # The caller with the rights that the namespace leaves him; None until it was asked.
        self._admitted: Caller | None = None if _is_asked(backend, caller) else caller
        self._sinks: dict[int, list[tuple[Call, SinkDelivery]]] = {}
        # Sinks whose operation ended lately: cancelling them is no error (brief 1.4.67).
        self._completed_sinks: weakref.WeakSet[Any] = weakref.WeakSet()

    @property
    def namespace(self) -> str:
        r"""The namespace: ``root\cimv2``."""
        return self.backend.namespace

    # -- rights -----------------------------------------------------------------------------------------------------

    def admit(self, granted: int | None) -> None:
        """Take the rights that the namespace grants; None for no less than the login granted ([MS-WMI] 3.1.4.1.4)."""
        self._admitted = self.caller if granted is None else self.caller.replace(rights=self.caller.rights & granted)

    def check_rights(self, rights: int) -> None:
        """See that the caller holds *rights* here, and from afar REMOTE_ENABLE, as far as that is known by now.

        Raises:
            AccessDenied: one is missing.
        """
        if self.backend.capabilities.is_remote:
            return
        caller = self._admitted or self.caller
        if caller.is_remote:
            rights |= Rights.REMOTE_ENABLE
        missing = caller.lacks(rights)
        if missing:
            raise AccessDenied(
                f"{caller.name} lacks {Rights.describe(missing)} in {self.namespace}",
                hint="grant the right to this user, or log in as another one",
            )

    async def _enter(self, request: Request, scope: Scope) -> None:
        """Ask the namespace which rights it grants, when nobody has logged in to it before the first call."""
        await self.engine.login(self, deadline=scope.deadline)
        self.check_rights(needed_rights(request, OPERATIONS[type(request)]))
        scope.caller = self._admitted or self.caller

    # -- the three modes --------------------------------------------------------------------------------------------

    def begin(self, request: Request, *, deadline: float | None = None) -> CallResult:
        """Start an operation with one result and return its handle at once.

        Args:
            deadline: when the call ends at the latest, on the loop's clock, in seconds.

        Raises:
            WmiError: the call cannot be started.
        """
        from wmix.engine.calls.callresult import CallResult  # sets of objects do without

        operation = self._admit(request, asynchronous=False)
        scope = self._scope(request, deadline)
        call = self._register(request, scope, None, operation)
        call.start_single(self._single(request, scope), stops_when_cancelled=operation.stops_when_cancelled)
        return CallResult(call)

    def open(self, request: Request, *, deadline: float | None = None) -> Enumerator:
        """Start an operation that yields objects and return an enumerator at once.

        Raises:
            WmiError: the call cannot be started.
        """
        operation = self._admit(request, asynchronous=False)
        return self._open(request, operation, deadline, immediately=bool(request.flags & WBEM_FLAG_RETURN_IMMEDIATELY))

    async def subscribe(self, request: ExecNotificationQuery, *, deadline: float | None = None) -> Enumerator:
        """Start an event query and wait, within ``Timeouts.call`` seconds, until it is in force.

        Raises:
            WmiError: the call cannot be started, or the query is wrong or cannot be served (1.4.53).
            DeadlineExceeded: the first reading of what it polls took too long.
        """
        enumerator = self.open(request, deadline=deadline)
        seconds = self.engine.settings.timeouts.call
        try:
            async with asyncio.timeout(seconds):
                await enumerator.call.begun()
            if enumerator.error is not None:
                raise enumerator.error.with_traceback(None)
        except TimeoutError as error:
            enumerator.release()
            raise DeadlineExceeded(
                f"the subscription was not in force within {seconds:g} s",
                operation=request.operation,
                namespace=self.namespace,
                hint="see why the provider is slow",
            ) from error
        except BaseException:
            enumerator.release()
            raise
        return enumerator

    async def open_event_sink(self) -> None:
        """See that the caller may publish events here (QueryObjectSink, [MS-WMI] 3.1.4.3.3).

        Raises:
            AccessDenied: it lacks FULL_WRITE.
            NotSupported: the namespace is that of a host, which takes no events from this client.
        """
        if self.backend.capabilities.is_remote:
            raise NotSupported(
                f"events are published in namespaces of this machine, not of {self.backend.server}",
                operation="QueryObjectSink",
                namespace=self.namespace,
                hint="publish them with a program on that host",
            )
        if self._admitted is None:
            await self.engine.login(self)
        try:
            self.check_rights(Rights.ENABLE | Rights.FULL_WRITE)
        except AccessDenied as error:
            error.operation, error.namespace = "QueryObjectSink", self.namespace
            raise

    async def publish(self, events: Sequence[CimInstance]) -> None:
        """Give *events* to whoever subscribes to them: what a sink of QueryObjectSink does with them.

        Raises:
            AccessDenied, NotSupported: as :meth:`open_event_sink`.
            WmiError: WBEM_E_NOT_EVENT_CLASS for what is no extrinsic event; then none is published.
        """
        await self.open_event_sink()
        await self.backend.publish(events, Scope(self._admitted or self.caller))

    async def run(self, request: Request, *, deadline: float | None = None) -> CallResult:
        """Do an operation with one result synchronously.

        Raises:
            WmiError: the call could not be started, or failed.
        """
        result = self.begin(request, deadline=deadline)
        try:
            await result.wait()
            result.outcome()
        except BaseException:
            result.release()
            raise
        return result

    async def perform(self, request: Request, *, deadline: float | None = None) -> Outcome:
        """Do an operation with one result as a part of a larger one, in the task of that one.

        It is admitted, bounded and audited like any call.  It needs no task and no turn of the loop, and it ends with
        what it is a part of: so it is for parts that are undone together.

        Args:
            deadline: when the larger operation ends at the latest; it is that one that keeps it.

        Raises:
            WmiError: the call could not be started, or failed.
        """
        operation = self._admit(request, asynchronous=False)
        scope = self._scope(request, deadline)
        call = self._register(request, scope, None, operation)
        return await call.run_here(self._single(request, scope))

    async def collect(self, request: Request, *, deadline: float | None = None) -> Enumerator:
        """Do an operation that yields objects synchronously: the enumerator has them all.

        Raises:
            WmiError: the call could not be started, or failed; objects seen before the failure are dropped (1.5).
        """
        operation = self._admit(request, asynchronous=False)
        enumerator = self._open(request, operation, deadline, immediately=False)
        try:
            await enumerator.call.wait()
        except BaseException:
            enumerator.release()
            raise
        error = enumerator.error
        if error is not None:
            enumerator.release()
            raise error.with_traceback(None)
        return enumerator

    def deliver(
        self,
        request: Request,
        sink: Sink | BatchSink | None,
        *,
        deadline: float | None = None,
        make: InstanceFactory | None = None,
    ) -> Call:
        """Start an operation whose results go to *sink* (the asynchronous twin of the call).

        Raises:
            WmiError: the call cannot be started; the sink is not used then.
        """
        if sink is None:
            raise InvalidParameter(f"{request.operation}Async needs a sink", operation=request.operation + "Async")
        operation = self._admit(request, asynchronous=True)
        delivery = self.delivery(sink, make)
        if operation.is_set:
            enumerator = self._open(request, operation, deadline, immediately=True, asynchronous=True)
            call = enumerator.call
            work = self._deliver_set(enumerator, delivery)
        else:
            from wmix.engine.calls.callresult import CallResult

            result = CallResult(self._start_single(request, operation, deadline, asynchronous=True))
            call = result.call
            work = self._deliver_single(result, delivery)
        self._sinks.setdefault(id(sink), []).append((call, delivery))
        self.engine.spawn(self._follow(work, sink, call, delivery))
        return call

    def cancel(self, sink: Sink | BatchSink | None) -> None:
        """CancelAsyncCall: end every operation of *sink*; each gets its final SetStatus (1.4.63 to 1.4.67).

        Raises:
            InvalidParameter: *sink* is None.
            NotFound: no operation of this services object uses it.
        """
        if sink is None:
            raise InvalidParameter("CancelAsyncCall needs a sink", operation="CancelAsyncCall")
        running = self._sinks.get(id(sink))
        if not running:
            if _knows(self._completed_sinks, sink):
                return
            raise NotFound("no operation uses this sink", operation="CancelAsyncCall")
        for call, delivery in list(running):
            delivery.cancel()
            call.cancel()

    def delivery(self, sink: Sink | BatchSink, make: InstanceFactory | None = None) -> SinkDelivery:
        """The way to *sink* for one operation."""
        from wmix.engine.calls.sinks import SinkDelivery  # the asynchronous form alone needs them
        from wmix.engine.error_object import error_object

        return SinkDelivery(
            sink,
            timeout=self.engine.settings.timeouts.sink,
            make_error=None if getattr(sink, "takes_batches", False) else error_object,
            **({} if make is None else {"make": make}),
        )

    def namespace_services(self, result: CallResult) -> Services:
        """The services of the namespace that OpenNamespace opened (GetResultServices)."""
        return Services(self.engine, result.backend(), self.caller)

    # -- admission --------------------------------------------------------------------------------------------------

    def _admit(self, request: Request, *, asynchronous: bool) -> Operation:
        """Everything that is checked before a call is accepted (1.1.3, 1.1.6)."""
        try:
            operation = check_flags(request, asynchronous=asynchronous)
            check_arguments(request, self.engine.settings.limits)
            self.check_rights(needed_rights(request, operation))
            self.engine.check_load(self.caller)
        except WmiError as error:
            error.namespace = error.namespace or self.namespace
            error.operation = error.operation or request.operation
            self.engine.audit(refusal(self.caller, self.namespace, request, error.status))
            raise
        return operation

    def _scope(self, request: Request, deadline: float | None, *, asynchronous: bool = False) -> Scope:
        client = self.engine.client_for(self)
        return Scope(self._admitted or self.caller, deadline, client, request.context, is_asynchronous=asynchronous)

    def _register(self, request: Request, scope: Scope, results: ResultSet | None, operation: Operation) -> Call:
        def ended(call: Call) -> None:
            self.engine.leave(call)
            rows = results.arrived if results is not None else int(call.outcome is not None)
            self.engine.audit(record_of(call, self.namespace, rows, writes=not operation.stops_when_cancelled))

        call = Call(request, scope, ended=ended)
        self.engine.enter(call)
        return call

    # -- starting ---------------------------------------------------------------------------------------------------

    def _open(
        self,
        request: Request,
        operation: Operation,
        deadline: float | None,
        *,
        immediately: bool,
        asynchronous: bool = False,
    ) -> Enumerator:
        scope = self._scope(request, deadline, asynchronous=asynchronous)
        # Before the call is registered: what cannot be begun leaves nothing behind.
        stream = self._stream(request, scope)
        results = ResultSet(
            self.engine.settings,
            forward_only=asynchronous or bool(request.flags & WBEM_FLAG_FORWARD_ONLY),
            unbounded=not immediately,
            credit=self._event_credit(request),
        )
        scope.demand = results
        call = self._register(request, scope, results, operation)
        results.owned_by(call)
        self.engine.keep(results)
        enumerator = Enumerator(call, results, self.engine.spawn)
        call.start_stream(stream, results)
        return enumerator

    def _event_credit(self, request: Request) -> int | None:
        """How many events may be on their way to the reader: few, as the others wait in the subscription's queue."""
        if not isinstance(request, ExecNotificationQuery):
            return None
        limits = self.engine.settings.limits
        return min(limits.batch_objects, max(1, (request.max_queue or limits.event_queue) // 2))

    def _start_single(
        self, request: Request, operation: Operation, deadline: float | None, *, asynchronous: bool
    ) -> Call:
        scope = self._scope(request, deadline, asynchronous=asynchronous)
        call = self._register(request, scope, None, operation)
        call.start_single(self._single(request, scope), stops_when_cancelled=operation.stops_when_cancelled)
        return call

    def _stream(self, request: Request, scope: Scope) -> AsyncIterator[Batch]:
        return self._entered_stream(request, scope) if self._admitted is None else self._backend_stream(request, scope)

    async def _entered_stream(self, request: Request, scope: Scope) -> AsyncIterator[Batch]:
        await self._enter(request, scope)
        stream = self._backend_stream(request, scope)
        try:
            async for batch in stream:
                yield batch
        finally:
            await stream.aclose()  # type: ignore[attr-defined]  # an asynchronous generator

    def _backend_stream(self, request: Request, scope: Scope) -> AsyncIterator[Batch]:
        match request:
            case ExecQuery():
                return self.backend.query(request, scope)
            case CreateInstanceEnum():
                return self.backend.enumerate(request, scope)
            case CreateClassEnum():
                return self.backend.classes(request, scope)
            case ExecNotificationQuery():
                return self.backend.notify(request, scope)
            case _:
                raise TypeError(f"{request.operation} has one result: use begin()")

    def _single(self, request: Request, scope: Scope) -> Callable[[], Awaitable[Outcome]]:
        work = self._backend_single(request, scope)
        if self._admitted is not None:
            return work

        async def entered() -> Outcome:
            await self._enter(request, scope)
            return await work()

        return entered

    def _backend_single(self, request: Request, scope: Scope) -> Callable[[], Awaitable[Outcome]]:
        backend = self.backend
        match request:
            case GetObject():
                return lambda: backend.get(request, scope)
            case ExecMethod():
                return lambda: backend.call(request, scope)
            case PutClass() | PutInstance():
                return lambda: backend.put(request, scope)
            case DeleteClass() | DeleteInstance():
                return lambda: backend.delete(request, scope)
            case OpenNamespace():
                return lambda: self._open_namespace(request, scope)
            case _:
                raise TypeError(f"{request.operation} yields a set: use open()")

    async def _open_namespace(self, request: OpenNamespace, scope: Scope) -> Outcome:
        """The namespace, when the caller may enter it."""
        outcome = await self.backend.open_namespace(request, scope)
        if outcome.backend is not None and _is_asked(outcome.backend, self.caller):
            await self.engine.login(Services(self.engine, outcome.backend, self.caller), deadline=scope.deadline)
        return outcome

    # -- asynchronous delivery --------------------------------------------------------------------------------------

    async def _deliver_set(self, enumerator: Enumerator, delivery: SinkDelivery) -> tuple[WmiError | None, str | None]:
        batch = self.engine.settings.limits.batch_objects
        try:
            while not enumerator.is_exhausted:
                portion = await enumerator.next_some(None, batch)
                if not await delivery.indicate(portion.batches):
                    break
            return delivery.error or enumerator.error, None
        finally:
            enumerator.release()

    async def _deliver_single(self, result: CallResult, delivery: SinkDelivery) -> tuple[WmiError | None, str | None]:
        await result.wait()
        if result.error is not None or delivery.error is not None:
            return delivery.error or result.error, None
        outcome = result.outcome()
        if outcome.object is not None:
            from_result = _OneObject(result)
            await delivery.indicate([from_result])
        return delivery.error, outcome.path

    async def _follow(
        self,
        work: Awaitable[tuple[WmiError | None, str | None]],
        sink: Sink | BatchSink,
        call: Call,
        delivery: SinkDelivery,
    ) -> None:
        try:
            error, text = await work
            status = WBEM_S_NO_ERROR if error is None else error.status
            await delivery.set_status(WBEM_STATUS_COMPLETE, status, text=text, error=error)
        except Exception as unexpected:  # noqa: BLE001 - the sink hears of an end, whatever happens
            failure = call.explain(unexpected)
            await delivery.set_status(WBEM_STATUS_COMPLETE, failure.status, error=failure)
        except asyncio.CancelledError:
            delivery.cancel()
            cancelled = delivery.error
            status = WBEM_S_NO_ERROR if cancelled is None else cancelled.status
            await delivery.set_status(WBEM_STATUS_COMPLETE, status, error=cancelled)
            raise
        finally:
            left = [pair for pair in self._sinks.get(id(sink), []) if pair[0] is not call]
            if left:
                self._sinks[id(sink)] = left
            else:
                self._sinks.pop(id(sink), None)
            _remember(self._completed_sinks, sink)

    # -- for people -------------------------------------------------------------------------------------------------

    async def explain(self, query: str) -> str:
        """The plan of a WQL query: what the provider does and what the engine finishes.

        Raises:
            WmiError: the query is wrong.
        """
        request = ExecQuery(query=query)
        self._admit(request, asynchronous=False)
        scope = self._scope(request, None)
        if self._admitted is None:
            await self._enter(request, scope)
        return await self.backend.explain(request, scope)


def _is_asked(backend: Backend, caller: Caller) -> bool:
    """Whether the namespace is asked which rights it grants: an administrator on this machine has them all."""
    return not backend.capabilities.is_remote and (caller.is_remote or not caller.is_administrator)


class _OneObject:
    """A batch of the one object that a call result has."""

    def __init__(self, result: CallResult) -> None:
        self._result = result

    def __len__(self) -> int:
        return 1

    def objects(self, make: InstanceFactory | None = None) -> list[Any]:
        """The object, as a fresh copy."""
        return [self._result.object() if make is None else self._result.object(make)]

    def part(self, start: int, stop: int) -> _OneObject:
        """The object is the only part there is."""
        if (start, stop) != (0, 1):
            raise IndexError(f"a batch of one object has no part {start}:{stop}")
        return self

    def octets(self) -> int:
        """Nothing: the call result has the object anyway."""
        return 0


def _remember(sinks: weakref.WeakSet[Any], sink: Any) -> None:
    try:
        sinks.add(sink)
    except TypeError:
        # A sink with slots and without __weakref__ is simply not remembered.
        return


def _knows(sinks: weakref.WeakSet[Any], sink: Any) -> bool:
    try:
        return sink in sinks
    except TypeError:
        return False
