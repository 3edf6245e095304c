"""Services: the out-argument matrix, the modes, warnings, and arguments that are refused."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest

from conformance.fixture_f import PATIENCE, SlowSource
from wmix import com
from wmix.config import Limits, Settings
from wmix.errors import SynchronousCallWarning
from wmix.port.caller import Caller, Rights
from wmix.providers.registration import provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from unit.com.conftest import Connect, Fetch
    from wmix.com import ClassObject, Services
    from wmix.port.provider import InstanceRequest

    #: A call of one result: services, flags, whether there is a call-result pointer.
    Call = Callable[[Services, int, bool], tuple[Any, ...]]

quiet = pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")

IMMEDIATELY = com.WBEM_FLAG_RETURN_IMMEDIATELY
NO_ERROR = com.WBEM_S_NO_ERROR


def spawned(services: Services, class_name: str, **values: object) -> ClassObject:
    call = services.get_object(class_name, IMMEDIATELY, None, call_result=True).call_result
    assert call is not None
    cls = call.get_result_object(-1).object
    assert cls is not None
    made = cls.spawn_instance().new_instance
    assert made is not None
    for name, value in values.items():
        assert made.put(name, 0, value).hresult == NO_ERROR
    return made


def opening(services: Services, flags: int, with_call: bool, name: str = "below") -> tuple[Any, ...]:
    return services.open_namespace(name, flags, None, with_call)  # type: ignore[call-overload,no-any-return]  # either


def getting(services: Services, flags: int, with_call: bool, path: str = "CF_Part") -> tuple[Any, ...]:
    return services.get_object(path, flags, None, with_call)  # type: ignore[call-overload,no-any-return]  # either


def putting(services: Services, flags: int, with_call: bool, name: str = "CF_Part") -> tuple[Any, ...]:
    item = spawned(services, name, Id="new")
    return services.put_instance(item, flags, None, with_call)  # type: ignore[call-overload,no-any-return]  # either


def deleting(services: Services, flags: int, with_call: bool, path: str = 'CF_Part.Id="p2"') -> tuple[Any, ...]:
    return services.delete_instance(path, flags, None, with_call)  # type: ignore[call-overload,no-any-return]  # either


def executing(services: Services, flags: int, with_call: bool, path: str = "CF_Job") -> tuple[Any, ...]:
    return services.exec_method(path, "Create", flags, None, None, with_call)  # type: ignore[call-overload,no-any-return]


CALLS = pytest.mark.parametrize(
    ("call", "wrong", "has_object"),
    [
        pytest.param(getting, "CF_NoSuch", True, id="GetObject"),
        pytest.param(deleting, 'CF_Part.Id="none"', False, id="DeleteInstance"),
        pytest.param(executing, "CF_NoSuch", True, id="ExecMethod"),
    ],
)


@quiet
@CALLS
def test_a_synchronous_call_fills_the_result(call: Call, wrong: str, has_object: bool, services: Services) -> None:
    result = call(services, 0, False)
    assert len(result) == (2 if has_object else 1)
    assert result[0] == NO_ERROR
    assert all(isinstance(item, com.ClassObject) for item in result[1:])


@quiet
@CALLS
def test_a_synchronous_failure_fills_nothing(call: Any, wrong: str, has_object: bool, services: Services) -> None:
    assert call(services, 0, False, wrong) == (com.WBEM_E_NOT_FOUND, None)[: 1 + has_object]
    error = com.get_error_info()
    assert error is not None
    assert error.get("StatusCode").value == com.WBEM_E_NOT_FOUND - 2**32


@CALLS
def test_a_semisynchronous_call_fills_the_call_result_alone(
    call: Call, wrong: str, has_object: bool, services: Services
) -> None:
    result = call(services, IMMEDIATELY, True)
    assert result[:-1] == (NO_ERROR, None)[: 1 + has_object]
    assert result[-1].get_call_status(-1) == (NO_ERROR, 0)


@CALLS
def test_a_semisynchronous_call_needs_a_call_result(
    call: Call, wrong: str, has_object: bool, services: Services
) -> None:
    assert call(services, IMMEDIATELY, False) == (com.WBEM_E_INVALID_PARAMETER, None)[: 1 + has_object]


@CALLS
def test_a_call_that_cannot_be_started_fills_nothing(
    call: Call, wrong: str, has_object: bool, services: Services
) -> None:
    expected = (com.WBEM_E_INVALID_PARAMETER, None, None)[: 2 + has_object]
    assert call(services, IMMEDIATELY | com.WBEM_FLAG_FORWARD_ONLY, True) == expected


@quiet
def test_get_object_without_the_flag_leaves_the_call_result_empty(services: Services) -> None:
    hresult, found, call = getting(services, 0, True)
    assert (hresult, call) == (NO_ERROR, None)
    assert isinstance(found, com.ClassObject)


@quiet
def test_exec_method_without_the_flag_fills_both(services: Services) -> None:
    hresult, out, call = executing(services, 0, True)
    assert hresult == NO_ERROR
    assert out.get("ReturnValue").value == 21
    assert call.get_result_object(0).object.get("ReturnValue").value == 21
    assert executing(services, 0, True, "CF_NoSuch") == (com.WBEM_E_NOT_FOUND, None, None)


def test_writes_tell_their_outcome_by_the_call_result_if_there_is_one(services: Services) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hresult, call = putting(services, 0, True)
        assert hresult == NO_ERROR
        assert call.get_result_string(-1) == (NO_ERROR, 'CF_Part.Id="new"')
        hresult, call = deleting(services, 0, True, 'CF_Part.Id="none"')
        assert hresult == NO_ERROR
        assert call.get_call_status(-1) == (NO_ERROR, com.WBEM_E_NOT_FOUND)


@quiet
def test_open_namespace_gives_services_or_a_call_result(connect: Connect) -> None:
    root = connect(namespace="root")
    assert root.open_namespace("none") == (com.WBEM_E_INVALID_NAMESPACE, None)
    assert root.open_namespace("") == (com.WBEM_E_INVALID_NAMESPACE, None)
    hresult, opened = root.open_namespace("conf")
    assert hresult == NO_ERROR
    assert opened is not None
    assert root.open_namespace("conf", IMMEDIATELY) == (com.WBEM_E_INVALID_PARAMETER, None)
    assert root.open_namespace(None) == (com.WBEM_E_INVALID_PARAMETER, None)
    assert root.open_namespace("conf", 0, com.Context()) == (com.WBEM_E_INVALID_PARAMETER, None)
    hresult, opened, call = root.open_namespace("conf", 0, None, call_result=True)
    assert (hresult, call) == (NO_ERROR, None)
    assert opened is not None


# -- the warning


@pytest.mark.parametrize(
    "call",
    [
        lambda services: services.open_namespace("none"),
        lambda services: services.get_object("CF_Part"),
        lambda services: services.put_class(None),
        lambda services: services.delete_class("CF_NoSuch"),
        lambda services: services.create_class_enum("CF_Part"),
        lambda services: services.put_instance(None),
        lambda services: services.delete_instance("CF_Part"),
        lambda services: services.create_instance_enum("CF_Part"),
        lambda services: services.exec_query("WQL", "SELECT * FROM CF_Part"),
        lambda services: services.exec_method("CF_Job", "Create"),
    ],
)
def test_a_synchronous_call_warns_where_it_is_made(services: Services, call: Callable[[Services], object]) -> None:
    with pytest.warns(SynchronousCallWarning, match="WBEM_FLAG_RETURN_IMMEDIATELY") as caught:
        call(services)
    assert [warning.filename for warning in caught] == [__file__]


def test_semisynchronous_calls_do_not_warn(services: Services) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        services.exec_query("WQL", "SELECT * FROM CF_Part", IMMEDIATELY)
        services.create_class_enum(None, IMMEDIATELY)
        getting(services, IMMEDIATELY, True)


# -- arguments


@quiet
@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda s: s.exec_query(None, "SELECT * FROM CF_Part"), com.WBEM_E_INVALID_PARAMETER),
        (lambda s: s.exec_query("WQL", ""), com.WBEM_E_INVALID_PARAMETER),
        (lambda s: s.exec_query("XPATH", "x"), com.WBEM_E_INVALID_QUERY_TYPE),
        (lambda s: s.exec_query("WQL", "SELECT * FROM CF_Part", 0x80), com.WBEM_E_INVALID_PARAMETER),
        (lambda s: s.exec_query("WQL", "SELECT * FROM " + "X" * 16384, IMMEDIATELY), com.WBEM_E_QUOTA_VIOLATION),
        (lambda s: s.get_object("X" * 8193, IMMEDIATELY, None, True), com.WBEM_E_QUOTA_VIOLATION),
        (lambda s: s.create_instance_enum(None), com.WBEM_E_INVALID_PARAMETER),
        (lambda s: s.create_instance_enum("X" * 4097, IMMEDIATELY), com.WBEM_E_QUOTA_VIOLATION),
        (lambda s: s.create_instance_enum("CF_NoSuch"), com.WBEM_E_INVALID_CLASS),
        (lambda s: s.create_class_enum("CF_NoSuch"), com.WBEM_E_INVALID_CLASS),
        (lambda s: s.put_instance(None), com.WBEM_E_INVALID_PARAMETER),
        (lambda s: s.put_instance(None, 3), com.WBEM_E_INVALID_PARAMETER),
        (lambda s: s.delete_instance(None), com.WBEM_E_INVALID_PARAMETER),
        (lambda s: s.delete_instance("CF_Part"), com.WBEM_E_INVALID_OBJECT_PATH),
        (lambda s: s.delete_class(None), com.WBEM_E_INVALID_PARAMETER),
        (lambda s: s.exec_method(None, "Create"), com.WBEM_E_INVALID_PARAMETER),
        (lambda s: s.exec_method("CF_Job", None), com.WBEM_E_INVALID_PARAMETER),
        (lambda s: s.exec_method("CF_Job", "NoSuch"), com.WBEM_E_INVALID_METHOD),
        (lambda s: s.exec_notification_query("WQL", "SELECT * FROM X", 0), com.WBEM_E_INVALID_PARAMETER),
        (lambda s: s.exec_notification_query("WQL", "SELECT * FROM X", IMMEDIATELY), com.WBEM_E_INVALID_PARAMETER),
        (lambda s: s.query_object_sink(1), com.WBEM_E_INVALID_PARAMETER),
    ],
)
def test_what_a_call_refuses(services: Services, call: Callable[[Services], tuple[Any, ...]], expected: int) -> None:
    result = call(services)
    assert result[0] == expected
    assert all(item is None for item in result[1:])


@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.get_object(5),
        lambda s: s.get_object("x", "0x10"),
        lambda s: s.get_object("x", 0, {"a": 1}),
        lambda s: s.get_object("x", 0x10, None, 1),
        lambda s: s.put_instance({"Id": "x"}),
        lambda s: s.exec_query("WQL", b"SELECT"),
        lambda s: s.exec_method("CF_Job", "Create", 0, None, {"Cmd": "x"}),
    ],
)
@quiet
def test_a_wrong_python_type_is_a_programming_error(services: Services, call: Callable[[Services], object]) -> None:
    with pytest.raises(TypeError):
        call(services)


@quiet
def test_objects_of_the_wrong_kind_are_refused(services: Services, fetch: Fetch) -> None:
    assert services.put_instance(fetch("CF_Part")) == (com.WBEM_E_INVALID_OBJECT,)
    assert services.exec_method("CF_Job", "Create", 0, None, fetch("CF_Job")) == (com.WBEM_E_INVALID_PARAMETER, None)


def test_pushing_events_needs_the_right_to_write(connect: Connect) -> None:
    services = connect(caller=Caller("reader", rights=Rights.READ))
    assert services.query_object_sink() == (com.WBEM_E_ACCESS_DENIED, None)


@quiet
def test_pushed_events_reach_who_subscribes_to_their_class(services: Services, fetch: Fetch) -> None:
    parent = fetch("__ExtrinsicEvent")
    derived = parent.spawn_derived_class().new_class
    assert derived is not None
    assert derived.put("__CLASS", 0, "CF_Pushed").hresult == com.WBEM_S_NO_ERROR
    assert derived.put("N", 0, 0, com.CIM_UINT32).hresult == com.WBEM_S_NO_ERROR
    assert services.put_class(derived).hresult == com.WBEM_S_NO_ERROR
    flags = com.WBEM_FLAG_RETURN_IMMEDIATELY | com.WBEM_FLAG_FORWARD_ONLY
    events = services.exec_notification_query("WQL", "SELECT * FROM CF_Pushed WHERE N > 1", flags).enumerator
    assert events is not None
    hresult, sink = services.query_object_sink()
    assert hresult == com.WBEM_S_NO_ERROR
    assert sink is not None
    pushed = []
    for number in (1, 2):
        event = fetch("CF_Pushed").spawn_instance().new_instance
        assert event is not None
        event.put("N", 0, number)
        pushed.append(event)
    assert sink.indicate(pushed) == (com.WBEM_S_NO_ERROR,)
    found = events.next(20_000, 1)
    assert found.hresult == com.WBEM_S_NO_ERROR
    assert [event.get("N").value for event in found.objects or ()] == [2]
    # All of them, or none.
    part = fetch("CF_Part").spawn_instance().new_instance
    assert part is not None
    assert sink.indicate([pushed[1], part]) == (com.WBEM_E_NOT_EVENT_CLASS,)
    assert sink.indicate([fetch("CF_Pushed")]) == (com.WBEM_E_NOT_EVENT_CLASS,)
    assert events.next(0, 1).returned == 0
    with pytest.raises(TypeError):
        sink.indicate([{"N": 2}])  # type: ignore[list-item]
    assert sink.set_status(0, 0, None, None) == (com.WBEM_S_NO_ERROR,)
    sink.release()
    events.release()


# -- what calls do


@quiet
def test_an_instance_is_put_changed_and_deleted(services: Services) -> None:
    part = spawned(services, "CF_Part", Id="q", Num=7)
    assert services.put_instance(part, com.WBEM_FLAG_UPDATE_ONLY) == (com.WBEM_E_NOT_FOUND,)
    assert services.put_instance(part, com.WBEM_FLAG_CREATE_ONLY) == (NO_ERROR,)
    assert services.put_instance(part, com.WBEM_FLAG_CREATE_ONLY) == (com.WBEM_E_ALREADY_EXISTS,)
    part.put("Num", 0, 8)
    found = services.get_object('CF_Part="q"').object
    assert found is not None
    assert found.get("Num").value == 7
    assert services.put_instance(part) == (NO_ERROR,)
    found = services.get_object('CF_Part="q"').object
    assert found is not None
    assert found.get("Num").value == 8
    assert services.delete_instance('CF_Part="q"') == (NO_ERROR,)
    assert services.get_object('CF_Part="q"') == (com.WBEM_E_NOT_FOUND, None)


@quiet
def test_the_singleton_is_found_by_its_path(services: Services) -> None:
    found = services.get_object("CF_Only=@").object
    assert found is not None
    assert found.get("__RELPATH").value == "CF_Only=@"
    assert found.get("Text").value == "only"


@quiet
def test_an_instance_is_found_by_the_path_of_a_parent_class(services: Services) -> None:
    found = services.get_object('CF_Part.Id="b1"').object
    assert found is not None
    assert found.get("__CLASS").value == "CF_BigGear"


def test_a_change_to_the_object_after_the_call_was_made_is_not_seen_by_it(services: Services) -> None:
    part = spawned(services, "CF_Part", Id="before")
    call = services.put_instance(part, IMMEDIATELY, None, call_result=True).call_result
    part.put("Id", 0, "after")
    assert call is not None
    assert call.get_result_string(-1).string == 'CF_Part.Id="before"'


@quiet
def test_prototype_gives_the_class_of_the_results(services: Services) -> None:
    enumerator = services.exec_query("WQL", "SELECT Tag, Id, Tag FROM CF_Part", com.WBEM_FLAG_PROTOTYPE).enumerator
    assert enumerator is not None
    result = enumerator.next(-1, 2)
    assert (result.hresult, result.returned) == (com.WBEM_S_FALSE, 1)
    cls = (result.objects or ())[0]
    assert cls.get_names(None, com.WBEM_FLAG_NONSYSTEM_ONLY).names == ["Id", "Tag"]
    held = cls.get_property_qualifier_set("Tag").qualifier_set
    assert held is not None
    assert held.get("Order").value == [0, 2]


@quiet
def test_ensure_locatable_brings_the_path(services: Services) -> None:
    def path(flags: int) -> object:
        enumerator = services.exec_query("WQL", "SELECT Num FROM CF_Part WHERE Num = 1", flags).enumerator
        assert enumerator is not None
        return (enumerator.next(-1, 1).objects or ())[0].get("__RELPATH").value

    assert path(0) is None
    assert path(com.WBEM_FLAG_ENSURE_LOCATABLE) == 'CF_Part.Id="p1"'


@quiet
def test_what_a_context_asks_of_a_get_is_all_that_the_provider_reads(connect: Connect) -> None:
    asked: list[object] = []

    @provider("CF_Wide", namespace="root/conf", keys=("Id",), properties={"Id": "string", "A": "uint8", "B": "uint8"})
    def wide(request: InstanceRequest) -> Iterator[Mapping[str, object]]:
        asked.append(request.properties)
        yield {"Id": "x", "A": 1}

    services = connect(providers=[wide])
    context = com.Context()
    context.set_value("__GET_EXTENSIONS", 0, True)
    context.set_value("__GET_EXT_CLIENT_REQUEST", 0, True)
    context.set_value("__GET_EXT_PROPERTIES", 0, ["a"])
    hresult, found = services.get_object('CF_Wide="x"', 0, context)
    assert hresult == NO_ERROR
    assert found is not None
    assert (found.get("A").value, found.get("B").value) == (1, None)
    assert asked == [frozenset({"A", "Id"})]


@quiet
def test_a_provider_that_fails_half_way_fails_the_synchronous_call(connect: Connect) -> None:
    services = connect(SlowSource(5, fail_after=3, code=com.WBEM_E_TRANSPORT_FAILURE, permitted=True))
    assert services.create_instance_enum("CF_Slow") == (com.WBEM_E_TRANSPORT_FAILURE, None)


def test_calls_in_progress_are_limited(connect: Connect) -> None:
    slow = SlowSource()
    services = connect(slow, settings=Settings(limits=Limits(max_requests=2)))
    path = 'CF_Slow.Id="s0"'
    running = [services.get_object(path, IMMEDIATELY, None, call_result=True) for _ in range(2)]
    assert [result.hresult for result in running] == [NO_ERROR, NO_ERROR]
    refused = services.get_object(path, IMMEDIATELY, None, call_result=True)
    assert refused == (com.WBEM_E_QUOTA_VIOLATION, None, None)
    slow.permit_all()
    for result in running:
        assert result.call_result is not None
        assert result.call_result.get_call_status(-1) == (NO_ERROR, 0)
    assert services.get_object(path, IMMEDIATELY, None, call_result=True).hresult == NO_ERROR


def test_released_services_refuse_and_their_enumerators_go_on(connect: Connect) -> None:
    slow = SlowSource(2)
    services = connect(slow)
    enumerator = services.create_instance_enum("CF_Slow", IMMEDIATELY).enumerator
    services.release()
    assert services.create_instance_enum("CF_Slow", IMMEDIATELY) == (com.WBEM_E_INVALID_OPERATION, None)
    assert enumerator is not None
    slow.permit_all()
    assert enumerator.next(-1, 5).returned == 2
    assert slow.finished.wait(PATIENCE)


def test_services_can_be_shown(services: Services) -> None:
    assert repr(services) == "<com.Services root\\conf>"
