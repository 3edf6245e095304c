"""aiowmi's client on a server of a test."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiowmi.connection import Connection
from aiowmi.query import Query

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wmix.testing.serving import Served

__all__ = ["connected", "query"]


@asynccontextmanager
async def connected(
    served: Served,
    *,
    user: str | None = None,
    password: str | None = None,
    domain: str | None = None,
    tickets: Any = None,
) -> AsyncIterator[tuple[Connection, Any]]:
    """A connection and the service of aiowmi; *tickets* (a KerberosCache) make it a login by Kerberos."""
    conn = Connection(
        served.host if tickets is None else "localhost",
        served.user if user is None else user,
        served.password if password is None else password,
        domain=served.domain if domain is None else domain,
        port=served.port,
        loop=asyncio.get_running_loop(),
        kerberos_cache=tickets,
    )
    service = None
    await conn.connect()
    try:
        service = await (conn.negotiate_ntlm() if tickets is None else conn.negotiate_kerberos())
        yield conn, service
    finally:
        if service is not None:
            service.close()
        conn.close()
        await asyncio.sleep(0)


async def rows(conn: Connection, service: Any, text: str, namespace: str, *, plain: bool) -> list[dict[str, Any]]:
    """All rows of a query, as aiowmi reads them."""
    async with Query(text, namespace).context(conn, service, skip_optimize=plain) as context:
        return [{name: prop.value for name, prop in props.items()} async for props in context.results()]


def query(served: Served, text: str, *, namespace: str = "root/cimv2", plain: bool = False) -> list[dict[str, Any]]:
    """All rows of a query over a connection of its own."""

    async def run() -> list[dict[str, Any]]:
        async with connected(served) as (conn, service):
            return await rows(conn, service, text, namespace, plain=plain)

    return asyncio.run(run())
