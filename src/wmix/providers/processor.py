"""Win32_Processor: one row per physical package. linux-mapping 6.5.

The kernel tells what the processor is and can do; the firmware's table (SMBIOS type 4, for root only) adds the socket,
voltages and serial numbers, which are NULL without it.  ``LoadPercentage`` compares two readings of the kernel's
counters: the provider keeps the last one, and waits a tenth of a second when it has none (:mod:`.processor_load`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.providers.columns import gather, group
from wmix.providers.cpuinfo import read_packages
from wmix.providers.processor_identity import cpuid_text, describe, family_number
from wmix.providers.processor_load import LoadSampler
from wmix.providers.registration import provider
from wmix.providers.smbios import PROCESSOR, read_structures
from wmix.providers.system_files import SystemFiles
from wmix.providers.uname import COMPUTER_SYSTEM, read_uname

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wmix.config import Settings
    from wmix.port.provider import InstanceRequest
    from wmix.providers.cpuinfo import Package
    from wmix.providers.registration import MethodDefinition, ProviderDefinition
    from wmix.providers.smbios import Structure
    from wmix.providers.system_files import Root

__all__ = ["make_processors", "providers"]

#: uname's machine -> Architecture.
_ARCHITECTURES: Final = {
    **dict.fromkeys(("i386", "i486", "i586", "i686"), 0),
    **dict.fromkeys(("mips", "mips64"), 1),
    "alpha": 2,
    **dict.fromkeys(("ppc", "ppc64", "ppc64le"), 3),
    **dict.fromkeys(("armv5tel", "armv6l", "armv7l", "armv8l"), 5),
    "ia64": 6,
    "x86_64": 9,
    "aarch64": 12,
}
_CPU = "/sys/devices/system/cpu"
_CENTRAL_PROCESSOR = 3
_ENABLED = 1
_RUNNING = 3
_STATUS_ENABLED = 3
_UPGRADE_UNKNOWN = 2
#: CpuStatus -> Status; enabled and idle processors are all right.
_STATUSES: Final = {1: "OK", 4: "OK", 2: "Degraded", 3: "Error"}


def providers(_settings: Settings, root: Root = "/") -> list[ProviderDefinition | MethodDefinition]:
    """The provider of Win32_Processor."""
    return [make_processors(root)]


def make_processors(root: Root = "/", sampler: LoadSampler | None = None) -> ProviderDefinition:
    """The provider that describes the processors below *root*; *sampler* measures their load."""
    files = SystemFiles(root)
    load = LoadSampler(files) if sampler is None else sampler

    @provider("Win32_Processor", name="Win32_Processor")
    def processors(request: InstanceRequest) -> Iterator[dict[str, object]]:
        """Packages in the order of their first processors."""
        sockets = _sockets(files, request.properties)
        host = read_uname(files).host
        shares = load.shares() if request.wants("LoadPercentage") else {}
        for package in read_packages(files):
            socket = sockets[package.index] if package.index < len(sockets) else None
            row = _CONSTANTS | {"DeviceID": f"CPU{package.index}", "SystemName": host}
            row |= gather(_GROUPS, request.properties, files, package, socket)
            numbers = [logical.number for logical in package.logical]
            known = [shares[number] for number in numbers if number in shares]
            if known:
                row["LoadPercentage"] = round(100 * sum(known) / len(known))
            yield row

    return processors


_CONSTANTS: Final[dict[str, object]] = {
    "CreationClassName": "Win32_Processor",
    "SystemCreationClassName": COMPUTER_SYSTEM,
    "Role": "CPU",
    "ProcessorType": _CENTRAL_PROCESSOR,
    "Availability": _RUNNING,
    "StatusInfo": _STATUS_ENABLED,
    "ConfigManagerErrorCode": 0,
    "ConfigManagerUserConfig": False,
    "PowerManagementSupported": False,
}


def _sockets(files: SystemFiles, wanted: frozenset[str] | None) -> list[Structure]:
    """The populated sockets in the firmware's table, read only when it tells something that is asked for."""
    if wanted is not None and wanted.isdisjoint(_FIRMWARE):
        return []
    # DSP0134 7.5: bit 6 of the status at 18h says that the socket is populated; processor type 3 is a central one.
    return [
        structure
        for structure in read_structures(files, PROCESSOR)
        if (structure.byte(0x18) or 0) & 0x40 and structure.byte(0x05) == _CENTRAL_PROCESSOR
    ]


def _identity(files: SystemFiles, package: Package, socket: Structure | None) -> dict[str, object]:
    description = describe(package, read_uname(files).machine)
    model, stepping = package.number("model"), package.number("stepping")
    revision = None if model is None or stepping is None else model << 8 | stepping
    level = package.number("cpu family")
    return {
        "Name": package.field("model name") or description,
        "Caption": description,
        "Description": description,
        "Manufacturer": package.field("vendor_id"),
        "Family": family_number(package, socket),
        "Level": level,
        "Stepping": package.field("stepping"),
        "Revision": revision if revision is None or revision < 1 << 16 else None,
        "ProcessorId": cpuid_text(package, socket),
    }


def _widths(files: SystemFiles, _package: Package, _socket: Structure | None) -> dict[str, object]:
    uname = read_uname(files)
    return {
        "Architecture": _ARCHITECTURES.get(uname.machine),
        "AddressWidth": uname.address_bits,
        "DataWidth": uname.address_bits,
    }


