"""Win32_ComputerShutdownEvent: this machine is about to shut down or to start anew. org.freedesktop.login1(5).

logind says ``PrepareForShutdown`` before it ends anything; ``Type`` is 1, shutdown or reboot.  Without systemd nobody
tells, which the log says, and no event comes.  A bus that is lost is looked for again after some seconds.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from wmix.errors import WmiError
from wmix.providers.registration import events
from wmix.providers.system_files import SystemFiles
from wmix.providers.systemd import SystemdRefusal, connect_systemd, is_running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wmix.config import Settings
    from wmix.port.events import EventRequest
    from wmix.providers.registration import Definition, EventDefinition
    from wmix.providers.system_files import Root

__all__ = ["AGAIN", "make_shutdown_events", "providers"]

_log = logging.getLogger("wmix.providers.shutdown_events")

#: Seconds before a lost bus is looked for again.
AGAIN: Final = 5.0

_SHUTDOWN: Final = 1
#: Sender, object, interface and member of the signal.
_PREPARE: Final = (
    "org.freedesktop.login1",
    "/org/freedesktop/login1",
    "org.freedesktop.login1.Manager",
    "PrepareForShutdown",
)


def providers(_settings: Settings, root: Root = "/") -> list[Definition]:
    """The source of Win32_ComputerShutdownEvent."""
    return [make_shutdown_events(root)]


def make_shutdown_events(root: Root = "/") -> EventDefinition:
    """The source that listens to logind on the bus of the machine below *root*."""
    files = SystemFiles(root)

    @events("Win32_ComputerShutdownEvent", name="Win32_ComputerShutdownEvent")
    async def shutdowns(request: EventRequest) -> AsyncIterator[dict[str, object]]:  # noqa: ARG001  one class
        """Events as they happen."""
        if not is_running(files):
            _log.warning("systemd does not run here: nothing tells of shutdowns")
            return
        name = files.word("/proc/sys/kernel/hostname")
        while True:
            try:
                async with connect_systemd(files) as bus, bus.signals(*_PREPARE) as told:
                    async for (begins,) in told:
                        if begins:
                            yield {"MachineName": name, "Type": _SHUTDOWN}
            except (WmiError, SystemdRefusal) as error:
                _log.warning("logind cannot be listened to (%s); again in %g s", error, AGAIN)
            await asyncio.sleep(AGAIN)

    return shutdowns
