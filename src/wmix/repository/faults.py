"""What goes wrong in a database, as the status that a WMI caller can act on.

=====================================  =================================  =============================================
SQLite                                 PostgreSQL                         status
=====================================  =================================  =============================================
SQLITE_BUSY, LOCKED, CONSTRAINT        55P03, 57014, 40*, 23*             WBEM_E_TRANSACTION_CONFLICT
SQLITE_READONLY, PERM, AUTH            25006, 42501, 28*                  WBEM_E_ACCESS_DENIED
SQLITE_FULL, IOERR without room        53100                              WBEM_E_OUT_OF_DISK_SPACE
SQLITE_CORRUPT, NOTADB                 XX001, XX002                       WBEM_E_CRITICAL_ERROR
SQLITE_CANTOPEN                        08*, 57P*, 3D000, lost connection  WBEM_E_CONNECTION_FAILED
SQLITE_NOMEM                           53200                              WBEM_E_OUT_OF_MEMORY
SQLITE_TOOBIG                          54000                              WBEM_E_QUOTA_VIOLATION
=====================================  =================================  =============================================

Every error says whether something was written: nothing was, except that a connection lost during a commit leaves it
open.  Depends on ``errors`` and ``status``; SQLAlchemy's errors are known by their ``orig``.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from typing import Final

from wmix.errors import WmiError, error_for
from wmix.repository.encoding import DecodeError
from wmix.status import (
    WBEM_E_ACCESS_DENIED,
    WBEM_E_CONNECTION_FAILED,
    WBEM_E_CRITICAL_ERROR,
    WBEM_E_FAILED,
    WBEM_E_OUT_OF_DISK_SPACE,
    WBEM_E_OUT_OF_MEMORY,
    WBEM_E_QUOTA_VIOLATION,
    WBEM_E_TRANSACTION_CONFLICT,
)

__all__ = ["explain", "is_disconnect"]

#: Octets of free space below which a failed write means a full disk: SQLite grows its files by pages of 4 KiB.
_NO_SPACE: Final = 1 << 16

_SQLITE: Final = {
    sqlite3.SQLITE_BUSY: WBEM_E_TRANSACTION_CONFLICT,
    sqlite3.SQLITE_LOCKED: WBEM_E_TRANSACTION_CONFLICT,
    sqlite3.SQLITE_CONSTRAINT: WBEM_E_TRANSACTION_CONFLICT,
    sqlite3.SQLITE_READONLY: WBEM_E_ACCESS_DENIED,
    sqlite3.SQLITE_PERM: WBEM_E_ACCESS_DENIED,
    sqlite3.SQLITE_AUTH: WBEM_E_ACCESS_DENIED,
    sqlite3.SQLITE_FULL: WBEM_E_OUT_OF_DISK_SPACE,
    sqlite3.SQLITE_CORRUPT: WBEM_E_CRITICAL_ERROR,
    sqlite3.SQLITE_NOTADB: WBEM_E_CRITICAL_ERROR,
    sqlite3.SQLITE_CANTOPEN: WBEM_E_CONNECTION_FAILED,
    sqlite3.SQLITE_NOMEM: WBEM_E_OUT_OF_MEMORY,
    sqlite3.SQLITE_TOOBIG: WBEM_E_QUOTA_VIOLATION,
}

_POSTGRESQL: Final = (
    ("55P03", WBEM_E_TRANSACTION_CONFLICT),
    ("57014", WBEM_E_TRANSACTION_CONFLICT),
    ("40", WBEM_E_TRANSACTION_CONFLICT),
    ("23", WBEM_E_TRANSACTION_CONFLICT),
    ("25006", WBEM_E_ACCESS_DENIED),
    ("42501", WBEM_E_ACCESS_DENIED),
    ("28", WBEM_E_ACCESS_DENIED),
    ("53100", WBEM_E_OUT_OF_DISK_SPACE),
    ("53200", WBEM_E_OUT_OF_MEMORY),
    ("54", WBEM_E_QUOTA_VIOLATION),
    ("XX00", WBEM_E_CRITICAL_ERROR),
    ("08", WBEM_E_CONNECTION_FAILED),
    ("57P", WBEM_E_CONNECTION_FAILED),
    ("53300", WBEM_E_CONNECTION_FAILED),
    ("3D000", WBEM_E_CONNECTION_FAILED),
)

_SAYINGS: Final = {
    WBEM_E_TRANSACTION_CONFLICT: (
        "another writer got in the way; nothing was written",
        "try again; if another program holds a long transaction, wait for its end",
    ),
    WBEM_E_ACCESS_DENIED: (
        "the repository cannot be written or opened with this account's rights; nothing was written",
        "grant this account write access to the repository (a file and its folder, or the database)",
    ),
    WBEM_E_OUT_OF_DISK_SPACE: (
        "there is no room left for the repository; nothing was written",
        "make room on the disk of the repository and try again",
    ),
    WBEM_E_CRITICAL_ERROR: (
        "the repository is damaged",
        "close every program that uses it and open it again: the damage is examined then, and the file kept aside",
    ),
    WBEM_E_CONNECTION_FAILED: (
        "the database of the repository does not answer",
        "check the address of the repository and that its database runs, then try again",
    ),
    WBEM_E_OUT_OF_MEMORY: ("the database ran out of memory; nothing was written", "ask for less at a time"),
    WBEM_E_QUOTA_VIOLATION: (
        "the object is larger than the database can store; nothing was written",
        "store less in one object",
    ),
    WBEM_E_FAILED: (
        "the database failed; nothing was written",
        "look at the cause; try again when it is removed",
    ),
}


def is_disconnect(error: BaseException) -> bool:
    """Whether the connection is gone, so that another one may do better."""
    if getattr(error, "connection_invalidated", False):
        return True
    origin = getattr(error, "orig", None) or error
    state = getattr(origin, "sqlstate", None)
    if isinstance(state, str):
        return state.startswith(("08", "57P"))
    return type(origin).__module__.startswith("psycopg") and type(origin).__name__ == "OperationalError"


def explain(error: BaseException, place: str, folder: str | None = None, *, committing: bool = False) -> WmiError:
    """*error*, raised by a database at *place*, as an error of this package; one of ours comes back as it is.

    Args:
        folder: where the files of the database are, to tell a full disk from a broken one.
        committing: whether the commit was under way, so that a lost connection leaves open whether it was done.
    """
    if isinstance(error, WmiError):
        return error
    status = _status_of(error, folder)
    saying, hint = _SAYINGS[status]
    if status == WBEM_E_OUT_OF_DISK_SPACE and (largest := _file_limit(folder)):
        hint = f"a file may have no more than {largest} octets here: raise that limit (`ulimit -f`) and try again"
    if committing and status == WBEM_E_CONNECTION_FAILED:
        saying = "the database was lost while it committed; whether it was written is not known"
        hint = "connect again and look before you repeat the change"
    origin = getattr(error, "orig", None)
    if origin is not None:
        # SQLAlchemy would add the address of its own manual to what the user reads as the cause.
        error.code = None  # type: ignore[attr-defined]
    cause = str(origin or error).strip().partition("\n")[0]
    return error_for(status, f"repository {place}: {saying} ({cause})", hint=hint)


def _status_of(error: BaseException, folder: str | None) -> int:
    if isinstance(error, DecodeError):
        return WBEM_E_CRITICAL_ERROR
    if is_disconnect(error):
        return WBEM_E_CONNECTION_FAILED
    origin = getattr(error, "orig", None) or error
    code = getattr(origin, "sqlite_errorcode", None)
    if isinstance(code, int):
        if code & 0xFF == sqlite3.SQLITE_IOERR and (_is_full(folder) or _file_limit(folder)):
            return WBEM_E_OUT_OF_DISK_SPACE
        return _SQLITE.get(code & 0xFF, WBEM_E_FAILED)
    state = getattr(origin, "sqlstate", None)
    if isinstance(state, str):
        return next((status for prefix, status in _POSTGRESQL if state.startswith(prefix)), WBEM_E_FAILED)
    if isinstance(origin, PermissionError):
        return WBEM_E_ACCESS_DENIED
    if isinstance(origin, OSError):
        return WBEM_E_OUT_OF_DISK_SPACE if _is_full(folder) else WBEM_E_CONNECTION_FAILED
    return WBEM_E_FAILED


def _is_full(folder: str | None) -> bool:
    try:
        return folder is not None and shutil.disk_usage(folder).free < _NO_SPACE
    except OSError:
        return False


def _file_limit(folder: str | None) -> int | None:
    """The size in octets that a file of this process may have at most, if one in *folder* has come close to it."""
    if folder is None or sys.platform == "win32":
        return None
    import resource

    largest, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if largest == resource.RLIM_INFINITY:
        return None
    try:
        with os.scandir(folder) as entries:
            close = any(entry.stat().st_size > largest - _NO_SPACE for entry in entries)
    except OSError:
        return None
    return largest if close else None
