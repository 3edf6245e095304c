"""Files below a root: what cannot be read is unknown, never an error."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from wmix.providers.system_files import SystemFiles, read_descriptor

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def files(tmp_path: Path) -> SystemFiles:
    (tmp_path / "etc").mkdir()
    return SystemFiles(tmp_path)


def test_the_root_stands_for_the_machine_only_when_it_is_the_machine(tmp_path: Path) -> None:
    assert SystemFiles().is_machine
    assert SystemFiles("/").path("/etc/passwd") == "/etc/passwd"
    assert not SystemFiles(tmp_path).is_machine
    assert SystemFiles(f"{tmp_path}/").path("/etc") == f"{tmp_path}/etc"


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, 65536 + 4096, 200_000])
def test_files_of_every_length_are_read_whole(tmp_path: Path, files: SystemFiles, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "etc/data").write_bytes(data)
    assert files.read("/etc/data") == data


def test_a_pipe_is_read_to_its_end() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"x" * 5000)
    os.close(writing)
    assert len(read_descriptor(reading)) == 5000
    os.close(reading)


def test_what_is_absent_or_no_file_is_unknown(files: SystemFiles) -> None:
    for name in ("/etc/none", "/etc"):
        assert [files.read(name), files.text(name), files.word(name), files.number(name)] == [None] * 4
        assert files.lines(name) == []
    assert files.names("/none") == []
    assert files.link("/etc") is None
    assert files.modified("/none") is None
    assert not files.exists("/none")
    assert not files.is_directory("/none")


@pytest.mark.parametrize(
    ("content", "text", "word", "number"),
    [
        (b" 42\n", "42", "42", 42),
        (b"-1\n", "-1", "-1", -1),
        (b"\n", "", None, None),
        (b"max\n", "max", "max", None),
        (b"\xff\n", "\ufffd", "\ufffd", None),
    ],
)
def test_contents_are_text_words_and_numbers(
    tmp_path: Path, files: SystemFiles, content: bytes, text: str, word: str | None, number: int | None
) -> None:
    (tmp_path / "etc/fact").write_bytes(content)
    assert files.text("/etc/fact") == text
    assert files.word("/etc/fact") == word
    assert files.number("/etc/fact") == number


def test_names_are_sorted_and_links_are_not_resolved(tmp_path: Path, files: SystemFiles) -> None:
    for name in ("b", "a", "c"):
        (tmp_path / "etc" / name).touch()
    (tmp_path / "etc/link").symlink_to("nowhere")
    assert files.names("/etc") == ["a", "b", "c", "link"]
    assert files.link("/etc/link") == "nowhere"
    assert not files.exists("/etc/link")
    assert files.is_directory("/etc")
    os.utime(tmp_path / "etc/a", (5, 7))
    assert files.modified("/etc/a") == 7
