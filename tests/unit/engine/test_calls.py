"""Call results, sinks, cancellation, deadlines: calls with one result and asynchronous calls. Brief 2.1, 2.4, 2.5."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

import pytest

from unit.engine.fakes import FakeRemote, Gated, Recorder, engine_over, ids, numbers, settings
from wmix.engine.calls.states import TRANSITIONS, CallState, Event, IllegalTransition, next_state
from wmix.errors import (
    AccessDenied,
    DeadlineExceeded,
    InvalidOperation,
    InvalidParameter,
    NotFound,
    ProviderError,
    QuotaExceeded,
    WmiError,
)
from wmix.port.caller import Caller, Rights
from wmix.port.flags import WBEM_FLAG_FORWARD_ONLY, WBEM_FLAG_RETURN_IMMEDIATELY, WBEM_FLAG_SEND_STATUS
from wmix.port.requests import (
    CreateInstanceEnum,
    DeleteInstance,
    ExecMethod,
    ExecNotificationQuery,
    ExecQuery,
    GetObject,
    OpenNamespace,
    PutInstance,
    Request,
)
from wmix.status import (
    WBEM_E_CALL_CANCELLED,
    WBEM_E_FAILED,
    WBEM_E_INVALID_NAMESPACE,
    WBEM_E_INVALID_QUERY_TYPE,
    WBEM_E_NOT_FOUND,
    WBEM_E_PROVIDER_FAILURE,
    WBEM_S_NO_ERROR,
)
from wmix.testing.clock import run_virtual

ME = Caller("me")
NOW = WBEM_FLAG_RETURN_IMMEDIATELY
QUERY = ExecQuery(query="SELECT * FROM Item", flags=NOW | WBEM_FLAG_FORWARD_ONLY)


# -- states --------------------------------------------------------------------------------------------------------


def test_no_transition_leaves_a_final_state_and_cancelling_one_changes_nothing() -> None:
    assert not [source for source, _ in TRANSITIONS if source.is_final]
    for state in (CallState.DONE, CallState.FAILED, CallState.CANCELLED):
        assert next_state(state, Event.CANCEL) is state
        with pytest.raises(IllegalTransition):
            next_state(state, Event.START)


def test_every_state_can_be_reached_and_every_unfinished_one_can_be_cancelled() -> None:
    assert set(TRANSITIONS.values()) | {CallState.NEW} == set(CallState)
    for state in CallState:
        assert next_state(state, Event.CANCEL).is_final


def test_who_asks_late_or_gives_up_asking_whether_a_call_has_begun_hinders_nobody() -> None:
    async def body() -> None:
        script = Gated()
        enumerator = engine_over(FakeRemote(script)).services("r", ME).open(QUERY)
        asking = [asyncio.ensure_future(enumerator.call.begun()) for _ in range(2)]
        await asyncio.sleep(1)
        asking[0].cancel()
        await asyncio.sleep(1)
        assert not asking[1].done()
        script.give()
        await asyncio.wait_for(asking[1], 1)
        await asyncio.wait_for(enumerator.call.begun(), 1)
        enumerator.release()

    run_virtual(body)


def test_readers_of_a_call_whose_task_is_cancelled_from_outside_hear_of_it() -> None:
    async def body() -> None:
        services = engine_over(FakeRemote(Gated())).services("r", ME)
        enumerator = services.open(QUERY)
        reading = asyncio.ensure_future(enumerator.next(None, 1))
        await asyncio.sleep(1)
        # As a loop does with all of its tasks when it ends.
        assert enumerator.call._task is not None
        enumerator.call._task.cancel()
        portion = await asyncio.wait_for(reading, 1)
        assert portion.error is not None
        assert portion.error.status == WBEM_E_CALL_CANCELLED
        assert enumerator.call.state is CallState.FAILED

    run_virtual(body)


# -- call results --------------------------------------------------------------------------------------------------


def test_a_getter_of_a_kind_that_the_call_does_not_have_is_an_invalid_operation() -> None:
    async def body() -> None:
        services = engine_over(FakeRemote()).services("r", ME)
        result = await services.run(GetObject(path="Item.Id=1"))
        with pytest.raises(InvalidOperation):
            result.text()
        with pytest.raises(InvalidOperation):
            result.backend()
        deleted = await services.run(DeleteInstance(path="Item.Id=1"))
        with pytest.raises(InvalidOperation):
            deleted.object()

    run_virtual(body)


def test_asking_for_the_outcome_too_early_is_an_invalid_operation() -> None:
    async def body() -> None:
        host = FakeRemote()
        host.gate = asyncio.Event()
        result = engine_over(host).services("r", ME).begin(GetObject(path="Item.Id=1", flags=NOW))
        with pytest.raises(InvalidOperation, match="not ended"):
            result.outcome()
        with pytest.raises(InvalidParameter):
            await result.wait(-1)

    run_virtual(body)


def test_getters_give_the_operations_own_error_again_and_again() -> None:
    async def body() -> None:
        result = engine_over(FakeRemote()).services("r", ME).begin(GetObject(path="Item.Id=404", flags=NOW))
        await result.wait()
        for _ in range(2):
            with pytest.raises(NotFound):
                result.object()
        assert result.status == WBEM_E_NOT_FOUND

    run_virtual(body)


def test_the_deadline_of_a_call_is_its_status() -> None:
    async def body() -> None:
        host = FakeRemote()
        host.gate = asyncio.Event()
        loop = asyncio.get_running_loop()
        services = engine_over(host).services("r", ME)
        result = services.begin(GetObject(path="Item.Id=1", flags=NOW), deadline=loop.time() + 7)
        assert not await result.wait(6.5)
        assert await result.wait(1)
        assert isinstance(result.error, DeadlineExceeded)
        assert "7 s" in str(result.error)

    run_virtual(body)


def test_a_dropped_call_result_cancels_a_read() -> None:
    async def body() -> None:
        host = FakeRemote()
        host.gate = asyncio.Event()
        result = engine_over(host).services("r", ME).begin(GetObject(path="Item.Id=1", flags=NOW))
        call = result.call
        await result.wait(1)
        del result
        gc.collect()
        await call.stopped()
        assert call.state is CallState.CANCELLED

    run_virtual(body)


def test_a_method_runs_to_its_end_when_its_caller_goes() -> None:
    async def body() -> None:
        host = FakeRemote()
        host.gate = asyncio.Event()
        engine = engine_over(host)
        result = engine.services("r", ME).begin(ExecMethod(path="Item.Id=1", method="Do", flags=NOW))
        await result.wait(1)
        result.cancel()
        assert result.is_done
        assert result.status == WBEM_E_CALL_CANCELLED
        host.gate.set()
        await result.call.stopped()
        assert host.finished_writes == 1
        assert result.status == WBEM_E_CALL_CANCELLED, "a result is immutable once known"

    run_virtual(body)


# -- synchronous forms ---------------------------------------------------------------------------------------------


def test_a_synchronous_query_has_everything_when_it_returns() -> None:
    async def body() -> None:
        host = FakeRemote(numbers(*[100] * 50))
        services = engine_over(host, settings(memory_objects=300, buffer_objects=10)).services("r", ME)
        enumerator = await services.collect(ExecQuery(query="q"))
        assert host.closed == 1
        portion = await enumerator.next(0, 6000)
        assert ids(portion.objects()) == list(range(5000))

    run_virtual(body)


def test_a_synchronous_query_that_fails_half_way_gives_the_error_and_no_objects() -> None:
    async def body() -> None:
        services = engine_over(FakeRemote(numbers(3, then=ProviderError("broke")))).services("r", ME)
        with pytest.raises(ProviderError):
            await services.collect(ExecQuery(query="q"))

    run_virtual(body)


# -- what is refused before it starts ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (GetObject(path="p", flags=0x20), InvalidParameter),
        (GetObject(path="p", flags=0x80), InvalidParameter),
        (GetObject(path="x" * 8193), QuotaExceeded),
        (ExecQuery(query=None), InvalidParameter),
        (ExecQuery(query=""), InvalidParameter),
        (ExecQuery(query="q", language=None), InvalidParameter),
        (ExecQuery(query=None, language="SQL"), InvalidParameter),
        (ExecQuery(query="x" * 16385), QuotaExceeded),
        (CreateInstanceEnum(class_name=""), InvalidParameter),
        (CreateInstanceEnum(class_name="C", flags=0x40000), InvalidParameter),
        (ExecMethod(path="", method="M"), InvalidParameter),
        (ExecMethod(path="P", method=None), InvalidParameter),
        (PutInstance(object=None), InvalidParameter),
        (PutInstance(object=None, flags=3), InvalidParameter),
        (OpenNamespace(namespace=None), InvalidParameter),
        (ExecNotificationQuery(query="q", flags=0), InvalidParameter),
        (ExecNotificationQuery(query="q", flags=0x10), InvalidParameter),
    ],
)
def test_bad_arguments_and_flags_are_refused_at_once(request_: Request, error: type[WmiError]) -> None:
    async def body() -> None:
        services = engine_over(FakeRemote(numbers(1))).services("r", ME)
        yields_set = isinstance(request_, ExecQuery | CreateInstanceEnum | ExecNotificationQuery)
        with pytest.raises(error) as caught:
            (services.open if yields_set else services.begin)(request_)
        assert caught.value.operation == request_.operation
        assert not services.engine.calls

    run_virtual(body)


def test_another_query_language_has_a_status_of_its_own() -> None:
    async def body() -> None:
        services = engine_over(FakeRemote(numbers(1))).services("r", ME)
        with pytest.raises(WmiError) as caught:
            services.open(ExecQuery(query="q", language="SQL"))
        assert caught.value.status == WBEM_E_INVALID_QUERY_TYPE
        services.open(ExecQuery(query="q", language="wql", flags=NOW)).release()
        with pytest.raises(WmiError) as caught:
            services.begin(OpenNamespace(namespace=""))
        assert caught.value.status == WBEM_E_INVALID_NAMESPACE

    run_virtual(body)


def test_bits_that_the_specification_ignores_are_ignored() -> None:
    async def body() -> None:
        services = engine_over(FakeRemote()).services("r", ME)
        await services.run(GetObject(path="Item.Id=1", flags=0x1F000 | 0x100000 | 0x40))

    run_virtual(body)


def test_missing_rights_are_refused_before_a_local_call_starts_and_audited() -> None:
    async def body() -> None:
        records: list[Any] = []
        host = FakeRemote()
        host.capabilities = host.capabilities.replace(is_remote=False)
        engine = engine_over(host, audit=records)
        reader = engine.services("r", Caller("eve", rights=Rights.ENABLE))
        await (await reader.run(GetObject(path="Item.Id=1"))).call.stopped()
        await asyncio.sleep(0)
        with pytest.raises(AccessDenied, match="METHOD_EXECUTE"):
            reader.begin(ExecMethod(path="p", method="m"))
        with pytest.raises(AccessDenied, match="REMOTE_ENABLE"):
            engine.services("r", Caller("eve", rights=Rights.ENABLE, is_remote=True)).begin(GetObject(path="p"))
        assert [(r.user, r.operation, r.status) for r in records] == [
            ("eve", "GetObject", 0),
            ("eve", "ExecMethod", 0x80041003),
            ("eve", "GetObject", 0x80041003),
        ]

    run_virtual(body)


def test_more_calls_than_the_limit_are_refused_and_room_comes_back() -> None:
    async def body() -> None:
        services = engine_over(FakeRemote(Gated()), settings(max_requests=2)).services("r", ME)
        first, _second = services.open(QUERY), services.open(QUERY)
        with pytest.raises(QuotaExceeded, match="limit is 2"):
            services.open(QUERY)
        first.release()
        await first.call.stopped()
        await asyncio.sleep(0)
        services.open(QUERY).release()

    run_virtual(body)


def test_a_user_from_afar_has_a_limit_of_their_own_and_leaves_room_for_others() -> None:
    async def body() -> None:
        engine = engine_over(FakeRemote(Gated()), settings(max_requests=4, requests_per_user=2))

        def of(name: str, *, is_remote: bool = True) -> Any:
            return engine.services("r", Caller(name, is_remote=is_remote))

        first, _second = of("eve").open(QUERY), of("EVE").open(QUERY)
        with pytest.raises(QuotaExceeded, match="2 calls of eve are in progress"):
            of("eve").open(QUERY)
        of("bob").open(QUERY).release()
        first.release()
        await first.call.stopped()
        await asyncio.sleep(0)
        of("eve").open(QUERY)
        for _ in range(2):
            of("me", is_remote=False).open(QUERY)

    run_virtual(body)


# -- sinks ---------------------------------------------------------------------------------------------------------


def test_an_asynchronous_get_indicates_once_and_ends_once() -> None:
    async def body() -> None:
        services = engine_over(FakeRemote()).services("r", ME)
        sink = Recorder()
        services.deliver(GetObject(path="Item.Id=1"), sink)
        await sink.completed.wait()
        await asyncio.sleep(1)
        assert (sink.indications, sink.statuses) == ([1], [(0, WBEM_S_NO_ERROR, None, None)])
        assert services._sinks == {}

    run_virtual(body)


def test_an_asynchronous_get_tells_nothing_before_its_end() -> None:
    async def body() -> None:
        host = FakeRemote()
        host.gate = asyncio.Event()
        services = engine_over(host).services("r", ME)
        sink = Recorder()
        services.deliver(GetObject(path="Item.Id=1"), sink)
        await asyncio.sleep(5)
        assert (sink.indications, sink.statuses) == ([], [])
        host.gate.set()
        await sink.completed.wait()
        assert (sink.indications, sink.statuses) == ([1], [(0, WBEM_S_NO_ERROR, None, None)])

    run_virtual(body)


def test_a_sink_hears_of_an_end_when_its_objects_cannot_be_made() -> None:
    async def body() -> None:
        def broken(*_: object) -> Any:
            raise ValueError("no such object")

        services = engine_over(FakeRemote(numbers(2))).services("r", ME)
        sink = Recorder()
        services.deliver(ExecQuery(query="q"), sink, make=broken)
        await sink.completed.wait()
        ((flags, status, _, error),) = sink.statuses
        assert (flags, status, sink.objects) == (0, WBEM_E_FAILED, [])
        assert error.Description == "ValueError: no such object"

    run_virtual(body)


def test_a_call_that_has_ended_leaves_the_others_of_its_sink_to_be_cancelled() -> None:
    async def body() -> None:
        host = FakeRemote(Gated())
        services = engine_over(host).services("r", ME)
        sink = Recorder()
        services.deliver(GetObject(path="Item.Id=1"), sink)
        services.deliver(ExecQuery(query="q"), sink)
        await asyncio.sleep(1)
        assert [status for _, status, _, _ in sink.statuses] == [WBEM_S_NO_ERROR]
        services.cancel(sink)
        await asyncio.sleep(1)
        assert [status for _, status, _, _ in sink.statuses] == [WBEM_S_NO_ERROR, WBEM_E_CALL_CANCELLED]
        assert services._sinks == {}

    run_virtual(body)


def test_an_asynchronous_failure_brings_an_error_object_and_no_indicate() -> None:
    async def body() -> None:
        services = engine_over(FakeRemote()).services("r", ME)
        sink = Recorder()
        services.deliver(GetObject(path="Item.Id=404"), sink)
        await sink.completed.wait()
        ((flags, status, text, error),) = sink.statuses
        assert (flags, status, text, sink.objects) == (0, WBEM_E_NOT_FOUND, None, [])
        assert (error.class_name_, error.Operation, error.ProviderName) == (
            "__ExtendedStatus",
            "GetObject",
            "Windows Management",
        )

    run_virtual(body)


def test_an_asynchronous_put_tells_the_path() -> None:
    async def body() -> None:
        services = engine_over(FakeRemote()).services("r", ME)
        sink = Recorder()
        instance = (await services.run(GetObject(path="Item.Id=1"))).object()
        services.deliver(PutInstance(object=instance, flags=WBEM_FLAG_SEND_STATUS), sink)
        await sink.completed.wait()
        assert sink.statuses == [(0, 0, "Item.Id=7", None)]

    run_virtual(body)


def test_return_immediately_is_no_flag_of_an_asynchronous_call_and_a_sink_is_needed() -> None:
    async def body() -> None:
        services = engine_over(FakeRemote(numbers(1))).services("r", ME)
        with pytest.raises(InvalidParameter):
            services.deliver(ExecQuery(query="q", flags=NOW), Recorder())
        with pytest.raises(InvalidParameter, match="sink"):
            services.deliver(ExecQuery(query="q"), None)
        with pytest.raises(InvalidParameter):
            services.cancel(None)
        with pytest.raises(NotFound):
            services.cancel(Recorder())
        with pytest.raises(InvalidParameter, match="asynchronous"):
            services.deliver(OpenNamespace(namespace="x"), Recorder())

    run_virtual(body)


def test_cancelling_ends_every_call_of_the_sink_with_one_status_and_no_further_object() -> None:
    async def body() -> None:
        script = Gated()
        host = FakeRemote(script)
        services = engine_over(host).services("r", ME)
        sink, other = Recorder(), Recorder()
        for target in (sink, sink, other):
            services.deliver(ExecQuery(query="q"), target)
        script.give(1)
        await asyncio.sleep(1)
        before = len(sink.objects)
        services.cancel(sink)
        script.give(2, 3)
        await asyncio.sleep(1)
        assert len(sink.objects) == before
        assert [status for _, status, _, _ in sink.statuses] == [WBEM_E_CALL_CANCELLED] * 2
        assert other.statuses == []
        services.cancel(sink)
        services.cancel(other)
        await other.completed.wait()

    run_virtual(body)


class Blocking:
    """A sink with plain methods; remembers on which threads they ran."""

    def __init__(self, answer: object = None) -> None:
        self.answer = answer
        self.threads: list[int] = []
        self.ids: list[int] = []
        self.statuses: list[int] = []
        self.completed = threading.Event()

    def indicate(self, objects: Any) -> object:
        self.threads.append(threading.get_ident())
        self.ids += [item.Id for item in objects]
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    def set_status(self, flags: int, hresult: int, text: str | None, error_object: Any) -> None:
        self.threads.append(threading.get_ident())
        self.statuses.append(hresult)
        self.completed.set()


async def until(completed: threading.Event) -> None:
    """Wait on a thread for *completed*, under a wide guard."""
    assert await asyncio.to_thread(completed.wait, 20)


def test_a_blocking_sink_is_called_on_one_thread_that_is_not_the_loops() -> None:
    async def body() -> None:
        services = engine_over(FakeRemote(numbers(2, 2, 2))).services("r", ME)
        sink = Blocking()
        services.deliver(ExecQuery(query="q"), sink)
        await until(sink.completed)
        assert sink.ids == [0, 1, 2, 3, 4, 5]
        assert len(set(sink.threads)) == 1
        assert threading.get_ident() not in sink.threads

    asyncio.run(asyncio.wait_for(body(), 20))


@pytest.mark.parametrize("answer", [0x80004005, ValueError("no more")])
def test_a_sink_that_fails_cancels_its_operation(answer: object) -> None:
    async def body() -> None:
        host = FakeRemote(Gated())
        assert isinstance(host.script, Gated)
        host.script.give(1)
        services = engine_over(host).services("r", ME)
        sink = Blocking(answer)
        call = services.deliver(ExecQuery(query="q"), sink)
        await until(sink.completed)
        assert sink.statuses == [WBEM_E_CALL_CANCELLED]
        await call.stopped()
        assert host.closed == 1

    asyncio.run(asyncio.wait_for(body(), 20))


def test_a_sink_that_does_not_return_is_given_up_after_its_time() -> None:
    async def body() -> None:
        class Stuck(Recorder):
            async def indicate(self, objects: Any) -> None:
                await asyncio.get_running_loop().create_future()

        services = engine_over(FakeRemote(numbers(1, 1))).services("r", ME)
        sink = Stuck()
        start = asyncio.get_running_loop().time()
        services.deliver(ExecQuery(query="q"), sink)
        await sink.completed.wait()
        assert asyncio.get_running_loop().time() - start == pytest.approx(30, abs=1)
        assert [status for _, status, _, _ in sink.statuses] == [WBEM_E_CALL_CANCELLED]

    run_virtual(body)


def test_an_awaited_indicate_holds_the_source_back() -> None:
    async def body() -> None:
        class Slow(Recorder):
            async def indicate(self, objects: Any) -> None:
                await super().indicate(objects)
                await asyncio.sleep(10)

        script = Gated()
        services = engine_over(FakeRemote(script), settings(buffer_objects=5)).services("r", ME)
        for i in range(100):
            script.give(i)
        sink = Slow()
        services.deliver(ExecQuery(query="q"), sink)
        await asyncio.sleep(5)
        assert script.given <= 11, "at most what one Indicate took, and the credit"
        script.end()
        await sink.completed.wait()
        assert sink.ids == list(range(100))

    run_virtual(body)


def test_an_enumeration_that_fails_half_way_indicates_first() -> None:
    async def body() -> None:
        services = engine_over(FakeRemote(numbers(3, then=ProviderError("broke")))).services("r", ME)
        sink = Recorder()
        services.deliver(ExecQuery(query="q"), sink)
        await sink.completed.wait()
        assert sink.ids == [0, 1, 2]
        assert sink.statuses[0][1] == WBEM_E_PROVIDER_FAILURE

    run_virtual(body)


# -- the engine ----------------------------------------------------------------------------------------------------


def test_closing_the_engine_ends_every_call_and_refuses_new_ones() -> None:
    async def body() -> None:
        host = FakeRemote(Gated())
        engine = engine_over(host)
        services = engine.services("r", ME)
        sink = Recorder()
        services.deliver(ExecQuery(query="q"), sink)
        enumerator = services.open(QUERY)
        await asyncio.sleep(1)
        await engine.close()
        assert host.closed == 2
        assert not engine.calls
        assert (await enumerator.next(None, 1)).status == WBEM_E_CALL_CANCELLED
        assert [status for _, status, _, _ in sink.statuses] == [WBEM_E_CALL_CANCELLED]
        with pytest.raises(QuotaExceeded, match="closed"):
            services.open(QUERY)
        await engine.close()

    run_virtual(body)


def test_every_call_leaves_one_audit_record_with_its_rows() -> None:
    async def body() -> None:
        records: list[Any] = []
        services = engine_over(FakeRemote(numbers(3, 4)), audit=records).services("root\\far", ME)
        enumerator = services.open(QUERY)
        await enumerator.next(None, 10)
        await enumerator.call.stopped()
        await asyncio.sleep(0)
        (record,) = records
        assert (record.user, record.namespace, record.operation, record.rows, record.status) == (
            "me",
            "root\\far",
            "ExecQuery",
            7,
            0,
        )

    run_virtual(body)
