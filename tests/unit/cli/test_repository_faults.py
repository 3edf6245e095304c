"""What can be wrong with a repository, at the command line: clear words, the right code, nothing half-written."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import wmix
from permissions import ruled_by_permissions
from wmix.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COUNT = 2000

SMALL = "class Shop_Small { [key] string Id; };\n"

LARGE = "class Shop_Large { [key] uint32 Id; string Text; };\n" + "".join(
    f'instance of Shop_Large {{ Id = {i}; Text = "{"x" * 400}"; }};\n' for i in range(COUNT)
)


def make_place(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go to *place*, with a repository in which one class is stored."""
    monkeypatch.chdir(place)
    monkeypatch.setenv("WMIX_REPOSITORY", str(place / "r.sqlite"))
    (place / "small.mof").write_text(SMALL)
    (place / "large.mof").write_text(LARGE)
    with wmix.connect(namespace="root/default") as client:
        client.compile(SMALL)


@pytest.fixture(name="place", autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a repository in which one class is stored."""
    make_place(tmp_path, monkeypatch)
    return tmp_path


def stored() -> list[str]:
    with wmix.connect(namespace="root/default") as client:
        return sorted(cls.name for cls in client.classes() if cls.name.startswith("Shop_"))


def command(*words: str, limit: Callable[[], None] | None = None, verbose: bool = False) -> subprocess.Popen[str]:
    """A process that runs one command."""

    def begin() -> None:
        # A background job of a shell ignores SIGINT, and its children would inherit that.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if limit is not None:
            limit()

    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "wmix", *words, *(["-v"] if verbose else [])],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=begin,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )


@pytest.mark.parametrize(
    "words",
    [
        ["mof", "compile", "small.mof"],
        ["mof", "check", "small.mof"],
        ["put", "Shop_Small", "Id=a"],
        ["delete", "--yes", "Shop_Small"],
        ["query", "SELECT * FROM Shop_Small"],
    ],
    ids=" ".join,
)
def test_a_damaged_file_is_kept_aside_and_said_so(
    words: list[str], place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Not the first page: the file still looks like a database.
    with open(place / "r.sqlite", "r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (os.path.getsize(place / "r.sqlite") - 4096))
    for companion in ("r.sqlite-wal", "r.sqlite-shm"):
        (place / companion).unlink(missing_ok=True)
    for _ in range(2):
        assert main([*words, "-n", "root/default"]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert "WBEM_E_CRITICAL_ERROR 0x8004100A" in err
        assert "damaged" in err
        assert f"{place}/r.sqlite.damaged-" in err, "where it is kept"
        assert "hint: put a backup " in err
    (kept,) = place.glob("r.sqlite.damaged-*")
    assert kept.read_bytes().startswith(b"SQLite format 3\0")


def test_somebody_elses_file_is_left_alone(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import sqlite3

    with sqlite3.connect(place / "other.db") as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    before = (place / "other.db").read_bytes()
    assert main(["mof", "compile", "--repository", "other.db", "small.mof"]) == 1
    assert "is a database of another program" in capsys.readouterr().err
    assert (place / "other.db").read_bytes() == before


@pytest.mark.parametrize(
    ("where", "code", "said"),
    [
        ("foo://x", 1, "a repository cannot be kept in foo"),
        (".", 4, "Is a directory"),
        ("postgresql:///none?host=/nowhere", 4, "the database of the repository does not answer"),
    ],
)
def test_a_place_that_is_none_is_told(where: str, code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    if where.startswith("postgresql"):
        pytest.importorskip("psycopg", reason="psycopg is not installed")
    for words in (["mof", "compile", "small.mof"], ["classes", "Shop_*"]):
        assert main([*words, "-n", "root/default", "--repository", where]) == code
        out, err = capsys.readouterr()
        assert out == ""
        assert said in err
        assert "hint: " in err


def test_a_file_that_is_not_there_is_an_empty_repository_for_readers(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["query", "-n", "root/default", "--repository", "none.sqlite", "SELECT * FROM Shop_Small"]) == 1
    assert "Shop_Small" in capsys.readouterr().err
    assert not (place / "none.sqlite").exists()


READ_ONLY = """
import sys
from wmix.cli.main import main

words = ["-n", "root/default"]
for command in (
    ["classes", "Shop_*", *words],
    ["mof", "compile", "--out", sys.argv[1], "small.mof"],
    ["mof", "compile", "--dry-run", "large.mof"],
    ["mof", "compile", "large.mof"],
    ["put", "Shop_Small", "Id=a", *words],
    ["delete", "--yes", "Shop_Small", *words],
):
    print(main(command), flush=True)
"""


def test_a_read_only_file_is_read_and_not_written(place: Path) -> None:
    (place / "r.sqlite").chmod(0o444)
    place.chmod(0o555)
    done = subprocess.run(
        [*ruled_by_permissions(), sys.executable, "-W", "error", "-c", READ_ONLY, os.devnull],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    place.chmod(0o755)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("__CLASS")
    assert lines[1].startswith("Shop_Small")
    # What is there already can be compiled again; what cannot be written cannot be tried either.
    assert lines[2:] == ["0", "0", "4", "4", "4", "4"]
    assert done.stderr.count("WBEM_E_ACCESS_DENIED 0x80041003") == 4
    assert done.stderr.count("hint: grant this account write access") == 4
    assert stored() == ["Shop_Small"]


def test_a_file_that_cannot_grow_keeps_what_it_had(place: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, 1 << 18))

    process = command("mof", "compile", "large.mof", "--out", "changes.txt", limit=limit)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert out == ""
    assert f"wmix: repository {place}/r.sqlite: there is no room left for the repository; nothing was written" in err
    assert "[WBEM_E_OUT_OF_DISK_SPACE 0x8004103B]" in err
    assert "hint: a file may have no more than 262144 octets here: raise that limit (`ulimit -f`) and try again" in err
    assert not (place / "changes.txt").exists()
    assert stored() == ["Shop_Small"]
    assert main(["mof", "compile", "large.mof"]) == 0
    assert stored() == ["Shop_Large", "Shop_Small"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_a_compilation_that_is_ended_half_way_stores_nothing(number: signal.Signals, code: int) -> None:
    process = command("mof", "compile", "large.mof", verbose=True)
    assert process.stderr is not None
    # The log tells how far it is, and a pipe that nobody reads on holds it far from the end: 64 KiB are some 600 lines.
    written = sum("Put" in process.stderr.readline() for _ in range(200))
    assert 0 < written <= 200
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, "")
    assert number is signal.SIGKILL or err.endswith("wmix: interrupted\n")
    assert stored() == ["Shop_Small"]
    assert main(["mof", "compile", "large.mof"]) == 0


def test_the_disk_is_full_for_the_lines_but_not_for_the_repository(capsys: pytest.CaptureFixture[str]) -> None:
    with open("/dev/full", "w") as full:
        process = subprocess.run(
            [sys.executable, "-m", "wmix", "mof", "compile", "large.mof"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert process.returncode == 1
    assert "No space left on device" in process.stderr
    assert stored() == ["Shop_Large", "Shop_Small"]
