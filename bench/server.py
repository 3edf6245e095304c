"""What clients cost a server: one row at a time, and two hundred of them with ten idle enumerators each.

aiowmi is the client, in this process; the server has one of its own.  CPU is that of the server.  Memory is what its
resident set grows by, connections and rows that wait to be read included, divided by the enumerators; each kind of row
has a server of its own, as what one crowd leaves behind would do for the next.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, ClassVar

from aiowmi.connection import Connection
from aiowmi.query import Query
from measure import Line, table

import wmix
from wmix.testing.serving import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

CLIENTS, ENUMERATORS, CALLS = 200, 10, 2000
QUERY = "SELECT * FROM Demo_Row"
CROWDS = {
    "rows of 3 properties": QUERY,
    "rows of 45 properties": "SELECT * FROM Demo_Wide",
    "45 properties, from a coroutine": "SELECT * FROM Demo_WideAsync",
    "rows of 4 KiB of text": "SELECT * FROM Demo_Long",
}
"""What idle enumerators have begun to read."""

WIDE = {f"Text{i}": "string" for i in range(14)} | {f"Number{i}": "uint64" for i in range(31)}
"""As Win32_Process: 45 properties, 14 of them texts."""

LONG = 4096
USER, PASSWORD = "alice", "secret"
ABREAST = 20
"""Clients that log in at the same time."""


@wmix.provider("Demo_Row", keys=("Id",), properties={"Id": "uint32", "Name": "string", "State": "string"})
def rows(request: wmix.InstanceRequest) -> Iterator[Mapping[str, object]]:
    """More rows than anybody reads."""
    for number in range(1_000_000):
        yield {"Id": number, "Name": f"row {number}", "State": "OK"}


def wide_row(number: int) -> dict[str, object]:
    """Every value an object of its own, as values that are read from a system are."""
    row: dict[str, object] = {f"Text{i}": rf"C:\Windows\explorer{number * 50 + i}.exe" for i in range(14)}
    return row | {f"Number{i}": 1000 + number * 50 + i for i in range(31)}


@wmix.provider("Demo_Wide", keys=("Text0",), properties=WIDE)
def wide(request: wmix.InstanceRequest) -> Iterator[Mapping[str, object]]:
    """More rows than anybody reads, as wide as those of processes."""
    return map(wide_row, range(1_000_000))


@wmix.provider("Demo_WideAsync", keys=("Text0",), properties=WIDE)
async def wide_async(request: wmix.InstanceRequest) -> AsyncIterator[Mapping[str, object]]:
    """The same on the loop."""
    for number in range(1_000_000):
        yield wide_row(number)


@wmix.provider("Demo_Long", keys=("Id",), properties={"Id": "uint32", "Text": "string"})
def long(request: wmix.InstanceRequest) -> Iterator[Mapping[str, object]]:
    """Texts of 4 KiB."""
    for number in range(1_000_000):
        yield {"Id": number, "Text": f"{number:{LONG}}"}


def serve() -> None:
    """The server's process: its port, then a line of figures for every line that comes."""
    providers = [rows, wide, wide_async, long]
    with serving(users={f"TEST\\{USER}": PASSWORD}, providers=providers, shipped=False) as served:
        print(served.port, flush=True)
        for _ in sys.stdin:
            with open("/proc/self/statm", encoding="ascii") as file:
                resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            figures = {"cpu": time.process_time(), "memory": resident, "connections": served.server.connections}
            print(json.dumps(figures), flush=True)


class Server:
    """The server's process, seen from here."""

    command: ClassVar = [sys.executable, __file__, "serve"]

    def __init__(self) -> None:
        self._process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def figures(self) -> dict[str, Any]:
        """CPU seconds and memory until now."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(self._line())
        return found

    def end(self) -> None:
        """Let it stop."""
        self._process.communicate(timeout=30)


async def connected(port: int) -> tuple[Connection, Any]:
    """A client that is logged in."""
    client = Connection("127.0.0.1", USER, PASSWORD, domain="TEST", port=port, loop=asyncio.get_running_loop())
    await client.connect()
    return client, await client.negotiate_ntlm()


async def one_row(server: Server, *, smart: bool) -> float:
    """Milliseconds of the server's CPU for a Next of one row."""
    client, service = await connected(server.port)
    query = Query(QUERY)
    await query.start(client, service)
    if smart:
        await query.optimize()
    await query.next()
    before = server.figures()["cpu"]
    for _ in range(CALLS):
        await query.next()
    spent: float = server.figures()["cpu"] - before
    await query.done()
    service.close()
    client.close()
    return spent / CALLS * 1000


async def idle(
    server: Server, text: str, turn: asyncio.Semaphore, opened: asyncio.Semaphore, stop: asyncio.Event
) -> None:
    """One client: some enumerators, a row read of each, and then nothing."""
    async with turn:
        client, service = await connected(server.port)
        for _ in range(ENUMERATORS):
            query = Query(text)
            await query.start(client, service)
            await query.next()
    opened.release()
    await stop.wait()
    service.close()
    client.close()


async def crowd(server: Server, text: str) -> tuple[float, float]:
    """KiB for each idle enumerator, and seconds until all of them are there; fails when one client does."""
    before, began = server.figures()["memory"], time.perf_counter()
    turn, opened, stop = asyncio.Semaphore(ABREAST), asyncio.Semaphore(0), asyncio.Event()
    clients = [asyncio.create_task(idle(server, text, turn, opened, stop)) for _ in range(CLIENTS)]
    waiting = asyncio.gather(*clients)
    for _ in range(CLIENTS):
        there = asyncio.create_task(opened.acquire())
        await asyncio.wait({there, waiting}, return_when=asyncio.FIRST_COMPLETED)
        assert there.done(), "a client has failed"
    seconds = time.perf_counter() - began
    after = server.figures()
    assert after["connections"] == 2 * CLIENTS
    stop.set()
    await waiting
    return (after["memory"] - before) / (CLIENTS * ENUMERATORS) / 1024, seconds


async def measured(crowds: Mapping[str, str]) -> list[Line]:
    """All figures."""
    server = Server()
    try:
        plain, smart = await one_row(server, smart=False), await one_row(server, smart=True)
    finally:
        server.end()
    lines = [
        Line("one-row Next, server CPU", plain, "ms", 0.5),
        Line("one-row Next of a smart enumerator, server CPU", smart, "ms", 0.5),
    ]
    for what, text in crowds.items():
        server = Server()
        try:
            memory, seconds = await crowd(server, text)
        finally:
            server.end()
        lines.append(Line(f"idle enumerator, {CLIENTS} clients with {ENUMERATORS} each, {what}", memory, "KiB", 64))
        lines.append(Line("all of them opened, client on the same machine", seconds, "s"))
    return lines


def main() -> int:
    """Measure and tell; 1 when an aim is missed.  Words of the command line name the crowds, all by default."""
    wanted = sys.argv[1:]
    lines = asyncio.run(measured({what: text for what, text in CROWDS.items() if not wanted or what in wanted}))
    print(table(lines))
    return int(any(line.verdict == "missed" for line in lines))


if __name__ == "__main__":
    sys.exit(serve() if sys.argv[1:] == ["serve"] else main())
