"""The model: what is special about the repository in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.repository.samples import ITEM, NAMESPACE, item, read_all, run
from wmix.cim.instances import CimInstance
from wmix.cim.layout import UNSET
from wmix.errors import WmiError
from wmix.repository.memory import MemoryRepository

if TYPE_CHECKING:
    from wmix.port.backend import Repository


def test_it_is_a_repository() -> None:
    repository: Repository = MemoryRepository()
    assert run(repository.namespaces) == ()


def test_of_several_instances_all_are_put_or_none() -> None:
    async def work() -> None:
        repository = MemoryRepository()
        with pytest.raises(WmiError, match="NULL"):
            await repository.put_instances(NAMESPACE, [item("a"), CimInstance.of(ITEM, {"Number": 1})])
        assert await repository.namespaces() == ()

    run(work)


def test_a_projection_is_stored_as_the_whole() -> None:
    async def work() -> None:
        repository = MemoryRepository()
        await repository.put_instance(NAMESPACE, CimInstance(ITEM.layout_for(["Id"]), ("a",)))
        (found,) = await read_all(repository, NAMESPACE, "Demo_Item")
        assert not found.layout_.selected
        assert tuple(found.raw_values_()) == ("a", UNSET, UNSET, UNSET)

    run(work)


def test_an_inner_block_can_be_undone_alone() -> None:
    async def work() -> None:
        repository = MemoryRepository()
        async with repository.transaction():
            await repository.put_instance(NAMESPACE, item("a"))
            with pytest.raises(KeyError):
                async with repository.transaction():
                    await repository.put_instance(NAMESPACE, item("b"))
                    raise KeyError
            await repository.put_instance(NAMESPACE, item("c"))
        assert [found["Id"] for found in await read_all(repository, NAMESPACE, "Demo_Item")] == ["a", "c"]

    run(work)
