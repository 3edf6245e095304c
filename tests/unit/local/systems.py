"""A small machine for the tests of the local room: a class tree, static instances and providers that tell."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from wmix.cim.classes import CimProperty, derive
from wmix.cim.instances import CimInstance
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.config import Settings
from wmix.engine.engine import Engine
from wmix.local.system import LocalSystem
from wmix.port.caller import Caller
from wmix.port.flags import WBEM_FLAG_FORWARD_ONLY, WBEM_FLAG_RETURN_IMMEDIATELY
from wmix.port.requests import ExecQuery
from wmix.repository.memory import MemoryRepository

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wmix.cim.classes import CimClass
    from wmix.cim.image import ClassImage
    from wmix.engine.services import Services
    from wmix.providers.registration import Definition

SEMI = WBEM_FLAG_RETURN_IMMEDIATELY | WBEM_FLAG_FORWARD_ONLY


def flag(name: str) -> Qualifier:
    return Qualifier(name, True, CimType.BOOLEAN)


def key(name: str, cim_type: CimType = CimType.STRING) -> CimProperty:
    return CimProperty(name, cim_type, qualifiers=QualifierSet([flag("key")]), is_key=True)


def dynamic(name: str) -> list[Qualifier]:
    return [flag("dynamic"), Qualifier("provider", name, CimType.STRING)]


THING = derive(
    None, "Thing", properties=[key("Name"), CimProperty("Weight", CimType.UINT32)], qualifiers=[flag("abstract")]
)
STONE = derive(THING, "Stone", properties=[CimProperty("Colour", CimType.STRING, default="grey")])
ANIMAL = derive(THING, "Animal", properties=[CimProperty("Legs", CimType.UINT8)], qualifiers=dynamic("animals"))
BIRD = derive(THING, "Bird", properties=[CimProperty("Wings", CimType.UINT8)], qualifiers=dynamic("birds"))
ORPHAN = derive(None, "Orphan", properties=[key("Name")], qualifiers=dynamic("nobody"))
PAIR = derive(None, "Pair", properties=[key("A", CimType.SINT32), key("B")])
ONLY = derive(None, "Only", properties=[CimProperty("Text", CimType.STRING)], qualifiers=[flag("singleton")])
CLASSES = (THING, STONE, ANIMAL, BIRD, ORPHAN, PAIR, ONLY)


async def services(
    definitions: Iterable[Definition] = (),
    *,
    classes: Iterable[CimClass] = CLASSES,
    instances: Iterable[CimInstance] = (),
    settings: Settings | None = None,
    caller: Caller | None = None,
    image: ClassImage | None = None,
) -> Services:
    """Services of ``root\\t`` on a machine of its own."""
    repository = MemoryRepository()
    await repository.create_namespace("root")
    await repository.create_namespace("root\\t")
    for cls in classes:
        await repository.put_class("root\\t", cls)
    for instance in instances:
        await repository.put_instance("root\\t", instance)
    settings = settings or Settings()
    system = LocalSystem(settings, repository, server="HERE", definitions=definitions, image=image)
    engine = Engine(system, settings, audit=lambda record: None)
    return engine.services("root\\t", caller or Caller("me"))


STONES = (
    CimInstance.of(STONE, {"Name": "flint", "Weight": 3, "Colour": "black"}),
    CimInstance.of(STONE, {"Name": "chalk", "Weight": 1}),
)


async def read(where: Services, query: str, flags: int = SEMI) -> list[Any]:
    """All objects of a query; its error when it fails."""
    enumerator = where.open(ExecQuery(query=query, flags=flags))
    found: list[Any] = []
    while True:
        portion = await enumerator.next_some(None, 1000)
        found += portion.objects()
        if portion.error is not None:
            raise portion.error
        if enumerator.is_exhausted and enumerator.error is None:
            await asyncio.sleep(0)
            return found
