"""NTLM logins in memory: accounts, both sides, and the messages between them."""

from __future__ import annotations

import asyncio

from wmix.net.security.acceptor import AcceptedLogin, Acceptor
from wmix.net.security.credentials import NTLM
from wmix.net.security.login import Login, begin_login
from wmix.net.security.ntlm_keys import nt_hash
from wmix.protocol.rpc.verifier import AuthType

__all__ = ["ALICE", "HOST", "PASSWORD", "Users", "accepting", "exchange", "logged_in"]

HOST = "srv1.example"
PASSWORD = "pass:wört:ß€ 1"
ALICE = NTLM("DOM\\alice", PASSWORD)


class Users:
    """Accounts by domain and name, in any case."""

    def __init__(self, *credentials: NTLM) -> None:
        self._hashes = {(c.domain or "").upper() + "\\" + c.user.upper(): nt_hash(c.password) for c in credentials}

    def find(self, domain: str, user: str) -> bytes | None:
        """The hash, None for nobody."""
        return self._hashes.get(f"{domain.upper()}\\{user.upper()}")


def accepting(level: int, *credentials: NTLM) -> AcceptedLogin:
    """A login on a server that knows these users, or alice."""
    return Acceptor(Users(*(credentials or (ALICE,))), host=HOST).begin(AuthType.NTLM, level)


async def exchange(client: Login, server: AcceptedLogin) -> list[bytes]:
    """All messages of a login, which succeeds."""
    messages = []
    token = await client.step(None)
    while token is not None:
        messages.append(token)
        answer = await server.step(token)
        if answer is None:
            break
        messages.append(answer)
        token = await client.step(answer)
    assert client.is_complete
    assert server.is_complete
    return messages


def logged_in(level: int, credentials: NTLM = ALICE) -> tuple[Login, AcceptedLogin]:
    """Both sides of a login that has succeeded."""
    client = begin_login(credentials, host=HOST, level=level)
    server = accepting(level, credentials)
    asyncio.run(exchange(client, server))
    return client, server
