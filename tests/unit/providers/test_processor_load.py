"""Processor load: shares between two readings, with a clock and a sleep of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.providers.linux_tree import LinuxTree
from wmix.providers.processor_load import LoadSampler, read_processor_times
from wmix.providers.system_files import SystemFiles

if TYPE_CHECKING:
    from pathlib import Path


class Machine:
    """Two processors that are busy at given shares while time passes."""

    def __init__(self, root: Path) -> None:
        self.tree = LinuxTree(root)
        self.now = 1000.0
        self.slept: list[float] = []
        self.busy = [0.0, 0.0]
        self.ticks = [[0.0, 0.0], [0.0, 0.0]]
        self.pass_time(1)
        self.slept.clear()
        self.sampler = LoadSampler(self.tree.files, clock=lambda: self.now, sleep=self.sleep)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        lines = ["cpu  0 0 0 0"]
        for number, share in enumerate(self.busy):
            self.ticks[number][0] += 100 * seconds * share
            self.ticks[number][1] += 100 * seconds * (1 - share)
            used, idle = map(round, self.ticks[number])
            lines.append(f"cpu{number} {used} 0 0 {idle} 0 0 0 0 0 0")
        self.tree.write("/proc/stat", "\n".join([*lines, "intr 1", ""]))

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_time(seconds)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_first_question_waits_for_a_second_reading(machine: Machine) -> None:
    machine.busy = [1.0, 0.5]
    assert machine.sampler.shares() == {0: 1.0, 1: 0.5}
    assert machine.slept == [pytest.approx(0.1)]


def test_a_later_question_covers_the_time_since(machine: Machine) -> None:
    machine.sampler.shares()
    machine.busy = [0.2, 0.0]
    machine.pass_time(5)
    assert machine.sampler.shares() == {0: pytest.approx(0.2, abs=0.01), 1: 0.0}
    assert len(machine.slept) == 1


def test_a_question_that_comes_too_soon_waits_for_the_rest(machine: Machine) -> None:
    machine.sampler.shares()
    machine.pass_time(0.04)
    machine.sampler.shares()
    assert machine.slept[1] == pytest.approx(0.06)


def test_a_reading_that_is_too_old_is_dropped(machine: Machine) -> None:
    machine.busy = [1.0, 1.0]
    machine.sampler.shares()
    machine.pass_time(60)
    machine.busy = [0.0, 0.0]
    assert machine.sampler.shares() == {0: 0.0, 1: 0.0}
    assert len(machine.slept) == 2


def test_counters_that_stand_still_or_run_back_say_nothing(tmp_path: Path) -> None:
    tree = LinuxTree(tmp_path)
    contents = iter(["cpu0 10 0 0 10\ncpu1 5 0 0 5\n", "cpu0 10 0 0 10\ncpu1 4 0 0 20\n"])
    tree.write("/proc/stat", next(contents))
    sampler = LoadSampler(tree.files, sleep=lambda _: void(tree.write("/proc/stat", next(contents))))
    assert sampler.shares() == {1: 0.0}


def void(_: object) -> None:
    return None


def test_waiting_for_a_disk_is_idle_and_guests_are_counted_once(tmp_path: Path) -> None:
    tree = LinuxTree(tmp_path)
    tree.write("/proc/stat", "cpu  9 9\ncpu3 10 1 2 100 7 3 4 5 10 1\ncpux 1\n")
    assert read_processor_times(tree.files) == {3: (25, 132)}


def test_this_machine_has_processors() -> None:
    assert read_processor_times(SystemFiles())
