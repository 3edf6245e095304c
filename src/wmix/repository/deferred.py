"""A repository that is opened when it exists or something is written, and not before.

A query of this machine's providers needs no database: opening one would cost more than the query and would leave a
file behind that nobody asked for.  Until then this repository is empty.  Depends on ``memory``; the database is
imported when it is opened.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from wmix.repository.memory import MemoryRepository

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from wmix.cim.classes import CimClass
    from wmix.cim.instances import CimInstance
    from wmix.cim.layout import InstanceLayout
    from wmix.port.backend import NamespaceSecurity, Repository
    from wmix.port.events import ChangeListener
    from wmix.port.provider import Comparison
    from wmix.repository.changes import ChangeLog

__all__ = ["DeferredRepository", "default_location", "repository_at"]

#: The location that keeps nothing.
MEMORY = ":memory:"


def default_location() -> str:
    """Where the repository is when nobody says: ``WMIX_REPOSITORY``, else below the user's data folder."""
    named = os.environ.get("WMIX_REPOSITORY")
    if named:
        return _expanded(named)
    data = os.environ.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share")
    return os.path.join(data, "wmix", "repository.sqlite")


def repository_at(location: str | os.PathLike[str] | None) -> Repository:
    """The repository at a path or address of a database, or in memory (``:memory:``); None is the default place."""
    place = default_location() if location is None else _expanded(os.fspath(location))
    return MemoryRepository() if place == MEMORY else DeferredRepository(place)


def _expanded(location: str) -> str:
    """*location* with the home folder that a leading ``~`` means; an address of a database as it is."""
    return location if "://" in location else os.path.expanduser(location)


class DeferredRepository:
    """The repository at *location*, opened when it is needed; see :class:`~wmix.port.backend.Repository`."""

    def __init__(self, location: str) -> None:
        self.location = location
        self._empty: Repository = MemoryRepository()
        self._opened: Repository | None = None
        # Made for the first who listens.
        self._log: ChangeLog | None = None
        self._stop_listening: Callable[[], None] | None = None

    def _reading(self) -> Repository:
        """What reads see: the database if there is one by now, else nothing."""
        if self._opened is None and ("://" in self.location or os.path.exists(self.location)):
            return self._writing()
        return self._opened or self._empty

    def _writing(self) -> Repository:
        if self._opened is None:
            from wmix.repository.sql import SqlRepository

            self._opened = SqlRepository(self.location)
            self._listen()
        return self._opened

    @property
    def version(self) -> int:
        """Grows with every change of a namespace or class; -1 while there is no database."""
        return -1 if self._opened is None and self._reading() is self._empty else self._reading().version

    async def namespaces(self) -> tuple[str, ...]:
        """See the protocol."""
        return await self._reading().namespaces()

    async def create_namespace(self, namespace: str) -> None:
        """See the protocol."""
        await self._writing().create_namespace(namespace)

    async def delete_namespace(self, namespace: str) -> None:
        """See the protocol."""
        await self._writing().delete_namespace(namespace)

    async def security(self, namespaces: Sequence[str]) -> list[NamespaceSecurity]:
        """See the protocol."""
        return await self._reading().security(namespaces)

    async def set_security(self, namespace: str, security: NamespaceSecurity) -> None:
        """See the protocol."""
        await self._writing().set_security(namespace, security)

    async def class_names(self, namespace: str) -> tuple[str, ...]:
        """See the protocol."""
        return await self._reading().class_names(namespace)

    async def get_class(self, namespace: str, name: str) -> CimClass | None:
        """See the protocol."""
        return await self._reading().get_class(namespace, name)

    async def put_class(self, namespace: str, cls: CimClass) -> None:
        """See the protocol."""
        await self._writing().put_class(namespace, cls)

    async def delete_class(self, namespace: str, name: str) -> None:
        """See the protocol."""
        await self._writing().delete_class(namespace, name)

    def instances(self, namespace: str, class_name: str) -> AsyncIterator[Sequence[CimInstance]]:
        """See the protocol."""
        return self._reading().instances(namespace, class_name)

    def rows(
        self,
        namespace: str,
        layout: InstanceLayout,
        *,
        where: Sequence[Comparison] = (),
        keys: Sequence[Mapping[str, object]] | None = None,
    ) -> AsyncIterator[Sequence[tuple[object, ...]]]:
        """See the protocol."""
        return self._reading().rows(namespace, layout, where=where, keys=keys)

    async def get_as(self, namespace: str, layout: InstanceLayout, keys: Mapping[str, object]) -> CimInstance | None:
        """See the protocol."""
        return await self._reading().get_as(namespace, layout, keys)

    async def get_instance(self, namespace: str, class_name: str, keys: Mapping[str, object]) -> CimInstance | None:
        """See the protocol."""
        return await self._reading().get_instance(namespace, class_name, keys)

    async def get_many(
        self, namespace: str, class_name: str, keys: Sequence[Mapping[str, object]]
    ) -> list[CimInstance | None]:
        """See the protocol."""
        return await self._reading().get_many(namespace, class_name, keys)

    async def count(self, namespace: str, class_name: str) -> int:
        """See the protocol."""
        return await self._reading().count(namespace, class_name)

    async def put_instance(self, namespace: str, instance: CimInstance) -> None:
        """See the protocol."""
        await self._writing().put_instance(namespace, instance)

    async def put_instances(self, namespace: str, instances: Sequence[CimInstance]) -> None:
        """See the protocol."""
        await self._writing().put_instances(namespace, instances)

    async def delete_instance(self, namespace: str, class_name: str, keys: Mapping[str, object]) -> bool:
        """See the protocol."""
        return await self._writing().delete_instance(namespace, class_name, keys)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """See the protocol; opens the database, because a transaction means to write."""
        async with self._writing().transaction():
            yield

    def changes(self, listener: ChangeListener) -> Callable[[], None]:
        """See the protocol; opens nothing: who writes the first object is heard all the same."""
        if self._log is None:
            from wmix.repository.changes import ChangeLog  # most repositories have no listener

            self._log = ChangeLog()
        log, end = self._log, self._log.listen(listener)
        self._reading()
        self._listen()

        def stop() -> None:
            end()
            if not log.is_heard and self._stop_listening is not None:
                self._stop_listening()
                self._stop_listening = None

        return stop

    def _listen(self) -> None:
        """Listen to the database while there is one and somebody wants to know."""
        log = self._log
        if self._opened is not None and log is not None and log.is_heard and self._stop_listening is None:
            self._stop_listening = self._opened.changes(log.tell)

    async def close(self) -> None:
        """Close the database if it was opened."""
        if self._opened is not None:
            await self._opened.close()
