"""Superblocks: what a file system says of itself on its device, mounted or not.

Reads type, label, identifier, size and error marks of ext2/3/4, xfs, btrfs, vfat, exfat and ntfs, and tells packed
images by their signatures.  Sources: ``fs/ext4/ext4.h``, ``fs/xfs/libxfs/xfs_format.h``, ``btrfs_tree.h`` of the Linux
kernel; the FAT and exFAT specifications of Microsoft; for NTFS the layout that ``fs/ntfs3/ntfs.h`` describes.

Only reads; nothing on the device is trusted: what cannot be is taken as another type, or as no file system at all.
Two kinds of marks are kept apart: ``failed`` is left by an error, ``in_use`` by every mount that has not ended.
"""

from __future__ import annotations

import os
import stat
from struct import error as StructError  # noqa: N812 - the module's own name for it is a bare "error"
from struct import unpack_from
from typing import TYPE_CHECKING, Final, TypeAlias

from wmix.record import Record, field

if TYPE_CHECKING:
    from collections.abc import Callable

    #: Octets at an offset; fewer than asked for at the end of the device.
    Read: TypeAlias = Callable[[int, int], bytes]

__all__ = ["Superblock", "identify", "read_superblock"]


class Superblock(Record):
    """What a device holds."""

    #: The type, as the kernel calls it.
    file_system: str
    label: str | None = None
    #: The identifier in its customary text form.
    uuid: str | None = None
    #: ``VolumeSerialNumber``: eight hexadecimal digits.
    serial: str | None = None
    #: Whether an error is marked on the device; None when the marks of a mount hide it.
    failed: bool | None = None
    #: Whether the last mount has not ended in order, or is still going on.
    in_use: bool = False
    #: Octets in one block, and blocks in all; None where the superblock does not tell.
    block_size: int | None = None
    blocks: int | None = None
    #: Blocks that an ordinary user may still fill.
    free_blocks: int | None = None
    #: Changes with every change of the superblock; good within one process.
    fingerprint: int = field(default=0, compare=False)

    def is_dirty(self, *, may_change: bool) -> bool | None:
        """``VolumeDirty``: whether a check is due; *may_change* when the file system is mounted read-write.

        None when only the mark of the present mount is seen.
        """
        if self.failed:
            return True
        return self.failed if may_change else self.in_use


def read_superblock(path: str) -> Superblock | None:
    """The superblock on *path*, a block device or an image in a regular file; None when no signature is known.

    Raises:
        OSError: *path* cannot be opened or read, or is neither a block device nor a regular file.
    """
    # Without O_NONBLOCK a drive without a medium, or a named pipe, would keep the caller waiting.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISBLK(status.st_mode) and not stat.S_ISREG(status.st_mode):
            raise OSError(f"{path} is neither a block device nor a regular file")
        found = identify(lambda offset, size: os.pread(descriptor, size, offset))
        if found is None or not stat.S_ISREG(status.st_mode):
            return found
        # An image also changes with its file, whatever part of it was written.
        return found.replace(fingerprint=hash((found.fingerprint, status.st_mtime_ns)))
    finally:
        os.close(descriptor)


def identify(read: Read) -> Superblock | None:
    """The superblock on what *read* reads, or None when no signature is known."""

    def inside(offset: int, size: int) -> bytes:
        return read(offset, size) if 0 <= offset < _DEVICE_LIMIT else b""

    # A FAT boot sector has the weakest signature: everything else is tried before.
    for parse in (_ext, _xfs, _btrfs, _ntfs, _exfat, _packed, _fat):
        try:
            found = parse(inside)
        except (StructError, IndexError, ValueError, OverflowError):
            continue
        if found is not None:
            return found
    return None


#: No offset of a device is larger; one that a damaged superblock names may be.
_DEVICE_LIMIT: Final = 1 << 62


def _text(data: bytes, encoding: str = "utf-8") -> str | None:
    """A label that ends at the first zero; None when it is empty."""
    return data.partition(b"\0")[0].decode(encoding, "replace").strip() or None


