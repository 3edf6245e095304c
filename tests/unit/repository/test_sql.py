"""Any sequence of operations leaves the repository equal to its model in memory, on both databases."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from strategies import cim_classes, instances_of
from unit.repository.samples import content, definition, exact
from wmix.cim.classes import CimClass, CimProperty
from wmix.errors import WmiError
from wmix.port.backend import NamespaceSecurity
from wmix.repository.memory import MemoryRepository
from wmix.repository.sql import SqlRepository

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.cim.instances import CimInstance
    from wmix.port.backend import Repository

    Operation = tuple[str, tuple[Any, ...]]

NAMESPACES = ("root\\a", "ROOT\\A", "root\\a\\b", "root\\ab")


class Undone(Exception):
    """Ends a transaction."""


@st.composite
def variants(draw: st.DrawFn, cls: CimClass) -> CimClass:
    """*cls*, or a later definition of it: with fewer properties, but the same keys."""
    if draw(st.booleans()):
        return cls
    properties = list(cls.properties.values())
    kept = [prop for prop in properties if prop.is_key or draw(st.booleans())] or properties[:1]
    return CimClass(
        cls.name,
        superclass=cls.superclass,
        derivation=cls.derivation,
        properties=[_indexed(prop) if draw(st.booleans()) else prop for prop in kept],
        qualifiers=cls.qualifiers,
        parent=cls.parent,
    )


def _indexed(prop: CimProperty) -> CimProperty:
    twin = prop.copy()
    if not prop.is_array:
        twin.qualifiers.put("indexed")
    return twin


@st.composite
def operations(draw: st.DrawFn, known: list[CimClass], stored: list[CimInstance]) -> list[Operation]:
    """A few operations; blocks hold further ones."""
    found: list[Operation] = []
    kinds = ["class", "put", "put", "puts", "drop", "delete", "get", "create", "secure", "remove"]
    kinds += ["commit", "undo"]
    for kind in draw(st.lists(st.sampled_from(kinds), max_size=6)):
        namespace = draw(st.sampled_from(NAMESPACES))
        cls = draw(st.sampled_from(known))
        if kind == "class":
            found.append(("put_class", (namespace, draw(variants(cls)))))
        elif kind == "put":
            found.append(("put_instance", (namespace, draw(st.sampled_from(stored)))))
        elif kind == "puts":
            found.append(("put_instances", (namespace, draw(st.lists(st.sampled_from(stored), max_size=4)))))
        elif kind == "drop":
            found.append(("delete_class", (namespace, cls.name)))
        elif kind in ("delete", "get"):
            instance = draw(st.sampled_from(stored))
            keys = {name: instance.get_(name) for name in instance.class_.keys}
            verb = "delete_instance" if kind == "delete" else "get_instance"
            found.append((verb, (namespace, instance.class_name_, keys)))
        elif kind == "create":
            found.append(("create_namespace", (namespace,)))
        elif kind == "secure":
            security = NamespaceSecurity(draw(st.none() | st.binary(max_size=4)), draw(st.booleans()))
            found.append(("set_security", (namespace, security)))
        elif kind == "remove":
            found.append(("delete_namespace", (namespace,)))
        else:
            found.append((kind, tuple(draw(operations(known, stored)))))
    return found


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[CimClass], list[Operation]]:
    """Classes and what is done with them."""
    known: list[CimClass] = [draw(cim_classes())]
    while known[-1].parent is not None:
        known.append(known[-1].parent)
    versions = [draw(variants(cls)) for cls in known] + known
    stored = draw(st.lists(st.sampled_from(versions).flatmap(instances_of), min_size=1, max_size=5))
    return known, draw(operations(known, stored))


async def outcome(repository: Repository, operation: Operation) -> object:
    """What an operation answers: a comparable result, or the status of its error."""
    verb, arguments = operation
    if verb in ("commit", "undo"):
        inner: list[object] = []
        try:
            async with repository.transaction():
                inner += [await outcome(repository, nested) for nested in arguments]
                if verb == "undo":
                    raise Undone
        except Undone:
            inner.append("undone")
        return inner
    try:
        result = await getattr(repository, verb)(*arguments)
    except WmiError as error:
        return error.symbol
    return (definition(result.class_), exact(result)) if verb == "get_instance" and result is not None else result


@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
@given(history=histories())
def test_any_sequence_of_operations_leaves_it_equal_to_its_model(
    history: tuple[list[CimClass], list[Operation]], new_location: Callable[[], str]
) -> None:
    known, done = history
    names = tuple({cls.name: None for cls in known})

    async def compare() -> None:
        model, location = MemoryRepository(), new_location()
        repository = SqlRepository(location)
        try:
            for operation in done:
                note(str(operation))
                assert await outcome(repository, operation) == await outcome(model, operation)
                assert await content(repository, names) == await content(model, names)
        finally:
            await repository.close()
        again = SqlRepository(location)
        try:
            assert await content(again, names) == await content(model, names)
        finally:
            await again.close()

    asyncio.run(compare())
