"""What the engine costs, as ratios and differences in one run: ``make bench``.

``--write`` also puts the table and the picture into the documentation.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measure import Line, alternate, table, write_chart

import wmix

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

ROWS = 100_000
PROPERTIES = {
    "Id": "uint32",
    "Name": "string",
    "Size": "uint64",
    "Flag": "boolean",
    "Ratio": "real64",
    "Tag": "string",
    "Level": "uint16",
    "Owner": "string",
}
QUERY = "SELECT * FROM Bench_Row WHERE Flag = TRUE"
NARROW = 10
"""Narrow queries in a row: about as long as one wide one, so that the beginning of a round weighs the same."""


def row(i: int) -> dict[str, object]:
    """A fresh mapping of 8 properties of 5 types; every second one has Flag set."""
    return {
        "Id": i,
        "Name": f"row {i}",
        "Size": 5_000_000_000 + i,
        "Flag": i % 2 == 0,
        "Ratio": i * 0.5,
        "Tag": "tag",
        "Level": i & 0xFF,
        "Owner": "owner",
    }


def provider(count: int) -> Any:
    """An asynchronous provider of *count* rows."""

    @wmix.provider("Bench_Row", keys=("Id",), properties=PROPERTIES)
    async def rows(request: object) -> AsyncIterator[dict[str, object]]:
        for i in range(count):
            yield row(i)

    return rows


def thread_provider(count: int) -> Any:
    """The same rows from a plain generator, on worker threads."""

    @wmix.provider("Bench_Row", keys=("Id",), properties=PROPERTIES)
    def rows(request: object) -> Iterator[dict[str, object]]:
        for i in range(count):
            yield row(i)

    return rows


def overhead() -> list[Line]:
    """What the engine adds to a bare loop over the same generator, per row that the provider yields."""

    async def bare() -> None:
        async for found in provider(ROWS).function(None):
            if found["Flag"]:
                pass

    async def through_the_engine(definition: Any) -> None:
        async with wmix.AsyncClient(providers=[definition]) as wmi:
            async for _ in wmi.query(QUERY):
                pass

    def blocking() -> None:
        with wmix.connect(providers=[provider(ROWS)]) as wmi:
            for _ in wmi.query(QUERY):
                pass

    times = alternate(
        {
            "bare": lambda: asyncio.run(bare()),
            "async": lambda: asyncio.run(through_the_engine(provider(ROWS))),
            "thread": lambda: asyncio.run(through_the_engine(thread_provider(ROWS))),
            "blocking": blocking,
        }
    )

    def added(name: str) -> float:
        return (times[name] - times["bare"]) / ROWS * 1e6

    return [
        Line("bare loop over the generator, per row", times["bare"] / ROWS * 1e6, "us"),
        Line("the engine adds, asynchronous, per row", added("async"), "us", 3.0),
        Line("the engine adds, blocking client, per row", added("blocking"), "us", 4.0),
        Line("the engine adds, thread provider, per row", added("thread"), "us"),
    ]


def against_pywbem() -> list[Line]:
    """EnumerateInstances of the same class through pywbem's mock server, filtered in Python."""
    import pywbem
    import pywbem_mock

    count = 2000
    connection = pywbem_mock.FakedWBEMConnection()
    types = {"real64": "real64", "boolean": "boolean", "string": "string"}
    declarations = "\n".join(
        f"  {'[Key] ' if name == 'Id' else ''}{types.get(kind, kind)} {name};" for name, kind in PROPERTIES.items()
    )
    qualifiers = "Qualifier Key : boolean = false, Scope(property, reference), Flavor(DisableOverride, ToSubclass);\n"
    connection.compile_mof_string(f"{qualifiers}class Bench_Row {{\n{declarations}\n}};")
    for i in range(count):
        values = row(i)
        instance = pywbem.CIMInstance(
            "Bench_Row",
            properties={
                name: pywbem.cimvalue(value, PROPERTIES[name])
                for name, value in values.items()  # type: ignore[no-untyped-call]
            },
        )
        instance.path = pywbem.CIMInstanceName("Bench_Row", {"Id": pywbem.Uint32(i)}, namespace="root/cimv2")
        connection.add_cimobjects(instance)

    def peer() -> None:
        assert len([found for found in connection.EnumerateInstances("Bench_Row") if found["Flag"]]) == count // 2

    def ours() -> None:
        with wmix.connect(providers=[provider(count)]) as wmi:
            assert len(wmi.query(QUERY).list()) == count // 2

    times = alternate({"pywbem": peer, "wmix": ours}, rounds=3)
    return [
        Line(
            f"rate beside pywbem's mock server, {count} rows, connecting included",
            times["pywbem"] / times["wmix"],
            "times",
            20.0,
            at_least=True,
        )
    ]


