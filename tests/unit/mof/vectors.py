"""Reading the vector files under ``tests/vectors/mof``; their first lines say how they are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wmix.record import Record

__all__ = ["DIRECTORY", "Mistake", "cases"]

DIRECTORY = Path(__file__).parents[2] / "vectors" / "mof"


class Mistake(Record):
    """What is expected to be said: code, place, and the message when the vector gives one."""

    symbol: str
    line: int
    column: int
    detail: str


def cases(name: str, prefix: str = "") -> list[Any]:
    """(text, expected mistakes) of a file, as parameters; *prefix* completes the codes."""
    found: list[tuple[list[str], list[Mistake]]] = []
    for line in (DIRECTORY / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("//// "):
            if not found or found[-1][0]:
                found.append(([], []))
            code, place, *detail = line[5:].split(" ", 2)
            row, column = place.split(":")
            found[-1][1].append(Mistake(prefix + code, int(row), int(column), "".join(detail)))
        elif found and not line.startswith("// "):
            found[-1][0].append(line)
    return [
        pytest.param("\n".join(lines).rstrip("\n") + "\n", mistakes, id=f"{mistakes[0].symbol}-{lines[0]}")
        for lines, mistakes in found
    ]
