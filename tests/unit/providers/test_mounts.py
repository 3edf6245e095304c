"""The mount table: which mounts are disks, and how the kernel's text is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wmix.providers.mounts import Mount, MountTable, parse_mountinfo, unmounted
from wmix.providers.system_files import SystemFiles

if TYPE_CHECKING:
    from pathlib import Path

FILE_SYSTEMS = (
    "nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\n\text4\n\txfs\n\tvfat\n\tsquashfs\nnodev\toverlay\nnodev\tnfs4\n"
)

LINES = (
    "22 27 0:21 / /proc rw,relatime - proc proc rw",
    "25 24 0:23 / /dev/shm rw - tmpfs tmpfs rw,size=24684084k",
    "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard",
    "30 27 254:0 /srv/data /data rw,relatime shared:1 - ext4 /dev/vda rw,discard",
    r"31 27 8:17 / /mnt/my\040disk\134x rw,nosuid shared:2 master:3 - vfat /dev/sdb1 ro,codepage=437",
    "32 27 0:50 / /mnt/share rw - cifs //server/share rw,vers=3.0",
    "33 27 0:51 / /home rw - nfs4 filer:/export/home rw,vers=4.2",
    "34 27 7:3 / /snap/core/1 ro - squashfs /dev/loop3 ro",
    "35 27 0:52 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw,lowerdir=/a",
)


def table(root: Path, *lines: str, memory: bool = False, layered: bool = False) -> MountTable:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/mountinfo").write_text("".join(line + "\n" for line in lines))
    (root / "proc/filesystems").write_text(FILE_SYSTEMS)
    return MountTable(SystemFiles(root), memory=memory, layered=layered)


def test_disks_are_mounts_of_devices_and_of_servers_in_the_order_of_the_kernel(tmp_path: Path) -> None:
    disks = table(tmp_path, *LINES).disks()
    assert [mount.identifier for mount in disks] == ["/", "/mnt/my disk\\x", "/mnt/share", "/home"]


def test_a_bind_mount_does_not_make_a_second_disk_and_the_shortest_mount_point_stands_for_all(tmp_path: Path) -> None:
    disks = table(
        tmp_path,
        "30 27 8:1 /a /srv/long/name rw - ext4 /dev/sda1 rw",
        "31 27 8:2 / /x rw - ext4 /dev/sda2 rw",
        "32 27 8:1 / /srv rw - ext4 /dev/sda1 rw",
    ).disks()
    assert [mount.identifier for mount in disks] == ["/srv", "/x"]


def test_a_later_mount_hides_what_was_mounted_at_the_same_place(tmp_path: Path) -> None:
    disks = table(tmp_path, "30 27 8:1 / /mnt rw - ext4 /dev/sda1 rw", "31 30 8:2 / /mnt rw - xfs /dev/sda2 rw").disks()
    assert [(mount.device, mount.file_system) for mount in disks] == [("/dev/sda2", "xfs")]


def test_a_single_file_that_a_container_engine_mounted_is_no_disk(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/hosts").write_text("")
    disks = table(
        tmp_path,
        "30 27 0:52 / / rw - overlay overlay rw",
        "31 30 8:1 /containers/hosts /etc/hosts rw - ext4 /dev/sda1 rw",
    ).disks()
    assert [mount.identifier for mount in disks] == ["/"]


def test_memory_and_packed_images_are_disks_only_when_asked_for(tmp_path: Path) -> None:
    disks = table(tmp_path, *LINES, memory=True, layered=True).disks()
    names = {mount.identifier for mount in disks}
    assert {"/dev/shm", "/snap/core/1", "/var/lib/docker/overlay2/x/merged"} <= names


def test_file_systems_that_are_not_mounted_can_be_added() -> None:
    image = unmounted("/images/disk.img")
    mounts = MountTable(SystemFiles("/nonexistent"), added=[image])
    assert mounts.disks() == [image]
    assert image.identifier == "/images/disk.img"
    assert not image.is_mounted
    assert not image.may_change


def test_a_fixed_table_shows_exactly_its_file_systems() -> None:
    mount = Mount("/dev/sda1", "ext4", "/mnt")
    assert MountTable.of(mount, unmounted("/x.img")).disks() == [mount, unmounted("/x.img")]
    assert MountTable.of(mount, unmounted("/x.img")).mounts() == [mount]


def test_without_a_list_of_types_the_common_ones_are_disks(tmp_path: Path) -> None:
    mounts = table(tmp_path, *LINES)
    (tmp_path / "proc/filesystems").unlink()
    assert "/" in [mount.identifier for mount in mounts.disks()]


def test_without_a_mount_table_there_are_no_disks() -> None:
    assert MountTable(SystemFiles("/nonexistent")).disks() == []


def test_the_options_of_the_mount_and_of_the_file_system_are_kept_apart() -> None:
    (mount,) = parse_mountinfo(LINES[4].encode())
    assert mount.options == {"rw", "nosuid"}
    assert mount.device_options == {"ro", "codepage=437"}
    assert mount.is_read_only
    assert not mount.may_change


def test_a_read_only_mount_of_a_writable_file_system_may_still_change() -> None:
    (mount,) = parse_mountinfo(b"30 27 8:1 / /mnt ro - ext4 /dev/sda1 rw")
    assert mount.is_read_only
    assert mount.may_change


@pytest.mark.parametrize(
    "line",
    [b"", b"27 1 254:0 / / rw", b"27 1 254:0 / / rw - ext4", b"27 1 254:0 - ext4 /dev/vda rw", b" - ", b"\xff\x00"],
)
def test_lines_that_are_cut_off_are_left_out(line: bytes) -> None:
    assert list(parse_mountinfo(line)) == []


def test_a_name_that_is_no_utf8_shows_a_replacement_character_and_keeps_its_octets() -> None:
    (mount,) = parse_mountinfo(b"30 27 8:1 / /mnt/\xe4 rw - ext4 /dev/sda1 rw")
    assert mount.identifier == "/mnt/\N{REPLACEMENT CHARACTER}"
    assert mount.mount_point == "/mnt/\udce4"


@given(st.binary(max_size=200))
def test_no_octets_break_the_reader(data: bytes) -> None:
    for mount in parse_mountinfo(data):
        mount.identifier.encode("utf-8")


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=20))
def test_every_mount_point_is_read_as_the_kernel_wrote_it(name: str) -> None:
    octets = ("/" + name).encode()
    for character in b"\\ \t\n":  # the backslash first, as it is what the others are written with
        octets = octets.replace(bytes([character]), b"\\%03o" % character)
    (mount,) = parse_mountinfo(b"30 27 8:1 / " + octets + b" rw - ext4 /dev/sda1 rw")
    assert mount.mount_point == "/" + name
