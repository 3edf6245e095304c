"""What kind of computer this is: desktop, portable, server or virtual machine. linux-mapping 6.1.

Three classes ask: ``PCSystemType`` and ``DomainRole`` of Win32_ComputerSystem, ``ProductType`` of
Win32_OperatingSystem.  The firmware's chassis type decides, and for a virtual machine the hypervisor.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from wmix.providers.cpuinfo import has_hypervisor
from wmix.providers.smbios import chassis_type

if TYPE_CHECKING:
    from wmix.providers.system_files import SystemFiles

__all__ = ["Chassis", "is_workstation", "read_chassis"]


class Chassis(Enum):
    """Kinds of computer that CIM tells apart."""

    DESKTOP = "desktop"
    MOBILE = "mobile"
    TABLET = "tablet"
    SERVER = "server"
    VIRTUAL = "virtual"
    UNKNOWN = "unknown"


#: Chassis types of DSP0134 7.4.1.
_KINDS: Final = {
    **dict.fromkeys((3, 4, 5, 6, 7, 13, 15, 16, 24, 35, 36), Chassis.DESKTOP),
    **dict.fromkeys((8, 9, 10, 14, 31), Chassis.MOBILE),
    **dict.fromkeys((11, 30, 32), Chassis.TABLET),
    **dict.fromkeys((17, 23, 25, 28, 29), Chassis.SERVER),
}


def read_chassis(files: SystemFiles) -> Chassis:
    """The kind of this computer."""
    number = chassis_type(files)
    if number in _KINDS:
        return _KINDS[number]
    return Chassis.VIRTUAL if has_hypervisor(files) else Chassis.UNKNOWN


def is_workstation(files: SystemFiles) -> bool:
    """Whether this is a computer for one person: it starts a graphical session, and its chassis is not a server's."""
    if read_chassis(files) not in (Chassis.DESKTOP, Chassis.MOBILE, Chassis.TABLET):
        return False
    for directory in ("/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"):
        target = files.link(f"{directory}/default.target")
        if target is not None:
            return target.rpartition("/")[2] == "graphical.target"
    return False
