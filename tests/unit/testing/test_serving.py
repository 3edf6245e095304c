"""A server for the time of a test."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

import wmix
from wmix.testing.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@wmix.provider("Demo_Lamp", keys=["Name"], properties={"Name": "string"})
def lamps(request: wmix.InstanceRequest) -> Iterator[dict[str, Any]]:
    yield {"Name": "red"}


def test_it_serves_within_the_block_and_not_behind_it() -> None:
    with serving(providers=[lamps], shipped=False) as served:
        auth = wmix.NTLM(f"{served.domain}\\{served.user}", served.password)
        with wmix.connect(f"{served.host}:{served.port}", auth=auth) as client:
            assert [lamp.Name for lamp in client.query("SELECT * FROM Demo_Lamp")] == ["red"]
        assert [login.error for login in served.logins] == [None, None]
        (call,) = [call for call in served.calls if call.operation == "ExecQuery"]
        assert (call.user, call.rows) == ("TEST\\alice", 1)
    with socket.socket() as sock:
        assert sock.connect_ex((served.host, served.port))


def test_two_servers_have_their_own_users() -> None:
    with serving(users={"A\\u": "1"}, shipped=False) as one, serving(users={"B\\u": "2"}, shipped=False) as two:
        for served in (one, two):
            auth = wmix.NTLM(f"{served.domain}\\u", served.password)
            wmix.connect(f"{served.host}:{served.port}", namespace="root", auth=auth).close()
        with pytest.raises(wmix.AuthError):
            wmix.connect(f"{one.host}:{one.port}", namespace="root", auth=wmix.NTLM("B\\u", "2"))
        assert [login.user for login in one.logins if login.error] == ["B\\u"]


def test_grants_are_those_of_the_command_line() -> None:
    with pytest.raises(wmix.InvalidParameter, match="no right"), serving(grants=["alice=fly"]):
        pass
