"""The error object of the thread: left by failing calls, given once, seen by nobody else."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import TYPE_CHECKING

from wmix import com
from wmix.com.errors import failed
from wmix.errors import ExtendedStatus, NotFound, ProviderError

if TYPE_CHECKING:
    from wmix.com import ClassObject, Services


def test_a_failure_becomes_its_hresult_and_leaves_its_error_object() -> None:
    assert failed(NotFound("no such thing", operation="GetObject")) == com.WBEM_E_NOT_FOUND
    error = com.get_error_info()
    assert error is not None
    shown = {name: error.get(name).value for name in ("__CLASS", "Description", "Operation", "ProviderName")}
    assert shown == {
        "__CLASS": "__ExtendedStatus",
        "Description": "no such thing",
        "Operation": "GetObject",
        "ProviderName": "Windows Management",
    }
    # A uint32 of 2**31 or more is negative in a variant.
    assert error.get("StatusCode").value == com.WBEM_E_NOT_FOUND - 2**32


def test_the_error_object_is_given_once() -> None:
    failed(NotFound())
    assert com.get_error_info() is not None
    assert com.get_error_info() is None


def test_the_last_failure_counts() -> None:
    failed(NotFound("first"))
    failed(NotFound("second"))
    error = com.get_error_info()
    assert error is not None
    assert error.get("Description").value == "second"


def test_what_a_provider_says_of_its_failure_is_told() -> None:
    failed(ProviderError("outer", extended=ExtendedStatus(description="inner", provider_name="disks")))
    error = com.get_error_info()
    assert error is not None
    assert (error.get("Description").value, error.get("ProviderName").value) == ("inner", "disks")


def test_a_thread_does_not_see_the_errors_of_others(services: Services) -> None:
    seen: list[ClassObject | None] = []
    assert services.get_object("CF_Part", com.WBEM_FLAG_RETURN_IMMEDIATELY).hresult == com.WBEM_E_INVALID_PARAMETER
    other = threading.Thread(target=lambda: seen.append(com.get_error_info()))
    other.start()
    other.join()
    assert seen == [None]
    assert com.get_error_info() is not None


def test_a_successful_call_leaves_none(services: Services) -> None:
    assert services.exec_query("WQL", "SELECT * FROM CF_Part", 0x10).hresult == com.WBEM_S_NO_ERROR
    assert com.get_error_info() is None


def test_an_error_object_keeps_nothing_of_the_failed_call_alive() -> None:
    class Used:
        """Something that the failing call had at hand."""

    def fail(used: Used) -> int:
        try:
            raise NotFound("no such thing")
        except NotFound as error:
            return failed(error)

    used = Used()
    watched = weakref.ref(used)
    fail(used)
    del used
    gc.collect()
    assert watched() is None
    assert com.get_error_info() is not None


def test_handles_of_failed_operations_are_let_go_when_they_are_dropped(services: Services) -> None:
    enumerator = services.exec_query("WQL", "SELECT * FROM CF_No", 0x10).enumerator
    call = services.get_object("CF_No", 0x10, None, call_result=True).call_result
    assert enumerator is not None
    assert call is not None
    assert enumerator.next(-1, 1).hresult == com.WBEM_E_INVALID_CLASS
    assert enumerator.clone().hresult == com.WBEM_E_INVALID_CLASS
    assert call.get_result_object(-1).hresult == com.WBEM_E_NOT_FOUND
    watched = weakref.ref(enumerator), weakref.ref(call)
    gc.disable()
    try:
        del enumerator, call
        assert [reference() for reference in watched] == [None, None]
    finally:
        gc.enable()
