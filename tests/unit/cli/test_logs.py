"""``-v`` and ``-vv``: records on standard error, each once."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

import pytest

from wmix.cli.logs import TerminalHandler, log_to
from wmix.cli.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _logger() -> Iterator[None]:
    logger = logging.getLogger("wmix")
    handlers, level = list(logger.handlers), logger.level
    yield
    logger.handlers[:] = handlers
    logger.setLevel(level)


@pytest.mark.parametrize(("verbosity", "shown"), [(1, ["INFO"]), (2, ["DEBUG", "INFO"]), (3, ["DEBUG", "INFO"])])
def test_more_is_shown_when_asked_twice(verbosity: int, shown: list[str]) -> None:
    err = io.StringIO()
    log_to(Terminal(io.StringIO(), err), verbosity)
    logger = logging.getLogger("wmix.engine")
    logger.debug("a detail")
    logger.info("a step")
    assert [line.split()[3] for line in err.getvalue().splitlines()] == shown


def test_a_later_run_takes_the_place_of_an_earlier_one() -> None:
    first, second = io.StringIO(), io.StringIO()
    log_to(Terminal(io.StringIO(), first), 1)
    log_to(Terminal(io.StringIO(), second), 1)
    logging.getLogger("wmix").info("hello")
    assert first.getvalue() == ""
    assert second.getvalue().count("hello") == 1
    handlers = [h for h in logging.getLogger("wmix").handlers if isinstance(h, TerminalHandler)]
    assert len(handlers) == 1
