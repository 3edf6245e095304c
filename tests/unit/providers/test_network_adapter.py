"""Win32_NetworkAdapter over a tree that stands for sysfs, and over this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wmix.cim.datetime import CimDateTime
from wmix.config import Settings
from wmix.port.provider import Comparison
from wmix.providers.network_adapter import network_adapter_providers, providers
from wmix.providers.system_files import SystemFiles

if TYPE_CHECKING:
    from pathlib import Path

    from unit.providers.conftest import AddLink, Ask

CLASS = "Win32_NetworkAdapter"


@pytest.fixture
def definitions(tmp_path: Path) -> Any:
    return network_adapter_providers(SystemFiles(tmp_path))


def test_a_card_tells_everything_that_linux_knows(
    ask: Ask, add_link: AddLink, definitions: Any, tmp_path: Path
) -> None:
    add_link("eth0", 2, hardware="pci0000:00/0000:00:19.0", bus="pci", driver="e1000e", speed="1000")
    (tmp_path / "proc/sys/kernel").mkdir(parents=True)
    (tmp_path / "proc/stat").write_text("cpu  1\nbtime 1700000000\n")
    (tmp_path / "proc/sys/kernel/hostname").write_text("box\n")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/machine-id").write_text("3d1219c7c4c5404aaa1f6d2a48adfda4\n")
    (row,) = ask(definitions, CLASS)
    assert {name: value for name, value in row.items() if value is not None} == {
        "DeviceID": "2",
        "Index": 2,
        "InterfaceIndex": 2,
        "Name": "e1000e eth0",
        "Caption": "e1000e eth0",
        "Description": "e1000e",
        "ProductName": "e1000e",
        "ServiceName": "e1000e",
        "NetConnectionID": "eth0",
        "NetConnectionStatus": 2,
        "NetEnabled": True,
        "PhysicalAdapter": True,
        "MACAddress": "02:FC:00:00:00:01",
        "PermanentAddress": "02:FC:00:00:00:01",
        "Speed": 1_000_000_000,
        "AdapterType": "Ethernet 802.3",
        "AdapterTypeID": 0,
        "GUID": "{4F0854D2-96AF-569F-9298-D03226D65A61}",
        "Installed": True,
        "MaxNumberControlled": 0,
        "TimeOfLastReset": CimDateTime.from_timestamp(1700000000),
        "PNPDeviceID": "PCI0000:00\\0000:00:19.0",
        "CreationClassName": CLASS,
        "SystemCreationClassName": "Win32_ComputerSystem",
        "SystemName": "box",
        "Status": "OK",
        "StatusInfo": 3,
        "Availability": 3,
        "ConfigManagerErrorCode": 0,
        "ConfigManagerUserConfig": False,
        "PowerManagementSupported": False,
    }


@pytest.mark.parametrize(
    ("flags", "state", "carrier", "connection", "status", "code"),
    [
        ("0x1003", "up", "1", 2, "OK", 0),
        ("0x1003", "down", "0", 7, "Degraded", 0),
        ("0x1003", "lowerlayerdown", "0", 7, "Degraded", 0),
        ("0x1003", "dormant", "1", 8, "Degraded", 0),
        ("0x1003", "notpresent", "", 4, "Degraded", 0),
        ("0x1003", "testing", "1", None, "Unknown", 0),
        ("0x9", "unknown", "1", 2, "OK", 0),
        ("0x3", "unknown", "0", 7, "Degraded", 0),
        ("0x3", "unknown", "", None, "Unknown", 0),
        ("0x3", "", "", None, "Unknown", 0),
        ("0x1002", "down", "", 0, "Unknown", 22),
    ],
)
def test_the_connection_is_told_by_switch_state_and_signal(
    ask: Ask,
    add_link: AddLink,
    definitions: Any,
    flags: str,
    state: str,
    carrier: str,
    connection: int | None,
    status: str,
    code: int,
) -> None:
    add_link("eth0", 2, flags=flags, operstate=state, carrier=carrier)
    (row,) = ask(definitions, CLASS)
    assert row["NetConnectionStatus"] == connection
    assert (row["Status"], row["ConfigManagerErrorCode"]) == (status, code)
    assert row["NetEnabled"] is (code == 0)
    assert (row["StatusInfo"], row["Availability"]) == ((3, 3) if code == 0 else (4, 8))


@pytest.mark.parametrize(
    ("kind", "number", "text"),
    [("1", 0, "Ethernet 802.3"), ("772", None, None), ("512", 3, "Wide Area Network (WAN)"), ("24", 13, "1394")],
)
def test_the_type_of_an_adapter_is_that_of_its_hardware(
    ask: Ask, add_link: AddLink, definitions: Any, kind: str, number: int | None, text: str | None
) -> None:
    add_link("x", 2, type=kind)
    (row,) = ask(definitions, CLASS, properties=["AdapterType", "AdapterTypeID"])
    assert row == {"AdapterType": text, "AdapterTypeID": number}


def test_an_adapter_is_found_by_key_and_a_comparison_ends_a_row_early(
    ask: Ask, add_link: AddLink, definitions: Any
) -> None:
    add_link("lo", 1, type="772")
    add_link("eth0", 2, hardware="pci0000:00/0000:00:19.0")
    assert [row["NetConnectionID"] for row in ask(definitions, CLASS, keys=[{"DeviceID": "2"}])] == ["eth0"]
    assert ask(definitions, CLASS, keys=[{"DeviceID": "3"}]) == []
    physical = Comparison("PhysicalAdapter", "=", True, lambda value: value is True)
    rows = ask(definitions, CLASS, properties=["DeviceID", "PhysicalAdapter"], comparisons=(physical,))
    assert rows == [{"DeviceID": "2", "PhysicalAdapter": True}]


def test_two_cards_of_one_make_have_different_names(ask: Ask, add_link: AddLink, definitions: Any) -> None:
    add_link("eth0", 2, hardware="pci0000:00/0000:00:19.0", bus="pci", driver="igb")
    add_link("eth1", 3, hardware="pci0000:00/0000:00:19.1", bus="pci", driver="igb")
    rows = ask(definitions, CLASS, properties=["Name", "ProductName"])
    assert rows == [{"Name": "igb eth0", "ProductName": "igb"}, {"Name": "igb eth1", "ProductName": "igb"}]


def test_this_machine_lists_its_adapters(ask: Ask) -> None:
    rows = ask(providers(Settings()), CLASS)
    assert [int(row["DeviceID"]) for row in rows] == sorted(row["Index"] for row in rows)
    assert len({row["Name"] for row in rows}) == len(rows)
