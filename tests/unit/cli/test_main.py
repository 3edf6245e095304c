"""The entry point: commands are found, every end becomes a code, and no error leaves a traceback."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import signal
import subprocess
import sys
import termios
import time
from array import array
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

import pytest

from unit.cli import demo
from unit.cli.demo import wmi
from wmix.cli.main import COMMANDS, load, main
from wmix.cli.terminal import Terminal
from wmix.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TESTS = Path(demo.__file__).parents[2]


class Start(Protocol):
    """Starts a process that runs one command."""

    def __call__(
        self, *words: str, entry: Sequence[str] = ..., stdin: int | None = ..., stdout: int | IO[bytes] = ...
    ) -> subprocess.Popen[bytes]: ...


def _hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture(name="start")
def _start() -> Iterator[Start]:
    """Processes over the providers of the tests; none outlives its test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(
        *words: str,
        entry: Sequence[str] = ("-m", "unit.cli.demo"),
        stdin: int | None = None,
        stdout: int | IO[bytes] = subprocess.PIPE,
    ) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, *entry, *words],
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(TESTS), "PYTHONUNBUFFERED": ""},
            # A background job of a shell ignores SIGINT, and its children would inherit that.
            preexec_fn=_hear_interrupts,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None and not stream.closed:
                stream.close()


