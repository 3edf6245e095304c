"""``wmix classes``: patterns, list, tree and formats."""

from __future__ import annotations

import json
import time

import pytest

from unit.cli.demo import wmi
from wmix.cim.classes import derive
from wmix.cli.classes import matcher, tree


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        (None, "Win32_Process", True),
        ("Win32_Process", "win32_process", True),
        ("Win32_Process", "Win32_ProcessStartup", False),
        ("Win32_*", "Win32_Process", True),
        ("%Disk%", "Win32_LogicalDisk", True),
        ("%Disk", "Win32_DiskDrive", False),
        ("CIM_?isk*", "CIM_DiskDrive", True),
        ("__*", "__EventFilter", True),
        ("A.B", "AxB", False),
        ("*", "X", True),
        ("", "X", False),
    ],
)
def test_patterns_match_whole_names_in_any_case(pattern: str | None, name: str, matches: bool) -> None:
    assert matcher(pattern)(name) is matches


def test_many_wildcards_cost_no_time() -> None:
    started = time.process_time()
    assert not matcher("*" * 2000 + "x")("a" * 4000)
    assert not matcher("%a" * 12 + "x")("a" * 60)
    assert time.process_time() - started < 5


def test_a_pattern_lists_classes_with_their_parents_and_kinds(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("classes", "*LogicalDisk") == 0
    assert capsys.readouterr() == (
        (
            "__CLASS            __SUPERCLASS       Qualifiers\n"
            "CIM_LogicalDisk    CIM_StorageExtent  {abstract}\n"
            "Win32_LogicalDisk  CIM_LogicalDisk    {dynamic}\n"
        ),
        "",
    )


def test_other_formats_and_a_limit(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("classes", "CIM_*", "-f", "jsonl", "--limit", "2") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(rows) == 2
    assert all(row["__CLASS"].startswith("CIM_") for row in rows)
    assert wmi("classes", "Win32_Process", "-f", "mof") == 0
    assert "class Win32_Process : CIM_Process\n{\n" in capsys.readouterr().out
    assert wmi("classes", "Win32_Process", "--system", "-f", "text") == 0
    assert "__DYNASTY: CIM_ManagedSystemElement\n" in capsys.readouterr().out


def test_nothing_is_a_result_that_is_mentioned(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("classes", "Nothing_*") == 0
    assert capsys.readouterr() == ("", "wmix: no class matches\n")


def test_a_tree_shows_ancestors_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("classes", "--tree", "*LogicalDisk") == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "         └─ CIM_LogicalDisk",
        "            └─ Win32_LogicalDisk",
    ]


def test_a_tree_draws_branches_and_ends() -> None:
    a = derive(None, "A")
    b, c, d = derive(a, "B"), derive(a, "C"), derive(None, "D")
    e = derive(b, "E")
    classes = [a, b, c, d, e]
    assert tree(classes, {"a", "b", "c", "d", "e"}) == "A\n├─ B\n│  └─ E\n└─ C\nD\n"
    assert tree(classes, {"e"}) == "A\n└─ B\n   └─ E\n"
    assert tree(classes, set()) == ""


def test_another_namespace_has_other_classes(capsys: pytest.CaptureFixture[str]) -> None:
    assert wmi("classes", "-n", "root/default", "Win32_Process", "-f", "jsonl") == 0
    assert capsys.readouterr().out == ""
