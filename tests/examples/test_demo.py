from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shown() -> str:
    """What the demo prints."""
    run = subprocess.run(
        [sys.executable, "-W", "error", ROOT / "examples" / "demo.py"],
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    return run.stdout


def test_the_demo_shows_the_processes_of_this_machine_in_portions(shown: str) -> None:
    assert re.search(r"python\S* +\d+ +\d+\.\d MiB", shown), "its own process is among them"
    assert re.search(r"-- \d+ more; \d+ objects after \d+ ms", shown)


def test_the_demo_shows_at_least_three_polls_before_the_result(shown: str) -> None:
    polls = [int(number) for number in re.findall(r"poll (\d+): not yet", shown)]
    assert len(polls) >= 3
    assert re.search(r"there it is: \d+ files, \d+ MiB, SHA-256 [0-9a-f]{16}", shown.split("poll 3:")[1])


def test_nothing_in_the_demo_sleeps() -> None:
    assert "sleep(" not in (ROOT / "examples" / "demo.py").read_text()
