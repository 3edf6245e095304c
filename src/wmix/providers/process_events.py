"""Win32_ProcessStartTrace and Win32_ProcessStopTrace: processes that begin and end. Brief 7.1.1, linux-mapping 6.11.

The kernel tells them (:mod:`wmix.providers.proc_connector`) where it lets us listen.  Elsewhere ``/proc`` is read once
a second, which the log says: what begins and ends between two readings is then not seen, and no exit status is known.

On Linux a process begins as the image of its parent and then becomes a program.  It is told when it has become one,
or when it has not for ``HOLD`` seconds; so it has the name by which one looks for it.  ``ExitStatus`` is what the
process returned, or 128 and the signal that ended it, as a shell has it.  ``Sid`` is that of the account, in octets.
"""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING, Final

from wmix.providers.account_files import user_sid
from wmix.providers.proc_connector import Exec, Exit, Fork, ProcConnector
from wmix.providers.process_columns import COMM_LENGTH, NO_SESSION, full_name
from wmix.providers.procfs import ProcFs, split_stat, status_number
from wmix.providers.registration import events
from wmix.providers.system_files import SystemFiles
from wmix.security.sid import Sid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from wmix.config import Settings
    from wmix.port.events import EventRequest
    from wmix.providers.proc_connector import Acknowledged
    from wmix.providers.registration import Definition, EventDefinition
    from wmix.providers.system_files import Root

    Message = Acknowledged | Fork | Exec | Exit
    Row = dict[str, object]

__all__ = ["HOLD", "POLL", "ProcessTable", "make_process_events", "providers"]

_log = logging.getLogger("wmix.providers.process_events")

#: Seconds that a new process may take to become a program before it is told with the name of its parent.
HOLD: Final = 0.1
#: Seconds between two readings of /proc where the kernel does not tell.
POLL: Final = 1.0

_START: Final = "Win32_ProcessStartTrace"
_STOP: Final = "Win32_ProcessStopTrace"


def providers(_settings: Settings, root: Root = "/") -> list[Definition]:
    """The source of both event classes: they are told by what is declared for their parent."""
    return [make_process_events(root)]


def make_process_events(
    root: Root = "/", connect: Callable[[], Awaitable[ProcConnector]] = ProcConnector.open
) -> EventDefinition:
    """The source that reads the processes below *root*, which *connect* listens to when that is this machine."""
    files = SystemFiles(root)

    @events("Win32_ProcessTrace", name="Win32_ProcessTrace")
    async def trace(request: EventRequest) -> AsyncIterator[Row]:  # noqa: ARG001  both classes come from one table
        """Events as they happen."""
        with ProcFs(files) as proc:
            table = ProcessTable(proc)
            connector = await _connector(files, connect)
            if connector is None:
                async for row in _polled(table):
                    yield row
                return
            try:
                async for row in _told(table, connector):
                    yield row
            finally:
                connector.close()

    return trace


async def _connector(files: SystemFiles, connect: Callable[[], Awaitable[ProcConnector]]) -> ProcConnector | None:
    if not files.is_machine and connect == ProcConnector.open:
        return None
    try:
        return await connect()
    except OSError as error:
        _log.warning(
            "the kernel does not tell which processes begin and end (%s): /proc is read every %g s", error, POLL
        )
        return None


async def _told(table: ProcessTable, connector: ProcConnector) -> AsyncIterator[Row]:
    loop = asyncio.get_running_loop()
    # Listening began before this: what begins meanwhile is in both, and told no second time.
    table.begin()
    while True:
        messages: Iterable[Message] | None = ()
        try:
            async with asyncio.timeout_at(table.due):
                messages = await connector.read()
        except TimeoutError:
            pass
        if messages is None:
            _log.warning("the kernel told of more processes than could be read; the lists are compared instead")
            rows = table.compare()
        else:
            rows = [row for message in messages for row in table.take(message, loop.time())]
            rows += table.settle(loop.time())
        for row in rows:
            yield row


async def _polled(table: ProcessTable) -> AsyncIterator[Row]:
    table.begin()
    while True:
        await asyncio.sleep(POLL)
        for row in table.compare():
            yield row


class _Known:
    """A process, with what its events say."""

    __slots__ = ("facts", "identity")

    def __init__(self, identity: int | None, facts: Row) -> None:
        #: Start in ticks since boot: with the number it names one process for ever.
        self.identity = identity
        self.facts = facts


