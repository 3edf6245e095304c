"""Putting filters, consumers and bindings, and a consumer that keeps what it gets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from unit.local.systems import CLASSES, STONE
from wmix.cim.image import ClassImage
from wmix.cim.instances import CimInstance
from wmix.config import Settings
from wmix.engine.engine import Engine
from wmix.engine.subscriptions import start_subscriptions, subscription_states
from wmix.local.system import LocalSystem
from wmix.port.caller import Caller
from wmix.port.requests import DeleteInstance, PutInstance
from wmix.providers.consumers import ConsumerDefinition, Delivery, consumer
from wmix.repository.memory import MemoryRepository

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wmix.engine.services import Services
    from wmix.local.permanent.manager import BindingState
    from wmix.providers.registration import Definition

SUBSCRIPTION = "root\\subscription"
STONES = 'SELECT * FROM __InstanceCreationEvent WHERE TargetInstance ISA "Stone"'


class Pager:
    """A consumer that keeps what it gets, and fails, waits or hangs as it is told to."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.fails: list[BaseException] = []
        self.seconds = 0.0

    @property
    def names(self) -> list[str]:
        """The names of the stones that it was told of."""
        return [delivery.event["TargetInstance"]["Name"] for delivery in self.deliveries]

    def definition(self, class_name: str = "Demo_Pager") -> ConsumerDefinition:
        @consumer(class_name, properties={"Number": "string"}, name="pager")
        async def page(delivery: Delivery) -> None:
            if self.seconds:
                await asyncio.sleep(self.seconds)
            if self.fails:
                raise self.fails.pop(0)
            self.deliveries.append(delivery)

        return page


class Machine:
    """An engine over a repository that outlives it."""

    def __init__(self, repository: MemoryRepository, engine: Engine) -> None:
        self.repository = repository
        self.engine = engine

    @classmethod
    async def start(
        cls,
        definitions: Iterable[Definition] = (),
        *,
        settings: Settings | None = None,
        repository: MemoryRepository | None = None,
        subscriptions: bool = True,
    ) -> Machine:
        if repository is None:
            repository = MemoryRepository()
            await repository.create_namespace("root")
            await repository.create_namespace("root\\t")
            for known in CLASSES:
                await repository.put_class("root\\t", known)
        settings = settings or Settings()
        system = LocalSystem(
            settings, repository, server="HERE", definitions=definitions, image=ClassImage.open("HERE")
        )
        made = cls(repository, Engine(system, settings, audit=lambda record: None))
        made.engine.loop.busy = lambda: system.host.workers.active > 0  # type: ignore[attr-defined]
        if subscriptions:
            await start_subscriptions(made.engine)
        return made

    @property
    def system(self) -> LocalSystem:
        return cast("LocalSystem", self.engine.source)

    def services(self, namespace: str = SUBSCRIPTION, caller: Caller | None = None) -> Services:
        return self.engine.services(namespace, caller or Caller("me"))

    async def put(
        self, class_name: str, namespace: str = SUBSCRIPTION, caller: Caller | None = None, **values: object
    ) -> str:
        """Put an instance; its relative path."""
        where = self.services(namespace, caller)
        cls = await self.system.schema.resolve(namespace, class_name)
        made = CimInstance(cls.layout, cls.layout.unset)
        for name, value in values.items():
            made[name] = value
        return str((await where.run(PutInstance(object=made, flags=0x10))).text())

    async def delete(self, path: str, namespace: str = SUBSCRIPTION) -> None:
        await self.services(namespace).run(DeleteInstance(path=path, flags=0x10))

    async def filter(self, query: str = STONES, name: str = "f", **values: object) -> str:
        given: dict[str, Any] = {"EventNamespace": "root\\t", "QueryLanguage": "WQL", **values}
        return await self.put("__EventFilter", Name=name, Query=query, **given)

    async def bind(self, held: str, bound: str, **values: Any) -> str:
        return await self.put("__FilterToConsumerBinding", Filter=held, Consumer=bound, **values)

    async def subscribe(self, query: str = STONES, consumer_class: str = "Demo_Pager", **values: Any) -> str:
        """A filter, a consumer and their binding; the path of the binding."""
        return await self.bind(await self.filter(query), await self.put(consumer_class, **{"Name": "c", **values}))

    async def stone(self, name: str) -> None:
        """Something happens."""
        made = CimInstance.of(STONE, {"Name": name, "Weight": 1})
        await self.services("root\\t").run(PutInstance(object=made, flags=0x10))

    def states(self) -> list[BindingState]:
        return list(subscription_states(self.engine))

    async def delivered(self, count: int = 1) -> None:
        """Wait until the first consumer has had that many events: a thread does the work."""
        for _ in range(1000):
            if self.states()[0].counts.delivered >= count:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"only {self.states()[0].counts} after 10 s")

    async def close(self) -> None:
        await self.engine.close()


async def turns(count: int = 20) -> None:
    """Let what is on its way arrive, without time passing."""
    for _ in range(count):
        await asyncio.sleep(0)
