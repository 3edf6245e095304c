"""SqlRepository: namespaces, classes and instances in a database: a file of SQLite, or PostgreSQL.

The Repository protocol of ``wmix.port`` over SQLAlchemy Core.  Everything that blocks runs on threads of its own: up to
four that read, one that writes; writers take turns, in this process by a turnstile and among processes by the
database.  Nothing is opened before it is needed: reading a file that does not exist finds nothing and creates nothing.

Other processes see what was written with their next read.  ``version``, by which caches of classes tell that they are
old, follows changes of others within :data:`POLL` seconds.

Only to be imported where a repository is asked for: this is what loads SQLAlchemy.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from wmix.errors import InvalidClass, InvalidNamespace
from wmix.port.backend import NamespaceSecurity
from wmix.repository.changes import ChangeLog
from wmix.repository.database import database_at
from wmix.repository.journal import OthersWrites
from wmix.repository.reading import Cursor, Page, Reader
from wmix.repository.session import ReadSession, WriteSession
from wmix.repository.threads import Crew, Turnstile
from wmix.repository.watcher import Watcher
from wmix.repository.writing import Writer

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from wmix.cim.classes import CimClass
    from wmix.cim.instances import CimInstance
    from wmix.cim.layout import InstanceLayout
    from wmix.errors import WmiError
    from wmix.port.events import ChangeListener
    from wmix.port.provider import Comparison

    Values = tuple[object, ...]
    T = TypeVar("T")

__all__ = ["POLL", "SqlRepository"]

POLL: Final = 0.3
"""Seconds between two looks at what other processes changed in the schema."""

#: Threads that read; more than this only wait for each other.
READERS: Final = 4
#: Requests that may wait for a thread.
_QUEUE: Final = 10_000
#: Rows of the first page of a reading, so that the first objects come soon, and of the others.
_FIRST_PAGE: Final = 100
_PAGE: Final = 500
_DEFAULT_SECURITY: Final = NamespaceSecurity()
#: Seconds that closing waits for writes that are under way.
_CLOSE: Final = 5.0

_transactions: Final[ContextVar[tuple[_Transaction, ...]]] = ContextVar("wmix_repository_transactions", default=())


class _Transaction:
    """A transaction that a task is in; its children are in it too, until it ends."""

    __slots__ = ("active", "repository")

    def __init__(self, repository: SqlRepository) -> None:
        self.repository = repository
        self.active = True


class SqlRepository:
    """The repository at a path or at the address of a database; safe to use from several event loops.

    Args:
        location: a path, or ``postgresql://USER@HOST/DATABASE`` (password from PGPASSWORD or a password file).
        lock_wait: seconds that a write waits for others before it fails with WBEM_E_TRANSACTION_CONFLICT.
        renew_damaged: begin a new repository in the place of a damaged file, which is kept aside; otherwise every
            opening fails until somebody has decided.

    Raises:
        InvalidParameter: the address is of no database that is known.
        NotSupported: psycopg is not installed.
    """

    def __init__(
        self, location: str | os.PathLike[str], *, lock_wait: float = 10.0, renew_damaged: bool = False
    ) -> None:
        self._database = database_at(location, lock_wait=lock_wait, renew_damaged=renew_damaged)
        self._lock_wait = lock_wait
        self._log = ChangeLog()
        self._readers: Crew[ReadSession] = Crew(
            "wmix-repository-read", READERS, lambda: ReadSession(self._database), limit=_QUEUE
        )
        self._writer: Crew[WriteSession] = Crew(
            "wmix-repository-write",
            1,
            lambda: WriteSession(self._database, self._log),
            limit=_QUEUE,
            lasting=True,
        )
        self._turn = Turnstile()
        self._opening = threading.Lock()
        self._prepared = False
        self._watcher: Watcher | None = None
        self._damage: WmiError | None = None
        self._version = 0
        self._changes = -1
        self._looked = 0.0

    @property
    def place(self) -> str:
        """Where it is: a path, or an address without its password."""
        return self._database.place

    @property
    def version(self) -> int:
        """Grows with every change of a namespace or class, by whomever it was made."""
        if not self._prepared:
            # A file that another process begins is noticed by its being there.
            now = time.monotonic()
            if now - self._looked >= POLL:
                self._looked = now
                if self._database.may_exist():
                    self._version += 1
        return self._version

    # -- namespaces -------------------------------------------------------------------------------------------------

    async def namespaces(self) -> tuple[str, ...]:
        """The namespaces that were created here."""
        return await self._read((), Reader.namespaces)

    async def create_namespace(self, namespace: str) -> None:
        """Create *namespace*; its parents are not created.

        Raises:
            ObjectExists: it exists.
        """
        await self._write(Writer.create_namespace, namespace, schema=True)

    async def delete_namespace(self, namespace: str) -> None:
        """Delete *namespace* and everything below it.

        Raises:
            InvalidNamespace: there is none of that name.
        """
        if self._is_absent():
            raise InvalidNamespace(f"there is no namespace {namespace} in the repository", namespace=namespace)
        await self._write(Writer.delete_namespace, namespace, schema=True)

    async def security(self, namespaces: Sequence[str]) -> list[NamespaceSecurity]:
        """What is stored of the security of each of *namespaces*; the default for what was not created here."""
        nothing: dict[str, NamespaceSecurity] = {}
        found = await self._read(nothing, Reader.security, namespaces)
        return [found.get(namespace, _DEFAULT_SECURITY) for namespace in namespaces]

    async def set_security(self, namespace: str, security: NamespaceSecurity) -> None:
        """Store *security* in place of what *namespace* had."""
        await self._write(Writer.set_security, namespace, security, schema=True)

    # -- classes ----------------------------------------------------------------------------------------------------

    async def class_names(self, namespace: str) -> tuple[str, ...]:
        """The classes that were put into *namespace*; none when it was not created here."""
        return await self._read((), Reader.class_names, namespace)

    async def get_class(self, namespace: str, name: str) -> CimClass | None:
        """The class *name*, or None."""
        return await self._read(None, Reader.get_class, namespace, name)

    async def put_class(self, namespace: str, cls: CimClass) -> None:
        """Store *cls* in place of what has its name."""
        await self._write(Writer.put_class, namespace, cls, schema=True)

    async def delete_class(self, namespace: str, name: str) -> None:
        """Delete the class *name* and its instances; its subclasses are the caller's to delete.

        Raises:
            InvalidClass: there is none of that name.
        """
        if self._is_absent():
            raise InvalidClass(f"there is no class {name} in {namespace}")
        await self._write(Writer.delete_class, namespace, name, schema=True)

    # -- instances --------------------------------------------------------------------------------------------------

    async def instances(self, namespace: str, class_name: str) -> AsyncIterator[Sequence[CimInstance]]:
        """The instances of exactly this class, in order of creation; none that was created after the reading began."""

        def first(reader: Reader) -> tuple[list[CimInstance], Cursor | None]:
            cursor = reader.open(namespace, None, class_name, ())
            return nothing if cursor is None else reader.instance_page(cursor, _FIRST_PAGE)

        nothing: tuple[list[CimInstance], Cursor | None] = ([], None)
        page, cursor = await self._read(nothing, first)
        while True:
            if page:
                yield page
            if cursor is None:
                return
            page, cursor = await self._read(nothing, Reader.instance_page, cursor, _PAGE)

    async def rows(
        self,
        namespace: str,
        layout: InstanceLayout,
        *,
        where: Sequence[Comparison] = (),
        keys: Sequence[Mapping[str, object]] | None = None,
    ) -> AsyncIterator[Sequence[Values]]:
        """The values, in *layout*, of the instances of exactly its class.

        *keys* and *where* narrow what is read as far as there is an index; what comes has to be tested all the same.
        """
        if keys is not None:
            for start in range(0, len(keys), 1000):
                part = keys[start : start + 1000]
                empty: list[Values | None] = []
                found = await self._read(empty, Reader.get_many, namespace, layout, part)
                if present := [values for values in found if values is not None]:
                    yield present
            return

        def first(reader: Reader) -> Page:
            cursor = reader.open(namespace, layout, layout.cls.name, where)
            return nothing if cursor is None else reader.page(cursor, layout, _FIRST_PAGE)

        nothing: Page = ([], None)
        page, cursor = await self._read(nothing, first)
        while True:
            if page:
                yield page
            if cursor is None:
                return
            page, cursor = await self._read(nothing, Reader.page, cursor, layout, _PAGE)

    async def get_as(self, namespace: str, layout: InstanceLayout, keys: Mapping[str, object]) -> CimInstance | None:
        """The instance of exactly the class of *layout* with these keys, in that layout; None when there is none."""
        return await self._read(None, Reader.get_as, namespace, layout, keys)

    async def get_instance(self, namespace: str, class_name: str, keys: Mapping[str, object]) -> CimInstance | None:
        """The instance of exactly this class with these key values, or None."""
        return await self._read(None, Reader.get_instance, namespace, class_name, keys)

    async def get_many(
        self, namespace: str, class_name: str, keys: Sequence[Mapping[str, object]]
    ) -> list[CimInstance | None]:
        """The instances of exactly this class with these key values, in their order; None for each that is missing."""
        return await self._read([None] * len(keys), Reader.get_instances, namespace, class_name, keys)

    async def count(self, namespace: str, class_name: str) -> int:
        """How many instances there are of exactly this class."""
        return await self._read(0, Reader.count, namespace, class_name)

    async def put_instance(self, namespace: str, instance: CimInstance) -> None:
        """Store *instance* in place of the one with its keys.

        Raises:
            WmiError: a key is NULL, or the class has none.
        """
        await self.put_instances(namespace, (instance,))

    async def put_instances(self, namespace: str, instances: Sequence[CimInstance]) -> None:
        """Store all of *instances*, or none of them.

        Raises:
            WmiError: a key is NULL, or the class has none.
        """
        await self._write(Writer.put_instances, namespace, [instance.clone_() for instance in instances])

    async def delete_instance(self, namespace: str, class_name: str, keys: Mapping[str, object]) -> bool:
        """Delete the instance of exactly this class with these key values; whether there was one."""
        if self._is_absent():
            return False
        return await self._write(Writer.delete_instance, namespace, class_name, keys)

    def changes(self, listener: ChangeListener) -> Callable[[], None]:
        """Tell *listener* what is written from now on; see the protocol.

        It is called on the writing thread for writes of this process, and on the watching thread for those of others,
        which are told within :data:`POLL` seconds and a little.
        """
        stop = self._log.listen(listener)
        if self._watcher is not None:
            self._watcher.hurry()
        elif self._database.may_exist():
            # Only what is open is watched.
            self._readers.submit(lambda _: self._open(create=False))
        return stop

    # -- transactions -----------------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """All that is written within, or, when it ends by an exception, none of it.

        Reads of the same task, and of tasks that it makes meanwhile, see what was written; others see it when the
        block has ended.  A block within a block can be undone alone.

        Raises:
            WmiError: WBEM_E_TRANSACTION_CONFLICT when another transaction does not end in time.
        """
        if self._current() is not None:
            await _on(self._writer, WriteSession.begin_nested)
            try:
                yield
            except BaseException:
                await self._last(WriteSession.rollback_nested)
                self._version += 1
                raise
            await _on(self._writer, WriteSession.commit_nested)
            return
        await self._turn.acquire(self._lock_wait)
        transaction = _Transaction(self)
        before = _transactions.get()
        try:
            try:
                await _on(self._writer, _Opened(self, WriteSession.begin))
                _transactions.set((*before, transaction))
                yield
            except BaseException:
                transaction.active = False
                await self._last(WriteSession.rollback)
                raise
            transaction.active = False
            self._note(await self._last(WriteSession.commit))
        except BaseException:
            self._version += 1
            raise
        finally:
            transaction.active = False
            _transactions.set(before)
            self._turn.release()

    def _current(self) -> _Transaction | None:
        for transaction in _transactions.get():
            if transaction.repository is self and transaction.active:
                return transaction
        return None

    def _is_absent(self) -> bool:
        """Whether there is nothing to read or delete; neither makes a repository."""
        return not self._prepared and not self._database.may_exist()

    # -- threads ----------------------------------------------------------------------------------------------------

    async def _read(self, nothing: T, work: Callable[..., T], *args: Any) -> T:
        """``work(reader, *args)`` on a thread; *nothing* when there is no repository."""
        if self._damage is not None:
            raise self._damage
        if self._current() is not None:
            return cast("T", await _on(self._writer, WriteSession.work, work, *args))
        if self._is_absent():
            return nothing
        if self._prepared:
            return cast("T", await _on(self._readers, ReadSession.read, work, *args))

        def opened(session: ReadSession) -> T:
            return session.read(work, *args) if self._open(create=False) else nothing

        return cast("T", await _on(self._readers, opened))

    async def _write(self, work: Callable[..., T], *args: Any, schema: bool = False) -> T:
        """``work(writer, *args)`` on the writing thread, in the task's transaction or in one of its own."""
        if self._damage is not None:
            raise self._damage
        if self._current() is not None:
            result: T = await _on(self._writer, WriteSession.work, work, *args)
            self._version += schema
            return result
        await self._turn.acquire(self._lock_wait)
        release = _Once(self._turn.release)

        def write(session: WriteSession) -> tuple[T, int]:
            try:
                self._open(create=True)
                return session.write(work, *args)
            finally:
                release()

        try:
            written: tuple[T, int] = await _on(self._writer, write)
        except asyncio.CancelledError:
            raise  # the write runs to its end, and ends the turn
        except BaseException:
            release()
            raise
        self._note(written[1])
        return written[0]

    async def _last(self, job: Callable[..., Any]) -> Any:
        """The last job of a transaction: waited for even when who waits is cancelled, then the cancellation goes on."""
        future = asyncio.ensure_future(_on(self._writer, job))
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            while not future.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait({future})
            future.exception()
            raise

    def _open(self, *, create: bool) -> bool:
        """On a thread: make the database ready; whether there is a repository."""
        if not self._prepared:
            with self._opening:
                if self._watcher is None and self._database.prepare(create=create):
                    others = OthersWrites(self._database, self._log)
                    self._watcher = Watcher(self._database, POLL, self._note, self._found_damage, others)
                    self._version += 1
                    self._prepared = True
        return self._prepared

    def _note(self, changes: int) -> None:
        """The counter of schema changes was seen to be *changes*; from any thread."""
        if changes != self._changes:
            self._changes = changes
            self._version += 1

    def _found_damage(self, error: WmiError) -> None:
        self._damage = error

    async def close(self) -> None:
        """End the threads, after the writes that are under way."""
        if self._watcher is not None:
            self._watcher.stop()
        await asyncio.get_running_loop().run_in_executor(None, self._close)

    def _close(self) -> None:
        # The writer's connection goes last and alone: of two that go at once neither sees that it has to put the log
        # away, which is no harm but leaves it lying about.
        if self._watcher is not None:
            self._watcher.join(_CLOSE)
        self._readers.close(_CLOSE)
        self._writer.close(_CLOSE)


async def _on(crew: Crew[Any], job: Callable[..., Any], *args: Any) -> Any:
    """The result of ``job(state, *args)`` on a thread of *crew*."""
    return await asyncio.get_running_loop().run_in_executor(crew, job, *args)


class _Once:
    """Calls a function at most once, however often it is called itself."""

    __slots__ = ("_work",)

    def __init__(self, work: Callable[[], None]) -> None:
        self._work: list[Callable[[], None]] = [work]

    def __call__(self) -> None:
        # Taking from a list is one step for all threads.
        with contextlib.suppress(IndexError):
            self._work.pop()()


class _Opened:
    """A job of the writing thread that finds the repository opened."""

    __slots__ = ("_job", "_repository")

    def __init__(self, repository: SqlRepository, job: Callable[[WriteSession], None]) -> None:
        self._repository = repository
        self._job = job

    def __call__(self, session: WriteSession) -> None:
        self._repository._open(create=True)
        self._job(session)
