"""Damaged files: found when a repository is opened, kept aside, and said so.

What is looked at: that the file begins like a database of SQLite, that it is one of ours (``application_id``), and
SQLite's own ``quick_check`` of every page.  A file of more than :data:`CHECKED_AT_ONCE` octets is opened first and
checked on the side.

A damaged file is moved to ``NAME.damaged-20260131T235959Z`` (UTC), with what belongs to it.  In its place stays a
small text file that says what happened: as long as it is there, opening the repository fails with the same words.
Nobody's data are silently replaced by an empty repository: a new one is begun when somebody deletes that text, or when
``Repository`` settings ask for it (``renew_damaged``).

Plain files and ``sqlite3``; no SQLAlchemy.
"""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime
from typing import Final

from wmix.errors import WmiError
from wmix.status import WBEM_E_CRITICAL_ERROR, WBEM_E_INVALID_PARAMETER

__all__ = [
    "APPLICATION_ID",
    "CHECKED_AT_ONCE",
    "check_pages",
    "damaged",
    "foreign",
    "header_finding",
    "read_notice",
    "set_aside",
]

APPLICATION_ID: Final = 0x776D6978
"""``wmix`` in the header of the file, by which ``file`` and others tell what it is."""

CHECKED_AT_ONCE: Final = 64 << 20
"""Octets. Checking takes about a second per 500 MiB; a query should not wait for that."""

_MAGIC: Final = b"SQLite format 3\0"
_NOTICE: Final = b"wmix: the repository that was here is damaged"
_COMPANIONS: Final = ("-wal", "-shm", "-journal")


def header_finding(path: str) -> str | None:
    """What is wrong with the beginning of the file, None for nothing; an empty file is a repository not yet begun.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        head = file.read(100)
    if not head or (head.startswith(_MAGIC) and len(head) == 100):
        return None
    return "it does not begin like a database of SQLite" if len(head) >= len(_MAGIC) else "it was cut off"


def read_notice(path: str) -> str | None:
    """The text that stands in the place of a damaged file; None when the file is something else."""
    with open(path, "rb") as file:
        head = file.read(2000)
    return head.decode("utf-8", "replace") if head.startswith(_NOTICE) else None


def check_pages(connection: sqlite3.Connection) -> str | None:
    """What SQLite finds wrong with the pages of the file, None for nothing."""
    try:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return str(error)
        raise
    return None if found is None or found[0] == "ok" else str(found[0]).replace("\n", " ")


def foreign(path: str) -> WmiError:
    """The error for a database of somebody else's."""
    return WmiError(
        f"{path} is a database of another program, not a repository",
        status=WBEM_E_INVALID_PARAMETER,
        hint="name another file; this one was left as it is",
    )


def set_aside(path: str, finding: str, *, now: datetime | None = None) -> str:
    """Move the damaged file at *path* and what belongs to it; where it is now.

    Raises:
        OSError: it cannot be moved; then it is still where it was.
    """
    stamp = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    number = 0
    target = f"{path}.damaged-{stamp}"
    while os.path.exists(target):
        number += 1
        target = f"{path}.damaged-{stamp}-{number}"
    os.rename(path, target)
    for companion in _COMPANIONS:
        if os.path.exists(path + companion):
            os.rename(path + companion, target + companion)
    text = (
        f"{_NOTICE.decode()}.\nFound: {finding}\nKept as: {target}\n"
        "Put a backup in the place of this text, or delete it: then an empty repository is begun.\n"
    )
    with open(path, "x", encoding="utf-8") as file:
        file.write(text)
    return target


def damaged(path: str, finding: str, target: str | None) -> WmiError:
    """The error for a damaged repository; *target* is where it was moved, None when it stands where it stood."""
    where = f"it was moved to {target}" if target else "it was left where it is"
    return WmiError(
        f"the repository {path} is damaged ({finding}); {where}",
        status=WBEM_E_CRITICAL_ERROR,
        hint=f"put a backup at {path}, or delete the text that stands there now to begin an empty repository",
    )
