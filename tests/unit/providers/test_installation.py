"""When the system was installed: the first of several traces."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from unit.providers.linux_tree import LinuxTree
from wmix.providers.installation import creation_time_of_ext, installed_at

if TYPE_CHECKING:
    from pathlib import Path

    from unit.providers.conftest import MakeImage


@pytest.fixture
def tree(tmp_path: Path) -> LinuxTree:
    return LinuxTree(tmp_path)


def superblock(made: int) -> bytes:
    block = bytearray(2048)
    block[1024 + 0x38 : 1024 + 0x3A] = b"\x53\xef"
    block[1024 + 0x108 : 1024 + 0x10C] = (made & 0xFFFFFFFF).to_bytes(4, "little")
    block[1024 + 0x276] = made >> 32
    return bytes(block)


def test_the_root_file_system_knows_when_it_was_made(tree: LinuxTree) -> None:
    tree.write("/proc/self/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n")
    tree.write("/etc/machine-id", "x")
    tree.write("/dev/sda1", superblock(1_600_000_000))
    assert installed_at(tree.files) == 1_600_000_000
    tree.write("/dev/sda1", superblock((1 << 32) + 5))
    assert installed_at(tree.files) == (1 << 32) + 5


@pytest.mark.parametrize("device", [None, b"", bytes(2048), superblock(0)])
def test_else_the_machines_identity_does(tree: LinuxTree, device: bytes | None) -> None:
    tree.write("/proc/self/mountinfo", "1 0 8:1 / / rw - xfs /dev/sda1 rw\n")
    if device is not None:
        tree.write("/dev/sda1", device)
    os.utime(tree.write("/etc/machine-id", "x"), (1, 1_500_000_000))
    assert installed_at(tree.files) == 1_500_000_000


def test_else_what_an_installer_left(tree: LinuxTree) -> None:
    assert installed_at(tree.files) is None
    for name, moment in (("lost+found", 20), ("var/log/installer", 10)):
        (tree.root / name).mkdir(parents=True)
        os.utime(tree.root / name, (moment, moment))
    assert installed_at(tree.files) == 10


def test_a_file_system_that_was_just_made_says_so(make_image: MakeImage) -> None:
    before = int(time.time())
    made = creation_time_of_ext(str(make_image()))
    assert made is not None
    assert before <= made <= time.time()


def test_a_directory_is_no_file_system(tmp_path: Path) -> None:
    assert creation_time_of_ext(str(tmp_path)) is None
