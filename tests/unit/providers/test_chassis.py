"""The kind of computer: by its chassis, else by its hypervisor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.providers.linux_tree import LinuxTree
from wmix.providers.chassis import Chassis, is_workstation, read_chassis

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tree(tmp_path: Path) -> LinuxTree:
    return LinuxTree(tmp_path)


@pytest.mark.parametrize(
    ("number", "kind"),
    [(3, Chassis.DESKTOP), (10, Chassis.MOBILE), (30, Chassis.TABLET), (23, Chassis.SERVER), (1, Chassis.UNKNOWN)],
)
def test_the_chassis_type_decides(tree: LinuxTree, number: int, kind: Chassis) -> None:
    tree.write("/sys/class/dmi/id/chassis_type", str(number))
    assert read_chassis(tree.files) is kind


def test_a_virtual_machine_is_known_by_its_hypervisor(tree: LinuxTree) -> None:
    assert read_chassis(tree.files) is Chassis.UNKNOWN
    tree.write("/proc/cpuinfo", "processor: 0\nflags: hypervisor\n")
    assert read_chassis(tree.files) is Chassis.VIRTUAL
    tree.write("/sys/class/dmi/id/chassis_type", "1")
    assert read_chassis(tree.files) is Chassis.VIRTUAL


@pytest.mark.parametrize(
    ("number", "target", "answer"),
    [(3, "graphical", True), (3, "multi-user", False), (23, "graphical", False), (10, None, False)],
)
def test_a_workstation_is_a_personal_machine_with_a_graphical_session(
    tree: LinuxTree, number: int, target: str | None, answer: bool
) -> None:
    tree.write("/sys/class/dmi/id/chassis_type", str(number))
    if target is not None:
        tree.link("/usr/lib/systemd/system/default.target", f"{target}.target")
    assert is_workstation(tree.files) is answer


def test_the_administrators_target_comes_before_the_distributions(tree: LinuxTree) -> None:
    tree.write("/sys/class/dmi/id/chassis_type", "3")
    tree.link("/usr/lib/systemd/system/default.target", "graphical.target")
    tree.link("/etc/systemd/system/default.target", "/usr/lib/systemd/system/multi-user.target")
    assert not is_workstation(tree.files)
