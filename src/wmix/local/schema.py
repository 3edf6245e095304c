"""The schema: one view of the classes of all namespaces of this machine.

Three sources are merged: the class image that is shipped, the repository, and classes that providers bring.  Where a
name occurs twice the repository wins over the image, and a provider's class over neither: it is only asked for names
that nobody else has.  Classes are resolved one at a time, when they are touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.names import nearest
from wmix.errors import InvalidClass, InvalidNamespace

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass
    from wmix.cim.image import ClassImage
    from wmix.local.provided import ProvidedClasses
    from wmix.port.backend import Repository

__all__ = ["Schema"]

_LISTED: Final = 8
"""Namespaces that a hint names."""


class Schema:
    """Namespaces and classes by name, in any case."""

    def __init__(
        self, image: ClassImage | None, repository: Repository, provided: ProvidedClasses, server: str
    ) -> None:
        self._image = image
        self._repository = repository
        self._provided = provided
        self._server = server
        # Kept until the repository's version changes.
        self._located: dict[tuple[str, str], CimClass] = {}
        self._namespaces: dict[str, str] | None = None
        self._children: dict[tuple[str, str | None], list[CimClass]] = {}
        self._version = repository.version

    def _forget_what_changed(self) -> None:
        if self._version != self._repository.version:
            self._located.clear()
            self._children.clear()
            self._namespaces = None
            self._version = self._repository.version

    # -- namespaces -------------------------------------------------------------------------------------------------

    async def namespaces(self) -> tuple[str, ...]:
        """All namespaces, parents before their children, in the spelling of their creation."""
        self._forget_what_changed()
        if self._namespaces is None:
            found: dict[str, str] = {}
            for name in self._image.namespaces() if self._image else ():
                found.setdefault(name.casefold(), name)
            for name in (*await self._repository.namespaces(), *self._provided.namespaces()):
                found.setdefault(name.casefold(), name)
            self._namespaces = dict(sorted(found.items()))
        return tuple(self._namespaces.values())

    async def namespace(self, name: str) -> str | None:
        """The namespace *name* in its own spelling, or None."""
        await self.namespaces()
        return None if self._namespaces is None else self._namespaces.get(name.casefold())

    def is_shipped(self, namespace: str) -> bool:
        """Whether *namespace* is there without the repository: it comes with the class image or with a provider."""
        folded = namespace.casefold()
        shipped = (*(self._image.namespaces() if self._image else ()), *self._provided.namespaces())
        return any(name.casefold() == folded for name in shipped)

    async def require_namespace(self, name: str) -> str:
        """The namespace *name*.

        Raises:
            InvalidNamespace: there is none of that name; the hint names a similar one, or those at its place.
        """
        found = await self.namespace(name)
        if found is None:
            raise InvalidNamespace(f"there is no namespace {name}", namespace=name, hint=await self._hint(name))
        return found

    async def _hint(self, missing: str) -> str:
        """What exists instead of a namespace: the common beginning of two paths makes them no more alike."""
        above, _, last = missing.rpartition("\\")
        parent = await self.namespace(above)
        if parent is None:
            near = nearest(missing, await self.namespaces())
            return f"did you mean {near}?" if near else "`wmix namespaces` lists them"
        beside = await self.children_of(parent)
        if near := nearest(last, beside):
            return f"did you mean {parent}\\{near}?"
        if not beside:
            return f"there is none below {parent}"
        more = ", ..." if len(beside) > _LISTED else ""
        return f"below {parent} there are: {', '.join(beside[:_LISTED])}{more}"

    async def children_of(self, namespace: str) -> list[str]:
        """The last parts of the namespaces directly below *namespace*."""
        prefix = namespace.casefold() + "\\"
        below = [name[len(prefix) :] for name in await self.namespaces() if name.casefold().startswith(prefix)]
        return [name for name in below if "\\" not in name]

    # -- classes ----------------------------------------------------------------------------------------------------

    async def find(self, namespace: str, name: str) -> CimClass | None:
        """The class *name* of *namespace*, or None."""
        self._forget_what_changed()
        key = (namespace.casefold(), name.casefold())
        found = self._located.get(key)
        if found is None:
            found = await self._repository.get_class(namespace, name)
            if found is None and self._image is not None:
                found = self._image.load(namespace, name)
            is_defined = found is not None
            if found is None:
                found = await self._provided.load(namespace, name, self)
            if found is None:
                return None
            found = found.located(self._server, namespace)
            if is_defined or self._provided.is_final(namespace, name):
                self._located[key] = found
        return found

    def _is_final(self, namespace: str, name: str) -> bool:
        """Whether a class that a provider names will stay as it is."""
        return (namespace.casefold(), name.casefold()) in self._located or self._provided.is_final(namespace, name)

    async def resolve(self, namespace: str, name: str) -> CimClass:
        """The class *name* of *namespace*.

        Raises:
            InvalidClass: there is none of that name; the hint names a similar one.
        """
        found = await self.find(namespace, name)
        if found is None:
            near = nearest(name, await self.names(namespace))
            raise InvalidClass(
                f"there is no class {name} in {namespace}",
                namespace=namespace,
                hint=f"did you mean {near}?" if near else "`wmix classes` lists them",
            )
        return found

    async def names(self, namespace: str) -> list[str]:
        """The names of all classes of *namespace*, each once."""
        found: dict[str, str] = {}
        for name in await self._repository.class_names(namespace):
            found.setdefault(name.casefold(), name)
        for name in self._image.names(namespace) if self._image else ():
            found.setdefault(name.casefold(), name)
        for name in self._provided.names(namespace):
            found.setdefault(name.casefold(), name)
        return list(found.values())

    async def children(self, namespace: str, superclass: str | None) -> list[CimClass]:
        """The classes directly below *superclass*; the top-level ones for None."""
        self._forget_what_changed()
        wanted = None if superclass is None else superclass.casefold()
        key = (namespace.casefold(), wanted)
        if key not in self._children:
            found = await self._find_children(namespace, superclass, wanted)
            if all(self._is_final(namespace, name) for name in self._provided.names(namespace)):
                self._children[key] = found
            return found
        return self._children[key]

    async def _find_children(self, namespace: str, superclass: str | None, wanted: str | None) -> list[CimClass]:
        found: dict[str, CimClass] = {}
        for name in await self._repository.class_names(namespace):
            cls = await self.find(namespace, name)
            if cls is not None and _parent(cls) == wanted:
                found[cls.name.casefold()] = cls
        for name in self._image.children(namespace, superclass) if self._image else ():
            if name.casefold() not in found and (cls := await self.find(namespace, name)) is not None:
                found[name.casefold()] = cls
        for name in self._provided.names(namespace):
            cls = None if name.casefold() in found else await self.find(namespace, name)
            if cls is not None and _parent(cls) == wanted:
                found[name.casefold()] = cls
        return list(found.values())

    async def tree(self, namespace: str, cls: CimClass) -> list[CimClass]:
        """*cls* and every class below it, parents first."""
        found = [cls]
        for child in await self.children(namespace, cls.name):
            found += await self.tree(namespace, child)
        return found

    async def descendants(self, namespace: str, superclass: str | None) -> list[CimClass]:
        """Every class below *superclass*, or every class for None, parents first."""
        found: list[CimClass] = []
        for child in await self.children(namespace, superclass):
            found += await self.tree(namespace, child)
        return found


def _parent(cls: CimClass) -> str | None:
    return None if cls.superclass is None else cls.superclass.casefold()
