"""Databases that a repository can live in: a file of SQLite, or a database of PostgreSQL.

A :class:`Database` knows how to open connections of SQLAlchemy Core and how to prepare what it finds: create the
tables, migrate them, find damage.  What is stored and asked is the same for both (``reading``, ``writing``).  All of
this blocks: it is only called on the worker threads of a repository.

SQLite runs with a write-ahead log, so that readers never wait for a writer, and with ``synchronous=FULL``: what was
reported as written survives the loss of the process and of power.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import time
from typing import TYPE_CHECKING, Any, Final, Protocol

from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from wmix.errors import InvalidParameter, NotSupported, WmiError
from wmix.repository import integrity
from wmix.repository.faults import explain
from wmix.repository.tables import VERSION, create_tables, is_prepared, migrate, stored_version

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import URL, Connection, Engine

__all__ = ["Database", "PostgresDatabase", "SqliteDatabase", "database_at"]

_log = logging.getLogger("wmix.repository")

#: Negative: KiB of page cache per connection.  A thousand keys that lie far apart touch two thousand pages of 4 KiB,
#: one of the index and one of the table each; they fit, with the inner pages above them.
_CACHE: Final = -12288
_RETRY: Final = 0.02


class Database(Protocol):
    """What the repository needs to know of the place where it is kept."""

    #: For messages: a path, or an address without its password.
    place: str
    #: Where its files are, if they are on this machine.
    folder: str | None

    def may_exist(self) -> bool:
        """Whether opening it may find something; cheap enough for the event loop."""
        ...

    def prepare(self, *, create: bool) -> bool:
        """Make it ready: whether there is a repository; *create* makes one where there is none.

        Raises:
            WmiError: it is damaged, of another version, or cannot be reached.
        """
        ...

    def connect(self, *, writing: bool) -> Connection:
        """A connection for the calling thread; a writing one begins transactions, the other sees what is committed."""
        ...

    def check(self) -> None:
        """A thorough look, for the side: raises what is wrong."""
        ...


def database_at(location: str | os.PathLike[str], *, lock_wait: float, renew_damaged: bool = False) -> Database:
    """The database at a path or address.

    Args:
        location: a path, or an address of SQLAlchemy's form: ``postgresql://user@host/name``, ``sqlite:///path``.
        lock_wait: seconds that a writer waits for another one.
        renew_damaged: begin a new repository in the place of a damaged file, which is kept aside.

    Raises:
        InvalidParameter: it is no address that is known.
    """
    text = os.fspath(location)
    scheme, separator, _ = text.partition("://")
    if not separator:
        return SqliteDatabase(text, lock_wait=lock_wait, renew_damaged=renew_damaged)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise InvalidParameter(f"{scheme}://... is no address of a database") from error
    kind = url.get_backend_name()
    if kind == "sqlite" and url.database:
        return SqliteDatabase(url.database, lock_wait=lock_wait, renew_damaged=renew_damaged)
    if kind in ("postgresql", "postgres"):
        return PostgresDatabase(url.set(drivername="postgresql+psycopg"), lock_wait=lock_wait)
    raise InvalidParameter(
        f"a repository cannot be kept in {scheme}", hint="give a path, or postgresql://USER@HOST/DATABASE"
    )


class SqliteDatabase:
    """A file of SQLite."""

    def __init__(self, path: str, *, lock_wait: float, renew_damaged: bool = False) -> None:
        self.place = os.path.abspath(os.path.expanduser(path))
        self.folder: str | None = os.path.dirname(self.place)
        self._lock_wait = lock_wait
        self._renew_damaged = renew_damaged
        self._read_only = False
        self._immutable = False
        self._writing = self._engine(writing=True)
        self._reading = self._engine(writing=False)

    def may_exist(self) -> bool:
        """Whether there is a file that is not empty."""
        try:
            return os.stat(self.place).st_size > 0
        except OSError as error:
            return not isinstance(error, FileNotFoundError | NotADirectoryError)

    def prepare(self, *, create: bool) -> bool:
        """See :class:`Database`."""
        try:
            return self._prepare(create=create)
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise explain(error, self.place, self.folder) from error

    def connect(self, *, writing: bool) -> Connection:
        """See :class:`Database`."""
        return (self._writing if writing else self._reading).connect()

    def check(self) -> None:
        """See that the pages are sound.

        Raises:
            WmiError: WBEM_E_CRITICAL_ERROR when they are not.
        """
        with contextlib.closing(self._open()) as connection:
            finding = integrity.check_pages(connection)
        if finding is not None:
            raise integrity.damaged(self.place, finding, None)

    # -- opening

    def _prepare(self, *, create: bool) -> bool:
        if self.may_exist():
            self._read_only = not os.access(self.place, os.W_OK)
            self._immutable = self._read_only and not self._has_log() and not os.access(self.folder or ".", os.W_OK)
            self._examine()
        if not self.may_exist():
            if not create:
                return False
            self._begin_file()
        with self.connect(writing=False) as connection:
            prepared = is_prepared(connection)
            if prepared and stored_version(connection) == VERSION:
                return True
        if not prepared and not create:
            return False
        self._write_tables()
        return True

    def _begin_file(self) -> None:
        """An empty file that nobody else may read: instances hold what their owners would not show."""
        os.makedirs(self.folder or ".", mode=0o700, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self.place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))

    def _write_tables(self) -> None:
        with contextlib.closing(self._open()) as raw:
            self._use_log(raw)
        with self.connect(writing=True) as connection, connection.begin():
            # Asked again, with the lock: another process may have been faster.
            if is_prepared(connection):
                stored_version(connection)
                first = migrate(connection)
                if first != VERSION:
                    _log.info("repository %s: tables of version %d made %d", self.place, first, VERSION)
            else:
                create_tables(connection)
                connection.exec_driver_sql(f"PRAGMA application_id = {integrity.APPLICATION_ID}")

    def _use_log(self, connection: sqlite3.Connection) -> None:
        """Switch to the write-ahead log; the busy handler is not asked for that, so this waits by itself."""
        until = time.monotonic() + self._lock_wait
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(_RETRY)

    def _has_log(self) -> bool:
        return os.path.exists(self.place + "-wal")

    # -- damage

    def _examine(self) -> None:
        notice = integrity.read_notice(self.place)
        if notice is not None:
            if not self._renew_damaged:
                raise WmiError(
                    f"{self.place}: {notice.partition(chr(10))[0].removeprefix('wmix: ')} {_kept_as(notice)}",
                    status=integrity.damaged("", "", None).status,
                    hint="put a backup in its place, or delete the text there to begin an empty repository",
                )
            os.unlink(self.place)
            return
        finding = integrity.header_finding(self.place)
        if finding is None:
            finding = self._pages_finding()
        if finding is not None:
            self._set_aside(finding)

    def _pages_finding(self) -> str | None:
        with contextlib.closing(self._open()) as connection:
            try:
                owner = connection.execute("PRAGMA application_id").fetchone()[0]
                if owner != integrity.APPLICATION_ID:
                    if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                        raise integrity.foreign(self.place)
                    return None
            except sqlite3.DatabaseError as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                    return str(error)
                raise
            if os.path.getsize(self.place) > integrity.CHECKED_AT_ONCE:
                return None
            return integrity.check_pages(connection)

    def _set_aside(self, finding: str) -> None:
        try:
            target = integrity.set_aside(self.place, finding)
        except OSError as error:
            failed = integrity.damaged(self.place, finding, None)
            _log.error("%s; moving it failed: %s", failed.detail, error)
            raise failed from error
        failed = integrity.damaged(self.place, finding, target)
        _log.error("%s", failed.detail)
        if not self._renew_damaged:
            raise failed
        os.unlink(self.place)

    # -- connections

    def _open(self) -> sqlite3.Connection:
        path = "file:" + "".join(f"%{octet:02x}" for octet in os.fsencode(self.place))
        if self._read_only:
            path += "?immutable=1" if self._immutable else "?mode=ro"
        else:
            path += "?mode=rw"
        # Connections move between threads only when a pool is closed; each is used by one at a time.
        return sqlite3.connect(path, timeout=self._lock_wait, isolation_level=None, uri=True, check_same_thread=False)

    def _engine(self, *, writing: bool) -> Engine:
        engine = create_engine("sqlite+pysqlite://", creator=self._open, poolclass=NullPool)

        def connected(raw: Any, _: object) -> None:
            raw.execute(f"PRAGMA cache_size = {_CACHE}")
            raw.execute("PRAGMA synchronous = FULL")

        event.listen(engine, "connect", connected)
        if writing:

            def begun(connection: Connection) -> None:
                # At once: a transaction that reads first and writes later may find that another wrote in between.
                connection.exec_driver_sql("BEGIN IMMEDIATE")

            event.listen(engine, "begin", begun)
            return engine
        return engine.execution_options(isolation_level="AUTOCOMMIT")


def _kept_as(notice: str) -> str:
    return next((line for line in notice.split("\n") if line.startswith("Kept as")), "").rstrip()


class PostgresDatabase:
    """A database of a PostgreSQL server, whose tables several machines share."""

    folder: str | None = None

    def __init__(self, url: URL, *, lock_wait: float) -> None:
        self.place = url.set(drivername="postgresql").render_as_string(hide_password=True)
        options: dict[str, Any] = {"application_name": "wmix"}
        if "connect_timeout" not in url.query:
            options["connect_timeout"] = max(2, int(lock_wait))
        try:
            self._writing = create_engine(url, poolclass=NullPool, connect_args=options)
        except (ImportError, NoSuchModuleError) as error:
            raise NotSupported(
                "a repository in PostgreSQL needs the package psycopg", hint="pip install 'wmix[postgres]'"
            ) from error
        self._reading = self._writing.execution_options(isolation_level="AUTOCOMMIT")
        milliseconds = int(lock_wait * 1000)

        def connected(raw: Any, _: object) -> None:
            with raw.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = {milliseconds}")
            raw.commit()

        event.listen(self._writing, "connect", connected)

    def may_exist(self) -> bool:
        """Only the server knows."""
        return True

    def prepare(self, *, create: bool) -> bool:
        """See :class:`Database`."""
        try:
            with self.connect(writing=False) as connection:
                prepared = is_prepared(connection)
                if prepared and stored_version(connection) == VERSION:
                    return True
            if not prepared and not create:
                return False
            with self.connect(writing=True) as connection, connection.begin():
                # Two that begin at the same time take turns; the number is APPLICATION_ID.
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({integrity.APPLICATION_ID})")
                if is_prepared(connection):
                    stored_version(connection)
                    migrate(connection)
                else:
                    create_tables(connection)
            return True
        except (SQLAlchemyError, OSError) as error:
            raise explain(error, self.place) from error

    def connect(self, *, writing: bool) -> Connection:
        """See :class:`Database`."""
        return (self._writing if writing else self._reading).connect()

    def check(self) -> None:
        """PostgreSQL looks after its own pages."""


if TYPE_CHECKING:
    _protocols: tuple[Callable[..., Database], ...] = (SqliteDatabase, PostgresDatabase)
