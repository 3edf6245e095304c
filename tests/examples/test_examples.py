"""Every example runs and shows what its page says."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(name: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What the example *name* prints."""
    path = EXAMPLES / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"example_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main()
    return capsys.readouterr().out


def test_a_get_object_is_polled_to_its_result(capsys: pytest.CaptureFixture[str]) -> None:
    said = run("semisynchronous/get_object", capsys)
    assert "the call ended with 0x00000000" in said
    assert "Size of / is" in said


def test_b_a_query_is_read_in_portions_and_stopped_half_way(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("semisynchronous/exec_query", capsys).splitlines() == [
        "after 200 ms: 3 of 10, [0, 1, 2]",
        "then: 10 of 10, [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]",
        "released half-way: the provider has stopped",
    ]


def test_c_two_next_async_deliver_their_slices(capsys: pytest.CaptureFixture[str]) -> None:
    said = run("semisynchronous/next_async", capsys)
    assert "first: ended with 0x00000000 after 3 objects" in said
    assert "second: ended with 0x0000000" in said


@pytest.mark.skipif(
    shutil.which("mke2fs", path="/usr/sbin:/sbin:/usr/bin") is None, reason="needs the Debian package e2fsprogs"
)
def test_d_chkdsk_runs_by_a_call_result(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Chkdsk returned 0" in run("semisynchronous/exec_method", capsys)


def test_e_a_synchronous_get_warns_and_has_no_call_result(capsys: pytest.CaptureFixture[str]) -> None:
    said = run("semisynchronous/synchronous", capsys)
    assert "0x00000000; the object is here already: True; 1 warning" in said
