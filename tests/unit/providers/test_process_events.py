"""Win32_ProcessStartTrace and Win32_ProcessStopTrace."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from unit.providers.event_requests import Told, running
from unit.providers.linux_tree import LinuxTree
from wmix.providers.proc_connector import Acknowledged, Exec, Exit, Fork, ProcConnector
from wmix.providers.process_events import HOLD, POLL, make_process_events
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

START, STOP = "Win32_ProcessStartTrace", "Win32_ProcessStopTrace"
#: S-1-22-1-1000
SID = (1, 2, 0, 0, 0, 0, 0, 22, 1, 0, 0, 0, 232, 3, 0, 0)


@pytest.fixture
def tree(tmp_path: Path) -> LinuxTree:
    made = LinuxTree(tmp_path)
    made.process(1, "init", uid=0)
    made.process(50, "shell")
    return made


def vanish(tree: LinuxTree, number: int) -> None:
    shutil.rmtree(tree.root / "proc" / str(number), ignore_errors=True)


def run(tree: LinuxTree, number: int, name: str, **values: Any) -> None:
    """A process, in the place of one that had the number before."""
    vanish(tree, number)
    tree.process(number, name, **values)


class FakeConnector:
    """A kernel whose messages the test gives."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[Any] = asyncio.Queue()
        self.closed = False

    async def read(self) -> Any:
        found = await self.messages.get()
        if isinstance(found, Exception):
            raise found
        return found

    def tell(self, *messages: object) -> None:
        self.messages.put_nowait(list(messages))

    def close(self) -> None:
        self.closed = True


def told_by(tree: LinuxTree, test: Callable[[Told, FakeConnector], Coroutine[Any, Any, None]]) -> FakeConnector:
    """Run *test* with the source over *tree* and a kernel of its own."""

    async def main() -> FakeConnector:
        connector = FakeConnector()

        async def connect() -> Any:
            return connector

        async with running(make_process_events(tree.root, connect)) as told:
            await asyncio.sleep(0.001)
            await test(told, connector)
        return connector

    return run_virtual(main)


def facts(number: int, name: str, *, uid: int = 1000, session: int = 0) -> dict[str, object]:
    sid = (*SID[:-4], *uid.to_bytes(4, "little"))
    return {"ProcessID": number, "ParentProcessID": 1, "ProcessName": name, "SessionID": session, "Sid": sid}


def test_a_process_is_told_when_it_has_become_a_program(tree: LinuxTree) -> None:
    async def test(told: Told, kernel: FakeConnector) -> None:
        run(tree, 77, "shell")
        kernel.tell(Acknowledged(0), Fork(50, 77))
        await asyncio.sleep(HOLD / 2)
        assert told.waiting() == []
        run(tree, 77, "ls", session=4)
        kernel.tell(Exec(77))
        assert await told.next() == {"__CLASS": START, **facts(77, "ls", session=4)}
        vanish(tree, 77)
        kernel.tell(Exit(77, 3 << 8))
        assert await told.next() == {"__CLASS": STOP, **facts(77, "ls", session=4), "ExitStatus": 3}
        await asyncio.sleep(10)
        assert told.waiting() == []

    assert told_by(tree, test).closed


def test_a_process_that_becomes_no_program_is_told_after_a_moment(tree: LinuxTree) -> None:
    async def test(told: Told, kernel: FakeConnector) -> None:
        run(tree, 77, "shell")
        kernel.tell(Fork(50, 77))
        begun = asyncio.get_running_loop().time()
        assert await told.next() == {"__CLASS": START, **facts(77, "shell")}
        assert asyncio.get_running_loop().time() - begun == pytest.approx(HOLD)
        run(tree, 77, "other")
        kernel.tell(Exec(77))
        kernel.tell(Exit(77, 9))
        # It is another program by now, and no other process; a signal has ended it.
        assert await told.next() == {"__CLASS": STOP, **facts(77, "other"), "ExitStatus": 137}

    told_by(tree, test)


def test_what_ended_at_once_has_the_facts_of_its_parent(tree: LinuxTree) -> None:
    async def test(told: Told, kernel: FakeConnector) -> None:
        kernel.tell(Fork(50, 77), Exit(77, 0))
        started, stopped = await told.next(), await told.next()
        assert started == {"__CLASS": START, **facts(77, "shell"), "ParentProcessID": 50}
        assert stopped == {"__CLASS": STOP, **facts(77, "shell"), "ParentProcessID": 50, "ExitStatus": 0}

    told_by(tree, test)


