"""Columns of Win32_Process by the file that tells them: linux-mapping 5.1, 5.5 and the table in 6.2.

A *stage* reads one file of one process and puts the wanted properties of it into the row.  :func:`plan_stages` makes
the stages of one query: none for a file of which nothing is wanted, those first that a condition needs, cheap before
dear, so that a row that fails a condition costs no further file.  What a file does not tell stays out of the row and
is NULL; a file that this process may not read raises, and the provider moves on.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, TypeAlias

from wmix.cim.datetime import CimDateTime
from wmix.providers.procfs import CLOCK_TICKS, PAGE_SIZE, boot_time, split_stat, status_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wmix.providers.procfs import ProcFs

    #: Reads one file: the row, the prefix of the file's name, and the directory that it is relative to.
    Fill: TypeAlias = Callable[[dict[str, object], str, int], None]

__all__ = ["COLUMNS", "COMM_FILE", "COMM_LENGTH", "Stage", "full_name", "plan_stages"]

#: The command name is cut after this many octets: TASK_COMM_LEN less its terminator.
COMM_LENGTH = 15
#: Octets that the file ``comm`` has at most; only names of kernel workers are longer than a command name.
COMM_FILE = 128
#: Ticks of CIM are 100 nanoseconds.
CIM_TICKS = 10_000_000 // CLOCK_TICKS
#: ``sessionid`` of a process that belongs to no session: (unsigned) -1.
NO_SESSION = 0xFFFFFFFF
_UINT32 = 0xFFFFFFFF

_NAMES: Final = frozenset({"Name", "Caption", "Description"})

#: Property -> index of its field in proc_pid_stat(5), less 3.
_STAT_INTEGERS: Final = {"ParentProcessId": 1, "ThreadCount": 17, "VirtualSize": 20}
#: The same, in clock ticks.
_STAT_TIMES: Final = {"UserModeTime": 11, "KernelModeTime": 12}
_STAT: Final = frozenset(
    {*_STAT_INTEGERS, *_STAT_TIMES, "CreationDate", "ExecutionState", "PageFaults", "Priority", "WorkingSetSize"}
)
#: How far the line must be split for each property: the highest index that it needs.
_STAT_REACH: Final = {
    **_STAT_INTEGERS,
    **_STAT_TIMES,
    "ExecutionState": 0,
    "PageFaults": 9,
    "CreationDate": 19,
    "WorkingSetSize": 21,
    "Priority": 38,
}

#: State letter -> CIM_Process.ExecutionState.
_EXECUTION_STATES: Final = {b"R": 3, b"S": 2, b"I": 2, b"D": 4, b"T": 5, b"t": 5, b"Z": 7, b"X": 7}

_IO: Final = {"ReadTransferCount": 1, "WriteTransferCount": 3, "ReadOperationCount": 5, "WriteOperationCount": 7}
_STATUS: Final = frozenset(
    {"PeakVirtualSize", "PeakWorkingSetSize", "PrivatePageCount", "PageFileUsage", "PeakPageFileUsage"}
)


class Stage:
    """One file of a process: what it tells, how dear it is, and the function that reads it."""

    __slots__ = ("columns", "cost", "fill", "is_tested")

    def __init__(self, columns: frozenset[str], cost: float, fill: Fill, is_tested: bool) -> None:
        self.columns = columns
        self.cost = cost
        self.fill = fill
        #: Whether a condition can be decided after this stage.
        self.is_tested = is_tested


def plan_stages(proc: ProcFs, wanted: frozenset[str], tested: Iterable[str]) -> list[Stage]:
    """The stages that give the *wanted* properties, those that the *tested* ones need first, then by cost."""
    conditions = frozenset(tested)
    stages = []
    for columns, cost, make in _groups(wanted, conditions):
        needed = columns & wanted
        if needed:
            stages.append(Stage(needed, cost, make(proc, needed), not needed.isdisjoint(conditions)))
    stages.sort(key=lambda stage: (not stage.is_tested, stage.cost))
    return stages


def _groups(
    wanted: frozenset[str], conditions: frozenset[str]
) -> list[tuple[frozenset[str], float, Callable[[ProcFs, frozenset[str]], Fill]]]:
    # The name stands in stat too.  A file of its own pays when stat is not read at all, or only for the few processes
    # that have the right name.
    alone = wanted.isdisjoint(_STAT) or (not _NAMES.isdisjoint(conditions) and _STAT.isdisjoint(conditions))
    if alone:
        return [(_NAMES, 4, _comm), (_STAT, 8, _stat), *_OTHER_GROUPS]
    return [(_NAMES | _STAT, 8, _stat), *_OTHER_GROUPS]


def _comm(proc: ProcFs, wanted: frozenset[str]) -> Fill:
    names = tuple(wanted)

    def fill(row: dict[str, object], prefix: str, directory: int) -> None:
        comm = proc.read(prefix + "comm", directory)[:-1]
        may_be_cut = len(comm) == COMM_LENGTH
        name = full_name(proc, comm, prefix, directory) if may_be_cut else comm.decode("utf-8", "replace")
        for column in names:
            row[column] = name

    return fill


def full_name(proc: ProcFs, comm: bytes, prefix: str, directory: int) -> str:
    """The name of a process whose command name may have been cut: its own, as far as its program file confirms it."""
    for read in (_first_argument, _program):
        try:
            candidate = read(proc, prefix, directory)
        except OSError:
            continue
        base = candidate[candidate.rfind(b"/") + 1 :]
        if base.startswith(comm):
            return base.decode("utf-8", "replace")
    return comm.decode("utf-8", "replace")


def _first_argument(proc: ProcFs, prefix: str, directory: int) -> bytes:
    return proc.read(prefix + "cmdline", directory).partition(b"\0")[0]


def _program(_proc: ProcFs, prefix: str, directory: int) -> bytes:
    return os.readlink(os.fsencode(prefix + "exe"), dir_fd=directory).removesuffix(b" (deleted)")


def _stat(proc: ProcFs, wanted: frozenset[str]) -> Fill:
    read = proc.read
    names = tuple(wanted & _NAMES)
    integers = tuple((name, index) for name, index in _STAT_INTEGERS.items() if name in wanted)
    times = tuple((name, index) for name, index in _STAT_TIMES.items() if name in wanted)
    booted = boot_time(proc.files) if "CreationDate" in wanted else None
    wants_state = "ExecutionState" in wanted
    wants_faults = "PageFaults" in wanted
    wants_priority = "Priority" in wanted
    if wants_priority:
        from wmix.providers.priority_class import base_priority
    wants_size = "WorkingSetSize" in wanted
    reach = max((_STAT_REACH[name] for name in wanted & _STAT), default=0) + 1

    def fill(row: dict[str, object], prefix: str, directory: int) -> None:
        comm, fields = split_stat(read(prefix + "stat", directory), reach)
        if names:
            may_be_cut = len(comm) == COMM_LENGTH
            name = full_name(proc, comm, prefix, directory) if may_be_cut else comm.decode("utf-8", "replace")
            for column in names:
                row[column] = name
        for column, index in integers:
            row[column] = int(fields[index])
        for column, index in times:
            row[column] = int(fields[index]) * CIM_TICKS
        if booted is not None:
            row["CreationDate"] = CimDateTime.from_timestamp(booted + int(fields[19]) / CLOCK_TICKS)
        if wants_size:
            row["WorkingSetSize"] = int(fields[21]) * PAGE_SIZE
        if wants_faults:  # a uint32 counter on Windows too: it wraps
            row["PageFaults"] = (int(fields[7]) + int(fields[9])) & _UINT32
        if wants_priority:
            row["Priority"] = base_priority(int(fields[16]), int(fields[38]))
        if wants_state:
            row["ExecutionState"] = _EXECUTION_STATES.get(fields[0])

    return fill


def _session(proc: ProcFs, _wanted: frozenset[str]) -> Fill:
    def fill(row: dict[str, object], prefix: str, directory: int) -> None:
        session = int(proc.read(prefix + "sessionid", directory))
        row["SessionId"] = 0 if session == NO_SESSION else session

    return fill


def _program_path(_proc: ProcFs, _wanted: frozenset[str]) -> Fill:
    def fill(row: dict[str, object], prefix: str, directory: int) -> None:
        path = os.readlink(prefix + "exe", dir_fd=directory).removesuffix(" (deleted)")
        row["ExecutablePath"] = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

    return fill


def _command_line(proc: ProcFs, _wanted: frozenset[str]) -> Fill:
    from wmix.providers.command_line import read_command_line

    def fill(row: dict[str, object], prefix: str, directory: int) -> None:
        row["CommandLine"] = read_command_line(proc.read(prefix + "cmdline", directory))

    return fill


def _io(proc: ProcFs, wanted: frozenset[str]) -> Fill:
    columns = tuple((name, index) for name, index in _IO.items() if name in wanted)

    def fill(row: dict[str, object], prefix: str, directory: int) -> None:
        words = proc.read(prefix + "io", directory).split(None, 8)
        for column, index in columns:
            row[column] = int(words[index])

    return fill


def _status(proc: ProcFs, wanted: frozenset[str]) -> Fill:
    wants_private = not wanted.isdisjoint(("PrivatePageCount", "PageFileUsage", "PeakPageFileUsage"))
    wants_peak = not wanted.isdisjoint(("PeakWorkingSetSize", "PeakPageFileUsage"))
    wants_virtual = "PeakVirtualSize" in wanted

    def fill(row: dict[str, object], prefix: str, directory: int) -> None:
        data = proc.read(prefix + "status", directory)
        if wants_virtual:
            size = status_number(data, b"VmPeak:")
            row["PeakVirtualSize"] = None if size is None else size * 1024
        peak = status_number(data, b"VmHWM:") if wants_peak else None
        private = None
        if wants_private and (anonymous := status_number(data, b"RssAnon:")) is not None:
            private = anonymous + (status_number(data, b"VmSwap:") or 0)
        if "PeakWorkingSetSize" in wanted:
            row["PeakWorkingSetSize"] = _uint32(peak)
        if private is None:
            return
        if "PrivatePageCount" in wanted:
            row["PrivatePageCount"] = private * 1024
        if "PageFileUsage" in wanted:
            row["PageFileUsage"] = _uint32(private)
        if "PeakPageFileUsage" in wanted:
            row["PeakPageFileUsage"] = _uint32(max(peak or 0, private))

    return fill


def _limits(proc: ProcFs, wanted: frozenset[str]) -> Fill:
    wants_maximum = "MaximumWorkingSetSize" in wanted
    wants_minimum = "MinimumWorkingSetSize" in wanted
    groups: dict[bytes, tuple[int | None, int | None]] = {}

    def fill(row: dict[str, object], prefix: str, directory: int) -> None:
        group = proc.read(prefix + "cgroup", directory)
        if group not in groups:
            groups[group] = _group_limit(proc, group, "memory.min"), _group_limit(proc, group, "memory.max")
        minimum, maximum = groups[group]
        if wants_minimum:
            row["MinimumWorkingSetSize"] = minimum
        if wants_maximum:
            own = _resident_limit(proc.read(prefix + "limits", directory))
            row["MaximumWorkingSetSize"] = maximum if own is None else own

    return fill


def _resident_limit(data: bytes) -> int | None:
    """The soft limit of the resident set in KiB, proc_pid_limits(5); None when it is unlimited."""
    label = b"Max resident set "
    at = data.find(label)
    soft = data[at + len(label) :].split(None, 1)[0] if at >= 0 else b"unlimited"
    return _uint32(int(soft) // 1024) if soft.isdigit() else None


def _group_limit(proc: ProcFs, membership: bytes, limit: str) -> int | None:
    """A memory limit of the control group (version 2) in proc_pid_cgroup(5), in KiB; None when it has none."""
    at = membership.find(b"0::/")
    if at < 0:
        return None
    group = membership[at + 3 :].split(b"\n", 1)[0].decode("utf-8", "replace").rstrip("/")
    octets = proc.files.number(f"/sys/fs/cgroup{group}/{limit}")
    return None if octets is None else _uint32(octets // 1024)


def _descriptors(proc: ProcFs, _wanted: frozenset[str]) -> Fill:
    def fill(row: dict[str, object], prefix: str, directory: int) -> None:
        row["HandleCount"] = proc.count_descriptors(prefix, directory)

    return fill


def _uint32(value: int | None) -> int | None:
    """*value*, or None when the property's type cannot hold it."""
    return value if value is not None and value <= _UINT32 else None


#: Columns, microseconds that the file costs (linux-mapping 5.3), and what makes the function that reads it.
_OTHER_GROUPS: Final[list[tuple[frozenset[str], float, Callable[[ProcFs, frozenset[str]], Fill]]]] = [
    (frozenset({"SessionId"}), 2.0, _session),
    (frozenset({"ExecutablePath"}), 2.1, _program_path),
    (frozenset({"CommandLine"}), 4.1, _command_line),
    (frozenset(_IO), 4.2, _io),
    (frozenset({"MinimumWorkingSetSize", "MaximumWorkingSetSize"}), 16.0, _limits),
    (_STATUS, 10.0, _status),
    (frozenset({"HandleCount"}), 27.0, _descriptors),
]

#: Every property that some file tells.
COLUMNS: Final = _NAMES | _STAT | frozenset().union(*(columns for columns, _, _ in _OTHER_GROUPS))
