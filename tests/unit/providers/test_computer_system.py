"""Win32_ComputerSystem over trees with and without firmware tables, and on this machine."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any

import pytest

from unit.providers.firmware import structure
from unit.providers.linux_tree import LinuxTree
from wmix.config import Settings
from wmix.providers import computer_system

if TYPE_CHECKING:
    from pathlib import Path

    from unit.providers.conftest import Ask

CLASS = "Win32_ComputerSystem"


@pytest.fixture
def tree(tmp_path: Path) -> LinuxTree:
    tree = LinuxTree(tmp_path)
    tree.write(
        "/proc/cpuinfo", "processor: 0\nphysical id: 0\nflags: fpu\n\nprocessor: 1\nphysical id: 1\nflags: fpu\n"
    )
    tree.write("/proc/meminfo", "MemTotal: 1000 kB\n")
    tree.write("/sys/devices/system/cpu/online", "0-1\n")
    for name, text in (
        ("sys_vendor", "ACME"),
        ("product_name", "Box 9"),
        ("product_family", "Boxes"),
        ("product_sku", "B9"),
    ):
        tree.write(f"/sys/class/dmi/id/{name}", text + "\n")
    return tree


def only(tree: LinuxTree, ask: Ask, *properties: str) -> dict[str, Any]:
    (row,) = ask([computer_system.make_computer_system(tree.root)], CLASS, properties=properties or None)
    return row


def test_the_table_of_properties(tree: LinuxTree, ask: Ask) -> None:
    row = only(tree, ask)
    expected = {
        "Name": "box",
        "DNSHostName": "box",
        "Caption": "box",
        "Domain": "WORKGROUP",
        "PartOfDomain": False,
        "Workgroup": "WORKGROUP",
        "DomainRole": 2,
        "Roles": ("LM_Workstation", "LM_Server", "NT", "Server_NT"),
        "Manufacturer": "ACME",
        "Model": "Box 9",
        "SystemFamily": "Boxes",
        "SystemSKUNumber": "B9",
        "TotalPhysicalMemory": 1024000,
        "NumberOfProcessors": 2,
        "NumberOfLogicalProcessors": 2,
        "SystemType": "x64-based PC",
        "PCSystemType": 0,
        "PCSystemTypeEx": 0,
        "HypervisorPresent": False,
        "AutomaticManagedPagefile": False,
        "AdminPasswordStatus": 3,
        "PowerSupplyState": 2,
        "ThermalState": 2,
        "WakeUpType": 2,
        "ResetCapability": 1,
        "ResetCount": -1,
        "ResetLimit": -1,
        "PauseAfterReset": -1,
        "NameFormat": "IP",
        "NetworkServerModeEnabled": True,
        "InfraredSupported": False,
        "PowerState": 1,
        "EnableDaylightSavingsTime": False,
        "CreationClassName": "Win32_ComputerSystem",
        "Status": "OK",
    }
    assert {name: row[name] for name in expected} == expected
    for name in ("UserName", "BootStatus", "OEMLogoBitmap", "OEMStringArray", "ChassisBootupState", "BootROMSupported",
                 "PrimaryOwnerName", "SystemStartupDelay", "PowerManagementSupported", "BootupState"):  # fmt: skip
        assert row[name] is None, name


def test_a_selection_gives_what_all_properties_give(tree: LinuxTree, ask: Ask) -> None:
    for name, value in only(tree, ask).items():
        assert only(tree, ask, name) == {name: value}


def test_a_joined_desktop_is_a_member_workstation(tree: LinuxTree, ask: Ask) -> None:
    tree.write("/etc/krb5.keytab", "")
    tree.write("/etc/samba/smb.conf", "[global]\nsecurity = ads\nrealm = CORP.EXAMPLE\nworkgroup = CORP\n")
    tree.write("/sys/class/dmi/id/chassis_type", "10\n")
    tree.link("/etc/systemd/system/default.target", "graphical.target")
    row = only(tree, ask, "Domain", "PartOfDomain", "Workgroup", "DomainRole", "Roles", "PCSystemType")
    assert row == {
        "Domain": "corp.example",
        "PartOfDomain": True,
        "Workgroup": None,
        "DomainRole": 1,
        "Roles": ("LM_Workstation", "LM_Server", "NT"),
        "PCSystemType": 2,
    }
    tree.write("/etc/samba/smb.conf", "[global]\nserver role = dc\nrealm = CORP.EXAMPLE\n")
    assert only(tree, ask, "DomainRole") == {"DomainRole": 5}


@pytest.mark.parametrize(("number", "types"), [(3, (1, 1)), (30, (2, 8)), (23, (4, 4)), (1, (0, 0))])
def test_the_kind_of_computer(tree: LinuxTree, ask: Ask, number: int, types: tuple[int, int]) -> None:
    tree.write("/sys/class/dmi/id/chassis_type", str(number))
    row = only(tree, ask, "PCSystemType", "PCSystemTypeEx")
    assert (row["PCSystemType"], row["PCSystemTypeEx"]) == types


def test_a_board_without_dmi_has_a_model_in_its_device_tree(tree: LinuxTree, ask: Ask) -> None:
    tree.remove("/sys/class/dmi/id/product_name")
    tree.write("/proc/device-tree/model", "Board 4 Model B\0")
    tree.write("/proc/sys/kernel/arch", "armv7l\n")
    assert only(tree, ask, "Model", "SystemType") == {"Model": "Board 4 Model B", "SystemType": "armv7l-based PC"}


def test_the_user_is_whoever_sits_at_the_machine(tree: LinuxTree, ask: Ask) -> None:
    (tree.root / "run/systemd/system").mkdir(parents=True)
    tree.write("/run/systemd/sessions/1", "USER=eve\nCLASS=user\nREMOTE=1\nACTIVE=1\n")
    assert only(tree, ask, "UserName") == {"UserName": None}
    tree.write("/run/systemd/sessions/2", "USER=bob\nCLASS=user\nSEAT=seat0\nACTIVE=0\n")
    tree.write("/run/systemd/sessions/3", "USER=ann\nCLASS=user\nSEAT=seat0\nACTIVE=1\n")
    assert only(tree, ask, "UserName") == {"UserName": "box\\ann"}


@pytest.mark.parametrize(
    ("arguments", "state"),
    [("quiet ro", "Normal boot"), ("ro single", "Fail-safe boot"), ("systemd.unit=rescue.target", "Fail-safe boot")],
)
def test_a_rescue_boot_shows_in_the_kernels_command_line(tree: LinuxTree, ask: Ask, arguments: str, state: str) -> None:
    tree.write("/proc/cmdline", arguments)
    assert only(tree, ask, "BootupState") == {"BootupState": state}


def test_the_boot_loaders_menu(tree: LinuxTree, ask: Ask) -> None:
    tree.write("/etc/default/grub", "GRUB_TIMEOUT=5\nGRUB_DEFAULT=0\n")
    tree.write("/boot/loader/entries/b.conf", "title   Second\nlinux /x\n")
    tree.write("/boot/loader/entries/a.conf", "title First\n")
    tree.write("/boot/loader/entries/notes", "title No\n")
    names = ("SystemStartupDelay", "SystemStartupOptions", "SystemStartupSetting")
    assert tuple(only(tree, ask, *names)[name] for name in names) == (5, ("First", "Second"), 0)
    tree.write("/etc/default/grub", "GRUB_TIMEOUT=-1\nGRUB_DEFAULT=saved\n")
    assert only(tree, ask, "SystemStartupDelay", "SystemStartupSetting") == {
        "SystemStartupDelay": None,
        "SystemStartupSetting": None,
    }


@pytest.mark.parametrize(
    ("states", "supported", "capabilities"), [("freeze mem disk\n", True, (5,)), ("\n", False, (1,))]
)
def test_power_states_are_the_kernels(
    tree: LinuxTree, ask: Ask, states: str, supported: bool, capabilities: tuple[int, ...]
) -> None:
    tree.write("/sys/power/state", states)
    row = only(tree, ask, "PowerManagementSupported", "PowerManagementCapabilities")
    assert row == {"PowerManagementSupported": supported, "PowerManagementCapabilities": capabilities}


def test_managed_swap_is_known_by_its_generator(tree: LinuxTree, ask: Ask) -> None:
    tree.write("/usr/lib/systemd/system-generators/zram-generator", "")
    assert only(tree, ask, "AutomaticManagedPagefile") == {"AutomaticManagedPagefile": True}


def test_the_firmwares_table_fills_in_the_rest(tree: LinuxTree, ask: Ask) -> None:
    bios = structure(0, bytes((1, 2, 0, 0xF0, 3, 0xFF)), "Vendor", "1.0", "01/02/2020")
    system = structure(1, bytes(0x18 - 4) + b"\x06")
    chassis = structure(3, bytes(5) + bytes((3, 4, 5)) + bytes(7) + bytes((1, 3)) + bytes(3) + bytes((1,)), "CS-1")
    oem = structure(11, b"\x02", "one", "two")
    # Enabled; on watchdog: system utilities; on limit: do not reboot; has a watchdog. Count 2, limit unknown.
    reset = structure(23, bytes((0b111101, 2, 0, 0xFF, 0xFF)))
    security = structure(24, bytes((0b01_00_10_11,)))
    tree.write("/sys/firmware/dmi/tables/DMI", bios + system + chassis + oem + reset + security)
    expected = {
        "BootROMSupported": True,
        "WakeUpType": 6,
        "ChassisBootupState": 3,
        "PowerSupplyState": 4,
        "ThermalState": 5,
        "ChassisSKUNumber": "CS-1",
        "OEMStringArray": ("one", "two"),
        "ResetCapability": 4,
        "AutomaticResetBootOption": True,
        "AutomaticResetCapability": True,
        "BootOptionOnWatchDog": 2,
        "BootOptionOnLimit": 3,
        "ResetCount": 2,
        "ResetLimit": -1,
        "FrontPanelResetStatus": 3,
        "AdminPasswordStatus": 2,
        "KeyboardPasswordStatus": 0,
        "PowerOnPasswordStatus": 1,
    }
    assert only(tree, ask, *expected) == expected


def test_a_zone_with_daylight_time_enables_it(tree: LinuxTree, ask: Ask) -> None:
    tree.write("/etc/localtime", b"TZif2\nCET-1CEST,M3.5.0,M10.5.0/3\n")
    assert only(tree, ask, "EnableDaylightSavingsTime") == {"EnableDaylightSavingsTime": True}


def test_this_machine(ask: Ask) -> None:
    (row,) = ask(computer_system.providers(Settings()), CLASS)
    assert row["Name"] == socket.gethostname().partition(".")[0]
    assert row["NumberOfLogicalProcessors"] == os.cpu_count()
    assert row["TotalPhysicalMemory"] > 1 << 20
