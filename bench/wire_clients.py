"""One client of the bench in a process of its own: ``wire_clients.py KIND ROWS HOST PORT USER PASSWORD [OBJECT_PORT]``.

Prints one line of JSON: rows read, seconds to connect, to the first row and to the last one (both from the query on),
CPU seconds, and the most memory that the process had, in MiB.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

DOMAIN = "TEST"


class Watch:
    """The times of one run."""

    def __init__(self, target: list[str]) -> None:
        self.host, port, self.user, self.password = target[:4]
        self.port = int(port)
        self.object_port = int(target[4]) if len(target) > 4 else None
        self.rows = 0
        self.began = time.perf_counter()
        self.connected = self.first = self.cpu = 0.0

    def start(self) -> None:
        """Connected; the query begins."""
        self.connected = time.perf_counter()
        self.cpu = time.process_time()

    def row(self) -> None:
        """One row more."""
        if not self.rows:
            self.first = time.perf_counter()
        self.rows += 1

    def result(self) -> dict[str, float]:
        """What the run has shown."""
        now = time.perf_counter()
        return {
            "rows": self.rows,
            "connect": self.connected - self.began,
            "first": self.first - self.connected,
            "seconds": now - self.connected,
            "cpu": time.process_time() - self.cpu,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }


def query(rows: int) -> str:
    """All rows, whatever the way."""
    return f"SELECT * FROM Win32_Process WHERE ProcessId < {rows}"


def impacket(watch: Watch, rows: int) -> None:
    """impacket's client at its default level, privacy; every property read."""
    from impacket.dcerpc.v5 import dcomrt, transport
    from impacket.dcerpc.v5.dcom import wmi
    from impacket.dcerpc.v5.dtypes import NULL

    factory = transport.DCERPCTransportFactory

    class Transports:
        @staticmethod
        def DCERPCTransportFactory(binding: str) -> Any:  # noqa: N802  # impacket's name
            return factory(f"{binding}[{watch.port}]" if binding.endswith(watch.host) else binding)

    dcomrt.transport = Transports
    connection = dcomrt.DCOMConnection(watch.host, watch.user, watch.password, DOMAIN, oxidResolver=True)
    login = wmi.IWbemLevel1Login(connection.CoCreateInstanceEx(wmi.CLSID_WbemLevel1Login, wmi.IID_IWbemLevel1Login))
    services = login.NTLMLogin("//./root/cimv2", NULL, NULL)
    watch.start()
    enumerator = services.ExecQuery(query(rows))
    with contextlib.suppress(wmi.DCERPCSessionError):
        while True:
            (item,) = enumerator.Next(0xFFFFFFFF, 1)
            assert len(item.getProperties()) == 45
            watch.row()
    connection.disconnect()


async def _aiowmi(watch: Watch, rows: int, *, plain: bool) -> None:
    from aiowmi.connection import Connection
    from aiowmi.query import Query

    connection = Connection(
        watch.host, watch.user, watch.password, domain=DOMAIN, port=watch.port, loop=asyncio.get_running_loop()
    )
    await connection.connect()
    service = await connection.negotiate_ntlm()
    watch.start()
    async with Query(query(rows)).context(connection, service, skip_optimize=plain) as context:
        async for properties in context.results():
            assert len([found.value for found in properties.values()]) == 45
            watch.row()
    service.close()
    connection.close()


def aiowmi_plain(watch: Watch, rows: int) -> None:
    """aiowmi as it asks Windows by plain Next, at integrity; every property read."""
    asyncio.run(_aiowmi(watch, rows, plain=True))


def aiowmi_optimised(watch: Watch, rows: int) -> None:
    """aiowmi by smart enumeration, at integrity; every property read."""
    asyncio.run(_aiowmi(watch, rows, plain=False))


def _target(watch: Watch, level: str) -> dict[str, Any]:
    """How the clients of this package are connected."""
    import wmix

    found: dict[str, Any] = {"auth": wmix.NTLM(f"{DOMAIN}\\{watch.user}", watch.password), "level": level}
    if watch.object_port is not None:
        found["object_port"] = watch.object_port
    return found


def _blocking(watch: Watch, rows: int, use: Callable[[Any], object], level: str = "privacy") -> None:
    import wmix

    with wmix.connect(f"{watch.host}:{watch.port}", **_target(watch, level)) as wmi:
        watch.start()
        for found in wmi.query(query(rows)):
            use(found)
            watch.row()


def wmix_untouched(watch: Watch, rows: int) -> None:
    """wmix, blocking, at privacy; no property is read."""
    _blocking(watch, rows, lambda row: None)


def wmix_read(watch: Watch, rows: int) -> None:
    """wmix, blocking, at privacy; every property read."""
    _blocking(watch, rows, lambda row: row.values_())


def wmix_integrity(watch: Watch, rows: int) -> None:
    """wmix, blocking, at integrity as aiowmi; every property read."""
    _blocking(watch, rows, lambda row: row.values_(), "integrity")


def wmix_async(watch: Watch, rows: int) -> None:
    """wmix, asynchronous, at privacy; every property read."""
    import wmix

    async def run() -> None:
        async with wmix.AsyncClient(f"{watch.host}:{watch.port}", **_target(watch, "privacy")) as wmi:
            watch.start()
            async for found in wmi.query(query(rows)):
                found.values_()
                watch.row()

    asyncio.run(run())


def wmix_tuples(watch: Watch, rows: int) -> None:
    """wmix, asynchronous, at privacy; every row as a tuple of its values."""
    import wmix

    async def run() -> None:
        async with wmix.AsyncClient(f"{watch.host}:{watch.port}", **_target(watch, "privacy")) as wmi:
            watch.start()
            handle = wmi.query(query(rows))
            while not handle.exhausted:
                for found in await handle.next_batch(1000):
                    found.raw_values_()
                    watch.row()

    asyncio.run(run())


def main() -> None:
    """Run one client; print what it took."""
    kind, rows, *target = sys.argv[1:]
    # What a client imports and prepares once in a process is not part of its connecting.
    globals()[kind](Watch(target), 1)
    watch = Watch(target)
    globals()[kind](watch, int(rows))
    print(json.dumps(watch.result()))


if __name__ == "__main__":
    main()
