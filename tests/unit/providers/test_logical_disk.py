"""Win32_LogicalDisk over fixed mount tables, fake trees, real images, and this machine."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from wmix.config import Settings
from wmix.port.provider import Comparison
from wmix.providers.logical_disk import logical_disk_providers, providers
from wmix.providers.mounts import Mount, MountTable, unmounted
from wmix.providers.system_files import SystemFiles
from wmix.providers.volume_sizes import VolumeSizes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from unit.providers.conftest import Ask, MakeImage

CLASS = "Win32_LogicalDisk"
SHARE = Mount("//server/share", "cifs", "/mnt/share", frozenset({"rw"}), frozenset({"rw"}), "0:50")
EXPORT = Mount("filer:/export", "nfs4", "/mnt/export", frozenset({"ro"}), frozenset({"rw"}), "0:51")
MEMORY = Mount("tmpfs", "tmpfs", "/dev/shm", frozenset({"rw"}), frozenset({"rw"}), "0:23")
SIZES = os.statvfs("/")
#: A machine without any device.
BARE = SystemFiles("/nonexistent")


def no_statvfs(mount_point: str) -> os.statvfs_result:
    raise AssertionError(f"statvfs of {mount_point} was not asked for")


def equal(name: str, value: object) -> Comparison:
    return Comparison(name, "=", value, lambda other: other == value)


@pytest.fixture
def machine(tmp_path: Path, make_image: MakeImage) -> Callable[..., SystemFiles]:
    """A machine with one disk, ``sda``, whose first partition holds an ext4 image."""

    def machine(*, errors: int | None = 0, removable: int = 0, damage: tuple[str, ...] = ()) -> SystemFiles:
        disk = tmp_path / "sys/devices/pci0000:00/block/sda"
        (disk / "sda1").mkdir(parents=True)
        (disk / "dev").write_text("8:0\n")
        (disk / "removable").write_text(f"{removable}\n")
        (disk / "sda1/dev").write_text("8:1\n")
        (disk / "sda1/partition").write_text("1\n")
        (tmp_path / "sys/dev/block").mkdir(parents=True)
        (tmp_path / "sys/dev/block/8:1").symlink_to("../../devices/pci0000:00/block/sda/sda1")
        if errors is not None:
            (tmp_path / "sys/fs/ext4/sda1").mkdir(parents=True)
            (tmp_path / "sys/fs/ext4/sda1/errors_count").write_text(f"{errors}\n")
        (tmp_path / "proc/sys/kernel").mkdir(parents=True)
        (tmp_path / "proc/sys/kernel/hostname").write_text("box.example.org\n")
        (tmp_path / "dev").mkdir()
        shutil.move(make_image(label="system", damage=damage), tmp_path / "dev/sda1")
        (tmp_path / "data").mkdir()
        return SystemFiles(tmp_path)

    return machine


def sda1(*device_options: str, options: tuple[str, ...] = ("rw",), kind: str = "ext4") -> Mount:
    return Mount("/dev/sda1", kind, "/data", frozenset(options), frozenset(device_options or ("rw",)), "8:1")


def test_a_local_disk_tells_everything_that_linux_knows(ask: Ask, machine: Callable[..., SystemFiles]) -> None:
    definitions = logical_disk_providers(MountTable.of(sda1()), files=machine(), sizes=VolumeSizes(lambda point: SIZES))
    (row,) = ask(definitions, CLASS)
    assert {name: value for name, value in row.items() if value is not None} == {
        "DeviceID": "/data",
        "Name": "/data",
        "Caption": "/data",
        "Description": "Local Fixed Disk",
        "CreationClassName": "Win32_LogicalDisk",
        "SystemCreationClassName": "Win32_ComputerSystem",
        "SystemName": "box",
        "PNPDeviceID": "PCI0000:00\\BLOCK\\SDA\\SDA1",
        "ConfigManagerErrorCode": 0,
        "ConfigManagerUserConfig": False,
        "PowerManagementSupported": False,
        "Status": "OK",
        "StatusInfo": 3,
        "Availability": 3,
        "DriveType": 3,
        "MediaType": 12,
        "FileSystem": "ext4",
        "Size": SIZES.f_blocks * SIZES.f_frsize,
        "FreeSpace": SIZES.f_bavail * SIZES.f_frsize,
        "BlockSize": SIZES.f_frsize,
        "NumberOfBlocks": SIZES.f_blocks,
        "MaximumComponentLength": SIZES.f_namemax,
        "VolumeName": "system",
        "VolumeSerialNumber": "6DA155F3",
        "VolumeDirty": False,
        "Access": 3,
        "Compressed": False,
        "SupportsFileBasedCompression": False,
        "SupportsDiskQuotas": True,
        "QuotasDisabled": True,
        "QuotasIncomplete": False,
        "QuotasRebuilding": False,
    }


def test_a_share_tells_its_server_and_nothing_of_a_device(ask: Ask) -> None:
    definitions = logical_disk_providers(MountTable.of(SHARE, EXPORT), sizes=VolumeSizes(lambda point: SIZES))
    share, export = ask(definitions, CLASS)
    assert share["ProviderName"] == "\\\\server\\share"
    assert export["ProviderName"] == "filer:/export"
    assert (share["DriveType"], share["MediaType"], share["Description"]) == (4, 0, "Network Connection")
    assert (share["Access"], export["Access"]) == (3, 1)
    assert share["Size"] == SIZES.f_blocks * SIZES.f_frsize
    for name in ("VolumeName", "VolumeSerialNumber", "VolumeDirty", "Compressed", "SupportsDiskQuotas", "PNPDeviceID"):
        assert share[name] is None


def test_memory_and_removable_disks_are_told_apart(ask: Ask, machine: Callable[..., SystemFiles]) -> None:
    files = machine(removable=1)
    rows = ask(
        logical_disk_providers(MountTable.of(MEMORY, sda1()), files=files),
        CLASS,
        properties=["DriveType", "MediaType", "Description"],
    )
    assert [tuple(row[name] for name in ("DriveType", "MediaType", "Description")) for row in rows] == [
        (6, 0, "RAM Disk"),
        (2, 11, "Removable Disk"),
    ]


def test_a_dead_server_leaves_the_sizes_of_its_disk_unknown_and_no_others(ask: Ask) -> None:
    def statvfs(mount_point: str) -> os.statvfs_result:
        if mount_point == "/mnt/share":
            raise OSError(112, "host is down")
        return SIZES

    definitions = logical_disk_providers(MountTable.of(SHARE, EXPORT), sizes=VolumeSizes(statvfs))
    share, export = ask(definitions, CLASS, properties=["DeviceID", "Size", "FreeSpace"])
    assert share == {"DeviceID": "/mnt/share", "Size": None, "FreeSpace": None}
    assert export["Size"] == SIZES.f_blocks * SIZES.f_frsize


def test_no_size_is_asked_for_unless_a_size_column_is_selected(ask: Ask) -> None:
    definitions = logical_disk_providers(MountTable.of(SHARE, sda1()), files=BARE, sizes=VolumeSizes(no_statvfs))
    rows = ask(definitions, CLASS, properties=["DeviceID", "FileSystem", "DriveType"])
    assert [row["DeviceID"] for row in rows] == ["/mnt/share", "/data"]


def test_a_comparison_on_the_kind_of_drive_spares_the_sizes_of_the_others(ask: Ask) -> None:
    def statvfs(mount_point: str) -> os.statvfs_result:
        assert mount_point == "/nonexistent/data"
        return SIZES

    definitions = logical_disk_providers(MountTable.of(SHARE, sda1()), files=BARE, sizes=VolumeSizes(statvfs))
    rows = ask(
        definitions, CLASS, properties=["DeviceID", "DriveType", "FreeSpace"], comparisons=(equal("DriveType", 3),)
    )
    assert [row["DeviceID"] for row in rows] == ["/data"]


@pytest.mark.parametrize(
    ("asked", "device_id"),
    [("C:", "C:"), ("c:\\", "c:\\"), ("/data", "/data"), ("/DATA", "/data"), ("\\data", "\\data")],
)
def test_a_disk_found_by_another_name_shows_that_name_as_its_key(ask: Ask, asked: str, device_id: str) -> None:
    definitions = logical_disk_providers(MountTable.of(sda1(), SHARE), {"C:": "/data"}, files=BARE)
    rows = ask(definitions, CLASS, properties=["DeviceID", "Name"], keys=[{"DeviceID": asked}])
    assert rows == [{"DeviceID": device_id, "Name": "/data"}]


def test_an_alias_is_no_second_row_and_one_without_a_disk_finds_nothing(ask: Ask) -> None:
    definitions = logical_disk_providers(MountTable.of(sda1()), {"C:": "/data", "D:": "/none"}, files=BARE)
    assert [row["DeviceID"] for row in ask(definitions, CLASS, properties=["DeviceID"])] == ["/data"]
    assert ask(definitions, CLASS, properties=["DeviceID"], keys=[{"DeviceID": "D:"}]) == []


def test_an_image_that_is_not_mounted_is_a_disk_with_the_sizes_of_its_superblock(
    ask: Ask, make_image: MakeImage
) -> None:
    image = make_image(label="photos")
    definitions = logical_disk_providers(
        MountTable.of(unmounted(image)), {"D:": str(image)}, sizes=VolumeSizes(no_statvfs)
    )
    (row,) = ask(definitions, CLASS)
    assert row["DeviceID"] == str(image)
    assert (row["FileSystem"], row["VolumeName"], row["VolumeDirty"]) == ("ext4", "photos", False)
    assert row["Size"] == 2 * 1024 * 1024
    assert 0 < row["FreeSpace"] < row["Size"]
    assert row["Access"] is None
    assert row["Availability"] == 8
    (found,) = ask(definitions, CLASS, properties=["FileSystem", "DeviceID"], keys=[{"DeviceID": "D:"}])
    assert found == {"DeviceID": "D:", "FileSystem": "ext4"}
    for columns in ({"Compressed": False}, {"SupportsDiskQuotas": True}, {"Size": 2 * 1024 * 1024}):
        assert ask(definitions, CLASS, properties=columns) == [columns]


def test_an_image_without_a_known_signature_has_no_type_and_no_sizes(ask: Ask, tmp_path: Path) -> None:
    image = tmp_path / "noise.img"
    image.write_bytes(b"\x5a" * 100_000)
    rows = ask(logical_disk_providers(MountTable.of(unmounted(image), unmounted("/nonexistent"))), CLASS)
    for row in rows:
        for name in ("FileSystem", "Size", "FreeSpace", "VolumeDirty", "VolumeName"):
            assert row[name] is None


@pytest.mark.parametrize(
    ("errors", "damage", "dirty"),
    [
        (0, (), False),
        (2, (), True),
        (0, ("ssv state 3",), True),
        # Mounted read-write without a journal: the missing mark belongs to this very mount.
        (0, ("ssv state 0",), False),
        (None, (), False),
    ],
)
def test_a_mounted_disk_is_dirty_when_errors_are_marked_or_counted(
    ask: Ask, machine: Callable[..., SystemFiles], errors: int | None, damage: tuple[str, ...], dirty: bool
) -> None:
    files = machine(errors=errors, damage=damage)
    (row,) = ask(logical_disk_providers(MountTable.of(sda1()), files=files), CLASS, properties=["VolumeDirty"])
    assert row["VolumeDirty"] is dirty


@pytest.mark.parametrize(("errors", "dirty"), [(0, None), (1, True)])
def test_without_the_right_to_read_the_device_only_counted_errors_are_known(
    ask: Ask, machine: Callable[..., SystemFiles], errors: int, dirty: bool | None
) -> None:
    files = machine(errors=errors)
    os.unlink(files.path("/dev/sda1"))
    (row,) = ask(logical_disk_providers(MountTable.of(sda1()), files=files), CLASS)
    assert row["VolumeDirty"] is dirty
    assert row["VolumeName"] is None
    assert row["VolumeSerialNumber"] is None


def test_udev_knows_label_and_serial_number_where_the_device_may_not_be_read(
    ask: Ask, machine: Callable[..., SystemFiles], tmp_path: Path
) -> None:
    files = machine()
    os.unlink(files.path("/dev/sda1"))
    for directory, name in (("by-label", r"my\x20disk"), ("by-uuid", "0123ABCD89ABCDEF")):
        (tmp_path / "dev/disk" / directory).mkdir(parents=True)
        (tmp_path / "dev/disk" / directory / name).symlink_to("../../sda1")
    (row,) = ask(logical_disk_providers(MountTable.of(sda1()), files=files), CLASS)
    assert (row["VolumeName"], row["VolumeSerialNumber"]) == ("my disk", "89ABCDEF")


def test_a_file_system_that_errors_made_read_only_is_degraded(ask: Ask, machine: Callable[..., SystemFiles]) -> None:
    files = machine(errors=3)
    mounts = MountTable.of(sda1("ro", "errors=remount-ro", options=("ro",)))
    (row,) = ask(logical_disk_providers(mounts, files=files), CLASS)
    assert (row["Status"], row["Availability"], row["Access"]) == ("Degraded", 10, 1)


@pytest.mark.parametrize(
    ("kind", "options", "columns"),
    [
        ("xfs", ("rw", "usrquota"), {"QuotasDisabled": False, "SupportsDiskQuotas": True, "Compressed": False}),
        ("btrfs", ("rw", "compress=zstd:3"), {"Compressed": True, "SupportsFileBasedCompression": True}),
        ("btrfs", ("rw",), {"Compressed": False, "QuotasDisabled": None, "SupportsDiskQuotas": True}),
        ("zfs", ("rw",), {"Compressed": None, "SupportsFileBasedCompression": True}),
        ("vfat", ("rw",), {"SupportsDiskQuotas": False, "QuotasDisabled": None, "Compressed": False}),
        ("fuse.mergerfs", ("rw",), {"SupportsDiskQuotas": None, "Compressed": None}),
    ],
)
def test_quotas_and_compression_come_from_the_type_and_its_options(
    ask: Ask, kind: str, options: tuple[str, ...], columns: dict[str, Any]
) -> None:
    mounts = MountTable.of(Mount("pool", kind, "/pool", frozenset({"rw"}), frozenset(options), "0:60"))
    (row,) = ask(logical_disk_providers(mounts), CLASS, properties=columns)
    assert row == columns


def test_this_machine_lists_its_disks_and_finds_its_root_by_drive_letter(ask: Ask) -> None:
    definitions = providers(Settings())
    rows = ask(definitions, CLASS)
    assert len({row["DeviceID"] for row in rows}) == len(rows)
    root = [row for row in rows if row["DeviceID"] == "/"]
    found = ask(definitions, CLASS, properties=["DeviceID", "Size", "Name"], keys=[{"DeviceID": "C:"}])
    assert [row["Name"] for row in found] == [row["Name"] for row in root]
    for row in root:
        assert row["Size"] > row["FreeSpace"] >= 0
