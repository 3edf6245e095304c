"""Releases that a host does not answer in time: a connection that others wait on is left to them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from wmix.net.client.connection import CANCEL_BOUND
from wmix.net.client.exporter import RemoteExporter
from wmix.net.client.pings import PingSet
from wmix.net.client.references import RemoteReference
from wmix.protocol.dcom.orpc import OrpcThis
from wmix.protocol.ndr.guid import Guid
from wmix.protocol.wbem.identifiers import IID_IWbemServices
from wmix.testing.clock import run_virtual


class Silent:
    """A connection to a host that answers nothing."""

    is_usable = True
    place = "192.0.2.9:135"

    def __init__(self, *, is_waited_for: bool) -> None:
        self.is_waited_for = is_waited_for
        self.calls = 0
        self.is_aborted = False

    def context_of(self, iid: Guid) -> int:
        del iid
        return 0

    async def call(self, *args: Any, **options: Any) -> bytes:
        del args, options
        self.calls += 1
        await asyncio.get_running_loop().create_future()
        raise AssertionError("it was answered")

    def abort(self) -> None:
        self.is_aborted = True


@pytest.mark.parametrize("is_waited_for", [True, False])
def test_a_late_release_ends_only_a_connection_that_nobody_waits_on(is_waited_for: bool) -> None:
    async def run() -> None:
        connection = Silent(is_waited_for=is_waited_for)

        async def dial() -> Any:
            return connection

        exporter = RemoteExporter(Guid(b"\x01" * 16), OrpcThis(), dial, PingSet())
        await exporter.connection()
        RemoteReference(exporter, IID_IWbemServices, Guid(b"\x02" * 16), 7, 5).release()
        await asyncio.sleep(CANCEL_BOUND + 1)
        assert connection.calls == 1
        assert connection.is_aborted is not is_waited_for

    run_virtual(run)
