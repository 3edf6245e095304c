r"""Win32_DiskDrive: whole disks with hardware behind them, from sysfs and, where it runs, udev.

``DeviceID`` is the device node; ``\\.\PHYSICALDRIVE0`` finds the drive with that ``Index`` too, and the instance then
shows the name that was asked for.  The geometry is the one that Windows makes up: 255 heads, 63 sectors a track
(linux-mapping, section 6.3).  What the hardware does not tell is NULL: a virtual disk has no model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.providers.block_devices import BlockDevices
from wmix.providers.logical_device import DISABLED, ENABLED, OFF_LINE, RUNNING, device_path, logical_device
from wmix.providers.mounts import MountTable
from wmix.providers.registration import provider
from wmix.providers.superblock import read_superblock
from wmix.providers.system_files import SystemFiles
from wmix.providers.uname import read_uname

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wmix.config import Settings
    from wmix.port.provider import InstanceRequest
    from wmix.providers.block_devices import BlockDevice
    from wmix.providers.registration import MethodDefinition, ProviderDefinition

    Row = dict[str, object]

__all__ = ["disk_drive_providers", "providers"]

_CLASS: Final = "Win32_DiskDrive"
_WINDOWS_NAME: Final = "\\\\.\\physicaldrive"

_HEADS: Final = 255
_SECTORS_PER_TRACK: Final = 63

#: ``Capabilities`` with their descriptions.
_RANDOM_ACCESS: Final = (3, "Random Access")
_WRITING: Final = (4, "Supports Writing")
_REMOVABLE_MEDIA: Final = (7, "Supports Removable Media")

#: States of a disk, as SCSI and NVMe call them, in which it does its work.
_WORKING: Final = ("running", "live", "created", "created-block", "quiesce")

_IDENTITY_COLUMNS: Final = ("Caption", "Model", "Manufacturer", "SerialNumber", "FirmwareRevision")
_SIZE_COLUMNS: Final = (
    "Size",
    "BytesPerSector",
    "TotalSectors",
    "TotalCylinders",
    "TotalHeads",
    "TotalTracks",
    "SectorsPerTrack",
    "TracksPerCylinder",
)
_MEDIA_COLUMNS: Final = ("InterfaceType", "MediaType", "MediaLoaded", "Capabilities", "CapabilityDescriptions")
_ADDRESS_COLUMNS: Final = ("SCSIBus", "SCSIPort", "SCSITargetId", "SCSILogicalUnit")
_STATUS_COLUMNS: Final = ("Status", "StatusInfo", "Availability")

_UINT16_MAX: Final = 0xFFFF

# The master boot record: four partition entries from octet 446, the disk's signature before them.
_MBR_SIGNATURE: Final = slice(440, 444)
_MBR_TYPES: Final = (450, 466, 482, 498)
_MBR_END: Final = b"\x55\xaa"
_GPT_PROTECTIVE: Final = 0xEE


def providers(settings: Settings) -> list[ProviderDefinition | MethodDefinition]:  # noqa: ARG001 - one shape for all
    """The disk drives of this machine."""
    return disk_drive_providers()


def disk_drive_providers(
    files: SystemFiles | None = None, mounts: MountTable | None = None
) -> list[ProviderDefinition | MethodDefinition]:
    """The provider of Win32_DiskDrive over the machine below *files*, whose mounted file systems are *mounts*."""
    files = SystemFiles() if files is None else files
    drives = _DiskDrives(files, MountTable(files) if mounts is None else mounts)

    @provider(_CLASS, pushes=("DeviceID", "Name", "Index", "InterfaceType", "MediaType"), name="DiskDrive")
    def disk_drives(request: InstanceRequest) -> Iterator[Row]:
        return drives.rows(request)

    return [disk_drives]


class _DiskDrives:
    def __init__(self, files: SystemFiles, mounts: MountTable) -> None:
        self._files = files
        self._mounts = mounts
        self._devices = BlockDevices(files)

    def rows(self, request: InstanceRequest) -> Iterator[Row]:
        """The wanted drives, in the order of their numbers."""
        common = logical_device(_CLASS, read_uname(self._files).host)
        for index, name, drive in self._wanted(request):
            row: Row = {"DeviceID": name, "Name": drive.node, "Index": index, "Description": "Disk drive"}
            hardware = self._devices.hardware_path(drive)
            if request.wants_any(*_MEDIA_COLUMNS):
                row.update(self._media(drive, hardware))
            if not request.early(row):
                continue
            row.update(common)
            row["PNPDeviceID"] = device_path(hardware)
            if request.wants_any(*_IDENTITY_COLUMNS):
                row.update(self._identity(drive))
            if request.wants_any(*_SIZE_COLUMNS):
                row.update(self._sizes(drive))
            if request.wants_any(*_ADDRESS_COLUMNS):
                row.update(_address(hardware))
            if request.wants_any(*_STATUS_COLUMNS):
                row.update(self._status(drive))
            if request.wants_any("Partitions", "Signature"):
                row.update(self._partitions(request, drive))
            yield row

    def _wanted(self, request: InstanceRequest) -> Iterator[tuple[int, str, BlockDevice]]:
        """``Index``, ``DeviceID`` and device of each wanted drive."""
        drives = list(enumerate(self._devices.drives()))
        if request.keys is None:
            for index, drive in drives:
                yield index, drive.node, drive
            return
        for keys in request.keys:
            asked = str(keys["DeviceID"])
            folded = asked.casefold()
            for index, drive in drives:
                if folded == drive.node.casefold():
                    yield index, drive.node, drive
                elif folded == f"{_WINDOWS_NAME}{index}":
                    yield index, asked, drive

    def _identity(self, drive: BlockDevice) -> Row:
        """Model and numbers: from the drive's own attributes, else from udev."""
        directory = drive.directory
        words = self._files.word
        udev = self._devices.udev(drive)
        model = words(directory + "/device/model") or words(directory + "/device/name") or udev.get("ID_MODEL")
        vendor = words(directory + "/device/vendor")
        if vendor is None or vendor.startswith("0x"):  # a number of a bus, as for virtio, is no manufacturer
            vendor = udev.get("ID_VENDOR")
        serial = words(directory + "/device/serial") or words(directory + "/serial") or self._scsi_serial(directory)
        revision = (
            words(directory + "/device/rev")
            or words(directory + "/device/firmware_rev")
            or words(directory + "/device/fwrev")
            or udev.get("ID_REVISION")
        )
        return {
            "Caption": model or drive.node,
            "Model": model,
            "Manufacturer": vendor,
            "SerialNumber": serial or udev.get("ID_SERIAL_SHORT"),
            "FirmwareRevision": revision,
        }

    def _scsi_serial(self, directory: str) -> str | None:
        """The unit serial number page of a SCSI disk: four octets of header, then the number."""
        page = self._files.read(directory + "/device/vpd_pg80")
        if page is None:
            return None
        return page[4:].decode("ascii", "replace").strip(" \0") or None

    def _sizes(self, drive: BlockDevice) -> Row:
        size = self._devices.size(drive)
        sector = self._files.number(drive.directory + "/queue/logical_block_size")
        row: Row = {"Size": size, "BytesPerSector": sector}
        if size is None or not sector:
            return row
        sectors = size // sector
        cylinders = sectors // (_HEADS * _SECTORS_PER_TRACK)
        row.update(
            TotalSectors=sectors,
            TotalCylinders=cylinders,
            TotalHeads=_HEADS,
            TotalTracks=cylinders * _HEADS,
            SectorsPerTrack=_SECTORS_PER_TRACK,
            TracksPerCylinder=_HEADS,
        )
        return row

    def _media(self, drive: BlockDevice, hardware: str | None) -> Row:
        is_removable = self._devices.is_removable(drive)
        interface = _interface(hardware)
        capabilities = [_RANDOM_ACCESS]
        if self._files.number(drive.directory + "/ro") != 1:
            capabilities.append(_WRITING)
        media = "External hard disk media" if interface == "USB" else "Fixed hard disk media"
        if is_removable:
            capabilities.append(_REMOVABLE_MEDIA)
            media = "Removable Media"
        return {
            "InterfaceType": interface,
            "MediaType": media,
            "MediaLoaded": bool(self._devices.size(drive)) if is_removable else True,
            "Capabilities": tuple(number for number, _ in capabilities),
            "CapabilityDescriptions": tuple(text for _, text in capabilities),
        }

    def _status(self, drive: BlockDevice) -> Row:
        state = self._files.word(drive.directory + "/device/state")
        if state is None or state in _WORKING:
            return {"Status": "OK", "StatusInfo": ENABLED, "Availability": RUNNING}
        return {"Status": "Error", "StatusInfo": DISABLED, "Availability": OFF_LINE}

    def _partitions(self, request: InstanceRequest, drive: BlockDevice) -> Row:
        count = len(self._devices.partitions(drive))
        row: Row = {"Partitions": count}
        if count == 0:
            row["Partitions"] = int(self._holds_file_system(drive))
        elif request.wants("Signature"):
            row["Signature"] = self._signature(drive)
        return row

    def _holds_file_system(self, drive: BlockDevice) -> bool:
        """Whether a file system sits on the whole disk, without a partition table."""
        if any(mount.device_number == drive.number for mount in self._mounts.mounts()):
            return True
        try:
            return read_superblock(self._files.path(drive.node)) is not None
        except OSError:
            return False

    def _signature(self, drive: BlockDevice) -> int | None:
        """The signature of a master boot record; None for a GUID partition table, or without the right to read it."""
        try:
            with open(self._files.path(drive.node), "rb") as disk:
                record = disk.read(512)
        except OSError:
            return None
        if len(record) < 512 or record[510:] != _MBR_END:
            return None
        if any(record[offset] == _GPT_PROTECTIVE for offset in _MBR_TYPES):
            return None
        return int.from_bytes(record[_MBR_SIGNATURE], "little")


