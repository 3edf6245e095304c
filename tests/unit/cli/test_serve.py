"""``wmix serve`` as a process: what it says, whom it lets in, and which signals it hears."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

import wmix
from octet_vectors import vector
from peers import aiowmi_client
from wmix.cli.exit_codes import DONE, FAILED, INTERRUPTED, NO_ACCESS, USAGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUERY = "SELECT Caption FROM Win32_OperatingSystem"


class Running:
    """A server that is running; what aiowmi's client needs of it."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.host = "127.0.0.1"
        self.port = port
        self.domain = "DOM"
        self.user = "alice"
        self.password = "pa:ss"

    def query(self, **user: Any) -> list[dict[str, Any]]:
        for name, value in user.items():
            setattr(self, name, value)
        return aiowmi_client.query(self, QUERY)  # type: ignore[arg-type]  # has what is used of a server

    def end(self, number: int) -> tuple[int, float, str]:
        """Send a signal: the exit code, the seconds that it took, and what was said on standard error."""
        began = time.monotonic()
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=20)
        return self.process.returncode, time.monotonic() - began, said


@pytest.fixture
def users(tmp_path: Path) -> Path:
    """A file of users that nobody else may read."""
    path = tmp_path / "users"
    path.write_text("# who may log in\nDOM:alice:pa:ss\n\n:bob:\n")
    path.chmod(0o600)
    return path


def start(*words: str, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*before, sys.executable, "-m", "wmix", "serve", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "WMIX_REPOSITORY": ":memory:"},
    )


@contextmanager
def serving(*words: str, before: tuple[str, ...] = ()) -> Iterator[Running]:
    """A server on loopback, at a port that the system chooses."""
    with start("--listen", "127.0.0.1:0", *words, before=before) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.fullmatch(r"listening on 127\.0\.0\.1:(\d+)\n", line)
            assert found, process.communicate(timeout=20)
            yield Running(process, int(found[1]))
        finally:
            process.kill()


def answers_a_bind(server: Running) -> bool:
    """Whether a new connection is answered, and not closed."""
    try:
        with socket.create_connection((server.host, server.port), timeout=10) as sock:
            sock.sendall(vector("rpc", "bind"))
            return bool(sock.recv(16))
    except ConnectionError:
        return False


def refused(*words: str) -> tuple[int, str]:
    """The exit code of a server that does not begin, and what it says."""
    with start(*words) as process:
        _, said = process.communicate(timeout=20)
    return process.returncode, said


def test_it_serves_until_it_is_told_to_stop(users: Path) -> None:
    with serving("--users", str(users)) as server:
        (row,) = server.query()
        assert row["Caption"]
        code, seconds, said = server.end(signal.SIGTERM)
    assert code == DONE
    assert seconds < 5
    logins = [line for line in said.splitlines() if r"DOM\alice@127.0.0.1 login: accepted" in line]
    calls = [line for line in said.splitlines() if QUERY in line]
    assert len(logins) == 2  # one for each connection
    assert len(calls) == 1
    assert re.search(r"INFO DOM\\alice@127\.0\.0\.1 root\\cimv2 ExecQuery .* 1 objects, \d\.\d+ s$", calls[0])
    assert "pa:ss" not in said


def test_more_connections_than_it_may_open_files_do_not_end_it(users: Path) -> None:
    few = ("/bin/sh", "-c", 'ulimit -n 64 && exec "$@"', "sh")
    with serving("--users", str(users), before=few) as server, contextlib.ExitStack() as stack:
        for _ in range(150):
            stack.enter_context(socket.create_connection((server.host, server.port), timeout=10))
        stack.close()
        # Until what waits is gone, newcomers are turned away with it.
        assert any(answers_a_bind(server) for _ in range(1000))
        (row,) = server.query()
        assert row["Caption"]
        code, _, said = server.end(signal.SIGTERM)
    assert code == DONE
    assert "no connection can be accepted: Too many open files" in said
    assert "Traceback" not in said
    assert len(said) < 20_000  # a line a second, not one for each connection


@pytest.mark.parametrize(("hard", "soft"), [(3000, 3000), (8000, 6096)])
def test_it_lets_itself_open_as_many_files_as_its_connections_need(users: Path, hard: int, soft: int) -> None:
    with serving("--users", str(users), before=("prlimit", f"--nofile=64:{hard}")) as server:
        limits = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    assert limits == (soft, hard)


def test_ctrl_c_stops_it_too(users: Path) -> None:
    with serving("--users", str(users)) as server:
        code, seconds, said = server.end(signal.SIGINT)
    assert (code, said) == (INTERRUPTED, "")
    assert seconds < 5


