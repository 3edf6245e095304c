"""Instances that are put, and paths that must name one whole: what the class asks of them."""

from __future__ import annotations

import pytest

from unit.local.systems import PAIR, THING, services
from wmix.cim.instances import CimInstance
from wmix.errors import InvalidClass, InvalidPath, WmiError
from wmix.port.requests import DeleteInstance, GetObject, PutInstance
from wmix.testing.clock import run_virtual


def test_an_abstract_class_gets_no_instances() -> None:
    async def body() -> None:
        where = await services()
        with pytest.raises(InvalidClass, match="Thing is abstract"):
            await where.run(PutInstance(object=CimInstance.of(THING, {"Name": "x"})))

    run_virtual(body)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("Pair.A=1", "the key B of Pair is missing"),
        ('Pair="x"', "Pair has 2 keys"),
        ('Pair.A=1,C="x"', "C is no key of Pair"),
        ('Pair.A="one",B="x"', "A"),
    ],
)
@pytest.mark.parametrize("request_type", [GetObject, DeleteInstance])
def test_a_path_names_every_key_with_a_value_of_its_type(
    request_type: type[GetObject | DeleteInstance], path: str, said: str
) -> None:
    async def body() -> None:
        where = await services()
        await where.run(PutInstance(object=CimInstance.of(PAIR, {"A": 1, "B": "x"})))
        with pytest.raises(InvalidPath, match=said):
            await where.run(request_type(path=path))
        await where.run(request_type(path='Pair.b="x",a=1'))

    run_virtual(body)


def test_an_instance_without_its_key_is_told_which() -> None:
    async def body() -> None:
        where = await services()
        with pytest.raises(WmiError, match="B") as caught:
            await where.run(PutInstance(object=CimInstance.of(PAIR, {"A": 1})))
        assert caught.value.symbol == "WBEM_E_NO_KEY"

    run_virtual(body)


def test_a_class_is_not_deleted_as_an_instance() -> None:
    async def body() -> None:
        where = await services()
        with pytest.raises(InvalidPath, match="Pair names a class"):
            await where.run(DeleteInstance(path="Pair"))

    run_virtual(body)
