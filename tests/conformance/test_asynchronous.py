"""Conformance cases 25 to 32: asynchronous calls and sinks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.fixture_f import PATIENCE, SlowSource
from conformance.recording_sink import RecordingSink
from wmix import com

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.conftest import Connect
    from wmix.com import Services

P1 = 'CF_Part.Id="p1"'
IMMEDIATELY = com.WBEM_FLAG_RETURN_IMMEDIATELY


def spawned(services: Services, class_name: str, **values: object) -> com.ClassObject:
    """An instance of a class with values, not yet put."""
    call = services.get_object(class_name, IMMEDIATELY, None, call_result=True).call_result
    assert call is not None
    cls = call.get_result_object(-1).object
    assert cls is not None
    made = cls.spawn_instance().new_instance
    assert made is not None
    for name, value in values.items():
        assert made.put(name, 0, value).hresult == com.WBEM_S_NO_ERROR
    return made


def test_an_asynchronous_get_indicates_one_object_and_completes(services: Services) -> None:
    """Case 25."""
    sink = RecordingSink()
    assert services.get_object_async(P1, 0, None, sink) == (com.WBEM_S_NO_ERROR,)
    assert sink.done.wait(PATIENCE)
    assert sink.calls == ["indicate", "set_status"]
    assert sink.ids() == ["p1"]
    assert sink.statuses == [(com.WBEM_STATUS_COMPLETE, com.WBEM_S_NO_ERROR, None, None)]


def test_an_asynchronous_query_needs_a_sink(services: Services) -> None:
    """Case 26."""
    assert services.exec_query_async("WQL", "SELECT * FROM CF_Part", 0, None, None) == (com.WBEM_E_INVALID_PARAMETER,)


def test_an_asynchronous_get_of_nothing_completes_with_an_error_object(services: Services) -> None:
    """Case 27."""
    sink = RecordingSink()
    assert services.get_object_async('CF_Part.Id="none"', 0, None, sink) == (com.WBEM_S_NO_ERROR,)
    assert sink.done.wait(PATIENCE)
    assert sink.calls == ["set_status"]
    flags, hresult, text, error = sink.statuses[0]
    assert (flags, hresult, text) == (com.WBEM_STATUS_COMPLETE, com.WBEM_E_NOT_FOUND, None)
    assert error is not None
    assert error.get("__CLASS").value == "__ExtendedStatus"
    # The thread that made the call has no error of it (0.8).
    assert com.get_error_info() is None


def test_a_cancelled_call_gets_one_final_status_and_no_object_after_it(connect: Connect) -> None:
    """Case 28."""
    slow = SlowSource(5)
    services = connect(slow)
    sink = RecordingSink()
    assert services.create_instance_enum_async("CF_Slow", 0, None, sink) == (com.WBEM_S_NO_ERROR,)
    slow.permit(1)
    assert sink.first.wait(PATIENCE)
    assert services.cancel_async_call(sink) == (com.WBEM_S_NO_ERROR,)
    slow.permit_all()
    assert sink.done.wait(PATIENCE)
    assert slow.cancelled.wait(PATIENCE)
    assert sink.calls == ["indicate", "set_status"]
    assert sink.statuses[0][:3] == (com.WBEM_STATUS_COMPLETE, com.WBEM_E_CALL_CANCELLED, None)


def test_cancelling_needs_a_sink(services: Services) -> None:
    """Case 29."""
    assert services.cancel_async_call(None) == (com.WBEM_E_INVALID_PARAMETER,)


def test_the_final_status_of_an_asynchronous_put_has_the_path(services: Services) -> None:
    """Case 30."""
    sink = RecordingSink()
    part = spawned(services, "CF_Part", Id="new")
    assert services.put_instance_async(part, 0, None, sink) == (com.WBEM_S_NO_ERROR,)
    assert sink.done.wait(PATIENCE)
    assert sink.statuses == [(com.WBEM_STATUS_COMPLETE, com.WBEM_S_NO_ERROR, 'CF_Part.Id="new"', None)]


def test_an_asynchronous_method_indicates_its_out_parameters(services: Services) -> None:
    """Case 31."""
    call = services.get_object("CF_Job", IMMEDIATELY, None, call_result=True).call_result
    assert call is not None
    job = call.get_result_object(-1).object
    assert job is not None
    signature = job.get_method("Create").in_signature
    assert signature is not None
    parameters = signature.spawn_instance().new_instance
    assert parameters is not None
    assert parameters.put("Cmd", 0, "run").hresult == com.WBEM_S_NO_ERROR
    sink = RecordingSink()
    assert services.exec_method_async("CF_Job", "Create", 0, None, parameters, sink) == (com.WBEM_S_NO_ERROR,)
    assert sink.done.wait(PATIENCE)
    assert sink.calls == ["indicate", "set_status"]
    assert [(out.get("ReturnValue").value, out.get("Id").value) for out in sink.objects] == [(0, 3)]
    assert sink.statuses[0].hresult == com.WBEM_S_NO_ERROR


@pytest.mark.parametrize(
    "start",
    [
        lambda services, sink: services.get_object_async(P1, 0, None, sink),
        lambda services, sink: services.create_class_enum_async(None, 0, None, sink),
        lambda services, sink: services.create_instance_enum_async("CF_Part", 0, None, sink),
        lambda services, sink: services.exec_query_async("WQL", "SELECT * FROM CF_Part", 0, None, sink),
        lambda services, sink: services.exec_query_async("WQL", "SELECT FROM WHERE", 0, None, sink),
        lambda services, sink: services.exec_method_async("CF_Job", "Create", 0, None, None, sink),
        lambda services, sink: services.put_instance_async(spawned(services, "CF_Part", Id="x"), 0, None, sink),
        lambda services, sink: services.delete_instance_async('CF_Part.Id="p2"', 0, None, sink),
    ],
    ids=["get", "classes", "instances", "query", "wrong query", "method", "put", "delete"],
)
def test_every_asynchronous_call_has_exactly_one_status(
    connect: Connect, start: Callable[[Services, RecordingSink], tuple[int]]
) -> None:
    """Case 32."""
    services = connect()
    sink = RecordingSink()
    assert start(services, sink) == (com.WBEM_S_NO_ERROR,)
    assert sink.done.wait(PATIENCE)
    # Whatever was still to come would have come before the connection has ended.
    services.release()
    assert sink.calls.count("set_status") == 1
    assert sink.calls[-1] == "set_status"
