"""Win32_ComputerSystem: the machine, its place in a domain, its firmware. linux-mapping 6.1.

Every property comes from a group of :data:`_GROUPS`, read only when something of it is asked for.  What the firmware
does not tell is the number that CIM has for "unknown" where it has one, else NULL.  Owner and support contacts, which
Windows asks for at installation, are not recorded on Linux and are NULL.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from wmix.providers.chassis import Chassis, is_workstation, read_chassis
from wmix.providers.columns import gather, group
from wmix.providers.cpuinfo import has_hypervisor, parse_cpu_list, read_packages
from wmix.providers.domain_membership import read_membership
from wmix.providers.meminfo import read_memory
from wmix.providers.os_release import parse_assignments
from wmix.providers.posix_tz import read_zone
from wmix.providers.registration import provider
from wmix.providers.sessions import read_sessions
from wmix.providers.smbios import (
    BIOS,
    CHASSIS,
    HARDWARE_SECURITY,
    OEM_STRINGS,
    SYSTEM,
    SYSTEM_RESET,
    dmi_word,
    read_structures,
)
from wmix.providers.system_files import SystemFiles
from wmix.providers.uname import COMPUTER_SYSTEM, read_uname

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wmix.config import Settings
    from wmix.port.provider import InstanceRequest
    from wmix.providers.registration import MethodDefinition, ProviderDefinition
    from wmix.providers.smbios import Structure
    from wmix.providers.system_files import Root

__all__ = ["make_computer_system", "providers"]

#: uname's machine -> SystemType.
_SYSTEM_TYPES: Final = {
    "x86_64": "x64-based PC",
    "aarch64": "ARM64-based PC",
    "ia64": "64-bit Intel PC",
    **dict.fromkeys(("i386", "i486", "i586", "i686"), "X86-based PC"),
}
#: Kind of computer -> PCSystemType and PCSystemTypeEx.
_PC_TYPES: Final = {
    Chassis.DESKTOP: (1, 1),
    Chassis.MOBILE: (2, 2),
    Chassis.TABLET: (2, 8),
    Chassis.SERVER: (4, 4),
    Chassis.VIRTUAL: (4, 4),
    Chassis.UNKNOWN: (0, 0),
}
#: Kernel arguments that ask systemd or init for a rescue shell.
_RESCUE: Final = frozenset(
    {"rescue", "emergency", "single", "1", "s", "S", "systemd.unit=rescue.target", "systemd.unit=emergency.target"}
)
# "Unknown" in the value maps of CIM_UnitaryComputerSystem and Win32_ComputerSystem.
_STATE_UNKNOWN = 2
_SECURITY_UNKNOWN = 3
_NOT_SUPPORTED = 1
#: DomainRole of a primary controller; 0 and 2 are an unjoined workstation and server, 1 and 3 joined ones.
_CONTROLLER = 5
_SETTABLE = 5


def providers(_settings: Settings, root: Root = "/") -> list[ProviderDefinition | MethodDefinition]:
    """The provider of Win32_ComputerSystem."""
    return [make_computer_system(root)]


def make_computer_system(root: Root = "/") -> ProviderDefinition:
    """The provider that describes the machine below *root*."""
    files = SystemFiles(root)

    @provider("Win32_ComputerSystem", name="Win32_ComputerSystem")
    def computer_system(request: InstanceRequest) -> Iterator[dict[str, object]]:
        """One row."""
        host = read_uname(files).host
        named: dict[str, object] = {"Name": host, "Caption": host, "Description": host}
        yield _CONSTANTS | named | gather(_GROUPS, request.properties, files)

    return computer_system


_CONSTANTS: Final[dict[str, object]] = {
    "CreationClassName": COMPUTER_SYSTEM,
    "Status": "OK",
    "NameFormat": "IP",
    "NetworkServerModeEnabled": True,
    "InfraredSupported": False,
    "PauseAfterReset": -1,
    "PowerState": 1,
}


def _network_name(files: SystemFiles) -> dict[str, object]:
    return {"DNSHostName": read_uname(files).host}


def _membership(files: SystemFiles) -> dict[str, object]:
    membership = read_membership(files)
    is_member = membership.realm is not None
    role = _CONTROLLER if membership.is_controller else (0 if is_workstation(files) else 2) + is_member
    return {
        "Domain": membership.domain,
        "PartOfDomain": is_member,
        "Workgroup": None if is_member else membership.workgroup,
        "DomainRole": role,
        "Roles": ("LM_Workstation", "LM_Server", "NT", *(("Server_NT",) if role > 1 else ())),
    }


def _product(files: SystemFiles) -> dict[str, object]:
    model = dmi_word(files, "product_name")
    if model is None:  # ARM and POWER: the name stands in the device tree, with a NUL at its end
        model = (files.text("/proc/device-tree/model") or "").strip("\0 ") or None
    return {
        "Manufacturer": dmi_word(files, "sys_vendor"),
        "Model": model,
        "SystemFamily": dmi_word(files, "product_family"),
        "SystemSKUNumber": dmi_word(files, "product_sku"),
    }


def _kind(files: SystemFiles) -> dict[str, object]:
    plain, extended = _PC_TYPES[read_chassis(files)]
    return {"PCSystemType": plain, "PCSystemTypeEx": extended}


def _system_type(files: SystemFiles) -> dict[str, object]:
    machine = read_uname(files).machine
    return {"SystemType": _SYSTEM_TYPES.get(machine, f"{machine}-based PC")}


def _hypervisor(files: SystemFiles) -> dict[str, object]:
    return {"HypervisorPresent": has_hypervisor(files)}


def _processors(files: SystemFiles) -> dict[str, object]:
    packages = read_packages(files)
    online = parse_cpu_list(files.text("/sys/devices/system/cpu/online") or "")
    logical = len(online) or sum(len(package.logical) for package in packages)
    return {"NumberOfProcessors": len(packages) or None, "NumberOfLogicalProcessors": logical or None}


def _memory(files: SystemFiles) -> dict[str, object]:
    total = read_memory(files)["MemTotal"]
    return {"TotalPhysicalMemory": None if total is None else total * 1024}


def _user(files: SystemFiles) -> dict[str, object]:
    sessions = [session for session in read_sessions(files) or () if session.is_local]
    sessions.sort(key=lambda session: not session.is_active)
    name = f"{read_uname(files).host}\\{sessions[0].user}" if sessions else None
    return {"UserName": name}


def _clock(_files: SystemFiles) -> dict[str, object]:
    now = time.localtime()
    return {"CurrentTimeZone": now.tm_gmtoff // 60, "DaylightInEffect": now.tm_isdst > 0}


def _daylight(files: SystemFiles) -> dict[str, object]:
    rules = read_zone(files)
    return {"EnableDaylightSavingsTime": None if rules is None else rules.daylight_name is not None}


def _page_file(files: SystemFiles) -> dict[str, object]:
    directories = ("/usr/lib/systemd/system-generators", "/lib/systemd/system-generators")
    managed = any(files.exists(f"{directory}/zram-generator") for directory in directories)
    return {"AutomaticManagedPagefile": managed or files.exists("/etc/systemd/swap.conf")}


def _boot_state(files: SystemFiles) -> dict[str, object]:
    arguments = files.text("/proc/cmdline")
    if arguments is None:
        return {}
    return {"BootupState": "Normal boot" if _RESCUE.isdisjoint(arguments.split()) else "Fail-safe boot"}


def _boot_loader(files: SystemFiles) -> dict[str, object]:
    grub = parse_assignments(files.lines("/etc/default/grub"))
    titles = []
    for name in files.names("/boot/loader/entries"):
        lines = files.lines(f"/boot/loader/entries/{name}") if name.endswith(".conf") else []
        titles += [line.split(None, 1)[1].strip() for line in lines if line.startswith(("title ", "title\t"))]
    delay, default = grub.get("GRUB_TIMEOUT", ""), grub.get("GRUB_DEFAULT", "")
    return {
        "SystemStartupDelay": int(delay) if delay.isdecimal() and int(delay) < 1 << 16 else None,
        "SystemStartupOptions": tuple(titles) or None,
        "SystemStartupSetting": int(default) if default.isdecimal() and int(default) < 1 << 8 else None,
    }


def _power(files: SystemFiles) -> dict[str, object]:
    states = files.text("/sys/power/state")
    if states is None:
        return {}
    return {
        "PowerManagementSupported": bool(states),
        "PowerManagementCapabilities": (_SETTABLE if states else _NOT_SUPPORTED,),
    }


def _firmware(files: SystemFiles) -> dict[str, object]:
    # DSP0134 7.1: the size of the ROM that holds the firmware is at 09h.
    bios = _first(files, BIOS)
    return {"BootROMSupported": True if bios is not None and bios.byte(0x09) is not None else None}


def _wake_up(files: SystemFiles) -> dict[str, object]:
    system = _first(files, SYSTEM)  # 7.2: the wake-up type is at 18h
    kind = None if system is None else system.byte(0x18)
    return {"WakeUpType": _STATE_UNKNOWN if kind is None else kind}


def _chassis(files: SystemFiles) -> dict[str, object]:
    chassis = _first(files, CHASSIS)
    if chassis is None:
        return {"PowerSupplyState": _STATE_UNKNOWN, "ThermalState": _STATE_UNKNOWN}
    # 7.4: states are at 09h to 0Bh; the SKU number's string comes after the contained elements.
    count, length = chassis.byte(0x13) or 0, chassis.byte(0x14) or 0
    return {
        "ChassisBootupState": chassis.byte(0x09),
        "PowerSupplyState": chassis.byte(0x0A) or _STATE_UNKNOWN,
        "ThermalState": chassis.byte(0x0B) or _STATE_UNKNOWN,
        "ChassisSKUNumber": chassis.text(0x15 + count * length),
    }


def _oem_strings(files: SystemFiles) -> dict[str, object]:
    strings = [text for structure in read_structures(files, OEM_STRINGS) for text in structure.strings if text]
    return {"OEMStringArray": tuple(strings) or None}


def _security(files: SystemFiles) -> dict[str, object]:
    # 7.25: four settings of two bits at 04h.
    structure = _first(files, HARDWARE_SECURITY)
    settings = None if structure is None else structure.byte(0x04)
    names = ("FrontPanelResetStatus", "AdminPasswordStatus", "KeyboardPasswordStatus", "PowerOnPasswordStatus")
    return {
        name: _SECURITY_UNKNOWN if settings is None else settings >> (2 * position) & 3
        for position, name in enumerate(names)
    }


def _reset(files: SystemFiles) -> dict[str, object]:
    has_watchdog = bool(files.names("/sys/class/watchdog"))
    row: dict[str, object] = {
        "ResetCapability": 1,
        "ResetCount": -1,
        "ResetLimit": -1,
        "AutomaticResetCapability": has_watchdog,
    }
    structure = _first(files, SYSTEM_RESET)
    capabilities = None if structure is None else structure.byte(0x04)
    if structure is None or capabilities is None:
        return row
    # 7.24: bit 0 enabled, bits 1-2 option on watchdog, bits 3-4 option on limit, bit 5 has a watchdog; counts follow,
    # 0FFFFh for unknown.
    row |= {
        "ResetCapability": 4 if capabilities & 1 else 3,
        "AutomaticResetBootOption": bool(capabilities & 1),
        "BootOptionOnWatchDog": capabilities >> 1 & 3,
        "BootOptionOnLimit": capabilities >> 3 & 3,
        "AutomaticResetCapability": bool(capabilities & 0x20) or has_watchdog,
        "ResetCount": _count(structure.word(0x05)),
        "ResetLimit": _count(structure.word(0x07)),
    }
    return row


def _count(number: int | None) -> int:
    return number if number is not None and number < 1 << 15 else -1


def _first(files: SystemFiles, kind: int) -> Structure | None:
    return next(iter(read_structures(files, kind)), None)


_GROUPS: Final = (
    group("DNSHostName", _network_name),
    group("Domain PartOfDomain Workgroup DomainRole Roles", _membership),
    group("Manufacturer Model SystemFamily SystemSKUNumber", _product),
    group("PCSystemType PCSystemTypeEx", _kind),
    group("SystemType", _system_type),
    group("HypervisorPresent", _hypervisor),
    group("NumberOfProcessors NumberOfLogicalProcessors", _processors),
    group("TotalPhysicalMemory", _memory),
    group("UserName", _user),
    group("CurrentTimeZone DaylightInEffect", _clock),
    group("EnableDaylightSavingsTime", _daylight),
    group("AutomaticManagedPagefile", _page_file),
    group("BootupState", _boot_state),
    group("SystemStartupDelay SystemStartupOptions SystemStartupSetting", _boot_loader),
    group("PowerManagementSupported PowerManagementCapabilities", _power),
    group("BootROMSupported", _firmware),
    group("WakeUpType", _wake_up),
    group("ChassisBootupState PowerSupplyState ThermalState ChassisSKUNumber", _chassis),
    group("OEMStringArray", _oem_strings),
    group("FrontPanelResetStatus AdminPasswordStatus KeyboardPasswordStatus PowerOnPasswordStatus", _security),
    group(
        "ResetCapability ResetCount ResetLimit AutomaticResetCapability AutomaticResetBootOption BootOptionOnWatchDog"
        " BootOptionOnLimit",
        _reset,
    ),
)
