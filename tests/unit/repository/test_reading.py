"""Reading: pages, projections, keys, and what an index narrows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unit.repository.samples import ITEM, NAMESPACE, exact_value, item, qualified, read_all, run
from wmix.cim.classes import CimProperty, derive
from wmix.cim.instances import CimInstance
from wmix.cim.layout import UNSET
from wmix.cim.types import CimType
from wmix.local.plan import acceptance
from wmix.port.provider import Comparison
from wmix.repository.memory import MemoryRepository
from wmix.repository.reading import Reader
from wmix.repository.sql import SqlRepository

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.cim.classes import CimClass
    from wmix.cim.layout import InstanceLayout
    from wmix.port.backend import Repository
    from wmix.repository.reading import Cursor


def term(name: str, operator: Any, value: Any) -> Comparison:
    return Comparison(name, operator, value, acceptance(operator, value))


async def rows(repository: Repository, layout: InstanceLayout, **how: Any) -> list[tuple[object, ...]]:
    return [row async for page in repository.rows(NAMESPACE, layout, **how) for row in page]


async def selected(repository: Repository, layout: InstanceLayout, where: list[Comparison]) -> list[object]:
    """What is left of *rows* when they are tested, as the engine does; in any order."""
    found = []
    for row in await rows(repository, layout, where=where):
        values = layout.effective(row)
        if all((v := values[layout.position(t.name)]) is not None and t.accepts(v) for t in where):
            found.append(exact_value(row))
    return sorted(found, key=repr)


def test_instances_come_in_order_of_creation_over_many_pages(location: str) -> None:
    async def work() -> None:
        repository = SqlRepository(location)
        expected = [f"item {i * 7919 % 1300}" for i in range(1300)]
        await repository.put_instances(NAMESPACE, [item(name) for name in expected])
        await repository.put_instance(NAMESPACE, item("ITEM 0", Number=1))  # keeps its place
        expected[0] = "ITEM 0"
        assert [str(found["Id"]) for found in await read_all(repository, NAMESPACE, "Demo_Item")] == expected
        assert [row[0] for row in await rows(repository, ITEM.layout)] == expected
        await repository.close()

    run(work)


def test_what_is_created_during_a_reading_does_not_lengthen_it(location: str) -> None:
    async def work() -> None:
        repository = SqlRepository(location)
        await repository.put_instances(NAMESPACE, [item(f"item {i}") for i in range(150)])
        seen = 0
        async for page in repository.instances(NAMESPACE, "Demo_Item"):
            seen += len(page)
            await repository.put_instances(NAMESPACE, [item(f"more {seen} {i}") for i in range(150)])
        assert seen == 150
        await repository.close()

    run(work)


def test_instances_deleted_while_they_are_read_disturb_nothing(location: str) -> None:
    async def work() -> None:
        repository = SqlRepository(location)
        await repository.put_instances(NAMESPACE, [item(f"item {i}") for i in range(250)])
        async with repository.transaction():
            async for page in repository.instances(NAMESPACE, "Demo_Item"):
                for found in page:
                    assert await repository.delete_instance(NAMESPACE, "Demo_Item", {"Id": found["Id"]})
        assert await repository.count(NAMESPACE, "Demo_Item") == 0
        await repository.close()

    run(work)


def test_many_keys_are_answered_in_their_order(location: str) -> None:
    async def work() -> None:
        repository = SqlRepository(location)
        await repository.put_instances(NAMESPACE, [item(f"item {i}", Number=i) for i in range(2500)])
        keys = [{"Id": f"ITEM {i}"} for i in range(2499, -1, -1)] + [{"Id": "none"}, {"Id": "item 1"}]
        found = await repository.get_many(NAMESPACE, "Demo_Item", keys)
        assert [None if one is None else one["Number"] for one in found] == [*range(2499, -1, -1), None, 1]
        layout = ITEM.layout_for(["Number"])
        assert await rows(repository, layout, keys=keys) == [(i,) for i in [*range(2499, -1, -1), 1]]
        narrow = await repository.get_as(NAMESPACE, layout, {"Id": "iTEM 7"})
        assert narrow is not None
        assert tuple(narrow.raw_values_()) == (7,)
        assert await repository.get_as(NAMESPACE, layout, {"Id": "none"}) is None
        await repository.close()

    run(work)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of rows that pages had."""
    pages: list[int] = []
    page = Reader._page

    def counting(self: Reader, cursor: Cursor, count: int) -> Any:
        found = page(self, cursor, count)
        pages.append(len(found[0]))
        return found

    monkeypatch.setattr(Reader, "_page", counting)
    return pages


