"""The classes that are served on Linux, and the modules that serve them.

Importing every provider would cost a command more than its query.  The table names the module of each class; a module
is imported when its class is first touched.  Each has a function ``providers(settings)`` that returns its providers,
methods and sources of events, without touching the system.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wmix.config import Settings
    from wmix.providers.registration import Definition

__all__ = ["LINUX_PROVIDERS", "load_providers"]

#: Class of root/cimv2 -> module that serves it.
LINUX_PROVIDERS: Final[dict[str, str]] = {
    "Win32_ComputerShutdownEvent": "wmix.providers.shutdown_events",
    "Win32_ComputerSystem": "wmix.providers.computer_system",
    "Win32_DiskDrive": "wmix.providers.disk_drive",
    "Win32_Environment": "wmix.providers.environment",
    "Win32_Group": "wmix.providers.accounts",
    "Win32_LocalTime": "wmix.providers.clock",
    "Win32_LogicalDisk": "wmix.providers.logical_disk",
    "Win32_NetworkAdapter": "wmix.providers.network_adapter",
    "Win32_NetworkAdapterConfiguration": "wmix.providers.network_configuration",
    "Win32_OperatingSystem": "wmix.providers.operating_system",
    "Win32_Process": "wmix.providers.process",
    "Win32_ProcessTrace": "wmix.providers.process_events",
    "Win32_Processor": "wmix.providers.processor",
    "Win32_Service": "wmix.providers.services",
    "Win32_TimeZone": "wmix.providers.time_zone",
    "Win32_UTCTime": "wmix.providers.clock",
    "Win32_UserAccount": "wmix.providers.accounts",
    "Win32_VolumeChangeEvent": "wmix.providers.volume_events",
}


def load_providers(class_name: str, settings: Settings) -> list[Definition]:
    """The providers, methods and event sources of *class_name*, in the table's spelling; none for another.

    A module that serves several classes gives those of the asked one only.
    """
    module_name = LINUX_PROVIDERS.get(class_name)
    if module_name is None:
        return []
    __import__(module_name)
    definitions: list[Definition] = sys.modules[module_name].providers(settings)
    return [definition for definition in definitions if definition.class_name == class_name]
