"""A repository in memory: for ``:memory:``, for tests, and as the model that every other repository must equal.

Everything is kept in the form in which it came; instances are found by a key that ignores the case of strings.  All
methods are coroutines because the protocol's are; none of them waits.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from wmix.cim.instances import CimInstance
from wmix.cim.layout import UNSET
from wmix.errors import InvalidClass, InvalidNamespace, ObjectExists
from wmix.port.backend import NamespaceSecurity
from wmix.repository.keys import effective_keys, full_values, instance_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from wmix.cim.classes import CimClass
    from wmix.cim.layout import InstanceLayout
    from wmix.port.events import ChangeListener
    from wmix.port.provider import Comparison
    from wmix.repository.changes import Pending

    Values = tuple[object, ...]
    _Stored = dict[tuple[object, ...], CimInstance]

__all__ = ["MemoryRepository"]

_BATCH = 100
_DEFAULT_SECURITY: Final = NamespaceSecurity()


class _Namespace:
    """The classes and instances of one namespace."""

    __slots__ = ("classes", "instances", "name", "security")

    def __init__(self, name: str, security: NamespaceSecurity = _DEFAULT_SECURITY) -> None:
        self.name = name
        self.security = security
        self.classes: dict[str, CimClass] = {}
        self.instances: dict[str, _Stored] = {}


class MemoryRepository:
    """Namespaces with their classes and instances, as plain dictionaries."""

    def __init__(self) -> None:
        self._namespaces: dict[str, _Namespace] = {}
        self._version = 0
        # Made for the first who listens.
        self._pending: Pending | None = None
        self._depth = 0

    @property
    def version(self) -> int:
        """Grows with every change of a namespace or class."""
        return self._version

    # -- namespaces -------------------------------------------------------------------------------------------------

    async def namespaces(self) -> tuple[str, ...]:
        """The namespaces that were created here."""
        return tuple([namespace.name for namespace in self._namespaces.values()])

    async def create_namespace(self, namespace: str) -> None:
        """Create *namespace*; its parents are not created.

        Raises:
            ObjectExists: it exists.
        """
        if namespace.casefold() in self._namespaces:
            raise ObjectExists(f"the namespace {namespace} exists")
        self._namespaces[namespace.casefold()] = _Namespace(namespace)
        self._version += 1
        if (pending := self._heard()) is not None:
            pending.namespace(namespace, created=True)
            self._written()

    async def delete_namespace(self, namespace: str) -> None:
        """Delete *namespace* and everything below it.

        Raises:
            InvalidNamespace: there is none of that name.
        """
        folded = namespace.casefold()
        self._namespace(namespace)
        gone = [name for name in self._namespaces if name == folded or name.startswith(folded + "\\")]
        if (pending := self._heard()) is not None:
            for name in reversed(gone):
                pending.namespace(self._namespaces[name].name, created=False)
        for name in gone:
            del self._namespaces[name]
        self._version += 1
        self._written()

    async def security(self, namespaces: Sequence[str]) -> list[NamespaceSecurity]:
        """What is stored of the security of each of *namespaces*; the default for what was not created here."""
        found = [self._namespaces.get(namespace.casefold()) for namespace in namespaces]
        return [_DEFAULT_SECURITY if namespace is None else namespace.security for namespace in found]

    async def set_security(self, namespace: str, security: NamespaceSecurity) -> None:
        """Store *security* in place of what *namespace* had."""
        self._room(namespace).security = security
        self._version += 1

    # -- classes ----------------------------------------------------------------------------------------------------

    async def class_names(self, namespace: str) -> tuple[str, ...]:
        """The classes that were put into *namespace*; none when it was not created here."""
        found = self._namespaces.get(namespace.casefold())
        return () if found is None else tuple([cls.name for cls in found.classes.values()])

    async def get_class(self, namespace: str, name: str) -> CimClass | None:
        """The class *name*, or None."""
        found = self._namespaces.get(namespace.casefold())
        return None if found is None else found.classes.get(name.casefold())

    async def put_class(self, namespace: str, cls: CimClass) -> None:
        """Store *cls* in place of what has its name."""
        classes = self._room(namespace).classes
        if (pending := self._heard()) is not None:
            pending.cls(namespace, classes.get(cls.name.casefold()), cls)
        classes[cls.name.casefold()] = cls
        self._version += 1
        self._written()

    async def delete_class(self, namespace: str, name: str) -> None:
        """Delete the class *name* and its instances; its subclasses are the caller's to delete.

        Raises:
            InvalidClass: there is none of that name.
        """
        found = self._namespaces.get(namespace.casefold())
        if found is None or name.casefold() not in found.classes:
            raise InvalidClass(f"there is no class {name} in {namespace}")
        deleted = found.classes.pop(name.casefold())
        instances = found.instances.pop(name.casefold(), {})
        self._version += 1
        if (pending := self._heard()) is not None:
            for instance in instances.values():
                pending.instance(namespace, instance, None)
            pending.cls(namespace, deleted, None)
            self._written()

    # -- instances --------------------------------------------------------------------------------------------------

    async def instances(self, namespace: str, class_name: str) -> AsyncIterator[Sequence[CimInstance]]:
        """The instances of exactly this class, in order of creation; none that was created after the reading began."""
        stored = list(self._stored(namespace, class_name).values())
        for start in range(0, len(stored), _BATCH):
            yield [instance.clone_() for instance in stored[start : start + _BATCH]]

    async def rows(
        self,
        namespace: str,
        layout: InstanceLayout,
        *,
        where: Sequence[Comparison] = (),  # noqa: ARG002 - there is no index: everything is read
        keys: Sequence[Mapping[str, object]] | None = None,
    ) -> AsyncIterator[Sequence[Values]]:
        """The values, in *layout*, of the instances of exactly its class; narrowed by *keys* only."""
        if keys is None:
            found = list(self._stored(namespace, layout.cls.name).values())
        else:
            many = await self.get_many(namespace, layout.cls.name, keys)
            found = [instance for instance in many if instance is not None]
        for start in range(0, len(found), _BATCH):
            yield [_row(instance, layout) for instance in found[start : start + _BATCH]]

    async def get_as(self, namespace: str, layout: InstanceLayout, keys: Mapping[str, object]) -> CimInstance | None:
        """The instance of exactly the class of *layout* with these keys, in that layout; None when there is none."""
        found = await self.get_instance(namespace, layout.cls.name, keys)
        if found is None:
            return None
        made = CimInstance(layout, _row(found, layout))
        if found.layout_.names == layout.names:
            found.share_qualifiers_(made)
        return made

    async def get_instance(self, namespace: str, class_name: str, keys: Mapping[str, object]) -> CimInstance | None:
        """The instance of exactly this class with these key values, or None."""
        return (await self.get_many(namespace, class_name, (keys,)))[0]

    async def get_many(
        self, namespace: str, class_name: str, keys: Sequence[Mapping[str, object]]
    ) -> list[CimInstance | None]:
        """The instances of exactly this class with these key values, in their order; None for each that is missing."""
        stored = self._stored(namespace, class_name)
        if not stored:
            return [None] * len(keys)
        cls = _class_of(stored)
        found = [stored.get(instance_key(cls, values)) for values in keys]
        return [None if instance is None else instance.clone_() for instance in found]

    async def count(self, namespace: str, class_name: str) -> int:
        """How many instances there are of exactly this class."""
        return len(self._stored(namespace, class_name))

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
        ready: list[tuple[str, tuple[object, ...], CimInstance]] = []
        for instance in instances:
            kept = instance.clone_()
            layout = kept.layout_.cls.layout
            values = full_values(kept)
            if kept.layout_.selected:
                kept = CimInstance(layout, values, kept.origin_)
            key = instance_key(layout.cls, effective_keys(layout, values))
            ready.append((layout.cls.name.casefold(), key, kept))
        pending = self._heard()
        for folded, key, kept in ready:
            stored = self._room(namespace).instances.setdefault(folded, {})
            if pending is not None:
                pending.instance(namespace, stored.get(key), kept)
            stored[key] = kept
        self._written()

    async def delete_instance(self, namespace: str, class_name: str, keys: Mapping[str, object]) -> bool:
        """Delete the instance of exactly this class with these key values; whether there was one."""
        stored = self._stored(namespace, class_name)
        gone = stored.pop(instance_key(_class_of(stored), keys), None) if stored else None
        if gone is not None and (pending := self._heard()) is not None:
            pending.instance(namespace, gone, None)
            self._written()
        return gone is not None

    def _stored(self, namespace: str, class_name: str) -> _Stored:
        found = self._namespaces.get(namespace.casefold())
        return {} if found is None else found.instances.get(class_name.casefold(), {})

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """All that is written within, or, when it ends by an exception, none of it."""
        saved = {
            folded: (room, dict(room.classes), {c: dict(i) for c, i in room.instances.items()}, room.security)
            for folded, room in self._namespaces.items()
        }
        self._depth += 1
        if self._pending is not None:
            self._pending.begin_part()
        try:
            yield
        except BaseException:
            if self._pending is not None:
                self._pending.undo_part()
            self._namespaces = {}
            for folded, (room, classes, instances, security) in saved.items():
                namespace = self._namespaces[folded] = _Namespace(room.name, security)
                namespace.classes, namespace.instances = classes, instances
            self._version += 1
            raise
        else:
            if self._pending is not None:
                self._pending.keep_part()
        finally:
            self._depth -= 1
            self._written()

    def changes(self, listener: ChangeListener) -> Callable[[], None]:
        """Tell *listener* what is written from now on; see the protocol."""
        if self._pending is None:
            from wmix.repository.changes import ChangeLog, Pending  # most repositories have no listener

            self._pending = Pending(ChangeLog())
            for _ in range(self._depth):
                self._pending.begin_part()
        return self._pending.log.listen(listener)

    def _heard(self) -> Pending | None:
        """Where changes are noted, while anybody listens."""
        pending = self._pending
        return pending if pending is not None and pending.is_heard else None

    def _written(self) -> None:
        """Something was written: it is told at once, or at the end of the transaction."""
        if self._pending is not None and not self._depth:
            self._pending.commit()

    async def close(self) -> None:
        """Forget everything."""
        self._namespaces.clear()

    def _namespace(self, namespace: str) -> _Namespace:
        found = self._namespaces.get(namespace.casefold())
        if found is None:
            raise InvalidNamespace(f"there is no namespace {namespace} in the repository", namespace=namespace)
        return found

    def _room(self, namespace: str) -> _Namespace:
        """The namespace for writing: one that the class image brings gets its place with the first write."""
        folded = namespace.casefold()
        if folded not in self._namespaces:
            self._namespaces[folded] = _Namespace(namespace)
        return self._namespaces[folded]


def _class_of(stored: _Stored) -> CimClass:
    """The definition that the last of the stored instances has: it tells the keys."""
    return next(reversed(stored.values())).layout_.cls


def _row(instance: CimInstance, layout: InstanceLayout) -> Values:
    """The values of *instance* in *layout*; unset where it has none, or one of another type."""
    own, raw = instance.layout_, instance.raw_values_()
    found: list[object] = []
    for folded, kind in zip(layout.index, layout.types, strict=True):
        i = own.index.get(folded)
        found.append(raw[i] if i is not None and own.types[i] == kind else UNSET)
    return tuple(found)
