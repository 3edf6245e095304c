"""``wmix serve`` runs the permanent subscriptions of its repository, and goes on with them after a restart."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import wmix

if TYPE_CHECKING:
    from collections.abc import Iterator

MOF = r"""
#pragma namespace("\\\\.\\root\\subscription")
instance of __IntervalTimerInstruction { TimerId = "often"; IntervalBetweenEvents = 50; };
instance of __EventFilter as $filter {
    Name = "often"; QueryLanguage = "WQL"; Query = "SELECT * FROM __TimerEvent WHERE TimerId = \"often\"";
};
instance of LogFileEventConsumer as $consumer {
    Name = "often"; Filename = "%s"; Text = "%%TimerId%% fired"; MaximumFileSize = 0;
};
instance of __FilterToConsumerBinding { Filter = $filter; Consumer = $consumer; };
"""


@contextmanager
def serving(repository: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """The program, from its first line to its orderly end."""
    users = repository.parent / "users"
    users.write_text("D:alice:secret\n")
    users.chmod(0o600)
    command = [sys.executable, "-m", "wmix", "serve", "--listen", "127.0.0.1:0", "--users", str(users)]
    with subprocess.Popen(
        [*command, "--repository", str(repository), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(wmix.__file__).parents[1])},
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("listening on 127.0.0.1:")
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()


def lines(path: Path, count: int) -> list[str]:
    """The lines of a file, once it has *count*."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        found = path.read_text().splitlines() if path.exists() else []
        if len(found) >= count:
            return found
        threading.Event().wait(0.01)
    raise AssertionError(f"{path} never had {count} lines")


def put(repository: Path, log: Path) -> None:
    with wmix.connect(namespace="root/subscription", repository=repository) as wmi:
        wmi.compile(MOF % log)


@pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")
def test_a_server_runs_what_is_in_its_repository_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    repository, log = tmp_path / "r.db", tmp_path / "log"
    put(repository, log)
    with serving(repository):
        first = len(lines(log, 3))
    with serving(repository):
        found = lines(log, first + 3)
    assert set(found) == {"often fired"}


@pytest.mark.filterwarnings("ignore::wmix.errors.SynchronousCallWarning")
def test_a_server_keeps_consumers_to_the_directories_that_it_was_told(tmp_path: Path) -> None:
    repository, log = tmp_path / "r.db", tmp_path / "log"
    put(repository, log)
    (tmp_path / "allowed").mkdir()
    with serving(repository, "--log-directory", str(tmp_path / "allowed"), "-v") as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "does not let consumers write" in line:
                break
    assert not log.exists()
