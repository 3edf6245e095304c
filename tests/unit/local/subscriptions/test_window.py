"""GROUP WITHIN, BY and HAVING against a naive model that knows all events and their times beforehand."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from unit.local.subscriptions.watching import CREATION, NAMESPACE, STONES, machine, put, read, stone, watch
from wmix.config import Limits, Settings
from wmix.local.subscriptions.event_query import parse_event_query
from wmix.local.subscriptions.window import Window
from wmix.testing.clock import run_virtual

#: (seconds since the event before, weight) of each event.
EVENTS = st.lists(st.tuples(st.integers(0, 7), st.integers(1, 3)), max_size=12)


def naive(events: list[tuple[int, int]], within: int, least: int) -> list[tuple[int, int, int, str]]:
    """The aggregates: (time, weight, number, name of the first event)."""
    timed, now = [], 0
    for place, (gap, weight) in enumerate(events):
        now += gap
        timed.append((now, weight, f"s{place}"))
    found: list[tuple[int, int, int, str]] = []
    while timed:
        closes = timed[0][0] + within
        # An event in the moment in which a window closes comes after it.
        inside = [event for event in timed if event[0] < closes]
        timed = timed[len(inside) :]
        for weight in dict.fromkeys([event[1] for event in inside]):
            group = [event for event in inside if event[1] == weight]
            if len(group) >= least:
                found.append((closes, weight, len(group), group[0][2]))
    return found


@given(events=EVENTS, within=st.integers(1, 9), least=st.integers(1, 3))
@settings(deadline=None)
def test_aggregates_are_those_of_the_model(events: list[tuple[int, int]], within: int, least: int) -> None:
    async def body() -> None:
        where = await machine()
        query = f"{STONES} GROUP WITHIN {within} BY TargetInstance.Weight HAVING NumberOfEvents >= {least}"
        handle = await watch(where, query)
        loop = asyncio.get_running_loop()
        began = loop.time()
        found: list[tuple[float, int, int, str]] = []

        async def reader() -> None:
            while True:
                for event in (await handle.next(None, 1)).objects():
                    shown: Any = event
                    target = shown["Representative"]["TargetInstance"]
                    found.append((loop.time() - began, target["Weight"], shown["NumberOfEvents"], target["Name"]))

        task = asyncio.ensure_future(reader())
        for place, (gap, weight) in enumerate(events):
            # A little late, so that an event comes after the window that closes in its moment.
            await asyncio.sleep(gap)
            await put(where, stone(f"s{place}", weight))
        await asyncio.sleep(within + 1)
        task.cancel()
        assert found == naive(events, within, least)
        await where.engine.close()

    run_virtual(body)


def test_without_by_there_is_one_group_and_the_select_list_shapes_its_representative() -> None:
    async def body() -> None:
        where = await machine()
        query = STONES.replace("*", "TargetInstance") + " GROUP WITHIN 5"
        handle = await watch(where, query)
        await put(where, stone("a", 1), stone("b", 2))
        (aggregate,) = await read(handle, 1, 10.0)
        assert aggregate["NumberOfEvents"] == 2
        assert list(aggregate["Representative"]) == ["TargetInstance"]
        await where.engine.close()

    run_virtual(body)


def test_groups_are_bounded_and_what_had_no_group_is_counted() -> None:
    async def body() -> None:
        where = await machine(settings=Settings(limits=Limits(event_queue=3)))
        handle = await watch(where, f"{STONES} GROUP WITHIN 5 BY TargetInstance.Name")
        await put(where, *[stone(f"s{number}") for number in range(5)], stone("s0", 2))
        found = await read(handle, 10, 10.0)
        assert [event["NumberOfEvents"] for event in found] == [2, 1, 1]
        assert handle.call.scope.dropped == 2
        await where.engine.close()

    run_virtual(body)


def test_a_window_that_is_cancelled_never_closes() -> None:
    async def body() -> None:
        where = await machine()
        place: Any = where.backend
        cls = await place.schema.resolve(NAMESPACE, CREATION)
        aggregate = await place.schema.resolve(NAMESPACE, "__AggregateEvent")
        query = await parse_event_query(
            f"SELECT * FROM {CREATION} GROUP WITHIN 5", NAMESPACE, place.schema, max_terms=9
        )
        assert query.aggregation is not None
        closed: list[Any] = []
        window = Window(query.aggregation, aggregate.layout, narrow=lambda event: event, limit=9, closed=closed.append)
        window.add(cls.layout, [cls.layout.unset])
        window.cancel()
        await asyncio.sleep(10.0)
        assert closed == []
        # It can be used again.
        window.add(cls.layout, [cls.layout.unset])
        await asyncio.sleep(10.0)
        assert len(closed) == 1
        await where.engine.close()

    run_virtual(body)
