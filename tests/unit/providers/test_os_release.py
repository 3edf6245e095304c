"""os-release(5): quoting, the fallback, and the name in three parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.providers.linux_tree import LinuxTree
from wmix.providers.os_release import (
    mount_source,
    operating_system_name,
    operating_system_title,
    parse_assignments,
    read_os_release,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("A=b", {"A": "b"}),
        ('A="b c"', {"A": "b c"}),
        ("A='b \"c\" \\d'", {"A": 'b "c" \\d'}),
        ('A="b\\"c\\$d\\\\"', {"A": 'b"c$d\\'}),
        ("export A=b", {"A": "b"}),
        ("# A=b", {}),
        ("", {}),
        ("word", {}),
        ("A=", {"A": ""}),
        ('A="', {"A": '"'}),
        ("A=b=c", {"A": "b=c"}),
        ("A=b\\", {"A": "b"}),
    ],
)
def test_assignments_are_read_as_a_shell_would(line: str, found: dict[str, str]) -> None:
    assert parse_assignments([line]) == found


@pytest.fixture
def tree(tmp_path: Path) -> LinuxTree:
    return LinuxTree(tmp_path)


def test_the_file_in_etc_comes_first(tree: LinuxTree) -> None:
    tree.write("/usr/lib/os-release", "ID=lib\n")
    assert read_os_release(tree.files) == {"ID": "lib"}
    tree.write("/etc/os-release", "ID=etc\n")
    assert read_os_release(tree.files) == {"ID": "etc"}


def test_the_title_falls_back_to_the_kernel(tree: LinuxTree) -> None:
    assert operating_system_title(tree.files) == "Linux 6.1.0-18-amd64"
    tree.write("/etc/os-release", "PRETTY_NAME='Testix'\n")
    assert operating_system_title(tree.files) == "Testix"


def test_the_name_has_title_directory_and_device(tree: LinuxTree) -> None:
    tree.write("/etc/os-release", "PRETTY_NAME=Testix\n")
    assert operating_system_name(tree.files) == "Testix|/|"
    tree.write("/proc/self/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n")
    assert operating_system_name(tree.files) == "Testix|/|/dev/sda1"


def test_the_last_mount_on_a_directory_counts(tree: LinuxTree) -> None:
    tree.write("/proc/self/mountinfo", "1 0 0:1 / / rw - rootfs none rw\n2 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n")
    assert mount_source(tree.files, "/") == "/dev/sda1"
    assert mount_source(tree.files, "/boot") is None
