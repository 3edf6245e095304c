"""The portal: blocking calls from any thread, refused from its own, refused after a fork, and no obstacle to exit."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import gc
import os
import subprocess
import sys
import textwrap
import threading
import weakref
from typing import TYPE_CHECKING, Any, cast

import pytest

from wmix.engine.portal import Portal
from wmix.errors import DeadlineExceeded, InvalidOperation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine


async def give(value: object) -> object:
    return value


def test_a_call_gives_the_result_or_the_error() -> None:
    portal = Portal()

    async def fail() -> None:
        raise ValueError("no")

    assert portal.call(give, 3) == 3
    assert portal.do(lambda: threading.current_thread().name) == "wmix-portal"
    with pytest.raises(ValueError, match="no"):
        portal.call(fail)
    portal.close()


def test_a_plain_function_runs_on_the_loop_without_a_task_and_its_error_comes_back() -> None:
    portal = Portal()

    def on_the_loop() -> object:
        assert asyncio.get_running_loop() is portal.loop
        return asyncio.current_task()

    def fail() -> None:
        raise KeyError("no")

    assert portal.do(on_the_loop) is None
    with pytest.raises(KeyError, match="no"):
        portal.do(fail)
    assert portal.do(len, "abc") == 3
    portal.close()


def test_an_error_that_came_back_is_freed_with_its_last_reader() -> None:
    class Failure(Exception):
        pass

    async def fail() -> None:
        raise Failure

    portal = Portal()
    freed = threading.Event()
    gc.disable()
    try:
        for run in (portal.call, portal.do):
            try:
                run(fail if run == portal.call else lambda: (_ for _ in ()).throw(Failure))
            except Failure as error:
                reference = weakref.ref(error, lambda _: freed.set())
            assert freed.wait(20)
            assert reference() is None
            freed.clear()
    finally:
        gc.enable()
    portal.close()


def test_a_call_from_the_portals_own_thread_is_refused() -> None:
    portal = Portal()

    async def reenter() -> None:
        portal.call(give, 1)

    with pytest.raises(InvalidOperation, match="own thread"):
        portal.call(reenter)
    portal.close()


def test_a_closed_portal_refuses_calls_and_ignores_posts() -> None:
    portal = Portal()
    portal.close()
    portal.close()
    portal.post(print)
    with pytest.raises(InvalidOperation, match="closed"):
        portal.call(give, 1)


def test_closing_awaits_what_was_registered_and_ends_the_thread() -> None:
    class Owner:
        closed = False

        async def close(self) -> None:
            self.closed = True

    portal, owner = Portal(), Owner()
    portal.on_close(owner.close)
    thread = portal._thread
    portal.close()
    assert owner.closed
    assert not thread.is_alive()


def test_closing_ends_a_waiting_call_of_another_thread() -> None:
    portal = Portal()
    ended = threading.Event()
    entered = threading.Event()

    async def wait() -> None:
        entered.set()
        await asyncio.get_running_loop().create_future()

    def blocked() -> None:
        try:
            portal.call(wait)
        except BaseException:  # whatever it is, the caller is free
            ended.set()

    thread = threading.Thread(target=blocked)
    thread.start()
    assert entered.wait(20)
    portal.close()
    assert ended.wait(20)
    thread.join(20)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_after_a_fork_every_use_in_the_child_says_to_connect_anew() -> None:
    portal = Portal()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            portal.call(give, 1)
            text = "worked"
        except InvalidOperation as error:
            text = f"{error.detail} {error.hint}"
        except BaseException as error:
            text = repr(error)
        os.write(writer, text.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    assert "before a fork" in said
    assert "connect anew" in said
    assert portal.call(give, 1) == 1, "the parent goes on"
    portal.close()


EXIT_SCRIPT = """
    import threading, wmix

    @wmix.provider("Stuck", keys=("Id",), properties={"Id": "uint32"})
    def stuck(request):
        yield {"Id": 1}
        threading.Event().wait()

    @wmix.provider("Deaf", keys=("Id",), properties={"Id": "uint32"})
    async def deaf(request):
        import asyncio
        yield {"Id": 1}
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                pass

    wmi = wmix.connect(providers=[stuck, deaf])
    for name in ("Stuck", "Deaf"):
        handle = wmi.query(f"SELECT * FROM {name}")
        print(name, next(iter(handle)).Id, flush=True)
    print("end", flush=True)
"""


def test_the_interpreter_exits_although_clients_are_open_and_providers_hang() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore::ResourceWarning", "-c", textwrap.dedent(EXIT_SCRIPT)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split("\n") == ["Stuck 1", "Deaf 1", "end", ""]
    assert (done.returncode, done.stderr) == (0, "")


CLEAN_SCRIPT = """
    import asyncio, wmix

    @wmix.provider("Kept", keys=("Id",), properties={"Id": "uint32"})
    async def kept(request):
        try:
            yield {"Id": 1}
            await asyncio.get_running_loop().create_future()
        finally:
            print("cleaned up", flush=True)

    wmi = wmix.connect(providers=[kept])
    handle = wmi.query("SELECT * FROM Kept")
    print(next(iter(handle)).Id, flush=True)
