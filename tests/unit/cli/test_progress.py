"""The line of progress: late, rare, and gone when the work is done."""

from __future__ import annotations

import io

import pytest

from unit.cli.test_terminal import Screen
from wmix.cli.progress import Progress
from wmix.cli.terminal import Terminal


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def drawn(err: io.StringIO) -> list[str]:
    return [text for text in err.getvalue().split("\r\x1b[K") if text]


def test_it_appears_after_half_a_second_and_changes_five_times_a_second() -> None:
    err, clock = Screen(), Clock()
    progress = Progress(Terminal(Screen(), err), shown=True, clock=clock)
    for step in range(11):
        clock.now = 100.0 + step / 10
        progress.update(step * 100)
    assert drawn(err) == [
        "500 rows, 1,000 rows/s, 0.5 s",
        "700 rows, 1,000 rows/s, 0.7 s",
        "900 rows, 1,000 rows/s, 0.9 s",
    ]
    progress.end()
    assert err.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize(("screen", "shown"), [(io.StringIO(), True), (Screen(), False)])
def test_it_is_for_people_only(screen: io.StringIO, shown: bool) -> None:
    clock = Clock()
    progress = Progress(Terminal(io.StringIO(), screen), shown=shown, clock=clock)
    clock.now += 10
    progress.update(5)
    progress.end()
    assert screen.getvalue() == ""


def test_the_text_counts_rows_a_second() -> None:
    assert Progress.line(1, 0.0) == "1 row, 0 rows/s, 0.0 s"
    assert Progress.line(1234, 2.0) == "1,234 rows, 617 rows/s, 2.0 s"
