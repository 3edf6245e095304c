"""Login sessions: logind's files, utmp's records, or no account of them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from unit.providers.linux_tree import LinuxTree
from wmix.providers.sessions import Session, read_sessions

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tree(tmp_path: Path) -> LinuxTree:
    return LinuxTree(tmp_path)


def utmp(kind: int, line: str, user: str) -> bytes:
    return struct.pack("<hxxi32s4s32s", kind, 100, line.encode(), b"", user.encode()).ljust(384, b"\0")


def test_without_any_account_nothing_is_known(tree: LinuxTree) -> None:
    tree.write("/run/systemd/sessions/1", "CLASS=user\n")  # left over: systemd does not run
    assert read_sessions(tree.files) is None


def test_logind_tells_sessions_of_users(tree: LinuxTree) -> None:
    (tree.root / "run/systemd/system").mkdir(parents=True)
    assert read_sessions(tree.files) == []
    tree.write(
        "/run/systemd/sessions/1", "# This is private data.\nUID=1000\nUSER=ann\nACTIVE=1\nCLASS=user\nSEAT=seat0\n"
    )
    tree.write("/run/systemd/sessions/2", "UID=0\nUSER=root\nACTIVE=1\nREMOTE=1\nCLASS=user\nSTATE=online\n")
    tree.write("/run/systemd/sessions/3", "USER=gdm\nCLASS=greeter\nSEAT=seat0\n")
    tree.write("/run/systemd/sessions/4", "USER=bob\nCLASS=user\nSTATE=closing\n")
    tree.write("/run/systemd/sessions/2.ref", "")
    assert read_sessions(tree.files) == [Session("ann", True, True), Session("root", False, True)]


def test_utmp_tells_without_logind(tree: LinuxTree) -> None:
    records = [
        utmp(2, "~", "reboot"),
        utmp(7, "tty1", "ann"),
        utmp(7, "pts/0", "bob"),
        utmp(8, "tty2", ""),
        utmp(7, ":0", "eve"),
    ]
    tree.write("/run/utmp", b"".join(records) + b"cut off")
    assert read_sessions(tree.files) == [
        Session("ann", True, True),
        Session("bob", False, False),
        Session("eve", True, True),
    ]
