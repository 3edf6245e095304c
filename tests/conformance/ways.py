"""The two ways to an engine: in process, and over the wire with a server and a client of ours on loopback.

Every conformance case runs on both.  ``DIFFERENCES`` lists those that cannot have the same outcome over the wire, with
the reason; they are not run there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wmix import com
from wmix.engine.assembly import remote_engine
from wmix.engine.portal import Portal
from wmix.net.client_host import HostAddress
from wmix.net.security.credentials import NTLM
from wmix.port.caller import Caller, Rights
from wmix.server.grants import Grants
from wmix.server.users import Users, make_account
from wmix.server.wmi_server import WmiServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.engine.engine import Engine

__all__ = ["DIFFERENCES", "InProcess", "OverTheWire", "Way"]

PASSWORD = "c:orrect hörse"

#: Tests that are not run over the wire, by name, and why.
DIFFERENCES: dict[str, str] = {
    "test_a_remote_caller_needs_the_right_to_come_from_afar": (
        "whoever can log in at a server of ours may come from afar: the right is not given apart"
    ),
    "test_a_cancelled_call_gets_one_final_status_and_no_object_after_it": (
        "a host hears of the cancellation a moment later, in which a provider that may go on ends by itself"
    ),
}


class Way(Protocol):
    """Makes locators that lead to an engine."""

    def locator(self, make_engine: Callable[[], Engine], caller: Caller | None = None) -> com.Locator:
        """A locator over the engine that *make_engine* makes."""
        ...

    def close(self) -> None:
        """End everything."""
        ...


class InProcess:
    """The engine lives in the locator's own portal."""

    def __init__(self) -> None:
        self._locators: list[com.Locator] = []

    def locator(self, make_engine: Callable[[], Engine], caller: Caller | None = None) -> com.Locator:
        """A locator over the engine."""
        made = com.Locator(make_engine, caller=caller)
        self._locators.append(made)
        return made

    def close(self) -> None:
        """Close the locators."""
        for locator in self._locators:
            locator.close()


class OverTheWire:
    """The engine lives behind a server on another thread; the caller's rights are granted to the user who logs in."""

    def __init__(self) -> None:
        self._portal = Portal()
        self._servers: list[tuple[Engine, WmiServer]] = []
        self._locators: list[com.Locator] = []

    def locator(self, make_engine: Callable[[], Engine], caller: Caller | None = None) -> com.Locator:
        """A locator over a host that serves the engine."""
        caller = caller or Caller("tester", Rights.ALL)
        place = self._portal.call(self._serve, make_engine, caller)
        address = HostAddress.parse(place)
        credentials = NTLM(caller.name, PASSWORD)
        made = com.Locator(lambda: remote_engine(address, credentials))
        self._locators.append(made)
        return made

    async def _serve(self, make_engine: Callable[[], Engine], caller: Caller) -> str:
        engine = make_engine()
        users = Users([make_account("", caller.name, PASSWORD)])
        server = WmiServer(engine, users, grants=Grants([(caller.name, caller.rights)]))
        self._servers.append((engine, server))
        host, port = await server.listen("127.0.0.1", 0)
        return f"{host}:{port}"

    def close(self) -> None:
        """Close the locators, the servers and their engines."""
        for locator in self._locators:
            locator.close()
        self._portal.call(self._stop)
        self._portal.close()

    async def _stop(self) -> None:
        for engine, server in self._servers:
            await server.close(grace=0.5)
            await engine.close()
