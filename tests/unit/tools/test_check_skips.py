from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tools import check_skips
from tools.check_skips import Allowance, Skip, read_allowances, read_report

if TYPE_CHECKING:
    from pathlib import Path

REPORT = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" tests="3" skipped="2">
<testcase classname="tests.unit.test_a" name="test_runs" time="0.1"/>
<testcase classname="tests.unit.test_a" name="test_skips[1]" time="0.0">
  <skipped type="pytest.skip" message="mkfs.xfs is not installed:
  package xfsprogs">/x/test_a.py:3: skipped</skipped></testcase>
<testcase classname="tests.unit.test_a" name="test_fails" time="0.0">
  <skipped type="pytest.xfail" message="later"/></testcase>
</testsuite></testsuites>
"""


def _run(tmp_path: Path, report: str, allowed: str) -> int:
    (tmp_path / "report.xml").write_text(report)
    (tmp_path / "skips.txt").write_text(allowed)
    return check_skips.main([str(tmp_path / "report.xml"), str(tmp_path / "skips.txt")])


def test_skips_and_expected_failures_are_found_in_a_report() -> None:
    tests, skips = read_report(REPORT)
    assert tests == 3
    assert skips == [
        Skip("tests/unit/test_a.py::test_skips[1]", "mkfs.xfs is not installed: package xfsprogs"),
        Skip("tests/unit/test_a.py::test_fails", "later"),
    ]


def test_an_unlisted_skip_fails_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(tmp_path, REPORT, "*::test_fails :: later :: known\n") == 1
    assert "NOT ALLOWED: tests/unit/test_a.py::test_skips[1]: mkfs.xfs" in capsys.readouterr().out


def test_listed_skips_pass_with_their_reasons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(tmp_path, REPORT, "# a list\n\ntests/unit/* :: * :: no such disk there\n") == 0
    printed = capsys.readouterr().out
    assert "no such disk there" in printed
    assert "3 tests, 2 skipped, 0 of them without leave" in printed


def test_a_run_without_tests_fails(tmp_path: Path) -> None:
    assert _run(tmp_path, "<testsuites/>", "") == 1


def test_a_missing_report_fails(tmp_path: Path) -> None:
    assert check_skips.main([str(tmp_path / "none.xml"), str(tmp_path / "none.txt")]) == 1


def test_wrong_usage_has_its_own_code() -> None:
    assert check_skips.main([]) == 2


def test_an_allowance_may_depend_on_the_environment() -> None:
    (line,) = read_allowances("tests/oracle/* :: * :: not in the repository (unless WMIX_REFERENCE)")
    skip = Skip("tests/oracle/test_path.py::test_x", "no recordings")
    assert line == Allowance("tests/oracle/*", "*", "not in the repository (unless WMIX_REFERENCE)", "WMIX_REFERENCE")
    assert line.covers(skip, {})
    assert not line.covers(skip, {"WMIX_REFERENCE": "/somewhere"})


@pytest.mark.parametrize("line", ["only a test", "a :: b", "a :: :: c", "a :: b :: c :: d :: e"])
def test_an_incomplete_allowance_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        read_allowances(f"# first\n{line}\n")
