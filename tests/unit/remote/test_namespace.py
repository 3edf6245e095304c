"""The calls of a namespace on a host: objects, outcomes, failures, and what is sent for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from conformance.fixture_f import GEAR, JOB, PART, instance
from unit.net.scripted_host import HOST, ScriptedHost
from unit.remote.far_namespace import EVERYTHING, SEMISYNC, collect, on_a_host, parts, scope
from wmix.cim.classes import CimClass, derive
from wmix.config import Settings, Timeouts
from wmix.errors import (
    AccessDenied,
    DeadlineExceeded,
    InvalidClass,
    InvalidNamespace,
    InvalidParameter,
    NotSupported,
    ProtocolError,
    WmiError,
)
from wmix.net.client.phases import Phase
from wmix.port.context import Context
from wmix.port.requests import (
    CreateClassEnum,
    DeleteClass,
    DeleteInstance,
    ExecMethod,
    ExecQuery,
    GetObject,
    OpenNamespace,
    PutClass,
    PutInstance,
)
from wmix.protocol.wbem import services as wire
from wmix.protocol.wbem.context import WireContext
from wmix.protocol.wbem.identifiers import IID_IWbemServices
from wmix.protocol.wmio.encoding_unit import decode_object
from wmix.remote.choice import Way
from wmix.status import (
    WBEM_E_ACCESS_DENIED,
    WBEM_E_INVALID_CLASS,
    WBEM_E_INVALID_METHOD_PARAMETERS,
    WBEM_E_PROVIDER_FAILURE,
)

if TYPE_CHECKING:
    from wmix.remote.namespace import RemoteNamespace


@pytest.mark.parametrize("way", [Way.PLAIN, Way.SMART])
def test_every_object_comes_once_in_order_and_with_its_place(way: Way) -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.objects = [*parts(2345), instance(GEAR, Id="g1", Teeth=12)]
        found = await collect(place)
        assert [item.Num for item in found[:-1]] == list(range(2345))
        assert (found[-1].Teeth, found[-1].class_name_) == (12, "CF_Gear")
        assert found[0].system_("__NAMESPACE") == "root\\conf"
        assert place.server == "FAR"
        assert ("SmartNext" in host.calls) == (way is Way.SMART)

    on_a_host(work, way=way)


def test_a_host_without_smart_enumeration_is_read_plainly() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.objects = parts(7)
        assert len(await collect(place)) == 7
        assert "SmartNext" not in host.calls

    on_a_host(work, ScriptedHost(smart=False))


def test_a_host_that_takes_one_call_at_a_time_is_asked_one_at_a_time() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.objects = parts(50)
        both = await asyncio.gather(collect(place), collect(place))
        assert [len(found) for found in both] == [50, 50]

    on_a_host(work, ScriptedHost(multiplexing=False))


def test_objects_that_cannot_be_decoded_are_set_aside_with_their_octets() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.objects = [*parts(2), b"no object at all", *parts(1)]
        batches = [batch async for batch in place.query(EVERYTHING, scope())]
        assert sum(len(batch) for batch in batches) == 3
        broken = [item for batch in batches for item in batch.undecoded]  # type: ignore[attr-defined]  # encoded ones
        assert [item.data for item in broken] == [b"no object at all"]
        assert isinstance(broken[0].error, ProtocolError)

    for way in (Way.PLAIN, Way.SMART):
        on_a_host(work, way=way)


def test_a_result_of_nothing_but_broken_objects_fails() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.objects = [b"broken"]
        with pytest.raises(ProtocolError, match="1 objects could not be decoded"):
            await collect(place)

    on_a_host(work)


def test_a_closed_stream_releases_all_that_the_host_holds_for_it() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.objects = parts(5000)
        stream = place.query(EVERYTHING, scope())
        await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]  # an asynchronous generator
        await asyncio.sleep(3)
        # The enumerator, the way to its smart one, and that one.
        assert len(host.released) == 3
        assert host.calls.count("RemRelease") == 1

    on_a_host(work)


def test_an_error_comes_after_the_objects_before_it_and_has_place_and_namespace() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.objects = parts(150)
        found = []
        with pytest.raises(WmiError) as caught:
            async for batch in place.query(EVERYTHING, scope()):
                found += batch.objects()
                if len(found) == 1:
                    host.failures["SmartNext"] = WBEM_E_PROVIDER_FAILURE
        assert len(found) in (1, 101)
        error = caught.value
        assert (error.status, error.phase, error.namespace) == (WBEM_E_PROVIDER_FAILURE, Phase.NEXT, "root\\conf")
        assert error.host == f"{HOST}:49667"

    on_a_host(work)


def test_failures_have_the_families_of_local_ones() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.failures["ExecQuery"] = WBEM_E_INVALID_CLASS
        with pytest.raises(InvalidClass) as caught:
            await collect(place)
        assert (caught.value.operation, caught.value.phase) == ("ExecQuery", Phase.CALL)
        # What failed for a reason of its own is not tried again.
        assert host.calls.count("ExecQuery") == 1

    on_a_host(work)


def test_a_semisynchronous_get_polls_its_call_result_and_releases_it() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.results["CF_Part"] = PART
        host.pending_polls = 3
        outcome = await place.get(GetObject(path="CF_Part", flags=SEMISYNC), scope())
        assert isinstance(outcome.object, CimClass)
        assert outcome.object.name == "CF_Part"
        await asyncio.sleep(3)
        assert host.calls.count("GetResultObject") == 4
        assert len(host.released) == 1

    on_a_host(work)


@pytest.mark.parametrize("flags", [0, SEMISYNC])
def test_a_get_that_brings_nothing_is_an_error_of_the_host(flags: int) -> None:
    class Empty(ScriptedHost):
        def _on_GetObject(self, request: wire.GetObject, target: Any) -> wire.GetObjectReply:
            return wire.GetObjectReply()

    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        with pytest.raises(ProtocolError):
            await place.get(GetObject(path="CF_Part", flags=flags), scope())

    on_a_host(work, Empty())


@pytest.mark.parametrize(("deadline", "asked"), [(None, 5000), (60.0, 5000), (7.0, 3000)])
def test_a_call_result_is_asked_to_wait_no_longer_than_the_deadline_leaves(deadline: float | None, asked: int) -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.results["CF_Part"] = PART
        await place.login(scope())
        loop = asyncio.get_running_loop()
        until = None if deadline is None else loop.time() + deadline
        await asyncio.sleep(3)
        # A second goes by until the call result is there.
        await place.get(GetObject(path="CF_Part", flags=SEMISYNC), scope(until))
        (wait,) = [item for item in host.requests if type(item).__name__ == "WaitForResult"]
        assert wait.timeout == asked  # type: ignore[attr-defined]  # of WaitForResult

    on_a_host(work)


def test_a_call_result_may_wait_as_long_as_it_was_asked_to_before_its_silence_counts() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.results["CF_Part"] = PART
        host.silent.add("GetResultObject")
        await place.login(scope())
        loop = asyncio.get_running_loop()
        before = loop.time()
        with pytest.raises(DeadlineExceeded):
            await place.get(GetObject(path="CF_Part", flags=SEMISYNC), scope())
        assert loop.time() - before == pytest.approx(1 + 5 + 7)

    on_a_host(work, settings=Settings(timeouts=Timeouts(wait=7)))


def test_a_put_gives_the_path_and_a_delete_the_status_of_its_operation() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        outcome = await place.put(PutInstance(object=parts(1)[0], flags=SEMISYNC), scope())
        assert outcome.path == 'CF_Part.Id="p1"'
        await place.delete(DeleteInstance(path="x", flags=SEMISYNC), scope())
        await place.delete(DeleteInstance(path="x"), scope())
        host.failures["status"] = WBEM_E_ACCESS_DENIED
        with pytest.raises(AccessDenied):
            await place.delete(DeleteInstance(path="x", flags=SEMISYNC), scope())
        assert host.calls.count("DeleteInstance") == 3

    on_a_host(work)


@pytest.mark.parametrize("server", [None, "FAR"])
@pytest.mark.parametrize("namespace", [None, "root\\conf"])
def test_a_class_is_sent_with_the_place_that_it_came_from(server: str | None, namespace: str | None) -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        cls = PART.clone_()
        cls.server, cls.namespace = server, namespace
        await place.put(PutClass(object=cls), scope())
        (sent,) = [item.object for item in host.requests if type(item).__name__ == "PutClass"]  # type: ignore[attr-defined]  # of PutClass
        found = decode_object(sent)
        assert isinstance(found, CimClass)
        known = server is not None or namespace is not None
        assert (found.server, found.namespace) == ((server or "", namespace or "") if known else (None, None))

    on_a_host(work)


def test_the_keys_that_an_answer_shows_decide_the_way_of_later_queries() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        query = ExecQuery(query='SELECT * FROM CF_Part WHERE Tag="NTFS"')
        host.objects = parts(1)
        assert "plain Next" in await place.explain(query, scope())
        await collect(place)
        assert "names no keys" in await place.explain(query, scope())

    on_a_host(work)


def test_the_keys_of_so_many_classes_are_remembered() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        for number in range(257):
            name = f"C{number}"
            host.results[name] = derive(PART, name)
            await place.get(GetObject(path=name), scope())
        ways = [
            await place.explain(ExecQuery(query=f'SELECT * FROM C{number} WHERE Tag="x"'), scope())
            for number in (0, 1, 256)
        ]
        assert ["names no keys" in way for way in ways] == [False, True, True]

    on_a_host(work)


@pytest.mark.parametrize("what", ["put", "delete", "failure"])
def test_a_signature_is_asked_for_anew_when_its_class_may_have_changed(what: str) -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.results = {"CF_Job": JOB, "Create": parts(1)[0]}
        create = ExecMethod(path="CF_Job", method="Create", parameters={"Cmd": "ls"})
        await place.call(create, scope())
        await place.delete(DeleteInstance(path="CF_Job.Id=1"), scope())
        await place.call(create, scope())
        assert host.calls.count("GetObject") == 1
        if what == "put":
            await place.put(PutClass(object=JOB), scope())
        elif what == "delete":
            await place.delete(DeleteClass(class_name="CF_Job"), scope())
        else:
            host.failures["ExecMethod"] = WBEM_E_PROVIDER_FAILURE
            with pytest.raises(WmiError):
                await place.call(create, scope())
            del host.failures["ExecMethod"]
        await place.call(create, scope())
        assert host.calls.count("GetObject") == 2

    on_a_host(work)


def test_parameters_are_checked_by_the_signature_which_is_asked_for_once() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.results = {"CF_Job": JOB, "Create": parts(1)[0]}
        for _ in range(2):
            request = ExecMethod(path="CF_Job", method="create", parameters={"cmd": "ls"}, flags=SEMISYNC)
            host.results["create"] = parts(1)[0]
            await place.call(request, scope())
        assert host.calls.count("GetObject") == 1
        sent = [item.parameters for item in host.requests if type(item).__name__ == "ExecMethod"]  # type: ignore[attr-defined]  # of ExecMethod
        assert all(sent)
        with pytest.raises(WmiError) as caught:
            await place.call(ExecMethod(path="CF_Job", method="Create", parameters={"Cmdd": "ls"}), scope())
        assert caught.value.status == WBEM_E_INVALID_METHOD_PARAMETERS
        assert caught.value.hint == "did you mean Cmd?"

    on_a_host(work)


def test_context_values_and_locale_reach_the_host() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.results["CF_Part"] = PART
        await place.get(GetObject(path="CF_Part", context=Context({"Page": 7})), scope())
        login = next(item for item in host.requests if type(item).__name__ == "NtlmLogin")
        get = next(item for item in host.requests if type(item).__name__ == "GetObject")
        assert login.locale == "MS_407"  # type: ignore[attr-defined]  # of NTLMLogin
        assert [item.name for item in WireContext.decode(get.context).items] == ["Page"]  # type: ignore[attr-defined]

    on_a_host(work, locale="MS_407")


def test_a_namespace_is_opened_once_on_one_connection() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.namespaces.add("root/conf/below")
        host.results["CF_Part"] = PART
        request = GetObject(path="CF_Part")
        await asyncio.gather(*[place.get(request, scope()) for _ in range(10)])
        outcome = await place.open_namespace(OpenNamespace(namespace="below"), scope())
        assert outcome.backend is not None
        assert outcome.backend.namespace == "root\\conf\\below"
        assert host.calls.count("NTLMLogin") == 2
        assert len(host.network.dialled) == 2
        with pytest.raises(InvalidNamespace):
            await place.open_namespace(OpenNamespace(namespace="nowhere"), scope())
        before = len(host.calls)
        for wrong in ("\\root", "", "below\\\\more", "below/"):
            with pytest.raises(InvalidNamespace):
                await place.open_namespace(OpenNamespace(namespace=wrong), scope())
        assert len(host.calls) == before

    on_a_host(work)


def test_classes_come_plainly_and_a_dropped_reference_is_released() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.objects = [PART, GEAR]
        request = CreateClassEnum(superclass=None)
        found = [item async for batch in place.classes(request, scope()) for item in batch.objects()]
        assert [item.name for item in found if isinstance(item, CimClass)] == ["CF_Part", "CF_Gear"]
        exporter, _ = await place.source.host.services("root\\conf")
        reference = exporter.reference(host.reference(IID_IWbemServices, None))
        del reference
        await asyncio.sleep(2)
        assert len(host.released) == 2

    on_a_host(work)


def test_transactions_and_wrong_contexts_are_refused_here() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        with pytest.raises(NotSupported):
            async with place.transaction():
                pass
        with pytest.raises(InvalidParameter):
            await collect(place, EVERYTHING.replace(context=Context({"Big": 1 << 40})))
        assert host.calls == []

    on_a_host(work)


def test_explain_names_the_way() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        text = await place.explain(ExecQuery(query='SELECT * FROM CF_Part WHERE Id="1"'), scope())
        assert "plain Next" in text
        assert "smart enumeration" in await place.explain(EVERYTHING, scope())
        assert host.calls == []

    on_a_host(work)
