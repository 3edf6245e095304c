"""``wmix explain``: the plan, or the mistake in the query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unit.cli.demo import wmi

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_plan_is_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    query = "SELECT Name FROM Win32_Process WHERE ProcessId = 1"
    assert wmi("explain", query) == 0
    text = capsys.readouterr().out
    assert "Win32_Process" in text
    assert text.endswith("\n")
    assert wmi("explain", query, "--out", str(tmp_path / "plan")) == 0
    assert (tmp_path / "plan").read_text() == text


def test_a_wrong_query_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("explain", "SELECT FROM X") == 2
    assert "^" in capsys.readouterr().err
