"""Polls: one for all of a class and interval, its baseline, what it tells, and what it survives."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from unit.local.subscriptions.watching import (
    CREATION,
    NAMESPACE,
    Zoo,
    machine,
    manager_of,
    read,
    short,
    watch,
)
from unit.local.systems import ANIMAL, THING
from wmix.cim.classes import CimProperty, derive
from wmix.cim.types import CimType
from wmix.config import Limits, Settings, Timeouts
from wmix.errors import DeadlineExceeded, ProviderError, QuotaExceeded, WmiError
from wmix.port.events import InstanceChange
from wmix.port.requests import PutClass
from wmix.providers.registration import provider
from wmix.status import WBEM_E_NO_KEY, WBEMESS_E_REGISTRATION_TOO_PRECISE
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from wmix.port.events import EventRequest
    from wmix.port.provider import InstanceRequest


def animals(within: float, event: str = "__InstanceOperationEvent") -> str:
    return f'SELECT * FROM {event} WITHIN {within} WHERE TargetInstance ISA "Animal"'


def test_the_first_reading_is_the_baseline_and_later_ones_tell_what_differs() -> None:
    async def body() -> None:
        zoo = Zoo(cat=4, fly=6)
        where = await machine([zoo.definition()])
        handle = await watch(where, animals(5))
        loop = asyncio.get_running_loop()
        began = loop.time()
        zoo.legs = {"cat": 3, "bird": 2}
        found = await read(handle, 3, 60.0)
        assert loop.time() == began + 5.0
        assert sorted(map(short, found)) == [
            ("Creation", 'Animal.Name="bird"'),
            ("Deletion", 'Animal.Name="fly"'),
            ("Modification", 'Animal.Name="cat"'),
        ]
        changed = next(event for event in found if "Modification" in event["__CLASS"])
        assert (changed["PreviousInstance"]["Legs"], changed["TargetInstance"]["Legs"]) == (4, 3)
        assert changed["TargetInstance"]["__PATH"] == '\\\\HERE\\root\\t:Animal.Name="cat"'
        assert await read(handle, 1, 60.0) == []
        await where.engine.close()

    run_virtual(body)


def test_five_hundred_subscriptions_cost_the_polls_of_their_pairs() -> None:
    async def body() -> None:
        zoo = Zoo(cat=4)
        where = await machine([zoo.definition()])
        handles = [await watch(where, animals(within)) for _ in range(250) for within in (10, 20)]
        assert manager_of(where).feeds == 2
        began = zoo.readings
        await asyncio.sleep(105.0)
        assert zoo.readings - began == 10 + 5
        zoo.legs = {}
        await asyncio.sleep(20.0)
        assert {len(await read(handle, 10)) for handle in handles} == {1}
        for handle in handles:
            handle.release()
        await asyncio.sleep(0)
        assert manager_of(where).feeds == 0
        began = zoo.readings
        await asyncio.sleep(100.0)
        assert zoo.readings == began
        await where.engine.close()

    run_virtual(body)


def test_who_joins_later_gets_a_baseline_of_its_own_time() -> None:
    async def body() -> None:
        zoo = Zoo(cat=4)
        where = await machine([zoo.definition()])
        first = await watch(where, animals(10))
        await asyncio.sleep(5.0)
        zoo.legs["dog"] = 4
        second = await watch(where, animals(10))
        zoo.legs["cow"] = 4
        await asyncio.sleep(11.0)
        assert [short(event)[1] for event in await read(first, 10)] == ['Animal.Name="dog"', 'Animal.Name="cow"']
        # The dog was there before.
        assert [short(event)[1] for event in await read(second, 10)] == ['Animal.Name="cow"']
        assert manager_of(where).feeds == 1
        await where.engine.close()

    run_virtual(body)


def test_a_fresh_reading_serves_as_the_baseline_of_who_joins() -> None:
    async def body() -> None:
        zoo = Zoo(cat=4)
        where = await machine([zoo.definition()])
        kept = [await watch(where, animals(10))]
        await asyncio.sleep(0.9)
        kept.append(await watch(where, animals(10)))
        assert zoo.readings == 1
        await asyncio.sleep(0.2)
        kept.append(await watch(where, animals(10)))
        assert zoo.readings == 2
        await where.engine.close()

    run_virtual(body)


def test_a_slow_reading_is_never_joined_by_another() -> None:
    async def body() -> None:
        zoo = Zoo(cat=4, dog=4, cow=4)
        zoo.slowly = 2.0
        where = await machine([zoo.definition()])
        kept = await watch(where, animals(1))
        loop = asyncio.get_running_loop()
        assert loop.time() == 6.0
        await asyncio.sleep(30.0)
        # Each takes six seconds, the next begins when it has ended.
        assert zoo.readings - zoo.closed <= 1
        assert zoo.readings == 6
        kept.release()
        await where.engine.close()

    run_virtual(body)


def test_a_reading_that_fails_is_reported_and_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def body() -> None:
        zoo = Zoo(cat=4, dog=4)
        where = await machine([zoo.definition()])
        handle = await watch(where, animals(1))
        await asyncio.sleep(0.5)
        zoo.fails, zoo.legs = OSError("the gate is shut"), {"cat": 4}
        await asyncio.sleep(2.0)
        assert "the gate is shut" in caplog.text
        assert await read(handle, 10) == []
        zoo.fails, zoo.legs = None, {"cat": 4, "dog": 3}
        await asyncio.sleep(1.0)
        # Not a deletion and a creation: what the broken reading did not come to was not gone.
        assert [short(event) for event in await read(handle, 10)] == [("Modification", 'Animal.Name="dog"')]
        await where.engine.close()

    run_virtual(body)


def test_a_baseline_that_cannot_be_read_refuses_the_subscription_and_leaves_nothing() -> None:
    async def body() -> None:
        zoo = Zoo(cat=4)
        zoo.fails = OSError("the gate is shut")
        where = await machine([zoo.definition()])
        with pytest.raises(ProviderError, match="the gate is shut"):
            await watch(where, animals(1))
        await asyncio.sleep(0)
        assert manager_of(where).feeds == 0
        readings = zoo.readings
        await asyncio.sleep(10.0)
        assert zoo.readings == readings
        await where.engine.close()

    run_virtual(body)


def test_a_provider_that_does_not_end_is_given_up_in_time() -> None:
    async def body() -> None:
        zoo = Zoo(cat=4)
        zoo.slowly = 1000.0
        where = await machine([zoo.definition()], settings=Settings(timeouts=Timeouts(call=30.0)))
        with pytest.raises(DeadlineExceeded):
            await watch(where, animals(1))
        await asyncio.sleep(1.0)
        assert zoo.closed == zoo.readings
        await where.engine.close()

    run_virtual(body)


def test_a_later_reading_that_does_not_end_is_given_up_and_the_next_one_tells() -> None:
    async def body() -> None:
        zoo = Zoo(cat=4, dog=4)
        where = await machine([zoo.definition()], settings=Settings(timeouts=Timeouts(call=30.0)))
        handle = await watch(where, animals(1))
        zoo.slowly = 1000.0
        await asyncio.sleep(40.0)
        zoo.slowly, zoo.legs = 0.0, {"cat": 3, "dog": 4}
        loop = asyncio.get_running_loop()
        before = loop.time()
        # Not what the broken reading did not come to.
        assert [short(event) for event in await read(handle, 9, 60.0)] == [("Modification", 'Animal.Name="cat"')]
        assert loop.time() - before <= 60.0
        await asyncio.sleep(0.5)
        assert zoo.closed == zoo.readings
        await where.engine.close()

    run_virtual(body)


def test_who_joins_between_two_readings_has_its_baseline_at_once() -> None:
    async def body() -> None:
        zoo = Zoo(cat=4)
        where = await machine([zoo.definition()])
        first = await watch(where, animals(100))
        await asyncio.sleep(50.0)
        loop = asyncio.get_running_loop()
        before = loop.time()
        other = await watch(where, animals(100))
        assert loop.time() - before < 1.0
        zoo.legs = {"cat": 3}
        assert [short(event)[0] for event in await read(other, 1, 200.0)] == ["Modification"]
        assert [short(event)[0] for event in await read(first, 1, 200.0)] == ["Modification"]
        assert manager_of(where).feeds == 1
        await where.engine.close()

    run_virtual(body)


def test_keys_are_told_apart_as_paths_are() -> None:
    rows: list[Mapping[str, object]] = [{"A": 1, "B": "x", "C": 1}, {"A": 1, "B": "y", "C": 1}]

    @provider("Couple", namespace=NAMESPACE, keys=("A", "B"), properties={"A": "uint32", "B": "string", "C": "uint32"})
    async def couples(request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
        del request
        for row in rows:
            yield row

    async def body() -> None:
        where = await machine([couples])
        handle = await watch(where, 'SELECT * FROM __InstanceOperationEvent WITHIN 1 WHERE TargetInstance ISA "Couple"')
        # The case of a text does not make another key; one of two values does.
        rows[:] = [{"A": 1, "B": "X", "C": 2}, {"A": 2, "B": "y", "C": 1}, {"A": 3, "B": "z", "C": 1}]
        await asyncio.sleep(1.5)
        assert sorted(map(short, await read(handle, 10))) == [
            ("Creation", 'Couple.A=2,B="y"'),
            ("Creation", 'Couple.A=3,B="z"'),
            ("Deletion", 'Couple.A=1,B="y"'),
            ("Modification", 'Couple.A=1,B="X"'),
        ]
        await where.engine.close()

    run_virtual(body)


def test_another_definition_of_the_class_is_no_change_of_all_of_its_instances() -> None:
    async def body() -> None:
        zoo = Zoo(cat=4)
        where = await machine([zoo.definition()])
        handle = await watch(where, animals(1))
        more = [
            *[prop for prop in ANIMAL.properties.values() if prop.name == "Legs"],
            CimProperty("Age", CimType.UINT8),
        ]
        changed = derive(THING, "Animal", properties=more, qualifiers=list(ANIMAL.qualifiers.entries()))
        await where.run(PutClass(object=changed, flags=0x10))
        await asyncio.sleep(2.0)
        assert await read(handle, 10) == []
        zoo.legs = {"cat": 3}
        assert [short(event)[0] for event in await read(handle, 1, 5.0)] == ["Modification"]
        await where.engine.close()

    run_virtual(body)


def test_a_class_with_so_many_instances_is_polled() -> None:
    async def body() -> None:
        zoo = Zoo(**{f"ant{number}": 6 for number in range(10)})
        where = await machine([zoo.definition()], settings=Settings(limits=Limits(polled_objects=10)))
        await watch(where, animals(1))
        await where.engine.close()

    run_virtual(body)


def test_a_class_with_too_many_instances_is_refused() -> None:
    async def body() -> None:
        zoo = Zoo(**{f"ant{number}": 6 for number in range(11)})
        where = await machine([zoo.definition()], settings=Settings(limits=Limits(polled_objects=10)))
        with pytest.raises(QuotaExceeded, match="more than 10 instances"):
            await watch(where, animals(1))
        await where.engine.close()

    run_virtual(body)


def test_instances_without_a_key_cannot_be_polled() -> None:
    @provider("Cloud", namespace=NAMESPACE, properties={"Size": "uint32"})
    async def clouds(request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
        del request
        yield {"Size": 1}

    async def body() -> None:
        where = await machine([clouds])
        with pytest.raises(WmiError) as caught:
            await watch(where, f'SELECT * FROM {CREATION} WITHIN 1 WHERE TargetInstance ISA "Cloud"')
        assert caught.value.status == WBEM_E_NO_KEY
        await where.engine.close()

    run_virtual(body)


def test_two_intervals_are_two_polls_and_each_tells_its_own() -> None:
    async def body() -> None:
        zoo = Zoo(cat=4)
        where = await machine([zoo.definition()])
        quick, slow = await watch(where, animals(1)), await watch(where, animals(10))
        zoo.legs["dog"] = 4
        await asyncio.sleep(1.5)
        assert len(await read(quick, 10)) == 1
        assert await read(slow, 10) == []
        await asyncio.sleep(10.0)
        assert await read(quick, 10) == []
        assert len(await read(slow, 10)) == 1
        await where.engine.close()

    run_virtual(body)


def test_a_provider_that_tells_is_not_polled() -> None:
    zoo = Zoo(cat=4)
    definition = zoo.definition()
    told: list[str] = []

    @definition.changes()
    async def changes(request: EventRequest) -> AsyncIterator[InstanceChange | None]:
        told.append(request.cls.name)
        assert request.wants("__InstanceModificationEvent")
        await asyncio.sleep(1.0)
        yield InstanceChange(None, {"Name": "dog", "Legs": 4})
        yield None
        yield InstanceChange({"Name": "dog", "Legs": 4}, {"Name": "dog", "Legs": 3})
        yield InstanceChange({"Name": "dog", "Legs": 3}, None)
        await asyncio.sleep(1000.0)

    async def body() -> None:
        where = await machine([definition])
        # Neither needs WITHIN.
        handle = await watch(where, 'SELECT * FROM __InstanceOperationEvent WHERE TargetInstance ISA "Animal"')
        other = await watch(where, 'SELECT * FROM __InstanceDeletionEvent WHERE TargetInstance ISA "Animal"')
        kinds = [short(event)[0] for event in await read(handle, 3, 10.0)]
        assert kinds == ["Creation", "Modification", "Deletion"]
        assert [short(event)[0] for event in await read(other, 1, 10.0)] == ["Deletion"]
        assert told == ["Animal"]
        assert zoo.readings == 0
        await where.engine.close()

    run_virtual(body)


def test_what_a_provider_does_not_tell_is_polled_for_and_nothing_comes_twice() -> None:
    zoo = Zoo(cat=4)
    definition = zoo.definition()

    @definition.changes("creation")
    async def changes(request: EventRequest) -> AsyncIterator[InstanceChange]:
        del request
        await asyncio.sleep(1.0)
        zoo.legs = {"cat": 3, "dog": 4}
        yield InstanceChange(None, {"Name": "dog", "Legs": 4})
        await asyncio.sleep(1000.0)

    async def body() -> None:
        where = await machine([definition])
        handle = await watch(where, animals(5))
        assert [short(event)[0] for event in await read(handle, 2, 30.0)] == ["Creation", "Modification"]
        assert await read(handle, 1, 30.0) == []
        with pytest.raises(WmiError) as caught:
            await watch(where, 'SELECT * FROM __InstanceOperationEvent WHERE TargetInstance ISA "Animal"')
        assert caught.value.status == WBEMESS_E_REGISTRATION_TOO_PRECISE
        await where.engine.close()

    run_virtual(body)


def test_a_change_that_is_none_fails_with_the_name_of_its_provider() -> None:
    definition = Zoo().definition()

    @definition.changes()
    async def changes(request: EventRequest) -> AsyncIterator[object]:
        del request
        await asyncio.sleep(1.0)
        yield {"Name": "dog"}

    async def body() -> None:
        where = await machine([definition])
        handle = await watch(where, animals(5))
        with pytest.raises(ProviderError, match="provider zoo of Animal told"):
            await read(handle, 1, 10.0)
        await where.engine.close()

    run_virtual(body)
