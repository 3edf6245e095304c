"""A program that writes until it is killed; the durability test runs it.

It reads lines ``PATH FIRST`` and for each begins a child (a fork costs less than a new interpreter) that writes pairs
of instances, one transaction a pair, numbered from FIRST.  It prints ``pid N``, the child ``done N`` after each
commit, and ``dead`` follows when the child is gone.
"""

from __future__ import annotations

import asyncio
import os
import sys

from unit.repository.samples import NAMESPACE, item
from wmix.repository.sql import SqlRepository

__all__: list[str] = []


def say(text: str) -> None:
    """One line, in one write, so that lines of two processes do not mix."""
    os.write(1, f"{text}\n".encode())


async def write(path: str, first: int) -> None:
    """Pairs without end; what is reported is committed."""
    repository = SqlRepository(path)
    number = first
    while True:
        async with repository.transaction():
            await repository.put_instance(NAMESPACE, item(f"left {number}", Group=number, Label="x" * (number % 5000)))
            await repository.put_instance(NAMESPACE, item(f"right {number}", Group=number))
            await repository.put_instance(NAMESPACE, item("last", Number=number, Group=number))
        say(f"done {number}")
        number += 1


def main() -> None:
    """Serve the lines of standard input."""
    for line in sys.stdin:
        path, first = line.split()
        child = os.fork()
        if child == 0:
            try:
                asyncio.run(write(path, int(first)))
            finally:
                os._exit(1)
        say(f"pid {child}")
        os.waitpid(child, 0)
        say("dead")


if __name__ == "__main__":
    main()
