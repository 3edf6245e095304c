"""The extract of class facts: what is needed, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tools import extract_facts

if TYPE_CHECKING:
    from pathlib import Path


def entry(name: str, **facts: Any) -> dict[str, Any]:
    return {"n": name, "ns": ["root\\cimv2"], "src": "page", **facts}


@pytest.fixture
def facts(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(extract_facts, "SERVED", {"root\\cimv2": ("Win32_A",), "root\\other": ("Consumer",)})
    return {
        "enums": [{"0": "zero"}, {"1": "one"}, {"2": "two"}],
        "classes": [
            entry(
                "Win32_A",
                p="CIM_Base",
                own={"P": {"t": "Win32_Inner", "v": 2, "man": 1}},
                m={"M": {"rt": "uint32", "in": [["i", "X", "Win32_Param[]", {"v": 0}]], "nosig": 1}},
            ),
            entry("Win32_Inner", p="CIM_Base"),
            entry("Win32_Param"),
            entry("CIM_Base"),
            {"n": "CIM_Base", "ns": ["root\\other"]},
            {"n": "Consumer", "ns": ["root\\other"], "p": "__System"},
            entry("Win32_Unwanted", own={"Q": {"t": "string", "v": 1}}),
            {"n": "__System", "ns": ["(all)"]},
        ],
    }


def extracted(facts: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    source, output = tmp_path / "all.json", tmp_path / "some.json"
    source.write_text(json.dumps(facts), encoding="utf-8")
    assert extract_facts.main([str(source), str(output)]) == 0
    found: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return found


def test_classes_come_with_ancestors_and_what_they_mention(facts: dict[str, Any], tmp_path: Path) -> None:
    found = extracted(facts, tmp_path)
    assert [c["n"] for c in found["classes"]] == [
        "__System", "CIM_Base", "Consumer", "Win32_A", "Win32_Inner", "Win32_Param"
    ]  # fmt: skip
    base = next(c for c in found["classes"] if c["n"] == "CIM_Base")
    assert base["ns"] == ["root\\cimv2"]


def test_only_facts_of_the_legend_and_value_tables_in_use_are_kept(facts: dict[str, Any], tmp_path: Path) -> None:
    found = extracted(facts, tmp_path)
    a = next(c for c in found["classes"] if c["n"] == "Win32_A")
    assert "src" not in a
    assert a["own"] == {"P": {"t": "Win32_Inner", "v": 2}}
    assert "nosig" not in a["m"]["M"]
    assert found["enums"] == {"0": {"0": "zero"}, "2": {"2": "two"}}


def test_wrong_arguments_are_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert extract_facts.main([]) == 2
    assert "Usage" in capsys.readouterr().out
