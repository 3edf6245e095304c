"""Win32_Process.Create: what runs, where, with what, and the code for each way to fail."""

from __future__ import annotations

import errno
import os
import select
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest

from wmix.providers.process_creation import ProcessResult, create_process, result_of
from wmix.providers.procfs import split_stat
from wmix.providers.reaper import Reaper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WAIT = 30.0


@pytest.fixture
def reaper() -> Iterator[Reaper]:
    reaper = Reaper()
    yield reaper
    assert reaper.wait(WAIT), "a child was left"


@pytest.fixture
def report(tmp_path: Path, reaper: Reaper) -> Callable[..., list[str]]:
    """Start a Python that runs *code* with ``out`` open for writing; the lines that it wrote, when it has ended."""

    def report(code: str, *, directory: str | None = None, startup: dict[str, Any] | None = None) -> list[str]:
        script, output = tmp_path / "report.py", tmp_path / "out"
        script.write_text(f"import os, sys\nout = open({str(output)!r}, 'w')\n{code}\n")
        command = f"'{sys.executable}' -S '{script}' one 'two words'"
        result, pid = create_process(command, directory, startup, reaper)
        assert result is ProcessResult.SUCCESS
        assert pid is not None
        assert reaper.wait(WAIT)
        return output.read_text().splitlines()

    return report


def test_arguments_arrive_as_they_were_quoted(report: Callable[..., list[str]]) -> None:
    assert report("print(*sys.argv[1:], sep='\\n', file=out)") == ["one", "two words"]


def test_it_runs_in_a_session_of_its_own_with_null_files(report: Callable[..., list[str]]) -> None:
    code = "print(os.getsid(0) == os.getpid(), *(os.readlink(f'/proc/self/fd/{n}') for n in range(3)), file=out)"
    assert report(code) == ["True /dev/null /dev/null /dev/null"]


def test_it_starts_in_the_given_directory(report: Callable[..., list[str]], tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    assert report("print(os.getcwd(), file=out)", directory=str(tmp_path / "work")) == [str(tmp_path / "work")]
    assert report("print(os.getcwd(), file=out)") == [os.getcwd()]


def test_given_variables_replace_all_others(report: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE", "kept")
    code = "print(os.environ.get('MINE'), os.environ.get('A'), file=out)"
    assert report(code) == ["kept None"]
    assert report(code, startup={"EnvironmentVariables": ("A=b=c", "PATH=/bin")}) == ["None b=c"]
    assert report(code, startup={"EnvironmentVariables": ()}) == ["None None"]


def test_a_priority_class_becomes_a_nice_value(reaper: Reaper) -> None:
    result, pid = create_process("sleep 100", None, {"PriorityClass": 64}, reaper)
    assert result is ProcessResult.SUCCESS
    assert pid is not None
    assert os.getpriority(os.PRIO_PROCESS, pid) == 15
    os.kill(pid, signal.SIGKILL)


def test_a_suspended_process_stands_still_until_it_is_continued(reaper: Reaper) -> None:
    result, pid = create_process("sleep 100", None, {"CreateFlags": 4}, reaper)
    assert result is ProcessResult.SUCCESS
    assert pid is not None
    os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)
    with open(f"/proc/{pid}/stat", "rb") as file:
        assert split_stat(file.read())[1][0] == b"T"
    os.kill(pid, signal.SIGCONT)
    os.kill(pid, signal.SIGKILL)


def test_no_zombie_stays_and_nobody_waits(reaper: Reaper) -> None:
    _, pid = create_process("true", None, None, reaper)
    assert pid is not None
    assert reaper.wait(WAIT)
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def test_a_process_outlives_the_objects_that_started_it(reaper: Reaper) -> None:
    _, pid = create_process("sleep 100", None, None, reaper)
    assert pid is not None
    pidfd = os.pidfd_open(pid)
    waiting = select.poll()
    waiting.register(pidfd, select.POLLIN)
    assert waiting.poll(0) == []
    signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    assert waiting.poll(WAIT * 1000)
    os.close(pidfd)


@pytest.mark.parametrize(
    ("command_line", "directory", "startup", "result"),
    [
        (None, None, None, ProcessResult.INVALID_PARAMETER),
        ("", None, None, ProcessResult.INVALID_PARAMETER),
        ("   ", None, None, ProcessResult.INVALID_PARAMETER),
        ("echo 'open", None, None, ProcessResult.INVALID_PARAMETER),
        ("echo a\0b", None, None, ProcessResult.INVALID_PARAMETER),
        ("true", "/no/such/directory", None, ProcessResult.INVALID_PARAMETER),
        ("true", "/etc/passwd", None, ProcessResult.INVALID_PARAMETER),
        ("true", None, {"PriorityClass": 7}, ProcessResult.INVALID_PARAMETER),
        ("true", None, {"PriorityClass": "high"}, ProcessResult.INVALID_PARAMETER),
        ("true", None, {"EnvironmentVariables": ("NOVALUE",)}, ProcessResult.INVALID_PARAMETER),
        ("true", None, {"EnvironmentVariables": ("=x",)}, ProcessResult.INVALID_PARAMETER),
        ("true", None, {"EnvironmentVariables": "A=b"}, ProcessResult.INVALID_PARAMETER),
        ("no-such-program-anywhere", None, None, ProcessResult.PATH_NOT_FOUND),
        ("/no/such/program", None, None, ProcessResult.PATH_NOT_FOUND),
        ("/etc/passwd/x", None, None, ProcessResult.PATH_NOT_FOUND),
        ("'a program with blanks'", None, None, ProcessResult.PATH_NOT_FOUND),
        (f"/{'x' * 300}", None, None, ProcessResult.PATH_NOT_FOUND),
        ("/etc/passwd", None, None, ProcessResult.ACCESS_DENIED),
        ("/etc", None, None, ProcessResult.ACCESS_DENIED),
    ],
)
def test_each_failure_has_its_code_and_no_number(
    command_line: str | None, directory: str | None, startup: dict[str, Any] | None, result: ProcessResult
) -> None:
    assert create_process(command_line, directory, startup, Reaper()) == (result, None)


def test_a_file_that_is_no_program_is_an_unknown_failure(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("no program\n")
    path.chmod(0o755)
    assert create_process(str(path), None, None, Reaper()) == (ProcessResult.UNKNOWN_FAILURE, None)


def test_a_missing_permission_and_a_missing_privilege_are_told_apart() -> None:
    assert result_of(PermissionError(errno.EACCES, "")) is ProcessResult.ACCESS_DENIED
    assert result_of(PermissionError(errno.EPERM, "")) is ProcessResult.INSUFFICIENT_PRIVILEGE
    assert result_of(OSError()) is ProcessResult.UNKNOWN_FAILURE


def test_an_object_without_the_properties_changes_nothing(reaper: Reaper) -> None:
    class Other:
        def __getitem__(self, name: str) -> object:
            raise KeyError(name)

    result, pid = create_process("true", None, Other(), reaper)
    assert result is ProcessResult.SUCCESS
    assert pid is not None
