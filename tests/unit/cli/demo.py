"""Providers for the tests of the command line, and a way to run a command over them in this process."""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import TYPE_CHECKING, Any

import wmix
from strategies import INNER
from wmix.cim.instances import CimInstance
from wmix.cli.main import main

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from wmix.config import Settings
    from wmix.port.provider import InstanceRequest, MethodCall

WHEN = "20240229120000.000000+060"


@wmix.provider(
    "Demo_Thing",
    keys=("Id",),
    properties={
        "Id": "uint32",
        "Name": "string",
        "Size": "uint64",
        "Made": "datetime",
        "Ready": "boolean",
        "Tags": "string[]",
        "Part": "object",
        "Next": "reference",
    },
)
async def things(request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
    """Two things: one with everything, one with nothing but its key."""
    yield {
        "Id": 1,
        "Name": 'a "b"\n',
        "Size": 2**64 - 1,
        "Made": WHEN,
        "Ready": True,
        "Tags": ["x", "y;z"],
        "Part": CimInstance.of(INNER, {"Text": "inside"}),
        "Next": "Demo_Thing.Id=2",
    }
    yield {"Id": 2}


@wmix.provider("Demo_Special", parent="Demo_Thing", properties={"Extra": "string"})
async def special(request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
    """One thing of a derived class."""
    yield {"Id": 3, "Extra": "more"}


@wmix.provider("Demo_Number", keys=("Id",), properties={"Id": "uint32", "Square": "uint64"})
def numbers(request: InstanceRequest) -> Iterator[Mapping[str, object]]:
    """A thousand numbers, from a thread."""
    for i in range(1000):
        yield {"Id": i, "Square": i * i}


@wmix.provider("Demo_Endless", keys=("Id",), properties={"Id": "uint32"})
async def endless(request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
    """Numbers without an end; ``stopped`` is set when the generator is closed."""
    i = 0
    try:
        while True:
            yield {"Id": i % 2**32}
            i += 1
            await asyncio.sleep(0)
    finally:
        stopped.set()


stopped = threading.Event()


@wmix.provider("Demo_Broken", keys=("Id",), properties={"Id": "uint32"})
async def broken(request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
    """Three numbers, then a failure."""
    for i in range(3):
        yield {"Id": i}
    raise OSError("the cable is out")


@wmix.provider("Demo_Failing", keys=("Id",), properties={"Id": "uint32"})
async def failing(request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
    """A failure before the first number."""
    raise OSError("the cable is out")
    yield {}


@wmix.provider("Demo_Silent", keys=("Id",), properties={"Id": "uint32"})
async def silent(request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
    """One number, and then nothing for ever."""
    yield {"Id": 7}
    await asyncio.get_running_loop().create_future()


@wmix.provider("Demo_Deaf", keys=("Id",), properties={"Id": "uint32"})
def deaf(request: InstanceRequest) -> Iterator[Mapping[str, object]]:
    """One number, and then a thread that hears nothing any more."""
    yield {"Id": 7}
    threading.Event().wait()


@wmix.provider("Demo_Mute", keys=("Id",), properties={"Id": "uint32"})
async def mute(request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
    """Nothing, for ever; tells on standard error that it was asked."""
    sys.stderr.write("asked\n")
    sys.stderr.flush()
    await asyncio.get_running_loop().create_future()
    yield {}


@wmix.method(
    "Demo_Thing",
    "Grow",
    parameters={
        "By": "uint64",
        "Force": "boolean",
        "Names": "string[]",
        "Rate": "real32",
        "Until": "datetime",
        "Start": "object",
        "Label": "string",
    },
    out={"ReturnValue": "uint32", "Seen": "string"},
)
def grow(call: MethodCall) -> Mapping[str, object]:
    """A method that tells what it was given."""
    seen = dict(sorted(call.parameters.items()))
    return {"ReturnValue": 0 if call.parameters.get("Force") else 5, "Seen": repr(seen)}


@wmix.method("Demo_Thing", "Count", static=True, out={"ReturnValue": "uint32"})
def count(call: MethodCall) -> int:
    """A static method."""
    return 2


@wmix.method("Demo_Thing", "Forbid", static=True, out={"ReturnValue": "uint32"})
def forbid(call: MethodCall) -> int:
    """A method that nobody may run."""
    raise wmix.AccessDenied("not for you")


@wmix.method("Demo_Thing", "Wait", static=True, out={"ReturnValue": "uint32"})
def wait(call: MethodCall) -> int:
    """A method that never ends; tells on standard error that it was asked."""
    sys.stderr.write("asked\n")
    sys.stderr.flush()
    threading.Event().wait()
    return 0


ALL: list[Any] = [
    things, special, numbers, endless, broken, failing, silent, deaf, mute, grow, count, forbid, wait
]  # fmt: skip


def connect(
    *, namespace: str, settings: Settings, repository: str | None = None, locale: str | None = None
) -> wmix.Client:
    """A client over these providers."""
    return wmix.connect(namespace=namespace, settings=settings, repository=repository, locale=locale, providers=ALL)


def wmi(*words: str) -> int:
    """Run one command over these providers."""
    return main(words, connect=connect)


def program(words: Sequence[str]) -> None:
    """As the process that ``wmix WORDS`` is, over these providers; does not return."""
    sys.argv = ["wmix", *words]
    main(connect=connect)


if __name__ == "__main__":
    program(sys.argv[1:])