def test_users_are_read_again_when_it_is_told_to(users: Path) -> None:
    with serving("--users", str(users), "-v") as server:
        server.query()
        users.write_text("DOM:carol:new\n")
        server.process.send_signal(signal.SIGHUP)
        assert server.process.stderr is not None
        while "the users were read again: there are 1" not in server.process.stderr.readline():
            pass
        assert server.query(user="carol", password="new")
        with pytest.raises(Exception, match=r".*"):
            server.query(user="alice", password="pa:ss")
        users.write_text("nonsense")
        server.process.send_signal(signal.SIGHUP)
        while "the users stay as they were: line 1" not in server.process.stderr.readline():
            pass
        assert server.query(user="carol", password="new")


def test_users_that_cannot_be_read_again_are_told_also_without_being_asked(users: Path) -> None:
    with serving("--users", str(users)) as server:
        users.write_text("nonsense")
        server.process.send_signal(signal.SIGHUP)
        assert server.process.stderr is not None
        assert "ERROR the users stay as they were: line 1" in server.process.stderr.readline()


def test_a_file_that_others_may_read_is_refused(users: Path) -> None:
    users.chmod(0o640)
    code, said = refused("--users", str(users))
    assert code == FAILED
    assert "others may read it (mode 0640)" in said
    assert f"chmod 600 {users}" in said
    assert "pa:ss" not in said


@pytest.mark.parametrize("text", ["DOM:alice\n", "alice\n", "DOM::x\n"])
def test_a_line_that_is_no_user_is_told_by_its_number(users: Path, text: str) -> None:
    users.write_text("DOM:bob:x\n" + text)
    code, said = refused("--users", str(users))
    assert code == FAILED
    assert "line 2 of" in said
    assert "domain:user:password" in said


def test_a_file_that_is_not_there_is_told_without_a_word_of_errno(tmp_path: Path) -> None:
    for words in (("--users", str(tmp_path / "none")), ("--keytab", str(tmp_path / "none"))):
        code, said = refused(*words)
        assert code == FAILED
        assert f"{tmp_path}/none cannot be read: No such file or directory" in said
        assert "phase: start" in said
        assert "hint: " in said
        assert "Errno" not in said
        assert "Traceback" not in said


def test_a_grant_for_nobody_is_told_and_the_server_begins(users: Path) -> None:
    with serving("--users", str(users), "--grant", "DOM\\alcie=execute") as server:
        assert server.process.stderr is not None
        assert server.process.stderr.readline() == f"wmix: --grant names DOM\\alcie, who is not in {users}\n"
        assert server.process.stderr.readline() == "hint: did you mean DOM\\alice?\n"


def test_a_server_without_users_makes_no_sense() -> None:
    code, said = refused()
    assert code == USAGE
    assert "--users is missing" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--grant", "DOM\\alice=fly"], "'fly' is no right"),
        (["--grant", "execute"], "no grant"),
        (["--map", "DOM\\alice"], "maps nobody"),
        (["--listen", "localhost"], "HOST:PORT is needed"),
        (["--listen", "::1:135"], "HOST:PORT is needed"),
        (["--listen", "127.0.0.1:99999"], "a port from 0 to 65535"),
        (["--object-port", "x"], "a port from 0 to 65535"),
        (["--keytab="], "the name of a file is needed"),
    ],
)
def test_words_that_make_no_sense_are_told(users: Path, words: list[str], message: str) -> None:
    code, said = refused("--users", str(users), *words)
    assert (code, message in said) == (USAGE, True), said


def test_an_address_that_is_taken_is_told(users: Path) -> None:
    with serving("--users", str(users)) as server:
        code, said = refused("--users", str(users), "--listen", f"127.0.0.1:{server.port}")
        assert code == NO_ACCESS
        assert f"cannot listen at 127.0.0.1:{server.port}: Address already in use" in said


def created(server: Running) -> int:
    """The return value of a process that a client has the server start."""
    auth = wmix.NTLM("DOM\\alice", "pa:ss")
    with wmix.connect(f"127.0.0.1:{server.port}", auth=auth) as client:
        return int(client.call("Win32_Process", "Create", CommandLine="true").ReturnValue)


def test_a_granted_method_runs_as_the_account_of_the_map(users: Path) -> None:
    me = pwd.getpwuid(os.geteuid()).pw_name
    words = ("--users", str(users), "--grant", "DOM\\alice=execute")
    with serving(*words, "--map", f"DOM\\alice={me}") as server:
        assert created(server) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has this restriction")
def test_root_runs_no_method_of_a_user_who_is_not_mapped(users: Path) -> None:
    with serving("--users", str(users), "--grant", "DOM\\alice=execute") as server:
        with pytest.raises(wmix.AccessDenied):
            created(server)
        _, _, said = server.end(signal.SIGTERM)
    assert re.search(
        r"WARNING DOM\\alice@127\.0\.0\.1 root\\cimv2 ExecMethod 'Win32_Process\.Create'.*ACCESS_DENIED", said
    )
