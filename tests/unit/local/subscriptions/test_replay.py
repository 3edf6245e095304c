"""Events replayed over the first state give the last one: for writes to repositories, and for what is polled."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unit.local.subscriptions.watching import NAMESPACE, Zoo, machine, read, stone, watch
from unit.local.systems import STONE
from wmix.cim.classes import derive
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from wmix.port.backend import Repository

    State = dict[str, int]

GEM = derive(STONE, "Gem")
NAMES = st.sampled_from(["a", "b", "A", "c"])
PUT = st.tuples(st.just("put"), NAMES, st.integers(0, 3))
DELETE = st.tuples(st.just("delete"), NAMES)
CLASS = st.tuples(st.just("class"))
WRITES = st.recursive(
    st.one_of(PUT, DELETE, CLASS),
    lambda inner: st.tuples(st.sampled_from(["commit", "undo"]), st.lists(inner, max_size=4)),
    max_leaves=6,
)
QUERY = 'SELECT * FROM __InstanceOperationEvent WHERE TargetInstance ISA "Stone"'


async def write(repository: Repository, step: Any) -> None:
    match step:
        case ("put", name, weight):
            await repository.put_instance(NAMESPACE, stone(name, weight))
        case ("delete", name):
            await repository.delete_instance(NAMESPACE, "Stone", {"Name": name})
        case ("class",):
            await repository.delete_class(NAMESPACE, "Stone")
            await repository.put_class(NAMESPACE, STONE)
        case ("commit", steps):
            async with repository.transaction():
                for inner in steps:
                    await write(repository, inner)
        case ("undo", steps):
            with contextlib.suppress(ZeroDivisionError):
                async with repository.transaction():
                    for inner in steps:
                        await write(repository, inner)
                    raise ZeroDivisionError


async def state_of(repository: Repository) -> State:
    """Weights by folded name."""
    found: State = {}
    async for page in repository.instances(NAMESPACE, "Stone"):
        found |= {str(item["Name"]).casefold(): item["Weight"] for item in page}
    return found


def replayed(first: State, events: list[Any]) -> State:
    """*first* with what *events* tell; each has to fit what is there when it comes."""
    state = dict(first)
    for event in events:
        target = event["TargetInstance"]
        key, weight = str(target["Name"]).casefold(), target["Weight"]
        match event["__CLASS"]:
            case "__InstanceCreationEvent":
                assert key not in state
                state[key] = weight
            case "__InstanceModificationEvent":
                assert state[key] == event["PreviousInstance"]["Weight"]
                state[key] = weight
            case "__InstanceDeletionEvent":
                assert state.pop(key) == weight
    return state


@given(before=st.lists(PUT, max_size=3), steps=st.lists(WRITES, max_size=8))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_events_replayed_over_the_first_state_give_the_last(before: list[Any], steps: list[Any]) -> None:
    async def body() -> None:
        where = await machine()
        repository: Repository = where.backend.repository  # type: ignore[attr-defined]  # a local namespace
        for step in before:
            await write(repository, step)
        first = await state_of(repository)
        handle = await watch(where, QUERY)
        for step in steps:
            await write(repository, step)
        events = await read(handle, 10_000)
        assert handle.call.scope.dropped == 0
        assert replayed(first, events) == await state_of(repository)
        await where.engine.close()

    run_virtual(body)


ZOO = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.integers(0, 3), max_size=4)


@given(states=st.lists(ZOO, min_size=1, max_size=6))
@settings(deadline=None)
def test_what_polls_tell_replayed_over_the_baseline_gives_the_last_state(states: list[State]) -> None:
    async def body() -> None:
        zoo = Zoo(**states[0])
        where = await machine([zoo.definition()])
        handle = await watch(where, 'SELECT * FROM __InstanceOperationEvent WITHIN 1 WHERE TargetInstance ISA "Animal"')
        await asyncio.sleep(0.5)
        for state in states[1:]:
            zoo.legs = state
            await asyncio.sleep(1.0)
        events = [_as_stone(event) for event in await read(handle, 10_000)]
        assert replayed(states[0], events) == states[-1]
        # One reading for the baseline, and one for each state.
        assert zoo.readings == len(states)
        await where.engine.close()

    run_virtual(body)


def _as_stone(event: Any) -> dict[str, Any]:
    found = {"__CLASS": event["__CLASS"]}
    for name in ("TargetInstance", "PreviousInstance"):
        animal = event.get_(name)
        found[name] = None if animal is None else {"Name": animal["Name"], "Weight": animal["Legs"]}
    return found
