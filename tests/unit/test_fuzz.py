"""Fuzzing, for a moment: the targets run, and two seconds of mutation find nothing in any of them.

The long run is ``make fuzz``.  The seed is fixed: a finding here comes from a change, not from luck.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

RUN = Path(__file__).parents[2] / "fuzz" / "run.py"

TARGETS = ("wql", "like", "mof", "path", "datetime", "descriptor", "ntlm", "spnego", "pdu")

SECONDS = 2


def run(*words: str, place: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(RUN), *words], cwd=place, capture_output=True, text=True, check=False, timeout=100
    )


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed (extra fuzz)")
@pytest.mark.parametrize("name", TARGETS)
def test_a_moment_of_fuzzing_finds_nothing(name: str, tmp_path: Path) -> None:
    done = run(name, "--seconds", str(SECONDS), "--seed", "1", place=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    found = [path.name for path in (tmp_path / "build" / "fuzz" / name).iterdir()]
    assert sorted(found) == ["corpus", "words"]


@pytest.mark.parametrize("name", TARGETS)
def test_an_input_can_be_tried_again(name: str, tmp_path: Path) -> None:
    kept = tmp_path / "input"
    kept.write_bytes(b"SELECT \xff\x00 FROM {")
    done = run(name, "--input", str(kept), place=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