class ProcessTable:
    """The processes that are known to run, and the events that follow from what is told of them."""

    def __init__(self, proc: ProcFs) -> None:
        self._proc = proc
        self._known: dict[int, _Known] = {}
        #: Begun, but no program yet: number -> its parent and until when that may be so.
        self._held: dict[int, tuple[int, float]] = {}

    @property
    def due(self) -> float | None:
        """When :meth:`settle` has something to do, on the loop's clock; None while it has not."""
        return min((until for _, until in self._held.values()), default=None)

    def begin(self) -> None:
        """Know the processes that run now; they cause no events."""
        for number in self._proc.processes():
            known = self._read(number)
            if known is not None:
                self._known[number] = known

    def take(self, message: Message, now: float) -> list[Row]:
        """The events that *message* causes at the time *now* of the loop."""
        match message:
            case Fork(parent, child):
                if child not in self._known:
                    self._held[child] = (parent, now + HOLD)
            case Exec(process):
                if process in self._held:
                    return self._start(process, is_program=True)
                if process in self._known and (known := self._read(process)) is not None:
                    self._known[process] = known
            case Exit(process, status):
                rows = self._start(process) if process in self._held else []
                return [*rows, *self._stop(process, _exit_status(status))]
        return []

    def settle(self, now: float) -> list[Row]:
        """The starts of processes that have become no program in time."""
        over = [number for number, (_, until) in self._held.items() if until <= now]
        return [row for number in over for row in self._start(number)]

    def compare(self) -> list[Row]:
        """The events that explain the difference between what is known and what runs now."""
        self._held.clear()
        running: dict[int, _Known] = {}
        for number in self._proc.processes():
            before = self._known.get(number)
            if before is not None and before.identity == self._identity(number):
                running[number] = before
            elif (known := self._read(number)) is not None:
                running[number] = known
        ended = [number for number, known in self._known.items() if running.get(number) is not known]
        rows = [row for number in ended for row in self._stop(number, None)]
        began = [known for number, known in running.items() if number not in self._known]
        self._known = running
        return rows + [{"__CLASS": _START, **known.facts} for known in began]

    def _start(self, number: int, *, is_program: bool = False) -> list[Row]:
        parent, _ = self._held.pop(number)
        known = self._read(number)
        if known is None:
            # It has ended and nobody can look any more: what it had, it had from its parent, but for a program's name.
            origin = self._known.get(parent)
            facts = {} if origin is None else dict(origin.facts)
            if is_program:
                facts["ProcessName"] = None
            known = _Known(None, {**facts, "ProcessID": number, "ParentProcessID": parent})
        self._known[number] = known
        return [{"__CLASS": _START, **known.facts}]

    def _stop(self, number: int, status: int | None) -> list[Row]:
        known = self._known.pop(number, None)
        facts = {"ProcessID": number} if known is None else known.facts
        return [{"__CLASS": _STOP, **facts, "ExitStatus": status}]

    def _identity(self, number: int) -> int | None:
        try:
            return int(split_stat(self._proc.read(f"{number}/stat", self._proc.descriptor))[1][19])
        except (OSError, ValueError, IndexError):
            return None

    def _read(self, number: int) -> _Known | None:
        """The facts of a process; None when it is gone."""
        proc, directory, prefix = self._proc, self._proc.descriptor, f"{number}/"
        try:
            comm, fields = split_stat(proc.read(prefix + "stat", directory))
            parent, identity = int(fields[1]), int(fields[19])
        except (OSError, ValueError, IndexError):
            return None
        is_cut = len(comm) == COMM_LENGTH
        return _Known(
            identity,
            {
                "ProcessID": number,
                "ParentProcessID": parent,
                "ProcessName": full_name(proc, comm, prefix, directory) if is_cut else comm.decode("utf-8", "replace"),
                "SessionID": self._session(prefix),
                "Sid": self._sid(prefix),
            },
        )

    def _session(self, prefix: str) -> int | None:
        try:
            session = int(self._proc.read(prefix + "sessionid", self._proc.descriptor))
        except (OSError, ValueError):
            return None
        return 0 if session == NO_SESSION else session

    def _sid(self, prefix: str) -> tuple[int, ...] | None:
        try:
            uid = status_number(self._proc.read(prefix + "status", self._proc.descriptor), b"Uid:")
        except (OSError, ValueError):
            return None
        return None if uid is None else tuple(Sid.parse(user_sid(uid)).octets)


def _exit_status(status: int) -> int:
    if os.WIFSIGNALED(status):
        return 128 + os.WTERMSIG(status)
    return os.WEXITSTATUS(status)
