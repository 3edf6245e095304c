"""What is known while a compilation is elaborated: classes, aliases, declared qualifiers.

A declaration is elaborated by plain functions.  When one of them needs a class that nobody has asked for yet, it
raises :class:`ClassNeeded`; the driver asks, and the declaration is elaborated again.  So neither these functions nor
the driver know whether the answer comes from a table, a database or a host.

Depends on ``cim``, ``ast``, ``flavors`` and ``diagnostics``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cim.names import fold
from wmix.mof.diagnostics import Diagnostic, InvalidMof
from wmix.mof.flavors import FlavorTable

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass
    from wmix.cim.paths import ObjectPath
    from wmix.mof.ast import ClassDeclaration, InstanceDeclaration
    from wmix.mof.source import Source, Span

__all__ = ["ClassBroken", "ClassNeeded", "Place", "Workspace", "mistake"]


class ClassNeeded(Exception):
    """The definition of a class is needed to go on."""

    def __init__(self, namespace: str, name: str) -> None:
        super().__init__(namespace, name)
        self.namespace = namespace
        self.name = name


class ClassBroken(Exception):
    """A class is needed whose own declaration is wrong."""


class Place:
    """Where a declaration stands and what holds there: file, namespace, and whether it is inside another object."""

    __slots__ = ("embedded", "namespace", "source")

    def __init__(self, source: Source, namespace: str, embedded: bool = False) -> None:
        self.source = source
        self.namespace = namespace
        self.embedded = embedded

    def inside(self) -> Place:
        """The same place for an object that is part of another one."""
        return self if self.embedded else Place(self.source, self.namespace, True)

    def mistake(self, span: Span, status: int, detail: str, hint: str | None = None) -> InvalidMof:
        """The error that what stands at *span* is wrong."""
        return mistake(self.source, span, status, detail, hint)


def mistake(source: Source, span: Span, status: int, detail: str, hint: str | None = None) -> InvalidMof:
    """The error that what stands at *span* of *source* is wrong."""
    return InvalidMof((Diagnostic(source, span, status, detail, hint=hint),))


class Workspace:
    """State of one run over a compilation.

    Attributes:
        flavors: the qualifiers declared so far.
        aliases: the declarations with an alias and their places, by folded alias.
        paths: paths of aliases that have been worked out: namespace and relative path.
        pending: class declarations of the files that have not been reached yet, by folded namespace and name.
        trusted: whether names and qualifiers of the system are accepted unchecked.
    """

    __slots__ = ("_broken", "_known", "aliases", "flavors", "paths", "pending", "trusted")

    def __init__(self, *, trusted: bool) -> None:
        self.trusted = trusted
        self.flavors = FlavorTable()
        self.aliases: dict[str, tuple[ClassDeclaration | InstanceDeclaration, Place]] = {}
        self.paths: dict[str, tuple[str, ObjectPath]] = {}
        self.pending: dict[tuple[str, str], tuple[ClassDeclaration, Place]] = {}
        self._known: dict[tuple[str, str], CimClass | None] = {}
        self._broken: set[tuple[str, str]] = set()

    def find(self, namespace: str, name: str) -> CimClass | None:
        """The class as it is when the current declaration is reached; None when there is none.

        Raises:
            ClassNeeded: it has to be asked for.
            ClassBroken: its declaration was wrong.
        """
        key = (fold(namespace), fold(name))
        try:
            return self._known[key]
        except KeyError:
            if key in self._broken:
                raise ClassBroken from None
            raise ClassNeeded(namespace, name) from None

    def learn(self, namespace: str, name: str, definition: CimClass | None) -> None:
        """Keep the answer to a question, or a class that has just been declared."""
        key = (fold(namespace), fold(name))
        self._known[key] = definition
        self._broken.discard(key)

    def spoil(self, namespace: str, name: str) -> None:
        """Remember that the declaration of a class is wrong, so that its users are not reported too."""
        key = (fold(namespace), fold(name))
        self._known.pop(key, None)
        self._broken.add(key)

    def forget(self, namespace: str, name: str) -> None:
        """A class was deleted, and with it the classes below it."""
        folded = fold(namespace)
        for key, known in self._known.items():
            if key[0] == folded and known is not None and known.inherits_from(name):
                self._known[key] = None
        self._known[folded, fold(name)] = None
