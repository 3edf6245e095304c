"""``wmix completion``: scripts that shells accept; the one for bash really completes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from wmix.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_script_for_every_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "wmix _complete" in script
    if (program := shutil.which(shell)) is not None:
        subprocess.run([program, "-n"], input=script, text=True, check=True, capture_output=True)


def test_another_shell_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "tcsh"]) == 2
    assert "bash" in capsys.readouterr().err


def test_bash_completes_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash on this machine")
    main(["completion", "bash"])
    program = tmp_path / "wmix"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m wmix "$@"\n')
    program.chmod(0o755)
    script = capsys.readouterr().out + (
        "compopt() { :; }\n"
        'ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _wmix; printf \'%s \' "${COMPREPLY[@]}"; echo; }\n'
        "ask wmix des\nask wmix describe Win32_LogicalD\nask wmix query --format json\nask wmix query ''\n"
    )
    run = subprocess.run(
        [bash, "--norc", "-c", script],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.splitlines() == ["describe ", "Win32_LogicalDisk ", "json jsonl ", " "]
    assert run.stderr == ""
