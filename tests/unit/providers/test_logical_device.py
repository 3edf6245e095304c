"""What every device has in common."""

from __future__ import annotations

from wmix.providers.logical_device import device_path, logical_device


def test_each_device_gets_its_own_block() -> None:
    first, second = logical_device("Win32_DiskDrive", "box"), logical_device("Win32_DiskDrive", "box")
    first["Status"] = "OK"
    assert "Status" not in second
    assert second["CreationClassName"] == "Win32_DiskDrive"
    assert second["SystemCreationClassName"] == "Win32_ComputerSystem"
    assert second["SystemName"] == "box"


def test_a_path_outside_the_devices_is_no_device() -> None:
    assert device_path("/sys/devices/virtual/net/lo") == "VIRTUAL\\NET\\LO"
    assert device_path("/sys/block/sda") is None
    assert device_path(None) is None