def first_object() -> list[Line]:
    """Time to the first object for small and huge results."""
    clients = {count: wmix.connect(providers=[provider(count)]) for count in (100, 10_000, 1_000_000)}

    def ask(count: int) -> float:
        start = time.perf_counter()
        handle = clients[count].query("SELECT * FROM Bench_Row")
        next(iter(handle))
        found = time.perf_counter() - start
        handle.cancel()
        return found

    times: dict[int, list[float]] = {count: [] for count in clients}
    for turn in range(22):
        for count in clients:
            found = ask(count)
            if turn > 1:
                times[count].append(found)
    for client in clients.values():
        client.close()
    best = {count: min(found) for count, found in times.items()}
    return [
        Line("first of 100 objects after", best[100] * 1e3, "ms"),
        Line("first of 1,000,000 objects after", best[1_000_000] * 1e3, "ms"),
        Line("slowest beside fastest first object", max(best.values()) / min(best.values()), "times", 2.0),
    ]


def memory() -> list[Line]:
    """Growth while a million instances stream, over what the first 10,000 took."""
    with wmix.connect(providers=[provider(1_000_000)]) as wmi:
        base = 0
        peak = 0
        tracemalloc.start()
        for i, _ in enumerate(wmi.query("SELECT * FROM Bench_Row")):
            if i == 10_000:
                gc.collect()
                base = tracemalloc.get_traced_memory()[0]
                tracemalloc.reset_peak()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return [Line("memory while streaming 1,000,000 over the first 10,000", (peak - base) / 1e6, "MB", 20.0)]


def cancelling() -> list[Line]:
    """From cancel() to the provider's own clean-up."""

    async def one() -> float:
        stopped = asyncio.Event()

        @wmix.provider("Bench_Endless", keys=("Id",), properties={"Id": "uint64"})
        async def endless(request: object) -> AsyncIterator[dict[str, object]]:
            try:
                i = 0
                while True:
                    yield {"Id": i}
                    i += 1
            finally:
                stopped.set()

        async with wmix.AsyncClient(providers=[endless]) as wmi:
            handle = wmi.query("SELECT * FROM Bench_Endless")
            await handle.next_batch(500)
            start = time.perf_counter()
            handle.cancel()
            await stopped.wait()
            return time.perf_counter() - start

    times = [asyncio.run(one()) for _ in range(11)]
    return [Line("from cancel to the provider's clean-up", statistics.median(times) * 1e3, "ms", 500.0)]


