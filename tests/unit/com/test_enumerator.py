"""Enumerator: portions, time-outs, errors after objects, clones, asynchronous portions and release."""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING

import pytest

from conformance.fixture_f import PATIENCE, SlowSource
from conformance.recording_sink import RecordingSink
from wmix import com

if TYPE_CHECKING:
    from unit.com.conftest import Connect
    from wmix.com import Enumerator, Services

IMMEDIATELY = com.WBEM_FLAG_RETURN_IMMEDIATELY
SEMISYNCHRONOUS = com.WBEM_FLAG_RETURN_IMMEDIATELY | com.WBEM_FLAG_FORWARD_ONLY
NO_ERROR = (com.WBEM_S_NO_ERROR,)


def slow_objects(services: Services, flags: int = IMMEDIATELY) -> Enumerator:
    enumerator = services.create_instance_enum("CF_Slow", flags).enumerator
    assert enumerator is not None
    return enumerator


def read(enumerator: Enumerator, count: int, timeout: int = -1) -> tuple[int, list[object]]:
    result = enumerator.next(timeout, count)
    assert result.returned == len(result.objects or ())
    return result.hresult, [item.get("Id").value for item in result.objects or ()]


def test_no_objects_are_asked_for_and_none_come(services: Services) -> None:
    assert slow_objects(services).next(-1, 0) == (com.WBEM_S_NO_ERROR, [], 0)


@pytest.mark.parametrize(
    ("timeout", "count", "slots"),
    [
        (-1, 1, {"want_objects": False}),
        (-1, 1, {"want_returned": False}),
        (-2, 1, {}),
        (0, -1, {}),
    ],
)
def test_null_pointers_and_impossible_numbers_leave_everything_as_it_was(
    services: Services, timeout: int, count: int, slots: dict[str, bool]
) -> None:
    enumerator = slow_objects(services)
    assert enumerator.next(timeout, count, **slots) == (com.WBEM_E_INVALID_PARAMETER, None, None)
    assert read(enumerator, 1) == (com.WBEM_S_NO_ERROR, ["s0"])


def test_an_error_comes_after_the_objects_before_it(connect: Connect) -> None:
    enumerator = slow_objects(connect(SlowSource(5, fail_after=3, permitted=True)))
    assert read(enumerator, 10) == (com.WBEM_S_TIMEDOUT, ["s0", "s1", "s2"])
    assert read(enumerator, 10) == (com.WBEM_E_PROVIDER_FAILURE, [])
    assert read(enumerator, 10) == (com.WBEM_E_PROVIDER_FAILURE, [])
    error = com.get_error_info()
    assert error is not None
    assert error.get("Description").value == "object 3 cannot be read"
    assert enumerator.reset() == NO_ERROR
    assert read(enumerator, 3) == (com.WBEM_S_NO_ERROR, ["s0", "s1", "s2"])
    assert enumerator.clone() == (com.WBEM_E_PROVIDER_FAILURE, None)
    assert enumerator.skip(-1, 1) == (com.WBEM_E_PROVIDER_FAILURE,)


def test_next_waits_for_all_it_was_asked_for(connect: Connect) -> None:
    slow = SlowSource(5)
    enumerator = slow_objects(connect(slow))
    answers: list[tuple[int, list[object]]] = []
    reader = threading.Thread(target=lambda: answers.append(read(enumerator, 2)))
    reader.start()
    assert slow.started.wait(PATIENCE)
    slow.permit(1)
    assert reader.is_alive()
    slow.permit(1)
    reader.join(PATIENCE)
    assert answers == [(com.WBEM_S_NO_ERROR, ["s0", "s1"])]


def test_a_time_out_gives_what_came_in_time(connect: Connect) -> None:
    slow = SlowSource(5)
    enumerator = slow_objects(connect(slow))
    slow.permit(1)
    assert read(enumerator, 1) == (com.WBEM_S_NO_ERROR, ["s0"])
    assert read(enumerator, 3, timeout=1) == (com.WBEM_S_TIMEDOUT, [])
    assert enumerator.skip(1, 3) == (com.WBEM_S_TIMEDOUT,)


