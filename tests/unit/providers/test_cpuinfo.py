"""proc_cpuinfo(5): packages, cores and features of several kinds of machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.providers.linux_tree import LinuxTree
from wmix.providers.cpuinfo import cpu_flags, has_hypervisor, parse_cpu_list, read_packages

if TYPE_CHECKING:
    from pathlib import Path

ARM = """processor\t: 0
CPU part\t: 0xd0c

processor\t: 1
CPU part\t: 0xd0c

Hardware\t: Board
Features\t: fp asimd
"""


def block(number: int, package: int, core: int, **more: str) -> str:
    fields = {"processor": number, "physical id": package, "core id": core, "flags": "fpu nx", **more}
    return "".join(f"{name}\t: {value}\n" for name, value in fields.items()) + "\n"


@pytest.fixture
def tree(tmp_path: Path) -> LinuxTree:
    return LinuxTree(tmp_path)


def test_packages_and_cores_are_counted_by_their_numbers(tree: LinuxTree) -> None:
    tree.write("/proc/cpuinfo", block(0, 0, 0) + block(1, 1, 0) + block(2, 0, 0) + block(3, 1, 1))
    first, second = read_packages(tree.files)
    assert ([logical.number for logical in first.logical], first.cores, first.index) == ([0, 2], 1, 0)
    assert ([logical.number for logical in second.logical], second.cores, second.index) == ([1, 3], 2, 1)
    assert first.flags == frozenset({"fpu", "nx"})


def test_a_machine_that_names_no_packages_has_one(tree: LinuxTree) -> None:
    tree.write("/proc/cpuinfo", ARM)
    (package,) = read_packages(tree.files)
    assert package.cores == len(package.logical) == 2
    assert package.number("CPU part") == 0xD0C
    assert package.field("Hardware") == "Board"
    assert package.field("model name") is None
    assert package.number("model") is None
    assert package.flags == frozenset({"fp", "asimd"})


def test_sysfs_tells_packages_where_cpuinfo_does_not(tree: LinuxTree) -> None:
    tree.write("/proc/cpuinfo", ARM)
    for number, package in ((0, "0"), (1, "36")):
        tree.write(f"/sys/devices/system/cpu/cpu{number}/topology/physical_package_id", package)
        tree.write(f"/sys/devices/system/cpu/cpu{number}/topology/core_id", "0")
    assert len(read_packages(tree.files)) == 2
    for number in (0, 1):
        tree.write(f"/sys/devices/system/cpu/cpu{number}/topology/physical_package_id", "-1")
    (package_of_all,) = read_packages(tree.files)
    assert package_of_all.cores == 1


def test_no_cpuinfo_means_no_packages(tree: LinuxTree) -> None:
    assert read_packages(tree.files) == []
    assert cpu_flags(tree.files) is None


@pytest.mark.parametrize(
    ("text", "numbers"), [("0-3,8\n", [0, 1, 2, 3, 8]), ("0", [0]), ("", []), ("x", []), ("1-x", []), ("-1", [])]
)
def test_lists_of_processors(text: str, numbers: list[int]) -> None:
    assert parse_cpu_list(text) == numbers


def test_a_hypervisor_shows_in_the_features_or_in_sysfs(tree: LinuxTree) -> None:
    tree.write("/proc/cpuinfo", block(0, 0, 0))
    assert not has_hypervisor(tree.files)
    tree.write("/sys/hypervisor/type", "xen\n")
    assert has_hypervisor(tree.files)
    tree.remove("/sys/hypervisor/type")
    tree.write("/proc/cpuinfo", block(0, 0, 0, flags="fpu hypervisor"))
    assert has_hypervisor(tree.files)
