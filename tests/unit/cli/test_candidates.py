"""``wmix _complete``: what can stand at the cursor."""

from __future__ import annotations

import pytest

from unit.cli.demo import wmi
from wmix.cli.main import COMMANDS


def completed(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert wmi("_complete", *words) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out.splitlines()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["de"], ["delete", "describe"]),
        (["--v"], ["--version"]),
        (["query", "--format", "js"], ["json", "jsonl"]),
        (["query", "--mode", ""], ["sync", "semisync", "async"]),
        (["query", "--lim"], ["--limit"]),
        (["get", "--host", "srv1", "--imp"], ["--impersonation"]),
        (["get", "--host", "srv1", "--impersonation", "d"], ["delegate"]),
        (["query", "--auth"], ["--auth", "--authority"]),
        (["put", "--con"], ["--context"]),
        (["query", "--limit", ""], []),
        (["query", ""], []),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["completion", "bash", ""], []),
        (["namespaces", "-n", "root/c"], ["root/cimv2"]),
        (["describe", "win32_logicald"], ["Win32_LogicalDisk"]),
        (["describe", "--format", "json", "Win32_Logicald"], ["Win32_LogicalDisk"]),
        (["describe", "-n", "root/default", "Win32_"], []),
        (["describe", "-n", "root/nowhere", "Win32_"], []),
        (["get", "Demo_T"], ["Demo_Thing"]),
        (["call", "Demo_Thing.Id=1", "G"], ["Grow"]),
        (["call", "Demo_Thing", "grow", "B"], ["By="]),
        (["call", "Demo_Thing", "grow", "By=1", "F"], ["Force="]),
        (["call", "Demo_Thing", "nothing", ""], []),
        (["call", "Demo_Thing.", ""], []),
        (["nonsense", ""], []),
    ],
)
def test_words_are_completed(capsys: pytest.CaptureFixture[str], words: list[str], found: list[str]) -> None:
    assert completed(capsys, *words) == found


def test_the_first_word_is_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert completed(capsys) == list(COMMANDS)
    assert completed(capsys, "") == list(COMMANDS)


def test_a_dash_lists_the_options_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    found = completed(capsys, "call", "Demo_Thing", "-")
    assert {"--format", "--deadline", "-n", "--help"} <= set(found)
    assert "--limit" not in found
