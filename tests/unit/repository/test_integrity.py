"""Damage: what is found wrong with a file, and how it is kept aside."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wmix.repository.integrity import check_pages, header_finding, read_notice, set_aside

NOW = datetime(2026, 1, 31, 23, 59, 58, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"", False),
        (b"SQLite format 3\0" + bytes(84), False),
        (b"SQLite format 3\0", True),
        (b"SQ", True),
        (b"x" * 200, True),
    ],
)
def test_the_beginning_tells_what_is_no_database(content: bytes, wrong: bool, path: str) -> None:
    Path(path).write_bytes(content)
    assert (header_finding(path) is not None) == wrong


def test_a_sound_file_has_no_finding() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (x)")
    assert check_pages(connection) is None
    connection.close()


def test_a_file_and_what_belongs_to_it_move_under_a_name_that_says_when(path: str) -> None:
    Path(path).write_bytes(b"damaged")
    Path(path + "-wal").write_bytes(b"log")
    target = set_aside(path, "finding", now=NOW)
    assert target == f"{path}.damaged-20260131T235958Z"
    assert Path(target).read_bytes() == b"damaged"
    assert Path(target + "-wal").read_bytes() == b"log"
    notice = read_notice(path)
    assert notice is not None
    assert "finding" in notice
    assert target in notice
    assert sorted(os.listdir(os.path.dirname(path))) == sorted(
        os.path.basename(name) for name in (path, target, target + "-wal")
    )


def test_two_files_damaged_within_a_second_are_both_kept(path: str) -> None:
    kept = []
    for content in (b"first", b"second"):
        Path(path).write_bytes(content)
        kept.append(set_aside(path, "finding", now=NOW))
        os.unlink(path)
    assert [Path(name).read_bytes() for name in kept] == [b"first", b"second"]


def test_a_file_that_is_something_else_is_no_notice(path: str) -> None:
    Path(path).write_bytes(b"SQLite format 3\0")
    assert read_notice(path) is None
