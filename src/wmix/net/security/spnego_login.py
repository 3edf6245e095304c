"""SPNEGO from the client's side: Kerberos where a ticket can be had, NTLM otherwise. [MS-SPNG] 3.1.5, RFC 4178.

The first message offers what this side can and carries a token of the first.  The host may choose another; then the
list is signed by both, so that nobody on the way can have struck off the better mechanism.  Windows signs it in every
login of DCE RPC, and so does this side.  After the signatures NTLM begins its key streams anew and counts from 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix import status as codes
from wmix.errors import AuthError, InvalidParameter, NotSupported
from wmix.net.security.impersonation import ImpersonationLevel
from wmix.net.security.ntlm_login import NtlmLogin
from wmix.net.security.spnego_messages import KERBEROS_OIDS, KRB5, NTLMSSP, NegState, NegTokenInit, NegTokenResp
from wmix.protocol.rpc.verifier import AuthType

if TYPE_CHECKING:
    from wmix.net.security.credentials import Negotiate
    from wmix.net.security.kerberos_login import KerberosLogin
    from wmix.net.security.ticket_store import TicketStore
    from wmix.protocol.rpc.security import Security

__all__ = ["SpnegoLogin"]


class SpnegoLogin:
    """A negotiated login; every message of the client but the first expects an answer."""

    def __init__(
        self,
        credentials: Negotiate,
        *,
        host: str,
        level: int,
        impersonation: ImpersonationLevel = ImpersonationLevel.IMPERSONATE,
        tickets: TicketStore | None = None,
    ) -> None:
        self.auth_type = int(AuthType.SPNEGO)
        self.level = int(level)
        self.is_complete = False
        self._credentials = credentials
        self._host = host
        self._impersonation = impersonation
        self._tickets = tickets
        self._logins: dict[bytes, NtlmLogin | KerberosLogin] = {}
        self._chosen: NtlmLogin | KerberosLogin | None = None
        self._list = b""
        self._without_kerberos: AuthError | NotSupported | None = None
        self._answers = 0
        self._mic_needed = False
        self._mic_sent = False
        self._mic_seen = False

    @property
    def user(self) -> str:
        """Who logs in, as far as it is known."""
        return self._chosen.user if self._chosen is not None else self._credentials.user or ""

    @property
    def mechanism(self) -> str:
        """What has been chosen: "kerberos", "ntlm", or "" before."""
        if self._chosen is None:
            return ""
        return "ntlm" if isinstance(self._chosen, NtlmLogin) else "kerberos"

    async def step(self, token: bytes | None) -> bytes | None:
        """The next message.

        Raises:
            AuthError: no mechanism is possible, or the host refuses, or somebody has changed the list.
        """
        if self.is_complete:
            raise RuntimeError("the login is complete")
        if not self._logins:
            return await self._offered()
        return await self._answered(NegTokenResp.decode(token or b""))

    async def _offered(self) -> bytes:
        first = await self._kerberos_token()
        ntlm = self._credentials.ntlm
        if ntlm is not None and self._impersonation is not ImpersonationLevel.DELEGATE:
            self._logins[NTLMSSP] = NtlmLogin(
                ntlm,
                host=self._host,
                level=self.level,
                auth_type=self.auth_type,
                impersonation=self._impersonation,
            )
            if first is None:
                first = await self._logins[NTLMSSP].step(None)
        if not self._logins:
            raise self._nothing_to_offer()
        self._chosen = next(iter(self._logins.values()))
        offer = NegTokenInit(tuple(self._logins), first)
        self._list = offer.encoded_list
        return offer.encode()

    async def _kerberos_token(self) -> bytes | None:
        """A first token of Kerberos, None where there is no ticket; the reason is kept in case nothing else works."""
        try:
            from wmix.net.security.kerberos_login import KerberosLogin

            login = KerberosLogin(
                self._credentials.kerberos,
                host=self._host,
                level=self.level,
                auth_type=self.auth_type,
                impersonation=self._impersonation,
                tickets=self._tickets,
            )
            token = await login.step(None)
        except (AuthError, NotSupported) as error:
            self._without_kerberos = error
            return None
        self._logins[KRB5] = login
        return token

    def _nothing_to_offer(self) -> AuthError:
        error = self._without_kerberos
        assert error is not None
        is_delegating = self._impersonation is ImpersonationLevel.DELEGATE
        ntlm = "NTLM cannot be delegated" if is_delegating else "NTLM: give user and password"
        hint = f"Kerberos: {error.hint}; {ntlm}" if error.hint else ntlm
        return AuthError(
            f"neither Kerberos nor NTLM is possible: {error.detail}",
            status=error.status if isinstance(error, AuthError) else codes.SEC_E_NO_CREDENTIALS,
            phase="bind",
            host=self._host,
            hint=hint,
        )

    async def _answered(self, answer: NegTokenResp) -> bytes | None:
        self._answers += 1
        if answer.state == NegState.REJECT:
            raise self._rejected()
        token = None
        if self._answers == 1:
            begins = self._choose(answer)
            if begins:
                token = await self._login.step(None)
        if token is None and answer.token is not None and not self._login.is_complete:
            token = await self._login.step(answer.token)
        if answer.mic is not None:
            self._check(answer.mic)
        return self._concluded(answer, token)

    def _choose(self, answer: NegTokenResp) -> bool:
        """Take the host's choice; whether that one has still to begin."""
        self._mic_needed = answer.state == NegState.REQUEST_MIC
        if answer.mechanism is None:
            return False
        mechanism = KRB5 if answer.mechanism in KERBEROS_OIDS else answer.mechanism
        login = self._logins.get(mechanism)
        if login is None:
            raise AuthError(
                "the host chose a mechanism that was not offered",
                status=codes.SEC_E_INVALID_TOKEN,
                phase="bind",
                host=self._host,
            )
        if login is self._chosen:
            return False
        self._chosen = login
        self._mic_needed = True
        return True

    @property
    def _login(self) -> NtlmLogin | KerberosLogin:
        assert self._chosen is not None
        return self._chosen

    def _check(self, mic: bytes) -> None:
        if not self._login.is_complete:
            raise AuthError(
                "the host signed the list of mechanisms before the login was complete",
                status=codes.SEC_E_INVALID_TOKEN,
                phase="bind",
                host=self._host,
            )
        self._login.verify(self._list, mic)
        self._mic_seen = True

    def _concluded(self, answer: NegTokenResp, token: bytes | None) -> bytes | None:
        """What is left to say, and whether all has been said."""
        mic = None
        if self._login.is_complete and not self._mic_sent and (self._mic_needed or self._can_sign):
            mic = self._login.sign(self._list)
            self._mic_sent = True
        if token is not None or mic is not None:
            return NegTokenResp(NegState.ACCEPT_INCOMPLETE, token=token, mic=mic).encode()
        if not self._login.is_complete or answer.state != NegState.ACCEPT_COMPLETED:
            raise AuthError(
                "the host's answer brings the login no further",
                status=codes.SEC_E_INVALID_TOKEN,
                phase="bind",
                host=self._host,
            )
        if (self._mic_needed or self._mic_sent) and not self._mic_seen:
            raise AuthError(
                "the host did not sign the list of mechanisms",
                status=codes.SEC_E_MESSAGE_ALTERED,
                phase="bind",
                host=self._host,
                hint="somebody on the way may have changed it; check the network between here and the host",
            )
        self.is_complete = True
        return None

    @property
    def _can_sign(self) -> bool:
        """With NTLM only a login that is signed itself can sign more ([MS-SPNG] 3.3.5.1)."""
        return not isinstance(self._chosen, NtlmLogin) or self._chosen.has_mic

    def _rejected(self) -> AuthError:
        return self.refusal(codes.SEC_E_LOGON_DENIED)

    def security(self) -> Security:
        """What protects PDUs from now on."""
        if not self.is_complete:
            raise RuntimeError("the login is not complete")
        if isinstance(self._chosen, NtlmLogin):
            return self._chosen.security(first_sequence=int(self._mic_sent))
        return self._login.security()

    def refusal(self, status: int) -> AuthError:
        """The host's refusal, with what is known about the mechanism that was not tried too."""
        if self._chosen is None:
            raise InvalidParameter("nothing was sent that could be refused")
        error = self._chosen.refusal(status)
        if self._without_kerberos is not None and isinstance(self._chosen, NtlmLogin):
            error.hint = f"{error.hint}. Kerberos was not tried: {self._without_kerberos}"
        return error
