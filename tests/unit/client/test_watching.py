"""``watch`` on both clients: a handle like a query's, for events."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

import wmix
from wmix.client.watching import AsyncWatch, Watch
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from wmix.port.events import EventRequest

PART = "class Watched_Part { [key] string Id; uint32 Num; };"
PARTS = "SELECT * FROM __InstanceOperationEvent WHERE TargetInstance ISA 'Watched_Part'"
PATIENCE = 20.0


@wmix.events("Watched_Bell", properties={"Number": "uint32"})
async def bell(request: EventRequest) -> AsyncIterator[Mapping[str, object]]:
    """Rings every ten seconds."""
    del request
    number = 0
    while True:
        await asyncio.sleep(10.0)
        number += 1
        yield {"Number": number}


@pytest.fixture
def wmi() -> Iterator[wmix.Client]:
    with wmix.connect(repository=":memory:") as client:
        client.compile(PART)
        yield client


def part(client: wmix.Client, name: str, number: int = 1) -> Any:
    made: Any = client.cls("Watched_Part").spawn_()
    made.Id, made.Num = name, number
    return made


def test_what_is_written_after_watch_returned_is_seen_and_its_object_can_be_written(wmi: wmix.Client) -> None:
    with wmi.watch(PARTS) as handle:
        wmi.put(part(wmi, "a"))
        (event,) = handle.next_batch(1, PATIENCE)
        assert isinstance(handle, Watch)
        assert event.class_name_ == "__InstanceCreationEvent"
        event.TargetInstance.Num = 7
        event.TargetInstance.put_()
        (event,) = handle.next_batch(1, PATIENCE)
        assert (event.PreviousInstance.Num, event.TargetInstance.Num) == (1, 7)
        event.TargetInstance.delete_()
        (event,) = handle.next_batch(1, PATIENCE)
        assert event.class_name_ == "__InstanceDeletionEvent"
        assert handle.received == 3
        assert handle.dropped == 0


def test_stop_after_ends_an_iteration_and_takes_no_event_more(wmi: wmix.Client) -> None:
    handle = wmi.watch(PARTS, stop_after=3)
    for number in range(5):
        wmi.put(part(wmi, f"p{number}"))
    assert [event.TargetInstance.Id for event in handle] == ["p0", "p1", "p2"]
    assert handle.exhausted
    assert handle.error is None
    assert handle.next_batch(1, 0.0) == []


def test_stop_after_bounds_portions_too(wmi: wmix.Client) -> None:
    handle = wmi.watch(PARTS, stop_after=3)
    for number in range(5):
        wmi.put(part(wmi, f"p{number}"))
    assert len(handle.next_batch(2, PATIENCE)) == 2
    assert not handle.exhausted
    assert len(handle.next_batch(2, PATIENCE)) == 1
    assert handle.exhausted


def test_a_full_queue_is_counted_and_said_in_its_place(wmi: wmix.Client) -> None:
    handle = wmi.watch(PARTS, max_queue=2)
    for number in range(30):
        wmi.put(part(wmi, f"p{number}"))
    found: list[Any] = []
    while not found or found[-1].class_name_ != "__EventQueueOverflowEvent":
        found += handle.next_batch(1, PATIENCE)
    assert handle.dropped >= 20
    assert len(found) - 1 + handle.dropped == 30
    assert found[-1].Event.TargetInstance.Id == f"p{len(found) - 1}"
    handle.cancel()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"max_queue": 0}, "max_queue is at least 1"),
        ({"stop_after": 0}, "stop_after is at least 1"),
        ({"timeout": 0}, "a timeout is above 0"),
        ({"batch": 0}, "batch is at least 1"),
    ],
)
def test_wrong_arguments_are_told_at_once(wmi: wmix.Client, arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(wmix.InvalidParameter, match=complaint):
        wmi.watch(PARTS, **arguments)
    with pytest.raises(wmix.InvalidParameter, match="a query is text"):
        wmi.watch(7)  # type: ignore[arg-type]


def test_a_wrong_query_is_told_at_the_first_wait(wmi: wmix.Client) -> None:
    handle = wmi.watch("SELECT * FROM Watched_Part")
    with pytest.raises(wmix.InvalidQuery, match="is no event class"):
        handle.next_batch(1, PATIENCE)
    assert handle.exhausted


def test_another_thread_may_cancel(wmi: wmix.Client) -> None:
    handle = wmi.watch(PARTS)
    wmi.put(part(wmi, "a"))
    seen = threading.Event()

    def cancel() -> None:
        seen.wait(PATIENCE)
        handle.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    found = []
    for event in handle:
        found.append(event)
        seen.set()
    thread.join(PATIENCE)
    assert len(found) == 1


def test_an_asynchronous_client_watches_with_the_same_words() -> None:
    async def body() -> None:
        async with wmix.AsyncClient(repository=":memory:", providers=[bell]) as wmi:
            loop = asyncio.get_running_loop()
            began = loop.time()
            handle = wmi.watch("SELECT Number FROM Watched_Bell WHERE Number <> 2", stop_after=2)
            assert isinstance(handle, AsyncWatch)
            assert [event.Number async for event in handle] == [1, 3]
            assert loop.time() == began + 30.0

    run_virtual(body)


def test_waiting_has_no_end_unless_one_is_given() -> None:
    async def body() -> None:
        async with wmix.AsyncClient(repository=":memory:", providers=[bell]) as wmi:
            loop = asyncio.get_running_loop()
            # Longer than Timeouts.wait, which bounds the waits of queries.
            handle = wmi.watch("SELECT * FROM Watched_Bell WHERE Number = 20", stop_after=1)
            assert [event.Number async for event in handle] == [20]
            began = loop.time()
            handle = wmi.watch("SELECT * FROM Watched_Bell WHERE Number = 20", timeout=35.0)
            with pytest.raises(wmix.DeadlineExceeded, match="nothing arrived for 35 s"):
                await handle.list()
            assert loop.time() == began + 35.0
            handle = wmi.watch("SELECT * FROM Watched_Bell", deadline=25.0)
            assert [event.Number for event in await handle.next_batch(2)] == [1, 2]
            with pytest.raises(wmix.DeadlineExceeded):
                await handle.next_batch(1)

    run_virtual(body)
