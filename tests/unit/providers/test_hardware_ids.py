"""pci.ids and usb.ids: found by number, absent without harm."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from wmix.providers.hardware_ids import HardwareIds
from wmix.providers.system_files import SystemFiles

if TYPE_CHECKING:
    from pathlib import Path

IDS = """# a comment
001c  PEAK-System Technik GmbH
\t0001  PCAN-PCI CAN-Bus controller
\t\t001c 0004  2 Channel CAN Bus SJC1000
1af4  Red Hat, Inc.
\t1000  Virtio network device
\t1001  Virtio block device
8086  Intel Corporation
\t1001  Another thing
C 00  Unclassified device
\t00  Non-VGA unclassified device
"""


@pytest.fixture
def ids(tmp_path: Path) -> HardwareIds:
    (tmp_path / "usr/share/misc").mkdir(parents=True)
    (tmp_path / "usr/share/misc/pci.ids").write_text(IDS)
    return HardwareIds(SystemFiles(tmp_path), "pci")


@pytest.mark.parametrize(
    ("vendor", "device", "names"),
    [
        ("1AF4", "1000", ("Red Hat, Inc.", "Virtio network device")),
        ("1af4", "1001", ("Red Hat, Inc.", "Virtio block device")),
        ("8086", "1001", ("Intel Corporation", "Another thing")),
        ("8086", "1000", ("Intel Corporation", None)),
        ("001c", "0001", ("PEAK-System Technik GmbH", "PCAN-PCI CAN-Bus controller")),
        ("001c", "1000", ("PEAK-System Technik GmbH", None)),
        ("0004", "0001", (None, None)),
        ("c 00", "0000", (None, None)),
    ],
)
def test_a_device_is_named_below_its_own_vendor(
    ids: HardwareIds, vendor: str, device: str, names: tuple[str | None, str | None]
) -> None:
    assert ids.lookup(vendor, device) == names
    assert ids.lookup(vendor, device) == names


def test_without_the_file_nothing_has_a_name(tmp_path: Path) -> None:
    assert HardwareIds(SystemFiles(tmp_path), "usb").lookup("8086", "1000") == (None, None)


def test_a_new_file_is_read_anew(ids: HardwareIds, tmp_path: Path) -> None:
    assert ids.lookup("8086", "1000") == ("Intel Corporation", None)
    file = tmp_path / "usr/share/misc/pci.ids"
    file.write_text("8086  Intel\n\t1000  New card")
    os.utime(file, (1, 1))
    assert ids.lookup("8086", "1000") == ("Intel", "New card")
