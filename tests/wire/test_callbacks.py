"""Hosts that call the sinks of a client back: both clients, com and the command, and everything that can go wrong."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

import wmix
from conformance.fixture_f import fixture_repository
from conformance.recording_sink import RecordingSink
from wire.far_host import FEW, MANY, PASSWORD, USER
from wmix import com
from wmix.cli.main import main
from wmix.config import Settings, Timeouts
from wmix.engine.assembly import remote_engine
from wmix.net.client.host import HostAddress
from wmix.net.server.limits import ServerLimits
from wmix.remote import object_sink
from wmix.remote.host import RemoteSource
from wmix.server.client_sink import CallbackPolicy
from wmix.testing.serving import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from wire.conftest import FarHost
    from wmix.remote.callback_calls import CallbackCalls

CONF = "root/conf"
PATIENCE = 20.0
SLOW_STATE = 'Far_State.Name="Far_Slow"'
GRANTS = ["TEST\\alice=execute,write,provider-write,subscribe"]


@wmix.provider("Far_Still", namespace=CONF, keys=("Id",), properties={"Id": "uint32"})
async def still(request: wmix.InstanceRequest) -> AsyncIterator[dict[str, object]]:
    """What begins and then gives nothing."""
    await asyncio.Event().wait()
    yield {"Id": 1}


@asynccontextmanager
async def called_back(place: str, auth: wmix.NTLM, **options: Any) -> AsyncIterator[tuple[Any, CallbackCalls]]:
    """A client with callbacks, and its calls; at the end nothing may be left of them."""
    client = wmix.AsyncClient(place, namespace=CONF, auth=auth, callbacks=True, **options)
    async with client as wmi:
        engine = wmi._engine
        assert engine is not None
        assert isinstance(engine.source, RemoteSource)
        calls = engine.source.callbacks
        assert calls is not None
        yield wmi, calls
    assert len(calls) == 0
    assert len(calls._receiver) == 0
    gc.collect()
    assert [task for task in asyncio.all_tasks() if "wmix" in repr(task.get_coro())] == []


async def until_nothing_is_out(calls: CallbackCalls) -> None:
    """Wait until every sink has been taken back: look again and again, because nobody is told of it."""
    await asyncio.to_thread(until, lambda: not len(calls) and not len(calls._receiver))


def until(holds: Callable[[], object]) -> None:
    """Look again and again."""
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends
        threading.Event().wait(0.02)


def run(far: FarHost, work: Any, **options: Any) -> None:
    async def whole() -> None:
        async with asyncio.timeout(60), called_back(far.place, far.auth, **options) as (wmi, calls):
            await work(wmi, calls)

    asyncio.run(whole())


# -- what works --------------------------------------------------------------------------------------------------------


def test_many_objects_come_by_callbacks_in_their_order(far: FarHost) -> None:
    async def work(wmi: wmix.AsyncClient, calls: CallbackCalls) -> None:
        rows = await wmi.query("SELECT * FROM Far_Many", mode="async").list()
        assert [row.Id for row in rows] == list(range(MANY))
        assert rows[-1].Text == f"number {MANY - 1}"
        await until_nothing_is_out(calls)

    run(far, work)


def test_callbacks_and_polling_give_the_same_objects(far: FarHost) -> None:
    async def work(wmi: wmix.AsyncClient, calls: CallbackCalls) -> None:
        for text in ("SELECT * FROM CF_Part", "SELECT Id, Num FROM CF_Part WHERE Num > 1", "SELECT * FROM meta_class"):
            told = await wmi.query(text, mode="async").list()
            asked = await wmi.query(text).list()
            assert [item.path_ for item in told] == [item.path_ for item in asked]
            if "meta_class" not in text:
                assert [item.values_() for item in told] == [item.values_() for item in asked]

    run(far, work)


def test_nothing_is_exported_for_calls_that_are_not_asynchronous(far: FarHost) -> None:
    async def work(wmi: wmix.AsyncClient, calls: CallbackCalls) -> None:
        assert await wmi.query("SELECT * FROM CF_Part").list()
        assert await wmi.get('CF_Part.Id="p1"')
        assert calls._receiver._listener._servers == []

    run(far, work)


def test_many_calls_at_once_share_the_way_back(far: FarHost) -> None:
    async def work(wmi: wmix.AsyncClient, calls: CallbackCalls) -> None:
        queries = [wmi.query("SELECT * FROM CF_Part", mode="async") for _ in range(50)]
        found = await asyncio.gather(*[query.list() for query in queries])
        assert {len(rows) for rows in found} == {5}
        await until_nothing_is_out(calls)

    run(far, work)


def test_a_blocking_client_and_its_watch_are_called_back() -> None:
    with (
        serving(repository=fixture_repository(), grants=GRANTS) as served,
        wmix.connect(
            f"{served.host}:{served.port}",
            namespace=CONF,
            auth=wmix.NTLM(f"{served.domain}\\{served.user}", served.password),
            callbacks=True,
        ) as wmi,
    ):
        assert len(wmi.query("SELECT * FROM CF_Part", mode="async").list()) == 5
        watch = wmi.watch("SELECT * FROM __InstanceCreationEvent WHERE TargetInstance ISA 'CF_Pair'", stop_after=2)
        pair = wmi.cls("CF_Pair")
        written = 0
        events: list[Any] = []
        while len(events) < 2:
            wmi.put(pair.spawn_(A=1000 + written, B="told"))
            written += 1
            events += watch.next_batch(1, 0.1)
        assert {event.TargetInstance.B for event in events} == {"told"}
        with pytest.raises(wmix.WmiError) as caught:
            wmi.watch("SELECT * FROM CF_Part").next_batch(1, PATIENCE)
        assert caught.value.symbol == "WBEM_E_NOT_EVENT_CLASS"
        assert caught.value.extended is not None


def test_a_mistake_is_told_as_it_is_by_polling(far: FarHost) -> None:
    async def work(wmi: wmix.AsyncClient, calls: CallbackCalls) -> None:
        for mode in ("async", "semisync"):
            with pytest.raises(wmix.InvalidClass, match="CF_None") as caught:
                await wmi.query("SELECT * FROM CF_None", mode=mode).list()
            assert caught.value.namespace == "root\\conf"

    run(far, work)


def test_com_is_called_back_by_a_locator_that_allows_it(far: FarHost) -> None:
    locator = com.Locator(callbacks=True)
    _, services = locator.connect_server(rf"\\{far.place}\root\conf", USER, PASSWORD)
    assert services is not None
    sink = RecordingSink()
    assert services.exec_query_async("WQL", "SELECT * FROM CF_Part", 0, None, sink) == (com.WBEM_S_NO_ERROR,)
    assert sink.done.wait(PATIENCE)
    assert sorted(map(str, sink.ids())) == ["b1", "g1", "g2", "p1", "p2"]
    assert len(sink.statuses) == 1
    locator.close()


def command(place: str, *words: str) -> list[str]:
    return [*words, "--host", place, "--user", USER, "--namespace", CONF, "--format", "jsonl"]


def test_the_command_is_called_back_at_a_port_that_is_named(
    far: FarHost, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WMIX_PASSWORD", PASSWORD)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    words = ["query", "SELECT Id FROM CF_Part", "--mode", "async", "--callbacks", "--callback-port", str(port), "-v"]
    assert main(command(far.place, *words)) == 0
    out, err = capsys.readouterr()
    assert sorted(json.loads(line)["Id"] for line in out.splitlines()) == ["b1", "g1", "g2", "p1", "p2"]
    assert f"port {port}" in err


def test_the_command_that_watches_is_called_back(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(repository=fixture_repository(), grants=GRANTS) as served:
        auth = wmix.NTLM(f"{served.domain}\\{served.user}", served.password)
        place = f"{served.host}:{served.port}"
        monkeypatch.setenv("WMIX_PASSWORD", served.password)
        ended = threading.Event()

        def write() -> None:
            with wmix.connect(place, namespace=CONF, auth=auth) as writer:
                pair, number = writer.cls("CF_Pair"), 0
                while not ended.wait(0.05):
                    writer.put(pair.spawn_(A=2000 + number, B="watched"))
                    number += 1

        thread = threading.Thread(target=write)
        thread.start()
        text = "SELECT * FROM __InstanceCreationEvent WHERE TargetInstance ISA 'CF_Pair'"
        words = ["watch", text, "--callbacks", "--count", "2", "-v", "--format", "jsonl"]
        try:
            assert main([*words, "--host", place, "--user", auth.name, "--namespace", CONF]) == 0
        finally:
            ended.set()
            thread.join()
    out, err = capsys.readouterr()
    assert [json.loads(line)["TargetInstance"]["B"] for line in out.splitlines()] == ["watched"] * 2
    assert "waiting for callbacks" in err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--callbacks"], "--mode async"),
        (["--mode", "async", "--callback-port", "1135"], "need --callbacks"),
        (["--mode", "async", "--callbacks", "--callback-keytab", "k"], "go together"),
    ],
)
def test_half_of_what_callbacks_need_is_a_mistake(
    far: FarHost, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str], told: str
) -> None:
    monkeypatch.setenv("WMIX_PASSWORD", PASSWORD)
    assert main(command(far.place, "query", "SELECT Id FROM CF_Part", *words)) == 2
    assert told in capsys.readouterr().err


def test_callbacks_are_of_a_host(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "SELECT * FROM Win32_OperatingSystem", "--mode", "async", "--callbacks"]) == 2
    assert "--host" in capsys.readouterr().err
    with pytest.raises(wmix.InvalidParameter, match="callbacks"):
        wmix.Client(callbacks=True)


def test_a_client_on_ipv6_is_called_back() -> None:
    with serving(repository=fixture_repository(), grants=GRANTS, host="::1") as served:

        async def work() -> None:
            auth = wmix.NTLM(f"{served.domain}\\{served.user}", served.password)
            async with called_back(f"[::1]:{served.port}", auth) as (wmi, _):
                assert len(await wmi.query("SELECT * FROM CF_Part", mode="async").list()) == 5

        asyncio.run(work())


def test_two_users_in_one_process_are_called_back_each_by_their_own_secret() -> None:
    users = {"TEST\\alice": "secret of alice", "TEST\\bob": "secret of bob"}
    with serving(users=users, repository=fixture_repository(), grants=GRANTS) as served:
        place = f"{served.host}:{served.port}"

        async def work() -> None:
            clients = [called_back(place, wmix.NTLM(name, password)) for name, password in users.items()]
            async with clients[0] as (alice, _), clients[1] as (bob, _):
                both = [client.query("SELECT * FROM CF_Part", mode="async").list() for client in (alice, bob)]
                assert [len(rows) for rows in await asyncio.gather(*both)] == [5, 5]

        # Each looks for tasks that are left when it ends, so that the other's are not to be seen as such.
        asyncio.run(work())


# -- what goes wrong ---------------------------------------------------------------------------------------------------


def test_a_query_that_is_given_up_stops_its_provider(far: FarHost) -> None:
    async def work(wmi: wmix.AsyncClient, calls: CallbackCalls) -> None:
        before = await wmi.get(SLOW_STATE)
        query = wmi.query("SELECT * FROM Far_Slow", mode="async")
        assert len(await query.next_batch(FEW, PATIENCE)) == FEW
        assert len(calls._receiver) == 1
        started = time.monotonic()
        query.cancel()
        await until_nothing_is_out(calls)
        assert time.monotonic() - started < 4
        with wmix.connect(far.place, namespace=CONF, auth=far.auth) as other:
            await asyncio.to_thread(until, lambda: other.get(SLOW_STATE).Stopped > before.Stopped)

    run(far, work)


def test_a_deadline_ends_a_call_and_takes_its_sink_back(far: FarHost) -> None:
    async def work(wmi: wmix.AsyncClient, calls: CallbackCalls) -> None:
        query = wmi.query("SELECT * FROM Far_Slow", mode="async", deadline=1.0)
        with pytest.raises(wmix.DeadlineExceeded):
            await query.list()
        assert query.received == FEW
        await until_nothing_is_out(calls)

    run(far, work)


def test_a_reader_who_is_too_slow_keeps_what_came_and_is_told(far: FarHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows without end and nobody who reads them: the host is told to stop, and stops."""
    monkeypatch.setattr(object_sink.ObjectSink.__init__, "__kwdefaults__", {"patience": 0.3})

    async def work(wmi: wmix.AsyncClient, calls: CallbackCalls) -> None:
        query = wmi.query("SELECT * FROM Far_Endless", mode="async")
        await query.next_batch(1, PATIENCE)
        await until_nothing_is_out(calls)
        with pytest.raises(wmix.Cancelled) as caught:
            await query.list()
        assert query.received > 1000
        assert "callbacks" in (caught.value.hint or "")
        produced = (await wmi.get('Far_State.Name="Far_Endless"')).Produced
        assert (await wmi.get('Far_State.Name="Far_Endless"')).Produced == produced

    run(far, work)


