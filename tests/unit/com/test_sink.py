"""Sinks: who may be one, on which threads they are called, and what they can do to their operation."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from conformance.fixture_f import PATIENCE, SlowSource
from conformance.recording_sink import RecordingSink
from wmix import com
from wmix.com.sink import SinkBook, sink_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unit.com.conftest import Connect
    from wmix.com import ClassObject, Services

NO_ERROR = (com.WBEM_S_NO_ERROR,)


def query(services: Services, sink: com.ObjectSink) -> tuple[int]:
    return services.exec_query_async("WQL", "SELECT * FROM CF_Part", 0, None, sink)


class AwaitedSink:
    """A sink of coroutines."""

    def __init__(self) -> None:
        self.ids: list[object] = []
        self.status: int | None = None
        self.threads: set[int] = set()
        self.done = threading.Event()

    async def indicate(self, objects: Sequence[ClassObject]) -> None:
        await asyncio.sleep(0)
        self.threads.add(threading.get_ident())
        self.ids += [item.get("Id").value for item in objects]

    async def set_status(self, flags: int, hresult: int, text: str | None, error_object: ClassObject | None) -> None:
        self.status = hresult
        self.done.set()


class SlottedSink:
    """A sink that cannot be referred to weakly."""

    __slots__ = ("done",)

    def __init__(self) -> None:
        self.done = threading.Event()

    def indicate(self, objects: Sequence[ClassObject]) -> None:
        """Take them."""

    def set_status(self, flags: int, hresult: int, text: str | None, error_object: ClassObject | None) -> None:
        self.done.set()


@pytest.mark.parametrize("value", [object(), "sink", lambda: None])
def test_a_sink_has_two_methods(value: Any) -> None:
    with pytest.raises(TypeError, match="indicate"):
        sink_of(value, "sink")


def test_a_sink_is_called_on_another_thread_and_all_calls_on_one(services: Services) -> None:
    sink = RecordingSink()
    assert query(services, sink) == NO_ERROR
    assert sink.done.wait(PATIENCE)
    assert len(sink.threads) == 1
    assert threading.get_ident() not in sink.threads
    assert sorted(map(str, sink.ids())) == ["b1", "g1", "g2", "p1", "p2"]


def test_a_sink_of_coroutines_is_awaited_on_the_loop(services: Services) -> None:
    sink = AwaitedSink()
    assert query(services, sink) == NO_ERROR
    assert sink.done.wait(PATIENCE)
    assert sorted(map(str, sink.ids)) == ["b1", "g1", "g2", "p1", "p2"]
    assert sink.status == com.WBEM_S_NO_ERROR
    assert sink.threads == {services._lease.do(threading.get_ident)}


@pytest.mark.parametrize("answer", [com.WBEM_E_FAILED, -1, ValueError("full")])
def test_a_sink_that_refuses_cancels_its_operation(connect: Connect, answer: int | Exception) -> None:
    slow = SlowSource(5)
    services = connect(slow)

    def refuse() -> object:
        if isinstance(answer, Exception):
            raise answer
        return answer

    sink = RecordingSink(refuse)
    assert services.create_instance_enum_async("CF_Slow", 0, None, sink) == NO_ERROR
    slow.permit(1)
    assert sink.done.wait(PATIENCE)
    assert slow.cancelled.wait(PATIENCE)
    assert sink.calls == ["indicate", "set_status"]
    assert sink.statuses[0].hresult == com.WBEM_E_CALL_CANCELLED


def test_a_sink_that_takes_with_a_success_code_goes_on(connect: Connect) -> None:
    sink = RecordingSink(lambda: com.WBEM_S_NEW_STYLE)
    assert query(connect(), sink) == NO_ERROR
    assert sink.done.wait(PATIENCE)
    assert sink.statuses[0].hresult == com.WBEM_S_NO_ERROR


def test_a_sink_may_call_back_from_indicate(services: Services) -> None:
    found: list[object] = []

    def ask() -> None:
        call = services.get_object('CF_Part="p2"', 0x10, None, call_result=True).call_result
        assert call is not None
        found.append(call.get_result_object(-1).hresult)

    sink = RecordingSink(ask)
    assert services.get_object_async('CF_Part="p1"', 0, None, sink) == NO_ERROR
    assert sink.done.wait(PATIENCE)
    assert found == [com.WBEM_S_NO_ERROR]


def test_a_sink_is_let_go_after_its_final_status(services: Services) -> None:
    sink = RecordingSink()
    gone = threading.Event()
    weakref.finalize(sink, gone.set)
    assert query(services, sink) == NO_ERROR
    assert sink.done.wait(PATIENCE)
    del sink
    # The engine's task may still be on its way out of the delivery: a later call comes after it.
    for _ in range(100):
        gc.collect()
        if gone.is_set():
            break
        services._lease.do(int)
    assert gone.is_set()


def test_a_sink_without_weak_references_is_taken(services: Services) -> None:
    sink = SlottedSink()
    assert query(services, sink) == NO_ERROR
    assert sink.done.wait(PATIENCE)


def test_the_book_forgets_sinks_that_are_gone(services: Services) -> None:
    book = SinkBook()
    sink = RecordingSink()
    adapter = book.begin(sink, services._lease.another())
    assert book.find(sink) is adapter
    assert not book.knew(sink)
    book.end(adapter)
    assert book.find(sink) is None
    assert book.knew(sink)
    del adapter, sink
    gc.collect()
    assert not book._past


def test_a_refused_operation_is_not_remembered(services: Services) -> None:
    book = SinkBook()
    sink = RecordingSink()
    book.end(book.begin(sink, services._lease.another()), refused=True)
    assert not book.knew(sink)
