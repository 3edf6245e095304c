"""Asking for one property gives what asking for all gives: no column depends on another one being selected."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from wmix.config import Settings
from wmix.providers.logical_disk import logical_disk_providers
from wmix.providers.mounts import Mount, MountTable, unmounted
from wmix.providers.system_files import SystemFiles

if TYPE_CHECKING:
    from pathlib import Path

    from unit.providers.conftest import Ask, MakeImage

#: What may differ from one moment to the next.
MOVING = {"FreeSpace"}

MODULES = {
    "Win32_LogicalDisk": "logical_disk",
    "Win32_DiskDrive": "disk_drive",
    "Win32_NetworkAdapter": "network_adapter",
    "Win32_NetworkAdapterConfiguration": "network_configuration",
}


def compare(ask: Ask, definitions: Any, class_name: str) -> None:
    whole = ask(definitions, class_name)
    for name in whole[0] if whole else ():
        if name not in MOVING:
            assert ask(definitions, class_name, properties=[name]) == [{name: row[name]} for row in whole]


@pytest.mark.parametrize("class_name", MODULES)
def test_each_property_of_this_machine_can_be_asked_for_alone(ask: Ask, class_name: str) -> None:
    definitions = import_module("wmix.providers." + MODULES[class_name]).providers(Settings())
    compare(ask, definitions, class_name)


def test_each_property_of_an_image_and_of_a_fuse_mount_can_be_asked_for_alone(
    ask: Ask, make_image: MakeImage, tmp_path: Path
) -> None:
    image = make_image()
    (tmp_path / "dev").mkdir()
    (tmp_path / "mnt").mkdir()
    (tmp_path / "dev/sda1").write_bytes(image.read_bytes())
    fuse = Mount("/dev/sda1", "fuseblk", "/mnt", frozenset({"rw"}), frozenset({"rw"}), "0:44")
    definitions = logical_disk_providers(MountTable.of(unmounted(image), fuse), files=SystemFiles(tmp_path))
    assert [row["FileSystem"] for row in ask(definitions, "Win32_LogicalDisk")] == ["ext4", "ext4"]
    compare(ask, definitions, "Win32_LogicalDisk")
