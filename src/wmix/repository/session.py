"""Sessions: what one thread of a repository has: a connection, opened when needed and anew when it was lost.

A reading session asks in autocommit mode, so that every statement sees what is committed at that moment.  The writing
session runs transactions; a failure on the way undoes all of it, also when the connection is gone, because the
database does that by itself.  Every database error leaves here as a WmiError.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from wmix.errors import InvalidOperation
from wmix.repository.changes import ChangeLog, Pending
from wmix.repository.encoding import DecodeError
from wmix.repository.faults import explain, is_disconnect
from wmix.repository.reading import Reader
from wmix.repository.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import NestedTransaction, RootTransaction

    from wmix.repository.database import Database

__all__ = ["ReadSession", "WriteSession"]

Result = TypeVar("Result")

_FAULTS = (SQLAlchemyError, sqlite3.Error, DecodeError, OSError)


class ReadSession:
    """Asks; used by one thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reader: Reader | None = None

    def read(self, work: Callable[..., Result], *args: Any) -> Result:
        """``work(reader, *args)``; asked once more when the connection turns out to be lost.

        Raises:
            WmiError: the database failed.
        """
        fresh = self._reader is None
        try:
            try:
                return work(self._ready(), *args)
            except _FAULTS as error:
                if fresh or not is_disconnect(error):
                    raise
                self.close()
                return work(self._ready(), *args)
        except _FAULTS as error:
            if is_disconnect(error):
                self.close()
            raise explain(error, self._database.place, self._database.folder) from error

    def _ready(self) -> Reader:
        if self._reader is None:
            self._reader = Reader(self._database.connect(writing=False))
        return self._reader

    def close(self) -> None:
        """Drop the connection."""
        reader, self._reader = self._reader, None
        if reader is not None:
            _drop(reader)


class WriteSession:
    """Runs transactions; used by one thread.  What they wrote is told to *log* when it was committed."""

    def __init__(self, database: Database, log: ChangeLog) -> None:
        self._database = database
        self._pending = Pending(log)
        self._writer: Writer | None = None
        self._transaction: RootTransaction | None = None
        self._savepoints: list[NestedTransaction] = []

    def write(self, work: Callable[..., Result], *args: Any) -> tuple[Result, int]:
        """``work(writer, *args)`` in a transaction of its own, and the counter of schema changes after it."""
        self.begin()
        try:
            result = self.work(work, *args)
        except BaseException:
            self.rollback()
            raise
        return result, self.commit()

    def begin(self) -> None:
        """Begin a transaction and take the turn among all processes."""
        for attempt in (1, 2):
            try:
                if self._writer is None:
                    self._writer = Writer(self._database.connect(writing=True), self._pending)
                self._transaction = self._writer.connection.begin()
                self._writer.begin()
                return
            except _FAULTS as error:
                self._abandon()
                # Nothing was written yet: a connection that died while it was idle is simply replaced.
                if attempt == 2 or not is_disconnect(error):
                    raise self._explained(error) from error

    def work(self, work: Callable[..., Result], *args: Any) -> Result:
        """``work(writer, *args)`` within the transaction.

        Raises:
            WmiError: the database failed; then all of the transaction is undone.
            InvalidOperation: that has happened already.
        """
        if self._writer is None or self._transaction is None:
            raise InvalidOperation(
                "the transaction was undone when an earlier write failed",
                hint="repeat all of it in a new transaction",
            )
        try:
            return work(self._writer, *args)
        except _FAULTS as error:
            explained = self._explained(error)
            self._abandon()
            raise explained from error

    def commit(self) -> int:
        """Make it last; the counter of schema changes."""
        if self._writer is None or self._transaction is None:
            raise InvalidOperation(
                "the transaction was undone when a write in it failed; nothing was written",
                hint="repeat all of it in a new transaction",
            )
        try:
            if self._pending.is_journalled and self._pending.changes:
                from wmix.repository.journal import note  # which is made of sessions

                note(self._writer, self._pending.changes, self._pending.log.identity)
            changes = self._writer.schema_changes()
            self._transaction.commit()
        except _FAULTS as error:
            explained = self._explained(error, committing=True)
            self._abandon()
            raise explained from error
        self._transaction = None
        self._savepoints.clear()
        # While the turn among the writers is still held: so they are told in the order in which they committed.
        self._pending.commit()
        return changes

    def rollback(self) -> None:
        """Undo it; never fails, as a database does it by itself when it cannot be told."""
        self._pending.undo()
        if self._transaction is not None:
            try:
                self._transaction.rollback()
            except _FAULTS:
                self._abandon()
        self._transaction = None
        self._savepoints.clear()
        if self._writer is not None:
            self._writer.forget()

    # -- transactions within a transaction

    def begin_nested(self) -> None:
        """Begin a part that can be undone alone."""
        self._savepoints.append(self.work(lambda writer: writer.connection.begin_nested()))
        self._pending.begin_part()

    def commit_nested(self) -> None:
        """Keep the part."""
        savepoint = self._savepoints.pop() if self._savepoints else None
        if savepoint is not None:
            self.work(lambda _: savepoint.commit())
            self._pending.keep_part()

    def rollback_nested(self) -> None:
        """Undo the part; when everything is undone already there is nothing to do."""
        savepoint = self._savepoints.pop() if self._savepoints else None
        if savepoint is not None and self._transaction is not None and self._writer is not None:
            self.work(lambda _: savepoint.rollback())
            self._pending.undo_part()
            self._writer.forget()

    def close(self) -> None:
        """Undo what is open and drop the connection."""
        self.rollback()
        writer, self._writer = self._writer, None
        if writer is not None:
            _drop(writer)

    def _abandon(self) -> None:
        """After a failure: undo everything and begin with a new connection the next time."""
        self._pending.undo()
        transaction, self._transaction = self._transaction, None
        self._savepoints.clear()
        writer, self._writer = self._writer, None
        if writer is not None:
            if transaction is not None:
                try:
                    transaction.rollback()
                except _FAULTS:
                    writer.connection.invalidate()
            _drop(writer)

    def _explained(self, error: BaseException, *, committing: bool = False) -> Exception:
        return explain(error, self._database.place, self._database.folder, committing=committing)


def _drop(reader: Reader) -> None:
    try:
        reader.connection.close()
    except _FAULTS:
        reader.connection.invalidate()
