"""Names of disks: aliases, case and slashes."""

from __future__ import annotations

import pytest

from wmix.providers.drive_names import DriveNames
from wmix.providers.mounts import Mount, unmounted

ROOT = Mount("/dev/sda1", "ext4", "/")
HOME = Mount("/dev/sda2", "ext4", "/home")
SHOUTED = Mount("/dev/sda3", "ext4", "/HOME")
IMAGE = unmounted("/images/disk.img")
DISKS = (ROOT, SHOUTED, HOME, IMAGE)
NAMES = DriveNames({"C:": "/", "d:": "/images/disk.img", "X:": "/gone"})


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("/", ROOT),
        ("/home", HOME),
        ("/HOME", SHOUTED),
        ("/Home", SHOUTED),
        ("\\home", HOME),
        ("C:", ROOT),
        ("c:", ROOT),
        ("C:\\", ROOT),
        ("D:", IMAGE),
        ("/images/disk.img", IMAGE),
        ("X:", None),
        ("E:", None),
        ("", None),
        ("/home/", None),
    ],
)
def test_a_disk_is_found_by_its_name_or_an_alias_and_an_exact_match_wins(name: str, found: Mount | None) -> None:
    assert NAMES.find(name, DISKS) == found
