"""Random interleavings of everything that can be done with enumerators, over every kind of provider.

A thousand seeded runs on a virtual clock.  In each, objects come in order, none lost, none twice; every sink hears
exactly one end; and when all handles are released no call, task, thread or descriptor is left.
"""

from __future__ import annotations

import asyncio
import os
import random
import threading
from typing import TYPE_CHECKING, Any

import pytest

from unit.engine.fakes import Recorder
from wmix.config import Limits, Settings
from wmix.engine.engine import Engine
from wmix.local.system import LocalSystem
from wmix.port.caller import Caller
from wmix.port.flags import WBEM_FLAG_FORWARD_ONLY, WBEM_FLAG_RETURN_IMMEDIATELY
from wmix.port.requests import ExecQuery
from wmix.providers.registration import provider
from wmix.repository.memory import MemoryRepository
from wmix.testing.clock import VirtualLoop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from wmix.engine.calls.enumerator import Enumerator
    from wmix.engine.services import Services
    from wmix.port.provider import InstanceRequest
    from wmix.providers.registration import ProviderDefinition

TYPES = {"Id": "uint32"}
RUNS = 1000
SETTINGS = Settings(limits=Limits(buffer_objects=40, memory_objects=60, batch_objects=10))


class Providers:
    """One of each kind, with sizes and pauses drawn for this run."""

    def __init__(self, draw: random.Random) -> None:
        self.sizes = {name: draw.randrange(0, 180) for name in ("Async", "Thread", "Failing", "FailingThread")}
        self.pause = draw.choice([0.0, 0.0, 0.3])
        self.end_of_run = threading.Event()
        # Threads that wait for the end of the run: nothing will come from them, so the clock may go on.
        self.stuck = 0
        self.definitions: list[ProviderDefinition] = [
            provider("Async", keys=("Id",), properties=TYPES, namespace="root")(self.asynchronous),
            provider("Thread", keys=("Id",), properties=TYPES, namespace="root")(self.thread),
            provider("Failing", keys=("Id",), properties=TYPES, namespace="root")(self.failing),
            provider("FailingThread", keys=("Id",), properties=TYPES, namespace="root")(self.failing_thread),
            provider("Never", keys=("Id",), properties=TYPES, namespace="root")(self.never),
            provider("NeverThread", keys=("Id",), properties=TYPES, namespace="root")(self.never_thread),
        ]

    async def asynchronous(self, request: InstanceRequest) -> AsyncIterator[dict[str, object]]:
        for i in range(self.sizes["Async"]):
            if self.pause and i % 7 == 0:
                await asyncio.sleep(self.pause)
            yield {"Id": i}

    def thread(self, request: InstanceRequest) -> Iterator[dict[str, object]]:
        for i in range(self.sizes["Thread"]):
            yield {"Id": i}

    async def failing(self, request: InstanceRequest) -> AsyncIterator[dict[str, object]]:
        for i in range(self.sizes["Failing"]):
            yield {"Id": i}
        raise RuntimeError("half-way")

    def failing_thread(self, request: InstanceRequest) -> Iterator[dict[str, object]]:
        for i in range(self.sizes["FailingThread"]):
            yield {"Id": i}
        raise RuntimeError("half-way")

    async def never(self, request: InstanceRequest) -> AsyncIterator[dict[str, object]]:
        yield {"Id": 0}
        await asyncio.get_running_loop().create_future()

    def never_thread(self, request: InstanceRequest) -> Iterator[dict[str, object]]:
        yield {"Id": 0}
        self.stuck += 1
        self.end_of_run.wait()


class Handle:
    """An enumerator and what it must give next."""

    def __init__(self, enumerator: Enumerator, class_name: str, position: int = 0) -> None:
        self.enumerator = enumerator
        self.class_name = class_name
        self.position = position
        self.queued: list[tuple[Recorder, int]] = []

    def check(self, objects: list[Any]) -> None:
        got = [item.Id for item in objects]
        assert got == list(range(self.position, self.position + len(got)))
        self.position += len(got)

    async def settle_queue(self) -> None:
        """Wait for the queued sinks, in order: their objects lie before what is read next."""
        for sink, count in self.queued:
            await sink.completed.wait()
            assert len(sink.statuses) == 1
            assert len(sink.ids) <= count
            self.check(sink.objects)
        self.queued.clear()


