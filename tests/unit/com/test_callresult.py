"""CallResult: status, object, string and services of a call, now or later."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest

from conformance.fixture_f import PATIENCE, SlowSource
from wmix import com

if TYPE_CHECKING:
    from unit.com.conftest import Connect, Fetch
    from wmix.com import CallResult, Services

IMMEDIATELY = com.WBEM_FLAG_RETURN_IMMEDIATELY


def begun(result: tuple[Any, ...]) -> CallResult:
    assert result[0] == com.WBEM_S_NO_ERROR
    call = result[-1]
    assert isinstance(call, com.CallResult)
    return call


def get(services: Services, path: str) -> CallResult:
    return begun(services.get_object(path, IMMEDIATELY, None, call_result=True))


def test_the_status_of_the_method_is_known_and_that_of_the_operation_is_told(services: Services) -> None:
    assert get(services, 'CF_Part.Id="none"').get_call_status(-1) == (com.WBEM_S_NO_ERROR, com.WBEM_E_NOT_FOUND)
    assert com.get_error_info() is None


def test_a_getter_gives_the_error_of_the_operation_each_time(services: Services) -> None:
    call = get(services, 'CF_Part.Id="none"')
    assert call.get_result_object(-1) == (com.WBEM_E_NOT_FOUND, None)
    assert call.get_result_object(0) == (com.WBEM_E_NOT_FOUND, None)
    assert call.get_result_string(0) == (com.WBEM_E_NOT_FOUND, None)
    assert call.get_result_services(0) == (com.WBEM_E_NOT_FOUND, None)
    error = com.get_error_info()
    assert error is not None
    assert error.get("Operation").value == "GetObject"


def test_a_kind_of_result_that_the_call_does_not_have_is_an_invalid_operation(services: Services) -> None:
    call = get(services, "CF_Part")
    assert call.get_result_string(-1) == (com.WBEM_E_INVALID_OPERATION, None)
    assert call.get_result_services(-1) == (com.WBEM_E_INVALID_OPERATION, None)
    opened = begun(services.open_namespace("none", IMMEDIATELY, None, call_result=True))
    assert opened.get_result_object(-1).hresult == com.WBEM_E_INVALID_NAMESPACE


def test_every_getter_times_out_while_the_operation_runs(connect: Connect) -> None:
    slow = SlowSource()
    call = get(connect(slow), 'CF_Slow.Id="s0"')
    for timeout in (0, 1):
        assert call.get_call_status(timeout) == (com.WBEM_S_TIMEDOUT, None)
        assert call.get_result_object(timeout) == (com.WBEM_S_TIMEDOUT, None)
        assert call.get_result_string(timeout) == (com.WBEM_S_TIMEDOUT, None)
        assert call.get_result_services(timeout) == (com.WBEM_S_TIMEDOUT, None)
    slow.permit_all()
    assert call.get_call_status(com.WBEM_INFINITE) == (com.WBEM_S_NO_ERROR, 0)


def test_a_time_out_below_minus_one_is_an_invalid_parameter(services: Services) -> None:
    call = get(services, "CF_Part")
    assert call.get_call_status(-2) == (com.WBEM_E_INVALID_PARAMETER, None)
    assert call.get_result_object(-2) == (com.WBEM_E_INVALID_PARAMETER, None)


def test_a_released_read_is_cancelled(connect: Connect) -> None:
    slow = SlowSource()
    call = get(connect(slow), 'CF_Slow.Id="s0"')
    assert slow.started.wait(PATIENCE)
    call.release()
    call.release()
    assert slow.cancelled.wait(PATIENCE)
    assert call.get_call_status(0) == (com.WBEM_E_INVALID_OPERATION, None)


def test_a_dropped_read_is_cancelled(connect: Connect) -> None:
    slow = SlowSource()
    call = get(connect(slow), 'CF_Slow.Id="s0"')
    assert slow.started.wait(PATIENCE)
    del call
    gc.collect()
    assert slow.cancelled.wait(PATIENCE)


def test_a_released_write_runs_to_its_end(services: Services, fetch: Fetch) -> None:
    part = fetch("CF_Part").spawn_instance().new_instance
    assert part is not None
    part.put("Id", 0, "kept")
    begun(services.put_instance(part, IMMEDIATELY, None, call_result=True)).release()
    # Calls of one engine begin in order: when this one has ended, the write has too.
    assert get(services, 'CF_Part.Id="kept"').get_call_status(-1).hresult == com.WBEM_S_NO_ERROR
    assert fetch('CF_Part.Id="kept"').get("Id").value == "kept"


def test_opened_services_outlive_what_they_came_from(connect: Connect) -> None:
    root = connect(namespace="root")
    call = begun(root.open_namespace("conf", IMMEDIATELY, None, call_result=True))
    opened = call.get_result_services(-1).services
    root.release()
    call.release()
    assert opened is not None
    assert get(opened, "CF_Part").get_call_status(-1) == (com.WBEM_S_NO_ERROR, 0)


def test_a_wrong_python_type_is_a_programming_error(services: Services) -> None:
    with pytest.raises(TypeError):
        get(services, "CF_Part").get_call_status(1.5)  # type: ignore[arg-type]  # on purpose


def test_a_call_result_can_be_shown(services: Services) -> None:
    assert repr(get(services, "CF_Part")) == "<com.CallResult GetObject>"
