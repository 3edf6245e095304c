"""Kerberos from the server's side: a ticket for one of the keys in a keytab. [MS-KILE] 3.4.5; RFC 4121.

No key distribution centre is asked; the library reads the keytab and keeps its replay cache, both in files, so a step
runs beside the event loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

try:
    import gssapi
    from gssapi import raw
except ImportError as error:
    from wmix.net.security.kerberos_errors import kerberos_missing

    raise kerberos_missing(error) from None

from wmix import status
from wmix.errors import AuthError
from wmix.net.security.background import in_background
from wmix.net.security.kerberos_context import KerberosContext
from wmix.net.security.kerberos_errors import kerberos_error
from wmix.net.security.kerberos_login import IDENTIFY, KERBEROS, display_name, lacking
from wmix.net.security.spnego_messages import bare_token
from wmix.protocol.rpc.verifier import AuthLevel, AuthType

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["KerberosAcceptedLogin"]

_NEEDED: Final = int(gssapi.RequirementFlag.dce_style | gssapi.RequirementFlag.mutual_authentication)
_SAFE: Final = int(gssapi.RequirementFlag.integrity | gssapi.RequirementFlag.out_of_sequence_detection)


class KerberosAcceptedLogin(KerberosContext):
    """One context of an acceptor: AP-REQ in, AP-REP out, AP-REP in: complete.

    Args:
        keytab: a file's name, or as krb5.conf writes keytabs.
        level: connect, integrity or privacy.
        auth_type: 16, or 9 inside SPNEGO.
        admits: whether a principal, ``"alice@REALM"``, is let in.
    """

    def __init__(
        self, keytab: str, *, level: int, auth_type: int = AuthType.KERBEROS, admits: Callable[[str], bool] = bool
    ) -> None:
        super().__init__(level=level, auth_type=auth_type, peer="the client")
        self.user = ""
        #: Whether the client asked for an identification, and no more.
        self.identifies_only = False
        self._keytab = keytab
        self._admits = admits

    async def step(self, token: bytes) -> bytes | None:
        """The next token, None after the last.

        Raises:
            AuthError: the ticket is not for a key in the keytab, or too old, or seen before, or no ticket.
        """
        if self.is_complete:
            raise RuntimeError("the login is complete")
        return await in_background(lambda: self._step(token))

    def _step(self, token: bytes) -> bytes | None:
        try:
            result = raw.accept_sec_context(
                bare_token(token), acceptor_creds=self._own() if self._context is None else None, context=self._context
            )
        except raw.GSSError as error:
            raise kerberos_error(error, f"a Kerberos login by keytab {self._keytab}") from None
        self._context = result.context
        if not result.more_steps:
            self._completed(result)
        return bytes(result.token) if result.token else None

    def _own(self) -> raw.Creds:
        store = {b"keytab": self._keytab.encode()}
        return raw.acquire_cred_from(store, mechs=[KERBEROS], usage="accept").creds

    def _completed(self, result: raw.AcceptSecContextResult) -> None:
        needed = _NEEDED
        if self.level > AuthLevel.CONNECT:
            needed |= _SAFE
        if self.level >= AuthLevel.PRIVACY:
            needed |= int(gssapi.RequirementFlag.confidentiality)
        if missing := lacking(needed, result.flags):
            raise AuthError(
                f"the client's Kerberos context lacks {missing}",
                status=status.SEC_E_UNSUPPORTED_FUNCTION,
            )
        self.user = display_name(result.initiator_name)
        self.identifies_only = bool(int(result.flags) & IDENTIFY)
        if not self._admits(self.user):
            raise AuthError(f"{self.user!r} has a ticket and is not let in", status=status.SEC_E_LOGON_DENIED)
        self.is_complete = True
