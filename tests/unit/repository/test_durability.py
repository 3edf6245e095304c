"""A writer that is killed loses nothing that it reported, and leaves nothing half."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from unit.repository.samples import NAMESPACE, read_all, run
from wmix.repository.sql import SqlRepository

if TYPE_CHECKING:
    from wmix.cim.instances import CimInstance

KILLS = 200
#: Kills of writers of one file, before the next file: its making must be hit too.
PER_FILE = 25
#: Seconds: every fourth writer is killed this soon after its beginning, at the latest; it may be opening the file.
OPENING = 0.1
#: Commits that another one reports before its end, at most, and seconds after the last of them.
COMMITS, AFTER = 5, 0.01


def found_in(path: str) -> list[CimInstance]:
    """What the next program finds."""

    async def read() -> list[CimInstance]:
        repository = SqlRepository(path)
        try:
            return await read_all(repository, NAMESPACE, "Demo_Item")
        finally:
            await repository.close()

    found: list[CimInstance] = run(read)
    return found


@pytest.mark.timeout(300)
def test_a_writer_killed_200_times_loses_no_commit_and_leaves_no_half(tmp_path: Path) -> None:
    chance = random.Random(20260131)
    tests = Path(__file__).parents[2]
    writer = subprocess.Popen(
        [sys.executable, "-W", "error", str(Path(__file__).with_name("kill_writer.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tests)},
    )
    assert writer.stdin is not None
    assert writer.stdout is not None
    reported, in_all = 0, 0
    with writer:
        for kill in range(KILLS):
            if kill % PER_FILE == 0:
                path = str(tmp_path / f"repository-{kill}.db")
                reported = 0
            early = kill % 4 == 0
            writer.stdin.write(f"{path} {reported + 1}\n")
            writer.stdin.flush()
            child, awaited = 0, 0 if early else chance.randint(1, COMMITS)
            while not child or awaited:
                verb, _, number = writer.stdout.readline().strip().partition(" ")
                if verb == "pid":
                    child = int(number)
                else:
                    assert verb == "done", "the writer ended by itself"
                    reported, in_all, awaited = int(number), in_all + 1, max(awaited - 1, 0)
            time.sleep(chance.uniform(0, OPENING if early else AFTER))  # waits for nothing: it ends at any moment
            os.kill(child, signal.SIGKILL)
            for line in writer.stdout:
                verb, _, number = line.strip().partition(" ")
                if verb == "dead":
                    break
                reported, in_all = int(number), in_all + 1
            names = {str(instance["Id"]) for instance in found_in(path)}
            numbers = {int(name.partition(" ")[2]) for name in names if name.startswith("left")}
            rights = {int(name.partition(" ")[2]) for name in names if name.startswith("right")}
            assert numbers == rights, "half a transaction was left"
            assert set(range(1, reported + 1)) <= numbers, "a commit was lost"
            # One more than was reported: killed between the commit and the report.
            assert numbers <= set(range(1, reported + 2))
            reported = max(numbers, default=0)
        writer.stdin.close()
    assert writer.returncode == 0
    assert in_all > KILLS, "the writers hardly got to write: the test proves nothing"
