"""Writing: what an instance brings beside its values, and definitions that are kept once."""

from __future__ import annotations

import sqlite3

import pytest

from unit.repository.samples import ITEM, NAMESPACE, item, read_all, run
from wmix.cim.classes import derive
from wmix.cim.image import ClassImage
from wmix.cim.instances import CimInstance
from wmix.errors import InvalidParameter
from wmix.repository.memory import MemoryRepository
from wmix.repository.sql import SqlRepository


def test_qualifiers_of_an_instance_of_its_own_are_kept(location: str) -> None:
    async def work() -> None:
        repository = SqlRepository(location)
        instance = item("a")
        instance.qualifiers_.put("NamespaceSecuritySDDL", "O:BA", 0)
        instance.properties_["Label"].qualifiers.put("Values", ["x", "y"], 0)
        assert "key" in instance.properties_["Id"].qualifiers  # inherited: not the instance's own
        await repository.put_instances(NAMESPACE, [instance, item("b")])
        found, other = await read_all(repository, NAMESPACE, "Demo_Item")
        for one in (found, await repository.get_instance(NAMESPACE, "Demo_Item", {"Id": "a"})):
            assert one is not None
            assert one.qualifiers_["NamespaceSecuritySDDL"] == "O:BA"
            assert one.properties_["Label"].qualifiers["Values"] == ("x", "y")
        assert "NamespaceSecuritySDDL" not in other.qualifiers_
        await repository.close()

    run(work)


def test_a_definition_is_stored_once(path: str) -> None:
    async def work() -> None:
        repository = SqlRepository(path)
        for namespace in ("root\\a", "root\\b"):
            await repository.put_class(namespace, ITEM)
            await repository.put_class(namespace, derive(ITEM, "Demo_Below"))
            for number in range(3):
                await repository.put_instance(namespace, CimInstance.of(ITEM.clone_(), {"Id": str(number)}))
        await repository.close()

    run(work)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM wmix_definition").fetchone() == (2,)
    connection.close()


def test_what_is_refused_within_a_transaction_leaves_nothing(location: str) -> None:
    async def work() -> None:
        repository = SqlRepository(location)
        async with repository.transaction():
            with pytest.raises(InvalidParameter):
                await repository.put_class(NAMESPACE, derive(None, "Demo\0Odd", check=False))
            with pytest.raises(InvalidParameter):
                await repository.create_namespace("root\\\ud800")
        assert await repository.namespaces() == ()
        await repository.close()

    run(work)


def test_a_put_instance_is_a_copy(path: str) -> None:
    async def work() -> None:
        for repository in (SqlRepository(path), MemoryRepository()):
            instance = item("a", Number=1)
            await repository.put_instance(NAMESPACE, instance)
            instance["Number"] = 2
            (found,) = await read_all(repository, NAMESPACE, "Demo_Item")
            found["Number"] = 3
            (again,) = await read_all(repository, NAMESPACE, "Demo_Item")
            assert again["Number"] == 1
            await repository.close()

    run(work)


@pytest.mark.parametrize("namespace", ["root", "root\\cimv2"])
def test_the_shipped_classes_come_back_equal(namespace: str, path: str) -> None:
    image = ClassImage.open()

    async def work() -> None:
        repository = SqlRepository(path)
        async with repository.transaction():
            for name in image.names(namespace):
                cls = image.load(namespace, name)
                assert cls is not None
                await repository.put_class(namespace, cls)
        assert await repository.class_names(namespace) == image.names(namespace)
        for name in image.names(namespace):
            found = await repository.get_class(namespace, name)
            assert found is not None
            assert found == image.load(namespace, name)
            assert found.namespace == namespace
        await repository.close()

    run(work)
