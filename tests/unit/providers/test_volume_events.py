"""Win32_VolumeChangeEvent."""

from __future__ import annotations

import asyncio
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from unit.providers.event_requests import Told, running
from unit.providers.linux_tree import LinuxTree
from wmix.config import Settings
from wmix.providers.mounts import MountTable
from wmix.providers.registration import EventDefinition
from wmix.providers.system_files import SystemFiles
from wmix.providers.volume_events import POLL, make_volume_events, providers, watch_mounts
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from pathlib import Path

ROOT = "27 1 254:0 / / rw - ext4 /dev/vda rw\n"
DATA = "28 27 254:16 / /data rw - ext4 /dev/vdb rw\n"


def seen(tmp_path: Path, *tables: str) -> list[dict[str, object]]:
    """The events while the table of mounts becomes one after the other of *tables*, once a second."""
    tree = LinuxTree(tmp_path)
    tree.write("/proc/filesystems", "\text4\n")
    tree.write("/proc/self/mountinfo", tables[0])

    async def main() -> list[Any]:
        (source,) = providers(Settings(), tree.root)
        assert isinstance(source, EventDefinition)
        async with running(source) as told:
            await asyncio.sleep(POLL / 2)
            for table in tables[1:]:
                tree.write("/proc/self/mountinfo", table)
                await asyncio.sleep(POLL)
            return told.waiting()

    return run_virtual(main)


def test_what_is_mounted_and_unmounted(tmp_path: Path) -> None:
    assert seen(tmp_path, ROOT, ROOT + DATA, ROOT + DATA, ROOT) == [
        {"EventType": 2, "DriveName": "/data"},
        {"EventType": 3, "DriveName": "/data"},
    ]


def test_what_is_there_already_causes_nothing(tmp_path: Path) -> None:
    assert seen(tmp_path, ROOT + DATA, ROOT + DATA) == []


def test_other_options_are_a_change_and_another_device_is_another_disk(tmp_path: Path) -> None:
    read_only = DATA.replace(" /data rw", " /data ro")
    other = DATA.replace("254:16", "254:32").replace("vdb", "vdc")
    assert seen(tmp_path, ROOT + DATA, ROOT + read_only, ROOT + other) == [
        {"EventType": 1, "DriveName": "/data"},
        {"EventType": 3, "DriveName": "/data"},
        {"EventType": 2, "DriveName": "/data"},
    ]


def test_mounts_that_are_no_disks_cause_nothing(tmp_path: Path) -> None:
    assert seen(tmp_path, ROOT, ROOT + "29 27 0:9 / /run rw - tmpfs tmpfs rw\n") == []


def test_without_a_table_nothing_is_told_and_the_log_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        (source,) = providers(Settings(), tmp_path)
        assert isinstance(source, EventDefinition)
        async with running(source) as told:
            assert await told.next() is None

    run_virtual(main)
    assert "nothing tells of mounts" in caplog.text


def test_the_kernel_wakes_the_source_when_something_is_mounted(tmp_path: Path) -> None:
    place = tmp_path / "mounted"
    place.mkdir()

    def mount(*command: str) -> None:
        run = subprocess.run([*command, str(place)], capture_output=True, text=True, check=False)
        if run.returncode:
            pytest.skip(f"nothing may be mounted here: {run.stderr.strip()}")

    async def main() -> list[Any]:
        files = SystemFiles()
        ready = asyncio.Event()

        async def watch() -> Any:
            async for _ in watch_mounts(files):
                yield None
                # The table has been read: what follows is seen.
                ready.set()

        async def told_after(told: Told, *command: str) -> Any:
            await asyncio.to_thread(mount, *command)
            while (row := await told.next())["DriveName"] != str(place):
                pass
            return row

        source = make_volume_events(MountTable(files, memory=True), watch)
        async with running(source) as told:
            await ready.wait()
            return [
                await told_after(told, "mount", "-t", "tmpfs", "-o", "size=64k", "wmix-test"),
                await told_after(told, "umount"),
            ]

    try:
        rows = asyncio.run(asyncio.wait_for(main(), 60))
    finally:
        subprocess.run(["umount", "-q", str(place)], check=False, capture_output=True)
    assert [row["EventType"] for row in rows] == [2, 3]
