"""Providers for the tests of the clients, over nothing but what the test gives them."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import wmix

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from wmix.port.provider import InstanceRequest, MethodCall
    from wmix.providers.registration import MethodDefinition, ProviderDefinition


@wmix.provider("Demo_Disk", keys=("DeviceID",), properties={"Size": "uint64", "Label": "string", "Tags": "string[]"})
async def disks(request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
    """Three disks."""
    yield {"DeviceID": "sda", "Size": 10, "Label": "root", "Tags": ["fast"]}
    yield {"DeviceID": "sdb", "Size": 5_000_000_000, "Label": None}
    yield {"DeviceID": "sdc", "Size": 30}


@wmix.provider("Demo_Number", keys=("Id",), properties={"Id": "uint32"})
def numbers(request: InstanceRequest) -> Iterator[Mapping[str, object]]:
    """Twenty-five hundred numbers, from a thread."""
    for i in range(2500):
        yield {"Id": i}


@wmix.provider("Demo_Broken", keys=("Id",), properties={"Id": "uint32"})
async def broken(request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
    """Three numbers, then a failure."""
    for i in range(3):
        yield {"Id": i}
    raise OSError("the cable is out")


@wmix.provider("Demo_Silent", keys=("Id",), properties={"Id": "uint32"})
async def silent(request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
    """One number, and then nothing for ever."""
    yield {"Id": 0}
    await asyncio.get_running_loop().create_future()


@wmix.method(
    "Demo_Disk",
    "Grow",
    parameters={"By": "uint64", "Force": "boolean"},
    out={"ReturnValue": "uint32", "Size": "uint64"},
)
def grow(call: MethodCall) -> Mapping[str, object]:
    """A method of an instance."""
    assert call.keys is not None
    return {"ReturnValue": 0, "Size": 10 + call.parameters["By"]}


@wmix.method("Demo_Disk", "Count", static=True, out={"ReturnValue": "uint32"})
async def count(call: MethodCall) -> int:
    """A static method that asks the same engine."""
    return len(await call.wmi.query("SELECT DeviceID FROM Demo_Disk").list())


class Gate:
    """A provider whose object comes when the test opens the gate; it tells when it was stopped."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.reached = threading.Event()
        self.stopped = threading.Event()
        self.went_on = False
        self.definition = wmix.provider("Demo_Slow", keys=("Id",), properties={"Id": "uint32"})(self.rows)

    def rows(self, request: InstanceRequest) -> Iterator[Mapping[str, object]]:
        try:
            yield {"Id": 1}
            self.reached.set()
            self.open.wait(20)
            yield {"Id": 2}
            self.went_on = True
        finally:
            self.stopped.set()


ALL: list[ProviderDefinition | MethodDefinition] = [disks, numbers, broken, silent, grow, count]
