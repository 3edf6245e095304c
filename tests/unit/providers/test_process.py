"""Win32_Process: columns from their files, what is read for which query, and processes that go away meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from unit.providers.linux_tree import LinuxTree, compare, request_for
from wmix.cim.datetime import CimDateTime
from wmix.cim.types import CimType
from wmix.config import Settings
from wmix.providers import process
from wmix.providers.process_methods import process_methods
from wmix.providers.procfs import CLOCK_TICKS, PAGE_SIZE, ProcFs
from wmix.providers.registration import MethodDefinition

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from unit.providers.conftest import Ask
    from wmix.cim.image import ClassImage

CLASS = "Win32_Process"


@pytest.fixture
def tree(tmp_path: Path) -> LinuxTree:
    tree = LinuxTree(tmp_path)
    tree.write("/proc/stat", "cpu 1\nbtime 1700000000\n")
    tree.write("/etc/os-release", 'PRETTY_NAME="Testix 1.0"\n')
    tree.write("/proc/self/mountinfo", "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n")
    return tree


def rows(tree: LinuxTree, ask: Ask, **question: Any) -> list[dict[str, Any]]:
    return ask([process.make_processes(tree.root)], CLASS, **question)


def only(tree: LinuxTree, ask: Ask, *properties: str) -> Any:
    (row,) = rows(tree, ask, properties=properties or None)
    return row if len(properties) != 1 else row[properties[0]]


def test_the_methods_are_declared_without_what_they_do_and_are_all_there() -> None:
    declared = [found for found in process.providers(Settings()) if isinstance(found, MethodDefinition)]
    assert [(method.method, method.static) for method in declared] == [
        (method.method, method.static) for method in process_methods()
    ]
    program = (
        "import sys; from wmix.config import Settings; from wmix.providers.process import providers\n"
        "providers(Settings()); print('wmix.providers.process_methods' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "False\n"


def test_every_column_comes_from_its_file(tree: LinuxTree, ask: Ask) -> None:
    tree.process(42, "daemon", nice=10, session=7, cgroup="/system.slice/d.service")
    tree.write("/sys/fs/cgroup/system.slice/d.service/memory.max", "1048576\n")
    tree.write("/sys/fs/cgroup/system.slice/d.service/memory.min", "0\n")
    expected = {
        "Handle": "42",
        "ProcessId": 42,
        "Name": "daemon",
        "Caption": "daemon",
        "Description": "daemon",
        "ParentProcessId": 1,
        "SessionId": 7,
        "CreationDate": CimDateTime.from_timestamp(1_700_000_000 + 12345 / CLOCK_TICKS),
        "UserModeTime": 250 * 10_000_000 // CLOCK_TICKS,
        "KernelModeTime": 150 * 10_000_000 // CLOCK_TICKS,
        "Priority": 6,
        "ThreadCount": 3,
        "PageFaults": 11,
        "VirtualSize": 4096000,
        "WorkingSetSize": 275 * PAGE_SIZE,
        "ExecutionState": 2,
        "PeakVirtualSize": 3000 * 1024,
        "PeakWorkingSetSize": 1200,
        "PrivatePageCount": 800 * 1024,
        "PageFileUsage": 800,
        "PeakPageFileUsage": 1200,
        "CommandLine": "/usr/sbin/daemon -f",
        "ExecutablePath": "/usr/sbin/daemon",
        "HandleCount": 3,
        "ReadOperationCount": 11,
        "WriteOperationCount": 12,
        "ReadTransferCount": 1001,
        "WriteTransferCount": 1002,
        "OtherOperationCount": 0,
        "OtherTransferCount": 0,
        "MaximumWorkingSetSize": 1024,
        "MinimumWorkingSetSize": 0,
        "CSName": "box",
        "CSCreationClassName": "Win32_ComputerSystem",
        "OSName": "Testix 1.0|/|/dev/vda",
        "OSCreationClassName": "Win32_OperatingSystem",
        "CreationClassName": "Win32_Process",
        "WindowsVersion": "6.1.0-18-amd64",
    }
    unknown = {
        "InstallDate", "Status", "TerminationDate", "QuotaNonPagedPoolUsage", "QuotaPagedPoolUsage",
        "QuotaPeakNonPagedPoolUsage", "QuotaPeakPagedPoolUsage",
    }  # fmt: skip
    row = only(tree, ask)
    assert row == expected | dict.fromkeys(unknown)
    assert len(row) == 45


def test_a_selection_gives_what_all_columns_give(tree: LinuxTree, ask: Ask) -> None:
    tree.process(42, "daemon", cgroup="/d")
    tree.write("/sys/fs/cgroup/d/memory.max", "max\n")
    full = only(tree, ask)
    for name, value in full.items():
        assert only(tree, ask, name) == value, name


def test_a_narrow_selection_opens_one_file_of_each_process(
    tree: LinuxTree, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pid in (10, 11, 12):
        tree.process(pid)
    opened = watch_files(monkeypatch)
    rows(tree, ask, properties=["Name", "ProcessId"])
    assert opened == ["10/comm", "11/comm", "12/comm"]
    opened.clear()
    rows(tree, ask, properties=["ProcessId", "Handle", "CreationClassName"])
    assert opened == []
    rows(tree, ask, properties=["Name", "ThreadCount"])
    assert opened == ["10/stat", "11/stat", "12/stat"]


def watch_files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are opened below an open directory, as they are opened."""
    opened: list[str] = []
    genuine = os.open

    def watched(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if dir_fd is not None and not flags & os.O_DIRECTORY:
            opened.append(path)
        return genuine(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", watched)
    return opened


def test_a_row_that_fails_a_condition_costs_no_further_file(
    tree: LinuxTree, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.process(10, "wanted")
    tree.process(11, "other")
    opened = watch_files(monkeypatch)
    found = rows(tree, ask, comparisons=(compare("Name", "=", "wanted"),))
    assert [row["ProcessId"] for row in found] == [10]
    assert opened.count("comm") == 2
    assert opened.count("status") == opened.count("stat") == 1


def test_conditions_on_a_dear_file_are_decided_first(
    tree: LinuxTree, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.process(10, descriptors=1)
    tree.process(11, descriptors=9)
    opened = watch_files(monkeypatch)
    many = compare("HandleCount", ">", 5, lambda value: isinstance(value, int) and value > 5)
    assert [row["ProcessId"] for row in rows(tree, ask, comparisons=(many,))] == [11]
    assert opened.count("stat") == 1


def test_keys_read_the_named_processes_only(tree: LinuxTree, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    for pid in range(10, 20):
        tree.process(pid)
    opened = watch_files(monkeypatch)
    found = rows(tree, ask, properties=["Handle", "Name"], keys=[{"Handle": "14"}, {"Handle": "12"}, {"Handle": "99"}])
    assert [row["Handle"] for row in found] == ["12", "14"]
    assert {name.partition("/")[0] for name in opened} == {"12", "14", "99"}


def test_keyed_rows_have_their_key_though_it_was_not_selected(tree: LinuxTree, class_image: ClassImage) -> None:
    tree.process(10)
    cls = class_image.load("root\\cimv2", CLASS)
    assert cls is not None
    request = request_for(cls, properties=["Name"], keys=[{"Handle": "10"}])
    assert [dict(row) for row in process.make_processes(tree.root)(request)] == [{"Handle": "10", "Name": "daemon"}]


@pytest.mark.parametrize("handle", ["", "x", "010", "-10", "+10", "1_0", "10 ", "99999999999", "\u0661\u0660", None])
def test_a_handle_that_no_process_has_finds_nothing(tree: LinuxTree, ask: Ask, handle: str | None) -> None:
    tree.process(10)
    assert rows(tree, ask, keys=[{"Handle": handle}]) == []


@pytest.mark.parametrize(
    ("comparison", "found"),
    [
        (compare("ProcessId", "=", 11), [11]),
        (compare("ProcessId", "=", 99), []),
        (compare("ProcessId", "=", -1), []),
        (compare("ProcessId", "=", 1 << 40), []),
        (compare("ProcessId", "=", "11", lambda value: value == 11), [11]),
        (compare("Handle", "=", "12"), [12]),
        (compare("ProcessId", ">", 10, lambda value: isinstance(value, int) and value > 10), [11, 12]),
        (compare("Handle", "LIKE", "%0", lambda value: str(value).endswith("0")), [10]),
    ],
)
def test_conditions_on_the_number_choose_before_anything_is_read(
    tree: LinuxTree, ask: Ask, monkeypatch: pytest.MonkeyPatch, comparison: Any, found: list[int]
) -> None:
    for pid in (10, 11, 12):
        tree.process(pid)
    opened = watch_files(monkeypatch)
    answer = rows(tree, ask, properties=["ProcessId", "CommandLine"], comparisons=(comparison,))
    assert [row["ProcessId"] for row in answer] == found
    assert [name for name in opened if name.endswith("cmdline")] == [f"{pid}/cmdline" for pid in found]


def test_two_conditions_that_exclude_each_other_read_nothing(tree: LinuxTree, ask: Ask) -> None:
    tree.process(10)
    both = (compare("ProcessId", "=", 10), compare("Handle", "=", "11"))
    assert rows(tree, ask, comparisons=both) == []


@pytest.mark.parametrize("properties", [["Name"], ["Name", "CommandLine"], None])
def test_a_process_that_ends_while_it_is_read_is_left_out(
    tree: LinuxTree, ask: Ask, properties: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.process(10)
    tree.process(12)
    (tree.root / "proc/11").mkdir()  # listed, and empty when its files are opened
    assert [row["Name"] for row in rows(tree, ask, properties=properties)] == ["daemon", "daemon"]
    genuine = ProcFs.processes
    monkeypatch.setattr(ProcFs, "processes", lambda proc: [*genuine(proc), 13])  # gone altogether
    assert len(rows(tree, ask, properties=properties)) == 2


@pytest.mark.parametrize("error", [PermissionError, ProcessLookupError, OSError])
def test_a_file_that_may_not_be_read_is_null(
    tree: LinuxTree, ask: Ask, monkeypatch: pytest.MonkeyPatch, error: type[OSError]
) -> None:
    tree.process(10)
    genuine = ProcFs.read

    def read(proc: ProcFs, name: str, directory: int) -> bytes:
        if name.endswith(("io", "cmdline")):
            raise error
        return genuine(proc, name, directory)

    monkeypatch.setattr(ProcFs, "read", read)
    row = only(tree, ask)
    assert row["CommandLine"] is row["ReadOperationCount"] is row["WriteTransferCount"] is None
    assert row["ThreadCount"] == 3
    assert only(tree, ask, "CommandLine") is None


@pytest.mark.parametrize("properties", [["Name", "ProcessId"], ["Name", "CommandLine", "ProcessId"]])
@pytest.mark.parametrize("error", [PermissionError, OSError])
def test_hidden_processes_have_a_number_and_no_name(
    tree: LinuxTree, ask: Ask, monkeypatch: pytest.MonkeyPatch, properties: list[str], error: type[OSError]
) -> None:
    tree.process(10)
    genuine = os.open

    def refuse(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if dir_fd is not None:
            raise error
        return genuine(path, flags, mode)

    monkeypatch.setattr(os, "open", refuse)
    assert only(tree, ask, *properties) == dict.fromkeys(properties) | {"ProcessId": 10}


def test_a_kernel_without_a_file_gives_null_and_keeps_the_row(tree: LinuxTree, ask: Ask) -> None:
    tree.process(10)
    tree.remove("/proc/10/io")
    tree.remove("/proc/10/sessionid")
    row = only(tree, ask)
    assert row["SessionId"] is row["ReadTransferCount"] is None
    assert only(tree, ask, "SessionId") is None


def test_a_kernel_thread_has_no_program_no_arguments_and_no_memory(tree: LinuxTree, ask: Ask) -> None:
    tree.process(2, "kthreadd", arguments=(), program=None)
    tree.write("/proc/2/status", "Name:\tkthreadd\nTgid:\t2\n")
    row = only(tree, ask)
    for name in ("CommandLine", "ExecutablePath", "PeakVirtualSize", "PrivatePageCount", "PageFileUsage"):
        assert row[name] is None, name
    assert row["SessionId"] == 0


@pytest.mark.parametrize(
    ("comm", "arguments", "program", "name"),
    [
        ("fifteen-letters", ["/opt/fifteen-letters-and-more"], "/bin/sh", "fifteen-letters-and-more"),
        ("fifteen-letters", ["other"], "/opt/fifteen-letters-x (deleted)", "fifteen-letters-x"),
        ("fifteen-letters", ["other"], "/bin/sh", "fifteen-letters"),
        ("fifteen-letters", [], None, "fifteen-letters"),
        ("short", ["/opt/short-and-more"], "/opt/short-and-more", "short"),
        ("kworker/0:1-events_long", [], None, "kworker/0:1-events_long"),
    ],
)
def test_a_cut_name_is_completed_by_what_confirms_it(
    tree: LinuxTree, ask: Ask, comm: str, arguments: list[str], program: str | None, name: str
) -> None:
    tree.process(10, comm, arguments=arguments, program=program)
    assert only(tree, ask, "Name") == name
    assert only(tree, ask, "Name", "ThreadCount")["Name"] == name
    assert only(tree, ask, "Caption", "Description") == {"Caption": name, "Description": name}


def test_a_program_file_that_was_deleted_keeps_its_path(tree: LinuxTree, ask: Ask) -> None:
    tree.process(10, program="/usr/bin/old (deleted)")
    assert only(tree, ask, "ExecutablePath") == "/usr/bin/old"


def test_names_that_are_no_utf8_show_replacement_characters(tree: LinuxTree, ask: Ask) -> None:
    tree.process(10)
    tree.write("/proc/10/comm", b"\xff\xe9\n")
    tree.remove("/proc/10/exe")
    os.symlink(b"/bin/\xff", os.fsencode(tree.root / "proc/10/exe"))
    assert only(tree, ask, "Name") == "\ufffd\ufffd"
    assert only(tree, ask, "ExecutablePath") == "/bin/\ufffd"


@pytest.mark.parametrize(
    ("state", "number"), [("R", 3), ("S", 2), ("D", 4), ("T", 5), ("t", 5), ("Z", 7), ("I", 2), ("W", None)]
)
def test_execution_state_is_the_state_letter(tree: LinuxTree, ask: Ask, state: str, number: int | None) -> None:
    tree.process(10, state=state)
    assert only(tree, ask, "ExecutionState") == number


def test_a_limit_of_the_process_comes_before_that_of_its_group(tree: LinuxTree, ask: Ask) -> None:
    tree.write("/sys/fs/cgroup/g/memory.max", "10485760\n")
    tree.process(10, cgroup="/g", resident="2048")
    assert only(tree, ask, "MaximumWorkingSetSize") == 2
    tree.process(11, cgroup="/g")
    assert [row["MaximumWorkingSetSize"] for row in rows(tree, ask)] == [2, 10240]


def test_values_that_do_not_fit_their_type_are_null_and_counters_wrap(tree: LinuxTree, ask: Ask) -> None:
    tree.process(10)
    status = (tree.root / "proc/10/status").read_text().replace("1200 kB", f"{1 << 33} kB")
    tree.write("/proc/10/status", status)
    stat = (tree.root / "proc/10/stat").read_text().split()
    stat[2 + 7] = str((1 << 32) + 3)  # minflt
    tree.write("/proc/10/stat", " ".join(stat))
    row = only(tree, ask)
    assert row["PeakWorkingSetSize"] is row["PeakPageFileUsage"] is None
    assert row["PageFaults"] == 3 + 6


def test_no_boot_time_means_no_creation_date(tree: LinuxTree, ask: Ask) -> None:
    tree.process(10)
    tree.remove("/proc/stat")
    assert only(tree, ask, "CreationDate") is None


def test_closing_half_way_closes_every_descriptor(tree: LinuxTree, class_image: ClassImage) -> None:
    for pid in (10, 11):
        tree.process(pid)
    cls = class_image.load("root\\cimv2", CLASS)
    assert cls is not None
    before = len(os.listdir("/proc/self/fd"))
    generator = process.make_processes(tree.root)(request_for(cls))
    next(generator)
    generator.close()
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process of our own that waits until it is told to end."""
    with subprocess.Popen(
        [sys.executable, "-S", "-c", "print(flush=True); input()", "two words"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()  # it has started: before, its arguments may still be missing
        yield child
        child.kill()


def test_this_machine_tells_all_of_a_process_that_runs(ask: Ask, sleeper: subprocess.Popen[bytes]) -> None:
    (row,) = ask(process.providers(Settings()), CLASS, keys=[{"Handle": str(sleeper.pid)}])
    assert row["ProcessId"] == sleeper.pid
    assert row["ParentProcessId"] == os.getpid()
    assert row["CommandLine"].endswith('"two words"')
    assert row["HandleCount"] >= 3
    assert row["ExecutablePath"] == os.path.realpath(sys.executable)
    assert row["WorkingSetSize"] > 0
    assert row["PeakWorkingSetSize"] > 0
    assert row["CreationDate"] is not None


def test_this_machine_lists_every_process_once(ask: Ask, sleeper: subprocess.Popen[bytes]) -> None:
    numbers = [row["ProcessId"] for row in ask(process.providers(Settings()), CLASS, properties=["ProcessId", "Name"])]
    assert {os.getpid(), sleeper.pid} <= set(numbers)
    assert numbers == sorted(set(numbers))


def test_a_zombie_is_listed_without_arguments(ask: Ask) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    child.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and its status is not yet collected
    (row,) = ask(process.providers(Settings()), CLASS, keys=[{"Handle": str(child.pid)}])
    assert row["ExecutionState"] == 7
    assert row["CommandLine"] is None
    assert child.stdin is not None
    child.stdin.close()
    child.wait()


def test_a_thread_of_a_process_is_not_found_by_its_number(ask: Ask) -> None:
    import threading

    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    try:
        assert ask(process.providers(Settings()), CLASS, keys=[{"Handle": str(thread.native_id)}]) == []
    finally:
        release.set()
        thread.join()


def test_every_pushed_column_belongs_to_the_class(class_image: ClassImage) -> None:
    cls = class_image.load("root\\cimv2", CLASS)
    assert cls is not None
    assert process.make_processes().pushes <= set(cls.properties)
    assert cls.properties["CreationDate"].type == CimType.DATETIME
