"""Reading the vector files under ``tests/vectors/wql``; their first lines say how they are written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

DIRECTORY = Path(__file__).parents[2] / "vectors" / "wql"


class Refusal(Record):
    """A text, where it is wrong, and what is said."""

    subject: str
    start: int
    end: int
    detail: str
    hint: str | None
    status: str


def lines(name: str) -> Iterator[str]:
    """The lines of a file that say something."""
    for line in (DIRECTORY / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


def pairs(name: str) -> list[Any]:
    """``left => right`` lines as parameters; right is stripped."""
    found = []
    for line in lines(name):
        left, arrow, right = line.rpartition(" =>")
        assert arrow, line
        found.append(pytest.param(left, right.strip(), id=left))
    return found


def accepted() -> list[Any]:
    """(query, its canonical text) of ``accepted.txt``."""
    queries: list[list[str]] = []
    for line in lines("accepted.txt"):
        if line.startswith("=> "):
            queries[-1][1] = line[3:]
        else:
            queries.append([line, line])
    return [pytest.param(*query, id=query[0]) for query in queries]


def refusals(name: str) -> list[Any]:
    """The refusals of ``rejected.txt`` or ``refused.txt``."""
    found: list[dict[str, Any]] = []
    for line in lines(name):
        if line.startswith("> "):
            found.append({"subject": line[2:], "hint": None, "status": "WBEM_E_INVALID_QUERY"})
        elif line.startswith("  "):
            found[-1]["start"] = len(line) - len(line.lstrip(" ")) - 2
            found[-1]["end"] = len(line) - 2
        elif line.startswith("! "):
            found[-1]["detail"] = line[2:]
        elif line.startswith("? "):
            found[-1]["hint"] = line[2:]
        else:
            assert line.startswith("= "), line
            found[-1]["status"] = line[2:]
    return [pytest.param(Refusal(**fields), id=fields["subject"]) for fields in found]
