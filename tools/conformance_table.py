"""Write the table of the conformance cases, ``docs/reference/conformance.md``, from the tests themselves.

A test of ``tests/conformance`` begins its docstring with the cases that it shows: ``Case 12.``, ``Cases 50 to 52 and
54.``; ``decision 0005`` there names the record of a decision where the sources leave room.  Cases without a test wait
for something, which is said here; the recordings that are not replayed, and why, are ``LATER`` of
``tests/oracle/cases.py``.

Usage: ``conformance_table.py [--check]``.  Exit: 0 written, or as it should be; 1 with ``--check``: out of date; 2 a
case has neither a test nor a reason.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "conformance.md"
CASES = ROOT / "tests" / "conformance"
RECORDINGS = ROOT / "tests" / "oracle" / "cases.py"
DECISIONS = ROOT / "docs" / "decisions"

LAST_CASE = 103
SCRIPTING = "the scripting facade"
#: Cases without a test: what they are about, and what they wait for.
WAITING = {
    99: ("a set of objects returns at once and is iterated twice", SCRIPTING),
    100: ("a forward-only set has no count", SCRIPTING),
    101: ("errors of a set come at its first use", SCRIPTING),
    103: ("a sink cancels all of its calls", SCRIPTING),
}

_MARK = re.compile(r"Cases? (\d+(?:(?:, | to | and )\d+)*)")
_DECISION = re.compile(r"decision (\d{4})")


class Proof(NamedTuple):
    """A test that shows a case."""

    file: str
    test: str
    decision: str | None


def cases_of(docstring: str) -> list[int]:
    """The numbers in ``Cases 50 to 52, 54 and 55``; none when it does not begin so."""
    found = _MARK.match(docstring)
    if found is None:
        return []
    numbers: list[int] = []
    for part in re.split(r", | and ", found[1]):
        first, _, last = part.strip().partition(" to ")
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def proofs() -> dict[int, list[Proof]]:
    """The tests of every case, in order of files and lines."""
    found: dict[int, list[Proof]] = {}
    for path in sorted(CASES.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                docstring = ast.get_docstring(node) or ""
                decision = _DECISION.search(docstring)
                for number in cases_of(docstring):
                    proof = Proof(path.name, node.name, None if decision is None else decision[1])
                    found.setdefault(number, []).append(proof)
    return found


def later() -> dict[str, str]:
    """``LATER`` of the replays: recordings that wait, and for what."""
    for node in ast.parse(RECORDINGS.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "LATER" for t in node.targets):
            read: dict[str, str] = ast.literal_eval(node.value)
            return read
    raise SystemExit(f"{RECORDINGS} has no LATER")


def _words(test: str) -> str:
    return test.removeprefix("test_").replace("_", " ")


def _decision_link(number: str) -> str:
    name = next(path.name for path in DECISIONS.glob(f"{number}-*.md"))
    return f"[decision {number}](../decisions/{name})"


def page() -> str:
    """The text of the page.

    Raises:
        SystemExit: a case has neither a test nor a reason, or both.
    """
    shown = proofs()
    unexplained = [n for n in range(1, LAST_CASE + 1) if (n in shown) == (n in WAITING)]
    if unexplained:
        print(f"cases with neither a test nor a reason, or with both: {unexplained}", file=sys.stderr)
        raise SystemExit(2)
    rows = []
    for number in range(1, LAST_CASE + 1):
        if number in WAITING:
            what, wanted = WAITING[number]
            rows.append(f"| {number} | {what} | waits for {wanted} |")
            continue
        what = "; ".join(dict.fromkeys(_words(proof.test) for proof in shown[number]))
        decided = [proof.decision for proof in shown[number] if proof.decision is not None]
        rows.append(f"| {number} | {what} | {_decision_link(decided[0]) if decided else 'passes'} |")
    passing = len(shown)
    replays = "\n".join(f"| {case} | {reason} |" for case, reason in later().items())
    return f"""# Conformance

<!-- Written by tools/conformance_table.py from the tests; a test holds the two together. -->

Of {LAST_CASE} conformance cases of WMI's behaviour, {passing} have tests in `tests/conformance`, which run with all
others; the rest waits for what the table says. A case where the sources leave room links to the decision.

| Case | What it shows | State |
| ---: | --- | --- |
{chr(10).join(rows)}

## Recorded outcomes

`tests/oracle` replays outcomes that were recorded from other implementations, as far as they were validated on
Windows or agree with the documentation. All of them pass but these:

| Recording | Waits for |
| --- | --- |
{replays}
"""


def main(arguments: list[str]) -> int:
    """Write the page, or with ``--check`` compare it."""
    text = page()
    if arguments == ["--check"]:
        return 0 if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
