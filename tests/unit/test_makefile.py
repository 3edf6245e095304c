"""The Makefile's set-up on machines where it cannot work: what the user reads, and that it is taken up again."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]

#: Stands in for Python: "-m venv PLACE" makes a place whose python writes down how it is called, and then fails or not.
PYTHON = """\
#!/bin/sh
mkdir -p "$3/bin"
printf '#!/bin/sh\\necho "$@" >>"{log}"\\nexit {code}\\n' >"$3/bin/python"
chmod +x "$3/bin/python"
cp "$3/bin/python" "$3/bin/pip"
echo "venv $3" >>"{log}"
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def stand_in(log: Path, code: int) -> Path:
    python = log.with_name(f"python-{code}")
    python.write_text(PYTHON.format(log=log, code=code))
    python.chmod(0o755)
    return python


def make(log: Path, python: Path | str) -> subprocess.CompletedProcess[str]:
    """``make demo`` with a virtual environment of the test's own."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed (package make)")
    words = ["make", "--no-print-directory", f"VENV={log.with_name('venv')}", f"PYTHON={python}", "demo"]
    return subprocess.run(
        words, cwd=HOUSE, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False, timeout=60
    )


def test_without_a_python_the_package_to_install_is_named(log: Path) -> None:
    done = make(log, "")
    assert done.returncode != 0
    assert "Python 3.11 or newer" in done.stderr
    assert "apt install python3-venv" in done.stderr
    assert not log.exists()


def test_packages_that_cannot_be_had_end_with_what_to_do(log: Path) -> None:
    done = make(log, stand_in(log, 1))
    assert done.returncode != 0
    assert "could not be installed" in done.stderr
    assert "HTTPS_PROXY" in done.stderr
    assert "examples/demo.py" not in log.read_text()


def test_an_environment_is_made_once_and_its_packages_are_tried_again(log: Path) -> None:
    make(log, stand_in(log, 1))
    (log.with_name("venv") / "bin" / "python").write_text(f'#!/bin/sh\necho "$@" >>"{log}"\n')
    assert make(log, stand_in(log, 1)).returncode == 0
    assert make(log, stand_in(log, 1)).returncode == 0
    calls = [line.split()[:3] for line in log.read_text().splitlines()]
    install, demo = ["-m", "pip", "install"], ["examples/demo.py"]
    assert calls == [["venv", str(log.with_name("venv"))], install, install, demo, demo]


def test_an_environment_whose_making_was_interrupted_is_made_again(log: Path) -> None:
    """Python is there early, pip comes last."""
    make(log, stand_in(log, 0))
    (log.with_name("venv") / ".set-up").unlink()
    (log.with_name("venv") / "bin" / "pip").unlink()
    log.unlink()
    assert make(log, stand_in(log, 0)).returncode == 0
    assert log.read_text().startswith("venv ")
