"""Data queries over providers and static instances: projection, push-down, unions, and the failures of providers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from unit.local.systems import SEMI, STONES, read, services
from wmix.errors import (
    InvalidClass,
    InvalidQuery,
    ProviderError,
    QuotaExceeded,
    WmiError,
)
from wmix.port.flags import (
    WBEM_FLAG_DIRECT_READ,
    WBEM_FLAG_ENSURE_LOCATABLE,
    WBEM_FLAG_PROTOTYPE,
    WBEM_FLAG_SHALLOW,
)
from wmix.port.requests import CreateClassEnum, CreateInstanceEnum, ExecQuery
from wmix.providers.registration import provider
from wmix.status import WBEM_E_ACCESS_DENIED, WBEM_E_PROVIDER_NOT_FOUND
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from wmix.port.provider import InstanceRequest
    from wmix.providers.registration import ProviderDefinition


class Zoo:
    """Providers of Animal and Bird that remember what they were asked."""

    def __init__(self) -> None:
        self.asked: list[InstanceRequest] = []
        self.early: list[str] = []
        self.animals = provider("Animal", namespace="root/t", pushes=("Name", "Legs"))(self._animals)
        self.birds = provider("Bird", namespace="root/t")(self._birds)

    @property
    def definitions(self) -> list[ProviderDefinition]:
        return [self.animals, self.birds]

    async def _animals(self, request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
        self.asked.append(request)
        for name, legs, weight in (("cat", 4, 4), ("ant", 6, 0), ("snail", None, 0)):
            if request.early({"Legs": legs}):
                self.early.append(name)
                yield {"Name": name, "Legs": legs, "Weight": weight}

    def _birds(self, request: InstanceRequest) -> Iterator[Mapping[str, object]]:
        self.asked.append(request)
        yield {"Name": "wren", "Wings": 2, "Weight": 1}


def names(objects: list[Any]) -> list[str]:
    return sorted(item.Name for item in objects)


def test_a_superclass_is_the_union_of_its_subclasses_providers_and_instances() -> None:
    async def body() -> None:
        where = await services(Zoo().definitions, instances=STONES)
        found = await read(where, "SELECT * FROM Thing")
        assert names(found) == ["ant", "cat", "chalk", "flint", "snail", "wren"]
        assert {item["__CLASS"] for item in found} == {"Animal", "Bird", "Stone"}
        assert {str(item.path_) for item in found if item.Name == "wren"} == {'\\\\HERE\\root\\t:Bird.Name="wren"'}
        assert names(await read(where, "SELECT Name FROM Thing WHERE Weight = 1")) == ["chalk", "wren"]

    run_virtual(body)


def test_only_what_select_and_where_need_is_asked_for() -> None:
    async def body() -> None:
        zoo = Zoo()
        where = await services(zoo.definitions)
        rows = await read(where, "SELECT name FROM Animal WHERE Legs > 4")
        assert [list(row) for row in rows] == [["Name"]]
        (request,) = zoo.asked
        assert request.properties == frozenset({"Name", "Legs"})
        assert request.wants("Legs")
        assert not request.wants("Weight")
        assert [(c.name, c.operator, c.value) for c in request.comparisons] == [("Legs", ">", 4)]
        assert zoo.early == ["ant"], "the provider could leave out what fails, NULL among it"
        assert zoo.asked[0].keys is None

    run_virtual(body)


def test_equality_of_keys_is_a_look_up_and_comparisons_are_pushed_only_where_declared() -> None:
    async def body() -> None:
        zoo = Zoo()
        where = await services(zoo.definitions)
        await read(where, "SELECT * FROM Animal WHERE Name = 'cat' OR Name = 'dog'")
        await read(where, "SELECT * FROM Bird WHERE Wings = 2")
        assert zoo.asked[0].keys == ({"Name": "cat"}, {"Name": "dog"})
        assert zoo.asked[0].properties is None
        assert zoo.asked[1].comparisons == ()
        assert await read(where, "SELECT * FROM Animal WHERE Name = 'cat' AND Name = 'dog'") == []
        assert len(zoo.asked) == 2, "what cannot match is not asked"

    run_virtual(body)


def test_keys_come_along_when_objects_must_be_locatable() -> None:
    async def body() -> None:
        where = await services(Zoo().definitions)
        (bare,) = await read(where, "SELECT Wings FROM Bird")
        assert (list(bare), bare["__PATH"], bare["__RELPATH"]) == (["Wings"], None, None)
        (found,) = await read(where, "SELECT Wings FROM Bird", SEMI | WBEM_FLAG_ENSURE_LOCATABLE)
        assert (list(found), found["__RELPATH"]) == (["Name", "Wings"], 'Bird.Name="wren"')

    run_virtual(body)


def test_a_class_condition_leaves_the_other_sources_alone() -> None:
    async def body() -> None:
        zoo = Zoo()
        where = await services(zoo.definitions, instances=STONES)
        assert names(await read(where, "SELECT * FROM Thing WHERE __CLASS = 'Stone'")) == ["chalk", "flint"]
        assert zoo.asked == []

    run_virtual(body)


def test_class_defaults_show_where_nothing_was_set_and_in_conditions_too() -> None:
    async def body() -> None:
        where = await services(instances=STONES)
        (chalk,) = await read(where, "SELECT * FROM Stone WHERE Colour = 'grey'")
        assert chalk.Name == "chalk"
        assert not chalk.properties_["Colour"].local

    run_virtual(body)


def test_shallow_and_direct_reads_leave_subclasses_out() -> None:
    async def body() -> None:
        where = await services(Zoo().definitions, instances=STONES)
        for flags in (WBEM_FLAG_SHALLOW, WBEM_FLAG_DIRECT_READ):
            enumerator = await where.collect(CreateInstanceEnum(class_name="Thing", flags=flags))
            assert (await enumerator.next(0, 9)).returned == 0
            enumerator = await where.collect(CreateInstanceEnum(class_name="stone", flags=flags))
            assert (await enumerator.next(0, 9)).returned == 2
        assert await read(where, "SELECT * FROM Thing", SEMI | WBEM_FLAG_DIRECT_READ) == []

    run_virtual(body)


def test_a_prototype_is_the_class_cut_to_the_select_list_with_its_order() -> None:
    async def body() -> None:
        where = await services(Zoo().definitions)
        (cls,) = await read(where, "SELECT Weight, Name, weight FROM Stone", SEMI | WBEM_FLAG_PROTOTYPE)
        orders = {name: prop.qualifiers.value("Order") for name, prop in cls.properties.items()}
        assert orders == {"Name": (1,), "Weight": (0, 2)}

    run_virtual(body)


def test_class_enumerations_are_deep_or_shallow_and_never_the_class_itself() -> None:
    async def body() -> None:
        where = await services()

        async def found(superclass: str | None, flags: int) -> list[str]:
            enumerator = await where.collect(CreateClassEnum(superclass=superclass, flags=flags))
            return sorted(cls.name for cls in (await enumerator.next(0, 99)).objects())

        assert await found(None, WBEM_FLAG_SHALLOW) == ["Only", "Orphan", "Pair", "Thing"]
        assert await found("", 0) == ["Animal", "Bird", "Only", "Orphan", "Pair", "Stone", "Thing"]
        assert await found("thing", 0) == ["Animal", "Bird", "Stone"]
        with pytest.raises(InvalidClass):
            await found("Nothing", 0)

    run_virtual(body)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("", ["Animal", "Bird", "Only", "Orphan", "Pair", "Stone", "Thing"]),
        ("WHERE __this ISA 'thing'", ["Animal", "Bird", "Stone", "Thing"]),
        ("WHERE __Class = 'STONE'", ["Stone"]),
        ("WHERE __Superclass = 'Thing'", ["Animal", "Bird", "Stone"]),
        ("WHERE __Superclass IS NULL", ["Only", "Orphan", "Pair", "Thing"]),
        ("WHERE __Dynasty = 'Thing' AND NOT __Class LIKE '%i%'", ["Stone"]),
        ("WHERE __Class = 'Nothing'", []),
    ],
)
def test_schema_queries_yield_classes(condition: str, expected: list[str]) -> None:
    async def body() -> None:
        found = await read(await services(), f"SELECT * FROM meta_class {condition}")
        assert sorted(cls.name for cls in found) == expected

    run_virtual(body)


# -- failures ------------------------------------------------------------------------------------------------------


def failing(function: Any, **rest: Any) -> ProviderDefinition:
    return provider("Animal", namespace="root/t", name="the animals", **rest)(function)


@pytest.mark.parametrize(
    ("row", "text", "property_name"),
    [
        ({"Name": "x", "Legs": "four"}, "Legs", "Legs"),
        ({"Name": "x", "Legs": 256}, "Legs", "Legs"),
        ({"Name": 5}, "Name", "Name"),
        ({"Nmae": "x"}, "Nmae", "Nmae"),
        (["no mapping"], "list", None),
    ],
)
def test_a_wrong_row_names_provider_class_and_property(row: Any, text: str, property_name: str | None) -> None:
    async def body() -> None:
        async def animals(request: InstanceRequest) -> AsyncIterator[Any]:
            yield {"Name": "good"}
            yield row

        where = await services([failing(animals)])
        enumerator = where.open(ExecQuery(query="SELECT * FROM Animal", flags=SEMI))
        first = await enumerator.next(None, 1)
        assert names(first.objects()) == ["good"], "what came before the wrong row is given"
        error = (await enumerator.next(None, 1)).error
        assert isinstance(error, ProviderError)
        assert text in error.detail
        assert (error.provider, error.class_name) == ("the animals", "Animal")
        assert error.property_name == property_name

    run_virtual(body)


def test_one_failing_provider_does_not_hide_the_others_rows() -> None:
    async def body() -> None:
        async def animals(request: InstanceRequest) -> AsyncIterator[Any]:
            yield {"Name": "cat"}
            raise OSError("escaped")

        where = await services([failing(animals), Zoo().birds], instances=STONES)
        enumerator = where.open(ExecQuery(query="SELECT * FROM Thing", flags=SEMI))
        found: list[Any] = []
        while not enumerator.is_exhausted:
            found += (await enumerator.next_some(None, 10)).objects()
        assert names(found) == ["cat", "chalk", "flint", "wren"]
        assert isinstance(enumerator.error, ProviderError)
        assert "escaped" in enumerator.error.detail

    run_virtual(body)


def test_a_provider_may_choose_its_status() -> None:
    async def body() -> None:
        async def animals(request: InstanceRequest) -> AsyncIterator[Any]:
            raise WmiError("not for you", status=WBEM_E_ACCESS_DENIED)
            yield

        with pytest.raises(WmiError, match="not for you") as caught:
            await read(await services([failing(animals)]), "SELECT * FROM Animal")
        assert caught.value.status == WBEM_E_ACCESS_DENIED

    run_virtual(body)


def test_a_function_that_yields_nothing_at_all_is_no_provider() -> None:
    async def body() -> None:
        def animals(request: InstanceRequest) -> int:
            return 3

        with pytest.raises(ProviderError, match="generator"):
            await read(await services([failing(animals)]), "SELECT * FROM Animal")

    run_virtual(body)


def test_a_class_whose_provider_is_missing_says_so() -> None:
    async def body() -> None:
        with pytest.raises(WmiError, match="nobody") as caught:
            await read(await services(), "SELECT * FROM Orphan")
        assert caught.value.status == WBEM_E_PROVIDER_NOT_FOUND

    run_virtual(body)


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("SELECT * FROM Nothing", InvalidClass),
        ("SELECT Tail FROM Animal", InvalidQuery),
        ("SELECT * FROM Animal WHERE Tail = 1", InvalidQuery),
        ("SELECT * FROM Animal WHERE Legs LIKE 'x%'", InvalidQuery),
        ("SELECT * FROM", InvalidQuery),
        ("SELECT * FROM Animal WITHIN 5", InvalidQuery),
        ("SELECT Name FROM meta_class", InvalidQuery),
        ("SELECT * FROM meta_class WHERE Legs = 4", InvalidQuery),
        ("SELECT * FROM Animal WHERE " + " OR ".join(["Legs = 1"] * 1100), QuotaExceeded),
    ],
)
def test_a_wrong_query_fails_at_the_first_read(query: str, error: type[WmiError]) -> None:
    async def body() -> None:
        with pytest.raises(error):
            await read(await services(Zoo().definitions), query)

    run_virtual(body)


def test_releasing_half_way_closes_every_provider_of_a_union() -> None:
    async def body() -> None:
        closed: list[str] = []

        async def animals(request: InstanceRequest) -> AsyncIterator[Any]:
            try:
                for i in range(10_000):
                    yield {"Name": f"a{i}"}
            finally:
                closed.append("animals")

        async def birds(request: InstanceRequest) -> AsyncIterator[Any]:
            try:
                yield {"Name": "b"}
                await asyncio.get_running_loop().create_future()
            finally:
                closed.append("birds")

        where = await services([failing(animals), provider("Bird", namespace="root/t")(birds)])
        enumerator = where.open(ExecQuery(query="SELECT * FROM Thing", flags=SEMI))
        await enumerator.next(None, 1)
        start = asyncio.get_running_loop().time()
        enumerator.release()
        await enumerator.call.stopped()
        assert sorted(closed) == ["animals", "birds"]
        assert asyncio.get_running_loop().time() - start < 0.5

    run_virtual(body)


def test_a_provider_that_does_not_stop_is_given_up_in_time_and_counted() -> None:
    async def body() -> None:
        async def animals(request: InstanceRequest) -> AsyncIterator[Any]:
            yield {"Name": "mule"}
            for _ in range(3):
                try:
                    await asyncio.sleep(1000)
                except asyncio.CancelledError:
                    continue

        where = await services([failing(animals)])
        enumerator = where.open(ExecQuery(query="SELECT * FROM Animal", flags=SEMI))
        await enumerator.next(None, 1)
        start = asyncio.get_running_loop().time()
        enumerator.release()
        await enumerator.call.stopped()
        assert asyncio.get_running_loop().time() - start == pytest.approx(0.5, abs=0.05)
        assert where.engine.source.host.unstoppable == 1  # type: ignore[attr-defined]

    run_virtual(body)


def test_the_provider_sees_the_deadline_and_the_caller() -> None:
    async def body() -> None:
        zoo = Zoo()
        where = await services(zoo.definitions)
        until = asyncio.get_running_loop().time() + 5
        enumerator = where.open(
            ExecQuery(query="SELECT * FROM Animal", flags=SEMI),
            deadline=until,
        )
        await enumerator.next(None, 9)
        assert (zoo.asked[0].deadline, zoo.asked[0].caller.name) == (until, "me")
        assert zoo.asked[0].namespace == "root\\t"

    run_virtual(body)
