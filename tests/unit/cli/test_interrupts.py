"""Interrupts of a process of ours: none is lost, and the first lines of the package are quick."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest

BEGIN = """
import os, signal, sys
from wmix.cli.interrupts import bound_interrupts
bound_interrupts()

def press():
    os.kill(os.getpid(), signal.SIGINT)
"""


def run(script: str, *flags: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, *flags, "-c", BEGIN + textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        # A background job of a shell ignores SIGINT, and its children would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    return done.returncode, done.stdout, done.stderr


def test_an_interrupt_that_python_cannot_pass_on_comes_again() -> None:
    script = """
        class Gone:
            def __del__(self):
                press()

        try:
            gone = Gone()
            del gone
            signal.pause()
        except KeyboardInterrupt:
            print("heard", flush=True)
    """
    assert run(script) == (0, "heard\n", "")


def test_other_errors_that_python_cannot_pass_on_are_shown_as_ever() -> None:
    script = """
        class Gone:
            def __del__(self):
                raise ValueError("not this one")

        gone = Gone()
        del gone
    """
    code, out, err = run(script)
    assert (code, out) == (0, "")
    assert "ValueError: not this one" in err


@pytest.mark.parametrize("flags", [("-W", "error"), ("-X", "dev")])
def test_what_an_interrupt_leaves_open_is_not_complained_of(flags: tuple[str, ...]) -> None:
    script = """
        def read():
            file = open(os.devnull)
            press()

        try:
            read()
        except KeyboardInterrupt:
            pass
    """
    assert run(script, *flags) == (0, "", "")


@pytest.mark.parametrize("ignored", [True, False])
def test_an_interrupt_is_handled_unless_whoever_started_the_process_ignores_it(ignored: bool) -> None:
    script = "print(signal.getsignal(signal.SIGINT) is not signal.SIG_IGN)"
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + script],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN if ignored else signal.SIG_DFL),
    )
    assert done.stdout == f"{not ignored}\n"


def test_before_an_interrupt_can_be_caught_next_to_nothing_is_imported() -> None:
    """The package itself is imported before ``wmix.__main__`` runs: what is slow there would show a traceback."""
    script = "import sys; before = set(sys.modules); import wmix; print(*sorted(set(sys.modules) - before))"
    # -S: nothing that this installation imports at start hides what the package does.
    done = subprocess.run(
        [sys.executable, "-S", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.split() == ["wmix"]
