"""Provider: code that yields the instances of one class and runs its methods. [MS-WMI] 3.1.4.17 as a Python contract.

A provider is asked with an :class:`InstanceRequest`.  What it says of itself (``pushes``) lets the planner hand it
keys and comparisons; it may use them or not, for the engine checks every row again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from wmix.cim.classes import CimClass
    from wmix.config import Settings
    from wmix.port.backend import Scope
    from wmix.port.caller import Caller
    from wmix.port.context import Context

__all__ = ["Comparison", "InstanceRequest", "MethodCall", "Provider", "Row"]

#: One instance as a provider gives it: property names in the class's spelling, values in Python's types.
Row: TypeAlias = "Mapping[str, object]"


class Comparison(Record):
    """One comparison that every wanted instance satisfies: ``operator`` is ``= <> < <= > >= LIKE``."""

    name: str
    operator: str
    value: object
    #: True for a value of the property that satisfies the comparison, by the rules of WQL.
    accepts: Callable[[object], bool]


class InstanceRequest:
    """What is asked of a provider: which properties of which instances, for whom and until when.

    ``properties``: names in the class's spelling that must be given, or None for all; what WHERE needs is among them.
    ``keys``: the key values of the wanted instances, or None when all are wanted.
    ``comparisons``: terms on properties that the provider declared in ``pushes``; all must hold.
    """

    __slots__ = ("cls", "comparisons", "keys", "namespace", "properties", "scope", "settings")

    def __init__(
        self,
        cls: CimClass,
        *,
        namespace: str,
        scope: Scope,
        settings: Settings,
        properties: frozenset[str] | None = None,
        keys: tuple[Mapping[str, Any], ...] | None = None,
        comparisons: tuple[Comparison, ...] = (),
    ) -> None:
        self.cls = cls
        self.namespace = namespace
        self.scope = scope
        self.settings = settings
        self.properties = properties
        self.keys = keys
        self.comparisons = comparisons

    @property
    def caller(self) -> Caller:
        """Who asks."""
        return self.scope.caller

    @property
    def deadline(self) -> float | None:
        """When the call ends, on the clock of the running event loop, in seconds; None when it is not bounded."""
        return self.scope.deadline

    @property
    def context(self) -> Context | None:
        """The named values that came with the call."""
        return self.scope.context

    @property
    def wmi(self) -> Any:
        """A client of the same engine for the same caller: what a provider asks through it ends with this call."""
        return self.scope.client()

    def wants(self, name: str) -> bool:
        """Whether property *name* (in the class's spelling) must be given."""
        return self.properties is None or name in self.properties

    def wants_any(self, *names: str) -> bool:
        """Whether at least one of *names* must be given."""
        return self.properties is None or not self.properties.isdisjoint(names)

    def early(self, row: Mapping[str, object]) -> bool:
        """False when the part of an instance in *row* already fails a comparison: the rest need not be read."""
        for comparison in self.comparisons:
            name = comparison.name
            if name in row and not comparison.accepts(row[name]):
                return False
        return True


class MethodCall:
    """One execution of a method: ``keys`` name the instance (None for a static method), ``parameters`` its input."""

    __slots__ = ("cls", "keys", "method", "namespace", "parameters", "scope", "settings")

    def __init__(
        self,
        cls: CimClass,
        method: str,
        *,
        namespace: str,
        scope: Scope,
        settings: Settings,
        keys: Mapping[str, Any] | None,
        parameters: Mapping[str, Any],
    ) -> None:
        self.cls = cls
        self.method = method
        self.namespace = namespace
        self.scope = scope
        self.settings = settings
        self.keys = keys
        self.parameters = parameters

    @property
    def caller(self) -> Caller:
        """Who calls."""
        return self.scope.caller

    @property
    def context(self) -> Context | None:
        """The named values that came with the call."""
        return self.scope.context

    @property
    def wmi(self) -> Any:
        """A client of the same engine for the same caller."""
        return self.scope.client()


class Provider(Protocol):
    """The instances of one class."""

    @property
    def name(self) -> str:
        """For messages: the provider's own name."""
        ...

    @property
    def class_name(self) -> str: ...

    @property
    def pushes(self) -> frozenset[str]:
        """Properties whose comparisons the provider can use."""
        ...

    def open(
        self, request: InstanceRequest, accept: Callable[[Mapping[str, object]], Any] | None = None
    ) -> AsyncIterator[Sequence[Any]]:
        """The wanted instances, in lists, as they become known; closing the iterator stops the work.

        *accept* makes of each instance what is given instead, None for nothing.  It may be called on any thread, and
        what it raises ends the stream, after what came before.
        """
        ...

    async def get(self, request: InstanceRequest) -> Mapping[str, object] | None:
        """The one instance that ``request.keys`` names, or None."""
        ...

    async def put(self, request: InstanceRequest, values: Mapping[str, object]) -> None:
        """Write the instance that ``request.keys`` names; NOT_CAPABLE when the provider cannot."""
        ...

    async def delete(self, request: InstanceRequest) -> None:
        """Delete the instance that ``request.keys`` names."""
        ...
