"""The asynchronous twins: what starts, what is refused, what the sink hears, and cancellation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.fixture_f import PATIENCE, SlowSource
from conformance.recording_sink import RecordingSink
from wmix import com
from wmix.port.caller import Caller, Rights

if TYPE_CHECKING:
    from collections.abc import Callable

    from unit.com.conftest import Connect, Fetch
    from wmix.com import Services

NO_ERROR = (com.WBEM_S_NO_ERROR,)
IMMEDIATELY = com.WBEM_FLAG_RETURN_IMMEDIATELY


def ended(sink: RecordingSink) -> int:
    """The HRESULT of the final status."""
    assert sink.done.wait(PATIENCE)
    assert len(sink.statuses) == 1
    return sink.statuses[0].hresult


STARTS: dict[str, Callable[[Services, int, Any], tuple[int]]] = {
    "GetObject": lambda s, flags, sink: s.get_object_async("CF_Part", flags, None, sink),
    "PutClass": lambda s, flags, sink: s.put_class_async(_object(s), flags, None, sink),
    "DeleteClass": lambda s, flags, sink: s.delete_class_async("CF_NoSuch", flags, None, sink),
    "CreateClassEnum": lambda s, flags, sink: s.create_class_enum_async("CF_Part", flags, None, sink),
    "PutInstance": lambda s, flags, sink: s.put_instance_async(_object(s), flags, None, sink),
    "DeleteInstance": lambda s, flags, sink: s.delete_instance_async('CF_Part="p1"', flags, None, sink),
    "CreateInstanceEnum": lambda s, flags, sink: s.create_instance_enum_async("CF_Part", flags, None, sink),
    "ExecQuery": lambda s, flags, sink: s.exec_query_async("WQL", "SELECT * FROM CF_Part", flags, None, sink),
    "ExecNotificationQuery": lambda s, flags, sink: s.exec_notification_query_async("WQL", "x", flags, None, sink),
    "ExecMethod": lambda s, flags, sink: s.exec_method_async("CF_Job", "Create", flags, None, None, sink),
}


def _object(services: Services) -> com.ClassObject:
    call = services.get_object('CF_Part="p1"', IMMEDIATELY, None, call_result=True).call_result
    assert call is not None
    found = call.get_result_object(-1).object
    assert found is not None
    return found


@pytest.mark.parametrize("name", STARTS)
def test_every_twin_takes_send_status_and_ends_with_one_status(connect: Connect, name: str) -> None:
    services, sink = connect(), RecordingSink()
    assert STARTS[name](services, com.WBEM_FLAG_SEND_STATUS, sink) == NO_ERROR
    ended(sink)
    services.release()
    assert sink.calls[-1] == "set_status"
    assert sink.calls.count("set_status") == 1


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.parametrize("flags", [IMMEDIATELY, 0x400])
def test_no_twin_takes_the_flag_of_the_other_mode(services: Services, name: str, flags: int) -> None:
    sink = RecordingSink()
    assert STARTS[name](services, flags, sink) == (com.WBEM_E_INVALID_PARAMETER,)
    services.release()
    assert sink.calls == []


@pytest.mark.parametrize("name", STARTS)
def test_every_twin_needs_a_sink(services: Services, name: str) -> None:
    assert STARTS[name](services, 0, None) == (com.WBEM_E_INVALID_PARAMETER,)
    with pytest.raises(TypeError):
        STARTS[name](services, 0, object())


def test_a_right_that_is_missing_refuses_the_call_and_a_write_right_its_operation(connect: Connect) -> None:
    services, sink = connect(caller=Caller("reader", rights=Rights.READ)), RecordingSink()
    assert STARTS["ExecMethod"](services, 0, sink) == (com.WBEM_E_ACCESS_DENIED,)
    assert sink.calls == []
    assert STARTS["DeleteInstance"](services, 0, sink) == NO_ERROR
    assert ended(sink) == com.WBEM_E_ACCESS_DENIED


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (lambda s, sink: s.exec_query_async("WQL", "SELECT FROM", 0, None, sink), com.WBEM_E_INVALID_QUERY),
        (lambda s, sink: s.exec_query_async("WQL", "SELECT * FROM No", 0, None, sink), com.WBEM_E_INVALID_CLASS),
        (lambda s, sink: s.create_instance_enum_async("No", 0, None, sink), com.WBEM_E_INVALID_CLASS),
        (lambda s, sink: s.delete_instance_async('CF_Part="no"', 0, None, sink), com.WBEM_E_NOT_FOUND),
        (lambda s, sink: s.get_object_async("A.B", 0, None, sink), com.WBEM_E_INVALID_OBJECT_PATH),
    ],
)
def test_what_is_wrong_with_names_and_texts_is_told_to_the_sink(
    services: Services, start: Callable[[Services, RecordingSink], tuple[int]], expected: int
) -> None:
    sink = RecordingSink()
    assert start(services, sink) == NO_ERROR
    assert ended(sink) == expected
    assert sink.calls == ["set_status"]
    assert sink.statuses[0].error_object is not None
    assert com.get_error_info() is None


def test_a_refused_call_leaves_no_error_object_on_the_thread(services: Services) -> None:
    assert services.exec_query_async("XPATH", "x", 0, None, RecordingSink()) == (com.WBEM_E_INVALID_QUERY_TYPE,)
    assert services.cancel_async_call(None) == (com.WBEM_E_INVALID_PARAMETER,)
    assert com.get_error_info() is None


def test_a_method_takes_an_instance_of_its_signature(services: Services, fetch: Fetch) -> None:
    sink = RecordingSink()
    result = services.exec_method_async("CF_Job", "Create", 0, None, fetch("CF_Job"), sink)
    assert result == (com.WBEM_E_INVALID_PARAMETER,)
    assert sink.calls == []


# -- cancellation


def test_cancelling_ends_every_operation_of_the_sink_and_no_other(connect: Connect) -> None:
    slow = SlowSource(3)
    services = connect(slow)
    sink, other = RecordingSink(), RecordingSink()
    for one in (sink, sink, other):
        assert services.create_instance_enum_async("CF_Slow", 0, None, one) == NO_ERROR
    assert services.cancel_async_call(sink) == NO_ERROR
    slow.permit_all()
    assert other.done.wait(PATIENCE)
    assert other.statuses[0].hresult == com.WBEM_S_NO_ERROR
    assert sink.wait_for_statuses(2, PATIENCE)
    assert [status.hresult for status in sink.statuses] == [com.WBEM_E_CALL_CANCELLED] * 2


def test_cancelling_what_has_ended_is_no_error_and_what_never_was_is_not_found(services: Services) -> None:
    sink, stranger = RecordingSink(), RecordingSink()
    assert services.get_object_async("CF_Part", 0, None, sink) == NO_ERROR
    ended(sink)
    assert services.cancel_async_call(sink) == NO_ERROR
    assert services.cancel_async_call(stranger) == (com.WBEM_E_NOT_FOUND,)
    assert services.get_object_async("CF_Part", IMMEDIATELY, None, stranger) == (com.WBEM_E_INVALID_PARAMETER,)
    assert services.cancel_async_call(stranger) == (com.WBEM_E_NOT_FOUND,)


def test_cancelling_a_write_ends_its_delivery_and_not_its_work(services: Services, fetch: Fetch) -> None:
    sink = RecordingSink()
    assert services.delete_instance_async('CF_Part="p2"', 0, None, sink) == NO_ERROR
    assert services.cancel_async_call(sink) == NO_ERROR
    assert ended(sink) in (com.WBEM_E_CALL_CANCELLED, com.WBEM_S_NO_ERROR)
    call = services.get_object('CF_Part="p2"', IMMEDIATELY, None, call_result=True).call_result
    assert call is not None
    assert call.get_call_status(-1) == (com.WBEM_S_NO_ERROR, com.WBEM_E_NOT_FOUND)
