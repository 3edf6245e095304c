"""NTLM from the client's side: pyspnego proves the password, the keys are taken over from it. [MS-NLMP] 3.1.5.1.

Only NTLMv2 with extended session security, 128-bit keys and key exchange leaves this machine: what a host proposes
that is weaker is refused before an answer to its challenge exists.  The password is hashed here, so that one that looks
like a hash is still a password.
"""

from __future__ import annotations

import struct
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Final

from wmix import status as codes
from wmix.errors import AuthError
from wmix.net.security.impersonation import ImpersonationLevel
from wmix.net.security.ntlm_flags import NtlmFlags, missing_flags
from wmix.net.security.ntlm_keys import hmac_md5, nt_hash
from wmix.net.security.ntlm_messages import Authenticate, read_challenge_flags, read_flags, with_flags
from wmix.net.security.ntlm_security import NtlmSecurity, list_signature
from wmix.protocol.rpc.verifier import AuthLevel, AuthType

if TYPE_CHECKING:
    from wmix.net.security.credentials import NTLM

__all__ = ["NtlmLogin", "ntlm_context", "refused_ntlm"]

#: A response of NTLMv1 has exactly 24 octets.
_V1_RESPONSE: Final = 24
#: What the libraries raise for octets that make no sense to them.
_UNREADABLE: Final = (ValueError, TypeError, LookupError, ArithmeticError, struct.error)

_CAUSES: Final = (
    "check user, domain and password; other causes: the account is disabled, locked or has an empty password; a local "
    "account other than the built-in administrator is filtered by UAC (LocalAccountTokenFilterPolicy); the host or its "
    "domain refuses NTLM (then use Kerberos); the account may not launch COM remotely"
)


class NtlmLogin:
    """NEGOTIATE, CHALLENGE, AUTHENTICATE: complete with the third, which leaves in an auth3.

    ``auth_type`` is 9 for a login that travels inside SPNEGO; *key* is the NT hash to prove, where the password itself
    is not known.  An *impersonation* that only identifies is asked for in the first message and repeated in the last.
    """

    def __init__(
        self,
        credentials: NTLM,
        *,
        host: str,
        level: int,
        auth_type: int = AuthType.NTLM,
        key: bytes | None = None,
        impersonation: ImpersonationLevel = ImpersonationLevel.IMPERSONATE,
    ) -> None:
        self.auth_type = int(auth_type)
        self.level = int(level)
        self.is_complete = False
        self.user = credentials.name
        self._host = host
        self._context: Any = ntlm_context(credentials, host=host, level=level, key=key)
        self._identifies_only = impersonation is ImpersonationLevel.IDENTIFY
        self._negotiate = b""
        #: Whether this side has signed the three messages.
        self.has_mic = False
        self._session_key = b""
        self._flags = 0

    async def step(self, token: bytes | None) -> bytes | None:
        """The next message.

        Raises:
            AuthError: the host's challenge is none, or weaker than what this side accepts.
        """
        if self.is_complete:
            raise RuntimeError("the login is complete")
        if not self._negotiate:
            self._negotiate = bytes(self._context.step())
            if self._identifies_only:
                self._negotiate = with_flags(self._negotiate, 1, NtlmFlags.NEGOTIATE_IDENTIFY)
            return self._negotiate
        message = self._answer(token or b"")
        self._session_key, self._flags = self._context.session_key, read_flags(message, 3)
        if self._identifies_only:
            message = self._identifying(message, token or b"")
        self._context = None
        self.is_complete = True
        return message

    def _answer(self, challenge: bytes) -> bytes:
        from spnego.exceptions import SpnegoError

        if missing := missing_flags(read_challenge_flags(challenge), self.level):
            names = ", ".join(flag.name or "" for flag in missing)
            raise AuthError(
                f"the host's NTLM challenge lacks {names}",
                status=codes.SEC_E_UNSUPPORTED_FUNCTION,
                phase="bind",
                host=self._host,
                hint="the host's security policy allows weak NTLM sessions only; use Kerberos, or mend its policy",
            )
        try:
            message = bytes(self._context.step(challenge))
        except (*_UNREADABLE, SpnegoError) as error:
            raise AuthError(
                f"the host's NTLM challenge cannot be read: {error}",
                status=codes.SEC_E_INVALID_TOKEN,
                phase="bind",
                host=self._host,
            ) from None
        answer = Authenticate.decode(message)
        if len(answer.nt_response) <= _V1_RESPONSE:
            raise AuthError(
                "the environment asks for NTLMv1, which is not sent",
                status=codes.SEC_E_UNSUPPORTED_FUNCTION,
                host=self._host,
                hint="unset LM_COMPAT_LEVEL, or set it to 3 or more",
            )
        self.has_mic = answer.promises_mic
        return message

    def _identifying(self, message: bytes, challenge: bytes) -> bytes:
        """The last message, asking for no more than identification; signed again, because the signature covers it."""
        asked = Authenticate.decode(with_flags(message, 3, NtlmFlags.NEGOTIATE_IDENTIFY))
        if not self.has_mic:
            return asked.octets
        return asked.with_mic(hmac_md5(self._session_key, self._negotiate + challenge + asked.without_mic))

    def security(self, *, first_sequence: int = 0) -> NtlmSecurity:
        """What protects PDUs from now on."""
        if not self.is_complete:
            raise RuntimeError("the login is not complete")
        return NtlmSecurity(
            self._session_key,
            self._flags,
            is_client=True,
            level=self.level,
            auth_type=self.auth_type,
            first_sequence=first_sequence,
        )

    def sign(self, data: bytes) -> bytes:
        """The signature of SPNEGO's list of mechanisms."""
        return list_signature(self._session_key, self._flags, data, from_client=True)

    def verify(self, data: bytes, signature: bytes) -> None:
        """Check the host's signature of the list.

        Raises:
            AuthError: it is another one.
        """
        if not compare_digest(list_signature(self._session_key, self._flags, data, from_client=False), signature):
            raise AuthError(
                "the host's list of mechanisms was altered on its way",
                status=codes.SEC_E_MESSAGE_ALTERED,
                phase="bind",
                host=self._host,
            )

    def refusal(self, status: int) -> AuthError:
        """The host's refusal, with the known causes."""
        return refused_ntlm(self.user, self._host, status)


def ntlm_context(credentials: NTLM, *, host: str, level: int, key: bytes | None = None) -> Any:
    """A context of pyspnego that will prove the password of *credentials*, or its NT hash *key*."""
    import spnego

    # At level connect nothing is signed later, but SPNEGO's list of mechanisms may be.
    wanted = spnego.ContextReq.integrity | spnego.ContextReq.replay_detect | spnego.ContextReq.sequence_detect
    if level >= AuthLevel.PRIVACY:
        wanted |= spnego.ContextReq.confidentiality
    # The name with its domain always has a backslash here, so that one inside the user's name stays where it is.
    account = spnego.NTLMHash(
        f"{credentials.domain}\\{credentials.user}", nt_hash=(key or nt_hash(credentials.password)).hex()
    )
    return spnego.client(account, hostname=host, service="host", protocol="ntlm", context_req=wanted)


def refused_ntlm(user: str, host: str, status: int) -> AuthError:
    """The host has refused *user*."""
    # As people write it: repr would double the backslash before the name.
    shown = repr(user).replace("\\\\", "\\")
    return AuthError(f"{host} refused the NTLM login of {shown}", status=status, host=host, hint=_CAUSES)
