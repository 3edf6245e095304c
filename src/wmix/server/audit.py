"""The audit of a server: a line for every login and every call, on the logger ``wmix.audit``.

Refusals are warnings, everything else is information; a server that is asked to shows both.  Texts of queries are
shortened, parameters of methods and passwords never appear.  Whoever tries to log in chooses the name that stands
here: it cannot begin a line of its own, nor steer a terminal, nor fill a disk.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from wmix.status import WBEM_E_CALL_CANCELLED, is_error

if TYPE_CHECKING:
    from wmix.engine.audit import AuditRecord
    from wmix.errors import WmiError

__all__ = ["audit_call", "audit_login"]

_log: Final = logging.getLogger("wmix.audit")

_LONGEST_NAME: Final = 200
_LONGEST_REASON: Final = 500
"""Characters that are shown of what a client chose."""


def audit_call(record: AuditRecord) -> None:
    """A call has ended, or was refused."""
    failed = is_error(record.status) and record.status != WBEM_E_CALL_CANCELLED
    level = logging.WARNING if failed else logging.INFO
    if _log.isEnabledFor(level):
        _log.log(level, "%s", record)


def audit_login(user: str, address: str, error: WmiError | None) -> None:
    """A login has succeeded, or has failed with *error*."""
    if error is None:
        _log.info("%s@%s login: accepted", _shown(user, _LONGEST_NAME), address)
    else:
        name, reason = _shown(user, _LONGEST_NAME) or "?", _shown(str(error), _LONGEST_REASON)
        _log.warning("%s@%s login: refused: %s", name, address, reason)


def _shown(text: str, longest: int) -> str:
    """*text* on one line, without control characters, shortened."""
    short = text if len(text) <= longest else text[:longest] + "..."
    return "".join([char if char.isprintable() else ascii(char)[1:-1] for char in short])
