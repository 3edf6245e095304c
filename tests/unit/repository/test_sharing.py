"""Several at once: processes that share a repository, writers side by side, transactions and who sees what."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from unit.repository.samples import ITEM, NAMESPACE, item, read_all, run
from wmix.cim.classes import derive
from wmix.errors import InvalidOperation, WmiError
from wmix.repository.memory import MemoryRepository
from wmix.repository.sql import SqlRepository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wmix.port.backend import Repository

#: Seconds within which a change of another process must be seen.
SEEN = 1.0


@contextlib.contextmanager
def two(location: str) -> Iterator[tuple[SqlRepository, SqlRepository]]:
    """Two repositories at one place, as two processes have them; they share nothing but the database."""
    pair = SqlRepository(location, lock_wait=5), SqlRepository(location, lock_wait=0.2)
    try:
        yield pair
    finally:
        for one in pair:
            run(one.close)


async def ids(repository: Repository) -> list[str]:
    return [str(found["Id"]) for found in await read_all(repository, NAMESPACE, "Demo_Item")]


async def until(condition: object, seconds: float = SEEN) -> bool:
    """Whether *condition* comes true in time; the change comes from another thread, without an event of its own."""
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]  # a function without arguments
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.01)
    return True


def test_a_change_by_another_is_seen_within_a_second(location: str) -> None:
    with two(location) as (mine, theirs):

        async def work() -> None:
            await mine.put_class(NAMESPACE, ITEM)
            assert await theirs.get_class(NAMESPACE, "demo_item") == ITEM
            seen = mine.version
            await theirs.put_class(NAMESPACE, derive(ITEM, "Demo_Below"))
            assert await mine.class_names(NAMESPACE) == ("Demo_Item", "Demo_Below")
            assert await until(lambda: mine.version > seen)
            await theirs.put_instance(NAMESPACE, item("a"))
            assert await ids(mine) == ["a"]

        run(work)


def test_a_class_that_another_deleted_and_made_anew_takes_instances(location: str) -> None:
    with two(location) as (mine, theirs):

        async def work() -> None:
            await mine.put_class(NAMESPACE, ITEM)
            await mine.put_instance(NAMESPACE, item("a"))
            await theirs.delete_namespace(NAMESPACE)
            await mine.put_instance(NAMESPACE, item("b"))
            assert await ids(theirs) == await ids(mine) == ["b"]
            assert await mine.class_names(NAMESPACE) == ()

        run(work)


def test_writers_in_two_processes_all_land(location: str) -> None:
    program = (
        "import asyncio, sys\n"
        "from unit.repository.samples import NAMESPACE, item\n"
        "from wmix.repository.sql import SqlRepository\n"
        "async def main():\n"
        "    repository = SqlRepository(sys.argv[1], lock_wait=30)\n"
        "    items = [item(sys.argv[2] + str(i)) for i in range(40)]\n"
        "    await asyncio.gather(*[repository.put_instance(NAMESPACE, one) for one in items])\n"
        "    async with repository.transaction():\n"
        "        for i in range(40, 60):\n"
        "            await repository.put_instance(NAMESPACE, item(sys.argv[2] + str(i)))\n"
        "    await repository.close()\n"
        "asyncio.run(main())\n"
    )
    tests = Path(__file__).parents[2]
    writers = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", program, location, name],
            env={**os.environ, "PYTHONPATH": str(tests)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("x", "y", "z")
    ]
    for writer in writers:
        assert writer.communicate()[1] == ""
        assert writer.returncode == 0

    async def work() -> None:
        repository = SqlRepository(location)
        assert set(await ids(repository)) == {f"{name}{i}" for name in "xyz" for i in range(60)}
        await repository.close()

    run(work)


def test_a_writer_that_waits_too_long_for_another_process_gets_a_conflict(location: str) -> None:
    with two(location) as (mine, theirs):

        async def work() -> None:
            await mine.put_class(NAMESPACE, ITEM)
            async with mine.transaction():
                await mine.put_instance(NAMESPACE, item("a"))
                with pytest.raises(WmiError) as caught:
                    await theirs.put_instance(NAMESPACE, item("b"))
                assert caught.value.symbol == "WBEM_E_TRANSACTION_CONFLICT"
                assert "nothing was written" in caught.value.detail
            await theirs.put_instance(NAMESPACE, item("c"))
            assert await ids(theirs) == ["a", "c"]

        run(work)


def test_a_writer_that_waits_too_long_for_its_own_process_gets_a_conflict(location: str) -> None:
    async def work() -> None:
        repository = SqlRepository(location, lock_wait=0.05)
        inside, go_on = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            async with repository.transaction():
                await repository.put_instance(NAMESPACE, item("a"))
                inside.set()
                await go_on.wait()

        holder = asyncio.create_task(hold())
        await inside.wait()
        with pytest.raises(WmiError, match="another transaction"):
            await repository.put_instance(NAMESPACE, item("b"))
        go_on.set()
        await holder
        await repository.put_instance(NAMESPACE, item("c"))
        assert await ids(repository) == ["a", "c"]
        await repository.close()

    run(work)


def test_others_see_a_transaction_when_it_has_ended(location: str) -> None:
    async def work() -> None:
        repository = SqlRepository(location)
        await repository.put_instance(NAMESPACE, item("before"))
        outside = asyncio.create_task(asyncio.sleep(0))
        await outside

        async def look() -> list[str]:
            return await ids(repository)

        import contextvars

        async with repository.transaction():
            await repository.put_instance(NAMESPACE, item("a"))
            assert await ids(repository) == ["before", "a"]
            assert await asyncio.create_task(look()) == ["before", "a"]  # a child is in it
            stranger = asyncio.get_running_loop().create_task(look(), context=contextvars.Context())
            assert await stranger == ["before"]
        assert await ids(repository) == ["before", "a"]
        await repository.close()

    run(work)


def test_a_task_that_outlives_a_transaction_is_no_longer_in_it(location: str) -> None:
    async def work() -> None:
        repository = SqlRepository(location)
        go_on = asyncio.Event()

        async def later() -> None:
            await go_on.wait()
            await repository.put_instance(NAMESPACE, item("later"))

        with pytest.raises(KeyError):
            async with repository.transaction():
                await repository.put_instance(NAMESPACE, item("a"))
                child = asyncio.create_task(later())
                raise KeyError
        go_on.set()
        await child
        assert await ids(repository) == ["later"]
        await repository.close()

    run(work)


def test_a_cancelled_transaction_is_undone_and_lets_the_next_one_through(location: str) -> None:
    async def work() -> None:
        repository = SqlRepository(location, lock_wait=5)
        inside = asyncio.Event()

        async def hold() -> None:
            async with repository.transaction():
                await repository.put_instance(NAMESPACE, item("a"))
                inside.set()
                await asyncio.Event().wait()

        holder = asyncio.create_task(hold())
        await inside.wait()
        holder.cancel()
        with pytest.raises(asyncio.CancelledError):
            await holder
        async with repository.transaction():
            await repository.put_instance(NAMESPACE, item("b"))
        assert await ids(repository) == ["b"]
        await repository.close()

    run(work)


def test_cancelling_at_any_step_leaves_all_or_nothing_and_no_lock(location: str) -> None:
    async def work() -> None:
        repository = SqlRepository(location, lock_wait=5)
        await repository.put_class(NAMESPACE, ITEM)

        async def pair(number: int) -> None:
            async with repository.transaction():
                await repository.put_instance(NAMESPACE, item(f"l{number}"))
                await repository.put_instance(NAMESPACE, item(f"r{number}"))

        for number in range(40):
            task = asyncio.create_task(pair(number))
            for _ in range(number):
                await asyncio.sleep(0)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            writing = asyncio.create_task(repository.put_instance(NAMESPACE, item(f"s{number}")))
            for _ in range(number % 7):
                await asyncio.sleep(0)
            writing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writing
        await repository.put_instance(NAMESPACE, item("end"))
        found = set(await ids(repository))
        assert "end" in found
        assert {name[1:] for name in found if name[0] == "l"} == {name[1:] for name in found if name[0] == "r"}
        await repository.close()

    run(work)


def test_a_repository_serves_several_loops(location: str) -> None:
    repository = SqlRepository(location)

    async def work(name: str) -> None:
        await asyncio.gather(*[repository.put_instance(NAMESPACE, item(f"{name}{i}")) for i in range(20)])

    with contextlib.ExitStack() as stack:
        import threading

        threads = [threading.Thread(target=lambda n=n: asyncio.run(work(n))) for n in "abc"]
        for thread in threads:
            thread.start()
            stack.callback(thread.join)
    assert len(run(lambda: ids(repository))) == 60
    run(repository.close)


def test_a_closed_repository_says_so(location: str) -> None:
    async def work() -> None:
        repository = SqlRepository(location)
        await repository.put_instance(NAMESPACE, item("a"))
        await repository.close()
        await repository.close()
        with pytest.raises(InvalidOperation, match="closed"):
            await repository.namespaces()
        with pytest.raises(InvalidOperation, match="closed"):
            await repository.put_instance(NAMESPACE, item("b"))
        with pytest.raises(InvalidOperation, match="closed"):
            async with repository.transaction():
                pass

    run(work)


@pytest.mark.parametrize("kind", ["memory", "sql"])
def test_the_version_grows_with_the_schema_and_with_what_is_undone(kind: str, path: str) -> None:
    async def work() -> None:
        repository: Repository = MemoryRepository() if kind == "memory" else SqlRepository(path)
        versions = [repository.version]

        def grown() -> bool:
            versions.append(repository.version)
            return versions[-1] > versions[-2]

        await repository.create_namespace(NAMESPACE)
        assert grown()
        await repository.put_class(NAMESPACE, ITEM)
        assert grown()
        await repository.put_instance(NAMESPACE, item("a"))
        assert not grown()
        with pytest.raises(KeyError):
            async with repository.transaction():
                await repository.delete_class(NAMESPACE, "Demo_Item")
                assert grown()
                raise KeyError
        assert grown()
        await repository.delete_class(NAMESPACE, "Demo_Item")
        assert grown()
        await repository.delete_namespace(NAMESPACE)
        assert grown()
        await repository.close()

    run(work)
