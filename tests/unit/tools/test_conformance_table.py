"""The table of the conformance cases: it is as the tests say, and every case has a test or a reason."""

from __future__ import annotations

import pytest
from tools import conformance_table as table


def test_the_page_is_what_the_tests_say() -> None:
    assert table.main(["--check"]) == 0, "run tools/conformance_table.py"


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        ("Case 12.", [12]),
        ("Cases 50 to 52, 54 and 55.", [50, 51, 52, 54, 55]),
        ("Case 49; where Windows versions differ, the newest.", [49]),
        ("Something about case 3.", []),
        ("", []),
    ],
)
def test_marks_are_read_from_docstrings(docstring: str, expected: list[int]) -> None:
    assert table.cases_of(docstring) == expected


def test_a_case_without_test_and_reason_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(table, "LAST_CASE", table.LAST_CASE + 1)
    with pytest.raises(SystemExit) as caught:
        table.page()
    assert caught.value.code == 2
    assert str(table.LAST_CASE) in capsys.readouterr().err
