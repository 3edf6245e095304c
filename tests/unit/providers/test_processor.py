"""Win32_Processor over trees with and without firmware tables, and on this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from unit.providers.firmware import structure
from unit.providers.linux_tree import LinuxTree
from wmix.config import Settings
from wmix.providers import processor
from wmix.providers.processor_load import LoadSampler

if TYPE_CHECKING:
    from pathlib import Path

    from unit.providers.conftest import Ask

FLAGS = "fpu tsc msr pae cx8 apic nx vmx ept hypervisor"


@pytest.fixture
def tree(tmp_path: Path) -> LinuxTree:
    tree = LinuxTree(tmp_path)
    blocks = []
    for number, package, core in ((0, 0, 0), (1, 0, 0), (2, 1, 0), (3, 1, 1)):
        blocks.append(
            f"processor\t: {number}\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t: 85\n"
            f"model name\t: Intel(R) Xeon(R) Gold 6130\nstepping\t: 4\ncpu MHz\t: 2100.400\nphysical id\t: {package}\n"
            f"siblings\t: 2\ncore id\t: {core}\ncpu cores\t: {1 + package}\nflags\t: {FLAGS}\n\n"
        )
        directory = f"/sys/devices/system/cpu/cpu{number}/cache"
        shared = f"{2 * package}-{2 * package + 1}"
        for index, level, size, of in ((0, 1, "32K", number), (2, 2, "1024K", number), (3, 3, "22M", shared)):
            tree.write(f"{directory}/index{index}/level", str(level))
            tree.write(f"{directory}/index{index}/size", size)
            tree.write(f"{directory}/index{index}/shared_cpu_list", str(of))
    tree.write("/proc/cpuinfo", "".join(blocks))
    tree.write("/proc/stat", "cpu0 0 0 0 0\ncpu1 0 0 0 0\ncpu2 0 0 0 0\ncpu3 0 0 0 0\n")
    return tree


def ask_all(tree: LinuxTree, ask: Ask, **question: Any) -> list[dict[str, Any]]:
    def work(_seconds: float) -> None:
        tree.write("/proc/stat", "cpu0 10 0 0 0\ncpu1 0 0 0 10\ncpu2 0 0 0 10\ncpu3 1 0 0 9\n")

    provider = processor.make_processors(tree.root, LoadSampler(tree.files, sleep=work))
    return ask([provider], "Win32_Processor", **question)


def test_one_row_per_package(tree: LinuxTree, ask: Ask) -> None:
    first, second = ask_all(tree, ask)
    expected = {
        "DeviceID": "CPU0",
        "Name": "Intel(R) Xeon(R) Gold 6130",
        "Caption": "Intel64 Family 6 Model 85 Stepping 4",
        "Manufacturer": "GenuineIntel",
        "Family": 179,
        "Level": 6,
        "Stepping": "4",
        "Revision": 85 << 8 | 4,
        "Architecture": 9,
        "AddressWidth": 64,
        "NumberOfCores": 1,
        "NumberOfEnabledCore": 1,
        "NumberOfLogicalProcessors": 2,
        "ThreadCount": 2,
        "MaxClockSpeed": 2100,
        "CurrentClockSpeed": 2100,
        "L2CacheSize": 2048,
        "L3CacheSize": 22528,
        "L3CacheSpeed": 0,
        "LoadPercentage": 50,
        "VMMonitorModeExtensions": True,
        "VirtualizationFirmwareEnabled": True,
        "SecondLevelAddressTranslationExtensions": True,
        "CpuStatus": 1,
        "Status": "OK",
        "Availability": 3,
        "SystemName": "box",
        "SystemCreationClassName": "Win32_ComputerSystem",
        "PNPDeviceID": "SYSTEM\\CPU\\CPU0",
    }
    assert {name: first[name] for name in expected} == expected
    for name in ("SocketDesignation", "CurrentVoltage", "SerialNumber", "UniqueId", "ExtClock", "InstallDate"):
        assert first[name] is None, name
    assert (second["DeviceID"], second["NumberOfCores"], second["LoadPercentage"]) == ("CPU1", 2, 5)
    assert second["PNPDeviceID"] == "SYSTEM\\CPU\\CPU2"


def test_load_is_measured_only_when_it_is_asked_for(tree: LinuxTree, ask: Ask) -> None:
    def refuse(_seconds: float) -> None:
        raise AssertionError("measured")

    provider = processor.make_processors(tree.root, LoadSampler(tree.files, sleep=refuse))
    assert len(ask([provider], "Win32_Processor", properties=["Name", "NumberOfCores"])) == 2


def test_the_governors_figures_come_before_the_measured_one(tree: LinuxTree, ask: Ask) -> None:
    directory = "/sys/devices/system/cpu/cpu0/cpufreq"
    tree.write(f"{directory}/cpuinfo_max_freq", "3700000\n")
    tree.write(f"{directory}/scaling_cur_freq", "1200000\n")
    row = ask_all(tree, ask, properties=["MaxClockSpeed", "CurrentClockSpeed"])[0]
    assert row == {"MaxClockSpeed": 3700, "CurrentClockSpeed": 1200}


def socket(status: int, voltage: int, kind: int = 3) -> bytes:
    formatted = bytearray(0x28 - 4)

    def put(offset: int, *octets: int) -> None:
        formatted[offset - 4 : offset - 4 + len(octets)] = bytes(octets)

    put(0x04, 1)
    put(0x05, kind)
    put(0x06, 179)
    put(0x08, 0x54, 0x06, 0x05, 0x00, 0xFF, 0xFB, 0xEB, 0xBF)
    put(0x11, voltage)
    put(0x12, 100, 0)
    put(0x14, 0xA0, 0x0F)
    put(0x18, status, 6)
    put(0x20, 2, 3, 4)
    put(0x26, 0xFC, 0x00)
    return structure(4, bytes(formatted), "CPU 1", "SN1", "TAG1", "PN1")


def test_the_firmware_adds_what_the_kernel_does_not_know(tree: LinuxTree, ask: Ask) -> None:
    table = socket(0x00, 0) + socket(0x41, 0x92) + socket(0x41, 0, kind=4) + socket(0x42, 0x02)
    tree.write("/sys/firmware/dmi/tables/DMI", table)
    first, second = ask_all(tree, ask)
    expected = {
        "SocketDesignation": "CPU 1",
        "ProcessorId": "BFEBFBFF00050654",
        "ExtClock": 100,
        "MaxClockSpeed": 4000,
        "CpuStatus": 1,
        "Status": "OK",
        "CurrentVoltage": 18,
        "VoltageCaps": None,
        "UpgradeMethod": 6,
        "SerialNumber": "SN1",
        "AssetTag": "TAG1",
        "PartNumber": "PN1",
        "Characteristics": 0xFC,
    }
    assert {name: first[name] for name in expected} == expected
    assert (second["CpuStatus"], second["Status"]) == (2, "Degraded")
    assert (second["CurrentVoltage"], second["VoltageCaps"]) == (None, 2)


def test_the_firmware_is_not_read_for_what_it_does_not_tell(
    tree: LinuxTree, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("read")

    monkeypatch.setattr(processor, "read_structures", refuse)
    assert ask_all(tree, ask, properties=["DeviceID", "NumberOfCores", "LoadPercentage"])[0]["NumberOfCores"] == 1


def test_another_architecture_leaves_null_what_it_has_no_words_for(tree: LinuxTree, ask: Ask) -> None:
    tree.write("/proc/cpuinfo", "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd\nCPU architecture: 8\n")
    tree.write("/proc/sys/kernel/arch", "aarch64\n")
    (row,) = ask_all(tree, ask)
    assert (row["Architecture"], row["NumberOfCores"]) == (12, 1)
    for name in ("ProcessorId", "VMMonitorModeExtensions", "MaxClockSpeed", "Level", "Revision", "Manufacturer"):
        assert row[name] is None, name


def test_this_machine_has_as_many_processors_as_it_runs(ask: Ask) -> None:
    rows = ask(processor.providers(Settings()), "Win32_Processor")
    assert sum(row["NumberOfLogicalProcessors"] for row in rows) == os.cpu_count()
    assert all(0 <= row["LoadPercentage"] <= 100 for row in rows)
