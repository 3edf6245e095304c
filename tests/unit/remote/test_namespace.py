"""The calls of a namespace on a host: objects, outcomes, failures, release, and what is sent for them."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from conformance.fixture_f import GEAR, JOB, PART, instance
from unit.net.scripted_host import HOST, ScriptedHost
from wmix.cim.classes import CimClass, derive
from wmix.config import Settings, Timeouts
from wmix.engine.engine import Engine
from wmix.errors import (
    AccessDenied,
    AuthError,
    ConnectError,
    DeadlineExceeded,
    InvalidClass,
    InvalidNamespace,
    InvalidParameter,
    NotSupported,
    ProtocolError,
    WmiError,
)
from wmix.net.client.phases import Phase
from wmix.port.backend import Scope
from wmix.port.caller import Caller
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
from wmix.protocol.dcom.orpc import encode_answer
from wmix.protocol.dcom.versions import ComVersion
from wmix.protocol.wbem import services as wire
from wmix.protocol.wbem.context import WireContext
from wmix.protocol.wbem.identifiers import IID_IWbemServices
from wmix.protocol.wmio.encoding_unit import decode_object
from wmix.remote.choice import Way
from wmix.status import (
    E_ACCESSDENIED,
    RPC_E_DISCONNECTED,
    WBEM_E_ACCESS_DENIED,
    WBEM_E_INVALID_CLASS,
    WBEM_E_INVALID_METHOD_PARAMETERS,
    WBEM_E_PROVIDER_FAILURE,
)
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wmix.cim.instances import CimInstance
    from wmix.port.requests import Request
    from wmix.remote.namespace import RemoteNamespace

    Work = Callable[[ScriptedHost, RemoteNamespace], Awaitable[Any]]

EVERYTHING = ExecQuery(query="SELECT * FROM CF_Part")
SEMISYNC = 0x10


def scope(deadline: float | None = None) -> Scope:
    return Scope(Caller("alice"), deadline)


def parts(count: int) -> list[CimInstance]:
    return [instance(PART, Id=f"p{number}", Num=number) for number in range(count)]


def on_a_host(work: Work, host: ScriptedHost | None = None, **options: Any) -> Any:
    """The result of *work* on a namespace of a host."""

    async def run() -> Any:
        far = host or ScriptedHost()
        source = far.source(**options)
        try:
            return await work(far, source.open("root\\conf"))
        finally:
            await source.close()

    return run_virtual(run)


async def collect(place: RemoteNamespace, request: ExecQuery = EVERYTHING) -> list[Any]:
    return [item async for batch in place.query(request, scope()) for item in batch.objects()]


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


def test_a_host_that_has_forgotten_its_objects_is_logged_in_to_anew() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.results["CF_Part"] = PART
        await place.get(GetObject(path="CF_Part"), scope())
        host.forget_objects()
        await place.get(GetObject(path="CF_Part"), scope())
        assert host.calls.count("NTLMLogin") == 2
        assert host.calls.count("RemoteCreateInstance") == 2

    on_a_host(work)


def test_a_host_that_forgets_its_objects_at_once_is_logged_in_to_anew_only_once() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.faults["GetObject"] = RPC_E_DISCONNECTED
        with pytest.raises(WmiError) as caught:
            await place.get(GetObject(path="CF_Part"), scope())
        assert (caught.value.status, caught.value.namespace) == (RPC_E_DISCONNECTED, "root\\conf")
        assert host.calls.count("GetObject") == 2

    on_a_host(work)


def test_an_idle_connection_that_the_host_has_closed_is_made_anew() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.results["CF_Part"] = PART
        await place.get(GetObject(path="CF_Part"), scope())
        host.connections[-1].close()
        await asyncio.sleep(1)
        await place.get(GetObject(path="CF_Part"), scope())
        assert host.calls.count("RemoteCreateInstance") == 1
        assert len(host.connections) == 3

    on_a_host(work)


def test_a_host_that_was_started_anew_is_found_at_its_new_port() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.results["CF_Part"] = PART
        await place.get(GetObject(path="CF_Part"), scope())
        host.forget_objects()
        host.object_port += 1
        host.connections[-1].close()
        await asyncio.sleep(1)
        await place.get(GetObject(path="CF_Part"), scope())
        assert host.calls.count("RemoteCreateInstance") == 2

    on_a_host(work)


@pytest.mark.parametrize(
    ("method", "phase"),
    [("RemoteCreateInstance", Phase.ACTIVATE), ("NTLMLogin", Phase.LOGIN)],
)
def test_access_denied_on_the_way_is_a_refused_login_with_advice(method: str, phase: Phase) -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.faults[method] = 5
        with pytest.raises(AuthError) as caught:
            await place.login(scope())
        error = caught.value
        assert (error.status, error.phase) == (E_ACCESSDENIED, phase)
        assert error.host is not None
        assert error.host.startswith(f"{HOST}:")
        assert error.hint

    on_a_host(work)


def test_a_missing_namespace_right_is_told_from_a_refused_login() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.failures["NTLMLogin"] = WBEM_E_ACCESS_DENIED
        with pytest.raises(AccessDenied) as caught:
            await place.login(scope())
        assert (caught.value.phase, caught.value.namespace) == (Phase.LOGIN, "root\\conf")
        assert "Remote Enable" in (caught.value.hint or "")

    on_a_host(work)


def test_an_old_host_is_spoken_to_in_its_version() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.version = ComVersion(5, 6)
        await place.login(scope())
        assert host.calls.count("RemoteCreateInstance") == 2

    on_a_host(work)


def test_a_dead_host_ends_the_connect_phase_by_its_deadline() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.network.black_holes.add((HOST, 135))
        loop = asyncio.get_running_loop()
        with pytest.raises(ConnectError) as caught:
            await place.login(scope())
        assert isinstance(caught.value, DeadlineExceeded)
        assert (caught.value.phase, caught.value.host) == (Phase.CONNECT, f"{HOST}:135")
        assert loop.time() == pytest.approx(10)

    on_a_host(work)


def test_a_swallowed_second_port_says_so() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.network.black_holes |= {(HOST, 49667), ("FAR", 49667), ("192.168.77.1", 49667)}
        with pytest.raises(ConnectError) as caught:
            await place.login(scope())
        error = caught.value
        assert (error.phase, error.host) == (Phase.OBJECT_CONNECT, f"{HOST}:49667")
        assert "--object-port" in (error.hint or "")
        # The host's own names share the time of the phase; three round trips were before it.
        assert asyncio.get_running_loop().time() == pytest.approx(3 + 3)

    on_a_host(work, settings=Settings(timeouts=Timeouts(phase=3)))


def test_a_host_that_says_nothing_is_given_up_in_the_phase_in_which_it_fell_silent() -> None:
    async def silent_at(method: str, host: ScriptedHost, place: RemoteNamespace) -> WmiError:
        host.silent.add(method)
        host.results["CF_Part"] = PART
        with pytest.raises(DeadlineExceeded) as caught:
            await place.get(GetObject(path="CF_Part"), scope())
        return caught.value

    for method, phase in (("RemoteCreateInstance", "activate"), ("NTLMLogin", "login"), ("GetObject", "call")):
        error = on_a_host(partial(silent_at, method))
        assert error.phase == phase


@pytest.mark.parametrize(
    ("silent", "phase"),
    [("RemoteCreateInstance", "activate"), ("NTLMLogin", "login"), ("ExecQuery", "call"), ("SmartNext", "next")],
)
def test_a_deadline_of_a_whole_call_names_the_phase_too(silent: str, phase: str) -> None:
    async def run() -> None:
        host = ScriptedHost()
        host.silent.add(silent)
        engine = Engine(host.source(), Settings())
        services = engine.services("root\\conf", Caller("alice"))
        enumerator = services.open(EVERYTHING.replace(flags=SEMISYNC), deadline=9)
        portion = await enumerator.next(None, 1)
        assert isinstance(portion.error, DeadlineExceeded)
        assert portion.error.phase == phase
        assert (portion.error.host or "").startswith(HOST)
        await engine.close()

    run_virtual(run)


@pytest.mark.parametrize(
    "request_",
    [
        GetObject(path="CF_Part"),
        PutInstance(object=parts(1)[0]),
        DeleteInstance(path="x"),
        ExecMethod(path="CF_Job", method="Create"),
    ],
    ids=lambda request: request.operation,
)
def test_the_deadline_of_a_call_with_one_result_names_the_phase_too(request_: Request) -> None:
    async def run() -> None:
        host = ScriptedHost()
        host.silent.add("NTLMLogin")
        engine = Engine(host.source(), Settings())
        result = engine.services("root\\conf", Caller("alice")).begin(request_, deadline=9)
        await result.wait()
        assert isinstance(result.error, DeadlineExceeded)
        assert result.error.phase == "login"
        assert (result.error.host or "").startswith(HOST)
        await engine.close()

    run_virtual(run)


def test_a_named_object_port_is_used_instead_of_the_binding() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        with pytest.raises(ConnectError) as caught:
            await place.login(scope())
        assert caught.value.phase == Phase.OBJECT_CONNECT
        assert host.network.dialled[1:] == [("nat", 24158)]

    on_a_host(work, object_host="nat", object_port=24158)


def test_a_call_that_is_given_up_is_cancelled_on_the_host_and_what_it_brings_released() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        await place.login(scope())
        host.silent.add("ExecQuery")
        task = asyncio.ensure_future(collect(place))
        await asyncio.sleep(2)
        task.cancel()
        await asyncio.sleep(1)
        assert host.cancelled == 1
        host.connections[-1].answer_late(encode_answer(host.enumerator()))
        await asyncio.sleep(2)
        assert len(host.released) == 1

    on_a_host(work)


@pytest.mark.parametrize("keeps", [True, False])
def test_a_cancelled_call_is_orphaned_or_the_connection_dropped_after_two_seconds(keeps: bool) -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        await place.login(scope())
        host.silent.add("ExecQuery")
        task = asyncio.ensure_future(collect(place))
        await asyncio.sleep(2)
        task.cancel()
        await asyncio.sleep(2 + 1)
        assert host.orphaned == keeps
        assert host.connections[-1].is_lost == (not keeps)

    on_a_host(work, ScriptedHost(keeps_on_orphan=keeps))


def test_a_release_that_is_not_answered_drops_the_connection() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.results["CF_Part"] = PART
        host.silent.add("RemRelease")
        await place.get(GetObject(path="CF_Part", flags=SEMISYNC), scope())
        await asyncio.sleep(4)
        assert host.connections[-1].is_lost

    on_a_host(work)


def test_a_connection_that_breaks_ends_the_stream_at_once() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        host.objects = parts(3)
        await place.login(scope())
        host.silent.add("SmartNext")
        task = asyncio.ensure_future(collect(place))
        await asyncio.sleep(5)
        loop = asyncio.get_running_loop()
        before = loop.time()
        host.connections[-1].close()
        with pytest.raises(ConnectError) as caught:
            await task
        assert loop.time() - before < 1
        assert caught.value.phase == Phase.NEXT

    on_a_host(work)


def test_idle_objects_are_pinged_and_dropped_ones_taken_out() -> None:
    async def work(host: ScriptedHost, place: RemoteNamespace) -> None:
        await place.login(scope())
        await asyncio.sleep(400)
        first, *others = host.pinged
        assert type(first).__name__ == "ComplexPing"
        assert len(first.added) == 2  # type: ignore[attr-defined]  # the login object and the namespace
        assert {type(item).__name__ for item in others} == {"SimplePing"}
        assert len(others) == 2

    on_a_host(work)


def test_closing_releases_the_login_and_the_namespaces() -> None:
    host = ScriptedHost()

    async def work(_: ScriptedHost, place: RemoteNamespace) -> None:
        await place.login(scope())

    async def run() -> None:
        source = host.source()
        await work(host, source.open("root/conf"))
        await source.close()
        await asyncio.sleep(1)
        assert len(host.released) == 2
        assert all(connection.is_lost for connection in host.connections)

    run_virtual(run)


@pytest.mark.parametrize("when", [0.5, 1.5, 2.5, 3.5, 4.5, 5.5])
def test_closing_leaves_no_connection_that_is_being_made(when: float) -> None:
    async def run() -> None:
        host = ScriptedHost()
        source = host.source()
        login = asyncio.ensure_future(source.open("root/conf").login(scope()))
        await asyncio.sleep(when)
        assert not login.done()
        await source.close()
        with contextlib.suppress(WmiError, asyncio.CancelledError):
            await login
        await asyncio.sleep(20)
        assert all(connection.is_lost for connection in host.connections)

    run_virtual(run)


def test_closing_takes_no_longer_than_the_exit_time_and_leaves_no_task() -> None:
    async def run() -> None:
        host = ScriptedHost()
        source = host.source(Settings(timeouts=Timeouts(exit=1.5)))
        await source.open("root/conf").login(scope())
        host.silent.add("RemRelease")
        loop = asyncio.get_running_loop()
        before = loop.time()
        await source.close()
        assert loop.time() - before == pytest.approx(1.5)
        await asyncio.sleep(1)
        # Not that of the pings either.
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert all(connection.is_lost for connection in host.connections)

    run_virtual(run)


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
