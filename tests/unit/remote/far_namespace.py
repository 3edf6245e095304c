"""What the tests of a host's namespaces share: a namespace of a scripted host, and objects of its queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.fixture_f import PART, instance
from unit.net.scripted_host import ScriptedHost
from wmix.port.backend import Scope
from wmix.port.caller import Caller
from wmix.port.requests import ExecQuery
from wmix.testing.clock import run_virtual

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wmix.cim.instances import CimInstance
    from wmix.remote.namespace import RemoteNamespace

    Work = Callable[[ScriptedHost, RemoteNamespace], Awaitable[Any]]

EVERYTHING = ExecQuery(query="SELECT * FROM CF_Part")
SEMISYNC = 0x10


def scope(deadline: float | None = None) -> Scope:
    """That of a call of alice."""
    return Scope(Caller("alice"), deadline)


def parts(count: int) -> list[CimInstance]:
    """So many objects of a query."""
    return [instance(PART, Id=f"p{number}", Num=number) for number in range(count)]


def on_a_host(work: Work, host: ScriptedHost | None = None, **options: Any) -> Any:
    """The result of *work* on a namespace of a host."""

    async def run() -> Any:
        far = host or ScriptedHost()
        source = far.source(**options)
        try:
            return await work(far, source.open("root\\conf"))
        finally:
            await source.close()

    return run_virtual(run)


async def collect(place: RemoteNamespace, request: ExecQuery = EVERYTHING) -> list[Any]:
    """All objects of a query."""
    return [item async for batch in place.query(request, scope()) for item in batch.objects()]