@pytest.mark.parametrize(
    ("where", "most"),
    [
        ([term("Group", "=", 3)], 10),
        ([term("Group", "<", 3)], 40),
        ([term("Group", ">=", 97)], 30),
        ([term("Label", "=", "LABEL 5")], 10),
        ([term("Number", "=", 5), term("Group", "=", 5)], 10),
        ([term("Group", ">", 0), term("Label", "=", "none")], 0),
    ],
)
def test_an_indexed_property_narrows_what_is_read(
    where: list[Comparison], most: int, location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        repository, model = SqlRepository(location), MemoryRepository()
        stored = [item(f"item {i}", Number=i, Group=i % 100, Label=f"Label {i % 100}") for i in range(1000)]
        for one in (repository, model):
            await one.put_instances(NAMESPACE, stored)
        pages = counted(monkeypatch)
        assert await selected(repository, ITEM.layout, where) == await selected(model, ITEM.layout, where)
        assert sum(pages) <= most
        await repository.close()

    run(work)


def test_through_an_index_many_pages_are_read(location: str) -> None:
    async def work() -> None:
        repository = SqlRepository(location)
        await repository.put_instances(NAMESPACE, [item(f"item {i}", Group=i % 2) for i in range(3000)])
        layout = ITEM.layout_for(["Id", "Group"])
        found = await rows(repository, layout, where=[term("Group", "=", 1)])
        assert sorted(found) == sorted((f"item {i}", 1) for i in range(3000) if i % 2)
        await repository.close()

    run(work)


LABELS = st.sampled_from(["a", "A", "ß", "ss", "b\0", "\ud800", "x" * 200, "x" * 201, ""])


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_index_follows_every_change(data: st.DataObject, new_location: Callable[[], str]) -> None:
    groups = st.sampled_from([UNSET, None, 0, 7, 8, 2**32 - 1])
    values = st.tuples(st.sampled_from("abcd"), groups, st.none() | st.just(UNSET) | LABELS)
    steps = data.draw(st.lists(st.lists(values, min_size=1, max_size=4) | st.sampled_from("abcd"), max_size=6))
    operators = st.sampled_from(["=", "<", "<=", ">", ">="])
    wheres = st.tuples(st.just("Group"), operators, st.sampled_from([0, 7, 8])) | st.tuples(
        st.just("Label"), operators, LABELS
    )
    where = [term(*one) for one in data.draw(st.lists(wheres, min_size=1, max_size=2))]

    async def work() -> None:
        repository, model = SqlRepository(new_location()), MemoryRepository()
        both: tuple[Repository, ...] = (repository, model)
        for step in steps:
            for one in both:
                if isinstance(step, str):
                    await one.delete_instance(NAMESPACE, "Demo_Item", {"Id": step})
                else:
                    put = [CimInstance(ITEM.layout, (key, UNSET, group, label)) for key, group, label in step]
                    await one.put_instances(NAMESPACE, put)
        assert await selected(repository, ITEM.layout, where) == await selected(model, ITEM.layout, where)
        await repository.close()

    run(work)


def plain() -> CimClass:
    """``ITEM`` as it was before anybody asked for an index."""
    properties = [CimProperty(p.name, p.type, default=p.default) for p in ITEM.properties.values()]
    properties[0] = CimProperty("Id", CimType.STRING, qualifiers=qualified("key"))
    return derive(None, "Demo_Item", properties=properties[:3])


@pytest.mark.parametrize("by", ["class", "instance"])
def test_an_index_that_comes_later_holds_what_was_there(
    by: str, location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        repository = SqlRepository(location)
        before = plain()
        stored = [CimInstance.of(before, {"Id": f"item {i}", "Group": i % 100}) for i in range(1200)]
        await repository.put_instances(NAMESPACE, stored)
        if by == "class":
            await repository.put_class(NAMESPACE, ITEM)
        else:
            await repository.put_instance(NAMESPACE, item("item 3", Group=3))
        pages = counted(monkeypatch)
        found = await rows(repository, ITEM.layout, where=[term("Group", "=", 3)])
        assert sorted(str(row[0]) for row in found if row[2] == 3) == sorted(f"item {i}" for i in range(3, 1200, 100))
        assert sum(pages) < 40
        await repository.close()

    run(work)


def test_a_missing_definition_is_damage(path: str) -> None:
    import sqlite3

    async def work() -> str:
        repository = SqlRepository(path)
        await repository.put_instance(NAMESPACE, item("a"))
        with sqlite3.connect(path) as other:
            other.execute("DELETE FROM wmix_definition")
        other.close()
        try:
            await read_all(repository, NAMESPACE, "Demo_Item")
        except Exception as error:
            return f"{type(error).__name__} {error}"
        finally:
            await repository.close()
        return ""

    assert "WBEM_E_CRITICAL_ERROR" in run(work)
