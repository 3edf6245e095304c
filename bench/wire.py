"""What the wire costs: this client beside others on one server in one run: ``make bench`` or ``python bench/wire.py``.

Every client is a process of its own, and so is the server (``wire_clients.py``, ``wire_server.py``).  Rows are made-up
instances of Win32_Process, 45 properties of which 41 are set, behind the whole engine.  The slow link is a proxy that
holds every octet back for 10 ms each way.  ``--long`` lets aiowmi read as many rows as this client.  ``--write`` also
puts the table and the picture into the documentation.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import platform
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

from measure import Line, table, write_chart

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
MANY = 100_000
DELAY = 0.010
"""Seconds one way."""

ROUND_TRIPS = 8
"""From nothing to the first row of an open-ended query, without the TCP handshakes, which a proxy answers itself."""

CLIENTS = {
    "impacket": "impacket, all read",
    "aiowmi_plain": "aiowmi plain, all read",
    "aiowmi_optimised": "aiowmi optimised, all read",
    "wmix_integrity": "wmix blocking, integrity, all read",
    "wmix_read": "wmix blocking, all read",
    "wmix_async": "wmix async, all read",
    "wmix_untouched": "wmix blocking, untouched",
    "wmix_tuples": "wmix async, tuples",
}


class Run:
    """What one client took; seconds, MiB."""

    def __init__(self, kind: str, found: dict[str, float], server_cpu: float) -> None:
        self.kind = kind
        self.rows = found["rows"]
        self.connect = found["connect"]
        self.first = found["first"]
        self.seconds = found["seconds"]
        self.cpu = found["cpu"]
        self.peak = found["peak"]
        self.server_cpu = server_cpu

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds

    @property
    def cells(self) -> tuple[str, ...]:
        """For the table."""
        return (
            CLIENTS[self.kind],
            f"{self.rows:,.0f}",
            f"{self.rate:,.0f}",
            f"{self.connect * 1e3:.0f}",
            f"{self.first * 1e3:.1f}",
            f"{self.cpu / self.rows * 1e6:,.1f}",
            f"{self.server_cpu / self.rows * 1e6:,.1f}",
            f"{self.peak:.0f}",
        )


HEAD = ("client", "rows", "rows/s", "connect ms", "first row ms", "client us/row", "server us/row", "peak MiB")


class Server:
    """The server's process."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.object_port = free.getsockname()[1]
        command = [sys.executable, str(HERE / "wire_server.py"), str(self.object_port)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.host, port, self.user, self.password = self._line().split()
        self.port = int(port)

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def cpu(self) -> float:
        """Seconds of CPU that the server has used."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        found: float = json.loads(self._line())["cpu"]
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)

    def run(self, kind: str, rows: int, ports: tuple[int, int] | None = None) -> Run:
        """One client from its beginning to its end; *ports* are those of proxies."""
        port, *object_port = ports or (self.port,)
        words = [kind, rows, self.host, port, self.user, self.password, *object_port]
        before = self.cpu()
        command = [sys.executable, str(HERE / "wire_clients.py"), *map(str, words)]
        output = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=1800).stdout
        run = Run(kind, json.loads(output), self.cpu() - before)
        if run.rows != rows:
            raise SystemExit(f"{kind} read {run.rows:.0f} of {rows} rows")
        print("  " + ", ".join(run.cells), file=sys.stderr, flush=True)
        return run


# -- the slow link --------------------------------------------------------------------------------------------------


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Octets from one side to the other, each of them late; as many may be on their way as there are."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 18):
            loop.call_later(DELAY, writer.write, data)
    loop.call_later(DELAY, writer.close)


@contextlib.contextmanager
def slow_link(host: str, *ports: int) -> Iterator[tuple[int, ...]]:
    """Proxies in front of *ports*, on a thread of their own; their ports."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="slow-link", daemon=True)
    thread.start()

    async def proxy(port: int) -> asyncio.Server:
        async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            far_reader, far_writer = await asyncio.open_connection(host, port)
            await asyncio.gather(_relay(reader, far_writer), _relay(far_reader, writer))

        return await asyncio.start_server(accepted, host, 0)

    servers = [asyncio.run_coroutine_threadsafe(proxy(port), loop).result(10) for port in ports]
    try:
        yield tuple(server.sockets[0].getsockname()[1] for server in servers)
    finally:
        for server in servers:
            loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


# -- the figures ----------------------------------------------------------------------------------------------------


def measured(server: Server, *, long: bool) -> tuple[list[Run], list[Run], list[Run]]:
    """Runs with 1,000 rows, with many, and over the slow link."""
    few = [server.run(kind, 1000) for kind in CLIENTS]
    counts = {"impacket": 0, "aiowmi_plain": MANY if long else 5000, "aiowmi_optimised": MANY if long else 10_000}
    many = [server.run(kind, count) for kind in CLIENTS if (count := counts.get(kind, MANY))]
    with slow_link(server.host, server.port, server.object_port) as (port, object_port):
        slow = [server.run(kind, MANY, (port, object_port)) for kind in ("wmix_read", "wmix_async")]
    return few, many, slow


def aims(few: list[Run], many: list[Run], slow: list[Run]) -> list[Line]:
    """The aims beside what was measured."""
    by_few, by_many = ({run.kind: run for run in runs} for runs in (few, many))
    read = max(by_many["wmix_read"].rate, by_many["wmix_async"].rate)
    best = min(by_many["wmix_read"].cpu, by_many["wmix_async"].cpu)
    return [
        Line("beside aiowmi optimised", read / by_many["aiowmi_optimised"].rate, "times", 30.0, at_least=True),
        Line("at integrity, as aiowmi", by_many["wmix_integrity"].rate / by_many["aiowmi_optimised"].rate, "times"),
        Line("beside impacket", read / by_few["impacket"].rate, "times", 1000.0, at_least=True),
        Line(f"CPU of the client for {MANY:,} rows", best, "s", 2.0),
        Line(
            "first row on that link beside its round trips",
            min(run.connect + run.first for run in slow) / (ROUND_TRIPS * 2 * DELAY),
            "times",
            1.2,
        ),
        Line("on the link of 10 ms each way", max(run.rate for run in slow), "rows/s", 35_000.0, at_least=True),
        Line(
            "a Next of one row, server",
            by_many["aiowmi_optimised"].server_cpu / by_many["aiowmi_optimised"].rows * 1e3,
            "ms",
            0.5,
        ),
    ]


def runs_table(runs: list[Run]) -> str:
    """Runs as a Markdown table."""
    rows = [HEAD, tuple("---" for _ in HEAD), *(run.cells for run in runs)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main() -> int:
    """Measure, print; 1 when an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help=f"let aiowmi read {MANY:,} rows, too")
    parser.add_argument("--write", action="store_true", help="write docs/topics/wire-speed.md and its picture")
    arguments = parser.parse_args()
    with Server() as server:
        few, many, slow = measured(server, long=arguments.long)
    lines = aims(few, many, slow)
    parts = [
        "## 1,000 rows",
        runs_table(few),
        "## Many rows",
        runs_table(many),
        "## A link of 10 ms each way",
        runs_table(slow),
        "## Aims",
        table(lines),
    ]
    print("\n\n".join(parts))
    if arguments.write:
        write_docs("\n\n".join(parts), many)
    return any(line.verdict == "missed" for line in lines)


def write_docs(text: str, runs: list[Run]) -> None:
    """The tables and the picture in the documentation."""
    docs = HERE.parent / "docs"
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} shared cores"
    head = (
        "# What the wire costs\n\n"
        f"Written by `python bench/wire.py --write` (CPython {platform.python_version()}, {system}): instances of "
        "Win32_Process with 45 properties, the whole engine behind the server, each client a process of its own. Trust "
        "the ratios; absolute times are those of one shared machine.\n\n![Rows a second](../images/bench-wire.svg)\n\n"
    )
    (docs / "topics" / "wire-speed.md").write_text(head + text + "\n", encoding="utf-8")
    bars = [(CLIENTS[run.kind], run.rate, f"{run.rate:,.0f} rows/s") for run in runs]
    write_chart(str(docs / "images" / "bench-wire.svg"), "Rows a second", bars)


if __name__ == "__main__":
    sys.exit(main())
