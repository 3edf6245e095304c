"""Win32_OperatingSystem: the one operating system that runs. linux-mapping 6.1.

Every property comes from a group of :data:`_GROUPS`, read only when something of it is asked for.  Notions of Windows'
scheduler and of its products (``QuantumLength``, ``SuiteMask``, ``PlusProductID`` ...) have no counterpart and are
NULL, as is ``TotalSwapSpaceSize``, on Windows too.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

from wmix.cim.datetime import CimDateTime
from wmix.providers.account_files import read_users
from wmix.providers.chassis import is_workstation
from wmix.providers.columns import gather, group
from wmix.providers.cpuinfo import cpu_flags
from wmix.providers.domain_membership import read_membership
from wmix.providers.installation import installed_at
from wmix.providers.locale_id import read_locale
from wmix.providers.meminfo import read_memory
from wmix.providers.mounts import parse_mountinfo
from wmix.providers.os_release import mount_source, operating_system_name, operating_system_title, read_os_release
from wmix.providers.procfs import ProcFs, boot_time
from wmix.providers.registration import provider
from wmix.providers.sessions import read_sessions
from wmix.providers.system_files import SystemFiles
from wmix.providers.systemd import is_running, system_state
from wmix.providers.uname import COMPUTER_SYSTEM, read_uname

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wmix.config import Settings
    from wmix.port.provider import InstanceRequest
    from wmix.providers.registration import MethodDefinition, ProviderDefinition
    from wmix.providers.system_files import Root

__all__ = ["make_operating_system", "providers"]

#: CIM_OperatingSystem.OSType.
LINUX: Final = 36
#: First user id that is given to people, as useradd(8) does.
_FIRST_PERSON = 1000
#: Words of uname's version that tell how the kernel was built.
_BUILD_WORDS: Final = frozenset({"SMP", "PREEMPT", "PREEMPT_DYNAMIC", "PREEMPT_RT", "PREEMPT_LAZY", "NUMA"})
#: systemd's Manager.SystemState -> Status.
_STATES: Final = {
    "running": "OK",
    "degraded": "Degraded",
    "maintenance": "Error",
    "initializing": "Starting",
    "starting": "Starting",
    "stopping": "Stopping",
}


def providers(_settings: Settings, root: Root = "/") -> list[ProviderDefinition | MethodDefinition]:
    """The provider of Win32_OperatingSystem."""
    return [make_operating_system(root)]


def make_operating_system(root: Root = "/") -> ProviderDefinition:
    """The provider that describes the system below *root*."""
    files = SystemFiles(root)

    @provider("Win32_OperatingSystem", name="Win32_OperatingSystem")
    def operating_system(request: InstanceRequest) -> Iterator[dict[str, object]]:
        """One row."""
        yield _CONSTANTS | gather(_GROUPS, request.properties, files)

    return operating_system


_CONSTANTS: Final[dict[str, object]] = {
    "CSCreationClassName": COMPUTER_SYSTEM,
    "CreationClassName": "Win32_OperatingSystem",
    "OSType": LINUX,
    "OperatingSystemSKU": 0,
    "NumberOfLicensedUsers": 0,
    "SystemDirectory": "/usr/bin",
    "SystemDrive": "/",
    "WindowsDirectory": "/",
    "EncryptionLevel": 256,
    "Distributed": False,
    "Primary": True,
    "ServicePackMajorVersion": 0,
    "ServicePackMinorVersion": 0,
    # The class has a default for it, which would claim something of a scheduler that works otherwise.
    "ForegroundApplicationBoost": None,
}


def _title(files: SystemFiles) -> dict[str, object]:
    title = operating_system_title(files)
    return {"Caption": title, "Description": title}


def _name(files: SystemFiles) -> dict[str, object]:
    return {"Name": operating_system_name(files)}


def _kernel(files: SystemFiles) -> dict[str, object]:
    uname = read_uname(files)
    words = " ".join(word for word in uname.version.split() if word in _BUILD_WORDS)
    return {
        "CSName": uname.host,
        "Version": _dotted_number(uname.release),
        "OtherTypeDescription": uname.release,
        "BuildType": words or "Multiprocessor Free",
        "OSArchitecture": f"{uname.address_bits}-bit",
        "MaxProcessMemorySize": uname.process_address_space // 1024,
    }


def _dotted_number(release: str) -> str:
    """The numbers that *release* begins with, ``6.1.0`` of ``6.1.0-18-amd64``."""
    length = next((at for at, sign in enumerate(release) if not (sign.isdecimal() or sign == ".")), len(release))
    return release[:length].rstrip(".")


def _distribution(files: SystemFiles) -> dict[str, object]:
    release = read_os_release(files)
    build = "".join(filter(str.isdecimal, release.get("VERSION_ID", "")))
    if not build:
        numbers = _dotted_number(read_uname(files).release).split(".")
        build = numbers[2] if len(numbers) > 2 else ""
    vendor = release.get("VENDOR_NAME") or release.get("NAME") or release.get("ID")
    return {"BuildNumber": build or None, "Manufacturer": vendor or None}


def _product_type(files: SystemFiles) -> dict[str, object]:
    if read_membership(files).is_controller:
        return {"ProductType": 2}
    return {"ProductType": 1 if is_workstation(files) else 3}


def _registered_user(files: SystemFiles) -> dict[str, object]:
    names = (user.full_name for user in read_users(files) if user.uid == _FIRST_PERSON)
    return {"RegisteredUser": next(names, None) or None}


def _serial_number(files: SystemFiles) -> dict[str, object]:
    return {"SerialNumber": files.word("/etc/machine-id")}


def _installed(files: SystemFiles) -> dict[str, object]:
    moment = installed_at(files)
    return {"InstallDate": None if moment is None else CimDateTime.from_timestamp(moment)}


def _booted(files: SystemFiles) -> dict[str, object]:
    moment = boot_time(files)
    return {"LastBootUpTime": None if moment is None else CimDateTime.from_timestamp(moment)}


def _clock(_files: SystemFiles) -> dict[str, object]:
    now = time.time()
    return {
        "LocalDateTime": CimDateTime.from_timestamp(now),
        "CurrentTimeZone": time.localtime(now).tm_gmtoff // 60,
    }


def _memory(files: SystemFiles) -> dict[str, object]:
    memory = read_memory(files)
    return {
        "TotalVisibleMemorySize": memory["MemTotal"],
        "FreePhysicalMemory": memory["MemAvailable"],
        "TotalVirtualMemorySize": memory.total("MemTotal", "SwapTotal"),
        "FreeVirtualMemory": memory.total("MemAvailable", "SwapFree"),
        "SizeStoredInPagingFiles": memory["SwapTotal"],
        "FreeSpaceInPagingFiles": memory["SwapFree"],
    }


def _process_count(files: SystemFiles) -> dict[str, object]:
    try:
        with ProcFs(files) as proc:
            return {"NumberOfProcesses": len(proc.processes())}
    except OSError:
        return {}


def _process_limit(files: SystemFiles) -> dict[str, object]:
    return {"MaxNumberOfProcesses": files.number("/proc/sys/kernel/pid_max")}


def _user_count(files: SystemFiles) -> dict[str, object]:
    sessions = read_sessions(files)
    return {"NumberOfUsers": None if sessions is None else len(sessions)}


def _devices(files: SystemFiles) -> dict[str, object]:
    system = mount_source(files, "/")
    return {"SystemDevice": system, "BootDevice": mount_source(files, "/boot") or system}


def _locale(files: SystemFiles) -> dict[str, object]:
    locale = read_locale(files)
    identifier, code_page, country = locale.identifier, locale.code_page, locale.country_code
    return {
        "Locale": None if identifier is None else f"{identifier:04x}",
        "OSLanguage": identifier,
        "MUILanguages": None if locale.tag is None else (locale.tag,),
        "CodeSet": None if code_page is None else str(code_page),
        "CountryCode": None if country is None else str(country),
    }


def _processor_features(files: SystemFiles) -> dict[str, object]:
    flags = cpu_flags(files)
    if flags is None or "cx8" not in flags:  # another architecture: its features have other names
        return {}
    has_nx = "nx" in flags
    return {
        "DataExecutionPrevention_Available": has_nx,
        "DataExecutionPrevention_32BitApplications": has_nx,
        "DataExecutionPrevention_Drivers": has_nx,
        "DataExecutionPrevention_SupportPolicy": 3 if has_nx else 0,
        "PAEEnabled": "pae" in flags,
    }


def _debug(files: SystemFiles) -> dict[str, object]:
    arguments = files.text("/proc/cmdline")
    return {"Debug": None if arguments is None else "debug" in arguments.split()}


def _portable(files: SystemFiles) -> dict[str, object]:
    mounts = [m for m in parse_mountinfo(files.read("/proc/self/mountinfo") or b"") if m.mount_point == "/"]
    if not mounts:
        return {}
    device = files.path(f"/sys/dev/block/{mounts[-1].device_number}")
    return {"PortableOperatingSystem": mounts[-1].file_system == "squashfs" or "/usb" in os.path.realpath(device)}


def _status(files: SystemFiles) -> dict[str, object]:
    if not is_running(files):
        return {"Status": "OK"}
    return {"Status": _STATES.get(system_state(files) or "")}


_GROUPS: Final = (
    group("Caption Description", _title),
    group("Name", _name),
    group("CSName Version OtherTypeDescription BuildType OSArchitecture MaxProcessMemorySize", _kernel),
    group("BuildNumber Manufacturer", _distribution),
    group("ProductType", _product_type),
    group("RegisteredUser", _registered_user),
    group("SerialNumber", _serial_number),
    group("InstallDate", _installed),
    group("LastBootUpTime", _booted),
    group("LocalDateTime CurrentTimeZone", _clock),
    group(
        "TotalVisibleMemorySize FreePhysicalMemory TotalVirtualMemorySize FreeVirtualMemory"
        " SizeStoredInPagingFiles FreeSpaceInPagingFiles",
        _memory,
    ),
    group("NumberOfProcesses", _process_count),
    group("MaxNumberOfProcesses", _process_limit),
    group("NumberOfUsers", _user_count),
    group("SystemDevice BootDevice", _devices),
    group("Locale OSLanguage MUILanguages CodeSet CountryCode", _locale),
    group(
        "DataExecutionPrevention_Available DataExecutionPrevention_32BitApplications DataExecutionPrevention_Drivers"
        " DataExecutionPrevention_SupportPolicy PAEEnabled",
        _processor_features,
    ),
    group("Debug", _debug),
    group("PortableOperatingSystem", _portable),
    group("Status", _status),
)
