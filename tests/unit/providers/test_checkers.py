"""The table of checkers: what an exit status means, and which programs are believed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from wmix.providers.checkers import CHECKERS, Verdict, find_tool

if TYPE_CHECKING:
    from pathlib import Path

PASSES = "Pass 1: Checking inodes, blocks, and sizes"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (0, Verdict.SOUND),
        (1, Verdict.REPAIRED),
        (2, Verdict.SOUND),
        (3, Verdict.REPAIRED),
        (4, Verdict.ERRORS),
        # A wiped root inode: operational error beside errors left. The check did run.
        (12, Verdict.ERRORS),
        # Random octets, or a device that may not be opened.
        (8, Verdict.FAILED),
        (16, Verdict.FAILED),
        (32, Verdict.FAILED),
        (36, Verdict.FAILED),
        # What a shell and the dynamic loader say when the program cannot be run.
        (127, Verdict.FAILED),
        (128, Verdict.FAILED),
        (-9, Verdict.FAILED),
    ],
)
def test_the_exit_status_of_e2fsck_is_a_bit_set(status: int, verdict: Verdict) -> None:
    assert CHECKERS["ext4"].judge(status, PASSES, repair=False) is verdict
    assert CHECKERS["ext4"].judge(status, PASSES, repair=True) is verdict


@pytest.mark.parametrize(
    ("kind", "repair", "status", "output", "verdict"),
    [
        ("xfs", False, 0, "Phase 7 - verify link counts...", Verdict.SOUND),
        ("xfs", False, 1, "Phase 7 - verify link counts...", Verdict.ERRORS),
        ("xfs", True, 0, "Phase 7 - verify and correct link counts...\ndone", Verdict.REPAIRED),
        ("xfs", True, 1, "fatal error", Verdict.FAILED),
        ("xfs", True, 2, "ERROR: The filesystem has valuable metadata changes in a log", Verdict.FAILED),
        ("btrfs", False, 0, "Checking filesystem on disk.img", Verdict.SOUND),
        ("btrfs", False, 1, "Checking filesystem on disk.img", Verdict.ERRORS),
        ("vfat", False, 0, "disk.img: 1 files, 0/20431 clusters", Verdict.SOUND),
        ("vfat", False, 1, "Leaving filesystem unchanged.\ndisk.img: 1 files, 0/20431 clusters", Verdict.ERRORS),
        ("vfat", False, 2, "usage", Verdict.FAILED),
        ("vfat", True, 1, "Writing changes.\ndisk.img: 2 files, 1/20431 clusters", Verdict.REPAIRED),
        ("exfat", False, 0, "disk.img: clean. directories 1, files 0", Verdict.SOUND),
        ("exfat", False, 4, "disk.img: files corrupted 1", Verdict.ERRORS),
        ("ntfs", False, 0, "NTFS partition disk.img was processed successfully.", Verdict.SOUND),
        ("ntfs", False, 1, "Volume is corrupt. You should run chkdsk.", Verdict.ERRORS),
        ("ntfs", True, 1, "Volume is corrupt. You should run chkdsk.", Verdict.FAILED),
    ],
)
def test_each_checker_is_judged_by_its_own_rules(
    kind: str, repair: bool, status: int, output: str, verdict: Verdict
) -> None:
    assert CHECKERS[kind].judge(status, output, repair=repair) is verdict


@pytest.mark.parametrize("kind", CHECKERS)
@pytest.mark.parametrize(
    "output", ["", "If you wish to check the consistency of an XFS filesystem or\nrepair a damaged filesystem, see"]
)
def test_a_program_that_only_pretends_to_check_is_not_believed(kind: str, output: str) -> None:
    assert CHECKERS[kind].judge(0, output, repair=False) is Verdict.FAILED


def test_programs_that_succeed_without_looking_are_not_in_the_table() -> None:
    assert {"fsck.xfs", "fsck.btrfs", "fsck"}.isdisjoint(checker.program for checker in CHECKERS.values())


def test_a_check_writes_nothing_and_a_repair_asks_nothing() -> None:
    checks = {kind: checker.command("/x", "/dev/d", repair=False, is_image=False) for kind, checker in CHECKERS.items()}
    assert checks["ext4"] == ["/x", "-f", "-n", "/dev/d"]
    assert checks["xfs"] == ["/x", "-n", "/dev/d"]
    assert checks["btrfs"] == ["/x", "check", "--readonly", "/dev/d"]
    assert checks["vfat"] == checks["exfat"] == checks["ntfs"] == ["/x", "-n", "/dev/d"]
    assert CHECKERS["xfs"].command("/x", "/i", repair=False, is_image=True) == ["/x", "-n", "-f", "/i"]
    assert CHECKERS["ext4"].command("/x", "/i", repair=True, is_image=True) == ["/x", "-f", "-p", "/i"]
    assert CHECKERS["btrfs"].repair is None


def test_a_tool_is_looked_for_in_the_given_directories_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for directory in (first, second):
        directory.mkdir()
        (directory / "e2fsck").write_text("#!/bin/sh\n")
    (first / "e2fsck").chmod(0o644)
    (second / "e2fsck").chmod(0o755)
    (second / "btrfs").mkdir()
    monkeypatch.setenv("PATH", str(first))
    assert find_tool("e2fsck", (str(tmp_path / "none"), str(first), str(second))) == str(second / "e2fsck")
    assert find_tool("btrfs", (str(second),)) is None
    assert find_tool("e2fsck", ()) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="the rule is for root")
def test_root_runs_no_program_that_others_can_write(tmp_path: Path) -> None:
    program = tmp_path / "e2fsck"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o757)
    assert find_tool("e2fsck", (str(tmp_path),)) is None
    program.chmod(0o755)
    assert find_tool("e2fsck", (str(tmp_path),)) == str(program)
    os.chown(program, 1, 1)
    assert find_tool("e2fsck", (str(tmp_path),)) is None
