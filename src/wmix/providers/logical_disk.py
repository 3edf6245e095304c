"""Win32_LogicalDisk: file systems that count as disks, and the method Chkdsk.

``DeviceID`` is the mount point, or the device of a file system that is not mounted.  A drive alias (``C:`` for ``/``)
finds a disk by key; the instance then shows ``DeviceID`` as it was asked for, because a query's WHERE is applied to
what a provider gives, while ``Name`` and ``Caption`` still tell the mount point.  Without a key every disk is listed
once, under its own name (linux-mapping, sections 2 and 6.3).

Columns are read in groups: names from the mount table; kind of drive from sysfs; sizes by statvfs, where a remote file
system may answer late; label, serial number and error marks from the superblock.  A group is read when one of its
columns is asked for, and after the comparisons on the cheaper ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.providers.check_findings import CheckFindings
from wmix.providers.drive_names import DriveNames
from wmix.providers.logical_device import (
    DEGRADED,
    DISABLED,
    ENABLED,
    OFF_LINE,
    RUNNING,
    device_path,
    logical_device,
)
from wmix.providers.mounts import MountTable
from wmix.providers.registration import method, provider
from wmix.providers.system_files import SystemFiles
from wmix.providers.uname import read_uname
from wmix.providers.volume_sizes import VolumeSizes
from wmix.providers.volumes import COMPACT_DISC, FIXED, MEMORY, NETWORK, REMOVABLE, Volumes

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

    from wmix.config import Settings
    from wmix.port.provider import InstanceRequest, MethodCall
    from wmix.providers.block_devices import BlockDevice
    from wmix.providers.chkdsk import Chkdsk
    from wmix.providers.mounts import Mount
    from wmix.providers.registration import MethodDefinition, ProviderDefinition
    from wmix.providers.superblock import Superblock
    from wmix.providers.volume_sizes import SizeRound

    Row = dict[str, object]

__all__ = ["DRIVE_ALIASES", "logical_disk_providers", "providers"]

#: Names by which a disk can be asked for besides its own.
DRIVE_ALIASES: Final = {"C:": "/"}

_CLASS: Final = "Win32_LogicalDisk"

_SIZE_COLUMNS: Final = ("Size", "FreeSpace", "BlockSize", "NumberOfBlocks", "MaximumComponentLength")
_DRIVE_COLUMNS: Final = ("DriveType", "MediaType", "Description")
_SUPERBLOCK_COLUMNS: Final = ("VolumeName", "VolumeSerialNumber", "VolumeDirty")
_QUOTA_COLUMNS: Final = ("SupportsDiskQuotas", "QuotasDisabled", "QuotasIncomplete", "QuotasRebuilding")
_STATUS_COLUMNS: Final = ("Status", "StatusInfo", "Availability")
#: What follows from the type of the file system.
_TYPE_COLUMNS: Final = ("FileSystem", "Compressed", "SupportsFileBasedCompression", *_QUOTA_COLUMNS)

#: Types of a mount that leave the real one to the signature on the device: not given, or served by FUSE.
_TOLD_BY_SIGNATURE: Final = (None, "fuseblk")

#: ``MediaType`` and ``Description`` by ``DriveType``: 12 is a fixed hard disk, 11 a removable medium, 0 unknown.
_DRIVES: Final = {
    REMOVABLE: (11, "Removable Disk"),
    FIXED: (12, "Local Fixed Disk"),
    NETWORK: (0, "Network Connection"),
    COMPACT_DISC: (11, "CD-ROM Disc"),
    MEMORY: (0, "RAM Disk"),
}

#: ``Access``: readable; readable and writable.
_READABLE: Final = 1
_READ_WRITE: Final = 3

_SHARE_TYPES: Final = ("cifs", "smb3", "smbfs")
_COMPRESSING_TYPES: Final = ("btrfs", "f2fs", "zfs")
_QUOTA_TYPES: Final = ("ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "jfs", "reiserfs", "zfs")
#: Types whose mount options tell whether quotas are on, and which check quotas before the mount ends.
_QUOTA_OPTION_TYPES: Final = ("ext2", "ext3", "ext4", "xfs")
_QUOTA_OPTIONS: Final = ("quota", "usrquota", "grpquota", "prjquota", "uquota", "gquota", "pquota")
#: Types without disk quotas and without compression of single files.
_PLAIN_TYPES: Final = ("vfat", "msdos", "exfat", "iso9660", "udf", "squashfs", "erofs", "tmpfs", "ramfs")


def providers(settings: Settings) -> list[ProviderDefinition | MethodDefinition]:
    """The instances and methods of this machine."""
    return logical_disk_providers(MountTable(), settings.drive_aliases, temporary_directory=settings.temp_directory)


def logical_disk_providers(
    mounts: MountTable,
    aliases: Mapping[str, str] = DRIVE_ALIASES,
    *,
    files: SystemFiles | None = None,
    sizes: VolumeSizes | None = None,
    tools: Sequence[str] | None = None,
    allow_dismount: bool = False,
    temporary_directory: str | os.PathLike[str] | None = None,
) -> list[ProviderDefinition | MethodDefinition]:
    """The provider of Win32_LogicalDisk and its method Chkdsk, over a given machine.

    Args:
        mounts: which file systems are disks.
        aliases: drive name to mount point, or to the device of a file system that is not mounted.
        files: the machine whose ``/sys`` and ``/dev`` are read.
        sizes: what asks for the sizes of mounted file systems.
        tools: directories where checkers are looked for, in order; those of the system when omitted.
        allow_dismount: whether Chkdsk with ForceDismount may unmount a file system for its repair.
        temporary_directory: where the output of a checker is kept while it runs.
    """
    files = SystemFiles() if files is None else files
    names = DriveNames(aliases)
    volumes = Volumes(files, mounts, CheckFindings())
    disks = _LogicalDisks(files, volumes, names, VolumeSizes() if sizes is None else sizes)
    checks: list[Chkdsk] = []

    @provider(_CLASS, pushes=("DeviceID", "Name", "Caption", "FileSystem", *_DRIVE_COLUMNS), name="LogicalDisk")
    def logical_disks(request: InstanceRequest) -> Iterator[Row]:
        return disks.rows(request)

    @method(_CLASS, "Chkdsk", cancellable=True, name="Chkdsk")
    async def chkdsk(call: MethodCall) -> int:
        if not checks:
            # The checkers are a third of this provider, and queries do not need them.
            from wmix.providers.chkdsk import Chkdsk

            checks.append(
                Chkdsk(
                    volumes,
                    names,
                    tools=tools,
                    allow_dismount=allow_dismount,
                    temporary_directory=temporary_directory,
                )
            )
        return await checks[0].run(call)

    return [logical_disks, chkdsk]


class _Found:
    """One disk on its way to a row."""

    __slots__ = ("device", "mount", "node", "row", "superblock")

    def __init__(self, mount: Mount, device: BlockDevice | None, node: str | None, row: Row) -> None:
        self.mount = mount
        self.device = device
        self.node = node
        self.row = row
        self.superblock: Superblock | None = None


class _LogicalDisks:
    def __init__(self, files: SystemFiles, volumes: Volumes, names: DriveNames, sizes: VolumeSizes) -> None:
        self._files = files
        self._volumes = volumes
        self._names = names
        self._sizes = sizes

    def rows(self, request: InstanceRequest) -> Iterator[Row]:
        """The wanted disks; those of dead servers come without sizes."""
        common = logical_device(_CLASS, read_uname(self._files).host)
        found = []
        for device_id, mount in self._wanted(request):
            disk = self._begin(request, device_id, mount)
            if request.early(disk.row):
                found.append(disk)
        round_ = None
        if request.wants_any(*_SIZE_COLUMNS):
            round_ = self._sizes.ask(_remote_points(found))
        for disk in found:
            self._finish(request, disk, round_)
            disk.row.update(common)
            yield disk.row

    def _wanted(self, request: InstanceRequest) -> Iterator[tuple[str, Mount]]:
        """``DeviceID`` and mount of each wanted disk."""
        disks = self._volumes.table.disks()
        if request.keys is None:
            for mount in disks:
                yield mount.identifier, mount
            return
        for keys in request.keys:
            asked = str(keys["DeviceID"])
            found = self._names.find(asked, disks)
            if found is not None:
                own = found.identifier
                yield own if own.casefold() == asked.casefold() else asked, found

    def _begin(self, request: InstanceRequest, device_id: str, mount: Mount) -> _Found:
        """The columns that cost next to nothing, and those that a comparison can be about."""
        needs_device = request.wants_any("PNPDeviceID", *_DRIVE_COLUMNS, *_SUPERBLOCK_COLUMNS, *_STATUS_COLUMNS)
        device = self._volumes.device(mount) if needs_device or mount.file_system in _TOLD_BY_SIGNATURE else None
        name = mount.identifier
        row: Row = {"DeviceID": device_id, "Name": name, "Caption": name}
        found = _Found(mount, device, self._volumes.node(mount, device), row)
        row["FileSystem"] = mount.file_system
        if mount.file_system in _TOLD_BY_SIGNATURE and request.wants_any(*_TYPE_COLUMNS):
            found.superblock = self._volumes.superblock(found.node)
            if found.superblock is not None:
                row["FileSystem"] = found.superblock.file_system
        if request.wants_any(*_DRIVE_COLUMNS):
            row["DriveType"] = drive = self._volumes.drive_type(mount, device)
            row["MediaType"], row["Description"] = _DRIVES[drive]
        return found

    def _finish(self, request: InstanceRequest, found: _Found, round_: SizeRound | None) -> None:
        mount, row, kind = found.mount, found.row, found.row["FileSystem"]
        needs_superblock = request.wants_any(*_SUPERBLOCK_COLUMNS) or (round_ is not None and not mount.is_mounted)
        if needs_superblock and found.superblock is None:
            found.superblock = self._volumes.superblock(found.node)
        if round_ is not None:
            row.update(self._size_columns(found, round_))
        if request.wants_any(*_SUPERBLOCK_COLUMNS):
            row["VolumeName"] = self._volumes.label(found.device, found.superblock)
            row["VolumeSerialNumber"] = self._volumes.serial(found.device, found.superblock)
            row["VolumeDirty"] = self._volumes.is_dirty(mount, found.device, found.node, found.superblock)
        if request.wants_any(*_STATUS_COLUMNS):
            row.update(self._status_columns(found))
        if request.wants_any(*_QUOTA_COLUMNS):
            row.update(_quota_columns(mount, kind))
        if mount.is_mounted:
            row["Access"] = _READABLE if mount.is_read_only else _READ_WRITE
        row["ProviderName"] = _provider_name(mount)
        row["SupportsFileBasedCompression"], row["Compressed"] = _compression(mount, kind)
        if found.device is not None:
            row["PNPDeviceID"] = device_path(found.device.directory)

    def _size_columns(self, found: _Found, round_: SizeRound) -> Row:
        point = found.mount.mount_point
        if point is None:
            block = found.superblock
            if block is None or block.block_size is None or block.blocks is None:
                return {}
            columns: Row = {
                "Size": block.blocks * block.block_size,
                "BlockSize": block.block_size,
                "NumberOfBlocks": block.blocks,
            }
            if block.free_blocks is not None:
                columns["FreeSpace"] = block.free_blocks * block.block_size
            return columns
        sizes = round_.answer(point) if found.mount.is_remote else self._sizes.local(self._files.path(point))
        if sizes is None:
            return {}
        return {
            "Size": sizes.f_blocks * sizes.f_frsize,
            # What an ordinary user can still write; root may have more.
            "FreeSpace": sizes.f_bavail * sizes.f_frsize,
            "BlockSize": sizes.f_frsize,
            "NumberOfBlocks": sizes.f_blocks,
            "MaximumComponentLength": sizes.f_namemax,
        }

    def _status_columns(self, found: _Found) -> Row:
        mount = found.mount
        if not mount.is_mounted:
            return {"Status": "Unknown", "StatusInfo": DISABLED, "Availability": OFF_LINE}
        # The kernel turns a file system read-only when it meets errors, unless it was told to go on.
        if mount.is_read_only and self._volumes.kernel_errors(mount, found.device):
            return {"Status": "Degraded", "StatusInfo": ENABLED, "Availability": DEGRADED}
        return {"Status": "OK", "StatusInfo": ENABLED, "Availability": RUNNING}


def _remote_points(found: list[_Found]) -> list[str]:
    return [disk.mount.mount_point for disk in found if disk.mount.is_remote and disk.mount.mount_point is not None]


def _provider_name(mount: Mount) -> str | None:
    if not mount.is_remote:
        return None
    return mount.device.replace("/", "\\") if mount.file_system in _SHARE_TYPES else mount.device


def _compression(mount: Mount, kind: object) -> tuple[bool | None, bool | None]:
    """Whether the type can compress single files, and whether this mount compresses what is written."""
    if kind in _COMPRESSING_TYPES:
        if not mount.is_mounted or kind == "zfs":  # zfs keeps it in a property of the data set, not in an option
            return True, None
        return True, any(option.startswith("compress") for option in mount.device_options)
    if kind in _PLAIN_TYPES or kind in _QUOTA_TYPES:
        return False, False
    return None, None


def _quota_columns(mount: Mount, kind: object) -> Row:
    if kind not in _QUOTA_TYPES:
        return {"SupportsDiskQuotas": False} if kind in _PLAIN_TYPES else {}
    columns: Row = {"SupportsDiskQuotas": True}
    if mount.is_mounted and kind in _QUOTA_OPTION_TYPES:
        columns["QuotasDisabled"] = not any(
            option.partition("=")[0] in _QUOTA_OPTIONS for option in mount.device_options
        )
        columns["QuotasIncomplete"] = False
        columns["QuotasRebuilding"] = False
    return columns
