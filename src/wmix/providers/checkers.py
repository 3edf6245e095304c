"""Checkers of file systems: which program checks which type, and what its exit status means.

Sources: e2fsck(8), xfs_repair(8), btrfs-check(8), fsck.fat(8), fsck.exfat(8), ntfsfix(8), and runs of each on sound and
damaged images.  ``fsck.xfs`` and ``fsck.btrfs`` are not here: they succeed without looking, so that a start of the
machine goes on.  For the same reason no exit status alone is believed: a checker that calls a file system sound must
also have printed what a check prints (linux-mapping, section 6.3).
"""

from __future__ import annotations

import os
import stat
from enum import Enum
from typing import TYPE_CHECKING, Final

from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["CHECKERS", "TOOL_DIRECTORIES", "Checker", "Verdict", "find_tool"]

#: Where programs for the administration of a system are; never the caller's own search path.
TOOL_DIRECTORIES: Final = ("/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin")


class Verdict(Enum):
    """How a check or a repair ended."""

    #: It ran to its end and found nothing.
    SOUND = "sound"
    #: It found errors and put them right.
    REPAIRED = "repaired"
    #: It ran, and errors are left.
    ERRORS = "errors"
    #: It did not do its work.
    FAILED = "failed"


class Checker(Record):
    """A program that checks one type of file system."""

    program: str
    #: The Debian package that holds it, for messages.
    package: str
    #: Arguments before the device for a check that writes nothing.
    check: tuple[str, ...]
    judge_check: Callable[[int], Verdict]
    #: Arguments for a repair that asks nothing; None where the program has none that is safe.
    repair: tuple[str, ...] | None
    judge_repair: Callable[[int], Verdict]
    #: One of these is in the output of every run that did its work.
    evidence: tuple[str, ...]
    #: Arguments to add when the file system is in a regular file.
    for_image: tuple[str, ...] = ()

    def command(self, path: str, device: str, *, repair: bool, is_image: bool) -> list[str]:
        """The command line, with the program at *path*."""
        arguments = self.repair if repair and self.repair is not None else self.check
        return [path, *arguments, *(self.for_image if is_image else ()), device]

    def judge(self, status: int, output: str, *, repair: bool) -> Verdict:
        """The verdict on a run with exit *status* (negative: killed by that signal) and *output*."""
        if status < 0:
            return Verdict.FAILED
        verdict = self.judge_repair(status) if repair else self.judge_check(status)
        if verdict in (Verdict.SOUND, Verdict.REPAIRED) and not any(word in output for word in self.evidence):
            return Verdict.FAILED
        return verdict


def find_tool(program: str, directories: Sequence[str] = TOOL_DIRECTORIES) -> str | None:
    """The path of *program* in the first of *directories* that has it, or None.

    For root, a program that somebody else could have put there does not count.
    """
    for directory in directories:
        path = os.path.join(directory, program)
        try:
            status = os.stat(path)
        except OSError:
            continue
        if not stat.S_ISREG(status.st_mode) or not os.access(path, os.X_OK):
            continue
        is_foreign = status.st_uid != 0 or bool(status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
        if is_foreign and os.geteuid() == 0:
            continue
        return path
    return None


_FSCK_CORRECTED = 1
_FSCK_LEFT = 4
_FSCK_OPERATIONAL_ERROR = 8
_FSCK_DID_NOT_RUN = 16 | 32 | 128  # usage, cancelled, library


def _fsck_bits(status: int) -> Verdict:
    """The bit set of fsck(8).

    e2fsck sets "operational error" beside "errors left" when damage keeps it from going on, as with a wiped root inode
    (12): it did run.  Operational error alone means that it did not get at the device.
    """
    if status & _FSCK_DID_NOT_RUN:
        return Verdict.FAILED
    if status & _FSCK_LEFT:
        return Verdict.ERRORS
    if status & _FSCK_OPERATIONAL_ERROR:
        return Verdict.FAILED
    return Verdict.REPAIRED if status & _FSCK_CORRECTED else Verdict.SOUND


def _one_is(found: Verdict) -> Callable[[int], Verdict]:
    """0 is sound, 1 is *found*, everything else a failure."""
    return lambda status: {0: Verdict.SOUND, 1: found}.get(status, Verdict.FAILED)


def _only_zero(status: int) -> Verdict:
    return Verdict.REPAIRED if status == 0 else Verdict.FAILED


_E2FSCK: Final = Checker(
    program="e2fsck",
    package="e2fsprogs",
    check=("-f", "-n"),
    judge_check=_fsck_bits,
    repair=("-f", "-p"),
    judge_repair=_fsck_bits,
    evidence=("Pass 1", " blocks"),
)

#: Checkers by the type of the file system.
CHECKERS: Final[Mapping[str, Checker]] = {
    "ext2": _E2FSCK,
    "ext3": _E2FSCK,
    "ext4": _E2FSCK,
    "xfs": Checker(
        program="xfs_repair",
        package="xfsprogs",
        check=("-n",),
        judge_check=_one_is(Verdict.ERRORS),
        repair=(),
        # 1 is an error of the program here, 2 a log that only a mount can replay.
        judge_repair=_only_zero,
        evidence=("Phase 7",),
        for_image=("-f",),
    ),
    "btrfs": Checker(
        program="btrfs",
        package="btrfs-progs",
        check=("check", "--readonly"),
        judge_check=_one_is(Verdict.ERRORS),
        # btrfs-check(8): "do not use --repair unless you are advised to do so by a developer".
        repair=None,
        judge_repair=_only_zero,
        evidence=("Checking filesystem on",),
    ),
    "vfat": Checker(
        program="fsck.vfat",
        package="dosfstools",
        check=("-n",),
        judge_check=_one_is(Verdict.ERRORS),
        repair=("-a",),
        judge_repair=_one_is(Verdict.REPAIRED),
        evidence=(" clusters",),
    ),
    "exfat": Checker(
        program="fsck.exfat",
        package="exfatprogs",
        check=("-n",),
        judge_check=_fsck_bits,
        repair=("-p",),
        judge_repair=_fsck_bits,
        evidence=("clean.", "files corrupted", "No errors found"),
    ),
    "ntfs": Checker(
        program="ntfsfix",
        package="ntfs-3g",
        check=("-n",),
        judge_check=_one_is(Verdict.ERRORS),
        repair=("-d",),
        judge_repair=_only_zero,
        evidence=("processed successfully",),
    ),
}