def _uuid(data: bytes) -> str | None:
    if not any(data):
        return None
    digits = data.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _serial(uuid: str | None) -> str | None:
    return None if uuid is None else uuid[:8].upper()


# ext2, ext3, ext4: struct ext4_super_block at octet 1024, little-endian.

_EXT_MAGIC: Final = 0xEF53
_EXT_VALID: Final = 0x0001
_EXT_ERROR: Final = 0x0002
_EXT_HAS_JOURNAL: Final = 0x0004
_EXT_JOURNAL_DEVICE: Final = 0x0008
_EXT_64BIT: Final = 0x0080
#: Features that ext3 knows: directory types, journal replay, meta block groups; sparse superblocks, large files, trees.
_EXT3_INCOMPATIBLE: Final = 0x0016
_EXT3_READ_ONLY_COMPATIBLE: Final = 0x0007


def _ext(read: Read) -> Superblock | None:
    data = read(1024, 1024)
    if len(data) < 1024 or unpack_from("<H", data, 0x38)[0] != _EXT_MAGIC:
        return None
    compatible, incompatible, read_only_compatible = unpack_from("<III", data, 0x5C)
    if incompatible & _EXT_JOURNAL_DEVICE:
        return None  # the journal of another device
    _, blocks, reserved, free = unpack_from("<IIII", data, 0)
    if incompatible & _EXT_64BIT:
        blocks_high, reserved_high, free_high = unpack_from("<III", data, 0x150)
        blocks, reserved, free = blocks | blocks_high << 32, reserved | reserved_high << 32, free | free_high << 32
    state = unpack_from("<H", data, 0x3A)[0]
    errors = unpack_from("<I", data, 0x194)[0]
    if incompatible & ~_EXT3_INCOMPATIBLE or read_only_compatible & ~_EXT3_READ_ONLY_COMPATIBLE:
        kind = "ext4"
    else:
        kind = "ext3" if compatible & _EXT_HAS_JOURNAL else "ext2"
    uuid = _uuid(data[0x68:0x78])
    return Superblock(
        kind,
        label=_text(data[0x78:0x88]),
        uuid=uuid,
        serial=_serial(uuid),
        failed=bool(state & _EXT_ERROR) or errors > 0,
        in_use=not state & _EXT_VALID,
        block_size=1024 << min(unpack_from("<I", data, 0x18)[0], 6),
        blocks=blocks,
        free_blocks=max(0, free - reserved),
        fingerprint=hash(data),
    )


# xfs: struct xfs_dsb at octet 0, big-endian.

_XFS_NEEDS_REPAIR: Final = 0x10


def _xfs(read: Read) -> Superblock | None:
    data = read(0, 512)
    if len(data) < 512 or data[:4] != b"XFSB":
        return None
    block_size, blocks = unpack_from(">IQ", data, 4)
    version = unpack_from(">H", data, 100)[0] & 0xF
    uuid = _uuid(data[32:48])
    return Superblock(
        "xfs",
        label=_text(data[108:120]),
        uuid=uuid,
        serial=_serial(uuid),
        failed=version >= 5 and bool(unpack_from(">I", data, 216)[0] & _XFS_NEEDS_REPAIR),
        block_size=block_size,
        blocks=blocks,
        free_blocks=unpack_from(">Q", data, 144)[0],
        fingerprint=hash(data),
    )


# btrfs: struct btrfs_super_block at octet 65536, little-endian.

_BTRFS_ERROR: Final = 1 << 2


def _btrfs(read: Read) -> Superblock | None:
    data = read(65536, 4096)
    if len(data) < 4096 or data[64:72] != b"_BHRfS_M":
        return None
    total, used = unpack_from("<QQ", data, 112)
    sector = unpack_from("<I", data, 144)[0]
    uuid = _uuid(data[32:48])
    return Superblock(
        "btrfs",
        label=_text(data[299:555]),
        uuid=uuid,
        serial=_serial(uuid),
        failed=bool(unpack_from("<Q", data, 56)[0] & _BTRFS_ERROR),
        block_size=sector,
        blocks=total // sector if sector else None,
        # Profiles such as DUP take every block twice: only a mounted btrfs knows what is free.
        fingerprint=hash(data + used.to_bytes(8, "little")),
    )


