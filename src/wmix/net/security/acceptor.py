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
from typing import TYPE_CHECKING, Final, Protocol

from wmix import status
from wmix.errors import AuthError
from wmix.net.security.ntlm_acceptor import NtlmAcceptedLogin
from wmix.net.security.spnego_acceptor import SpnegoAcceptedLogin
from wmix.net.security.spnego_messages import KRB5, NTLMSSP
from wmix.protocol.rpc.verifier import AuthLevel, AuthType

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.net.security.kerberos_acceptor import KerberosAcceptedLogin
    from wmix.net.security.spnego_acceptor import Mechanism
    from wmix.protocol.rpc.security import Security

__all__ = ["AcceptedLogin", "Acceptor", "Accounts"]


#: Mechanisms that are negotiated by nobody.
_BARE: Final[dict[int, bytes]] = {AuthType.NTLM: NTLMSSP, AuthType.KERBEROS: KRB5}


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
    def identifies_only(self) -> bool:
        """Whether the client lets the server know who the user is, and not act as the user."""

    @property
    def user(self) -> str:
        r"""Who logs in; "" before it is known.

        With NTLM ``DOM\name`` as the client wrote it, ``name`` where it named no domain; with Kerberos ``name@REALM``.
        """

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
        accounts: the users who may log in by NTLM; None for none.
        keytab: keys of the server's names, for Kerberos: a file's name; None for no Kerberos.
        admits: whether a Kerberos principal is let in, ``"alice@REALM"``; everyone with a ticket when omitted.
        host: the name that the server goes by; this machine's when omitted.

    Raises:
        NotSupported: a keytab is given, and the extra ``kerberos`` is not installed.
    """

    def __init__(
        self,
        accounts: Accounts | None,
        *,
        keytab: str | None = None,
        admits: Callable[[str], bool] | None = None,
        host: str | None = None,
    ) -> None:
        self._accounts = accounts
        self._keytab = keytab
        self._admits: Callable[[str], bool] = admits or bool
        if keytab is not None:
            import wmix.net.security.kerberos_acceptor  # noqa: F401  # says at the start that it is missing
        self._host = host or socket.gethostname()

    def begin(self, auth_type: int, level: int) -> AcceptedLogin:
        """A new login of a client.

        Args:
            auth_type: 9 (SPNEGO), 10 (NTLM) or 16 (Kerberos).
            level: 2 (connect), 3 (call), 4 (packet), 5 (integrity) or 6 (privacy).

        Raises:
            AuthError: RPC_S_UNKNOWN_AUTHN_SERVICE for another type, RPC_S_UNKNOWN_AUTHN_LEVEL for another level.
        """
        if not AuthLevel.CONNECT <= level <= AuthLevel.PRIVACY:
            raise AuthError(
                f"a login at level {level}; 2 (connect) to 6 (privacy) are accepted",
                status=status.RPC_S_UNKNOWN_AUTHN_LEVEL,
            )
        mechanisms = self._mechanisms(auth_type, level)
        if auth_type == AuthType.SPNEGO and mechanisms:
            return SpnegoAcceptedLogin(mechanisms, level=level)
        begin = mechanisms.get(_BARE.get(auth_type, b""))
        if begin is None:
            raise _unknown(auth_type)
        return begin()

    def _mechanisms(self, auth_type: int, level: int) -> dict[bytes, Callable[[], Mechanism]]:
        """How to begin a login of each mechanism that is accepted here."""
        found: dict[bytes, Callable[[], Mechanism]] = {}
        if (keytab := self._keytab) is not None:
            found[KRB5] = lambda: _kerberos(keytab, level, auth_type, self._admits)
        if (accounts := self._accounts) is not None:
            found[NTLMSSP] = lambda: NtlmAcceptedLogin(accounts, host=self._host, level=level, auth_type=auth_type)
        return found


def _kerberos(keytab: str, level: int, auth_type: int, admits: Callable[[str], bool]) -> KerberosAcceptedLogin:
    from wmix.net.security.kerberos_acceptor import KerberosAcceptedLogin

    return KerberosAcceptedLogin(keytab, level=level, auth_type=auth_type, admits=admits)


def _unknown(auth_type: int) -> AuthError:
    return AuthError(
        f"a login of type {auth_type}, which this server does not accept",
        status=status.RPC_S_UNKNOWN_AUTHN_SERVICE,
    )
