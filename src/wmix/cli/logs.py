"""Logs: the records of all floors on standard error, when ``-v`` asks for them.

Once shows what is done (INFO), twice how it is done (DEBUG).  Records go through the terminal, which keeps them out of
the line of progress.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wmix.cli.terminal import Terminal

__all__ = ["TerminalHandler", "log_to"]


class TerminalHandler(logging.Handler):
    """Writes records as notes."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        self._terminal = terminal

    def emit(self, record: logging.LogRecord) -> None:
        self._terminal.note(self.format(record))


def log_to(terminal: Terminal, verbosity: int) -> None:
    """Send the records of the package to *terminal*, in place of those that an earlier run sent elsewhere."""
    logger = logging.getLogger("wmix")
    for handler in [old for old in logger.handlers if isinstance(old, TerminalHandler)]:
        logger.removeHandler(handler)
    handler = TerminalHandler(terminal)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG if verbosity > 1 else logging.INFO)
