"""Win32_DiskDrive over trees that stand for machines, and over this one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wmix.config import Settings
from wmix.port.provider import Comparison
from wmix.providers.disk_drive import disk_drive_providers, providers
from wmix.providers.system_files import SystemFiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from unit.providers.conftest import Ask

CLASS = "Win32_DiskDrive"
ATA = "pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:1"
USB = "pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/host6/target6:0:2/6:1:2:3"
NVME = "pci0000:00/0000:01:00.0/nvme/nvme0"
VIRTIO = "pci0000:00/0000:00:02.0/virtio1"
CARD = "platform/mmc_host/mmc0/mmc0:0001"


@pytest.fixture
def add_drive(tmp_path: Path) -> Callable[..., Path]:
    """Adds a drive; ``facts`` are attributes by name, below the drive's directory."""

    def add_drive(hardware: str, name: str, number: str, **facts: str | bytes) -> Path:
        directory = tmp_path / "sys/devices" / hardware / "block" / name
        (directory / "queue").mkdir(parents=True)
        (directory / "device").symlink_to("../..")
        defaults: dict[str, str | bytes] = {
            "dev": number,
            "size": "41943040",
            "removable": "0",
            "ro": "0",
            "queue/logical_block_size": "512",
        }
        for key, value in {**defaults, **facts}.items():
            path = directory / key.replace("__", "/")
            path.write_bytes(value if isinstance(value, bytes) else value.encode() + b"\n")
        (tmp_path / "sys/block").mkdir(parents=True, exist_ok=True)
        (tmp_path / "sys/block" / name).symlink_to(directory)
        (tmp_path / "dev").mkdir(exist_ok=True)
        return directory

    return add_drive


def add_partition(drive: Path, name: str, number: str) -> None:
    (drive / name).mkdir()
    (drive / name / "dev").write_text(number)
    (drive / name / "partition").write_text("1")


@pytest.fixture
def definitions(tmp_path: Path) -> Any:
    return disk_drive_providers(SystemFiles(tmp_path))


def test_a_sata_disk_tells_its_identity_size_and_address(
    ask: Ask, add_drive: Callable[..., Path], definitions: Any
) -> None:
    serial = b"\x00\x80\x00\x14" + b"     WD-WCC1234567 "
    sda = add_drive(
        ATA,
        "sda",
        "8:0",
        device__model="WDC WD10EZEX    ",
        device__vendor="ATA     ",
        device__rev="1A01",
        device__state="running",
        device__vpd_pg80=serial,
        **{"queue/logical_block_size": "4096"},
    )
    add_partition(sda, "sda1", "8:1")
    add_partition(sda, "sda2", "8:2")
    (row,) = ask(definitions, CLASS)
    expected = {
        "DeviceID": "/dev/sda",
        "Name": "/dev/sda",
        "Caption": "WDC WD10EZEX",
        "Model": "WDC WD10EZEX",
        "Manufacturer": "ATA",
        "SerialNumber": "WD-WCC1234567",
        "FirmwareRevision": "1A01",
        "Description": "Disk drive",
        "Index": 0,
        "InterfaceType": "IDE",
        "MediaType": "Fixed hard disk media",
        "MediaLoaded": True,
        "Capabilities": (3, 4),
        "CapabilityDescriptions": ("Random Access", "Supports Writing"),
        "Size": 41943040 * 512,
        "BytesPerSector": 4096,
        "TotalSectors": 41943040 // 8,
        "TotalCylinders": 41943040 // 8 // (255 * 63),
        "TotalHeads": 255,
        "TotalTracks": 41943040 // 8 // (255 * 63) * 255,
        "SectorsPerTrack": 63,
        "TracksPerCylinder": 255,
        "Partitions": 2,
        "SCSIPort": 0,
        "SCSIBus": 0,
        "SCSITargetId": 0,
        "SCSILogicalUnit": 1,
        "Status": "OK",
        "StatusInfo": 3,
        "Availability": 3,
        "PNPDeviceID": ATA.upper().replace("/", "\\"),
    }
    assert {name: row[name] for name in expected} == expected
    for name in ("Signature", "DefaultBlockSize", "CompressionMethod", "NeedsCleaning", "InstallDate"):
        assert row[name] is None


@pytest.mark.parametrize(
    ("hardware", "name", "removable", "interface", "media", "address"),
    [
        (USB, "sdb", "0", "USB", "External hard disk media", (6, 1, 2, 3)),
        (USB, "sdb", "1", "USB", "Removable Media", (6, 1, 2, 3)),
        (NVME, "nvme0n1", "0", "SCSI", "Fixed hard disk media", None),
        (VIRTIO, "vda", "0", "SCSI", "Fixed hard disk media", None),
        (
            "pci0000:00/0000:02:00.0/host2/target2:0:5/2:0:5:0",
            "sdc",
            "0",
            "SCSI",
            "Fixed hard disk media",
            (2, 0, 5, 0),
        ),
        (
            "pci0000:00/0000:03:00.0/fw1/host9/target9:0:0/9:0:0:0",
            "sdd",
            "0",
            "1394",
            "Fixed hard disk media",
            (9, 0, 0, 0),
        ),
        (CARD, "mmcblk0", "0", None, "Fixed hard disk media", None),
    ],
)
def test_the_interface_is_told_by_the_buses_on_the_way(
    ask: Ask,
    add_drive: Callable[..., Path],
    definitions: Any,
    hardware: str,
    name: str,
    removable: str,
    interface: str | None,
    media: str,
    address: tuple[int, ...] | None,
) -> None:
    add_drive(hardware, name, "8:16", removable=removable)
    (row,) = ask(definitions, CLASS)
    assert (row["InterfaceType"], row["MediaType"]) == (interface, media)
    numbers = tuple(row[name] for name in ("SCSIPort", "SCSIBus", "SCSITargetId", "SCSILogicalUnit"))
    assert numbers == (address or (None,) * 4)


