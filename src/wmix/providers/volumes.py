"""Volumes: a file system together with its device, and the states of both.

Brings the mount table, sysfs and superblocks together for Win32_LogicalDisk and its methods: where the device of a
mount is, whether errors are known, what kind of drive it is.  What may not be read is None (linux-mapping 6.3).
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final

from wmix.providers.block_devices import BlockDevices
from wmix.providers.superblock import read_superblock

if TYPE_CHECKING:
    from wmix.providers.block_devices import BlockDevice
    from wmix.providers.check_findings import CheckFindings
    from wmix.providers.mounts import Mount, MountTable
    from wmix.providers.superblock import Superblock
    from wmix.providers.system_files import SystemFiles

__all__ = ["COMPACT_DISC", "FIXED", "MEMORY", "NETWORK", "REMOVABLE", "Volumes"]

#: ``DriveType``.
REMOVABLE: Final = 2
FIXED: Final = 3
NETWORK: Final = 4
COMPACT_DISC: Final = 5
MEMORY: Final = 6

_EXT_TYPES: Final = ("ext2", "ext3", "ext4")


class Volumes:
    """The volumes of the machine below *files*."""

    def __init__(self, files: SystemFiles, table: MountTable, findings: CheckFindings) -> None:
        self.table = table
        self.findings = findings
        self._files = files
        self._devices = BlockDevices(files)

    def device(self, mount: Mount) -> BlockDevice | None:
        """The block device below *mount*; None for an image, and for types that have none of their own."""
        if mount.is_remote or mount.is_memory or mount.is_layered:
            return None
        number = mount.device_number
        if number is not None and not number.startswith("0:"):
            found = self._devices.by_number(number)
            if found is not None:
                return found
        return self._devices.by_node(mount.device) if mount.device.startswith("/dev/") else None

    def node(self, mount: Mount, device: BlockDevice | None) -> str | None:
        """The file to open for reading the device below *mount*."""
        if not mount.is_mounted:
            return mount.device
        if device is not None:
            return self._files.path(device.node)
        return self._files.path(mount.device) if mount.device.startswith("/dev/") else None

    def superblock(self, node: str | None) -> Superblock | None:
        """The superblock on *node*; None when there is none, or it may not be read."""
        if node is None:
            return None
        try:
            return read_superblock(node)
        except OSError:
            return None

    def drive_type(self, mount: Mount, device: BlockDevice | None) -> int:
        """``DriveType`` of *mount*: one of the numbers above."""
        if mount.is_remote:
            return NETWORK
        if mount.is_memory:
            return MEMORY
        if device is None:
            return FIXED
        if device.name.startswith(("zram", "ram")):
            return MEMORY
        if device.name.startswith("sr"):
            return COMPACT_DISC
        return REMOVABLE if self._devices.is_removable(device) else FIXED

    def label(self, device: BlockDevice | None, superblock: Superblock | None) -> str | None:
        """The label, from the superblock or, where it may not be read, from udev."""
        if superblock is not None or device is None:
            return None if superblock is None else superblock.label
        return self._devices.link_name("by-label", device)

    def serial(self, device: BlockDevice | None, superblock: Superblock | None) -> str | None:
        """``VolumeSerialNumber``: eight hexadecimal digits."""
        if superblock is not None or device is None:
            return None if superblock is None else superblock.serial
        uuid = self._devices.link_name("by-uuid", device)
        if uuid is None:
            return None
        digits = uuid.replace("-", "").upper()
        # 16 digits are an NTFS serial, of which Windows shows the low half.
        return digits[-8:] if len(digits) == 16 else digits[:8]

    def kernel_errors(self, mount: Mount, device: BlockDevice | None) -> int | None:
        """Errors that the kernel has counted on a mounted file system since its last check; None when not counted."""
        if device is not None and mount.file_system in _EXT_TYPES:
            return self._files.number(f"/sys/fs/ext4/{os.path.basename(device.node)}/errors_count")
        return None

    def device_errors(self, superblock: Superblock | None) -> int | None:
        """Read, write and checksum errors that a mounted btrfs has counted on its devices; None when not counted."""
        if superblock is None or superblock.file_system != "btrfs" or superblock.uuid is None:
            return None
        directory = f"/sys/fs/btrfs/{superblock.uuid}/devinfo"
        counts = [
            int(line.rpartition(" ")[2])
            for number in self._files.names(directory)
            for line in self._files.lines(f"{directory}/{number}/error_stats")
            if line.rpartition(" ")[2].isdecimal()
        ]
        return sum(counts) if counts else None

    def is_dirty(
        self, mount: Mount, device: BlockDevice | None, node: str | None, superblock: Superblock | None
    ) -> bool | None:
        """``VolumeDirty``: whether errors are marked on the device, counted by the kernel or found by a check.

        None when the superblock may not be read and the kernel has counted no errors: marks made before cannot be seen.
        """
        if mount.is_mounted and (self.kernel_errors(mount, device) or self.device_errors(superblock)):
            return True
        if superblock is None or node is None:
            return None
        if self.findings.has_errors(node, superblock.fingerprint):
            return True
        return superblock.is_dirty(may_change=mount.may_change)

    def hardware_path(self, device: BlockDevice | None) -> str | None:
        """The directory of *device* in sysfs."""
        return None if device is None else device.directory

    def mounted_at(self, node: str) -> str | None:
        """Where the kernel has mounted the file system on *node*, also an image by way of a loop device; or None."""
        try:
            status = os.stat(node)
        except OSError:
            return None
        if stat.S_ISBLK(status.st_mode):
            numbers = {_number(status.st_rdev)}
        else:
            numbers = {loop for loop, backing in self._loops() if _is_same(backing, status)}
        for mount in self.table.machine_mounts():
            if mount.device_number in numbers:
                return mount.mount_point
        return None

    def _loops(self) -> list[tuple[str, str]]:
        """Loop devices, by number, and the files that they show."""
        found = []
        for name in self._files.names("/sys/block"):
            if name.startswith("loop"):
                directory = "/sys/block/" + name
                number, backing = (
                    self._files.word(directory + "/dev"),
                    self._files.word(directory + "/loop/backing_file"),
                )
                if number is not None and backing is not None:
                    found.append((number, backing))
        return found


def _number(device: int) -> str:
    return f"{os.major(device)}:{os.minor(device)}"


def _is_same(path: str, status: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(path), status)
    except OSError:
        return False
