"""Event queries of a machine: what they are told, by the repository, by polls, and by providers that tell."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
from typing import TYPE_CHECKING, Any

import pytest

from unit.local.subscriptions.watching import (
    CREATION,
    NAMESPACE,
    STONES,
    Zoo,
    delete,
    machine,
    manager_of,
    put,
    read,
    short,
    stone,
    watch,
)
from unit.local.systems import SEMI
from wmix.cim.classes import CimProperty, derive
from wmix.cim.instances import CimInstance
from wmix.cim.types import CimType
from wmix.config import Limits, Settings
from wmix.errors import InvalidClass, InvalidNamespace, InvalidOperation, QuotaExceeded, WmiError
from wmix.local.subscriptions import manager as managing
from wmix.local.subscriptions.audience import Audience
from wmix.port.caller import Caller, Rights
from wmix.port.requests import DeleteClass, DeleteInstance, ExecNotificationQuery, PutClass, PutInstance
from wmix.providers.registration import events
from wmix.security.descriptor import SecurityDescriptor
from wmix.status import WBEM_E_NOT_EVENT_CLASS
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from wmix.local.namespace import LocalNamespace
    from wmix.port.events import Change, EventRequest


def test_what_is_written_is_told_at_once_with_what_was_there_before() -> None:
    async def body() -> None:
        where = await machine()
        handle = await watch(where, STONES)
        await put(where, stone("a", 1), stone("a", 2))
        await delete(where, 'Stone.Name="a"')
        found = await read(handle, 10)
        assert [short(event) for event in found] == [
            ("Creation", 'Stone.Name="a"'),
            ("Modification", 'Stone.Name="a"'),
            ("Deletion", 'Stone.Name="a"'),
        ]
        assert [event["TargetInstance"]["Weight"] for event in found] == [1, 2, 2]
        assert found[1]["PreviousInstance"]["Weight"] == 1
        await where.engine.close()

    run_virtual(body)


def test_an_event_has_a_time_and_no_place_and_its_object_has_one() -> None:
    async def body() -> None:
        where = await machine()
        handle = await watch(where, STONES)
        await put(where, stone("a"))
        (event,) = await read(handle, 1)
        assert event["TIME_CREATED"] > 0
        assert event["SECURITY_DESCRIPTOR"] is None
        assert [event[name] for name in ("__PATH", "__RELPATH", "__SERVER", "__NAMESPACE")] == [None] * 4
        assert event["__GENUS"] == 2
        assert event["TargetInstance"]["__PATH"] == '\\\\HERE\\root\\t:Stone.Name="a"'
        await where.engine.close()

    run_virtual(body)


def test_what_happened_before_is_not_told() -> None:
    async def body() -> None:
        where = await machine()
        await put(where, stone("a"))
        handle = await watch(where, STONES)
        assert await read(handle, 1) == []
        await where.engine.close()

    run_virtual(body)


def test_what_is_written_after_the_call_returned_is_told_although_the_query_is_not_checked_yet() -> None:
    async def body() -> None:
        where = await machine()
        # Neither the task of the query nor that of the write has run when both are asked for.
        handle = where.open(ExecNotificationQuery(query=STONES, flags=SEMI))
        await where.backend.repository.put_instance(NAMESPACE, stone("a"))  # type: ignore[attr-defined]
        assert [short(event) for event in await read(handle, 1, 1.0)] == [("Creation", 'Stone.Name="a"')]
        await where.engine.close()

    run_virtual(body)


def test_a_condition_and_a_select_list_look_into_the_object() -> None:
    async def body() -> None:
        where = await machine()
        handle = await watch(
            where,
            f"SELECT TargetInstance.Name FROM {CREATION} "
            'WHERE TargetInstance ISA "Thing" AND TargetInstance.Weight > 3 AND __CLASS <> "__Event"',
        )
        await put(where, stone("light", 3), stone("heavy", 4))
        (event,) = await read(handle, 10)
        assert list(event) == ["TargetInstance"]
        # The whole object comes (5.7.3).
        assert event["TargetInstance"]["Weight"] == 4
        await where.engine.close()

    run_virtual(body)


def test_two_readers_get_objects_of_their_own() -> None:
    async def body() -> None:
        where = await machine()
        one, other = await watch(where, STONES), await watch(where, STONES)
        await put(where, stone("a", 1))
        (first,), (second,) = await read(one, 1), await read(other, 1)
        first["TargetInstance"]["Weight"] = 99
        assert second["TargetInstance"]["Weight"] == 1
        kept = await where.backend.repository.get_instance(NAMESPACE, "Stone", {"Name": "a"})  # type: ignore[attr-defined]
        assert kept["Weight"] == 1
        await where.engine.close()

    run_virtual(body)


def test_classes_tell_and_an_equal_one_does_not() -> None:
    async def body() -> None:
        where = await machine()
        handle = await watch(where, 'SELECT * FROM __ClassOperationEvent WHERE TargetClass.__CLASS = "New"')
        new = derive(None, "New", properties=[CimProperty("A", CimType.STRING)])
        more = derive(None, "New", properties=[CimProperty("A", CimType.STRING), CimProperty("B", CimType.STRING)])
        for cls in (new, new, more):
            await where.run(PutClass(object=cls, flags=0x10))
        await where.run(DeleteClass(class_name="New", flags=0x10))
        found = await read(handle, 10)
        assert [event["__CLASS"] for event in found] == [
            "__ClassCreationEvent",
            "__ClassModificationEvent",
            "__ClassDeletionEvent",
        ]
        assert [len(found[1][name].properties) for name in ("PreviousClass", "TargetClass")] == [1, 2]
        assert found[0]["TargetClass"]["__NAMESPACE"] == NAMESPACE
        await where.engine.close()

    run_virtual(body)


def test_deleting_a_class_tells_its_instances_too() -> None:
    async def body() -> None:
        where = await machine()
        await put(where, stone("a"), stone("b"))
        handle = await watch(where, STONES)
        await where.run(DeleteClass(class_name="Stone", flags=0x10))
        assert [short(event) for event in await read(handle, 10)] == [
            ("Deletion", 'Stone.Name="a"'),
            ("Deletion", 'Stone.Name="b"'),
        ]
        await where.engine.close()

    run_virtual(body)


def test_namespaces_tell_in_their_parent() -> None:
    async def body() -> None:
        where = await machine()
        handle = await watch(where, "SELECT * FROM __NamespaceOperationEvent")
        cls = await where.backend.schema.resolve(NAMESPACE, "__Namespace")  # type: ignore[attr-defined]
        await where.run(PutInstance(object=CimInstance.of(cls, {"Name": "sub"}), flags=0x10))
        await where.run(DeleteInstance(path='__Namespace.Name="sub"', flags=0x10))
        found = await read(handle, 10)
        assert [(event["__CLASS"], event["TargetNamespace"]["Name"]) for event in found] == [
            ("__NamespaceCreationEvent", "sub"),
            ("__NamespaceDeletionEvent", "sub"),
        ]
        await where.engine.close()

    run_virtual(body)


def test_a_subscription_in_a_namespace_that_vanishes_ends_after_its_events() -> None:
    async def body() -> None:
        where = await machine()
        handle = await watch(where, STONES)
        await put(where, stone("a"))
        await where.backend.repository.delete_namespace(NAMESPACE)  # type: ignore[attr-defined]
        assert len(await read(handle, 1)) == 1
        with pytest.raises(InvalidNamespace):
            await read(handle, 1, 1.0)
        assert manager_of(where).feeds == 0
        await where.engine.close()

    run_virtual(body)


def test_a_subscription_that_ends_before_its_query_is_checked_leaves_nothing() -> None:
    async def body() -> None:
        where = await machine([bell])
        manager = manager_of(where)
        subscription = manager.open(NAMESPACE, "SELECT * FROM Bell", Caller("me"))
        await where.backend.repository.delete_namespace(NAMESPACE)  # type: ignore[attr-defined]  # a local namespace
        with pytest.raises(InvalidNamespace):
            await subscription.start()
        assert manager.feeds == 0
        assert not manager._rooms
        await where.engine.close()

    run_virtual(body)


@pytest.mark.parametrize("when", ["checked", "joined"])
def test_a_subscription_that_is_closed_while_it_starts_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    async def body() -> None:
        zoo = Zoo(cat=4)
        zoo.slowly = 1.0
        where = await machine([zoo.definition()])
        manager = manager_of(where)
        text = 'SELECT * FROM __InstanceCreationEvent WITHIN 5 WHERE TargetInstance ISA "Animal"'
        subscription = manager.open(NAMESPACE, text, Caller("me"))
        start = asyncio.ensure_future(subscription.start())
        await asyncio.sleep(0.5)
        subscription.close()
        with pytest.raises(InvalidOperation):
            await start
        assert manager.feeds == 0
        assert not manager._rooms
        await where.engine.close()
        assert zoo.closed == zoo.readings == (when == "joined")

    if when == "checked":

        async def slow(place: LocalNamespace, caller: Caller) -> Audience:
            await asyncio.sleep(1.0)
            return Audience(None)

        monkeypatch.setattr(managing, "audience_of", slow)
    run_virtual(body)


def test_a_transaction_that_is_undone_tells_nothing() -> None:
    async def body() -> None:
        where = await machine()
        handle = await watch(where, STONES)
        with contextlib.suppress(ValueError):
            async with where.backend.transaction():
                await put(where, stone("a"))
                raise ValueError
        assert await read(handle, 1) == []
        await where.engine.close()

    run_virtual(body)


def test_a_full_queue_drops_and_says_so_where_events_are_missing() -> None:
    async def body() -> None:
        where = await machine()
        slow = await watch(where, STONES, max_queue=4)
        quick = await watch(where, STONES)
        administrator = await watch(where, "SELECT * FROM __EventQueueOverflowEvent")
        await put(where, *[stone(f"s{number}") for number in range(20)])
        assert len(await read(quick, 100)) == 20
        found = await read(slow, 100)
        kinds = [event["__CLASS"] for event in found]
        assert kinds[-1] == "__EventQueueOverflowEvent"
        assert kinds.count("__EventQueueOverflowEvent") == 1
        dropped = slow.call.scope.dropped
        assert len(found) - 1 + dropped == 20
        assert dropped >= 20 - 2 * 4
        assert found[-1]["CurrentQueueSize"] == 4
        # The first event that is missing is in it.
        assert found[-1]["Event"]["TargetInstance"]["Name"] == f"s{len(found) - 1}"
        assert [event["CurrentQueueSize"] for event in await read(administrator, 10)] == [4]
        # What comes afterwards comes.
        await put(where, stone("after"))
        assert [short(event) for event in await read(slow, 1)] == [("Creation", 'Stone.Name="after"')]
        await where.engine.close()

    run_virtual(body)


def test_events_are_grouped_and_counted() -> None:
    async def body() -> None:
        where = await machine()
        handle = await watch(where, f"{STONES} GROUP WITHIN 10 BY TargetInstance.Weight HAVING NumberOfEvents > 1")
        loop = asyncio.get_running_loop()
        await put(where, stone("a", 1), stone("b", 2), stone("c", 1))
        began = loop.time()
        (aggregate,) = await read(handle, 1, 60.0)
        assert loop.time() == began + 10
        assert aggregate["__CLASS"] == "__AggregateEvent"
        assert aggregate["NumberOfEvents"] == 2
        assert aggregate["Representative"]["TargetInstance"]["Name"] == "a"
        await where.engine.close()

    run_virtual(body)


@events("Bell", namespace="root/t", properties={"Tone": "string"})
async def bell(request: EventRequest) -> AsyncIterator[Mapping[str, object]]:
    """Rings once a second."""
    number = 0
    while True:
        await asyncio.sleep(1.0)
        number += 1
        yield {"Tone": f"{request.cls.name} {number}"}


def test_a_source_runs_once_while_somebody_needs_it() -> None:
    opened: list[str] = []
    closed: list[str] = []

    @events("Horn", namespace="root/t", properties={"Tone": "string"})
    async def horn(request: EventRequest) -> AsyncIterator[Mapping[str, object] | None]:
        opened.append(request.namespace)
        try:
            assert request.wants("Horn")
            assert not request.wants("Trumpet")
            while True:
                await asyncio.sleep(1.0)
                yield None
                yield {"Tone": "c"}
        finally:
            closed.append(request.namespace)

    async def body() -> None:
        where = await machine([horn])
        one = await watch(where, "SELECT * FROM Horn")
        other = await watch(where, "SELECT * FROM Horn")
        (first,), (second,) = await read(one, 1, 5.0), await read(other, 1, 5.0)
        assert first["Tone"] == second["Tone"] == "c"
        assert first["TIME_CREATED"] == second["TIME_CREATED"] > 0
        one.release()
        await asyncio.sleep(2.0)
        assert (opened, closed) == ([NAMESPACE], [])
        other.release()
        await asyncio.sleep(0.1)
        assert (opened, closed) == ([NAMESPACE], [NAMESPACE])
        assert manager_of(where).feeds == 0
        await where.engine.close()

    run_virtual(body)


def test_a_source_may_yield_events_of_classes_below_its_own() -> None:
    @events("Sound", namespace="root/t", properties={"Tone": "string"})
    async def sound(request: EventRequest) -> AsyncIterator[Mapping[str, object]]:
        del request
        await asyncio.sleep(1.0)
        yield {"Tone": "a"}
        yield {"__CLASS": "Click", "Tone": "b"}
        await asyncio.sleep(1.0)

    async def body() -> None:
        where = await machine([sound])
        schema = where.backend.schema  # type: ignore[attr-defined]
        cls = derive(await schema.resolve(NAMESPACE, "Sound"), "Click")
        await where.run(PutClass(object=cls, flags=0x10))
        click, all_ = await watch(where, "SELECT * FROM Click"), await watch(where, "SELECT * FROM __ExtrinsicEvent")
        assert [event["Tone"] for event in await read(click, 1, 5.0)] == ["b"]
        assert [event["Tone"] for event in await read(all_, 2, 5.0)] == ["a", "b"]
        await where.engine.close()

    run_virtual(body)


def test_a_source_that_fails_ends_its_subscriptions_with_its_error_after_their_events() -> None:
    @events("Fuse", namespace="root/t", properties={"N": "uint32"})
    async def fuse(request: EventRequest) -> AsyncIterator[Mapping[str, object]]:
        del request
        await asyncio.sleep(1.0)
        yield {"N": 1}
        yield {"N": "not a number"}

    async def body() -> None:
        where = await machine([fuse])
        handle = await watch(where, "SELECT * FROM Fuse")
        await asyncio.sleep(2.0)
        with pytest.raises(WmiError, match=r"provider .*fuse of Fuse yielded what does not fit"):
            for _ in range(3):
                await read(handle, 1, 1.0)
        await where.engine.close()

    run_virtual(body)


def test_published_events_reach_who_subscribes_to_their_class() -> None:
    async def body() -> None:
        where = await machine()
        schema = where.backend.schema  # type: ignore[attr-defined]
        parent = await schema.resolve(NAMESPACE, "__ExtrinsicEvent")
        cls = derive(parent, "Mine", properties=[CimProperty("N", CimType.UINT32)])
        await where.run(PutClass(object=cls, flags=0x10))
        handle = await watch(where, "SELECT * FROM Mine WHERE N > 1")
        place: Any = where.backend
        await manager_of(where).accept(place, [CimInstance.of(cls, {"N": 1}), CimInstance.of(cls, {"N": 2})])
        assert [event["N"] for event in await read(handle, 10)] == [2]
        with pytest.raises(WmiError) as caught:
            await manager_of(where).accept(place, [stone("a")])
        assert caught.value.status == WBEM_E_NOT_EVENT_CLASS
        await where.engine.close()

    run_virtual(body)


def test_an_event_with_a_descriptor_is_for_those_whom_it_lets_subscribe() -> None:
    async def body() -> None:
        where = await machine()
        place: Any = where.backend
        parent = await place.schema.resolve(NAMESPACE, "__ExtrinsicEvent")
        cls = derive(parent, "Mine", properties=[CimProperty("N", CimType.UINT32)])
        await where.run(PutClass(object=cls, flags=0x10))
        manager = manager_of(where)
        some = manager.open(
            NAMESPACE, "SELECT * FROM Mine", Caller("some", rights=Rights.READ, sids=("S-1-5-21-1-2-3-4",))
        )
        others = manager.open(NAMESPACE, "SELECT * FROM Mine", Caller("others", rights=Rights.READ))
        administrator = manager.open(NAMESPACE, "SELECT * FROM Mine", Caller("administrator"))
        for subscription in (some, others, administrator):
            await subscription.start()
        descriptors = [
            None,
            tuple(SecurityDescriptor.parse("O:BAG:BAD:(A;;DT;;;S-1-5-21-1-2-3-4)").octets),
            tuple(SecurityDescriptor.parse("O:BAG:BAD:(A;;CC;;;S-1-5-21-1-2-3-4)").octets),
            (1, 2, 3),
        ]
        await manager.accept(
            place,
            [
                CimInstance.of(cls, {"N": number, "SECURITY_DESCRIPTOR": descriptor})
                for number, descriptor in enumerate(descriptors)
            ],
        )
        assert [event["N"] for event in await some.next()] == [0, 1]
        assert [event["N"] for event in await others.next()] == [0]
        assert [event["N"] for event in await administrator.next()] == [0, 1, 2, 3]
        await where.engine.close()

    run_virtual(body)


def test_one_user_has_so_many_subscriptions_and_others_have_theirs() -> None:
    async def body() -> None:
        where = await machine(settings=Settings(limits=Limits(subscriptions_per_user=2)))
        kept = [await watch(where, STONES) for _ in range(2)]
        with pytest.raises(QuotaExceeded, match="has 2 event queries"):
            await watch(where, STONES)
        # What was refused leaves nothing behind.
        assert len(where.engine.calls) == 2
        manager_of(where).open(NAMESPACE, STONES, Caller("another")).close()
        kept[0].release()
        await asyncio.sleep(0)
        kept[0] = await watch(where, STONES)
        await where.engine.close()

    run_virtual(body)


@pytest.mark.parametrize("how", ["release", "drop", "cancel at once", "close"])
def test_whatever_way_a_subscription_ends_nothing_of_it_stays(how: str) -> None:
    async def body() -> None:
        where = await machine([bell])
        manager = manager_of(where)
        if how == "cancel at once":
            handle = where.open(ExecNotificationQuery(query="SELECT * FROM Bell", flags=SEMI))
            handle.release()
            del handle
        else:
            handle = await watch(where, "SELECT * FROM Bell")
            assert manager.feeds == 1
            if how == "release":
                handle.release()
            elif how == "drop":
                del handle
        gc.collect()
        await asyncio.sleep(0.1)
        if how == "close":
            await where.engine.close()
        assert manager.feeds == 0
        assert not manager._rooms
        assert not manager._users
        assert where.engine.calls == set()
        assert manager._stop_listening is None
        await where.engine.close()

    run_virtual(body)


def test_internal_listeners_hear_changes_on_the_loop() -> None:
    async def body() -> None:
        where = await machine()
        told: list[str] = []

        def listener(changes: list[Change]) -> None:
            asyncio.get_running_loop()
            told.extend([change.kind for change in changes])

        stop = manager_of(where).changes(listener)  # type: ignore[arg-type]  # a list is what comes
        await put(where, stone("a"))
        stop()
        await put(where, stone("b"))
        assert told == ["instance"]
        await where.engine.close()

    run_virtual(body)


def test_an_unknown_class_of_targets_is_told() -> None:
    async def body() -> None:
        where = await machine()
        with pytest.raises(InvalidClass, match="Stoned"):
            await watch(where, f'SELECT * FROM {CREATION} WHERE TargetInstance ISA "Stoned"')
        await where.engine.close()

    run_virtual(body)


def test_a_caller_subscribes_to_a_namespace_that_is_there_and_lets_it_in() -> None:
    async def body() -> None:
        where = await machine()
        manager = manager_of(where)
        subscription = manager.open("root\\nowhere", STONES, Caller("me"))
        with pytest.raises(InvalidNamespace):
            await subscription.start()
        await where.engine.close()
        with pytest.raises(InvalidOperation, match="the engine is closed"):
            manager.open(NAMESPACE, STONES, Caller("me"))

    run_virtual(body)


def test_an_overflow_is_told_to_those_who_look_after_the_machine_and_to_nobody_else() -> None:
    async def body() -> None:
        where = await machine()
        manager = manager_of(where)
        overflows = "SELECT * FROM __EventQueueOverflowEvent"
        full = manager.open(NAMESPACE, STONES, Caller("me"), max_queue=2)
        user = manager.open(NAMESPACE, overflows, Caller("user", rights=Rights.READ | Rights.SUBSCRIBE))
        administrator = manager.open(NAMESPACE, overflows, Caller("administrator"))
        for subscription in (full, user, administrator):
            await subscription.start()
        await put(where, *[stone(f"s{number}") for number in range(5)])
        (told,) = await administrator.next()
        assert told["CurrentQueueSize"] == 2
        assert told["TIME_CREATED"] > 0
        assert len(user._queue) == 0
        await where.engine.close()

    run_virtual(body)


def test_a_queue_of_overflows_that_overflows_does_not_tell_itself_of_it() -> None:
    async def body() -> None:
        where = await machine()
        manager = manager_of(where)
        full = manager.open(NAMESPACE, STONES, Caller("me"), max_queue=1)
        watching = manager.open(NAMESPACE, "SELECT * FROM __EventQueueOverflowEvent", Caller("other"), max_queue=1)
        for subscription in (full, watching):
            await subscription.start()
        for number in range(4):
            await put(where, stone(f"a{number}"), stone(f"b{number}"))
            # It reads, so that its next gap is another one.
            await full.next()
            await full.next()
        assert watching.dropped == 3
        await where.engine.close()

    run_virtual(body)


def test_events_of_the_system_are_published_by_nobody_else() -> None:
    async def body() -> None:
        where = await machine()
        place: Any = where.backend
        cls = await place.schema.resolve(NAMESPACE, "__EventQueueOverflowEvent")
        assert cls.inherits_from("__SystemEvent")
        with pytest.raises(WmiError) as caught:
            await manager_of(where).accept(place, [CimInstance.of(cls, {})])
        assert caught.value.status == WBEM_E_NOT_EVENT_CLASS
        await where.engine.close()

    run_virtual(body)


def test_what_is_written_on_another_thread_is_told_on_the_loops() -> None:
    async def body() -> None:
        where = await machine()
        here = threading.get_ident()
        told: list[int] = []
        heard = asyncio.Event()

        def listener(changes: object) -> None:
            del changes
            told.append(threading.get_ident())
            heard.set()

        stop = manager_of(where).changes(listener)
        repository = where.backend.repository  # type: ignore[attr-defined]  # a local namespace
        await asyncio.to_thread(lambda: asyncio.run(repository.put_instance(NAMESPACE, stone("a"))))
        await asyncio.wait_for(heard.wait(), 20)
        assert told == [here]
        stop()
        await where.engine.close()

    run_virtual(body)


def test_an_event_that_comes_with_its_time_keeps_it() -> None:
    @events("Clock", namespace="root/t", properties={"N": "uint32"})
    async def clock(request: EventRequest) -> AsyncIterator[Mapping[str, object]]:
        del request
        await asyncio.sleep(1.0)
        yield {"N": 1, "TIME_CREATED": 4711}
        yield {"N": 2, "TIME_CREATED": None}
        yield {"N": 3}
        await asyncio.sleep(1000.0)

    async def body() -> None:
        where = await machine([clock])
        handle = await watch(where, "SELECT * FROM Clock")
        times = [event["TIME_CREATED"] for event in await read(handle, 3, 5.0)]
        assert times[0] == 4711
        assert min(times[1:]) > 4711
        await where.engine.close()

    run_virtual(body)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (["no mapping"], "a list where a mapping is expected"),
        ({"__CLASS": "Nothing", "N": 1}, "there is no class Nothing below Fuse"),
        ({"__CLASS": "Stone", "N": 1}, "there is no class Stone below Fuse"),
    ],
)
def test_what_a_source_must_not_yield_is_told_to_its_subscribers(item: object, message: str) -> None:
    @events("Fuse", namespace="root/t", properties={"N": "uint32"})
    async def fuse(request: EventRequest) -> AsyncIterator[object]:
        del request
        await asyncio.sleep(1.0)
        yield item

    async def body() -> None:
        where = await machine([fuse])
        handle = await watch(where, "SELECT * FROM Fuse")
        with pytest.raises(WmiError, match=message):
            await read(handle, 1, 10.0)
        await where.engine.close()

    run_virtual(body)
