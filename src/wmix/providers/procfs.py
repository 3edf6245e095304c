"""The process file system, proc(5): processes by number, read through one open directory.

:class:`ProcFs` holds ``/proc`` open for the time of one query, so that each file costs one ``openat`` with a short
name.  Errors of the operating system pass through: the caller knows whether a missing file means a process that is
gone (:meth:`ProcFs.is_gone`) or a fact that this kernel does not tell.  The parsers below take the octets of one file.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from wmix.providers.system_files import read_descriptor

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from wmix.providers.system_files import SystemFiles

__all__ = [
    "CLOCK_TICKS",
    "PAGE_SIZE",
    "ProcFs",
    "boot_time",
    "process_identity",
    "split_stat",
    "status_number",
]

#: Units of ``utime``, ``stime`` and ``starttime`` in one second.
CLOCK_TICKS: Final = os.sysconf("SC_CLK_TCK")
#: Octets in one unit of ``rss``.
PAGE_SIZE: Final = os.sysconf("SC_PAGE_SIZE")

#: Inode number of the root of a real process file system, ``PROC_ROOT_INO`` of the kernel.
_ROOT_INODE = 1


class ProcFs:
    """``/proc`` below *files*, open until :meth:`close` (or the end of a ``with`` block)."""

    __slots__ = ("descriptor", "files", "is_genuine")

    def __init__(self, files: SystemFiles) -> None:
        self.files = files
        #: Directory descriptor, the ``directory`` argument of :meth:`read` for names that begin with a number.
        self.descriptor = os.open(files.path("/proc"), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        #: False for a tree of plain files that stands in for a process file system.
        self.is_genuine = os.fstat(self.descriptor).st_ino == _ROOT_INODE

    def close(self) -> None:
        """Close the directory."""
        os.close(self.descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def processes(self) -> list[int]:
        """The numbers of all processes, ascending."""
        return sorted(map(int, filter(str.isdecimal, os.listdir(self.descriptor))))

    def read(self, name: str, directory: int) -> bytes:
        """The octets of file *name* below the open *directory*.

        Raises:
            OSError: as openat(2) and read(2) tell; ``ProcessLookupError`` when the process ended meanwhile.
        """
        descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=directory)
        try:
            return read_descriptor(descriptor)
        finally:
            os.close(descriptor)

    def is_gone(self, prefix: str, directory: int) -> bool:
        """Whether the process whose files are *prefix* + name below *directory* has ended."""
        try:
            os.stat(prefix + "stat", dir_fd=directory)
        except (FileNotFoundError, ProcessLookupError):
            return True
        except OSError:
            return False
        return False

    def is_process(self, number: int) -> bool:
        """Whether *number* is a process: ``/proc/N`` also opens for the number of a thread, though it is not listed."""
        try:
            status = self.read(f"{number}/status", self.descriptor)
        except (FileNotFoundError, ProcessLookupError):
            return False
        except OSError:
            return True
        group = status_number(status, b"Tgid:")
        return group is None or group == number

    def count_descriptors(self, prefix: str, directory: int) -> int:
        """How many files the process has open.

        Since Linux 6.2 the size of the directory ``fd`` is that number, which spares reading a long directory.
        """
        if self.is_genuine:
            size = os.stat(prefix + "fd", dir_fd=directory).st_size
            if size:
                return size
        descriptor = os.open(prefix + "fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=directory)
        try:
            return len(os.listdir(descriptor))
        finally:
            os.close(descriptor)


def split_stat(data: bytes, limit: int = -1) -> tuple[bytes, list[bytes]]:
    """``comm`` and the fields after it of proc_pid_stat(5): ``fields[0]`` is the state, field 3 of the manual.

    The name stands in parentheses and may hold any character, so the last parenthesis ends it; the kernel writes a
    newline in it as ``\\n`` and a backslash as ``\\\\``.  At most *limit* splits are made, all by default.
    """
    end = data.rindex(b")")
    name = data[data.index(b"(") + 1 : end]
    if b"\\" in name:
        name = name.replace(b"\\\\", b"\0").replace(b"\\n", b"\n").replace(b"\0", b"\\")
    return name, data[end + 2 :].split(None, limit)


def status_number(data: bytes, label: bytes) -> int | None:
    """The first number of the line of proc_pid_status(5) that begins with *label*, e.g. ``b"VmHWM:"``."""
    at = data.find(b"\n" + label)
    if at < 0:
        return None
    end = data.find(b"\n", at + 1)
    words = data[at + 1 + len(label) : end if end >= 0 else None].split(None, 1)
    return int(words[0]) if words else None


def process_identity(files: SystemFiles, number: int) -> int | None:
    """When process *number* started, in clock ticks since boot: with the number it names one process for ever.

    None when there is no such process, or *number* is one of its other threads.
    """
    try:
        with ProcFs(files) as proc:
            if not proc.is_process(number):
                return None
            return int(split_stat(proc.read(f"{number}/stat", proc.descriptor))[1][19])
    except (OSError, ValueError, IndexError):
        return None


def boot_time(files: SystemFiles) -> int | None:
    """When the machine was started, in whole seconds since 1970: ``btime`` of proc_stat(5)."""
    data = files.read("/proc/stat") or b""
    at = data.find(b"\nbtime ")
    if at < 0:
        return None
    words = data[at + 7 : at + 40].split(None, 1)
    return int(words[0]) if words else None
