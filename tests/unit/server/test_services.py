"""IWbemServices over the wire: each method synchronously and semisynchronously, and which results it fills."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from conformance.fixture_f import GEAR, JOB, PAIR, SlowSource, instance
from unit.server.conversation import Peer, ipid_of
from unit.server.served_fixture import CONF, Fixture, with_server
from unit.server.test_enumerator import enumeration, ids, next_of
from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.instances import CimInstance
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.engine.calls.states import CallState
from wmix.protocol.wbem.call_result import CALL_RESULT, WaitForResult
from wmix.protocol.wbem.interface_types import ABSENT
from wmix.protocol.wbem.object_sink import OBJECT_SINK, Indicate, SetStatus
from wmix.protocol.wbem.services import (
    SERVICES,
    CreateClassEnum,
    DeleteClass,
    DeleteInstance,
    ExecMethod,
    ExecNotificationQuery,
    ExecQuery,
    GetObject,
    OpenNamespace,
    PutClass,
    PutInstance,
    QueryObjectSink,
)
from wmix.protocol.wmio import decode_object, encode_object
from wmix.status import (
    WBEM_E_ACCESS_DENIED,
    WBEM_E_INVALID_CLASS,
    WBEM_E_INVALID_OPERATION,
    WBEM_E_INVALID_PARAMETER,
    WBEM_E_INVALID_QUERY,
    WBEM_E_INVALID_QUERY_TYPE,
    WBEM_E_NOT_EVENT_CLASS,
    WBEM_E_NOT_FOUND,
    WBEM_S_NO_ERROR,
    WBEM_S_TIMEDOUT,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wmix.protocol.ndr.guid import Guid
    from wmix.protocol.ndr.parameters import Parameters

IMMEDIATELY = 0x10
INFINITE = 0xFFFFFFFF
PATH = 'CF_Part.Id="p1"'


def asking(
    test: Callable[[Fixture, Peer, Guid], Awaitable[None]], slow: SlowSource | None = None, **options: Any
) -> None:
    """Run *test* with the services of root\\conf."""

    async def run(fixture: Fixture) -> None:
        peer = fixture.peer()
        await test(fixture, peer, await peer.log_in(CONF))

    with_server(run, slow, **options)


async def result_of(peer: Peer, name: str, asked: Parameters, services: Guid, getter: str = "GetCallStatus") -> Any:
    """The answer of a getter of the call result that a call gives."""
    reply = await peer.call(SERVICES, name, asked, services)
    assert reply.hresult == WBEM_S_NO_ERROR
    return await peer.call(CALL_RESULT, getter, WaitForResult(INFINITE), ipid_of(reply.call_result))


def decoded(octets: Any) -> Any:
    assert isinstance(octets, bytes)
    return decode_object(octets)


def test_an_object_comes_synchronously() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        reply = await peer.call(SERVICES, "GetObject", GetObject(PATH), services)
        assert (reply.hresult, reply.call_result) == (WBEM_S_NO_ERROR, ABSENT)
        assert decoded(reply.object).Id == "p1"

    asking(test)


def test_a_synchronous_object_leaves_the_call_result_null() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        reply = await peer.call(SERVICES, "GetObject", GetObject(PATH, wants_call_result=True), services)
        assert decoded(reply.object).Id == "p1"
        assert reply.call_result is None

    asking(test)


def test_an_object_comes_semisynchronously() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        asked = GetObject('CF_Slow.Id="s1"', IMMEDIATELY, wants_call_result=True)
        reply = await peer.call(SERVICES, "GetObject", asked, services)
        assert reply.object is None
        handle = ipid_of(reply.call_result)
        poll = await peer.call(CALL_RESULT, "GetResultObject", WaitForResult(0), handle)
        assert (poll.hresult, poll.object) == (WBEM_S_TIMEDOUT, None)
        status = await peer.call(CALL_RESULT, "GetCallStatus", WaitForResult(0), handle)
        assert status.hresult == WBEM_S_TIMEDOUT
        slow.permit_all()
        for _ in range(2):  # each getter may be asked again
            status = await peer.call(CALL_RESULT, "GetCallStatus", WaitForResult(INFINITE), handle)
            assert (status.hresult, status.status) == (WBEM_S_NO_ERROR, WBEM_S_NO_ERROR)
            found = await peer.call(CALL_RESULT, "GetResultObject", WaitForResult(INFINITE), handle)
            assert decoded(found.object).Id == "s1"

    slow = SlowSource()
    asking(test, slow)


@pytest.mark.parametrize("getter", ["GetResultObject", "GetResultString", "GetResultServices", "GetCallStatus"])
def test_a_getter_waits_as_long_as_it_was_asked_to_and_ends_when_it_is_cancelled(getter: str) -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        asked = GetObject('CF_Slow.Id="s1"', IMMEDIATELY, wants_call_result=True)
        handle = ipid_of((await peer.call(SERVICES, "GetObject", asked, services)).call_result)
        assert (await peer.call(CALL_RESULT, getter, WaitForResult(0), handle)).hresult == WBEM_S_TIMEDOUT
        for _ in range(2):  # it is no task that is cancelled for good
            call = peer.ask(CALL_RESULT, getter, WaitForResult(INFINITE), handle)
            for _ in range(5):
                await asyncio.sleep(0)
            peer.association.cancel(call)
            peer.send()
            assert (await peer.answer(call, CALL_RESULT, getter)).hresult == WBEM_S_TIMEDOUT
        slow.permit_all()
        found = await peer.call(CALL_RESULT, "GetResultObject", WaitForResult(INFINITE), handle)
        assert decoded(found.object).Id == "s1"

    slow = SlowSource()
    asking(test, slow)


def test_a_read_is_given_up_when_its_call_result_is_released() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        asked = GetObject('CF_Slow.Id="s1"', IMMEDIATELY, wants_call_result=True)
        handle = ipid_of((await peer.call(SERVICES, "GetObject", asked, services)).call_result)
        (running,) = fixture.engine.calls
        await peer.release(handle)
        assert running.state is CallState.CANCELLED

    asking(test, SlowSource())


def test_a_synchronous_write_with_a_call_result_has_ended_when_it_returns() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        octets = encode_object(instance(PAIR, A=7, B="x"), decoration=None)
        put = PutInstance(octets, 0, wants_call_result=True)
        handle = ipid_of((await peer.call(SERVICES, "PutInstance", put, services)).call_result)
        told = await peer.call(CALL_RESULT, "GetCallStatus", WaitForResult(0), handle)
        assert (told.hresult, told.status) == (WBEM_S_NO_ERROR, WBEM_S_NO_ERROR)

    asking(test)


def test_a_sink_for_events_is_given_without_flags_only_and_takes_events_only() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        refused = await peer.call(SERVICES, "QueryObjectSink", QueryObjectSink(1), services)
        assert (refused.hresult, refused.sink) == (WBEM_E_INVALID_PARAMETER, None)
        sink = ipid_of((await peer.call(SERVICES, "QueryObjectSink", QueryObjectSink(), services)).sink)
        given = Indicate((encode_object(PAIR, decoration=None),))
        assert (await peer.call(OBJECT_SINK, "Indicate", given, sink)).hresult == WBEM_E_NOT_EVENT_CLASS

    asking(test)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("GetObject", GetObject(PATH, IMMEDIATELY)),
        ("OpenNamespace", OpenNamespace("x", IMMEDIATELY)),
        ("PutClass", PutClass(None, IMMEDIATELY)),
        ("DeleteClass", DeleteClass("CF_Part", IMMEDIATELY)),
        ("PutInstance", PutInstance(None, IMMEDIATELY)),
        ("DeleteInstance", DeleteInstance(PATH, IMMEDIATELY)),
        ("ExecMethod", ExecMethod("CF_Job", "Create", IMMEDIATELY)),
    ],
)
def test_a_semisynchronous_call_needs_a_place_for_its_call_result(name: str, asked: Parameters) -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        assert (await peer.call(SERVICES, name, asked, services)).hresult == WBEM_E_INVALID_PARAMETER

    asking(test)


def test_the_status_of_a_failed_call_is_told_and_the_other_getters_fail_with_it() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        asked = GetObject('CF_Part.Id="none"', IMMEDIATELY, wants_call_result=True)
        status = await result_of(peer, "GetObject", asked, services)
        assert (status.hresult, status.status) == (WBEM_S_NO_ERROR, WBEM_E_NOT_FOUND)
        for getter in ("GetResultObject", "GetResultString", "GetResultServices"):
            assert (await result_of(peer, "GetObject", asked, services, getter)).hresult == WBEM_E_NOT_FOUND

    asking(test)


def test_a_failed_object_is_null_where_the_client_has_a_place_for_it() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        for wants in (True, False):
            reply = await peer.call(SERVICES, "GetObject", GetObject('CF_Part.Id="none"', wants_object=wants), services)
            assert reply.hresult == WBEM_E_NOT_FOUND
            assert reply.object is (None if wants else ABSENT)

    asking(test)


def test_no_path_gives_an_empty_class() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        for path in (None, ""):
            empty = decoded((await peer.call(SERVICES, "GetObject", GetObject(path), services)).object)
            assert isinstance(empty, CimClass)
            assert (empty.name, len(empty.properties)) == ("", 0)

    asking(test)


def test_an_instance_is_put_and_deleted_in_both_modes() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        for flags in (0, IMMEDIATELY):
            unit = encode_object(instance(GEAR, Id="new", Num=3), decoration=None)
            asked = PutInstance(unit, flags, wants_call_result=True)
            assert (await result_of(peer, "PutInstance", asked, services)).status == WBEM_S_NO_ERROR
            string = await result_of(peer, "PutInstance", asked, services, "GetResultString")
            assert string.string.endswith('CF_Gear.Id="new"')
            found = await peer.call(SERVICES, "GetObject", GetObject('CF_Gear.Id="new"'), services)
            assert decoded(found.object).Num == 3
            gone = DeleteInstance('CF_Gear.Id="new"', flags, wants_call_result=True)
            assert (await result_of(peer, "DeleteInstance", gone, services)).status == WBEM_S_NO_ERROR
            assert (await result_of(peer, "DeleteInstance", gone, services)).status == WBEM_E_NOT_FOUND

    asking(test)


def test_without_a_place_for_a_call_result_a_write_tells_its_own_end() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        gone = await peer.call(SERVICES, "DeleteInstance", DeleteInstance('CF_Part.Id="none"'), services)
        assert (gone.hresult, gone.call_result) == (WBEM_E_NOT_FOUND, ABSENT)

    asking(test)


def test_a_class_is_put_enumerated_and_deleted() -> None:
    key = CimProperty("K", CimType.STRING, qualifiers=QualifierSet((Qualifier.of("key"),)))
    unit = encode_object(derive(None, "CF_New", properties=[key]), decoration=None)

    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        put = await peer.call(SERVICES, "PutClass", PutClass(unit), services)
        assert put.hresult == WBEM_S_NO_ERROR
        reply = await peer.call(SERVICES, "CreateClassEnum", CreateClassEnum(None, IMMEDIATELY), services)
        found = await next_of(peer, ipid_of(reply.enumerator), 1000)
        assert "CF_New" in {decoded(item).name for item in found.objects}
        gone = await peer.call(SERVICES, "DeleteClass", DeleteClass("CF_New"), services)
        assert gone.hresult == WBEM_S_NO_ERROR
        missing = await peer.call(SERVICES, "GetObject", GetObject("CF_New"), services)
        assert missing.hresult == WBEM_E_NOT_FOUND

    asking(test)


def test_a_method_fills_both_results() -> None:
    signature = JOB.methods["Create"].in_signature
    assert signature is not None
    unit = encode_object(instance(signature, Cmd="abc"), decoration=None)

    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        asked = ExecMethod("CF_Job", "Create", 0, None, unit, wants_call_result=True)
        reply = await peer.call(SERVICES, "ExecMethod", asked, services)
        assert (decoded(reply.result).ReturnValue, decoded(reply.result).Id) == (0, 3)
        again = await peer.call(CALL_RESULT, "GetResultObject", WaitForResult(0), ipid_of(reply.call_result))
        assert decoded(again.object).Id == 3
        semi = await result_of(
            peer,
            "ExecMethod",
            ExecMethod("CF_Job", "Create", IMMEDIATELY, None, unit, wants_call_result=True),
            services,
            "GetResultObject",
        )
        assert decoded(semi.object).Id == 3

    asking(test)


def test_a_call_result_that_has_no_such_result_says_so() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        asked = GetObject(PATH, IMMEDIATELY, wants_call_result=True)
        for getter in ("GetResultString", "GetResultServices"):
            assert (await result_of(peer, "GetObject", asked, services, getter)).hresult == WBEM_E_INVALID_OPERATION

    asking(test)


def test_a_method_needs_its_right() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        reply = await peer.call(SERVICES, "ExecMethod", ExecMethod("CF_Job", "Create"), services)
        assert reply.hresult == WBEM_E_ACCESS_DENIED
        assert fixture.calls[-1].status == WBEM_E_ACCESS_DENIED
        assert fixture.calls[-1].user == "DOM\\alice"
        assert fixture.calls[-1].address == "192.0.2.7"

    asking(test, grants=("DOM\\alice=write",))


def test_reading_needs_no_grant() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        assert ids(await next_of(peer, await enumeration(peer, services, "CF_Gear"), 1))

    asking(test, grants=())


def test_a_namespace_is_opened_in_both_modes() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        root = await peer.open("root")
        for namespace in ("conf", "CONF"):
            reply = await peer.call(SERVICES, "OpenNamespace", OpenNamespace(namespace), root)
            opened = ipid_of(reply.services)
            assert (await peer.call(SERVICES, "GetObject", GetObject(PATH), opened)).hresult == WBEM_S_NO_ERROR
        asked = OpenNamespace("conf", IMMEDIATELY, wants_services=True, wants_call_result=True)
        later = ipid_of((await result_of(peer, "OpenNamespace", asked, root, "GetResultServices")).services)
        assert (await peer.call(SERVICES, "GetObject", GetObject(PATH), later)).hresult == WBEM_S_NO_ERROR

    asking(test)


@pytest.mark.parametrize(
    ("query", "language", "hresult"),
    [
        ("SELEKT", "WQL", WBEM_E_INVALID_QUERY),
        ("SELECT * FROM No_Such", "WQL", WBEM_E_INVALID_CLASS),
        ("SELECT * FROM CF_Part", "SQL", WBEM_E_INVALID_QUERY_TYPE),
        (None, "WQL", WBEM_E_INVALID_PARAMETER),
        ("SELECT * FROM CF_Part", None, WBEM_E_INVALID_PARAMETER),
    ],
)
def test_what_is_wrong_with_a_query_is_told(query: str | None, language: str | None, hresult: int) -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        reply = await peer.call(SERVICES, "ExecQuery", ExecQuery(language, query, 0), services)
        assert (reply.hresult, reply.enumerator) == (hresult, None)

    asking(test)


def test_a_notification_query_is_never_synchronous() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        asked = ExecNotificationQuery("WQL", "SELECT * FROM __InstanceCreationEvent WITHIN 1", 0)
        reply = await peer.call(SERVICES, "ExecNotificationQuery", asked, services)
        assert reply.hresult == WBEM_E_INVALID_PARAMETER

    asking(test)


def test_events_of_clients_reach_subscribers_all_or_none() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        reply = await peer.call(SERVICES, "GetObject", GetObject("__ExtrinsicEvent"), services)
        pushed = derive(decoded(reply.object), "CF_Pushed", properties=[CimProperty("N", CimType.UINT32)])
        put = await peer.call(SERVICES, "PutClass", PutClass(encode_object(pushed, decoration=None)), services)
        assert put.hresult == WBEM_S_NO_ERROR
        asked = ExecNotificationQuery("WQL", "SELECT * FROM CF_Pushed WHERE N > 1", 0x30)
        subscribed = await peer.call(SERVICES, "ExecNotificationQuery", asked, services)
        assert subscribed.hresult == WBEM_S_NO_ERROR
        reply = await peer.call(SERVICES, "QueryObjectSink", QueryObjectSink(), services)
        assert reply.hresult == WBEM_S_NO_ERROR
        sink = ipid_of(reply.sink)
        events = tuple([encode_object(CimInstance.of(pushed, {"N": number}), decoration=None) for number in (1, 2)])
        assert (await peer.call(OBJECT_SINK, "Indicate", Indicate(events), sink)).hresult == WBEM_S_NO_ERROR
        (unit,) = (await next_of(peer, ipid_of(subscribed.enumerator), 1)).objects
        assert decoded(unit).N == 2
        wrong = (events[1], encode_object(instance(PAIR, A=7, B="x"), decoration=None))
        assert (await peer.call(OBJECT_SINK, "Indicate", Indicate(wrong), sink)).hresult == WBEM_E_NOT_EVENT_CLASS
        assert not (await next_of(peer, ipid_of(subscribed.enumerator), 1, 0)).objects
        assert (await peer.call(OBJECT_SINK, "SetStatus", SetStatus(), sink)).hresult == WBEM_S_NO_ERROR

    asking(test)


def test_a_prototype_is_marked() -> None:
    async def test(fixture: Fixture, peer: Peer, services: Guid) -> None:
        for query, flag in (("SELECT Id FROM CF_Part", 0x10), ("SELECT * FROM CF_Part", 0)):
            reply = await peer.call(SERVICES, "ExecQuery", ExecQuery("WQL", query, 0x12), services)
            (unit,) = (await next_of(peer, ipid_of(reply.enumerator), 1)).objects
            assert unit[8] & 0x10 == flag
            assert isinstance(decoded(unit), CimClass)

    asking(test)
