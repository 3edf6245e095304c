"""SPNEGO from the server's side, over this server's own Kerberos and NTLM. [MS-SPNG] 3.2.5, RFC 4178.

The client's order decides.  When its first mechanism is not one of ours, its token is left aside and both sides have to
sign the list.  A bare token of a mechanism is taken as such, because clients exist that send one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from wmix import status
from wmix.errors import AuthError
from wmix.net.security.ntlm_acceptor import NtlmAcceptedLogin
from wmix.net.security.ntlm_messages import SIGNATURE
from wmix.net.security.spnego_messages import (
    KERBEROS_OIDS,
    KRB5,
    NTLMSSP,
    NegState,
    NegTokenInit,
    NegTokenResp,
    is_spnego,
)
from wmix.protocol.rpc.verifier import AuthType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wmix.net.security.kerberos_acceptor import KerberosAcceptedLogin
    from wmix.protocol.rpc.security import Security

    Mechanism: TypeAlias = NtlmAcceptedLogin | KerberosAcceptedLogin

__all__ = ["Mechanism", "SpnegoAcceptedLogin"]


class SpnegoAcceptedLogin:
    """A negotiated login.

    Args:
        mechanisms: how to begin a login of each mechanism that this server takes, by its object identifier.
    """

    def __init__(self, mechanisms: Mapping[bytes, Callable[[], Mechanism]], *, level: int) -> None:
        self.auth_type = int(AuthType.SPNEGO)
        self.level = int(level)
        self.is_complete = False
        self._mechanisms = mechanisms
        self._inner: Mechanism | None = None
        self._is_bare = False
        self._list = b""
        self._mic_needed = False
        self._mic_sent = False

    @property
    def user(self) -> str:
        r"""``DOM\name``; "" before it is known."""
        return self._inner.user if self._inner is not None else ""

    @property
    def identifies_only(self) -> bool:
        """Whether the client asked for an identification, and no more."""
        return self._inner is not None and self._inner.identifies_only

    async def step(self, token: bytes) -> bytes | None:
        """The next message, None after the last.

        Raises:
            AuthError: no mechanism in common, or the mechanism refuses, or the list was changed on its way.
        """
        if self.is_complete:
            raise RuntimeError("the login is complete")
        if self._inner is None:
            return await self._begun(token)
        if self._is_bare:
            return await self._bare_step(token)
        return await self._answered(NegTokenResp.decode(token))

    async def _begun(self, token: bytes) -> bytes | None:
        if not is_spnego(token):
            self._is_bare = True
            self._inner = self._started(NTLMSSP if token.startswith(SIGNATURE) else KRB5)
            return await self._bare_step(token)
        offer = NegTokenInit.decode(token)
        self._list = offer.encoded_list
        chosen = next((oid for oid in offer.mechanisms if _known(oid) in self._mechanisms), None)
        if chosen is None:
            names = ", ".join(oid.hex() for oid in offer.mechanisms)
            raise AuthError(
                f"none of the client's mechanisms is one of ours: {names}", status=status.SEC_E_LOGON_DENIED
            )
        self._inner = self._started(_known(chosen))
        answer = None
        if chosen == offer.mechanisms[0] and offer.token is not None:
            answer = await self._inner.step(offer.token)
        self._mic_needed = chosen != offer.mechanisms[0]
        state = NegState.REQUEST_MIC if self._mic_needed else NegState.ACCEPT_INCOMPLETE
        return NegTokenResp(state, chosen, answer).encode()

    def _started(self, mechanism: bytes) -> Mechanism:
        begin = self._mechanisms.get(mechanism)
        if begin is None:
            raise AuthError("the client's mechanism is none of ours", status=status.SEC_E_LOGON_DENIED)
        return begin()

    async def _bare_step(self, token: bytes) -> bytes | None:
        assert self._inner is not None
        answer = await self._inner.step(token)
        self.is_complete = self._inner.is_complete
        return answer

    async def _answered(self, message: NegTokenResp) -> bytes | None:
        inner = self._inner
        assert inner is not None
        if message.state == NegState.REJECT:
            raise AuthError("the client broke the login off", status=status.SEC_E_LOGON_DENIED)
        token = None
        if message.token is not None and not inner.is_complete:
            token = await inner.step(message.token)
        elif message.mic is None:
            raise AuthError("a SPNEGO message that brings nothing", status=status.SEC_E_INVALID_TOKEN)
        if not inner.is_complete:
            return NegTokenResp(NegState.ACCEPT_INCOMPLETE, token=token).encode()
        mic = None
        if message.mic is not None:
            inner.verify(self._list, message.mic)
            mic = inner.sign(self._list)
            self._mic_sent = True
        elif self._mic_needed:
            raise AuthError("the client did not sign the list of mechanisms", status=status.SEC_E_MESSAGE_ALTERED)
        self.is_complete = True
        return NegTokenResp(NegState.ACCEPT_COMPLETED, token=token, mic=mic).encode()

    def security(self) -> Security:
        """What protects PDUs from now on."""
        if not self.is_complete or self._inner is None:
            raise RuntimeError("the login is not complete")
        if isinstance(self._inner, NtlmAcceptedLogin):
            return self._inner.security(first_sequence=int(self._mic_sent))
        return self._inner.security()


def _known(oid: bytes) -> bytes:
    """One identifier for the two of Kerberos."""
    return KRB5 if oid in KERBEROS_OIDS else oid
