"""Classes and instances for repository tests, and what two repositories are compared by."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from wmix.cim.classes import CimClass, CimProperty, derive
from wmix.cim.instances import CimInstance
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from wmix.port.backend import Repository

__all__ = ["ITEM", "NAMESPACE", "content", "item", "qualified", "read_all", "run"]

NAMESPACE = "root\\Demo"


def qualified(*names: str) -> QualifierSet:
    """True qualifiers of these names."""
    return QualifierSet([Qualifier.of(name) for name in names])


ITEM = derive(
    None,
    "Demo_Item",
    properties=[
        CimProperty("Id", CimType.STRING, qualifiers=qualified("key")),
        CimProperty("Number", CimType.UINT64),
        CimProperty("Group", CimType.UINT32, default=7, qualifiers=qualified("indexed")),
        CimProperty("Label", CimType.STRING, qualifiers=qualified("indexed")),
    ],
)


def item(id_: str, **values: object) -> CimInstance:
    """An instance of ``ITEM``."""
    return CimInstance.of(ITEM, {"Id": id_, **values})


def run(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """The result of a coroutine function on a loop of its own."""
    return asyncio.run(work())


async def read_all(repository: Repository, namespace: str, class_name: str) -> list[CimInstance]:
    """The instances of a class."""
    return [instance async for page in repository.instances(namespace, class_name) for instance in page]


async def content(repository: Repository, class_names: tuple[str, ...]) -> dict[str, Any]:
    """All that *repository* holds, to the state of every value; instances of *class_names*, known or not."""
    found: dict[str, Any] = {}
    for namespace in await repository.namespaces():
        classes = []
        for name in await repository.class_names(namespace):
            cls = await repository.get_class(namespace, name)
            assert cls is not None
            classes.append(definition(cls))
        instances: list[object] = []
        for name in class_names:
            there = await read_all(repository, namespace, name)
            instances += [(definition(instance.class_), exact(instance)) for instance in there]
            assert await repository.count(namespace, name) == len(there)
        found[namespace] = (classes, instances, await repository.security([namespace]))
    return found


def definition(cls: CimClass) -> object:
    """*cls* with all that equality of classes does not look at: order, spelling, flavors, ancestors."""
    return (
        cls.name,
        cls.derivation,
        [
            (p.name, p.type, p.is_array, p.has_default, exact_value(p.default), p.cimtype, p.origin, p.local, p.is_key)
            for p in cls.properties.values()
        ],
        [_qualifiers(p.qualifiers) for p in cls.properties.values()],
        [(m.name, m.origin, m.local, _qualifiers(m.qualifiers)) for m in cls.methods.values()],
        [
            None if side is None else definition(side)
            for m in cls.methods.values()
            for side in (m.in_signature, m.out_signature)
        ],
        _qualifiers(cls.qualifiers),
        None if cls.parent is None else definition(cls.parent),
    )


def _qualifiers(held: QualifierSet) -> object:
    return [(q.name, q.value, q.type, q.is_array, q.flavor) for q in held.entries()]


def exact(instance: CimInstance) -> object:
    """The raw values of *instance* with their Python types."""
    return (instance.layout_.names, [exact_value(value) for value in instance.raw_values_()])


def exact_value(value: object) -> object:
    """*value* so that 1, 1.0 and True differ, and 0.0 and -0.0."""
    if isinstance(value, CimInstance):
        return (exact(value), value.layout_.selected, value.origin_)
    if isinstance(value, CimClass):
        return definition(value)
    if isinstance(value, tuple):
        return [exact_value(item) for item in value]
    return (type(value).__name__, repr(value))
