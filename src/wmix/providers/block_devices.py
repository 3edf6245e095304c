"""Block devices as sysfs shows them: ``/sys/block``, ``/sys/dev/block``, and names given by udev.

A device is known by ``major:minor``; sysfs tells its directory, its name below ``/dev``, the disk that holds it, and
whether the medium can be taken out.  udev's database and its links under ``/dev/disk`` add labels, identifiers and
models where udev runs (linux-mapping, section 4); without it those are None.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from wmix.record import Record

if TYPE_CHECKING:
    from wmix.providers.system_files import SystemFiles

__all__ = ["SECTOR", "BlockDevice", "BlockDevices"]

#: Octets in one unit of the ``size`` and ``start`` files, whatever the device's own block size is.
SECTOR: Final = 512

#: Disks that are no drives: memory, files shown as disks, mappings of other disks, and media with classes of their own.
_NO_DRIVES: Final = ("loop", "ram", "zram", "dm-", "md", "sr", "fd")


class BlockDevice(Record):
    """One directory of sysfs that stands for a disk or a partition."""

    #: The kernel's name, e.g. ``sda1``.
    name: str
    #: Directory of its attributes, e.g. ``/sys/devices/pci0000:00/.../block/sda/sda1``.
    directory: str
    #: ``major:minor``.
    number: str

    @property
    def node(self) -> str:
        """The device node; the kernel writes ``!`` in a name where the node has a slash."""
        return "/dev/" + self.name.replace("!", "/")


class BlockDevices:
    """The block devices of the machine below *files*."""

    def __init__(self, files: SystemFiles) -> None:
        self._files = files

    def by_number(self, number: str) -> BlockDevice | None:
        """The device ``major:minor``; None when there is none, as for file systems without a device of their own."""
        return self._at("/sys/dev/block/" + number)

    def by_node(self, node: str) -> BlockDevice | None:
        """The device that is called *node* under ``/dev``; links such as ``/dev/mapper/x`` are followed."""
        name = os.path.basename(self._resolve(node))
        return self._at("/sys/class/block/" + name) or self._at("/sys/block/" + name)

    def drives(self) -> list[BlockDevice]:
        """The disk drives, in the order of their numbers: whole disks with hardware behind them."""
        found = []
        for name in self._files.names("/sys/block"):
            if name.startswith(_NO_DRIVES) or ("mmcblk" in name and not name.removeprefix("mmcblk").isdecimal()):
                continue
            device = self._at("/sys/block/" + name)
            if device is None or not self._files.exists(device.directory + "/device"):
                continue
            # One path of several to the same multipath disk.
            if self._files.number(device.directory + "/hidden") != 1:
                found.append(device)
        found.sort(key=_order)
        return found

    def disk_of(self, device: BlockDevice) -> BlockDevice:
        """The whole disk that holds *device*; the device itself when it is no partition."""
        if not self._files.exists(device.directory + "/partition"):
            return device
        return self._at(os.path.dirname(device.directory)) or device

    def partitions(self, device: BlockDevice) -> list[BlockDevice]:
        """The partitions of a whole disk that the kernel has found."""
        below = (f"{device.directory}/{name}" for name in self._files.names(device.directory))
        found = [self._at(path) for path in below if self._files.exists(path + "/partition")]
        return [partition for partition in found if partition is not None]

    def is_removable(self, device: BlockDevice) -> bool:
        """Whether the medium can be taken out of the drive."""
        return self._files.number(self.disk_of(device).directory + "/removable") == 1

    def size(self, device: BlockDevice) -> int | None:
        """Octets on the device."""
        sectors = self._files.number(device.directory + "/size")
        return None if sectors is None else sectors * SECTOR

    def hardware_path(self, device: BlockDevice) -> str | None:
        """The directory of the hardware behind the disk of *device*, e.g. ``/sys/devices/pci0000:00/.../virtio1``."""
        link = self.disk_of(device).directory + "/device"
        return self._resolve(link) if self._files.exists(link) else None

    def udev(self, device: BlockDevice) -> dict[str, str]:
        """What udev's database says of *device*: ``ID_MODEL`` and the like; empty where udev does not run."""
        found = {}
        for line in self._files.lines("/run/udev/data/b" + device.number):
            if line.startswith("E:"):
                name, _, value = line[2:].partition("=")
                found[name] = value
        return found

    def link_name(self, directory: str, device: BlockDevice) -> str | None:
        r"""The name under which ``/dev/disk/`` *directory* (``by-label``, ``by-uuid``) links to *device*.

        udev writes characters that a name cannot hold as ``\x20``.
        """
        directory = "/dev/disk/" + directory
        for name in self._files.names(directory):
            if os.path.basename(self._files.link(f"{directory}/{name}") or "") == os.path.basename(device.node):
                return _decode_hex(name)
        return None

    def _at(self, path: str) -> BlockDevice | None:
        number = self._files.word(path + "/dev")
        if number is None:
            return None
        directory = self._resolve(path)
        return BlockDevice(os.path.basename(directory), directory, number)

    def _resolve(self, path: str) -> str:
        """*path* without links, still as a name below the root of the machine."""
        root = os.path.realpath(self._files.root) if self._files.root else ""
        resolved = os.path.realpath(self._files.path(path))
        return resolved.removeprefix(root)


def _order(device: BlockDevice) -> tuple[int, int]:
    major, _, minor = device.number.partition(":")
    return int(major), int(minor)


def _decode_hex(name: str) -> str:
    if "\\x" not in name:
        return name
    first, *parts = name.encode("utf-8", "surrogateescape").split(b"\\x")
    decoded = first
    for part in parts:
        try:
            decoded += bytes([int(part[:2], 16)]) + part[2:]
        except ValueError:
            decoded += b"\\x" + part
    return decoded.decode("utf-8", "replace")