def test_processes_that_run_already_only_end(tree: LinuxTree) -> None:
    async def test(told: Told, kernel: FakeConnector) -> None:
        kernel.tell(Exit(50, 0), Exit(4711, 0))
        assert await told.next() == {"__CLASS": STOP, **facts(50, "shell"), "ExitStatus": 0}
        assert await told.next() == {"__CLASS": STOP, "ProcessID": 4711, "ExitStatus": 0}
        await asyncio.sleep(10)
        assert told.waiting() == []

    told_by(tree, test)


def test_a_fork_that_was_in_the_list_already_is_not_told_again(tree: LinuxTree) -> None:
    async def test(told: Told, kernel: FakeConnector) -> None:
        kernel.tell(Fork(1, 50), Exec(50))
        await asyncio.sleep(10)
        assert told.waiting() == []

    told_by(tree, test)


def test_lost_messages_are_made_up_for_by_comparing(tree: LinuxTree, caplog: pytest.LogCaptureFixture) -> None:
    async def test(told: Told, kernel: FakeConnector) -> None:
        vanish(tree, 50)
        run(tree, 60, "new")
        kernel.tell(Fork(1, 61))
        kernel.messages.put_nowait(None)
        assert await told.next() == {"__CLASS": STOP, **facts(50, "shell"), "ExitStatus": None}
        assert await told.next() == {"__CLASS": START, **facts(60, "new")}
        await asyncio.sleep(10)
        assert told.waiting() == []
        kernel.tell(Exit(60, 0))
        assert (await told.next())["ProcessName"] == "new"

    told_by(tree, test)
    assert "more processes than could be read" in caplog.text


def test_where_the_kernel_does_not_tell_the_list_is_read_every_second(
    tree: LinuxTree, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse() -> ProcConnector:
        raise PermissionError(1, "not permitted")

    async def main() -> None:
        async with running(make_process_events(tree.root, refuse)) as told:
            await asyncio.sleep(POLL / 2)
            run(tree, 77, "a-name-that-is-longer", arguments=("/bin/a-name-that-is-longer",))
            assert await told.next() == {"__CLASS": START, **facts(77, "a-name-that-is-longer")}
            assert asyncio.get_running_loop().time() == POLL
            # The number is used again: one process has ended, another has begun.
            run(tree, 77, "b", started=99999)
            assert await told.next() == {"__CLASS": STOP, **facts(77, "a-name-that-is-longer"), "ExitStatus": None}
            assert await told.next() == {"__CLASS": START, **facts(77, "b")}
            assert asyncio.get_running_loop().time() == 2 * POLL

    run_virtual(main)
    assert "/proc is read every 1 s" in caplog.text


def test_a_tree_of_files_is_never_listened_to(tree: LinuxTree, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with running(make_process_events(tree.root)) as told:
            await asyncio.sleep(POLL / 2)
            run(tree, 77, "x")
            assert (await told.next())["ProcessName"] == "x"

    run_virtual(main)
    assert caplog.text == ""


def test_a_program_that_ended_at_once_has_no_name(tree: LinuxTree) -> None:
    async def test(told: Told, kernel: FakeConnector) -> None:
        kernel.tell(Fork(50, 77), Exec(77), Exit(77, 0))
        started, stopped = await told.next(), await told.next()
        assert started == {"__CLASS": START, **facts(77, "shell"), "ParentProcessID": 50, "ProcessName": None}
        assert stopped["ProcessName"] is None

    told_by(tree, test)


def test_a_process_of_this_machine(caplog: pytest.LogCaptureFixture) -> None:
    async def one(told: Told) -> list[Any]:
        """The events of a process that runs until it was told of."""
        process = await asyncio.create_subprocess_exec("cat", stdin=subprocess.PIPE)
        own: list[Any] = []
        try:
            async with asyncio.timeout(2 * POLL):
                while not own:
                    own = [row for row in [await told.next()] if row["ProcessID"] == process.pid]
        except TimeoutError:
            pass  # it began before the source did
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
        while own and len(own) < 2:
            own += [row for row in [await told.next()] if row["ProcessID"] == process.pid]
        return own

    async def main() -> None:
        async with running(make_process_events()) as told:
            while not (own := await one(told)):
                pass
        started, stopped = own
        assert (started["__CLASS"], started["ProcessName"]) == (START, "cat")
        assert started["ParentProcessID"] == os.getpid()
        assert (stopped["__CLASS"], stopped["ProcessName"]) == (STOP, "cat")
        assert stopped["ExitStatus"] == (None if "is read every" in caplog.text else 0)

    asyncio.run(asyncio.wait_for(main(), 60))
