"""Getting the C client: only the octets that are expected are used, and its absence is no mistake."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from typing import TYPE_CHECKING

import pytest
from tools import get_wmic

if TYPE_CHECKING:
    from pathlib import Path

RIGHT = b"\x7fELF of a client"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine for which there is a build, without npm, and the folder for the program."""
    monkeypatch.setattr(get_wmic, "SHA256", hashlib.sha256(RIGHT).hexdigest())
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    (tmp_path / "path").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


def archive(octets: bytes, name: str = get_wmic.MEMBER) -> bytes:
    """The archive of a package with one file."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as members:
        member = tarfile.TarInfo(name)
        member.size = len(octets)
        members.addfile(member, io.BytesIO(octets))
    return made.getvalue()


def npm(folder: Path, package: bytes | None) -> None:
    """Let there be an npm whose registry has *package*, or fails."""
    path = folder.parent / "path"
    (path / "package.tgz").write_bytes(package or b"")
    getting = f'/bin/cat "{path}/package.tgz" > wmi-client-0.5.0.tgz' if package else "echo no registry >&2; exit 1"
    program = path / "npm"
    program.write_text(f'#!/bin/sh\n[ "$1 $2 $3" = "pack --silent {get_wmic.PACKAGE}" ] || exit 9\n{getting}\n')
    program.chmod(0o755)


def test_the_program_is_taken_from_the_package(here: Path) -> None:
    npm(here, archive(RIGHT))
    assert get_wmic.main([str(here)]) == 0
    assert [item.name for item in here.iterdir()] == ["wmic"]
    assert (here / "wmic").read_bytes() == RIGHT
    assert os.access(here / "wmic", os.X_OK)


def test_what_is_there_is_not_fetched_again(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "wmic").write_bytes(RIGHT)
    assert get_wmic.main([str(here)]) == 0
    assert "wmic is there" in capsys.readouterr().out


@pytest.mark.parametrize("package", [archive(b"something else"), archive(RIGHT, "package/README"), b"no archive"])
def test_anything_else_is_not_used(here: Path, package: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    npm(here, package)
    assert get_wmic.main([str(here)]) == 1
    assert get_wmic.PACKAGE in capsys.readouterr().err
    assert list(here.iterdir()) == []


def test_where_it_cannot_be_had_nothing_fails(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert get_wmic.main([str(here)]) == 0
    assert "no wmic: npm is not installed; its tests will skip" in capsys.readouterr().out
    npm(here, None)
    assert get_wmic.main([str(here)]) == 0
    assert "no registry" in capsys.readouterr().out
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert get_wmic.main([str(here)]) == 0
    assert "this is Linux aarch64" in capsys.readouterr().out
    assert list(here.iterdir()) == []


def test_a_folder_is_needed(here: Path) -> None:
    assert get_wmic.main([]) == get_wmic.main([str(here / "no")]) == 2
