"""What the tests of subscriptions share: a machine with the system classes, and readers of events."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from unit.local.systems import ANIMAL, SEMI, STONE, services
from wmix.cim.image import ClassImage
from wmix.cim.instances import CimInstance
from wmix.port.requests import DeleteInstance, ExecNotificationQuery, PutInstance
from wmix.providers.registration import provider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from wmix.config import Settings
    from wmix.engine.calls.enumerator import Enumerator
    from wmix.engine.services import Services
    from wmix.local.subscriptions.manager import SubscriptionManager
    from wmix.local.system import LocalSystem
    from wmix.port.caller import Caller
    from wmix.port.provider import InstanceRequest
    from wmix.providers.registration import Definition, ProviderDefinition

NAMESPACE = "root\\t"
CREATION = "__InstanceCreationEvent"
OPERATION = "__InstanceOperationEvent"
STONES = f'SELECT * FROM {OPERATION} WHERE TargetInstance ISA "Stone"'


async def machine(
    definitions: Iterable[Definition] = (), *, settings: Settings | None = None, caller: Caller | None = None
) -> Services:
    """Services of ``root\\t`` on a machine of its own, with the system classes."""
    where = await services(definitions, settings=settings, caller=caller, image=ClassImage.open())
    await where.engine.login(where)
    return where


def manager_of(where: Services) -> SubscriptionManager:
    """The subscriptions of the machine."""
    return cast("LocalSystem", where.engine.source).subscriptions


async def watch(where: Services, query: str, *, max_queue: int | None = None) -> Enumerator:
    """A subscription that is in force."""
    return await where.subscribe(ExecNotificationQuery(query=query, flags=SEMI, max_queue=max_queue))


async def read(enumerator: Enumerator, count: int, timeout: float = 0.0) -> list[Any]:
    """Up to *count* events that are here, or come within *timeout* seconds."""
    # Events go from the queue to the reader in a few turns of the loop.
    for _ in range(5):
        await asyncio.sleep(0)
    portion = await enumerator.next(timeout, count)
    if portion.error is not None:
        raise portion.error
    return portion.objects()


def stone(name: str, weight: int = 1) -> CimInstance:
    return CimInstance.of(STONE, {"Name": name, "Weight": weight})


def animal(name: str, legs: int) -> CimInstance:
    return CimInstance.of(ANIMAL, {"Name": name, "Legs": legs})


async def put(where: Services, *instances: CimInstance) -> None:
    for instance in instances:
        await where.run(PutInstance(object=instance, flags=0x10))


async def delete(where: Services, path: str) -> None:
    await where.run(DeleteInstance(path=path, flags=0x10))


def short(event: Any) -> tuple[str, str]:
    """An event as its class without the affixes and its object: ``("Creation", 'Stone.Name="a"')``."""
    name = event["__CLASS"].removeprefix("__Instance").removesuffix("Event")
    return name, event["TargetInstance"]["__RELPATH"]


class Zoo:
    """Animals that come and go, and the provider that lists them."""

    def __init__(self, **legs: int) -> None:
        self.legs: dict[str, int] = legs
        #: Enumerations that were begun, and those that were closed.
        self.readings = 0
        self.closed = 0
        self.fails: Exception | None = None
        self.slowly = 0.0

    async def rows(self, request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
        del request
        self.readings += 1
        try:
            for name, legs in tuple(self.legs.items()):
                yield {"Name": name, "Legs": legs}
                if self.slowly:
                    await asyncio.sleep(self.slowly)
            if self.fails is not None:
                raise self.fails
        finally:
            self.closed += 1

    def definition(self) -> ProviderDefinition:
        return provider("Animal", namespace=NAMESPACE, name="zoo")(self.rows)
