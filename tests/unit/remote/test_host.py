"""A host and the way to it: logins, deadlines, what is given up, and what an end leaves."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING

import pytest

from conformance.fixture_f import PART
from unit.net.scripted_host import HOST, ScriptedHost
from unit.remote.far_namespace import EVERYTHING, SEMISYNC, collect, on_a_host, parts, scope
from wmix.config import Settings, Timeouts
from wmix.engine.engine import Engine
from wmix.errors import (
    AccessDenied,
    AuthError,
    ConnectError,
    DeadlineExceeded,
    WmiError,
)
from wmix.net.client.phases import Phase
from wmix.port.caller import Caller
from wmix.port.requests import (
    DeleteInstance,
    ExecMethod,
    GetObject,
    PutInstance,
)
from wmix.protocol.dcom.orpc import encode_answer
from wmix.protocol.dcom.versions import ComVersion
from wmix.status import (
    E_ACCESSDENIED,
    RPC_E_DISCONNECTED,
    WBEM_E_ACCESS_DENIED,
)
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from wmix.port.requests import Request
    from wmix.remote.namespace import RemoteNamespace


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
