"""Every kind of end has the exit code that the design gives it."""

from __future__ import annotations

import pytest

from wmix import errors
from wmix.cli import exit_codes
from wmix.cli.exit_codes import exit_code


def test_the_codes_are_those_of_the_design() -> None:
    names = ("DONE", "FAILED", "USAGE", "PARTIAL", "NO_ACCESS", "INTERRUPTED")
    assert [getattr(exit_codes, name) for name in names] == [0, 1, 2, 3, 4, 130]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.NotFound("x"), 1),
        (errors.InvalidClass("x"), 1),
        (errors.InvalidNamespace("x"), 1),
        (errors.InvalidMethod("x"), 1),
        (errors.DeadlineExceeded("x"), 1),
        (errors.ProviderError("x"), 1),
        (RuntimeError("x"), 1),
        (errors.InvalidQuery("x"), 2),
        (errors.InvalidPath("x", text="a b", position=1), 2),
        (errors.InvalidPath("no such key"), 1),
        (errors.ConnectError("x"), 4),
        (errors.AuthError("x"), 4),
        (errors.AccessDenied("x"), 4),
        (KeyboardInterrupt(), 130),
    ],
)
def test_an_error_before_the_first_row_has_its_own_code(error: BaseException, code: int) -> None:
    assert exit_code(error) == code


@pytest.mark.parametrize(
    "error", [errors.DeadlineExceeded("x"), errors.ConnectError("x"), errors.InvalidQuery("x"), errors.WmiError("x")]
)
def test_any_failure_after_a_row_is_a_partial_result(error: errors.WmiError) -> None:
    assert exit_code(error, rows=1) == 3


def test_an_interrupt_is_one_with_rows_too() -> None:
    assert exit_code(KeyboardInterrupt(), rows=5) == 130
