"""Volumes: where the device of a mount is, and what is known of its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wmix.providers.check_findings import CheckFindings
from wmix.providers.mounts import Mount, MountTable, unmounted
from wmix.providers.superblock import Superblock
from wmix.providers.system_files import SystemFiles
from wmix.providers.volumes import COMPACT_DISC, FIXED, MEMORY, NETWORK, REMOVABLE, Volumes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def volumes(tmp_path: Path) -> Volumes:
    files = SystemFiles(tmp_path)
    for name, number, removable in (("sda", "8:0", 0), ("sdb", "8:16", 1), ("sr0", "11:0", 1), ("zram0", "252:0", 0)):
        directory = tmp_path / "sys/devices/virtual/block" / name
        directory.mkdir(parents=True)
        (directory / "dev").write_text(number)
        (directory / "removable").write_text(str(removable))
        for parent, entry in (("sys/dev/block", number), ("sys/class/block", name)):
            (tmp_path / parent).mkdir(parents=True, exist_ok=True)
            (tmp_path / parent / entry).symlink_to(directory)
    return Volumes(files, MountTable(files), CheckFindings())


@pytest.mark.parametrize(
    ("mount", "node", "drive"),
    [
        (Mount("/dev/root", "ext4", "/", device_number="8:0"), "/dev/sda", FIXED),
        (Mount("/dev/sdb", "vfat", "/usb", device_number="8:16"), "/dev/sdb", REMOVABLE),
        (Mount("/dev/sr0", "iso9660", "/cd", device_number="11:0"), "/dev/sr0", COMPACT_DISC),
        (Mount("/dev/zram0", "ext4", "/ram", device_number="252:0"), "/dev/zram0", MEMORY),
        # btrfs has a number without a device, and names its device as the source.
        (Mount("/dev/sda", "btrfs", "/b", device_number="0:40"), "/dev/sda", FIXED),
        (Mount("pool/data", "zfs", "/z", device_number="0:41"), None, FIXED),
        (Mount("tmpfs", "tmpfs", "/t", device_number="0:42"), None, MEMORY),
        (Mount("filer:/x", "nfs", "/n", device_number="0:43"), None, NETWORK),
    ],
)
def test_the_device_of_a_mount_is_found_by_number_then_by_source(
    tmp_path: Path, volumes: Volumes, mount: Mount, node: str | None, drive: int
) -> None:
    device = volumes.device(mount)
    found = volumes.node(mount, device)
    assert found == (None if node is None else str(tmp_path) + node)
    assert volumes.drive_type(mount, device) == drive


def test_an_image_is_its_own_device(volumes: Volumes) -> None:
    image = unmounted("/images/x.img")
    assert volumes.device(image) is None
    assert volumes.node(image, None) == "/images/x.img"
    assert volumes.superblock("/images/x.img") is None


def test_errors_of_btrfs_devices_are_added_up(tmp_path: Path, volumes: Volumes) -> None:
    block = Superblock("btrfs", uuid="abc", failed=False)
    mount = Mount("/dev/sda", "btrfs", "/b", device_number="0:40")
    assert volumes.device_errors(block) is None
    assert volumes.is_dirty(mount, None, "/dev/sda", block) is False
    for number, errors in (("1", 0), ("2", 3)):
        directory = tmp_path / "sys/fs/btrfs/abc/devinfo" / number
        directory.mkdir(parents=True)
        (directory / "error_stats").write_text(f"write_errs {errors}\nread_errs 1\nflush_errs x\n")
    assert volumes.device_errors(block) == 5
    assert volumes.device_errors(Superblock("ext4", uuid="abc")) is None
    assert volumes.is_dirty(mount, None, "/dev/sda", block) is True


def test_an_image_is_mounted_where_its_loop_device_is(tmp_path: Path, volumes: Volumes) -> None:
    image, other = tmp_path / "x.img", tmp_path / "y.img"
    image.write_text("")
    other.write_text("")
    loop = tmp_path / "sys/block/loop3"
    (loop / "loop").mkdir(parents=True)
    (loop / "dev").write_text("7:3\n")
    (loop / "loop/backing_file").write_text(f"{image}\n")
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_text("30 27 7:3 / /mnt rw - ext4 /dev/loop3 rw\n")
    assert volumes.mounted_at(str(image)) == "/mnt"
    assert volumes.mounted_at(str(other)) is None
    assert volumes.mounted_at("/nonexistent") is None