# vfat: BIOS parameter block and root directory.

_FAT_DIRTY: Final = 0x01
_FAT_MEDIUM_FAILED: Final = 0x02
_FAT_EXTENDED_SIGNATURES: Final = (0x28, 0x29)
_ENTRY: Final = 32
_DELETED: Final = 0xE5
_LONG_NAME: Final = 0x0F
_VOLUME_LABEL: Final = 0x08
#: No more of a root directory is read: the label comes first, and a damaged size must not fill the memory.
_DIRECTORY_LIMIT: Final = 64 * 1024


def _fat(read: Read) -> Superblock | None:
    data = read(0, 512)
    if len(data) < 512 or data[510:512] != b"\x55\xaa":
        return None
    sector, per_cluster, reserved, copies, entries, sectors, medium, fat_size = unpack_from("<HBHBHHBH", data, 11)
    sectors = sectors or unpack_from("<I", data, 32)[0]
    plausible = sector in (512, 1024, 2048, 4096) and per_cluster and not per_cluster & (per_cluster - 1)
    if not plausible or not reserved or not 1 <= copies <= 4 or medium < 0xF0 or not sectors:
        return None
    is_fat32 = fat_size == 0
    tail = 64 if is_fat32 else 36
    if data[tail + 2] not in _FAT_EXTENDED_SIGNATURES:
        return None
    if is_fat32:
        fat_size, root_cluster = unpack_from("<I4xI", data, 36)
        start = (reserved + copies * fat_size + (root_cluster - 2) * per_cluster) * sector
        length = per_cluster * sector
    else:
        start, length = (reserved + copies * fat_size) * sector, entries * _ENTRY
    label = _fat_label(read(start, min(length, _DIRECTORY_LIMIT)))
    boot_label = _text(data[tail + 7 : tail + 18], "cp437")
    serial = unpack_from("<I", data, tail + 3)[0]
    marks = data[tail + 1]
    return Superblock(
        "vfat",
        label=label or (None if boot_label == "NO NAME" else boot_label),
        uuid=f"{serial >> 16:04X}-{serial & 0xFFFF:04X}",
        serial=f"{serial:08X}",
        failed=True if marks & _FAT_MEDIUM_FAILED else None,
        in_use=bool(marks & _FAT_DIRTY),
        block_size=sector * per_cluster,
        blocks=sectors // per_cluster,
        fingerprint=hash(data),
    )


def _fat_label(directory: bytes) -> str | None:
    for offset in range(0, len(directory) - _ENTRY + 1, _ENTRY):
        first, attributes = directory[offset], directory[offset + 11]
        if first == 0:
            return None
        if first != _DELETED and attributes & _LONG_NAME != _LONG_NAME and attributes & _VOLUME_LABEL:
            return _text(directory[offset : offset + 11], "cp437")
    return None


# exfat: main boot sector and root directory.

_EXFAT_DIRTY: Final = 0x0002
_EXFAT_MEDIUM_FAILED: Final = 0x0004
_EXFAT_LABEL: Final = 0x83


def _exfat(read: Read) -> Superblock | None:
    data = read(0, 512)
    if len(data) < 512 or data[3:11] != b"EXFAT   ":
        return None
    heap, clusters, root, serial = unpack_from("<IIII", data, 88)
    flags, sector_shift, cluster_shift = unpack_from("<HBB", data, 106)
    if not 9 <= sector_shift <= 12 or sector_shift + cluster_shift > 25:
        return None
    cluster = 1 << (sector_shift + cluster_shift)
    directory = read((heap << sector_shift) + (root - 2) * cluster, min(cluster, _DIRECTORY_LIMIT))
    label = None
    for offset in range(0, len(directory) - _ENTRY + 1, _ENTRY):
        if directory[offset] == _EXFAT_LABEL:
            length = min(directory[offset + 1], 11)
            label = directory[offset + 2 : offset + 2 + 2 * length].decode("utf-16-le", "replace") or None
            break
        if directory[offset] == 0:
            break
    return Superblock(
        "exfat",
        label=label,
        uuid=f"{serial >> 16:04X}-{serial & 0xFFFF:04X}",
        serial=f"{serial:08X}",
        failed=True if flags & _EXFAT_MEDIUM_FAILED else None,
        in_use=bool(flags & _EXFAT_DIRTY),
        block_size=cluster,
        blocks=clusters,
        fingerprint=hash(data),
    )


