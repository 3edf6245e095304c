"""Files of the running system, read below one root directory.

Every fact that a Linux provider gives comes from a small file under ``/proc``, ``/sys`` or ``/etc``.  A file that is
absent or may not be read is no error but an unknown fact: it reads as None, and the property becomes NULL
(linux-mapping, section 2).  The root is an argument, so that a tree made of plain files stands in for a machine.
Depends on ``os`` alone; processes have their own, faster reader in :mod:`wmix.providers.procfs`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from os import PathLike

    #: A directory that stands for ``/``.
    Root: TypeAlias = str | PathLike[str]

__all__ = ["SystemFiles", "read_descriptor"]

#: Octets asked for at once; one page holds nearly every file of /proc and /sys.
PAGE = 4096


def read_descriptor(descriptor: int) -> bytes:
    """All octets that can still be read from *descriptor*; it stays open."""
    data = os.read(descriptor, PAGE)
    if len(data) < PAGE:
        return data
    parts = [data]
    while data := os.read(descriptor, 16 * PAGE):
        parts.append(data)
    return b"".join(parts)


class SystemFiles:
    """Reads files by their absolute names below ``root``."""

    __slots__ = ("root",)

    def __init__(self, root: Root = "/") -> None:
        #: Prefix of every name: empty for the machine itself, without a slash at its end.
        self.root: str = os.fspath(root).rstrip("/")

    @property
    def is_machine(self) -> bool:
        """Whether this is the running system itself, so that system calls tell about the same machine."""
        return not self.root

    def path(self, name: str) -> str:
        """Where the file that is called *name* (absolute) really lies."""
        return self.root + name

    def read(self, name: str) -> bytes | None:
        """The octets of file *name*, or None when it cannot be read."""
        try:
            descriptor = os.open(self.root + name, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            return read_descriptor(descriptor)
        except OSError:  # sysfs attributes may refuse the read itself, e.g. EINVAL for the speed of a link that is down
            return None
        finally:
            os.close(descriptor)

    def text(self, name: str) -> str | None:
        """The contents of file *name* as text without blanks at its ends; None when it cannot be read."""
        data = self.read(name)
        return None if data is None else data.decode("utf-8", "replace").strip()

    def word(self, name: str) -> str | None:
        """Like :meth:`text`, but an empty file is as unknown as an absent one."""
        return self.text(name) or None

    def number(self, name: str) -> int | None:
        """The decimal number that file *name* holds; None when it holds none."""
        data = self.read(name)
        if data is None:
            return None
        try:
            return int(data)
        except ValueError:
            return None

    def lines(self, name: str) -> list[str]:
        """The lines of file *name* without their ends; none when it cannot be read."""
        data = self.read(name)
        return [] if data is None else data.decode("utf-8", "replace").splitlines()

    def names(self, directory: str) -> list[str]:
        """The names in *directory*, sorted; none when it cannot be read."""
        try:
            return sorted(os.listdir(self.root + directory))
        except OSError:
            return []

    def link(self, name: str) -> str | None:
        """What the symbolic link *name* holds, not resolved; None when there is no such link."""
        try:
            return os.readlink(self.root + name)
        except OSError:
            return None

    def exists(self, name: str) -> bool:
        """Whether *name* exists; a link that leads nowhere does not."""
        return os.path.exists(self.root + name)

    def is_directory(self, name: str) -> bool:
        """Whether *name* is a directory."""
        return os.path.isdir(self.root + name)

    def modified(self, name: str) -> float | None:
        """When *name* was last written, in seconds since 1970; None when there is no such file."""
        try:
            return os.stat(self.root + name).st_mtime
        except OSError:
            return None
