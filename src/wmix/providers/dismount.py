"""Taking a file system out of use for its repair, and putting it back: umount(8), mount(8).

Only file systems that the machine can do without: those of the running system itself are refused, and so is one that is
mounted more than once, because its device would stay in use.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Final

from wmix.providers.checkers import TOOL_DIRECTORIES, find_tool

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType
    from typing import Self

    from wmix.providers.mounts import Mount

__all__ = ["Dismounted", "run_tool"]

_log = logging.getLogger("wmix.providers.chkdsk")

#: Mount points without which the machine, or this program, does not go on.
_NEEDED: Final = ("/", "/boot", "/boot/efi", "/efi", "/usr", "/var", "/etc", "/tmp")  # noqa: S108 - a mount point

#: Seconds for one command that mounts, unmounts or marks.
_TOOL_SECONDS: Final = 60.0

_NOT_FOUND: Final = 127


class Dismounted:
    """A context in which *mount* is not mounted; ``succeeded`` and ``is_back`` tell how it went.

    Args:
        mount: the file system.
        mounts: everything that is mounted.
        node: its device.
        tools: directories of mount and umount.
    """

    def __init__(
        self, mount: Mount, mounts: Iterable[Mount], node: str, tools: Sequence[str] = TOOL_DIRECTORIES
    ) -> None:
        self._mount = mount
        self._node = node
        self._held: int | None = None
        self._others = [
            other
            for other in mounts
            if other.mount_point != mount.mount_point
            and (other.device == mount.device or other.device_number == mount.device_number)
        ]
        self._tools = tools
        self.succeeded = False
        self.is_back = True

    def __enter__(self) -> Self:
        mount_point = self._mount.mount_point
        if mount_point is None or mount_point in _NEEDED or self._others:
            _log.warning("%s: in use by the system or mounted twice, it stays mounted", mount_point)
            return self
        try:
            # A loop device that mount(8) has set up goes away with its last user, and the image with it.
            self._held = os.open(self._node, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            _log.warning("%s: %s cannot be opened: %s", mount_point, self._node, error)
            return self
        status, lines = run_tool(["umount", mount_point], self._tools)
        self.succeeded = status == 0
        if not self.succeeded:
            _log.warning("%s: cannot be unmounted: %s", mount_point, "; ".join(lines))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if self.succeeded:
                self._mount_again()
        finally:
            if self._held is not None:
                os.close(self._held)
                self._held = None

    def _mount_again(self) -> None:
        mount, mount_point = self._mount, self._mount.mount_point or ""
        options = mount.options | mount.device_options
        if mount.is_read_only:
            options -= {"rw"}
        as_before = [
            "mount",
            "-t",
            mount.file_system or "auto",
            "-o",
            ",".join(sorted(options)),
            mount.device,
            mount_point,
        ]
        # The kernel may show options that mount(8) does not take back; then the entry in fstab has to do.
        said = []
        for command in (as_before, ["mount", mount_point]):
            status, lines = run_tool(command, self._tools)
            if status == 0:
                return
            said += lines
        self.is_back = False
        _log.error("%s: cannot be mounted again: %s", mount_point, "; ".join(said))


def run_tool(command: Sequence[str], tools: Sequence[str] = TOOL_DIRECTORIES) -> tuple[int, list[str]]:
    """Exit status and lines of output of *command*, whose program is looked for in *tools*.

    127 when there is no such program, as a shell says; 124 when it did not end in time, as timeout(1) says.
    """
    import subprocess

    path = find_tool(command[0], tools)
    if path is None:
        return _NOT_FOUND, [f"{command[0]}: not installed"]
    try:
        done = subprocess.run(  # noqa: S603 - a program of the system, no shell
            [path, *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={"LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            timeout=_TOOL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 124, [f"{command[0]}: did not end within {_TOOL_SECONDS:.0f} s"]
    except OSError as error:
        return _NOT_FOUND, [f"{command[0]}: {error}"]
    text = done.stdout.decode("utf-8", "replace")
    return done.returncode, [line.strip() for line in text.splitlines() if line.strip()]
