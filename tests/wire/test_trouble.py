"""Hosts that are dead, deaf, speak otherwise or die half-way: a clear error in time, and the rows that came before."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

import wmix
from wire.far_host import FEW, PASSWORD, USER
from wmix.config import Settings, Timeouts
from wmix.net.client.phases import Phase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wire.conftest import FarHost

QUICK = Settings(timeouts=Timeouts(phase=0.5))
AUTH = wmix.NTLM("alice", "x")


def test_nobody_listens() -> None:
    with pytest.raises(wmix.ConnectError) as caught:
        wmix.connect("127.0.0.1:1", auth=AUTH)
    error = caught.value
    assert (error.phase, error.host, error.symbol) == (Phase.CONNECT, "127.0.0.1:1", "ERROR_CONNECTION_REFUSED")
    assert error.hint


@asynccontextmanager
async def listener(says: bytes) -> AsyncIterator[int]:
    """A port on which everything is answered by the same octets, or by none."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.read(1000):
                writer.write(says)
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def failure(place: str, auth: wmix.NTLM = AUTH, **options: Any) -> wmix.WmiError:
    """Why no connection to *place* can be made."""
    client = wmix.AsyncClient(place, auth=auth, settings=QUICK, **options)
    with pytest.raises(wmix.WmiError) as caught:
        await client.connect()
    await client.close()
    return caught.value


def test_a_host_that_takes_the_connection_and_says_nothing() -> None:
    async def run() -> None:
        async with listener(b"") as port:
            started = time.monotonic()
            error = await failure(f"127.0.0.1:{port}")
            assert isinstance(error, wmix.ConnectError)
            assert error.phase == Phase.BIND
            assert time.monotonic() - started < 2

    asyncio.run(run())


def test_a_second_port_that_swallows_everything(far: FarHost) -> None:
    async def run() -> None:
        async with listener(b"") as port:
            error = await failure(far.place, far.auth, object_port=port)
            assert isinstance(error, wmix.ConnectError)
            assert error.phase == Phase.OBJECT_CONNECT
            assert "--object-port" in (error.hint or "")

    asyncio.run(run())


def test_garbage_on_the_port() -> None:
    async def run() -> None:
        async with listener(b"SSH-2.0-OpenSSH_9.2\r\n") as port:
            error = await failure(f"127.0.0.1:{port}")
            assert isinstance(error, wmix.ProtocolError)
            assert error.host == f"127.0.0.1:{port}"

    asyncio.run(run())


def test_a_wrong_password_is_no_login(far: FarHost) -> None:
    with pytest.raises(wmix.AuthError) as caught:
        wmix.connect(far.place, auth=wmix.NTLM(USER, "wrong"))
    assert caught.value.phase == Phase.ACTIVATE
    assert "password" in (caught.value.hint or "")
    assert "wrong" not in caught.value.diagnostic()


def test_a_host_that_dies_half_way_gives_the_rows_before(doomed: FarHost) -> None:
    with wmix.connect(doomed.place, namespace="root/conf", auth=doomed.auth) as wmi:
        query = wmi.query("SELECT * FROM Far_Slow")
        assert len(query.next_batch(FEW, 10)) == FEW
        doomed.kill()
        started = time.monotonic()
        with pytest.raises(wmix.ConnectError) as caught:
            query.next_batch(1, 10)
        assert time.monotonic() - started < 2
        assert caught.value.phase == Phase.NEXT


def test_the_command_says_partial_when_the_host_dies(doomed: FarHost) -> None:
    words = ["query", "SELECT * FROM Far_Slow", "--host", doomed.place, "--user", USER, "--namespace", "root/conf"]
    with subprocess.Popen(
        [sys.executable, "-m", "wmix", *words, "--format", "jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "WMIX_PASSWORD": PASSWORD},
    ) as command:
        assert command.stdout is not None
        rows = [command.stdout.readline() for _ in range(FEW)]
        doomed.kill()
        _, told = command.communicate(timeout=30)
    assert [f'"Id": {number}' in row or f'"Id":{number}' in row for number, row in enumerate(rows)] == [True] * FEW
    assert command.returncode == 3
    assert "partial result: 3 rows" in told
