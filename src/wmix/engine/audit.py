"""Audit: one record for each call and its end, from the one place that sees every call.

By default records go to the logger ``wmix.audit``: failures and refusals as warnings, writes and methods at INFO,
reads and what was cancelled at DEBUG.  Texts of queries and paths are shortened; parameters of methods are never
recorded, as they may be secrets.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from wmix.port.requests import ExecMethod
from wmix.record import Record
from wmix.status import WBEM_E_CALL_CANCELLED, WBEM_S_NO_ERROR, describe, is_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.engine.calls.call import Call
    from wmix.port.caller import Caller
    from wmix.port.requests import Request

    Audit = Callable[["AuditRecord"], None]

__all__ = ["Audit", "AuditRecord", "log_record", "record_of", "refusal"]

_log = logging.getLogger("wmix.audit")
_LONGEST = 500


class AuditRecord(Record):
    """Who did what where, and how it ended; ``duration`` in seconds."""

    user: str
    address: str | None
    namespace: str
    operation: str
    text: str
    status: int
    rows: int
    duration: float
    writes: bool

    def __str__(self) -> str:
        return (
            f"{self.user}@{self.address or 'local'} {self.namespace} {self.operation} {self.text!r}: "
            f"{describe(self.status)}, {self.rows} objects, {self.duration:.3f} s"
        )


def record_of(call: Call, namespace: str, rows: int, *, writes: bool) -> AuditRecord:
    """The record of a call that has ended."""
    return AuditRecord(
        user=call.scope.caller.name,
        address=call.scope.caller.address,
        namespace=namespace,
        operation=call.request.operation,
        text=_text(call.request),
        status=WBEM_S_NO_ERROR if call.error is None else call.error.status,
        rows=rows,
        duration=call.duration or 0.0,
        writes=writes,
    )


def refusal(caller: Caller, namespace: str, request: Request, status: int) -> AuditRecord:
    """The record of a call that was not accepted."""
    return AuditRecord(caller.name, caller.address, namespace, request.operation, _text(request), status, 0, 0.0, False)


def _text(request: Request) -> str:
    text = f"{request.path}.{request.method}" if isinstance(request, ExecMethod) else request.text
    return text[:_LONGEST]


def log_record(record: AuditRecord) -> None:
    """Write *record* to the logger ``wmix.audit``."""
    failed = is_error(record.status) and record.status != WBEM_E_CALL_CANCELLED
    level = logging.WARNING if failed else logging.INFO if record.writes else logging.DEBUG
    if _log.isEnabledFor(level):
        _log.log(level, "%s", record)
