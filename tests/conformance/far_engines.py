"""Engines over fixture F in a process of their own, each behind a server: ``python -m conformance.far_engines``.

A line ``NAME RIGHTS`` on standard input makes a fresh engine that lets in that user with those rights; the answer is
one line, its place.  The process ends with its input.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from typing import TYPE_CHECKING

from conformance.fixture_f import fixture_engine
from wmix.server.grants import Grants
from wmix.server.users import Users, make_account
from wmix.server.wmi_server import WmiServer

if TYPE_CHECKING:
    from wmix.engine.engine import Engine

__all__ = ["PASSWORD", "serve"]

PASSWORD = "c:orrect hörse"

#: Engines that are kept; a test uses one or two.
_KEPT = 4


async def serve(engine: Engine, name: str, rights: int) -> tuple[WmiServer, str]:
    """A server of *engine* for one user, and its place."""
    users = Users([make_account("", name, PASSWORD)])
    server = WmiServer(engine, users, grants=Grants([(name, rights)]))
    host, port = await server.listen("127.0.0.1", 0)
    return server, f"{host}:{port}"


async def main() -> None:
    """Answer the lines of standard input."""
    loop = asyncio.get_running_loop()
    kept: deque[tuple[Engine, WmiServer]] = deque()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        name, rights = line.rsplit(maxsplit=1)
        engine = fixture_engine()
        server, place = await serve(engine, name, int(rights))
        kept.append((engine, server))
        sys.stdout.write(place + "\n")
        sys.stdout.flush()
        if len(kept) > _KEPT:
            old_engine, old_server = kept.popleft()
            await old_server.close(grace=0.1)
            await old_engine.close()


if __name__ == "__main__":
    asyncio.run(main())
