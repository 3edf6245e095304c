"""LocalSystem: this machine as a source of namespaces: schema, repository and providers of one engine."""

from __future__ import annotations

import time
import weakref
from contextlib import aclosing
from typing import TYPE_CHECKING

from wmix.cim.paths import normalize_namespace
from wmix.local.namespace import LocalNamespace
from wmix.local.provided import ProvidedClasses
from wmix.local.registry import ProviderRegistry
from wmix.local.schema import Schema
from wmix.local.system_security import system_security
from wmix.providers.host import ProviderHost
from wmix.providers.registration import EventDefinition, ProviderDefinition

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

    from wmix.cim.image import ClassImage
    from wmix.config import Settings
    from wmix.local.permanent.manager import BindingState, PermanentSubscriptions
    from wmix.local.principals import Principals
    from wmix.local.registry import Loader
    from wmix.local.subscriptions.manager import SubscriptionManager
    from wmix.port.backend import Repository
    from wmix.port.events import EventRequest
    from wmix.port.provider import InstanceRequest
    from wmix.providers.registration import Definition

__all__ = ["LocalSystem"]


class LocalSystem:
    """Everything that the namespaces of one engine share."""

    def __init__(
        self,
        settings: Settings,
        repository: Repository,
        *,
        server: str,
        image: ClassImage | None = None,
        definitions: Iterable[Definition] = (),
        loader: Loader | None = None,
    ) -> None:
        self.settings = settings
        self.server = server
        self.repository = repository
        self.host = ProviderHost(settings)
        definitions = list(definitions)
        self.registry = ProviderRegistry(self.host, definitions, loader)
        named = {definition.namespace: None for definition in definitions}
        self.schema = Schema(image, repository, ProvidedClasses(self.registry, named), server)
        self._principals: Principals | None = None
        self.registry.add_everywhere(self._namespace_provider())
        for namespace in ("root", "root\\default"):
            self.registry.add(self._identification_provider(namespace), replace=False)
        self.registry.add_everywhere(self._timer_source())
        for definition in system_security(self):
            self.registry.add_everywhere(definition)
        # Weak: whoever names namespaces that do not exist leaves nothing behind.
        self._open: weakref.WeakValueDictionary[str, LocalNamespace] = weakref.WeakValueDictionary()
        self._subscriptions: SubscriptionManager | None = None
        #: The permanent subscriptions, once they were started.
        self.permanent: PermanentSubscriptions | None = None

    def open(self, namespace: str) -> LocalNamespace:
        """The backend of *namespace*, shared by all who open it; whether it exists is asked with every call."""
        name = normalize_namespace(namespace)
        found = self._open.get(name.casefold())
        if found is None:
            found = LocalNamespace(self, name)
            self._open[name.casefold()] = found
        return found

    @property
    def principals(self) -> Principals:
        """The accounts of this machine."""
        if self._principals is None:
            from wmix.local.principals import Principals  # few callers have less than all rights
            from wmix.providers.system_files import SystemFiles

            self._principals = Principals(self.server, SystemFiles())
        return self._principals

    @property
    def subscriptions(self) -> SubscriptionManager:
        """The event queries of this engine; to be asked for on its loop."""
        if self._subscriptions is None:
            from wmix.local.subscriptions.manager import SubscriptionManager  # few engines have any

            self._subscriptions = SubscriptionManager(self)
        return self._subscriptions

    async def start_permanent(self) -> None:
        """Bring the permanent subscriptions of the repository into force, until :meth:`close`."""
        if self.permanent is None:
            from wmix.local.permanent.manager import PermanentSubscriptions  # few engines have any

            self.permanent = PermanentSubscriptions(self)
        await self.permanent.start()

    def permanent_states(self) -> Sequence[BindingState]:
        """Every permanent subscription as it stands; none before they were started."""
        return () if self.permanent is None else self.permanent.states()

    async def close(self) -> None:
        """End event queries, permanent subscriptions and idle threads, and close the repository."""
        if self.permanent is not None:
            await self.permanent.close()
        if self._subscriptions is not None:
            await self._subscriptions.close()
        self.host.close()
        await self.repository.close()

    def _timer_source(self) -> EventDefinition:
        system = self

        async def timers(request: EventRequest) -> AsyncIterator[Mapping[str, object]]:
            from wmix.local.timers import timer_rows  # few engines have any

            async with aclosing(timer_rows(system, request.namespace, time.time)) as rows:
                async for row in rows:
                    yield row

        return EventDefinition(
            "__TimerEvent", timers, namespace="root", properties=None, parent="__Event", name="timer events"
        )

    def _identification_provider(self, namespace: str) -> ProviderDefinition:
        """What answers here (brief 6.1.6); when and where it was set up is not known."""

        async def identification(_: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
            from wmix.version import __version__

            yield {"VersionCurrentlyRunning": __version__}

        return ProviderDefinition(
            "__CIMOMIdentification",
            identification,
            namespace=namespace,
            keys=(),
            properties=None,
            parent=None,
            pushes=(),
            name="identification",
            singleton=True,
        )

    def _namespace_provider(self) -> ProviderDefinition:
        schema = self.schema

        async def namespaces(request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
            for name in await schema.children_of(request.namespace):
                yield {"Name": name}

        return ProviderDefinition(
            "__NAMESPACE",
            namespaces,
            namespace="root",
            keys=("Name",),
            properties=None,
            parent=None,
            pushes=(),
            name="namespaces",
            singleton=False,
        )
