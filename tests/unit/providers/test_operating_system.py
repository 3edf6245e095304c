"""Win32_OperatingSystem over trees, and on this machine."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from unit.providers.linux_tree import LinuxTree
from wmix.cim.datetime import CimDateTime
from wmix.config import Settings
from wmix.providers import operating_system

if TYPE_CHECKING:
    from pathlib import Path

    from unit.providers.conftest import Ask

CLASS = "Win32_OperatingSystem"


@pytest.fixture
def tree(tmp_path: Path) -> LinuxTree:
    tree = LinuxTree(tmp_path)
    tree.write("/etc/os-release", 'PRETTY_NAME="Testix 22.04 LTS"\nNAME="Testix"\nVERSION_ID="22.04"\nID=testix\n')
    tree.write("/proc/self/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /boot rw - ext4 /dev/sda2 rw\n")
    tree.write("/proc/stat", "cpu 1\nbtime 1700000000\n")
    tree.write(
        "/proc/meminfo", "MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 600 kB\nSwapTotal: 50 kB\nSwapFree: 40 kB\n"
    )
    tree.write("/proc/sys/kernel/pid_max", "4194304\n")
    tree.write("/proc/cpuinfo", "processor: 0\nflags: fpu cx8 nx pae\n")
    tree.write("/proc/cmdline", "root=/dev/sda1 quiet\n")
    tree.write("/etc/machine-id", "0123456789abcdef0123456789abcdef\n")
    tree.write("/etc/passwd", "ann:x:1000:100:Ann Example,,:/home/ann:/bin/zsh\n")
    tree.write("/etc/locale.conf", "LANG=en_US.UTF-8\n")
    tree.write("/run/utmp", b"")
    for pid in (1, 2, 30):
        tree.process(pid)
    return tree


def only(tree: LinuxTree, ask: Ask, *properties: str) -> dict[str, Any]:
    (row,) = ask([operating_system.make_operating_system(tree.root)], CLASS, properties=properties or None)
    return row


def test_the_table_of_properties(tree: LinuxTree, ask: Ask) -> None:
    row = only(tree, ask)
    expected = {
        "Caption": "Testix 22.04 LTS",
        "Description": "Testix 22.04 LTS",
        "Name": "Testix 22.04 LTS|/|/dev/sda1",
        "Version": "6.1.0",
        "OtherTypeDescription": "6.1.0-18-amd64",
        "BuildNumber": "2204",
        "BuildType": "SMP PREEMPT_DYNAMIC",
        "OSType": 36,
        "OSArchitecture": "64-bit",
        "OperatingSystemSKU": 0,
        "ProductType": 3,
        "Manufacturer": "Testix",
        "RegisteredUser": "Ann Example",
        "SerialNumber": "0123456789abcdef0123456789abcdef",
        "LastBootUpTime": CimDateTime.from_timestamp(1_700_000_000),
        "TotalVisibleMemorySize": 1000,
        "FreePhysicalMemory": 600,
        "TotalVirtualMemorySize": 1050,
        "FreeVirtualMemory": 640,
        "SizeStoredInPagingFiles": 50,
        "FreeSpaceInPagingFiles": 40,
        "MaxProcessMemorySize": (1 << 47) // 1024,
        "NumberOfProcesses": 3,
        "NumberOfUsers": 0,
        "MaxNumberOfProcesses": 4194304,
        "NumberOfLicensedUsers": 0,
        "SystemDevice": "/dev/sda1",
        "BootDevice": "/dev/sda2",
        "SystemDirectory": "/usr/bin",
        "SystemDrive": "/",
        "WindowsDirectory": "/",
        "Locale": "0409",
        "OSLanguage": 1033,
        "MUILanguages": ("en-US",),
        "CodeSet": "65001",
        "CountryCode": "1",
        "DataExecutionPrevention_Available": True,
        "DataExecutionPrevention_32BitApplications": True,
        "DataExecutionPrevention_Drivers": True,
        "DataExecutionPrevention_SupportPolicy": 3,
        "PAEEnabled": True,
        "EncryptionLevel": 256,
        "Debug": False,
        "Distributed": False,
        "Primary": True,
        "PortableOperatingSystem": False,
        "ServicePackMajorVersion": 0,
        "ServicePackMinorVersion": 0,
        "Status": "OK",
        "CSName": "box",
        "CSCreationClassName": "Win32_ComputerSystem",
        "CreationClassName": "Win32_OperatingSystem",
    }
    clocks = {"LocalDateTime", "CurrentTimeZone", "InstallDate"}
    unknown = {
        "TotalSwapSpaceSize", "CSDVersion", "ForegroundApplicationBoost", "LargeSystemCache", "Organization",
        "OSProductSuite", "PlusProductID", "PlusVersionNumber", "SuiteMask", "QuantumLength", "QuantumType",
    }  # fmt: skip
    assert row.keys() == expected.keys() | clocks | unknown
    assert {name: row[name] for name in expected} == expected
    assert all(row[name] is None for name in unknown)
    assert all(row[name] is not None for name in clocks)


def test_a_selection_gives_what_all_properties_give(tree: LinuxTree, ask: Ask) -> None:
    full = only(tree, ask)
    for name, value in full.items():
        if name != "LocalDateTime":
            assert only(tree, ask, name) == {name: value}


def test_an_empty_machine_has_a_row_of_what_is_still_known(tmp_path: Path, ask: Ask) -> None:
    row = only(LinuxTree(tmp_path), ask)
    assert row["Caption"] == "Linux 6.1.0-18-amd64"
    assert row["BuildNumber"] == "0"
    for name in ("LastBootUpTime", "FreePhysicalMemory", "TotalVirtualMemorySize", "NumberOfUsers", "SystemDevice",
                 "Debug", "PAEEnabled", "SerialNumber", "InstallDate", "PortableOperatingSystem"):  # fmt: skip
        assert row[name] is None, name


@pytest.mark.parametrize(
    ("release", "version"), [("6.1.0-18-amd64", "6.1.0"), ("5.10", "5.10"), ("6.6.-x", "6.6"), ("x", "")]
)
def test_the_version_is_the_leading_number(tree: LinuxTree, ask: Ask, release: str, version: str) -> None:
    tree.write("/proc/sys/kernel/osrelease", release + "\n")
    assert only(tree, ask, "Version") == {"Version": version}


def test_the_build_of_a_distribution_without_versions_is_the_kernels_patch(tree: LinuxTree, ask: Ask) -> None:
    tree.write("/etc/os-release", "NAME=Rolling\n")
    tree.write("/proc/sys/kernel/osrelease", "6.9.7-arch1\n")
    assert only(tree, ask, "BuildNumber") == {"BuildNumber": "7"}
    tree.write("/proc/sys/kernel/osrelease", "6.9\n")
    assert only(tree, ask, "BuildNumber") == {"BuildNumber": None}


def test_a_domain_controller_and_a_desktop_are_told_from_a_server(tree: LinuxTree, ask: Ask) -> None:
    tree.write("/sys/class/dmi/id/chassis_type", "3\n")
    tree.link("/etc/systemd/system/default.target", "/lib/systemd/system/graphical.target")
    assert only(tree, ask, "ProductType") == {"ProductType": 1}
    tree.write("/etc/samba/smb.conf", "[global]\nserver role = active directory domain controller\n")
    assert only(tree, ask, "ProductType") == {"ProductType": 2}


def test_features_of_another_architecture_are_unknown(tree: LinuxTree, ask: Ask) -> None:
    tree.write("/proc/cpuinfo", "processor: 0\nFeatures: fp asimd\n")
    assert only(tree, ask, "DataExecutionPrevention_Available", "PAEEnabled") == {
        "DataExecutionPrevention_Available": None,
        "PAEEnabled": None,
    }


@pytest.mark.parametrize(("arguments", "debug"), [("quiet", False), ("debug", True), ("x.debug=1 nodebug", False)])
def test_debug_is_a_word_of_the_kernels_command_line(tree: LinuxTree, ask: Ask, arguments: str, debug: bool) -> None:
    tree.write("/proc/cmdline", arguments)
    assert only(tree, ask, "Debug") == {"Debug": debug}


def test_a_system_on_a_stick_or_in_an_image_is_portable(tree: LinuxTree, ask: Ask) -> None:
    (tree.root / "sys/devices/pci0/usb1/block/sda/sda1").mkdir(parents=True)
    tree.link("/sys/dev/block/8:1", "../../devices/pci0/usb1/block/sda/sda1")
    assert only(tree, ask, "PortableOperatingSystem") == {"PortableOperatingSystem": True}
    tree.write("/proc/self/mountinfo", "1 0 7:0 / / ro - squashfs /dev/loop0 ro\n")
    assert only(tree, ask, "PortableOperatingSystem") == {"PortableOperatingSystem": True}


@pytest.mark.parametrize(
    ("state", "status"),
    [("running", "OK"), ("degraded", "Degraded"), ("maintenance", "Error"), ("starting", "Starting"), (None, None)],
)
def test_status_is_the_managers_word(
    tree: LinuxTree, ask: Ask, monkeypatch: pytest.MonkeyPatch, state: str | None, status: str | None
) -> None:
    monkeypatch.setattr(operating_system, "system_state", lambda files: state)
    (tree.root / "run/systemd/system").mkdir(parents=True)
    assert only(tree, ask, "Status") == {"Status": status}


def test_the_manager_is_asked_only_for_the_status(tree: LinuxTree, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(files: object) -> None:
        raise AssertionError("asked")

    monkeypatch.setattr(operating_system, "system_state", refuse)
    (tree.root / "run/systemd/system").mkdir(parents=True)
    assert only(tree, ask, "Caption", "FreePhysicalMemory", "LastBootUpTime")["FreePhysicalMemory"] == 600


def test_this_machine_runs_and_its_clock_goes(ask: Ask) -> None:
    before = time.time()
    (row,) = ask(operating_system.providers(Settings()), CLASS)
    assert row["NumberOfProcesses"] > 1
    assert row["FreePhysicalMemory"] <= row["TotalVisibleMemorySize"]
    assert row["LastBootUpTime"].to_datetime().timestamp() <= before
    assert before - 1 <= row["LocalDateTime"].to_datetime().timestamp() <= time.time() + 1
