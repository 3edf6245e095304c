"""Exit codes: what a script can tell from the end of a command. Design, section 4.

Depends on ``errors`` and ``status``.
"""

from __future__ import annotations

from typing import Final

from wmix import status as codes
from wmix.errors import AccessDenied, AuthError, ConnectError, InvalidPath, InvalidQuery, WmiError

__all__ = ["DONE", "FAILED", "INTERRUPTED", "NO_ACCESS", "PARTIAL", "USAGE", "exit_code", "is_language"]

DONE: Final = 0
"""The operation is complete; also when ``--limit`` was reached or the reader of a pipe has gone."""

FAILED: Final = 1
"""The operation failed, or its deadline passed before the first row."""

USAGE: Final = 2
"""The command line, the query or the MOF is not well-formed."""

PARTIAL: Final = 3
"""Rows were written, and then the operation failed or its deadline passed."""

NO_ACCESS: Final = 4
"""No connection, no login, or access refused."""

INTERRUPTED: Final = 130
"""Stopped by Ctrl-C: 128 and the number of SIGINT, as shells have it."""


def is_language(status: int) -> bool:
    """Whether *status* is one that the MOF compiler has for a file that is wrong in itself (wmi-semantics 10.2)."""
    return codes.WBEMMOF_E_EXPECTED_QUALIFIER_NAME <= status <= codes.WBEMMOF_E_INVALID_DELETECLASS_SYNTAX


def exit_code(error: BaseException, rows: int = 0) -> int:
    """The code of a command that ended by *error* after *rows* rows were written."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if rows:
        return PARTIAL
    if isinstance(error, InvalidQuery):
        return USAGE
    status = error.status if isinstance(error, WmiError) else 0
    if is_language(status):
        return USAGE
    if isinstance(error, InvalidPath) and error.position is not None:
        # The text is no path at all; a well-formed path that fits no object fails like any other operation.
        return USAGE
    if isinstance(error, ConnectError | AuthError | AccessDenied) or status == codes.WBEM_E_ACCESS_DENIED:
        # A declaration of a MOF file that met it keeps the status and not the type.
        return NO_ACCESS
    return FAILED
