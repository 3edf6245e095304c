"""A login from the client's side: tokens out, tokens in, and a ``Security`` at the end. [MS-RPCE] 3.3.2.4.2.

::

    login = begin_login(credentials, host="srv1", level=AuthLevel.PRIVACY)
    token = await login.step(None)                      # goes with the bind
    while not login.is_complete:
        token = await login.step(await answer(token))   # what the host sent in its bind_ack or alter_context_resp
    association.establish(context_id, login.security())

A token that :attr:`Login.is_complete` goes with leaves in an auth3, which has no answer; any other in an alter_context.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wmix.errors import InvalidParameter
from wmix.net.security.credentials import NTLM, Kerberos, Negotiate
from wmix.net.security.impersonation import ImpersonationLevel
from wmix.protocol.rpc.verifier import AuthLevel

if TYPE_CHECKING:
    from wmix.errors import AuthError
    from wmix.net.security.credentials import Credentials
    from wmix.net.security.ticket_store import TicketStore
    from wmix.protocol.rpc.security import Security

__all__ = ["LEVELS", "Login", "begin_login"]

#: Levels that a login can have: the others are names of these (call, packet) or no login at all (none).
LEVELS = frozenset({AuthLevel.CONNECT, AuthLevel.INTEGRITY, AuthLevel.PRIVACY})


class Login(Protocol):
    """One login under way; used once, and in order."""

    #: For the verifiers: 9 SPNEGO, 10 NTLM, 16 Kerberos.
    auth_type: int
    level: int
    #: Whether nothing more is expected from the host.
    is_complete: bool

    @property
    def user(self) -> str:
        """Who logs in, as far as it is known."""

    async def step(self, token: bytes | None) -> bytes | None:
        """The next token to send, None for none; *token* is what the host sent, None at the beginning.

        Raises:
            AuthError: the login is impossible, with the cause as far as this side can know it.
        """

    def security(self) -> Security:
        """What protects PDUs from now on.

        Raises:
            RuntimeError: the login is not complete.
        """

    def refusal(self, status: int) -> AuthError:
        """What to raise when the host has refused the login with *status*, which says little, with the known causes."""


def begin_login(
    credentials: Credentials,
    *,
    host: str,
    level: int = AuthLevel.PRIVACY,
    impersonation: ImpersonationLevel = ImpersonationLevel.IMPERSONATE,
    tickets: TicketStore | None = None,
) -> Login:
    """Begin a login on *host*; nothing is sent or looked up yet.

    Args:
        host: the name or address that the user gave; part of the service's name.
        level: connect, integrity or privacy.
        impersonation: how far the host may act for the user; to delegate, Kerberos is all that Negotiate offers.
        tickets: of the client, which its next logins use; without them each asks the key distribution centre.

    Raises:
        InvalidParameter: another level, or no credentials.
        NotSupported: Kerberos, and the extra is not installed.
    """
    if level not in LEVELS:
        raise InvalidParameter(f"a login has level 2 (connect), 5 (integrity) or 6 (privacy), not {level!r}")
    if isinstance(credentials, NTLM):
        from wmix.net.security.ntlm_login import NtlmLogin

        return NtlmLogin(credentials, host=host, level=level, impersonation=impersonation)
    if isinstance(credentials, Kerberos):
        from wmix.net.security.kerberos_login import KerberosLogin

        return KerberosLogin(credentials, host=host, level=level, impersonation=impersonation, tickets=tickets)
    if isinstance(credentials, Negotiate):
        from wmix.net.security.spnego_login import SpnegoLogin

        return SpnegoLogin(credentials, host=host, level=level, impersonation=impersonation, tickets=tickets)
    raise InvalidParameter(
        f"a login needs credentials, not {type(credentials).__name__}",
        hint='give wmix.NTLM("DOM\\\\user", password), wmix.Kerberos() or wmix.Negotiate(...)',
    )
