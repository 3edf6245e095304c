"""Dismounting for a repair: what is refused, and that the file system comes back as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wmix.providers.dismount import Dismounted, run_tool
from wmix.providers.mounts import Mount

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DATA = Mount("/dev/sda3", "ext4", "/data", frozenset({"rw", "nosuid"}), frozenset({"rw"}), "8:3")


@pytest.fixture
def steps(tmp_path: Path) -> Callable[..., tuple[str, Callable[[], list[str]]]]:
    """Stand-ins for mount and umount with given exit statuses; returns their directory and what they were told."""

    def steps(*, umount: int = 0, mount: str = "exit 0") -> tuple[str, Callable[[], list[str]]]:
        log = tmp_path / "log"
        for program, end in (("umount", f"exit {umount}"), ("mount", mount)):
            path = tmp_path / program
            path.write_text(f'#!/bin/sh\necho "{program} $*" >> {log}\n{end}\n')
            path.chmod(0o755)
        return str(tmp_path), lambda: log.read_text().splitlines() if log.exists() else []

    return steps


def test_a_file_system_comes_back_as_it_was(steps: Callable[..., tuple[str, Callable[[], list[str]]]]) -> None:
    tools, told = steps()
    with Dismounted(DATA, [DATA], "/dev/null", [tools]) as dismounted:
        assert dismounted.succeeded
        assert told() == ["umount /data"]
    assert dismounted.is_back
    assert told()[1:] == ["mount -t ext4 -o nosuid,rw /dev/sda3 /data"]


def test_a_read_only_file_system_comes_back_read_only(
    steps: Callable[..., tuple[str, Callable[[], list[str]]]],
) -> None:
    tools, told = steps()
    mount = DATA.replace(device_options=frozenset({"ro"}))
    with Dismounted(mount, [mount], "/dev/null", [tools]):
        pass
    assert told()[1:] == ["mount -t ext4 -o nosuid,ro /dev/sda3 /data"]


def test_options_that_mount_does_not_take_back_leave_it_to_fstab(
    steps: Callable[..., tuple[str, Callable[[], list[str]]]],
) -> None:
    tools, told = steps(mount='test "$1" != -t')
    with Dismounted(DATA, [DATA], "/dev/null", [tools]) as dismounted:
        pass
    assert dismounted.is_back
    assert told()[-1] == "mount /data"


def test_a_file_system_that_does_not_come_back_is_told(
    steps: Callable[..., tuple[str, Callable[[], list[str]]]],
) -> None:
    tools, _ = steps(mount="exit 32")
    with Dismounted(DATA, [DATA], "/dev/null", [tools]) as dismounted:
        pass
    assert not dismounted.is_back


@pytest.mark.parametrize("point", ["/", "/boot", "/usr"])
def test_the_running_system_is_never_unmounted(
    steps: Callable[..., tuple[str, Callable[[], list[str]]]], point: str
) -> None:
    tools, told = steps()
    mount = DATA.replace(mount_point=point)
    with Dismounted(mount, [mount], "/dev/null", [tools]) as dismounted:
        assert not dismounted.succeeded
    assert told() == []


def test_what_is_mounted_twice_or_busy_stays(steps: Callable[..., tuple[str, Callable[[], list[str]]]]) -> None:
    tools, told = steps(umount=32)
    with Dismounted(DATA, [DATA, DATA.replace(mount_point="/elsewhere")], "/dev/null", [tools]) as dismounted:
        assert not dismounted.succeeded
    assert told() == []
    with Dismounted(DATA, [DATA], "/dev/null", [tools]) as dismounted:
        assert not dismounted.succeeded
    assert told() == ["umount /data"]


def test_a_device_that_cannot_be_held_stays_mounted(
    steps: Callable[..., tuple[str, Callable[[], list[str]]]],
) -> None:
    tools, told = steps()
    with Dismounted(DATA, [DATA], "/nonexistent", [tools]) as dismounted:
        assert not dismounted.succeeded
    assert told() == []


def test_a_tool_that_is_not_installed_has_the_status_of_a_shell(tmp_path: Path) -> None:
    assert run_tool(["tune2fs"], [str(tmp_path)]) == (127, ["tune2fs: not installed"])
