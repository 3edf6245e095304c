"""Names under which a disk may be asked for: mount points, and drive letters that stand for some of them.

``DeviceID`` is the mount point; a table of aliases (``C:`` stands for ``/``) lets clients written for Windows ask for
``Win32_LogicalDisk.DeviceID="C:"`` (linux-mapping, section 2).  An alias is one more key for look-up, never one more
row.  A backslash path is turned round, and a drive's trailing slash is ignored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wmix.providers.mounts import Mount

__all__ = ["DriveNames"]


class DriveNames:
    """Finds file systems by the name that a client used.

    Args:
        aliases: name to mount point, or to the device of a file system that is not mounted; names ignore case.
    """

    def __init__(self, aliases: Mapping[str, str]) -> None:
        self._aliases = {name.rstrip("\\/").casefold(): target for name, target in aliases.items()}

    def find(self, name: str, disks: Iterable[Mount]) -> Mount | None:
        """The file system that *name* means, or None.

        Strings of WMI ignore case and file names do not: an exact match wins over one that differs in case.
        """
        target = self._aliases.get(name.rstrip("\\/").casefold())
        wanted = [name] if target is None else [target]
        if target is None and "\\" in name:
            wanted.append(name.replace("\\", "/"))
        candidates = list(disks)
        for text in wanted:
            for mount in candidates:
                if mount.identifier == text:
                    return mount
        for text in wanted:
            folded = text.casefold()
            for mount in candidates:
                if mount.identifier.casefold() == folded:
                    return mount
        return None