def test_a_host_that_dies_half_way_gives_the_rows_before(doomed: FarHost) -> None:
    with wmix.connect(doomed.place, namespace=CONF, auth=doomed.auth, callbacks=True) as wmi:
        query = wmi.query("SELECT * FROM Far_Slow", mode="async")
        assert len(query.next_batch(FEW, PATIENCE)) == FEW
        started = time.monotonic()
        doomed.kill()
        with pytest.raises(wmix.ConnectError) as caught:
            query.next_batch(1, PATIENCE)
        assert time.monotonic() - started < 5
        assert caught.value.host is not None
        assert "closed" in caught.value.detail


def test_the_command_says_partial_when_the_host_dies(doomed: FarHost) -> None:
    words = command(doomed.place, "query", "SELECT * FROM Far_Slow", "--mode", "async", "--callbacks")
    with subprocess.Popen(
        [sys.executable, "-m", "wmix", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "WMIX_PASSWORD": PASSWORD},
    ) as process:
        assert process.stdout is not None
        for _ in range(FEW):
            assert process.stdout.readline()
        doomed.kill()
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 3
    assert "partial result: 3 rows" in err


def test_a_host_that_proves_another_account_is_refused_soon_and_said_so() -> None:
    policy = CallbackPolicy(credentials=wmix.NTLM("TEST\\HOST$", "secret of the host"))
    with serving(repository=fixture_repository(), grants=GRANTS, callbacks=policy) as served:

        async def work() -> None:
            auth = wmix.NTLM(f"{served.domain}\\{served.user}", served.password)
            async with called_back(f"{served.host}:{served.port}", auth) as (wmi, calls):
                started = time.monotonic()
                with pytest.raises(wmix.AuthError, match="HOST") as caught:
                    await wmi.query("SELECT * FROM CF_Part", mode="async").list()
                assert time.monotonic() - started < 15
                assert "keytab" in (caught.value.hint or "")
                await until_nothing_is_out(calls)
                assert len(await wmi.query("SELECT * FROM CF_Part").list()) == 5

        asyncio.run(work())


