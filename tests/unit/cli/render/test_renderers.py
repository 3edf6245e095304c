"""Every format has its renderer, and only that one is loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

from wmix.cli.options import FORMATS
from wmix.cli.render import Page, make_renderer


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_can_be_made(name: str) -> None:
    renderer = make_renderer(name, Page())
    assert renderer.rows([]) == ""
    assert renderer.notes == []


def test_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="yaml"):
        make_renderer("yaml", Page())


def test_only_the_format_that_is_asked_for_is_loaded() -> None:
    program = (
        "import sys; from wmix.cli.render import Page, make_renderer; make_renderer('table', Page());"
        "print(*sorted(name for name in sys.modules if name in ('json', 'csv', 'rich', 'argparse')))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "\n"
