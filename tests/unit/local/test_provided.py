"""Classes that exist because a provider serves them: declared, or learnt from the first object."""

from __future__ import annotations

import asyncio
import datetime
from typing import TYPE_CHECKING, Any

import pytest

from unit.local.systems import THING, read, services
from wmix.cim.types import CimType
from wmix.config import Settings, Timeouts
from wmix.errors import InvalidClass, InvalidParameter, InvalidQuery, ProviderError
from wmix.providers.registration import method, provider
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from wmix.providers.registration import ProviderDefinition


def giving(*rows: Mapping[str, object], keys: tuple[str, ...] = ("Id",), **rest: Any) -> ProviderDefinition:
    async def function(request: Any) -> AsyncIterator[Mapping[str, object]]:
        for row in rows:
            yield row

    return provider("Given", namespace="root/t", keys=keys, **rest)(function)


def test_a_declared_class_has_its_types_keys_and_parent() -> None:
    async def body() -> None:
        definition = giving(
            {"Name": "x", "Sizes": [1, 2], "Other": "Thing"},
            keys=(),
            parent="Thing",
            properties={"Sizes": "uint16[]", "Other": "ref:Thing"},
        )
        where = await services([definition], classes=[THING])
        (row,) = await read(where, "SELECT * FROM Given")
        cls = row.class_
        assert (cls.superclass, cls.keys) == ("Thing", ("Name",))
        assert (row.Sizes, cls.properties["Other"].cimtype, cls.is_dynamic) == ((1, 2), "ref:Thing", True)

    run_virtual(body)


def test_a_class_is_learnt_from_the_first_object() -> None:
    async def body() -> None:
        now = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
        definition = giving({"Id": "a", "N": 5, "F": 1.5, "B": True, "When": now, "L": ["x"], "Nil": None}, {"Id": "b"})
        where = await services([definition])
        rows = await read(where, "SELECT * FROM Given WHERE N >= 5")
        assert [row.Id for row in rows] == ["a"]
        types = {name: (prop.type, prop.is_array) for name, prop in rows[0].class_.properties.items()}
        assert types == {
            "Id": (CimType.STRING, False),
            "N": (CimType.SINT64, False),
            "F": (CimType.REAL64, False),
            "B": (CimType.BOOLEAN, False),
            "When": (CimType.DATETIME, False),
            "L": (CimType.STRING, True),
            "Nil": (CimType.STRING, False),
        }
        assert rows[0].When.text == "20260102000000.000000+000"

    run_virtual(body)


def test_a_provider_that_yields_nothing_yet_has_its_keys_only_and_is_asked_again() -> None:
    async def body() -> None:
        rows: list[Mapping[str, object]] = []

        async def function(request: Any) -> AsyncIterator[Mapping[str, object]]:
            for row in rows:
                yield row

        where = await services([provider("Late", namespace="root/t", keys=("Id",))(function)])
        assert await read(where, "SELECT * FROM Late") == []
        with pytest.raises(InvalidQuery):
            await read(where, "SELECT Size FROM Late")
        rows.append({"Id": "a", "Size": 3})
        assert [row.Size for row in await read(where, "SELECT Size FROM Late")] == [3]

    run_virtual(body)


def test_a_provider_that_fails_while_its_class_is_learnt_says_what_to_do() -> None:
    async def body() -> None:
        async def function(request: Any) -> AsyncIterator[Mapping[str, object]]:
            raise KeyError("disk")
            yield {}

        where = await services([provider("Broken", namespace="root/t", keys=("Id",))(function)])
        with pytest.raises(ProviderError, match="declare the class"):
            await read(where, "SELECT * FROM Broken")
        with pytest.raises(ProviderError, match="no CIM type"):
            await read(await services([giving({"Id": object()})]), "SELECT * FROM Given")

    run_virtual(body)


def test_a_class_that_is_defined_elsewhere_is_the_same_in_every_request() -> None:
    async def body() -> None:
        asked: list[object] = []

        @provider("Thing", namespace="root/t")
        async def things(request: Any) -> AsyncIterator[Mapping[str, object]]:
            asked.append(request.cls)
            yield {"Name": "x"}

        where = await services([things], classes=[THING])
        for _ in range(2):
            (row,) = await read(where, "SELECT * FROM Thing")
            assert row.Name == "x"
        # What is compiled for its layout, here and on the wire, is compiled once.
        assert len(asked) == 2
        assert asked[0] is asked[1]

    run_virtual(body)


def test_a_parent_that_does_not_exist_is_named() -> None:
    async def body() -> None:
        with pytest.raises(InvalidClass, match="Nothing"):
            await read(await services([giving(parent="Nothing", properties={})]), "SELECT * FROM Given")

    run_virtual(body)


def test_declarations_that_cannot_be_are_refused_at_once() -> None:
    with pytest.raises(InvalidParameter, match="name"):
        provider("")
    with pytest.raises(InvalidParameter, match="singleton"):
        provider("One", keys=("Id",), singleton=True)
    with pytest.raises(InvalidParameter, match="name"):
        method("Class", "")


def test_a_singleton_has_one_instance_and_its_path() -> None:
    async def body() -> None:
        async def function(request: Any) -> AsyncIterator[Mapping[str, object]]:
            yield {"Text": "only"}

        one = provider("One", namespace="root/t", singleton=True, properties={"Text": "string"})(function)
        (row,) = await read(await services([one]), "SELECT * FROM One")
        assert row["__RELPATH"] == "One=@"

    run_virtual(body)


def test_a_provider_whose_first_object_does_not_come_is_waited_for_no_longer_than_one_wait() -> None:
    closed: list[float] = []

    async def silent(request: Any) -> AsyncIterator[Mapping[str, object]]:
        try:
            await asyncio.get_running_loop().create_future()
            yield {}
        finally:
            closed.append(asyncio.get_running_loop().time())

    async def body() -> None:
        settings = Settings(timeouts=Timeouts(wait=7))
        where = await services([provider("Silent", namespace="root/t", keys=("Id",))(silent)], settings=settings)
        with pytest.raises(ProviderError, match="TimeoutError") as caught:
            await read(where, "SELECT * FROM Silent")
        assert caught.value.hint == "declare the class with properties={...}"
        assert closed == [pytest.approx(7)]

    run_virtual(body)
