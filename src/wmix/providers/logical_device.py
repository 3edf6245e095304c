"""The block of properties that every CIM_LogicalDevice has, as Linux devices fill it (linux-mapping, section 2)."""

from __future__ import annotations

from typing import Final

from wmix.providers.uname import COMPUTER_SYSTEM

__all__ = [
    "DEGRADED",
    "DISABLED",
    "ENABLED",
    "OFF_LINE",
    "RUNNING",
    "device_path",
    "logical_device",
]

#: ``Availability``.
RUNNING: Final = 3
OFF_LINE: Final = 8
DEGRADED: Final = 10
#: ``StatusInfo``.
ENABLED: Final = 3
DISABLED: Final = 4


def logical_device(class_name: str, host: str) -> dict[str, object]:
    """What all devices of *class_name* on *host* have in common; a fresh dictionary for each call."""
    return {
        "CreationClassName": class_name,
        "SystemCreationClassName": COMPUTER_SYSTEM,
        "SystemName": host,
        "ConfigManagerErrorCode": 0,
        "ConfigManagerUserConfig": False,
        "PowerManagementSupported": False,
    }


def device_path(directory: str | None) -> str | None:
    r"""``PNPDeviceID`` of the device whose directory is *directory*.

    >>> device_path("/sys/devices/pci0000:00/0000:00:02.0/virtio1")
    'PCI0000:00\\0000:00:02.0\\VIRTIO1'
    """
    prefix = "/sys/devices/"
    if directory is None or not directory.startswith(prefix):
        return None
    return directory.removeprefix(prefix).upper().replace("/", "\\")
