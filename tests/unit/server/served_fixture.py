"""A server over fixture F, in memory, for the time of one test."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from conformance.fixture_f import fixture_engine
from unit.server.conversation import Doorman, Peer
from wmix.local.system import LocalSystem
from wmix.server.grants import Grants, parse_grant
from wmix.server.users import Users, make_account
from wmix.server.wmi_server import WmiServer
from wmix.testing.clock import VirtualLoop, run_virtual

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from conformance.fixture_f import SlowSource
    from wmix.engine.audit import AuditRecord
    from wmix.errors import WmiError

__all__ = ["CONF", "Fixture", "with_server"]

CONF = "//./root/conf"
PASSWORD = "pa:ss wörd"
EVERYTHING = "DOM\\alice=execute,write,provider-write,subscribe"


class Fixture:
    """The server of a test."""

    def __init__(self, slow: SlowSource | None, grants: tuple[str, ...], options: dict[str, Any]) -> None:
        self.calls: list[AuditRecord] = []
        self.logins: list[tuple[str, str, WmiError | None]] = []
        self.engine = fixture_engine(slow, audit=self.calls.append)
        self.server = WmiServer(
            self.engine,
            Users([make_account("DOM", "alice", PASSWORD)]),
            acceptor=Doorman(),
            grants=Grants(map(parse_grant, grants)),
            on_login=lambda *login: self.logins.append(login),
            **options,
        )

    def peer(self, address: str = "192.0.2.7") -> Peer:
        """A new connection of a client at *address*."""
        return Peer(self.server.listener, address)

    async def close(self) -> None:
        """End the server and its engine."""
        await self.server.close(0.0)
        await self.engine.close()


def with_server(
    test: Callable[[Fixture], Awaitable[None]],
    slow: SlowSource | None = None,
    *,
    grants: tuple[str, ...] = (EVERYTHING,),
    virtual: bool = False,
    **options: Any,
) -> None:
    """Run *test* with a server; *virtual* lets its time pass at once."""

    async def run() -> None:
        fixture = Fixture(slow, grants, options)
        loop, source = asyncio.get_running_loop(), fixture.engine.source
        if isinstance(loop, VirtualLoop):
            assert isinstance(source, LocalSystem)
            workers = source.host.workers
            loop.busy = lambda: workers.active > 0
        try:
            async with asyncio.timeout(10_000 if virtual else 30):
                await test(fixture)
        finally:
            await fixture.close()

    if virtual:
        run_virtual(run)
    else:
        asyncio.run(run())
