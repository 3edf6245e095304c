"""Connection: it lives as long as something that came from it, and ends with the last of them."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.fixture_f import NAMESPACE, PATIENCE, SlowSource, fixture_engine
from conformance.recording_sink import RecordingSink
from wmix import com
from wmix.com.connection import Connection
from wmix.engine.portal import Portal
from wmix.errors import InvalidOperation
from wmix.repository.memory import MemoryRepository

if TYPE_CHECKING:
    from wmix.com import Services
    from wmix.engine.engine import Engine

IMMEDIATELY = com.WBEM_FLAG_RETURN_IMMEDIATELY


def portal_thread(services: Services) -> threading.Thread:
    """The thread of the portal behind some services."""
    return services._lease.do(threading.current_thread)


def connected(slow: SlowSource | None = None) -> Services:
    services = com.Locator(lambda: fixture_engine(slow)).connect_server(NAMESPACE).services
    assert services is not None
    return services


def test_the_last_release_ends_the_portal() -> None:
    services = connected()
    thread = portal_thread(services)
    assert thread.is_alive()
    services.release()
    services.release()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_the_last_collection_ends_the_portal() -> None:
    services = connected()
    thread = portal_thread(services)
    del services
    gc.collect()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_an_enumerator_keeps_the_portal_alive() -> None:
    services = connected()
    thread = portal_thread(services)
    enumerator = services.exec_query("WQL", "SELECT * FROM CF_Part", IMMEDIATELY).enumerator
    services.release()
    assert enumerator is not None
    assert enumerator.next(-1, 100).returned == 5
    enumerator.release()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_an_asynchronous_call_keeps_the_portal_alive_until_its_final_status() -> None:
    slow = SlowSource(2)
    services = connected(slow)
    thread = portal_thread(services)
    sink = RecordingSink()
    assert services.create_instance_enum_async("CF_Slow", 0, None, sink).hresult == com.WBEM_S_NO_ERROR
    services.release()
    slow.permit_all()
    assert sink.done.wait(PATIENCE)
    assert sink.ids() == ["s0", "s1"]
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_closing_ends_waiting_calls() -> None:
    slow = SlowSource()
    locator = com.Locator(lambda: fixture_engine(slow))
    services = locator.connect_server(NAMESPACE).services
    assert services is not None
    enumerator = services.create_instance_enum("CF_Slow", IMMEDIATELY).enumerator
    assert enumerator is not None
    answers: list[int] = []
    waiting = threading.Thread(target=lambda: answers.append(enumerator.next(-1, 1).hresult))
    waiting.start()
    assert slow.started.wait(PATIENCE)
    locator.close()
    waiting.join(PATIENCE)
    assert answers in ([com.WBEM_E_CALL_CANCELLED], [com.WBEM_E_INVALID_OPERATION])
    assert slow.cancelled.wait(PATIENCE)


def test_a_call_from_the_loop_is_refused_rather_than_waiting_for_itself() -> None:
    services = connected()
    result = services._lease.do(lambda: services.get_object("CF_Part", IMMEDIATELY, None, call_result=True))
    assert result == (com.WBEM_E_INVALID_OPERATION, None, None)
    services.release()


def test_a_connection_without_leases_gives_no_more_of_them() -> None:
    connection = Connection(fixture_engine)
    lease = connection.lease()
    assert lease is not None
    second = lease.another()
    lease.release()
    assert not connection.is_closed
    with pytest.raises(InvalidOperation, match="released"):
        lease.do(int)
    second.release()
    assert connection.is_closed
    assert connection.lease() is None
    with pytest.raises(InvalidOperation, match="released"):
        second.another()


def test_a_closed_connection_refuses_whoever_holds_a_lease() -> None:
    connection = Connection(fixture_engine)
    lease = connection.lease()
    assert lease is not None
    connection.close()
    connection.close()
    for refused in (lease.another, lambda: lease.do(int)):
        with pytest.raises(InvalidOperation, match="closed") as caught:
            refused()
        assert caught.value.hint == "connect anew"
    lease.release()


def test_closing_tells_every_waiting_sink() -> None:
    before = set(threading.enumerate())
    slow = SlowSource()
    locator = com.Locator(lambda: fixture_engine(slow))
    services = locator.connect_server(NAMESPACE).services
    assert services is not None
    enumerator = services.create_instance_enum("CF_Slow", IMMEDIATELY).enumerator
    assert enumerator is not None
    portions, whole = RecordingSink(), RecordingSink()
    assert enumerator.next_async(2, portions).hresult == com.WBEM_S_NO_ERROR
    assert enumerator.next_async(2, portions).hresult == com.WBEM_S_NO_ERROR
    assert services.create_instance_enum_async("CF_Slow", 0, None, whole).hresult == com.WBEM_S_NO_ERROR
    locator.close()
    assert whole.wait_for_statuses(1, PATIENCE)
    assert portions.wait_for_statuses(2, PATIENCE)
    assert {status.hresult for status in (*portions.statuses, *whole.statuses)} == {com.WBEM_E_CALL_CANCELLED}
    for thread in set(threading.enumerate()) - before:
        # A thread of a sink ends when it has delivered the last word; those of the rest of the machine may live.
        if thread.name == "wmix-worker":
            thread.join(PATIENCE)
            assert not thread.is_alive()


@pytest.mark.parametrize("given", [True, False], ids=["portal given", "portal of its own"])
def test_a_sink_on_the_loop_may_release_what_it_came_from(given: bool) -> None:
    portal = Portal() if given else None
    engines: list[Engine] = []

    def make() -> Engine:
        engines.append(fixture_engine())
        return engines[0]

    services = com.Locator(make, portal=portal).connect_server(NAMESPACE).services
    assert services is not None
    keep, thread = services, portal_thread(services)
    closed = threading.Event()

    class Last:
        """A sink of coroutines that lets everything go at the end."""

        async def indicate(self, objects: object) -> None:
            """Take them."""

        async def set_status(self, *arguments: object) -> None:
            keep.release()

    class Watched(MemoryRepository):
        async def close(self) -> None:
            closed.set()

    engines[0].source.repository = Watched()  # type: ignore[attr-defined]  # to see the engine close it
    assert services.get_object_async("CF_Part", 0, None, Last()).hresult == com.WBEM_S_NO_ERROR
    assert closed.wait(PATIENCE)
    if portal is not None:
        assert not portal.is_closed
        portal.close()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def run(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program of its own, on an interpreter that tells of everything left behind."""
    imports = "import logging, os; from wmix import com; from conformance.fixture_f import *\n"
    # Development mode tells of every slow step too, and a busy machine has them.
    imports += "logging.getLogger('asyncio').setLevel(logging.ERROR)\n"
    return subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", imports + textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def test_the_interpreter_exits_although_handles_are_open() -> None:
    finished = run("""
        services = com.Locator(lambda: fixture_engine(SlowSource())).connect_server(NAMESPACE).services
        enumerator = services.create_instance_enum("CF_Slow", 0x10).enumerator
        call = services.get_object('CF_Slow="s0"', 0x10, None, call_result=True).call_result
        class Sink:
            def indicate(self, objects): pass
            def set_status(self, flags, hresult, text, error_object): print(hex(hresult))
        sink = Sink()
        services.create_instance_enum_async("CF_Slow", 0, None, sink)
        print(enumerator.next(0, 1).hresult)
    """)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout.split() == [str(com.WBEM_S_TIMEDOUT), hex(com.WBEM_E_CALL_CANCELLED)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_after_a_fork_the_child_is_told_to_connect_anew() -> None:
    finished = run("""
        services = com.Locator(fixture_engine).connect_server(NAMESPACE).services
        child = os.fork()
        if not child:
            print(hex(services.get_object("CF_Part", 0x10, None, call_result=True).hresult), flush=True)
            print("fork" in com.get_error_info().get("Description").value, flush=True)
            services.release()
            print(com.Locator(fixture_engine).connect_server(NAMESPACE).hresult, flush=True)
            os._exit(0)
        os.waitpid(child, 0)
        print(services.get_object("CF_Part", 0x10, None, call_result=True).hresult)
        services.release()
    """)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout.split() == [hex(com.WBEM_E_INVALID_OPERATION), "True", "0", "0"]
