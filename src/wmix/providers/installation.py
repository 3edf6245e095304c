"""When the operating system was installed: linux-mapping 6.1, ``InstallDate``.

Linux keeps no such date.  The nearest fact is when the root file system was made, which ext2 to ext4 write into their
superblock (readable by root only); else when the machine got its identity; else the age of what an installer leaves.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from wmix.providers.os_release import mount_source

if TYPE_CHECKING:
    from wmix.providers.system_files import SystemFiles

__all__ = ["creation_time_of_ext", "installed_at"]

_LEFTOVERS: Final = ("/lost+found", "/var/log/installer")

# struct ext2_super_block and ext4_super_block: fs/ext4/ext4.h of the kernel.
_SUPERBLOCK = 1024
_SUPERBLOCK_SIZE = 1024
_MAGIC_OFFSET = 0x38
_MAGIC: Final = b"\x53\xef"
_MADE_OFFSET = 0x108
_MADE_HIGH_OFFSET = 0x276


def installed_at(files: SystemFiles) -> float | None:
    """Seconds since 1970; None when nothing tells."""
    device = mount_source(files, "/")
    if device is not None and device.startswith("/dev/"):
        made = creation_time_of_ext(files.path(device))
        if made is not None:
            return made
    identified = files.modified("/etc/machine-id")
    if identified is not None:
        return identified
    return min((age for name in _LEFTOVERS if (age := files.modified(name)) is not None), default=None)


def creation_time_of_ext(device: str) -> int | None:
    """When the ext2, ext3 or ext4 file system on *device* was made; None for another, or when it may not be read."""
    try:
        descriptor = os.open(device, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        block = os.pread(descriptor, _SUPERBLOCK_SIZE, _SUPERBLOCK)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    if len(block) < _SUPERBLOCK_SIZE or block[_MAGIC_OFFSET : _MAGIC_OFFSET + 2] != _MAGIC:
        return None
    made = int.from_bytes(block[_MADE_OFFSET : _MADE_OFFSET + 4], "little") | block[_MADE_HIGH_OFFSET] << 32
    return made or None
