"""What the repository costs beside plain ``sqlite3`` with the same rows as JSON: ``python bench/repository.py``.

The plain side is as good as one writes it by hand: a table with the key as its number, an index on the column of the
WHERE, write-ahead log, rows encoded and decoded by ``json``, asked from one worker thread.  Figures are ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import sqlite3
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psutil
from measure import Line, table

from wmix.cim.classes import CimProperty, derive
from wmix.cim.instances import CimInstance
from wmix.cim.qualifiers import Qualifier, QualifierSet
from wmix.cim.types import CimType
from wmix.port.provider import Comparison
from wmix.repository.sql import SqlRepository

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

NAMESPACE = "root\\bench"
#: Instances that share a value of the indexed property: what the selective WHERE finds.
SELECTED = 1000
ROUNDS = 7
GETS = 1000


def _qualified(name: str) -> QualifierSet:
    return QualifierSet((Qualifier.of(name),))


ITEM = derive(
    None,
    "Bench_Item",
    properties=[
        CimProperty("Id", CimType.UINT32, qualifiers=_qualified("key")),
        CimProperty("Name", CimType.STRING),
        CimProperty("Bucket", CimType.UINT32, qualifiers=_qualified("indexed")),
        CimProperty("Size", CimType.UINT64),
        CimProperty("Flag", CimType.BOOLEAN),
        CimProperty("Ratio", CimType.REAL64),
        CimProperty("Tag", CimType.STRING),
        CimProperty("Owner", CimType.STRING),
    ],
)


def row(i: int, count: int) -> dict[str, object]:
    """Eight properties of five types."""
    return {
        "Id": i,
        "Name": f"item {i}",
        "Bucket": i * 7919 % max(1, count // SELECTED),
        "Size": 5_000_000_000 + i,
        "Flag": i % 2 == 0,
        "Ratio": i * 0.5,
        "Tag": "tag",
        "Owner": "owner",
    }


class Plain:
    """The same by hand."""

    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(path, check_same_thread=False)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, bucket INTEGER, body TEXT)")
        self.connection.execute("CREATE INDEX by_bucket ON item (bucket)")

    def put(self, rows: list[dict[str, object]]) -> None:
        """Rows in one transaction."""
        values = [(found["Id"], found["Bucket"], json.dumps(found)) for found in rows]
        self.connection.executemany("INSERT OR REPLACE INTO item VALUES (?, ?, ?)", values)
        self.connection.commit()

    def get(self, key: int) -> Any:
        """One row."""
        return json.loads(self.connection.execute("SELECT body FROM item WHERE id = ?", (key,)).fetchone()[0])

    def many(self, keys: list[int]) -> list[Any]:
        """Rows by key."""
        marks = ",".join("?" * len(keys))
        found = self.connection.execute(f"SELECT body FROM item WHERE id IN ({marks})", keys)
        return [json.loads(body) for (body,) in found]

    def where(self, bucket: int) -> list[Any]:
        """Rows of a bucket."""
        found = self.connection.execute("SELECT body FROM item WHERE bucket = ?", (bucket,))
        return [json.loads(body) for (body,) in found]

    def scan(self) -> int:
        """All rows, counted."""
        return sum(1 for (body,) in self.connection.execute("SELECT body FROM item") if json.loads(body))


class Bench:
    """Both repositories with the same content."""

    def __init__(self, folder: str, count: int) -> None:
        self.count = count
        self.folder = folder
        self.plain = Plain(f"{folder}/plain.db")
        self.ours = SqlRepository(f"{folder}/repository.db")
        self.thread = ThreadPoolExecutor(1)
        self.lines: list[Line] = []

    async def on_thread(self, work: Callable[..., Any], *args: Any) -> Any:
        """The plain side, as somebody with an event loop has to ask it."""
        return await asyncio.get_running_loop().run_in_executor(self.thread, work, *args)

    def size(self, name: str) -> int:
        """Octets of a file."""
        return os.path.getsize(f"{self.folder}/{name}.db")

    def chunks(self, size: int) -> Iterator[list[dict[str, object]]]:
        """All rows in lists."""
        for start in range(0, self.count, size):
            yield [row(i, self.count) for i in range(start, min(start + size, self.count))]

    async def fill(self) -> None:
        """Put everything, 1,000 instances a transaction; building them counts on both sides."""
        began = time.perf_counter()
        for rows in self.chunks(1000):
            await self.on_thread(self.plain.put, rows)
        plain = time.perf_counter() - began
        began = time.perf_counter()
        for rows in self.chunks(1000):
            await self.ours.put_instances(NAMESPACE, [CimInstance.of(ITEM, values) for values in rows])
        ours = time.perf_counter() - began
        self.lines += [
            Line("put, 1,000 a transaction, plain sqlite3", self.count / plain, "/s"),
            Line("put, 1,000 a transaction, repository", self.count / ours, "/s"),
            Line("put, 1,000 a transaction", ours / plain, "x"),
        ]

    async def compare(
        self,
        what: str,
        plain: Callable[[], Awaitable[object]],
        ours: Callable[[], Awaitable[object]],
        aim: float | None,
    ) -> None:
        """The best of some rounds of each, in turn."""
        best = [float("inf"), float("inf")]
        for turn in range(ROUNDS + 1):
            for side, work in enumerate((plain, ours)):
                gc.collect()
                began = time.perf_counter()
                await work()
                if turn:
                    best[side] = min(best[side], time.perf_counter() - began)
        self.lines.append(
            Line(f"{what}: plain {best[0] * 1e3:,.1f} ms, ours {best[1] * 1e3:,.1f} ms", best[1] / best[0], "x", aim)
        )

    async def reads(self) -> None:
        """What is asked of it."""
        keys = [i * 7919 % self.count for i in range(GETS)]
        bucket = 5 % max(1, self.count // SELECTED)

        async def plain_gets() -> None:
            for key in keys:
                await self.on_thread(self.plain.get, key)

        async def our_gets() -> None:
            for key in keys:
                await self.ours.get_as(NAMESPACE, ITEM.layout, {"Id": key})

        async def our_instances() -> None:
            for key in keys:
                await self.ours.get_instance(NAMESPACE, "Bench_Item", {"Id": key})

        async def our_many() -> int:
            wanted = [{"Id": key} for key in keys]
            return sum([len(page) async for page in self.ours.rows(NAMESPACE, ITEM.layout, keys=wanted)])

        async def our_where() -> int:
            term = Comparison("Bucket", "=", bucket, lambda value: value == bucket)
            return sum([len(page) async for page in self.ours.rows(NAMESPACE, ITEM.layout, where=[term])])

        assert await our_many() == len(await self.on_thread(self.plain.many, keys)) == len(set(keys))
        assert await our_where() == len(await self.on_thread(self.plain.where, bucket))
        await self.compare(f"{GETS:,} single gets of a row", plain_gets, our_gets, 5)
        await self.compare(f"{GETS:,} single gets of an instance", plain_gets, our_instances, 5)
        await self.compare(f"{GETS:,} gets at once", lambda: self.on_thread(self.plain.many, keys), our_many, 3)
        await self.compare(
            f"WHERE of {SELECTED:,} rows", lambda: self.on_thread(self.plain.where, bucket), our_where, 3
        )

    async def writes(self) -> None:
        """Single puts, each its own commit."""
        some = [row(i, self.count) for i in range(0, self.count, max(1, self.count // 200))]

        async def plain() -> None:
            for values in some:
                await self.on_thread(self.plain.put, [values])

        async def ours() -> None:
            for values in some:
                await self.ours.put_instance(NAMESPACE, CimInstance.of(ITEM, values))

        await self.compare(f"{len(some)} single puts", plain, ours, None)

    async def scan(self) -> None:
        """Everything, and how much memory that takes on the way."""
        process = psutil.Process()
        began = time.perf_counter()
        await self.on_thread(self.plain.scan)
        plain = time.perf_counter() - began
        began = time.perf_counter()
        seen, first, most = 0, 0, 0
        async for page in self.ours.rows(NAMESPACE, ITEM.layout):
            seen += len(page)
            if seen % 50_000 < len(page):
                used = process.memory_info().rss
                first, most = first or used, max(most, used)
        ours = time.perf_counter() - began
        assert seen == self.count
        self.lines += [
            Line("full scan, per row", ours / seen * 1e6, "us"),
            Line("full scan", ours / plain, "x"),
            Line("full scan, growth of memory after the first 50,000 rows", (most - first) / 2**20, "MiB", 8),
        ]


async def measure(count: int, folder: str) -> list[Line]:
    """All lines."""
    bench = Bench(folder, count)
    try:
        await bench.fill()
        await bench.reads()
        await bench.scan()
        await bench.writes()
    finally:
        await bench.ours.close()
        bench.thread.shutdown()
        bench.plain.connection.close()
    for name in ("plain", "repository"):  # both are closed: their logs are in them
        bench.lines.append(Line(f"size of {name}", bench.size(name) / 2**20, "MiB"))
    return bench.lines


def main() -> int:
    """Print the table; 1 when an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, default=1_000_000)
    parser.add_argument("--folder", help="where the two databases are made; by default a temporary folder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        lines = asyncio.run(measure(arguments.instances, folder))
    print(table(lines))
    return any(line.verdict == "missed" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
