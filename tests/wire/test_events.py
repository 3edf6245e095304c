"""Events of a server, for both clients, the interfaces of com and the command; and a client that is killed."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

import wmix
from conformance.fixture_f import fixture_repository
from wmix import com
from wmix.cli.main import main
from wmix.local.system import LocalSystem
from wmix.net.server.limits import ServerLimits
from wmix.testing.serving import Served, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wmix.local.subscriptions.manager import SubscriptionManager

CONF = "root/conf"
STORED = "SELECT * FROM __InstanceCreationEvent WHERE TargetInstance ISA 'CF_Pair'"
POLLED = "SELECT * FROM __InstanceOperationEvent WITHIN {} WHERE TargetInstance ISA 'Far_Clock'"
PATIENCE = 20.0


@wmix.provider("Far_Clock", namespace=CONF, keys=("Name",), properties={"Name": "string"})
def still(request: wmix.InstanceRequest) -> Iterator[Mapping[str, object]]:
    """What never changes."""
    yield {"Name": "still"}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(
        grants=["TEST\\alice=execute,write,provider-write,subscribe"],
        providers=[still],
        repository=fixture_repository(),
        limits=ServerLimits(orphan_life=1.0),
    ) as running:
        yield running


def place_of(served: Served) -> str:
    return f"{served.host}:{served.port}"


def auth_of(served: Served) -> wmix.NTLM:
    return wmix.NTLM(f"{served.domain}\\{served.user}", served.password)


def manager_of(served: Served) -> SubscriptionManager:
    assert isinstance(served.engine.source, LocalSystem)
    return served.engine.source.subscriptions


def in_force(served: Served) -> int:
    """How many event queries are in force."""
    return sum(len(room._active) for room in list(manager_of(served)._rooms.values()))


class Writer:
    """Somebody who goes on writing pairs, each of them new, until it is closed."""

    def __init__(self, served: Served, name: str) -> None:
        self._client = wmix.connect(place_of(served), namespace=CONF, auth=auth_of(served))
        self._name = name
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)

    def _write(self) -> None:
        pair = self._client.cls("CF_Pair")
        number = 0
        while not self._ended.wait(0.02):
            self._client.put(pair.spawn_(A=number, B=self._name))
            number += 1

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._ended.set()
        self._thread.join(PATIENCE)
        self._client.close()


def until(holds: Callable[[], object]) -> None:
    """Look again and again, because what a server forgets tells nobody."""
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends
        threading.Event().wait(0.02)


def ordered(events: list[Any], name: str) -> None:
    """See that *events* are creations by *name*, without a gap."""
    assert {(event["__CLASS"], event.TargetInstance.B) for event in events} == {("__InstanceCreationEvent", name)}
    numbers = [event.TargetInstance.A for event in events]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_a_client_iterates_events(served: Served) -> None:
    with wmix.connect(place_of(served), namespace=CONF, auth=auth_of(served)) as wmi, Writer(served, "blocking"):
        ordered(list(wmi.watch(STORED, stop_after=5)), "blocking")
    until(lambda: not in_force(served))


def test_an_asynchronous_client_awaits_events(served: Served) -> None:
    async def run() -> None:
        async with wmix.AsyncClient(place_of(served), namespace=CONF, auth=auth_of(served)) as wmi:
            ordered([event async for event in wmi.watch(STORED, stop_after=5)], "awaited")

    with Writer(served, "awaited"):
        asyncio.run(run())


def test_com_polls_its_enumerator(served: Served) -> None:
    locator = com.Locator()
    auth = auth_of(served)
    _, services = locator.connect_server(rf"\\{place_of(served)}\root\conf", auth.name, auth.password)
    assert services is not None
    hresult, events = services.exec_notification_query("WQL", STORED, 0x30, None)
    assert events is not None
    assert (hresult, events.next(0, 1).hresult) == (com.WBEM_S_NO_ERROR, com.WBEM_S_TIMEDOUT)
    with Writer(served, "com"):
        got = events.next(int(PATIENCE * 1000), 1)
    assert got.hresult == com.WBEM_S_NO_ERROR
    assert got.objects is not None
    assert got.objects[0].get("__CLASS").value == "__InstanceCreationEvent"
    events.release()
    locator.close()


class Listener:
    """A sink of com that writes down what it is told."""

    def __init__(self) -> None:
        self.classes: list[str] = []
        self.statuses: list[int] = []
        self.came, self.ended = threading.Event(), threading.Event()

    def indicate(self, objects: Any) -> int:
        self.classes += [item.get("__CLASS").value for item in objects]
        self.came.set()
        return 0

    def set_status(self, flags: int, hresult: int, text: str | None, error_object: Any) -> int:
        self.statuses.append(hresult)
        self.ended.set()
        return 0


def test_com_hands_events_to_a_sink_until_it_is_cancelled(served: Served) -> None:
    locator = com.Locator()
    auth = auth_of(served)
    _, services = locator.connect_server(rf"\\{place_of(served)}\root\conf", auth.name, auth.password)
    assert services is not None
    sink = Listener()
    assert services.exec_notification_query_async("WQL", STORED, 0, None, sink).hresult == com.WBEM_S_NO_ERROR
    with Writer(served, "sink"):
        assert sink.came.wait(PATIENCE)
    assert services.cancel_async_call(sink).hresult == com.WBEM_S_NO_ERROR
    assert sink.ended.wait(PATIENCE)
    assert set(sink.classes) == {"__InstanceCreationEvent"}
    assert sink.statuses == [com.WBEM_E_CALL_CANCELLED]
    until(lambda: not in_force(served))
    locator.close()


def command(served: Served, *words: str) -> list[str]:
    user = f"{served.domain}\\{served.user}"
    return [*words, "--host", place_of(served), "--user", user, "--namespace", CONF, "--format", "jsonl"]


def test_the_command_prints_events_of_a_host(
    served: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WMIX_PASSWORD", served.password)
    with Writer(served, "command"):
        assert main(command(served, "watch", STORED, "--count", "3")) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["TargetInstance"]["B"] for event in events] == ["command"] * 3


def test_a_subscriber_that_is_killed_costs_nothing_after_its_grace(served: Served) -> None:
    words = command(served, "watch", POLLED.format(1))
    with subprocess.Popen(
        [sys.executable, "-m", "wmix", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "WMIX_PASSWORD": served.password},
    ) as process:
        until(lambda: manager_of(served).feeds == 1)
        process.kill()
        process.wait()
    until(lambda: manager_of(served).feeds == 0)


def test_five_hundred_watches_on_one_connection_leave_room_for_other_calls(served: Served) -> None:
    async def run() -> None:
        manager = manager_of(served)
        async with wmix.AsyncClient(place_of(served), namespace=CONF, auth=auth_of(served)) as wmi:
            watches = [wmi.watch(POLLED.format(1 + number % 2)) for number in range(500)]
            waits = [asyncio.ensure_future(watch.next_batch(1, PATIENCE)) for watch in watches]
            await asyncio.to_thread(until, lambda: in_force(served) == len(watches))
            assert manager.feeds == 2
            assert (await wmi.get('CF_Part.Id="p1"')).Num == 1
            assert not any(wait.done() for wait in waits)
            for watch in watches:
                watch.cancel()
            assert await asyncio.gather(*waits) == [[]] * len(watches)
            await asyncio.to_thread(until, lambda: not manager.feeds)

    asyncio.run(run())
