"""Execution: several sources beside each other, stopped together when their reader goes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from unit.local.systems import SEMI, services
from wmix.config import Limits, Settings
from wmix.port.requests import CreateInstanceEnum
from wmix.providers.registration import provider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from wmix.port.provider import InstanceRequest
    from wmix.providers.registration import ProviderDefinition
    from wmix.testing.clock import VirtualLoop


class Endless:
    """Providers of Animal and Bird that never end, and how many were stopped."""

    def __init__(self) -> None:
        self.stopped: list[str] = []

    def definition(self, class_name: str) -> ProviderDefinition:
        """The provider of one class."""

        @provider(class_name, namespace="root/t")
        async def endless(request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
            number = 0
            try:
                while True:
                    yield {"Name": f"{class_name} {number}"}
                    number += 1
                    await asyncio.sleep(0)
            finally:
                self.stopped.append(class_name)

        return endless


@pytest.mark.parametrize("credit", [1, 100, 100_000])
def test_a_reader_who_goes_stops_every_source_however_far_they_are_ahead(
    virtual_loop: VirtualLoop, credit: int
) -> None:
    async def read_a_little() -> None:
        sources = Endless()
        settings = Settings(limits=Limits(buffer_objects=credit))
        door = await services([sources.definition("Animal"), sources.definition("Bird")], settings=settings)
        enumerator = door.open(CreateInstanceEnum(class_name="Thing", flags=SEMI))
        portion = await enumerator.next(None, 1)
        assert portion.returned == 1
        # Far enough that the sources wait for room, each at its own place.
        await asyncio.sleep(60)
        enumerator.release()
        async with asyncio.timeout(10):
            await enumerator.call.stopped()
        assert sorted(sources.stopped) == ["Animal", "Bird"]
        assert not door.engine.calls
        await door.engine.close()

    virtual_loop.run_until_complete(read_a_little())


@pytest.mark.parametrize(
    ("row", "said"), [(5, "Animal: a int where a mapping is expected"), ({"Name": None}, "Animal.Name is a key")]
)
def test_a_row_that_is_none_fails_its_provider_and_says_where(
    virtual_loop: VirtualLoop, row: object, said: str
) -> None:
    @provider("Animal", namespace="root/t")
    async def wrong(request: InstanceRequest) -> AsyncIterator[object]:
        yield {"Name": "dog"}
        yield row

    async def body() -> None:
        door = await services([wrong])
        enumerator = door.open(CreateInstanceEnum(class_name="Animal", flags=SEMI))
        portion = await enumerator.next(None, 5)
        assert portion.returned == 1
        last = await enumerator.next(None, 5)
        assert last.error is not None
        assert said in str(last.error)

    virtual_loop.run_until_complete(body())
