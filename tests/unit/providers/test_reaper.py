"""The reaper: no child stays a zombie, and nobody waits for it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from wmix.providers.reaper import Reaper

if TYPE_CHECKING:
    import pytest

WAIT = 30.0


def child_that(code: str, stdin: int | None = None) -> subprocess.Popen[bytes]:
    child = subprocess.Popen([sys.executable, "-S", "-c", code], stdin=stdin)
    child.returncode = 0  # the reaper collects it
    return child


def is_collected(pid: int) -> bool:
    """Whether *pid* is no child of ours any more, not even a zombie."""
    try:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return True
    return False


def test_children_are_collected_when_they_end() -> None:
    reaper = Reaper()
    assert reaper.wait(0)
    children = [child_that("pass") for _ in range(3)]
    for child in children:
        reaper.adopt(child.pid)
    assert reaper.wait(WAIT)
    assert all(is_collected(child.pid) for child in children)


def test_adopting_does_not_wait_and_a_later_child_is_collected_first() -> None:
    reaper = Reaper()
    slow = child_that("input()", stdin=subprocess.PIPE)
    reaper.adopt(slow.pid)
    quick = child_that("pass")
    reaper.adopt(quick.pid)
    assert not reaper.wait(0)
    assert slow.stdin is not None
    slow.stdin.close()
    assert reaper.wait(WAIT)
    assert is_collected(quick.pid)
    assert is_collected(slow.pid)


def test_a_reaper_works_again_after_it_was_idle() -> None:
    reaper = Reaper()
    for _ in range(3):
        child = child_that("pass")
        reaper.adopt(child.pid)
        assert reaper.wait(WAIT)
        assert is_collected(child.pid)


def test_a_child_that_somebody_else_collected_does_no_harm() -> None:
    reaper = Reaper()
    child = child_that("input()", stdin=subprocess.PIPE)
    reaper.adopt(child.pid)
    assert child.stdin is not None
    child.stdin.close()
    with suppress(ChildProcessError):  # the reaper may be faster
        os.waitpid(child.pid, 0)
    assert reaper.wait(WAIT)


def test_without_pidfds_a_thread_of_its_own_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int, flags: int = 0) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", refuse)
    child = child_that("pass")
    Reaper().adopt(child.pid)
    for thread in threading.enumerate():
        if thread.name == f"wmix-reaper-{child.pid}":
            thread.join(WAIT)
    assert is_collected(child.pid)


def test_other_children_are_left_to_their_owners() -> None:
    reaper = Reaper()
    ours = subprocess.Popen([sys.executable, "-S", "-c", "raise SystemExit(3)"])
    adopted = child_that("pass")
    reaper.adopt(adopted.pid)
    assert reaper.wait(WAIT)
    assert ours.wait() == 3
