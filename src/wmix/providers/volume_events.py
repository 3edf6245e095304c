"""Win32_VolumeChangeEvent: file systems that are mounted and unmounted. Brief 7.1.1, linux-mapping 6.11.

The kernel marks /proc/self/mountinfo as urgent to read when the table has changed, proc_pid_mountinfo(5).  The disks
of the table are compared with those before: ``EventType`` 2 for one that has come, 3 for one that has gone, 1 for one
whose device or options are others.  ``DriveName`` is the ``DeviceID`` of Win32_LogicalDisk.  Where nothing can be
waited for, as with a tree of plain files, the table is read once a second.
"""

from __future__ import annotations

import asyncio
import logging
import select
from typing import TYPE_CHECKING, Final

from wmix.providers.mounts import MountTable
from wmix.providers.registration import events
from wmix.providers.system_files import SystemFiles

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from wmix.config import Settings
    from wmix.port.events import EventRequest
    from wmix.providers.mounts import Mount
    from wmix.providers.registration import Definition, EventDefinition
    from wmix.providers.system_files import Root

    #: Yields when the table may have changed; the first time when it is being watched.
    Watch = Callable[[], AsyncIterator[None]]

__all__ = ["POLL", "make_volume_events", "providers", "watch_mounts"]

_log = logging.getLogger("wmix.providers.volume_events")

#: Seconds between two readings where the kernel does not tell.
POLL: Final = 1.0

_CHANGED, _ARRIVED, _REMOVED = 1, 2, 3


def providers(_settings: Settings, root: Root = "/") -> list[Definition]:
    """The source of Win32_VolumeChangeEvent."""
    files = SystemFiles(root)
    return [make_volume_events(MountTable(files), lambda: watch_mounts(files))]


def make_volume_events(table: MountTable, watch: Watch) -> EventDefinition:
    """The source that compares *table* whenever *watch* says that it may have changed."""

    @events("Win32_VolumeChangeEvent", name="Win32_VolumeChangeEvent")
    async def changes(request: EventRequest) -> AsyncIterator[dict[str, object]]:  # noqa: ARG001  one class
        """Events as they happen."""
        before: dict[str, Mount] | None = None
        async for _ in watch():
            now = {mount.identifier: mount for mount in table.disks()}
            for row in () if before is None else _differences(before, now):
                yield row
            before = now

    return changes


def _differences(before: dict[str, Mount], now: dict[str, Mount]) -> list[dict[str, object]]:
    found = []
    for name in [*before, *(name for name in now if name not in before)]:
        old, new = before.get(name), now.get(name)
        if new is None:
            found.append((_REMOVED, name))
        elif old is None:
            found.append((_ARRIVED, name))
        elif old.device != new.device or old.device_number != new.device_number:
            found += [(_REMOVED, name), (_ARRIVED, name)]
        elif old != new:
            found.append((_CHANGED, name))
    return [{"EventType": kind, "DriveName": name} for kind, name in found]


async def watch_mounts(files: SystemFiles) -> AsyncIterator[None]:
    """Yield at once, and whenever the table of mounts has changed."""
    name = files.path("/proc/self/mountinfo")
    try:
        # Read through a descriptor of its own: reading the table again does not reset what this one waits for.
        file = open(name, "rb", buffering=0)  # noqa: SIM115, ASYNC230  a file of the kernel's; closed below
    except OSError as error:
        _log.warning("%s cannot be read (%s): nothing tells of mounts", name, error)
        return
    with file, select.epoll() as poll:
        try:
            poll.register(file, select.EPOLLPRI)
        except OSError:  # a plain file cannot be waited for
            while True:
                yield
                await asyncio.sleep(POLL)
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()
        # asyncio waits for input only, which this file always has; the epoll has some when the table has changed.  It
        # is not asked itself: the file forgets the change when it has told it once, and it has told the loop.
        loop.add_reader(poll.fileno(), changed.set)
        try:
            yield
            while True:
                await changed.wait()
                changed.clear()
                yield
        finally:
            loop.remove_reader(poll.fileno())