class Step:
    """One random thing done to one random handle."""

    def __init__(self, draw: random.Random, handles: list[Handle], services: Services, sizes: dict[str, int]) -> None:
        self.draw = draw
        self.handles = handles
        self.services = services
        self.sizes = sizes
        self.handle = draw.choice(handles)
        self.enumerator = self.handle.enumerator
        self.is_endless = self.handle.class_name.startswith("Never")
        self.timeout = draw.choice([0, 0.01, 0.5] if self.is_endless else [0, 0.01, 0.5, None])

    async def next(self) -> None:
        if not await self._queue_is_settled():
            return
        handle, count = self.handle, self.draw.choice([1, 3, 50, 200])
        portion = await self.enumerator.next(self.timeout, count)
        handle.check(portion.objects())
        match portion.status:
            case 0x0:
                assert portion.returned == count
            case 0x1:
                assert handle.position == self.sizes[handle.class_name]
            case 0x80041004:
                assert handle.position == self.sizes[handle.class_name]
                assert handle.class_name.startswith("Failing")
            case 0x40004:
                assert portion.returned < count
            case _:
                assert self.enumerator.call.state.is_final

    async def skip(self) -> None:
        if await self._queue_is_settled():
            await self.enumerator.skip(self.timeout, self.draw.choice([1, 20]))
            self.handle.position = self.enumerator.position

    async def next_async(self) -> None:
        sink = Recorder()
        if self.enumerator.next_async(self.draw.choice([1, 30]), self.services.delivery(sink)) == 0:
            self.handle.queued.append((sink, 30))

    async def reset(self) -> None:
        if not self.enumerator.is_forward_only and not self.is_endless:
            await self.handle.settle_queue()
            await self.enumerator.reset()
            self.handle.position = 0

    async def clone(self) -> None:
        enumerator, handle = self.enumerator, self.handle
        if enumerator.is_forward_only or enumerator.error is not None or handle.queued or len(self.handles) >= 8:
            return
        self.handles.append(Handle(await enumerator.clone(), handle.class_name, handle.position))

    async def release(self) -> None:
        self.enumerator.release()
        for sink, _ in self.handle.queued:
            await sink.completed.wait()
            assert len(sink.statuses) == 1
        self.handles.remove(self.handle)

    async def cancel(self) -> None:
        if self.draw.random() < 0.2:
            self.enumerator.call.cancel()
            await self.handle.settle_queue()
            self.handles.remove(self.handle)
            self.enumerator.release()

    async def pause(self) -> None:
        await asyncio.sleep(self.draw.choice([0, 0.05, 2]))

    async def _queue_is_settled(self) -> bool:
        if not self.is_endless:
            await self.handle.settle_queue()
        return not self.handle.queued


STEPS = (Step.next,) * 3 + (Step.skip, Step.next_async, Step.reset, Step.clone, Step.release, Step.cancel, Step.pause)


async def one_run(seed: int, providers: Providers, draw: random.Random) -> LocalSystem:
    system = LocalSystem(SETTINGS, MemoryRepository(), server="HERE", definitions=providers.definitions)
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.busy = lambda: system.host.workers.active + system.host.workers.detached > providers.stuck
    engine = Engine(system, SETTINGS)
    services = engine.services("root", Caller("me"))
    handles: list[Handle] = []
    for _ in range(draw.randrange(1, 4)):
        name = draw.choice([*providers.sizes, "Never", "NeverThread"])
        flags = WBEM_FLAG_RETURN_IMMEDIATELY | draw.choice([0, WBEM_FLAG_FORWARD_ONLY])
        handles.append(Handle(services.open(ExecQuery(query=f"SELECT * FROM {name}", flags=flags)), name))
    sizes = {**providers.sizes, "Never": 1, "NeverThread": 1}
    for _ in range(draw.randrange(3, 20)):
        if handles:
            await draw.choice(STEPS)(Step(draw, handles, services, sizes))
    for handle in handles:
        handle.enumerator.release()
        for sink, _ in handle.queued:
            await sink.completed.wait()
    await engine.close()
    await asyncio.sleep(0)
    providers.end_of_run.set()
    assert not engine.calls, f"seed {seed}"
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, f"seed {seed}: {left}"
    return system


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("block", range(10))
def test_no_object_is_lost_doubled_or_out_of_order_and_nothing_is_left(block: int) -> None:
    descriptors = open_descriptors()
    threads = set(threading.enumerate())
    for seed in range(block * RUNS // 10, (block + 1) * RUNS // 10):
        draw = random.Random(seed)
        providers = Providers(draw)
        loop = VirtualLoop()
        with asyncio.Runner(loop_factory=lambda loop=loop: loop) as runner:  # type: ignore[misc]
            system = runner.run(one_run(seed, providers, draw))
        assert system.host.workers.active == 0, f"seed {seed}"
    for thread in set(threading.enumerate()) - threads:
        thread.join(20)
        assert not thread.is_alive()
    assert open_descriptors() <= descriptors
