"""Fail a run of the tests in which something was skipped without leave.

A skipped test proves nothing, and a green run full of skips is worse than a red one.  This reads the JUnit report of a
run and a list of allowed skips (``.ci/skips.txt``, which explains its own format); expected failures count as skips.

Usage: ``check_skips.py REPORT ALLOWED``.  Exit: 0 all skips are allowed, 1 one is not or no test ran, 2 usage.
"""

from __future__ import annotations

import os
import re
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNLESS = re.compile(r"\(unless (\w+)\)$")


@dataclass(frozen=True)
class Skip:
    """A test that was skipped, and what it said."""

    test: str
    message: str


@dataclass(frozen=True)
class Allowance:
    """One line of the list: which tests may skip with which message, and why."""

    test: str
    message: str
    reason: str
    unless: str | None = None

    def covers(self, skip: Skip, environment: Mapping[str, str]) -> bool:
        """Whether *skip* is allowed by this line in *environment*."""
        if self.unless is not None and environment.get(self.unless):
            return False
        return fnmatchcase(skip.test, self.test) and fnmatchcase(skip.message, self.message)


def read_allowances(text: str) -> list[Allowance]:
    """The lines of a list of allowed skips.

    Raises:
        ValueError: a line does not have its three parts.
    """
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        parts = [part.strip() for part in line.split("::")]
        # A test is named file::name, so that its pattern may hold the separator once.
        if len(parts) == 4:
            parts = [f"{parts[0]}::{parts[1]}", *parts[2:]]
        if len(parts) != 3 or not all(parts):
            raise ValueError(f"line {number}: expected 'test :: message :: reason', found {line.strip()!r}")
        unless = _UNLESS.search(parts[2])
        test, message, reason = parts
        found.append(Allowance(test, message, reason, unless and unless.group(1)))
    return found


def read_report(text: str) -> tuple[int, list[Skip]]:
    """The number of tests in a JUnit report, and the skipped ones.

    The report names a test by its module; a file is what people look for, so that the dots become slashes.
    """
    # The report is our own test runner's output: no entities from strangers to guard against.
    root = ElementTree.fromstring(text)
    cases = list(root.iter("testcase"))
    skips = []
    for case in cases:
        for skipped in case.iter("skipped"):
            file = case.get("file") or case.get("classname", "").replace(".", "/") + ".py"
            message = " ".join((skipped.get("message") or skipped.text or "").split())
            skips.append(Skip(f"{file}::{case.get('name', '')}", message))
    return len(cases), skips


def main(arguments: list[str]) -> int:
    """See the module docstring."""
    if len(arguments) != 2:
        print("usage: check_skips.py REPORT ALLOWED", file=sys.stderr)
        return 2
    report, allowed = (Path(argument) for argument in arguments)
    if not report.is_file():
        print(f"{report}: no report; did the tests run?", file=sys.stderr)
        return 1
    tests, skips = read_report(report.read_text())
    allowances = read_allowances(allowed.read_text())
    if not tests:
        print("no test ran", file=sys.stderr)
        return 1
    forbidden = 0
    for skip in skips:
        reasons = [line.reason for line in allowances if line.covers(skip, os.environ)]
        forbidden += not reasons
        print(f"{'allowed' if reasons else 'NOT ALLOWED'}: {skip.test}: {skip.message}")
        if reasons:
            print(f"    {reasons[0]}")
    print(f"{tests} tests, {len(skips)} skipped, {forbidden} of them without leave")
    return 1 if forbidden else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
