"""A host in a process of its own: fixture F, and classes whose rows never end, come slowly or are many.

``python -m wire.far_host`` prints ``listening on HOST:PORT`` and serves until it is killed.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import wmix
from conformance.fixture_f import fixture_engine
from wmix.port.caller import Rights
from wmix.server.grants import Grants
from wmix.server.users import Users, make_account
from wmix.server.wmi_server import WmiServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from wmix.port.provider import InstanceRequest

__all__ = ["FEW", "MANY", "PASSWORD", "USER"]

USER = "FAR\\tester"
PASSWORD = "pa:ss wörd"
NAMESPACE = "root\\conf"
MANY = 10_000
FEW = 3

#: What the providers of this process have done, by class.
produced = {"Far_Endless": 0, "Far_Slow": 0}
stopped = {"Far_Endless": 0, "Far_Slow": 0}


@wmix.provider("Far_Endless", namespace=NAMESPACE, keys=("Id",), properties={"Id": "uint64", "Text": "string"})
async def endless(request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
    """Rows without end."""
    try:
        while True:
            produced["Far_Endless"] += 1
            yield {"Id": produced["Far_Endless"], "Text": "x" * 100}
    finally:
        stopped["Far_Endless"] += 1


@wmix.provider("Far_Slow", namespace=NAMESPACE, keys=("Id",), properties={"Id": "uint32"})
async def slow(request: InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
    """A few rows, and then nothing for ever."""
    try:
        for number in range(FEW):
            produced["Far_Slow"] += 1
            yield {"Id": number}
        await asyncio.Event().wait()
    finally:
        stopped["Far_Slow"] += 1


@wmix.provider("Far_Many", namespace=NAMESPACE, keys=("Id",), properties={"Id": "uint32", "Text": "string"})
def many(request: InstanceRequest) -> Iterator[Mapping[str, object]]:
    """Ten thousand rows."""
    for number in range(MANY):
        yield {"Id": number, "Text": f"number {number}"}


@wmix.provider(
    "Far_State",
    namespace=NAMESPACE,
    keys=("Name",),
    properties={"Name": "string", "Produced": "uint64", "Stopped": "uint32", "ProcessId": "uint32"},
)
def state(request: InstanceRequest) -> Iterator[Mapping[str, object]]:
    """What the other providers have done."""
    for name in produced:
        yield {"Name": name, "Produced": produced[name], "Stopped": stopped[name], "ProcessId": os.getpid()}


@wmix.provider("Far_Context", namespace=NAMESPACE, keys=("Name",), properties={"Name": "string", "Value": "string"})
def context(request: InstanceRequest) -> Iterator[Mapping[str, object]]:
    """The named values that came with the call."""
    for name, value in () if request.context is None else request.context.items():
        yield {"Name": name, "Value": repr(value)}


async def serve() -> None:
    """Serve until the process ends."""
    engine = fixture_engine(providers=[endless, slow, many, state, context])
    domain, _, user = USER.partition("\\")
    server = WmiServer(engine, Users([make_account(domain, user, PASSWORD)]), grants=Grants([(USER, Rights.ALL)]))
    host, port = await server.listen("127.0.0.1", 0)
    sys.stdout.write(f"listening on {host}:{port}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