# ntfs: boot sector and record 3 of the master file table, $Volume.

_NTFS_DIRTY: Final = 0x0001
_NTFS_VOLUME_NAME: Final = 0x60
_NTFS_VOLUME_INFORMATION: Final = 0x70
_NTFS_END: Final = 0xFFFFFFFF
_VOLUME_RECORD: Final = 3


def _ntfs(read: Read) -> Superblock | None:
    data = read(0, 512)
    if len(data) < 512 or data[3:11] != b"NTFS    ":
        return None
    sector, per_cluster = unpack_from("<HB", data, 11)
    cluster = sector * per_cluster if per_cluster <= 0x80 else sector << (256 - per_cluster)
    sectors, table = unpack_from("<QQ", data, 40)
    size = unpack_from("<b", data, 64)[0]
    record_size = 1 << -size if size < 0 else size * cluster
    if sector not in (512, 1024, 2048, 4096) or not cluster or not 512 <= record_size <= _DIRECTORY_LIMIT:
        return None
    serial = unpack_from("<Q", data, 72)[0]
    label, flags = _ntfs_volume(read(table * cluster + _VOLUME_RECORD * record_size, record_size))
    return Superblock(
        "ntfs",
        label=label,
        uuid=f"{serial:016X}",
        # Windows shows the low half; the identifier of udev is the whole number.
        serial=f"{serial & 0xFFFFFFFF:08X}",
        failed=None,
        in_use=bool(flags & _NTFS_DIRTY),
        block_size=cluster,
        blocks=sectors * sector // cluster,
        fingerprint=hash((data, label, flags)),
    )


def _ntfs_volume(record: bytes) -> tuple[str | None, int]:
    """Label and flags from the attributes of $Volume."""
    label, flags = None, 0
    if record[:4] != b"FILE":
        return label, flags
    record = _restore(record)
    offset = unpack_from("<H", record, 20)[0]
    while offset + 24 <= len(record):
        kind, length = unpack_from("<II", record, offset)
        if kind == _NTFS_END or length < 24:
            break
        is_resident = record[offset + 8] == 0
        value_length, value_offset = unpack_from("<IH", record, offset + 16)
        value = record[offset + value_offset : offset + value_offset + value_length]
        if is_resident and kind == _NTFS_VOLUME_NAME:
            label = value.decode("utf-16-le", "replace") or None
        elif is_resident and kind == _NTFS_VOLUME_INFORMATION:
            flags = unpack_from("<H", value, 10)[0]
        offset += length
    return label, flags


def _restore(record: bytes) -> bytes:
    """Put back the last two octets of every 512, which the update sequence keeps elsewhere."""
    data = bytearray(record)
    start, count = unpack_from("<HH", data, 4)
    for index in range(1, count):
        end = index * 512
        if end <= len(data):
            data[end - 2 : end] = data[start + 2 * index : start + 2 * index + 2]
    return bytes(data)


# Packed images and types without a parser of their own: the signature is all that is read.

_SIGNATURES: Final = (
    (0, b"hsqs", "squashfs"),
    (1024, b"\xe2\xe1\xf5\xe0", "erofs"),
    (1024, b"\x10\x20\xf5\xf2", "f2fs"),
    (32769, b"CD001", "iso9660"),
)


def _packed(read: Read) -> Superblock | None:
    for offset, signature, kind in _SIGNATURES:
        if read(offset, len(signature)) == signature:
            return Superblock(kind)
    return None
