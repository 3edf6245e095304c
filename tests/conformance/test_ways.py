"""The list of what differs over the wire names cases that exist."""

from __future__ import annotations

from pathlib import Path

from conformance.ways import DIFFERENCES


def test_what_differs_over_the_wire_is_a_case() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in DIFFERENCES if f"def {name}(" not in text] == []
    assert all(reason for reason in DIFFERENCES.values())