"""


def test_providers_of_clients_that_are_open_at_exit_may_clean_up() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore::ResourceWarning", "-c", textwrap.dedent(CLEAN_SCRIPT)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("1\ncleaned up\n", "")


def test_work_that_comes_while_the_portal_closes_is_refused_and_not_forgotten() -> None:
    class ClosedAfterTheCheck(Portal):
        def check(self) -> None:
            super().check()
            self.close()

    with pytest.raises(InvalidOperation, match="closed"):
        ClosedAfterTheCheck().call(give, 1)


def test_work_that_comes_while_the_loop_ends_is_cancelled_and_not_waited_for() -> None:
    class EndingAfterTheCheck(Portal):
        late = False

        def check(self) -> None:
            super().check()
            if self.late:
                closer.start()
                assert ending.wait(10)
                scheduled.set()

    portal = EndingAfterTheCheck()
    ending, scheduled = threading.Event(), threading.Event()
    closer = threading.Thread(target=portal.close)

    async def last() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            # The loop runs its last steps here.
            ending.set()
            scheduled.wait(10)

    kept: list[AsyncIterator[int]] = []

    async def begin() -> None:
        kept.append(last())
        await anext(kept[0])

    portal.call(begin)
    portal.late = True
    with contextlib.suppress(InvalidOperation, concurrent.futures.CancelledError):
        portal.call(give, 1)
    closer.join(10)
    assert not closer.is_alive()


def test_an_interrupt_before_the_work_is_handed_over_leaves_nothing_unawaited() -> None:
    class InterruptedLoop:
        """The loop as an interrupted thread finds it: nothing can be scheduled any more."""

        def call_soon_threadsafe(self, *_: object) -> None:
            raise KeyboardInterrupt

    portal = Portal()
    loop, portal._loop = portal._loop, cast("Any", InterruptedLoop())
    made: list[int] = []

    def work() -> Coroutine[Any, Any, object]:
        made.append(1)
        return give(1)

    with pytest.raises(KeyboardInterrupt):
        portal.call(work)
    assert made == []
    portal._loop = loop
    portal.close()


def test_an_interrupt_cancels_the_work_that_it_waits_for() -> None:
    class Interrupted(Portal):
        def _wait(self, future: Any) -> Any:
            assert begun.wait(20)
            raise KeyboardInterrupt

    begun, cancelled = threading.Event(), threading.Event()

    async def endless() -> None:
        begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            cancelled.set()

    portal = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        portal.call(endless)
    assert cancelled.wait(20)
    portal.close()


def test_work_that_an_interrupt_overtakes_is_not_begun() -> None:
    class Interrupted(Portal):
        def _wait(self, future: Any) -> Any:
            raise KeyboardInterrupt

        def post(self, work: Any, *args: Any) -> None:
            # Before the loop comes to what was handed over.
            work(*args)
            go.set()

    portal = Interrupted()
    go, made = threading.Event(), threading.Event()
    portal.loop.call_soon_threadsafe(go.wait, 20)

    def work() -> Coroutine[Any, Any, object]:
        made.set()
        return give(1)

    with pytest.raises(KeyboardInterrupt):
        portal.call(work)
    portal.close()
    assert not made.is_set()


def test_a_portal_over_a_loop_of_somebody_else_leaves_it_running() -> None:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    portal = Portal.over(loop, thread)
    assert portal.call(give, 1) == 1

    async def reenter() -> None:
        portal.call(give, 1)

    with pytest.raises(InvalidOperation, match="own thread"):
        portal.call(reenter)
    portal.close()
    with pytest.raises(InvalidOperation, match="closed"):
        portal.call(give, 1)
    assert asyncio.run_coroutine_threadsafe(give(2), loop).result(20) == 2
    loop.call_soon_threadsafe(loop.stop)
    thread.join(20)
    loop.close()


def test_what_does_not_end_while_it_is_closed_is_cancelled_after_the_exit_time() -> None:
    class Owner:
        cancelled = False

        async def close(self) -> None:
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                self.cancelled = True

    portal, owner = Portal(exit_timeout=0.05), Owner()
    portal.on_close(owner.close)
    thread = portal._thread
    portal.close()
    thread.join(20)
    assert not thread.is_alive()
    assert owner.cancelled


def test_what_fails_while_it_is_closed_does_not_keep_the_loop_alive(caplog: pytest.LogCaptureFixture) -> None:
    class Owner:
        async def close(self) -> None:
            raise ValueError("not today")

    portal, owner = Portal(), Owner()
    portal.on_close(owner.close)
    thread = portal._thread
    portal.close()
    assert not thread.is_alive()
    assert "not today" in caplog.text


def test_a_loop_that_something_blocks_is_reported_and_not_waited_for() -> None:
    portal = Portal(patience=0.05)
    release = threading.Event()
    portal.post(release.wait)
    with pytest.raises(DeadlineExceeded, match="has not run"):
        portal.call(give, 1)
    release.set()
    assert portal.call(give, 2) == 2, "a loop that runs again serves again"
    portal.close()


def test_a_long_call_on_a_loop_that_runs_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    portal = Portal(patience=0.01)
    done = asyncio.Event()
    answers = portal._answers
    asked = 0

    def counted() -> bool:
        nonlocal asked
        asked += 1
        if asked == 3:
            portal.post(done.set)
        return answers()

    monkeypatch.setattr(portal, "_answers", counted)
    assert portal.call(done.wait) is True
    assert asked >= 3
    portal.close()


def test_a_timeout_that_the_work_raises_is_its_own() -> None:
    portal = Portal(patience=0.01)

    async def fail() -> None:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        portal.call(fail)
    portal.close()
