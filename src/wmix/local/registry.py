"""The provider registry of one engine: which provider serves a class, which function a method, what yields events.

Definitions that a user gave come first, then those of entry points, then the shipped ones; the latter are imported
class by class when a class is first touched, because importing all of them would cost more than most queries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.errors import InvalidParameter
from wmix.providers.host import HostedProvider
from wmix.providers.registration import EventDefinition, MethodDefinition, ProviderDefinition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from wmix.config import Settings
    from wmix.providers.consumers import ConsumerDefinition
    from wmix.providers.host import ProviderHost
    from wmix.providers.registration import Definition

    #: Gives the shipped definitions of one class; empty when nothing is shipped for it.
    Loader = Callable[[str, Settings], Sequence[Definition]]

__all__ = ["ProviderRegistry"]


class ProviderRegistry:
    """Definitions by namespace and class, hosted."""

    def __init__(
        self, host: ProviderHost, definitions: Iterable[Definition] = (), loader: Loader | None = None
    ) -> None:
        self.host = host
        self._loader = loader
        self._loaded: set[str] = set()
        self._providers: dict[tuple[str, str], HostedProvider] = {}
        self._methods: dict[tuple[str, str, str], MethodDefinition] = {}
        self._everywhere: dict[str, HostedProvider] = {}
        self._sources: dict[tuple[str, str], EventDefinition] = {}
        self._sources_everywhere: dict[str, EventDefinition] = {}
        self._consumers: dict[tuple[str, str], ConsumerDefinition] = {}
        self._standard_consumers: dict[str, ConsumerDefinition | None] = {}
        self._methods_everywhere: dict[tuple[str, str], MethodDefinition] = {}
        for definition in definitions:
            self.add(definition)

    def add(self, definition: Definition, *, replace: bool = True) -> None:
        """Take *definition*; with ``replace=False`` an existing one of the same class or method stays.

        Raises:
            InvalidParameter: it is none of those that the decorators make.
        """
        if isinstance(definition, ProviderDefinition):
            key = (definition.namespace.casefold(), definition.class_name.casefold())
            if replace or key not in self._providers:
                self._providers[key] = HostedProvider(definition, self.host)
        elif isinstance(definition, MethodDefinition):
            method = (
                definition.namespace.casefold(),
                definition.class_name.casefold(),
                definition.method.casefold(),
            )
            if replace or method not in self._methods:
                self._methods[method] = definition
        elif isinstance(definition, EventDefinition):
            key = (definition.namespace.casefold(), definition.class_name.casefold())
            if replace or key not in self._sources:
                self._sources[key] = definition
        else:
            self._add_consumer(definition)

    def _add_consumer(self, definition: object) -> None:
        from wmix.providers.consumers import ConsumerDefinition  # few engines have any

        if not isinstance(definition, ConsumerDefinition):
            raise InvalidParameter(
                f"{definition!r} is no provider",
                hint="decorate the function with @wmix.provider, @wmix.method, @wmix.events or @wmix.consumer",
            )
        self._consumers[definition.namespace.casefold(), definition.class_name.casefold()] = definition

    def add_everywhere(self, definition: ProviderDefinition | MethodDefinition | EventDefinition) -> None:
        """Take a provider, a method or a source of events of a system class, which is present in every namespace."""
        folded = definition.class_name.casefold()
        if isinstance(definition, MethodDefinition):
            self._methods_everywhere[folded, definition.method.casefold()] = definition
        elif isinstance(definition, EventDefinition):
            self._sources_everywhere[folded] = definition
        else:
            self._everywhere[folded] = HostedProvider(definition, self.host)

    def provider(self, namespace: str, class_name: str) -> HostedProvider | None:
        """The provider of a class, or None."""
        self._load(namespace, class_name)
        found = self._providers.get((namespace.casefold(), class_name.casefold()))
        return found or self._everywhere.get(class_name.casefold())

    def method(self, namespace: str, class_name: str, method: str) -> MethodDefinition | None:
        """The function of a method that is implemented by exactly this class, or None."""
        self._load(namespace, class_name)
        folded = (class_name.casefold(), method.casefold())
        return self._methods.get((namespace.casefold(), *folded)) or self._methods_everywhere.get(folded)

    def event_source(self, namespace: str, class_name: str) -> EventDefinition | None:
        """The source of the events of exactly this class, or None."""
        self._load(namespace, class_name)
        found = self._sources.get((namespace.casefold(), class_name.casefold()))
        return found or self._sources_everywhere.get(class_name.casefold())

    def event_sources(self, namespace: str) -> list[EventDefinition]:
        """The sources that were given (not the shipped ones) for *namespace*."""
        folded = namespace.casefold()
        return [definition for (where, _), definition in self._sources.items() if where == folded]

    def consumer(self, namespace: str, class_name: str) -> ConsumerDefinition | None:
        """The consumer that was given for exactly this class, or None."""
        return self._consumers.get((namespace.casefold(), class_name.casefold()))

    def consumers(self, namespace: str) -> list[ConsumerDefinition]:
        """The consumers that were given (not the standard ones) for *namespace*."""
        folded = namespace.casefold()
        return [definition for (where, _), definition in self._consumers.items() if where == folded]

    def standard_consumer(self, name: str) -> ConsumerDefinition | None:
        """The shipped consumer of that name, or None; one for the whole engine, as it may count what it runs."""
        folded = name.casefold()
        if folded not in self._standard_consumers:
            from wmix.providers.consumers import load_consumer

            self._standard_consumers[folded] = load_consumer(name, self.host.settings)
        return self._standard_consumers[folded]

    def definitions(self, namespace: str) -> list[ProviderDefinition]:
        """The providers that were given (not the shipped ones) for *namespace*."""
        folded = namespace.casefold()
        return [hosted.definition for (where, _), hosted in self._providers.items() if where == folded]

    def methods(self, namespace: str, class_name: str) -> list[MethodDefinition]:
        """The methods that were given for a class."""
        wanted = (namespace.casefold(), class_name.casefold())
        return [definition for key, definition in self._methods.items() if key[:2] == wanted]

    def _load(self, namespace: str, class_name: str) -> None:
        folded = class_name.casefold()
        if self._loader is None or folded in self._loaded or namespace.casefold() != "root\\cimv2":
            return
        self._loaded.add(folded)
        for definition in self._loader(class_name, self.host.settings):
            self.add(definition, replace=False)
