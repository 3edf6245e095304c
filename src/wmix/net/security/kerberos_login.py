"""Kerberos from the client's side: ticket, AP-REQ, AP-REP, and an AP-REP in return. [MS-KILE] 3.2.5.2; RFC 4121.

In DCE style there are three messages, all between the two sides, after the library has got the tickets that are
missing; that asks the key distribution centre and so runs beside the event loop.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Final

try:
    import gssapi
    from gssapi import raw
except ImportError as error:
    from wmix.net.security.kerberos_errors import kerberos_missing

    raise kerberos_missing(error) from None

from wmix import status as codes
from wmix.errors import AuthError
from wmix.net.security.background import in_background
from wmix.net.security.impersonation import ImpersonationLevel
from wmix.net.security.kerberos_context import KerberosContext
from wmix.net.security.kerberos_errors import kerberos_error
from wmix.protocol.rpc.verifier import AuthLevel, AuthType

if TYPE_CHECKING:
    from wmix.net.security.credentials import Kerberos
    from wmix.net.security.ticket_store import TicketStore

__all__ = ["IDENTIFY", "KERBEROS", "KerberosLogin"]

KERBEROS: Final = gssapi.OID.from_int_seq("1.2.840.113554.1.2.2")

#: GSS_C_IDENTIFY_FLAG: the host may learn who the user is, and not act as the user (RFC 4757 7.1).
IDENTIFY: Final = 0x2000
#: Seconds that tickets must still be good for, to begin a login with them.
_LEAST_LIFE: Final = 60
_DELEGATE: Final = int(gssapi.RequirementFlag.delegate_to_peer)
_ALWAYS: Final = (
    gssapi.RequirementFlag.mutual_authentication
    | gssapi.RequirementFlag.replay_detection
    | gssapi.RequirementFlag.out_of_sequence_detection
    | gssapi.RequirementFlag.integrity
    | gssapi.RequirementFlag.dce_style
)


class KerberosLogin(KerberosContext):
    """One context of an initiator: complete with its second token, which leaves in an auth3."""

    def __init__(
        self,
        credentials: Kerberos,
        *,
        host: str,
        level: int,
        auth_type: int = AuthType.KERBEROS,
        impersonation: ImpersonationLevel = ImpersonationLevel.IMPERSONATE,
        tickets: TicketStore | None = None,
    ) -> None:
        super().__init__(level=level, auth_type=auth_type, peer="the host", host=host)
        self.user = credentials.principal or ""
        #: The service that a ticket is asked for.
        self.spn = credentials.spn or f"host/{host}"
        self._credentials = credentials
        self._tickets = tickets if credentials.password is not None else None
        self._wanted = int(_ALWAYS)
        if level >= AuthLevel.PRIVACY:
            self._wanted |= int(gssapi.RequirementFlag.confidentiality)
        if impersonation is ImpersonationLevel.IDENTIFY:
            self._wanted |= IDENTIFY
        elif impersonation is ImpersonationLevel.DELEGATE:
            self._wanted |= _DELEGATE

    async def step(self, token: bytes | None) -> bytes | None:
        """The next token; the first may take as long as the key distribution centre does.

        Raises:
            AuthError: there is no ticket for the service, or the host's answer does not fit; the cause is in its hint.
        """
        if self.is_complete:
            raise RuntimeError("the login is complete")
        return await in_background(lambda: self._step(token))

    def _step(self, token: bytes | None) -> bytes | None:
        if self._context is not None:
            return self._went_on(None, token)
        tickets = self._tickets
        kept = None if tickets is None else tickets.find(self._credentials)
        if kept is not None and tickets is not None:
            try:
                if _lasts(kept):
                    return self._went_on(kept, token)
            except (AuthError, raw.GSSError):
                pass  # the centre may have changed its mind about them: with the password it is asked anew
            tickets.drop(self._credentials)
        try:
            own = acquired(self._credentials)
        except raw.GSSError as error:
            raise kerberos_error(error, f"no ticket for {self.user or 'the user'}", host=self._host) from None
        first = self._went_on(own, token)
        if tickets is not None:
            tickets.keep(self._credentials, own)
        return first

    def _went_on(self, own: raw.Creds | None, token: bytes | None) -> bytes | None:
        """One step of the context; *own* are the credentials of the first."""
        try:
            result = raw.init_sec_context(
                raw.import_name(self._target().encode(), gssapi.NameType.kerberos_principal),
                creds=own,
                context=self._context,
                mech=KERBEROS,
                flags=self._wanted,
                input_token=token,
            )
        except raw.GSSError as error:
            what = "the host's answer" if token else f"no ticket for {self.spn}"
            raise kerberos_error(error, what, host=self._host) from None
        self._context = result.context
        if not result.more_steps:
            self._completed(result.flags)
        token = result.token
        return None if token is None else bytes(token)

    def _target(self) -> str:
        """An empty realm leaves it to the key distribution centre to find the service's, and no DNS is asked."""
        return self.spn if "@" in self.spn else f"{self.spn}@"

    def _completed(self, flags: int) -> None:
        if self._wanted & _DELEGATE & ~int(flags):
            raise AuthError(
                f"the tickets of {self.user or 'the user'} cannot be delegated",
                status=codes.SEC_E_UNSUPPORTED_FUNCTION,
                phase="bind",
                host=self._host,
                hint="get forwardable ones (kinit -f, or forwardable = true in krb5.conf); the realm may forbid it for "
                "this user",
            )
        if missing := lacking(self._wanted, flags):
            raise AuthError(
                f"the host's Kerberos context lacks {missing}",
                status=codes.SEC_E_UNSUPPORTED_FUNCTION,
                phase="bind",
                host=self._host,
            )
        self.is_complete = True
        if not self.user and self._context is not None:
            self.user = display_name(raw.inquire_context(self._context).initiator_name)

    def refusal(self, status: int) -> AuthError:
        """The host has taken the ticket, and refused all the same."""
        return AuthError(
            f"{self._host} refused the Kerberos login of {self.user or 'the user'!r}",
            status=status,
            host=self._host,
            hint=(
                "the ticket was accepted or never looked at; other causes: the account may not log on to this host or "
                "not launch COM remotely; the clocks differ; the host does not accept Kerberos for this service's name"
            ),
        )


