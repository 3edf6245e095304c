"""Block devices over a tree that stands for sysfs, udev's database and /dev/disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wmix.providers.block_devices import BlockDevices
from wmix.providers.system_files import SystemFiles

if TYPE_CHECKING:
    from pathlib import Path


def add(root: Path, hardware: str, name: str, number: str, *, removable: int = 0, is_virtual: bool = False) -> Path:
    """A disk *name* below the hardware directory *hardware*, both relative to ``/sys/devices``."""
    directory = root / "sys/devices" / hardware / "block" / name
    directory.mkdir(parents=True)
    (directory / "dev").write_text(number + "\n")
    (directory / "size").write_text("2048\n")
    (directory / "removable").write_text(f"{removable}\n")
    if not is_virtual:
        (directory / "device").symlink_to("../..")
    for parent, entry in (("sys/block", name), ("sys/class/block", name), ("sys/dev/block", number)):
        (root / parent).mkdir(parents=True, exist_ok=True)
        depth = "../" * parent.count("/")
        (root / parent / entry).symlink_to(f"{depth}devices/{hardware}/block/{name}")
    return directory


def add_partition(root: Path, disk: Path, name: str, number: str) -> Path:
    directory = disk / name
    directory.mkdir()
    (directory / "dev").write_text(number + "\n")
    (directory / "partition").write_text("1\n")
    for parent, entry in (("sys/class/block", name), ("sys/dev/block", number)):
        (root / parent / entry).symlink_to(directory)
    return directory


@pytest.fixture
def devices(tmp_path: Path) -> BlockDevices:
    sdb = add(tmp_path, "pci0000:00/0000:00:14.0/usb1/1-1/host6/target6:0:0/6:0:0:0", "sdb", "8:16", removable=1)
    sda = add(tmp_path, "pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0", "sda", "8:0")
    add_partition(tmp_path, sda, "sda2", "8:2")
    add_partition(tmp_path, sda, "sda1", "8:1")
    add_partition(tmp_path, sdb, "sdb1", "8:17")
    add(tmp_path, "virtual", "loop0", "7:0", is_virtual=True)
    add(tmp_path, "virtual", "zram0", "252:0", is_virtual=True)
    add(tmp_path, "virtual", "dm-0", "253:0", is_virtual=True)
    return BlockDevices(SystemFiles(tmp_path))


def test_drives_are_whole_disks_with_hardware_in_the_order_of_their_numbers(devices: BlockDevices) -> None:
    assert [device.name for device in devices.drives()] == ["sda", "sdb"]


def test_a_path_of_a_multipath_disk_and_parts_of_a_card_are_no_drives(tmp_path: Path, devices: BlockDevices) -> None:
    hidden = add(tmp_path, "pci0000:00/nvme/nvme0", "nvme0c0n1", "259:1")
    (hidden / "hidden").write_text("1\n")
    add(tmp_path, "platform/mmc_host/mmc0/mmc0:0001", "mmcblk0", "179:0")
    add(tmp_path, "platform/mmc_host/mmc0/mmc0:0001", "mmcblk0boot0", "179:8")
    assert [device.name for device in devices.drives()] == ["sda", "sdb", "mmcblk0"]


def test_a_device_is_found_by_number_and_by_node(tmp_path: Path, devices: BlockDevices) -> None:
    by_number = devices.by_number("8:1")
    assert by_number is not None
    assert (by_number.name, by_number.node) == ("sda1", "/dev/sda1")
    assert by_number.directory.startswith("/sys/devices/pci0000:00/0000:00:1f.2/ata1/")
    assert devices.by_node("/dev/sda1") == by_number
    (tmp_path / "dev/mapper").mkdir(parents=True)
    (tmp_path / "dev/dm-0").write_text("")
    (tmp_path / "dev/mapper/vg-root").symlink_to("../dm-0")
    mapped = devices.by_node("/dev/mapper/vg-root")
    assert mapped is not None
    assert mapped.name == "dm-0"
    assert devices.by_number("0:50") is None
    assert devices.by_node("filer:/export") is None


def test_a_partition_belongs_to_its_disk(devices: BlockDevices) -> None:
    partition, disk, mapped = (devices.by_number(number) for number in ("8:17", "8:16", "253:0"))
    assert partition is not None
    assert disk is not None
    assert mapped is not None
    assert devices.disk_of(partition) == disk
    assert devices.disk_of(mapped) == mapped
    assert [device.name for device in devices.partitions(disk)] == ["sdb1"]
    assert devices.is_removable(partition)
    assert not devices.is_removable(mapped)
    assert devices.size(disk) == 2048 * 512


def test_the_hardware_of_a_partition_is_that_of_its_disk(devices: BlockDevices) -> None:
    partition, loop = devices.by_number("8:1"), devices.by_number("7:0")
    assert partition is not None
    assert loop is not None
    path = "/sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0"
    assert devices.hardware_path(partition) == path
    assert devices.hardware_path(loop) is None


def test_udev_adds_facts_and_names_where_it_runs(tmp_path: Path, devices: BlockDevices) -> None:
    disk, partition = devices.by_number("8:0"), devices.by_number("8:1")
    assert disk is not None
    assert partition is not None
    assert devices.udev(disk) == {}
    assert devices.link_name("by-label", partition) is None
    (tmp_path / "run/udev/data").mkdir(parents=True)
    (tmp_path / "run/udev/data/b8:0").write_text("S:disk/by-id/x\nE:ID_MODEL=Fast_One\nE:ID_SERIAL_SHORT=A=1\n")
    (tmp_path / "dev/disk/by-label").mkdir(parents=True)
    (tmp_path / r"dev/disk/by-label/my\x20disk\xc3\xa4").symlink_to("../../sda1")
    assert devices.udev(disk) == {"ID_MODEL": "Fast_One", "ID_SERIAL_SHORT": "A=1"}
    assert devices.link_name("by-label", partition) == "my diskä"


def test_a_name_with_a_slash_is_written_with_an_exclamation_mark_in_sysfs(tmp_path: Path) -> None:
    add(tmp_path, "pci0000:00", "cciss!c0d0", "104:0")
    (device,) = BlockDevices(SystemFiles(tmp_path)).drives()
    assert device.node == "/dev/cciss/c0d0"


def test_this_machine_answers_without_errors() -> None:
    devices = BlockDevices(SystemFiles())
    for device in devices.drives():
        assert devices.by_number(device.number) == device
        assert devices.disk_of(device) == device
        devices.partitions(device)
        devices.udev(device)
