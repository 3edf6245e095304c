"""Exit codes: what a script can tell from the end of a command. Design, section 4.

Depends on ``errors`` only.
"""

from __future__ import annotations

from typing import Final

from wmix.errors import AccessDenied, AuthError, ConnectError, InvalidPath, InvalidQuery

__all__ = ["DONE", "FAILED", "INTERRUPTED", "NO_ACCESS", "PARTIAL", "USAGE", "exit_code"]

DONE: Final = 0
"""The operation is complete; also when ``--limit`` was reached or the reader of a pipe has gone."""

FAILED: Final = 1
"""The operation failed, or its deadline passed before the first row."""

USAGE: Final = 2
"""The command line or the query is not well-formed."""

PARTIAL: Final = 3
"""Rows were written, and then the operation failed or its deadline passed."""

NO_ACCESS: Final = 4
"""No connection, no login, or access refused."""

INTERRUPTED: Final = 130
"""Stopped by Ctrl-C: 128 and the number of SIGINT, as shells have it."""


def exit_code(error: BaseException, rows: int = 0) -> int:
    """The code of a command that ended by *error* after *rows* rows were written."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if rows:
        return PARTIAL
    if isinstance(error, InvalidQuery):
        return USAGE
    if isinstance(error, InvalidPath) and error.position is not None:
        # The text is no path at all; a well-formed path that fits no object fails like any other operation.
        return USAGE
    if isinstance(error, ConnectError | AuthError | AccessDenied):
        return NO_ACCESS
    return FAILED
