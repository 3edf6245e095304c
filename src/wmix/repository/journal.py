"""The journal: how a process that listens hears what others write into the same database.

Who listens keeps a lease in the database.  A writer sees with the look that begins every transaction whether another
process has one, and then, and only then, writes what it changes into the journal too, in the same transaction.  The
listener reads on from where it was, a few times a second.  A lease ends with its listener, or by itself; entries are
deleted when they are older than any listener needs, so that the journal is empty where nobody listens.

Depends on ``reading``, ``writing`` and ``session``; imported with the database.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, func, insert, select

from wmix.cim.classes import CimClass
from wmix.errors import WmiError
from wmix.port.events import Change
from wmix.repository.changes import ChangeLog
from wmix.repository.keys import full_values
from wmix.repository.own_qualifiers import restore_qualifiers, stored_qualifiers
from wmix.repository.session import WriteSession
from wmix.repository.tables import journal, listeners

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cim.instances import CimInstance
    from wmix.repository.database import Database
    from wmix.repository.reading import Reader
    from wmix.repository.session import ReadSession
    from wmix.repository.writing import Writer

__all__ = ["LEASE", "OthersWrites", "note", "read"]

_log = logging.getLogger("wmix.repository")

LEASE: Final = 15.0
"""Seconds for which writers believe that a listener is there."""
_RENEW: Final = LEASE / 3
#: Seconds for which an entry is kept: longer than a listener may be late.
_KEPT: Final = 60.0
#: Entries read at once.
_PAGE: Final = 500

_entries: Final = (
    select(journal)
    .where(journal.c.id > bindparam("after"), journal.c.writer != bindparam("me"))
    .order_by(journal.c.id)
    .limit(_PAGE)
)
_last: Final = select(func.max(journal.c.id))


def note(writer: Writer, changes: Sequence[Change], me: str) -> None:
    """Write *changes* into the journal, within the running transaction."""
    now = _milliseconds()
    rows = [{"writer": me, "written": now, **_entry(writer, change)} for change in changes]
    if rows:
        writer.connection.execute(insert(journal), rows)


def _entry(writer: Writer, change: Change) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": change.kind, "namespace": change.namespace, "name": None}
    for side, value in (("old", change.previous), ("new", change.current)):
        definition = row = qualifiers = None
        if isinstance(value, str):
            found["name"], definition = value, 0
        elif isinstance(value, CimClass):
            definition = writer.number_of(value)
        elif value is not None:
            definition, encoder = writer.known(value.layout_.cls)
            row, qualifiers = encoder.octets(full_values(value)), stored_qualifiers(value)
        found |= {f"{side}_definition": definition, f"{side}_row": row, f"{side}_qualifiers": qualifiers}
    return found


def read(reader: Reader, after: int, me: str) -> tuple[list[Change], int, bool]:
    """What others than *me* wrote after the entry *after*: changes, the last entry, and whether there may be more."""
    rows = reader.connection.execute(_entries, {"after": after, "me": me}).all()
    return [_change(reader, row) for row in rows], rows[-1].id if rows else after, len(rows) == _PAGE


def _change(reader: Reader, row: Any) -> Change:
    old = _value(reader, row, row.old_definition, row.old_row, row.old_qualifiers)
    new = _value(reader, row, row.new_definition, row.new_row, row.new_qualifiers)
    return Change(row.kind, row.namespace, old, new)


def _value(
    reader: Reader, row: Any, definition: int | None, octets: bytes | None, qualifiers: bytes | None
) -> CimInstance | CimClass | str | None:
    if definition is None:
        return None
    if row.kind == "namespace":
        return str(row.name)
    if row.kind == "class" or octets is None:
        return reader.definition(definition).located(None, row.namespace)
    instance = reader.readers(None).instance(definition, octets)
    if qualifiers is not None:
        restore_qualifiers(instance, qualifiers)
    return instance


def _renew(writer: Writer, me: str) -> int:
    """Keep the lease of *me* and delete what is too old for anybody; the last entry there is."""
    now = _milliseconds()
    connection = writer.connection
    connection.execute(delete(listeners).where((listeners.c.id == me) | (listeners.c.until < now)))
    connection.execute(insert(listeners).values(id=me, until=now + int(LEASE * 1000)))
    connection.execute(delete(journal).where(journal.c.written < now - int(_KEPT * 1000)))
    return int(connection.execute(_last).scalar() or 0)


def _end(writer: Writer, me: str) -> None:
    writer.connection.execute(delete(listeners).where(listeners.c.id == me))


def _milliseconds() -> int:
    return int(time.time() * 1000)


class OthersWrites:
    """Tells *log* what others write, while anybody listens to it; used by the watching thread."""

    def __init__(self, database: Database, log: ChangeLog) -> None:
        self._database = database
        self._log = log
        # What is written here is of no interest to anybody: a log of its own.
        self._session: WriteSession | None = None
        self._renewed = float("-inf")
        self._after: int | None = None

    def look(self, session: ReadSession) -> None:
        """Keep the lease, and tell what has come; a database that cannot be written to is only read."""
        if not self._log.is_heard:
            if self._after is not None:
                self.close()
            return
        if time.monotonic() - self._renewed >= _RENEW:
            self._keep_lease()
        more = self._after is not None
        while more and self._after is not None:
            changes, self._after, more = session.read(read, self._after, self._log.identity)
            self._log.tell(changes)

    def _keep_lease(self) -> None:
        self._renewed = time.monotonic()
        if self._session is None:
            self._session = WriteSession(self._database, ChangeLog())
        try:
            last, _ = self._session.write(_renew, self._log.identity)
        except WmiError as error:
            _log.info("changes by other processes in %s are not heard: %s", self._database.place, error)
            return
        if self._after is None:
            self._after = last

    def close(self) -> None:
        """End the lease; where that fails it ends by itself."""
        session, self._session = self._session, None
        listened, self._after = self._after is not None, None
        self._renewed = float("-inf")
        if session is None:
            return
        try:
            if listened:
                session.write(_end, self._log.identity)
        except WmiError as error:
            _log.debug("the lease in %s was left to end by itself: %s", self._database.place, error)
        finally:
            session.close()
