"""A host in a child process, and what leads to it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wire.far_host import PASSWORD, USER
from wmix.net.security.credentials import NTLM

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parent.parent


class FarHost:
    """The child process."""

    def __init__(self) -> None:
        paths = [str(TESTS), *sys.path]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "wire.far_host"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("listening on "), line
        #: host:port
        self.place = line.removeprefix("listening on ").strip()
        self.auth = NTLM(USER, PASSWORD)

    def kill(self) -> None:
        """End it without a word."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture(scope="module")
def far() -> Iterator[FarHost]:
    """A host for all tests of a module."""
    host = FarHost()
    yield host
    host.kill()


@pytest.fixture
def doomed() -> Iterator[FarHost]:
    """A host that the test may kill."""
    host = FarHost()
    yield host
    if host.process.poll() is None:
        host.kill()