def _counts(_files: SystemFiles, package: Package, _socket: Structure | None) -> dict[str, object]:
    return {
        "NumberOfCores": package.number("cpu cores") or package.cores,
        "NumberOfEnabledCore": package.cores,
        "NumberOfLogicalProcessors": len(package.logical),
        "ThreadCount": package.number("siblings") or len(package.logical),
    }


def _clocks(files: SystemFiles, package: Package, socket: Structure | None) -> dict[str, object]:
    directory = f"{_CPU}/cpu{package.logical[0].number}/cpufreq"
    highest, current = files.number(f"{directory}/cpuinfo_max_freq"), files.number(f"{directory}/scaling_cur_freq")
    measured = package.field("cpu MHz") or ""
    now = round(float(measured)) if measured.replace(".", "", 1).isdecimal() else None
    rated = None if socket is None else socket.word(0x14)
    return {
        "MaxClockSpeed": highest // 1000 if highest else rated or now,
        "CurrentClockSpeed": current // 1000 if current else now,
    }


def _caches(files: SystemFiles, package: Package, _socket: Structure | None) -> dict[str, object]:
    sizes: dict[tuple[str, str], int] = {}
    for logical in package.logical:
        directory = f"{_CPU}/cpu{logical.number}/cache"
        for name in files.names(directory):
            level = files.text(f"{directory}/{name}/level")
            size = _kibibytes(files.text(f"{directory}/{name}/size") or "")
            if level in ("2", "3") and size is not None:
                # Processors that share a cache show it each: it counts once.
                shared = files.text(f"{directory}/{name}/shared_cpu_list") or str(logical.number)
                sizes[level, shared] = size
    row: dict[str, object] = {}
    for level in ("2", "3"):
        found = [size for (of, _), size in sizes.items() if of == level]
        if found:
            row |= {f"L{level}CacheSize": sum(found), f"L{level}CacheSpeed": 0}
    return row


def _kibibytes(text: str) -> int | None:
    number, unit = text[:-1], text[-1:]
    factors = {"K": 1, "M": 1024, "G": 1024 * 1024}
    return int(number) * factors[unit] if number.isdecimal() and unit in factors else None


def _virtualization(_files: SystemFiles, package: Package, _socket: Structure | None) -> dict[str, object]:
    flags = package.flags
    if flags is None or "cx8" not in flags:  # not x86: other words, other ways
        return {}
    # The kernel drops these two where the firmware has switched them off.
    can_host = not flags.isdisjoint(("vmx", "svm"))
    return {
        "VMMonitorModeExtensions": can_host,
        "VirtualizationFirmwareEnabled": can_host,
        "SecondLevelAddressTranslationExtensions": not flags.isdisjoint(("ept", "npt")),
    }


def _device(_files: SystemFiles, package: Package, _socket: Structure | None) -> dict[str, object]:
    return {"PNPDeviceID": f"SYSTEM\\CPU\\CPU{package.logical[0].number}"}


def _firmware(_files: SystemFiles, _package: Package, socket: Structure | None) -> dict[str, object]:
    if socket is None:
        return {"CpuStatus": _ENABLED, "Status": "OK", "UpgradeMethod": _UPGRADE_UNKNOWN}
    # DSP0134 7.5, the offsets of its table 21.
    status = (socket.byte(0x18) or 0) & 7
    voltage = socket.byte(0x11) or 0
    return {
        "SocketDesignation": socket.text(0x04),
        "ExtClock": socket.word(0x12) or None,
        "CpuStatus": status,
        "Status": _STATUSES.get(status, "Unknown"),
        "UpgradeMethod": socket.byte(0x19),
        # Bit 7 says that the others are the voltage in tenths; else they are capabilities.
        "CurrentVoltage": voltage & 0x7F if voltage & 0x80 else None,
        "VoltageCaps": None if voltage & 0x80 else (voltage & 7 or None),
        "SerialNumber": socket.text(0x20),
        "AssetTag": socket.text(0x21),
        "PartNumber": socket.text(0x22),
        "Characteristics": socket.word(0x26),
    }


_FIRMWARE_ONLY: Final = (
    "SocketDesignation ExtClock CpuStatus Status UpgradeMethod CurrentVoltage VoltageCaps SerialNumber AssetTag"
    " PartNumber Characteristics"
)
#: What the firmware's table tells, or may tell better than the kernel.
_FIRMWARE: Final = frozenset((*_FIRMWARE_ONLY.split(), "Family", "ProcessorId", "MaxClockSpeed"))

_GROUPS: Final = (
    group("Name Caption Description Manufacturer Family Level Stepping Revision ProcessorId", _identity),
    group("Architecture AddressWidth DataWidth", _widths),
    group("NumberOfCores NumberOfEnabledCore NumberOfLogicalProcessors ThreadCount", _counts),
    group("MaxClockSpeed CurrentClockSpeed", _clocks),
    group("L2CacheSize L2CacheSpeed L3CacheSize L3CacheSpeed", _caches),
    group(
        "VMMonitorModeExtensions VirtualizationFirmwareEnabled SecondLevelAddressTranslationExtensions",
        _virtualization,
    ),
    group("PNPDeviceID", _device),
    group(_FIRMWARE_ONLY, _firmware),
)
