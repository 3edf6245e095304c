"""A repository in memory: for ``:memory:``, for tests, and as the model that every other repository must equal.

Everything is kept in the form in which it came; instances are found by a key that ignores the case of strings.  All
methods are coroutines because the protocol's are; none of them waits.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from wmix.errors import InvalidClass, InvalidNamespace, ObjectExists, error_for
from wmix.status import WBEM_E_ILLEGAL_NULL, WBEM_E_NO_KEY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from wmix.cim.classes import CimClass
    from wmix.cim.instances import CimInstance

__all__ = ["MemoryRepository", "instance_key"]

_BATCH = 100


def instance_key(cls: CimClass, values: Mapping[str, object]) -> tuple[object, ...]:
    """What identifies an instance within its class: its key values in class order, strings without case.

    Raises:
        WmiError: WBEM_E_NO_KEY for a class that can hold no instances, WBEM_E_ILLEGAL_NULL for a key that is NULL.
    """
    if cls.is_singleton:
        return ()
    if not cls.keys:
        raise error_for(WBEM_E_NO_KEY, f"{cls.name} has no key property: it cannot hold instances")
    key: list[object] = []
    for name in cls.keys:
        value = values.get(name)
        if value is None:
            raise error_for(WBEM_E_ILLEGAL_NULL, f"the key {name} of {cls.name} is NULL")
        key.append(value.casefold() if isinstance(value, str) else value)
    return tuple(key)


class _Namespace:
    """The classes and instances of one namespace."""

    __slots__ = ("classes", "instances", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.classes: dict[str, CimClass] = {}
        self.instances: dict[str, dict[tuple[object, ...], CimInstance]] = {}


class MemoryRepository:
    """Namespaces with their classes and instances, as plain dictionaries."""

    def __init__(self) -> None:
        self._namespaces: dict[str, _Namespace] = {}
        self._version = 0

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

    async def delete_namespace(self, namespace: str) -> None:
        """Delete *namespace* and everything below it.

        Raises:
            InvalidNamespace: there is none of that name.
        """
        folded = namespace.casefold()
        self._namespace(namespace)
        for name in [name for name in self._namespaces if name == folded or name.startswith(folded + "\\")]:
            del self._namespaces[name]
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
        self._room(namespace).classes[cls.name.casefold()] = cls
        self._version += 1

    async def delete_class(self, namespace: str, name: str) -> None:
        """Delete the class *name* and its instances; its subclasses are the caller's to delete.

        Raises:
            InvalidClass: there is none of that name.
        """
        found = self._room(namespace)
        if name.casefold() not in found.classes:
            raise InvalidClass(f"there is no class {name} in {namespace}")
        del found.classes[name.casefold()]
        found.instances.pop(name.casefold(), None)
        self._version += 1

    # -- instances --------------------------------------------------------------------------------------------------

    async def instances(self, namespace: str, class_name: str) -> AsyncIterator[Sequence[CimInstance]]:
        """The instances of exactly this class, in order of creation, as they were when the reading began."""
        found = self._namespaces.get(namespace.casefold())
        if found is None:
            return
        stored = list(found.instances.get(class_name.casefold(), {}).values())
        for start in range(0, len(stored), _BATCH):
            yield stored[start : start + _BATCH]

    async def get_instance(self, namespace: str, class_name: str, keys: Mapping[str, object]) -> CimInstance | None:
        """The instance of exactly this class with these key values, or None."""
        found = self._namespaces.get(namespace.casefold())
        if found is None:
            return None
        stored = found.instances.get(class_name.casefold())
        if not stored:
            return None
        cls = next(iter(stored.values())).layout_.cls
        return stored.get(instance_key(cls, keys))

    async def put_instance(self, namespace: str, instance: CimInstance) -> None:
        """Store *instance* in place of the one with its keys.

        Raises:
            WmiError: a key is NULL, or the class has none.
        """
        cls = instance.layout_.cls
        key = instance_key(cls, {name: instance[name] for name in cls.keys})
        self._room(namespace).instances.setdefault(cls.name.casefold(), {})[key] = instance.clone_()

    async def delete_instance(self, namespace: str, class_name: str, keys: Mapping[str, object]) -> bool:
        """Delete the instance of exactly this class with these key values; whether there was one."""
        found = self._namespaces.get(namespace.casefold())
        stored = None if found is None else found.instances.get(class_name.casefold())
        if not stored:
            return False
        cls = next(iter(stored.values())).layout_.cls
        return stored.pop(instance_key(cls, keys), None) is not None

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """All that is written within, or, when it ends by an exception, none of it."""
        saved = {
            name: (namespace.name, dict(namespace.classes), {c: dict(i) for c, i in namespace.instances.items()})
            for name, namespace in self._namespaces.items()
        }
        try:
            yield
        except BaseException:
            self._namespaces = {}
            for folded, (name, classes, instances) in saved.items():
                namespace = self._namespaces[folded] = _Namespace(name)
                namespace.classes, namespace.instances = classes, instances
            self._version += 1
            raise

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
