"""Mounted file systems that count as disks: proc_pid_mountinfo(5), proc_filesystems(5).

A mount is a disk when its type lives on a device, or is a known remote or FUSE type; kernel interfaces, memory and
the inner mounts of containers are left out (linux-mapping, section 6.3).  Of several mounts of one file system the one
with the shortest mount point stands for it.

A :class:`MountTable` is read anew for every query.  It can be told of further file systems that are not mounted, such
as an image in a regular file, and of tables that stand in for the machine's own.  Nothing here touches a mounted file
system itself, so that a dead server cannot block it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from wmix.providers.system_files import SystemFiles
from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["MEMORY_TYPES", "REMOTE_TYPES", "Mount", "MountTable", "parse_mountinfo", "unmounted"]


def _types(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


#: Types whose files are on another machine, or on the host of a virtual one: a call may wait for the network.
REMOTE_TYPES: Final = _types(
    "nfs nfs4 cifs smb3 smbfs ncpfs afs coda ceph lustre beegfs gpfs orangefs 9p virtiofs davfs glusterfs vmhgfs",
    "fuse.sshfs fuse.glusterfs fuse.ceph fuse.ceph-fuse fuse.s3fs fuse.rclone fuse.gcsfuse fuse.juicefs",
    "fuse.curlftpfs fuse.davfs2 fuse.smbnetfs fuse.mfs fuse.moosefs fuse.vmhgfs-fuse",
)

#: Types that live in memory and are gone after a restart.
MEMORY_TYPES: Final = _types("tmpfs ramfs")

#: Local types that the kernel marks ``nodev``, because they find their devices themselves, or that FUSE carries.
_LOCAL_TYPES: Final = _types(
    "zfs ubifs bcachefs fuseblk fuse.ntfs-3g fuse.lowntfs-3g fuse.exfat fuse.mergerfs fuse.zfs fuse.apfs"
)

#: Types that show files of other file systems, or a packed image: disks only where they are the root.
_LAYERED_TYPES: Final = _types("overlay aufs squashfs erofs fuse.fuse-overlayfs fuse.squashfuse fuse.snapfuse")

#: What to assume of the kernel where /proc/filesystems cannot be read.
_DEVICE_TYPES: Final = _types(
    "ext2 ext3 ext4 xfs btrfs vfat msdos exfat ntfs ntfs3 iso9660 udf f2fs jfs reiserfs hfsplus minix"
)

_OCTAL = 3


class Mount(Record):
    """One file system and where it is mounted; ``mount_point`` is None for one that is not."""

    #: The source: a device node, ``server:/path``, ``//server/share``, or the path of an image in a regular file.
    device: str
    #: The type as the kernel calls it; None when only the signature on the device can tell.
    file_system: str | None = None
    mount_point: str | None = None
    #: Options of this mount, e.g. ``ro`` or ``nosuid``.
    options: frozenset[str] = frozenset()
    #: Options of the file system, whatever mount shows it, e.g. ``ro`` or ``errors=remount-ro``.
    device_options: frozenset[str] = frozenset()
    #: ``major:minor`` of the device; major 0 means that the number stands for no block device.
    device_number: str | None = None

    @property
    def identifier(self) -> str:
        """``DeviceID``: the mount point, or the device of a file system that is not mounted.

        Names are octets to the kernel; those that are no UTF-8 show a replacement character.
        """
        name = self.device if self.mount_point is None else self.mount_point
        return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

    @property
    def is_mounted(self) -> bool:
        """Whether the file system is mounted."""
        return self.mount_point is not None

    @property
    def is_read_only(self) -> bool:
        """Whether it is mounted and nobody can write to it here: the mount or the file system is read-only."""
        return self.mount_point is not None and ("ro" in self.options or "ro" in self.device_options)

    @property
    def may_change(self) -> bool:
        """Whether the kernel may write to the device at any moment: another mount of it may be read-write."""
        return self.mount_point is not None and "ro" not in self.device_options

    @property
    def is_remote(self) -> bool:
        """Whether the files are on another machine."""
        return self.file_system in REMOTE_TYPES

    @property
    def is_memory(self) -> bool:
        """Whether the files are in memory."""
        return self.file_system in MEMORY_TYPES

    @property
    def is_layered(self) -> bool:
        """Whether this shows files of other file systems, or a packed image."""
        return self.file_system in _LAYERED_TYPES


def unmounted(device: str | os.PathLike[str], file_system: str | None = None) -> Mount:
    """A file system that is on *device* (a node, or an image in a regular file) and is not mounted."""
    return Mount(os.fspath(device), file_system)


class MountTable:
    """The file systems that are disks, in the order of the kernel, then those that were added.

    Args:
        files: the machine whose ``/proc`` is read.
        added: file systems that are not in the kernel's table, e.g. :func:`unmounted` images.
        memory: whether tmpfs and ramfs count as disks.
        layered: whether overlays and packed images count as disks elsewhere than at ``/``.
    """

    def __init__(
        self,
        files: SystemFiles | None = None,
        *,
        added: Iterable[Mount] = (),
        memory: bool = False,
        layered: bool = False,
    ) -> None:
        self._files = SystemFiles() if files is None else files
        self._fixed: tuple[Mount, ...] | None = None
        self._added = tuple(added)
        self._memory = memory
        self._layered = layered

    @classmethod
    def of(cls, *mounts: Mount, files: SystemFiles | None = None) -> MountTable:
        """A table of exactly these file systems, whatever is mounted on the machine of *files*."""
        table = cls(files)
        table._fixed = mounts
        return table

    def mounts(self) -> list[Mount]:
        """Everything that is mounted, disk or not; what lies under a later mount is not shown."""
        if self._fixed is not None:
            return [mount for mount in self._fixed if mount.is_mounted]
        return self.machine_mounts()

    def machine_mounts(self) -> list[Mount]:
        """Everything that the kernel has mounted, also when the table shows other file systems."""
        data = self._files.read("/proc/self/mountinfo") or b""
        return list({mount.mount_point: mount for mount in parse_mountinfo(data)}.values())

    def disks(self) -> list[Mount]:
        """The file systems that are disks."""
        if self._fixed is not None:
            return list(self._fixed)
        types = self._device_types()
        found: dict[str, Mount] = {}
        for mount in self.mounts():
            if not self._is_disk(mount, types):
                continue
            key = mount.device_number or mount.device
            other = found.get(key)
            # A bind mount shows the same file system once more; assigning to a key keeps the kernel's order.
            if other is None or len(mount.mount_point or "") < len(other.mount_point or ""):
                found[key] = mount
        return [*found.values(), *self._added]

    def _device_types(self) -> frozenset[str]:
        lines = self._files.lines("/proc/filesystems")
        if not lines:
            return _DEVICE_TYPES
        return frozenset(line.strip() for line in lines if not line.startswith("nodev"))

    def _is_disk(self, mount: Mount, device_types: frozenset[str]) -> bool:
        kind = mount.file_system
        if mount.is_layered:
            return self._layered or mount.mount_point == "/"
        if mount.is_memory:
            return self._memory
        if kind not in device_types and kind not in REMOTE_TYPES and kind not in _LOCAL_TYPES:
            return False
        # Container engines mount single files such as /etc/hosts, each from the host's own file system.
        return mount.is_remote or not os.path.isfile(self._files.path(mount.mount_point or ""))


def parse_mountinfo(data: bytes) -> Iterator[Mount]:
    """The mounts in *data*, the octets of a mountinfo file, in its order; lines that are cut off are left out.

    >>> [m.mount_point for m in parse_mountinfo(b"27 1 254:0 / /a\\\\040b rw shared:1 - ext4 /dev/vda rw\\n")]
    ['/a b']
    """
    for line in data.split(b"\n"):
        # Optional fields end with a field "-"; what follows is type, source and options of the file system itself.
        before, separator, after = line.partition(b" - ")
        fields = before.split(b" ")
        rest = after.split(b" ")
        if not separator or len(fields) < 6 or len(rest) < 3:
            continue
        yield Mount(
            os.fsdecode(_unescape(rest[1])),
            os.fsdecode(_unescape(rest[0])),
            os.fsdecode(_unescape(fields[4])),
            frozenset(os.fsdecode(fields[5]).split(",")),
            frozenset(os.fsdecode(rest[2]).split(",")),
            fields[2].decode("ascii", "replace"),
        )


def _unescape(field: bytes) -> bytes:
    """Undo the kernel's ``\\040`` for blanks, tabs, newlines and backslashes."""
    if b"\\" not in field:
        return field
    first, *parts = field.split(b"\\")
    text = bytearray(first)
    for part in parts:
        digits = part[:_OCTAL]
        if len(digits) == _OCTAL and all(0x30 <= digit <= 0x37 for digit in digits):
            text.append(int(digits, 8) & 0xFF)
            text += part[_OCTAL:]
        else:
            text += b"\\" + part
    return bytes(text)