def test_a_host_that_cannot_reach_the_client_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """As behind NAT: the sink is where the client says, and nothing leads there."""
    with serving(repository=fixture_repository(), grants=GRANTS) as served:
        monkeypatch.setattr("wmix.server.client_sink._SECONDS", 0.3)

        async def work() -> None:
            auth = wmix.NTLM(f"{served.domain}\\{served.user}", served.password)
            settings = Settings(timeouts=Timeouts(connect=4.0))
            async with called_back(f"{served.host}:{served.port}", auth, settings=settings) as (wmi, calls):
                await calls._receiver.listen("127.0.0.1")
                for server in calls._receiver._listener._servers:
                    server.close()
                with pytest.raises(wmix.ConnectError, match="not called back") as caught:
                    await wmi.query("SELECT * FROM CF_Part", mode="async").list()
                assert "NAT" in (caught.value.hint or "")

        asyncio.run(work())


def test_a_call_to_which_nothing_happens_waits_as_long_as_its_host_is_there() -> None:
    with serving(repository=fixture_repository(), grants=GRANTS, providers=[still]) as served:

        async def work() -> None:
            auth = wmix.NTLM(f"{served.domain}\\{served.user}", served.password)
            settings = Settings(timeouts=Timeouts(connect=3.0))
            async with called_back(f"{served.host}:{served.port}", auth, settings=settings) as (wmi, calls):
                query = wmi.query("SELECT * FROM Far_Still", mode="async")
                assert await query.next_batch(1, 3.5) == []
                assert not query.exhausted
                query.cancel()
                await until_nothing_is_out(calls)

        asyncio.run(work())