def processes() -> list[Line]:
    """Projection: two properties of Win32_Process beside all of them.

    Five hundred processes of our own, a hundred of them with two hundred descriptors, as services have.  More
    than half of the narrow query is the kernel's, who opens, reads and closes a file of each process.  The best of
    many rounds counts on both sides: what else runs on the machine weighs on the short query most.
    """
    rich = "import os, sys; kept = [os.open('/', os.O_RDONLY) for _ in range(200)]; sys.stdin.read()"
    commands = [["cat"]] * 400 + [[sys.executable, "-S", "-c", rich]] * 100
    children = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) for command in commands]
    try:
        with wmix.connect() as wmi:

            def narrow() -> None:
                # Each result is dropped before the next, as that of the wide query is.
                for _ in range(NARROW):
                    wmi.query("SELECT Name, ProcessId FROM Win32_Process").list()

            def wide() -> None:
                wmi.query("SELECT * FROM Win32_Process").list()

            times = alternate({"narrow": narrow, "wide": wide}, rounds=15, best=True)
            count = len(wmi.query("SELECT Handle FROM Win32_Process").list())
    finally:
        for child in children:
            child.communicate()
    return [
        Line(f"SELECT Name, ProcessId of {count} processes", times["narrow"] / NARROW * 1e3, "ms"),
        Line(
            "SELECT * beside SELECT Name, ProcessId",
            times["wide"] / times["narrow"] * NARROW,
            "times",
            10.0,
            at_least=True,
        ),
    ]


def start_up() -> list[Line]:
    """A query as a whole process beside the interpreter that does nothing, in the CPU time of all their threads.

    It is the installed program that runs, with its modules compiled: the first round, which does not count, does that
    where the installation has not.
    """
    program = Path(sys.executable).with_name("wmix")
    entry = [str(program)] if program.exists() else [sys.executable, "-m", "wmix"]
    command = [*entry, "query", "SELECT Name FROM Win32_Process"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    nothing = [sys.executable, "-c", "pass"]
    times: dict[str, list[float]] = {"nothing": [], "query": []}
    for turn in range(32):
        for name, arguments in (("nothing", nothing), ("query", command)):
            found = whole_process(arguments, environment)
            if turn:
                times[name].append(found)
    query, floor = statistics.median(times["query"]), statistics.median(times["nothing"])
    return [
        Line("wmix query as a whole process, CPU", query * 1e3, "ms"),
        Line("beside python -c pass", query / floor, "times", 6.0),
    ]


def whole_process(arguments: list[str], environment: dict[str, str]) -> float:
    """CPU seconds of one process, in user and kernel mode, from its start to its end."""
    discard = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    number = os.posix_spawn(arguments[0], arguments, environment, file_actions=discard)
    _, status, usage = os.wait4(number, 0)
    if status:
        raise RuntimeError(f"{arguments} ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime


PARTS = {
    "overhead": overhead,
    "pywbem": against_pywbem,
    "first": first_object,
    "memory": memory,
    "cancel": cancelling,
    "processes": processes,
    "startup": start_up,
}


def main() -> int:
    """Run the parts, print the table; 1 when an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="by default all")
    parser.add_argument("--write", action="store_true", help="write docs/topics/speed.md and its picture")
    arguments = parser.parse_args()
    lines: list[Line] = []
    with tempfile.TemporaryDirectory() as folder:
        # As on a machine where nothing was ever written, whatever this user has.
        os.environ["WMIX_REPOSITORY"] = str(Path(folder) / "none.sqlite")
        for name in arguments.parts or PARTS:
            lines += PARTS[name]()
    print(table(lines))
    if arguments.write:
        write_docs(lines)
    return any(line.verdict == "missed" for line in lines)


def write_docs(lines: list[Line]) -> None:
    """The table and the picture in the documentation."""
    docs = Path(__file__).parent.parent / "docs"
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} shared cores"
    machine = f"CPython {platform.python_version()}, {system}"
    text = (
        "# What the engine costs\n\n"
        f"Written by `python bench/engine.py --write` ({machine}). Trust the ratios; absolute times are those of one "
        "shared machine.\n\n![Microseconds per row](../images/bench-engine.svg)\n\n" + table(lines) + "\n"
    )
    (docs / "topics" / "speed.md").write_text(text, encoding="utf-8")
    per_row = [line for line in lines if line.unit == "us"]
    bars = [(line.what.removesuffix(", per row"), line.figure, f"{line.figure:.2f} us") for line in per_row]
    if bars:
        write_chart(str(docs / "images" / "bench-engine.svg"), "Microseconds per row of the provider", bars)


if __name__ == "__main__":
    sys.exit(main())