def _interface(hardware: str | None) -> str | None:
    """``InterfaceType`` by the buses on the way to the drive; None for those that Windows has no word for."""
    segments = (hardware or "").split("/")

    def passes(prefix: str) -> bool:
        return any(segment.startswith(prefix) and segment[len(prefix) :].isdecimal() for segment in segments)

    if passes("usb"):
        return "USB"
    if passes("fw"):
        return "1394"
    if passes("ata"):
        return "IDE"
    # Windows shows the queues of NVMe and virtio as SCSI, too.
    if passes("nvme") or passes("virtio") or _scsi_numbers(hardware) is not None:
        return "SCSI"
    return None


def _scsi_numbers(hardware: str | None) -> tuple[int, int, int, int] | None:
    """Host, channel, target and logical unit from the name of a SCSI device, ``H:C:T:L``."""
    parts = (hardware or "").rpartition("/")[2].split(":")
    if len(parts) != 4 or not all(part.isdecimal() for part in parts):
        return None
    host, channel, target, unit = map(int, parts)
    return host, channel, target, unit


def _address(hardware: str | None) -> Row:
    numbers = _scsi_numbers(hardware)
    if numbers is None:
        return {}
    host, channel, target, unit = numbers

    def fits(number: int) -> int | None:
        return number if number <= _UINT16_MAX else None

    return {
        "SCSIBus": channel,
        "SCSIPort": fits(host),
        "SCSITargetId": fits(target),
        "SCSILogicalUnit": fits(unit),
    }
