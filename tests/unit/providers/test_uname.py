"""The machine's words: from the kernel, or from the files of a tree."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from unit.providers.linux_tree import LinuxTree
from wmix.providers.system_files import SystemFiles
from wmix.providers.uname import Uname, read_uname

if TYPE_CHECKING:
    from pathlib import Path


def test_the_machine_says_what_the_kernel_says() -> None:
    uname = read_uname(SystemFiles())
    assert (uname.node, uname.release, uname.machine) == (os.uname().nodename, os.uname().release, os.uname().machine)


def test_a_tree_says_what_its_files_say(tmp_path: Path) -> None:
    tree = LinuxTree(tmp_path)
    assert read_uname(tree.files) == Uname(
        "Linux",
        "box.example.org",
        "6.1.0-18-amd64",
        "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)",
        "x86_64",
    )
    tree.remove("/proc/sys/kernel/osrelease")
    assert read_uname(tree.files).release == os.uname().release


def test_the_host_ends_at_the_first_dot() -> None:
    assert Uname("Linux", "box.example.org", "6", "#1", "x86_64").host == "box"
    assert Uname("Linux", "Box", "6", "#1", "x86_64").host == "Box"


@pytest.mark.parametrize(
    ("machine", "bits", "space"),
    [
        ("x86_64", 64, 1 << 47),
        ("aarch64", 64, 1 << 47),
        ("s390x", 64, 1 << 47),
        ("i686", 32, 3 << 30),
        ("armv7l", 32, 3 << 30),
    ],
)
def test_the_machine_tells_the_width_of_an_address(machine: str, bits: int, space: int) -> None:
    uname = Uname("Linux", "box", "6", "#1", machine)
    assert uname.address_bits == bits
    assert uname.process_address_space == space
