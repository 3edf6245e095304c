"""Conformance cases 11 to 24: enumerators."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.fixture_f import PATIENCE, SlowSource
from conformance.recording_sink import RecordingSink
from wmix import com

if TYPE_CHECKING:
    from conformance.conftest import Connect
    from wmix.com import Enumerator, Services

pytestmark = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")

IMMEDIATELY = com.WBEM_FLAG_RETURN_IMMEDIATELY
SEMISYNCHRONOUS = com.WBEM_FLAG_RETURN_IMMEDIATELY | com.WBEM_FLAG_FORWARD_ONLY


def instances(services: Services, flags: int = 0, class_name: str = "CF_Part") -> Enumerator:
    hresult, enumerator = services.create_instance_enum(class_name, flags)
    assert hresult == com.WBEM_S_NO_ERROR
    assert enumerator is not None
    return enumerator


def ids(enumerator: Enumerator, count: int = 100, timeout: int = -1) -> list[object]:
    return [item.get("Id").value for item in enumerator.next(timeout, count).objects or ()]


def test_an_enumeration_has_the_instances_of_subclasses(services: Services) -> None:
    """Case 11."""
    assert sorted(map(str, ids(instances(services)))) == ["b1", "g1", "g2", "p1", "p2"]


def test_a_shallow_enumeration_has_its_own_class_alone(services: Services) -> None:
    """Case 12."""
    assert sorted(map(str, ids(instances(services, com.WBEM_FLAG_SHALLOW)))) == ["p1", "p2"]


def test_next_of_exactly_what_is_left_succeeds_and_the_one_after_it_says_the_end(services: Services) -> None:
    """Case 13."""
    enumerator = instances(services)
    first = enumerator.next(-1, 5)
    assert (first.hresult, first.returned) == (com.WBEM_S_NO_ERROR, 5)
    assert enumerator.next(-1, 1) == (com.WBEM_S_FALSE, [], 0)


def test_next_of_more_than_there_is_says_the_end_with_all_of_it(services: Services) -> None:
    """Case 14."""
    found = instances(services).next(-1, 6)
    assert (found.hresult, found.returned) == (com.WBEM_S_FALSE, 5)
    assert len(found.objects or ()) == 5


def test_a_poll_gives_what_is_ready_and_moves_past_it(connect: Connect) -> None:
    """Case 15."""
    slow = SlowSource(5)
    enumerator = instances(connect(slow), IMMEDIATELY, "CF_Slow")
    assert enumerator.next(0, 5) == (com.WBEM_S_TIMEDOUT, [], 0)
    slow.permit(2)
    assert ids(enumerator, 1) == ["s0"]
    polled: list[object] = []
    while not polled:
        result = enumerator.next(0, 5)
        assert result.hresult == com.WBEM_S_TIMEDOUT
        assert result.returned == len(result.objects or ())
        polled += [item.get("Id").value for item in result.objects or ()]
    assert polled == ["s1"]
    slow.permit_all()
    last = enumerator.next(-1, 5)
    assert last.hresult == com.WBEM_S_FALSE
    assert [item.get("Id").value for item in last.objects or ()] == ["s2", "s3", "s4"]


def test_an_unknown_class_is_told_by_next_in_semisynchronous_mode(services: Services) -> None:
    """Case 16."""
    hresult, enumerator = services.exec_query("WQL", "SELECT * FROM CF_NoSuch", IMMEDIATELY)
    assert hresult == com.WBEM_S_NO_ERROR
    assert enumerator is not None
    # No slot was written: there is no object in the place of one.
    assert enumerator.next(-1, 1) == (com.WBEM_E_INVALID_CLASS, [], 0)


def test_a_text_that_is_no_query_is_told_by_next_again_and_again(services: Services) -> None:
    """Case 17."""
    hresult, enumerator = services.exec_query("WQL", "process get x", IMMEDIATELY)
    assert hresult == com.WBEM_S_NO_ERROR
    assert enumerator is not None
    assert enumerator.reset() == (com.WBEM_S_NO_ERROR,)
    assert enumerator.next(-1, 1) == (com.WBEM_E_INVALID_QUERY, [], 0)
    assert enumerator.next(-1, 1) == (com.WBEM_E_INVALID_QUERY, [], 0)


def test_an_unknown_class_is_told_by_the_call_in_synchronous_mode(services: Services) -> None:
    """Case 18."""
    assert services.exec_query("WQL", "SELECT * FROM CF_NoSuch") == (com.WBEM_E_INVALID_CLASS, None)


def test_reset_begins_again_with_all_objects(services: Services) -> None:
    """Case 19."""
    enumerator = instances(services)
    first = ids(enumerator, 2)
    assert enumerator.reset() == (com.WBEM_S_NO_ERROR,)
    again = ids(enumerator)
    assert len(again) == 5
    assert again[:2] == first


def test_a_forward_only_enumerator_refuses_reset_and_clone_and_goes_on(services: Services) -> None:
    """Case 20."""
    enumerator = instances(services, com.WBEM_FLAG_FORWARD_ONLY)
    first = ids(enumerator, 2)
    assert enumerator.reset() == (com.WBEM_E_INVALID_OPERATION,)
    assert enumerator.clone() == (com.WBEM_E_INVALID_OPERATION, None)
    assert len({*first, *ids(enumerator)}) == 5


def test_skip_passes_over_objects_up_to_the_end(services: Services) -> None:
    """Case 21."""
    enumerator = instances(services)
    assert enumerator.skip(-1, 3) == (com.WBEM_S_NO_ERROR,)
    left = enumerator.next(-1, 5)
    assert (left.hresult, left.returned) == (com.WBEM_S_FALSE, 2)
    assert enumerator.skip(-1, 10) == (com.WBEM_S_FALSE,)


def test_a_released_enumerator_cancels_its_provider(connect: Connect) -> None:
    """Case 22."""
    slow = SlowSource(5)
    services = connect(slow)
    enumerator = instances(services, SEMISYNCHRONOUS, "CF_Slow")
    slow.permit(1)
    assert ids(enumerator, 1) == ["s0"]
    enumerator.release()
    assert slow.cancelled.wait(PATIENCE)
    slow.permit_all()
    assert slow.produced == 1
    assert enumerator.next(0, 1).hresult == com.WBEM_E_INVALID_OPERATION


def test_next_async_at_the_end_says_so_and_leaves_the_sink_alone(services: Services) -> None:
    """Case 23."""
    enumerator = instances(services)
    assert len(ids(enumerator)) == 5
    sink = RecordingSink()
    assert enumerator.next_async(1, sink) == (com.WBEM_S_FALSE,)
    assert enumerator.next_async(0, sink) == (com.WBEM_S_FALSE,)
    services.release()
    assert sink.calls == []


def test_class_enumerations_are_of_the_top_or_of_what_lies_below(services: Services) -> None:
    """Case 24."""

    def names(superclass: str, flags: int) -> set[object]:
        enumerator = services.create_class_enum(superclass, flags).enumerator
        assert enumerator is not None
        return {cls.get("__CLASS").value for cls in enumerator.next(-1, 10_000).objects or ()}

    top = names("", com.WBEM_FLAG_SHALLOW)
    assert "CF_Part" in top
    assert "CF_Gear" not in top
    assert names("CF_Part", com.WBEM_FLAG_DEEP) == {"CF_Gear", "CF_BigGear"}
