"""Runs of checkers: output, locks, and what is killed."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from wmix.providers.checker_run import CheckerRun, DeviceBusy

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def device(tmp_path: Path) -> str:
    path = tmp_path / "disk.img"
    path.write_bytes(b"")
    return str(path)


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A named pipe: a checker that reads it waits until the test writes."""
    path = tmp_path / "gate"
    os.mkfifo(path)
    return path


def test_status_and_output_of_both_channels_are_kept(device: str) -> None:
    run = CheckerRun(
        ["/bin/sh", "-c", "echo one; echo two >&2; printf 'a\\033[1mb\\rc\\n\\n'; exit 4"], device, is_repair=False
    )
    assert run.wait(60) == 4
    assert run.lines() == ["one", "two", "a [1mb", "c"]
    run.close()


def test_the_output_that_is_kept_is_bounded(device: str) -> None:
    run = CheckerRun(["/bin/sh", "-c", "seq 1 5000"], device, is_repair=False)
    assert run.wait(60) == 0
    lines = run.lines()
    assert (len(lines), lines[0], lines[-1]) == (1001, "1", "... 4000 more lines")
    run.close()


def test_a_checker_speaks_the_language_of_its_messages(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("SECRET", "x")
    run = CheckerRun(["/bin/sh", "-c", 'echo "$LC_ALL$SECRET"'], device, is_repair=False)
    assert run.wait(60) == 0
    assert run.lines() == ["C"]
    run.close()


def test_a_check_that_is_closed_is_killed(device: str, gate: Path) -> None:
    run = CheckerRun(["/bin/sh", "-c", f"read x < {gate}"], device, is_repair=False)
    assert run.wait(0) is None
    run.kill()
    assert run.wait(60) == -signal.SIGKILL
    run.close()


def test_a_repair_is_never_killed(device: str, gate: Path) -> None:
    run = CheckerRun(["/bin/sh", "-c", f"read x < {gate}; echo done"], device, is_repair=True)
    run.kill()
    assert run.wait(0) is None
    gate.write_text("go\n")
    assert run.wait(60) == 0
    assert run.lines() == ["done"]
    run.close()


def test_a_repair_keeps_its_lock_after_it_was_given_up(device: str, gate: Path, tmp_path: Path) -> None:
    end = tmp_path / "end"
    os.mkfifo(end)
    run = CheckerRun(["/bin/sh", "-c", f"read x < {gate}; echo gone > {end}"], device, is_repair=True)
    run.close()
    with pytest.raises(DeviceBusy):
        CheckerRun(["/bin/true"], device, is_repair=True)
    with pytest.raises(DeviceBusy):
        CheckerRun(["/bin/true"], device, is_repair=False)
    gate.write_text("go\n")
    assert end.read_text() == "gone\n"


def test_two_checks_may_read_at_the_same_time_and_a_repair_waits_for_neither(device: str) -> None:
    first = CheckerRun(["/bin/true"], device, is_repair=False)
    second = CheckerRun(["/bin/true"], device, is_repair=False)
    with pytest.raises(DeviceBusy):
        CheckerRun(["/bin/true"], device, is_repair=True)
    assert (first.wait(60), second.wait(60)) == (0, 0)
    first.close()
    second.close()
    third = CheckerRun(["/bin/true"], device, is_repair=True)
    assert third.wait(60) == 0
    third.close()


def test_a_program_or_device_that_is_not_there_is_an_error_and_leaves_no_lock(device: str) -> None:
    with pytest.raises(FileNotFoundError):
        CheckerRun(["/nonexistent"], device, is_repair=True)
    with pytest.raises(FileNotFoundError):
        CheckerRun(["/bin/true"], device + ".none", is_repair=False)
    run = CheckerRun(["/bin/true"], device, is_repair=True)
    assert run.wait(60) == 0
    run.close()
