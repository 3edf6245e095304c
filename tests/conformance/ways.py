"""The ways to an engine: in process, and over the wire with a server and a client of ours on loopback.

Over the wire the engine is in another process, unless the test holds a part of it in its hand (a provider in slow
motion): then it is on another thread.  Every conformance case runs on both ways.  ``DIFFERENCES`` lists those that
cannot have the same outcome over the wire, with the reason; they are not run there.

A third way is over the wire with callbacks: the server calls the sinks of asynchronous calls, instead of being polled.
It is for the cases with sinks, which are those of the modules in ``WITH_SINKS``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from conformance.far_engines import PASSWORD, serve
from conformance.fixture_f import fixture_engine
from wmix import com
from wmix.engine.assembly import remote_engine
from wmix.engine.portal import Portal
from wmix.net.client.host import HostAddress
from wmix.net.security.credentials import NTLM
from wmix.port.caller import Caller, Rights

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.engine.engine import Engine
    from wmix.server.wmi_server import WmiServer

__all__ = ["DIFFERENCES", "WITH_SINKS", "FarEngines", "InProcess", "OverTheWire", "Way"]

#: Tests that are not run over the wire, by name, and why.
DIFFERENCES: dict[str, str] = {
    "test_a_remote_caller_needs_the_right_to_come_from_afar": (
        "whoever can log in at a server of ours may come from afar: the right is not given apart"
    ),
    "test_a_cancelled_call_gets_one_final_status_and_no_object_after_it": (
        "a host hears of the cancellation a moment later, in which a provider that may go on ends by itself"
    ),
}

#: Modules of the cases in which sinks are called.
WITH_SINKS = ("test_asynchronous", "test_events")


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


class FarEngines:
    """The other process; begun with the first engine that is asked of it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def place(self, name: str, rights: int) -> str:
        """The place of a fresh engine for one user."""
        if self._process is None:
            paths = [str(Path(__file__).parent.parent), *sys.path]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "conformance.far_engines"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{name} {rights}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.communicate(timeout=20)


class OverTheWire:
    """The engine lives behind a server; the caller's rights are granted to the user who logs in.

    Args:
        callbacks: whether the server calls sinks back.
    """

    def __init__(self, far: FarEngines, *, callbacks: bool = False) -> None:
        self._far = far
        self._callbacks = callbacks
        self._portal = Portal()
        self._servers: list[tuple[Engine, WmiServer]] = []
        self._locators: list[com.Locator] = []

    def locator(self, make_engine: Callable[[], Engine], caller: Caller | None = None) -> com.Locator:
        """A locator over a host that serves the engine."""
        caller = caller or Caller("tester", Rights.ALL)
        if make_engine is fixture_engine:
            place = self._far.place(caller.name, caller.rights)
        else:
            place = self._portal.call(self._serve, make_engine, caller)
        address = HostAddress.parse(place)
        credentials = NTLM(caller.name, PASSWORD)
        made = com.Locator(lambda: remote_engine(address, credentials, callbacks=self._callbacks))
        self._locators.append(made)
        return made

    async def _serve(self, make_engine: Callable[[], Engine], caller: Caller) -> str:
        engine = make_engine()
        server, place = await serve(engine, caller.name, caller.rights)
        self._servers.append((engine, server))
        return place

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