def acquired(credentials: Kerberos) -> raw.Creds | None:
    """The library's credentials; None leaves the choice among the user's own tickets to the library."""
    name = None
    if credentials.principal:
        name = raw.import_name(credentials.principal.encode(), gssapi.NameType.kerberos_principal)
    if credentials.password is not None and name is not None:
        secret = credentials.password.encode("utf-8", "surrogatepass")
        return raw.acquire_cred_with_password(name, secret, mechs=[KERBEROS], usage="initiate").creds
    if credentials.keytab:
        store = {b"client_keytab": credentials.keytab.encode(), b"ccache": _cache_of(credentials)}
    elif credentials.ccache:
        store = {b"ccache": credentials.ccache.encode()}
    elif name is None:
        return None
    else:
        return raw.acquire_cred(name, mechs=[KERBEROS], usage="initiate").creds
    return raw.acquire_cred_from(store, name=name, mechs=[KERBEROS], usage="initiate").creds


def _lasts(creds: raw.Creds) -> bool:
    """Whether the tickets are good for a while."""
    lifetime = raw.inquire_cred(creds, mechs=False, name=False, usage=False).lifetime
    return lifetime is None or lifetime > _LEAST_LIFE


def _cache_of(credentials: Kerberos) -> bytes:
    """Where the tickets got with a keytab are kept: in memory, one place for all logins with these keys.

    Without a place of their own they would land in the user's; a place for each login would never be freed.
    """
    keytab = credentials.keytab or ""
    try:
        changed = os.stat(keytab.removeprefix("FILE:")).st_mtime_ns
    except OSError:
        changed = 0  # no file, or none that is there: the library says what is wrong
    named = f"{keytab}\0{credentials.principal}\0{changed}".encode("utf-8", "surrogateescape")
    return b"MEMORY:wmix-" + hashlib.sha256(named).hexdigest().encode()


def lacking(wanted: int, flags: int) -> str:
    """Names of the services that are *wanted* and that a context with *flags* does not have."""
    return ", ".join(flag.name for flag in gssapi.RequirementFlag if int(flag) & wanted & ~int(flags))


def display_name(name: raw.Name) -> str:
    """A principal as people write it."""
    return str(raw.display_name(name, name_type=False).name.decode("utf-8", "replace")).rstrip("\0")
