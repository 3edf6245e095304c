r"""A login from the server's side: who may log in, and one login after the other. [MS-RPCE] 3.3.1.5.2, 3.3.3.

::

    acceptor = Acceptor(accounts)                                   # one a server; servers in one process share nothing
    login = acceptor.begin(verifier.auth_type, verifier.auth_level)
    token = await login.step(verifier.token)                        # goes back with the bind_ack
    await login.step(authenticate)                                  # raises AuthError: for the audit, not for the peer
    association.establish(verifier.context_id, login.security())    # login.user is "DOM\\name"

Nothing is read from the environment.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Protocol

from wmix import status
from wmix.errors import AuthError
from wmix.net.security.login import LEVELS
from wmix.protocol.rpc.verifier import AuthType

if TYPE_CHECKING:
    from wmix.protocol.rpc.security import Security

__all__ = ["AcceptedLogin", "Acceptor", "Accounts"]


class Accounts(Protocol):
    """The users that a server knows; asked at every login, so that it may change in between."""

    def find(self, domain: str, user: str) -> bytes | None:
        """The NT hash of a user's password (see ``ntlm_keys.nt_hash``), None for nobody known.

        Names come as the client wrote them, in any case; *domain* is "" where it named none.
        """


class AcceptedLogin(Protocol):
    """One login under way on the server; used once, and in order."""

    auth_type: int
    level: int
    is_complete: bool

    @property
    def user(self) -> str:
        r"""``DOM\name`` as the client wrote it, ``name`` where it named no domain; "" before it is known."""

    async def step(self, token: bytes) -> bytes | None:
        """The next token to send, None for none; *token* is what the client sent.

        Raises:
            AuthError: the login has failed; the message is for the audit, a client must not learn it.
        """

    def security(self) -> Security:
        """What protects PDUs from now on.

        Raises:
            RuntimeError: the login is not complete.
        """


class Acceptor:
    """Accepts logins for one server.

    Args:
        accounts: the users.
        host: the name that the server goes by; this machine's when omitted.
    """

    def __init__(self, accounts: Accounts, *, host: str | None = None) -> None:
        self._accounts = accounts
        self._host = host or socket.gethostname()

    def begin(self, auth_type: int, level: int) -> AcceptedLogin:
        """A new login of a client.

        Args:
            auth_type: 10 (NTLM).
            level: 2 (connect), 5 (integrity) or 6 (privacy).

        Raises:
            AuthError: RPC_S_UNKNOWN_AUTHN_SERVICE for another type, RPC_S_UNKNOWN_AUTHN_LEVEL for another level.
        """
        if level not in LEVELS:
            raise AuthError(
                f"a login at level {level}; 2 (connect), 5 (integrity) and 6 (privacy) are accepted",
                status=status.RPC_S_UNKNOWN_AUTHN_LEVEL,
            )
        if auth_type == AuthType.NTLM:
            from wmix.net.security.ntlm_acceptor import NtlmAcceptedLogin

            return NtlmAcceptedLogin(self._accounts, host=self._host, level=level)
        raise AuthError(
            f"a login of type {auth_type}; 10 (NTLM) is accepted",
            status=status.RPC_S_UNKNOWN_AUTHN_SERVICE,
        )