def test_a_virtual_disk_has_no_model_and_no_manufacturer(
    ask: Ask, add_drive: Callable[..., Path], definitions: Any
) -> None:
    add_drive(VIRTIO, "vda", "254:0", serial="disk-1", device__vendor="0x1af4")
    (row,) = ask(definitions, CLASS)
    assert (row["Model"], row["Manufacturer"], row["FirmwareRevision"]) == (None, None, None)
    assert (row["SerialNumber"], row["Caption"]) == ("disk-1", "/dev/vda")


def test_udev_names_what_sysfs_does_not(
    ask: Ask, add_drive: Callable[..., Path], definitions: Any, tmp_path: Path
) -> None:
    add_drive(VIRTIO, "vda", "254:0")
    (tmp_path / "run/udev/data").mkdir(parents=True)
    (tmp_path / "run/udev/data/b254:0").write_text(
        "E:ID_MODEL=Fast\nE:ID_VENDOR=Maker\nE:ID_SERIAL_SHORT=S1\nE:ID_REVISION=2\n"
    )
    (row,) = ask(definitions, CLASS)
    names = ("Model", "Manufacturer", "SerialNumber", "FirmwareRevision")
    assert tuple(row[name] for name in names) == ("Fast", "Maker", "S1", "2")


def test_a_drive_without_a_medium_and_one_that_is_offline_say_so(
    ask: Ask, add_drive: Callable[..., Path], definitions: Any
) -> None:
    add_drive(USB, "sdb", "8:16", removable="1", size="0", ro="1")
    add_drive(ATA, "sda", "8:0", device__state="offline")
    fixed, card = ask(definitions, CLASS)
    assert (card["MediaLoaded"], card["Size"], card["Partitions"], card["Capabilities"]) == (False, 0, 0, (3, 7))
    assert (fixed["Status"], fixed["StatusInfo"], fixed["Availability"]) == ("Error", 4, 8)


def test_a_file_system_on_the_whole_disk_counts_as_a_partition(
    ask: Ask, add_drive: Callable[..., Path], definitions: Any, tmp_path: Path
) -> None:
    add_drive(VIRTIO, "vda", "254:0")
    add_drive(ATA, "sda", "8:0")
    add_drive(USB, "sdb", "8:16")
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_text("27 1 254:0 / / rw - ext4 /dev/root rw\n")
    (tmp_path / "dev/sdb").write_bytes(b"XFSB" + bytes(8192))
    rows = ask(definitions, CLASS, properties=["DeviceID", "Partitions"])
    assert {row["DeviceID"]: row["Partitions"] for row in rows} == {"/dev/sda": 0, "/dev/sdb": 1, "/dev/vda": 1}


@pytest.mark.parametrize(
    ("kind", "end", "signature"), [(0x83, b"\x55\xaa", 0x89ABCDEF), (0xEE, b"\x55\xaa", None), (0x83, b"\0\0", None)]
)
def test_the_signature_is_that_of_a_master_boot_record(
    ask: Ask,
    add_drive: Callable[..., Path],
    definitions: Any,
    tmp_path: Path,
    kind: int,
    end: bytes,
    signature: int | None,
) -> None:
    add_partition(add_drive(ATA, "sda", "8:0"), "sda1", "8:1")
    record = bytearray(512)
    record[440:444] = bytes.fromhex("efcdab89")
    record[450] = kind
    record[510:] = end
    (tmp_path / "dev/sda").write_bytes(record)
    (row,) = ask(definitions, CLASS, properties=["Signature"])
    assert row["Signature"] == signature


@pytest.mark.parametrize("name", ["/dev/sdb", "/DEV/SDB", "\\\\.\\PHYSICALDRIVE1", "\\\\.\\PhysicalDrive1"])
def test_a_drive_is_found_by_its_node_and_by_the_name_windows_gives_it(
    ask: Ask, add_drive: Callable[..., Path], definitions: Any, name: str
) -> None:
    add_drive(ATA, "sda", "8:0")
    add_drive(USB, "sdb", "8:16")
    (row,) = ask(definitions, CLASS, properties=["DeviceID", "Index", "Name"], keys=[{"DeviceID": name}])
    assert (row["Index"], row["Name"]) == (1, "/dev/sdb")
    assert row["DeviceID"].casefold() == name.casefold()
    assert ask(definitions, CLASS, properties=["DeviceID"], keys=[{"DeviceID": "\\\\.\\PHYSICALDRIVE7"}]) == []


def test_a_comparison_on_the_interface_ends_a_row_early(
    ask: Ask, add_drive: Callable[..., Path], definitions: Any
) -> None:
    add_drive(ATA, "sda", "8:0")
    add_drive(USB, "sdb", "8:16")
    usb = Comparison("InterfaceType", "=", "USB", lambda value: value == "USB")
    rows = ask(definitions, CLASS, properties=["DeviceID", "InterfaceType", "Size"], comparisons=(usb,))
    assert [row["DeviceID"] for row in rows] == ["/dev/sdb"]


def test_a_machine_without_disks_has_no_rows(ask: Ask, definitions: Any) -> None:
    assert ask(definitions, CLASS) == []


def test_this_machine_lists_its_drives(ask: Ask) -> None:
    rows = ask(providers(Settings()), CLASS)
    assert [row["Index"] for row in rows] == list(range(len(rows)))
    for row in rows:
        assert row["Size"] == 0 or row["BytesPerSector"] in (512, 4096)
