"""Priority classes: the table both ways, and on a process of our own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from wmix.providers.priority_class import NICE_BY_CLASS, REALTIME_CLASS, base_priority, change_priority

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize(
    ("nice", "priority"),
    [(19, 4), (15, 4), (14, 6), (5, 6), (4, 8), (0, 8), (-4, 8), (-5, 10), (-14, 10), (-15, 13), (-20, 13)],
)
def test_nice_values_fall_into_the_classes(nice: int, priority: int) -> None:
    assert base_priority(nice, os.SCHED_OTHER) == priority
    assert base_priority(nice, os.SCHED_BATCH) == priority


@pytest.mark.parametrize("policy", [os.SCHED_FIFO, os.SCHED_RR])
def test_realtime_policies_are_above_all(policy: int) -> None:
    assert base_priority(0, policy) == 24


@pytest.mark.parametrize(("flag", "priority"), [(64, 4), (16384, 6), (32, 8), (32768, 10), (128, 13)])
def test_each_class_shows_its_base_priority(flag: int, priority: int) -> None:
    assert base_priority(NICE_BY_CLASS[flag], os.SCHED_OTHER) == priority


@pytest.fixture
def child() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
    yield process.pid
    assert process.stdin is not None
    process.stdin.close()
    process.wait()


def test_less_priority_is_always_allowed(child: int) -> None:
    change_priority(child, 64)
    assert os.getpriority(os.PRIO_PROCESS, child) == 15


@pytest.mark.skipif(os.geteuid() != 0, reason="more priority needs root")
def test_realtime_is_left_again(child: int) -> None:
    change_priority(child, REALTIME_CLASS)
    assert os.sched_getscheduler(child) == os.SCHED_RR
    change_priority(child, 32768)
    assert os.sched_getscheduler(child) == os.SCHED_OTHER
    assert os.getpriority(os.PRIO_PROCESS, child) == -5


def test_a_thread_that_has_ended_is_an_error() -> None:
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    with pytest.raises(ProcessLookupError):
        change_priority(process.pid, 64)