def test_a_subscription_outlives_the_idle_connections_that_a_host_closes() -> None:
    with serving(repository=fixture_repository(), grants=GRANTS, limits=ServerLimits(idle=1.0)) as served:
        auth, place = wmix.NTLM(f"{served.domain}\\{served.user}", served.password), f"{served.host}:{served.port}"

        async def work() -> None:
            async with called_back(place, auth) as (wmi, calls):
                watch = wmi.watch("SELECT * FROM __InstanceCreationEvent WHERE TargetInstance ISA 'CF_Pair'")
                logins = len(served.logins)
                assert await watch.next_batch(1, 4.0) == []
                assert len(served.logins) > logins + 1  # the connection was made anew, more than once
                await wmi.put((await wmi.cls("CF_Pair")).spawn_(A=3000, B="late"))
                (event,) = await watch.next_batch(1, PATIENCE)
                assert event.TargetInstance.B == "late"
                watch.cancel()
                await until_nothing_is_out(calls)

        asyncio.run(work())


def test_credentials_that_cannot_verify_a_host_are_refused_before_it_is_asked() -> None:
    async def work() -> None:
        with pytest.raises(wmix.InvalidParameter, match="verified"):
            remote_engine(HostAddress.parse("127.0.0.1:1"), wmix.Kerberos(), callbacks=True)

    asyncio.run(work())


def test_closing_a_client_in_the_middle_leaves_no_thread_and_no_port(far: FarHost) -> None:
    before = threading.active_count()
    wmi = wmix.connect(far.place, namespace=CONF, auth=far.auth, callbacks=True)
    queries = [wmi.query("SELECT * FROM Far_Slow", mode="async") for _ in range(3)]
    for query in queries:
        query.next_batch(1, PATIENCE)
    engine: Any = wmi._inner._engine
    (port,) = {task.result() for task in engine.source.callbacks._receiver._listening.values()}
    started = time.monotonic()
    wmi.close()
    assert time.monotonic() - started < 4
    with socket.create_server(("127.0.0.1", port)):
        pass  # it is free
    until(lambda: threading.active_count() <= before)