def test_clones_read_by_themselves_and_the_last_release_cancels(connect: Connect) -> None:
    slow = SlowSource(5)
    enumerator = slow_objects(connect(slow))
    slow.permit(2)
    assert read(enumerator, 1) == (com.WBEM_S_NO_ERROR, ["s0"])
    hresult, clone = enumerator.clone()
    assert hresult == com.WBEM_S_NO_ERROR
    assert clone is not None
    assert read(enumerator, 1) == (com.WBEM_S_NO_ERROR, ["s1"])
    enumerator.release()
    assert read(clone, 1) == (com.WBEM_S_NO_ERROR, ["s1"])
    assert not slow.cancelled.is_set()
    clone.release()
    assert slow.cancelled.wait(PATIENCE)


def test_a_dropped_enumerator_cancels_its_provider(connect: Connect) -> None:
    slow = SlowSource(5)
    enumerator = slow_objects(connect(slow), SEMISYNCHRONOUS)
    slow.permit(1)
    assert read(enumerator, 1) == (com.WBEM_S_NO_ERROR, ["s0"])
    del enumerator
    gc.collect()
    assert slow.cancelled.wait(PATIENCE)


def test_what_was_released_cannot_be_used(services: Services) -> None:
    enumerator = slow_objects(services)
    enumerator.release()
    enumerator.release()
    assert enumerator.next(-1, 1) == (com.WBEM_E_INVALID_OPERATION, [], 0)
    assert enumerator.reset() == (com.WBEM_E_INVALID_OPERATION,)
    assert enumerator.clone() == (com.WBEM_E_INVALID_OPERATION, None)
    assert enumerator.skip(-1, 1) == (com.WBEM_E_INVALID_OPERATION,)
    assert enumerator.next_async(1, RecordingSink()) == (com.WBEM_E_INVALID_OPERATION,)


def test_asynchronous_portions_are_consecutive_and_each_ends_with_one_status(connect: Connect) -> None:
    slow = SlowSource(5)
    enumerator = slow_objects(connect(slow))
    first, second = RecordingSink(), RecordingSink()
    assert enumerator.next_async(2, first) == NO_ERROR
    assert enumerator.next_async(5, second) == NO_ERROR
    slow.permit_all()
    assert first.done.wait(PATIENCE)
    assert second.done.wait(PATIENCE)
    assert (first.ids(), second.ids()) == (["s0", "s1"], ["s2", "s3", "s4"])
    assert [status.hresult for status in first.statuses] == [com.WBEM_S_NO_ERROR]
    assert [status.hresult for status in second.statuses] == [com.WBEM_S_FALSE]
    assert enumerator.next(-1, 1) == (com.WBEM_S_FALSE, [], 0)


def test_an_asynchronous_portion_ends_with_the_error_of_the_operation(connect: Connect) -> None:
    enumerator = slow_objects(connect(SlowSource(5, fail_after=1, permitted=True)))
    sink = RecordingSink()
    assert enumerator.next_async(5, sink) == NO_ERROR
    assert sink.done.wait(PATIENCE)
    assert sink.ids() == ["s0"]
    assert sink.statuses[0].hresult == com.WBEM_E_PROVIDER_FAILURE
    assert sink.statuses[0].error_object is not None
    assert enumerator.next_async(1, sink) == (com.WBEM_E_PROVIDER_FAILURE,)
    assert com.get_error_info() is None


def test_an_asynchronous_portion_needs_a_sink(services: Services) -> None:
    enumerator = slow_objects(services)
    assert enumerator.next_async(1, None) == (com.WBEM_E_INVALID_PARAMETER,)
    with pytest.raises(TypeError):
        enumerator.next_async(1, object())  # type: ignore[arg-type]  # on purpose


def test_an_enumerator_can_be_shown(services: Services) -> None:
    assert repr(slow_objects(services)) == "<com.Enumerator CreateInstanceEnum 'CF_Slow'>"