def finish(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    """Code, standard output and standard error of a process that ends by itself."""
    out, err = process.communicate(timeout=60)
    return process.returncode, (out or b"").decode(), err.decode()


def line(stream: IO[bytes] | None) -> bytes:
    """The next line that a process writes."""
    assert stream is not None
    return stream.readline()


@pytest.fixture
def _logger() -> Iterator[None]:
    logger = logging.getLogger("wmix")
    handlers, level = list(logger.handlers), logger.level
    yield
    logger.handlers[:] = handlers
    logger.setLevel(level)


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"wmix {__version__}\n"


def test_help_is_a_result_and_its_absence_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("usage: wmix")
    assert err == ""
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: wmix")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"usage: wmix {name}")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["qurey", "x"], "did you mean query?"),
        (["--nonsense"], "a command is missing"),
        (["-v"], "a command is missing"),
        (["query"], "required: WQL"),
        (["query", "Q", "--limit", "0"], "a whole number from 1"),
        (["call", "A.B=1", "M", "novalue"], "a parameter is written Name=Value, not 'novalue'"),
        (["namespaces", "--out", "x.mof"], "namespaces has no format mof"),
    ],
)
def test_wrong_usage_is_2(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi(*words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "--help" in err or "usage:" in err


def test_options_may_stand_before_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("--format", "csv", "-n", "root/cimv2", "query", "SELECT Id FROM Demo_Thing") == 0
    assert capsys.readouterr().out == "Id\r\n1\r\n2\r\n3\r\n"


def test_a_failure_tells_symbol_value_phase_and_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("describe", "Win32_Proces") == 1
    out, err = capsys.readouterr()
    assert out == ""
    first, *rest = err.splitlines()
    assert first.startswith("wmix: ")
    assert first.endswith(("[WBEM_E_NOT_FOUND 0x80041002]", "[WBEM_E_INVALID_CLASS 0x80041010]"))
    assert "  phase: call" in rest
    assert rest[-1].startswith("hint: ")


def test_a_namespace_that_is_not_there_fails_while_connecting(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("classes", "-n", "root/nowhere") == 1
    err = capsys.readouterr().err
    assert "WBEM_E_INVALID_NAMESPACE 0x8004100E" in err
    assert "phase: connect" in err


def test_refused_access_is_4(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("call", "Demo_Thing", "Forbid") == 4
    assert "WBEM_E_ACCESS_DENIED 0x80041003" in capsys.readouterr().err


def test_a_query_that_is_none_is_2_with_a_caret(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("query", "SELECT * FROM Win32_Process WHERE = 3") == 2
    lines = capsys.readouterr().err.splitlines()
    assert "query:1:35:" in lines
    at = lines.index("query:1:35:")
    assert lines[at + 1 : at + 3] == ["  SELECT * FROM Win32_Process WHERE = 3", "  " + " " * 34 + "^"]


def test_a_path_that_is_none_is_2_with_a_caret(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("get", "Demo_Thing.Id=") == 2
    assert capsys.readouterr().err.splitlines()[2].strip() == "^"


def test_a_fault_of_ours_leaves_no_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> int:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(load("query"), "run", broken)
    assert main(["query", "x"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("wmix: internal error: ZeroDivisionError: oops\nhint: ")
    assert "Traceback" not in err


@pytest.mark.usefixtures("_logger")
def test_verbose_shows_where_a_fault_of_ours_came_from(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> int:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(load("query"), "run", broken)
    assert main(["query", "x", "-vv"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "wmix: interrupted\n"),
        (BrokenPipeError(), 0, ""),
        (OSError(28, "No space left on device"), 1, "wmix: No space left on device\n"),
        (FileNotFoundError(2, "No such file or directory", "x.txt"), 1, "wmix: x.txt: No such file or directory\n"),
    ],
)
def test_other_ends_of_a_command_have_their_codes(
    raised: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(*_: object) -> int:
        raise raised

    monkeypatch.setattr(load("classes"), "run", ended)
    monkeypatch.setattr(Terminal, "give_up_stdout", lambda self: None)
    assert main(["classes"]) == code
    assert capsys.readouterr().err == said


# -- as a process ---------------------------------------------------------------------------------------------------


def test_the_module_is_the_program(start: Start) -> None:
    assert finish(start("--version", entry=("-m", "wmix"))) == (0, f"wmix {__version__}\n", "")


def test_a_process_ends_with_the_code_of_its_command(start: Start) -> None:
    code, out, err = finish(start("query", "SELECT Id FROM Demo_Thing", "-f", "jsonl"))
    assert (code, out, err) == (0, '{"Id": 1}\n{"Id": 2}\n{"Id": 3}\n', "")
    assert finish(start("describe", "Nothing"))[0] == 1
    assert finish(start("query", "SELECT"))[0] == 2
    assert finish(start("query", "SELECT * FROM Demo_Broken"))[0] == 3
    assert finish(start("call", "Demo_Thing", "Forbid"))[0] == 4


def test_work_that_others_left_for_the_end_of_the_process_is_done(start: Start) -> None:
    program = (
        "import atexit, sys; from wmix.cli.main import main; atexit.register(print, 'bye')\n"
        "sys.argv = ['wmix', '--version']; main()"
    )
    assert finish(start(entry=("-c", program))) == (0, f"wmix {__version__}\nbye\n", "")


def test_a_reader_that_goes_away_ends_the_command_quietly(start: Start) -> None:
    process = start("query", "SELECT * FROM Demo_Endless", "-f", "jsonl")
    assert line(process.stdout) == b'{"Id": 0}\n'
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait(timeout=30) == 0


def test_a_full_disk_is_a_failure(start: Start) -> None:
    with open("/dev/full", "wb") as full:
        code, _, err = finish(start("query", "SELECT Id FROM Demo_Thing", stdout=full))
        assert code == 1
        assert "the output cannot be written: No space left on device" in err
        code, _, err = finish(start("classes", stdout=full))
        assert code == 1
        assert "No space left on device" in err


@pytest.mark.parametrize("name", ["Demo_Silent", "Demo_Deaf"])
def test_ctrl_c_keeps_the_rows_and_ends_within_a_second(start: Start, name: str) -> None:
    process = start("query", f"SELECT Id FROM {name}", "--format", "json")
    assert line(process.stdout) == b"[\n"
    assert process.stdout is not None
    assert process.stdout.read(9) == b'{"Id": 7}'
    pressed = time.monotonic()
    process.send_signal(signal.SIGINT)
    code, out, err = finish(process)
    assert time.monotonic() - pressed < 1.0
    assert code == 130
    assert json.loads('[{"Id": 7}' + out) == [{"Id": 7}]
    assert err.splitlines() == ["wmix: interrupted", "wmix: partial result: 1 row came before"]


def test_ctrl_c_before_the_first_row_writes_nothing(start: Start) -> None:
    process = start("query", "SELECT Id FROM Demo_Mute", "--format", "json")
    assert line(process.stderr) == b"asked\n"
    process.send_signal(signal.SIGINT)
    assert finish(process) == (130, "", "wmix: interrupted\n")


def test_ctrl_c_ends_a_call_of_one_object_too(start: Start) -> None:
    process = start("call", "Demo_Thing", "Wait")
    assert line(process.stderr) == b"asked\n"
    pressed = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert finish(process) == (130, "", "wmix: interrupted\n")
    assert time.monotonic() - pressed < 1.0


def test_ctrl_c_needs_no_reader_of_the_pipe(start: Start) -> None:
    process = start("query", "SELECT Id FROM Demo_Endless", "--format", "jsonl")
    assert process.stdout is not None
    fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 4096)
    waiting, seen, still = array("i", [0]), 0, time.monotonic()
    while waiting[0] == 0 or time.monotonic() - still < 0.2:
        # Nothing is read: the pipe fills up, until the command waits in the middle of a portion.
        fcntl.ioctl(process.stdout, termios.FIONREAD, waiting)
        if waiting[0] != seen:
            seen, still = waiting[0], time.monotonic()
    pressed = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    assert time.monotonic() - pressed < 1.0


#: Does not end when it is interrupted once.
STUBBORN = """
import sys
from wmix.cli.interrupts import bound_interrupts
bound_interrupts()
try:
    print("ready", flush=True)
    sys.stdin.read()
except KeyboardInterrupt:
    print("first", flush=True)
    sys.stdin.read()
print("done")
"""


def test_a_second_ctrl_c_ends_at_once(start: Start) -> None:
    process = start(entry=("-c", STUBBORN), stdin=subprocess.PIPE)
    assert line(process.stdout) == b"ready\n"
    process.send_signal(signal.SIGINT)
    assert line(process.stdout) == b"first\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130


def test_the_first_ctrl_c_ends_what_does_not_end_by_itself(start: Start) -> None:
    process = start(entry=("-c", STUBBORN), stdin=subprocess.PIPE)
    assert line(process.stdout) == b"ready\n"
    pressed = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    assert time.monotonic() - pressed < 1.0


def test_an_ignored_ctrl_c_stays_ignored(start: Start) -> None:
    program = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + STUBBORN
    process = start(entry=("-c", program), stdin=subprocess.PIPE)
    assert line(process.stdout) == b"ready\n"
    process.send_signal(signal.SIGINT)
    assert finish(process) == (0, "done\n", "")
