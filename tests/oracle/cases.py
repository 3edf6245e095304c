"""Recorded outcomes of calls to the WMI COM interfaces, as test parameters.

The recordings are not part of this repository: the environment variable ``WMIX_REFERENCE`` names the directory in whose
``oracle/cases.jsonl`` they are.  Without it the tests that replay them are skipped, and say so; every fact that they
hold has a test of its own elsewhere.  Only outcomes that were validated on Windows, or that agree with the
documentation, are used ("require" and "check"); the recorder's quirks ("informative") are not.  ``LATER`` names those
that wait for something.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from wmix.record import Record

__all__ = ["LATER", "Case", "cases", "reference"]

VARIABLE = "WMIX_REFERENCE"

#: Recordings that are not replayed yet, and what they wait for.
LATER = {
    "exec-07": "StdRegProv",
    "exec-15": "StdRegProv",
    "object-method-08": "StdRegProv",
}


class Case(Record):
    """One call and its outcome; what ``expected`` does not mention is not asserted."""

    id: str
    group: str
    kind: str
    input: dict[str, Any]
    expected: dict[str, Any]
    use: str
    note: str


def reference() -> Path | None:
    """The directory of the recordings; None when it is not named or not there."""
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    path = Path(named) / "oracle"
    return path if (path / "cases.jsonl").is_file() else None


def cases(group: str = "", *, kind: str = "") -> list[Any]:
    """Parameters for ``pytest.mark.parametrize``: the cases whose group begins with *group*, of *kind* if given.

    A single skipped parameter when there are no recordings, so that the report shows what did not run.
    """
    path = reference()
    if path is None:
        reason = f"{VARIABLE} does not name a directory with the recorded outcomes"
        return [pytest.param(None, marks=[pytest.mark.oracle, pytest.mark.skip(reason=reason)], id="no-recordings")]
    found = []
    for line in (path / "cases.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if case["use"] not in ("require", "check") or case["id"] in LATER:
            continue
        if case["group"].startswith(group) and kind in ("", case["kind"]):
            found.append(
                pytest.param(
                    Case(
                        id=case["id"],
                        group=case["group"],
                        kind=case["kind"],
                        input=case["input"],
                        expected=case["expected"],
                        use=case["use"],
                        note=case.get("note", ""),
                    ),
                    marks=pytest.mark.oracle,
                    id=case["id"],
                )
            )
    assert found, f"no recorded case of group {group!r} and kind {kind!r}"
    return found
