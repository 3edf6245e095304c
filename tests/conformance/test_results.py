"""Conformance cases 1 to 10: calls with one result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.fixture_f import SlowSource
from wmix import com

if TYPE_CHECKING:
    from conformance.conftest import Connect
    from wmix.com import Services

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")

P1 = 'CF_Part.Id="p1"'
IMMEDIATELY = com.WBEM_FLAG_RETURN_IMMEDIATELY


def test_a_synchronous_get_object_fills_the_object_and_no_call_result(services: Services) -> None:
    """Case 1."""
    hresult, found, call_result = services.get_object(P1, 0, None, call_result=True)
    assert (hresult, call_result) == (com.WBEM_S_NO_ERROR, None)
    assert found is not None
    assert found.get("__CLASS").value == "CF_Part"
    assert found.get("Num").value == 1


def test_a_semisynchronous_get_object_gives_a_call_result_that_has_the_object(services: Services) -> None:
    """Case 2."""
    hresult, found, call = services.get_object(P1, IMMEDIATELY, None, call_result=True)
    assert (hresult, found) == (com.WBEM_S_NO_ERROR, None)
    assert call is not None
    assert call.get_call_status(-1) == (com.WBEM_S_NO_ERROR, 0)
    hresult, found = call.get_result_object(com.WBEM_INFINITE)
    assert hresult == com.WBEM_S_NO_ERROR
    assert found is not None
    assert found.get("Id").value == "p1"


def test_a_semisynchronous_get_object_without_a_call_result_starts_nothing(connect: Connect) -> None:
    """Case 3."""
    slow = SlowSource()
    services = connect(slow)
    assert services.get_object('CF_Slow.Id="s0"', IMMEDIATELY, None) == (com.WBEM_E_INVALID_PARAMETER, None)
    assert not slow.started.is_set()


def test_a_result_that_is_not_there_yet_times_out_and_is_copied_each_time_afterwards(connect: Connect) -> None:
    """Case 4."""
    slow = SlowSource()
    _, _, call = connect(slow).get_object('CF_Slow.Id="s1"', IMMEDIATELY, None, call_result=True)
    assert call is not None
    assert call.get_result_object(0) == (com.WBEM_S_TIMEDOUT, None)
    slow.permit_all()
    first = call.get_result_object(-1)
    assert first.hresult == com.WBEM_S_NO_ERROR
    assert first.object is not None
    assert first.object.put("Id", 0, "changed").hresult == com.WBEM_S_NO_ERROR
    second = call.get_result_object(0)
    assert second.object is not None
    assert second.object.get("Id").value == "s1"


def test_the_result_string_of_put_instance_is_the_path(services: Services) -> None:
    """Case 5."""
    cls = services.get_object("CF_Pair").object
    assert cls is not None
    pair = cls.spawn_instance().new_instance
    assert pair is not None
    pair.put("A", 0, 7)
    pair.put("B", 0, "q")
    hresult, call = services.put_instance(pair, IMMEDIATELY, None, call_result=True)
    assert hresult == com.WBEM_S_NO_ERROR
    assert call is not None
    hresult, path = call.get_result_string(-1)
    assert hresult == com.WBEM_S_NO_ERROR
    parsed = com.Path()
    assert parsed.set_text(com.WBEMPATH_CREATE_ACCEPT_ALL, path).hresult == com.WBEM_S_NO_ERROR
    assert parsed.is_same_class_name("CF_Pair")
    keys = parsed.get_key_list().key_list
    assert keys is not None
    found = [keys.get_key2(index) for index in range(keys.get_count().value or 0)]
    assert {key.name: key.value for key in found} == {"A": 7, "B": "q"}
    assert services.get_object(path).hresult == com.WBEM_S_NO_ERROR


def test_deleting_what_is_not_there_is_told_by_the_call_result_when_there_is_one(services: Services) -> None:
    """Case 6."""
    hresult, call = services.delete_instance('CF_Part.Id="none"', 0, None, call_result=True)
    assert hresult == com.WBEM_S_NO_ERROR
    assert call is not None
    assert call.get_call_status(-1) == (com.WBEM_S_NO_ERROR, com.WBEM_E_NOT_FOUND)


def test_deleting_what_is_not_there_fails_without_a_call_result(services: Services) -> None:
    """Case 7."""
    assert services.delete_instance('CF_Part.Id="none"', 0, None) == (com.WBEM_E_NOT_FOUND,)


@pytest.mark.parametrize("flags", [com.WBEM_FLAG_FORWARD_ONLY, com.WBEM_FLAG_SEND_STATUS])
def test_get_object_refuses_flags_of_other_calls(services: Services, flags: int) -> None:
    """Case 8."""
    assert services.get_object(P1, flags) == (com.WBEM_E_INVALID_PARAMETER, None)


@pytest.mark.parametrize("path", [None, ""])
def test_no_path_gives_an_empty_class_that_takes_a_name(services: Services, path: str | None) -> None:
    """Case 9."""
    hresult, cls = services.get_object(path)
    assert hresult == com.WBEM_S_NO_ERROR
    assert cls is not None
    assert cls.get("__GENUS").value == com.WBEM_GENUS_CLASS
    assert cls.get_names(None, com.WBEM_FLAG_NONSYSTEM_ONLY).names == []
    assert cls.put("__CLASS", 0, "CF_New").hresult == com.WBEM_S_NO_ERROR
    assert cls.get("__CLASS").value == "CF_New"


def test_a_namespace_is_opened_semisynchronously(connect: Connect) -> None:
    """Case 10."""
    root = connect(namespace="root")
    hresult, opened, call = root.open_namespace("conf", IMMEDIATELY, None, call_result=True)
    assert (hresult, opened) == (com.WBEM_S_NO_ERROR, None)
    assert call is not None
    hresult, services = call.get_result_services(-1)
    assert hresult == com.WBEM_S_NO_ERROR
    assert services is not None
    classes = services.create_class_enum(None, 0).enumerator
    assert classes is not None
    names = [cls.get("__CLASS").value for cls in classes.next(-1, 10_000).objects or ()]
    assert "CF_Part" in names
    part = services.get_object("CF_Part").object
    assert part is not None
    assert part.get("__NAMESPACE").value == "root\\conf"
