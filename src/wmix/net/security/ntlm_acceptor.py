"""NTLM from the server's side: the challenge, and the check of its answer. [MS-NLMP] 3.2.5.1, 3.3.2.

It is our own because pyspnego's finds accounts only through one environment variable for the whole process, cannot keep
a password with a colon, and encodes the client's pairs anew before it checks them; two servers with different users in
one process would not work (decision 0015).  Only NTLMv2 is let in: never NTLMv1, never anonymous.
"""

from __future__ import annotations

import os
import time
from hmac import compare_digest
from typing import TYPE_CHECKING, Final

from wmix import status
from wmix.errors import AuthError
from wmix.net.security.ntlm_flags import NtlmFlags, missing_flags
from wmix.net.security.ntlm_keys import hmac_md5, rc4, response_keys
from wmix.net.security.ntlm_messages import Authenticate, AvId, encode_challenge, read_flags
from wmix.net.security.ntlm_security import NtlmSecurity, list_signature
from wmix.protocol.rpc.verifier import AuthType

if TYPE_CHECKING:
    from wmix.net.security.acceptor import Accounts

__all__ = ["NtlmAcceptedLogin"]

#: What a client may keep of what it asked for; the rest this side does not do, or not any more.
_SUPPORTED: Final = (
    NtlmFlags.NEGOTIATE_UNICODE
    | NtlmFlags.REQUEST_TARGET
    | NtlmFlags.NEGOTIATE_SIGN
    | NtlmFlags.NEGOTIATE_SEAL
    | NtlmFlags.NEGOTIATE_NTLM
    | NtlmFlags.NEGOTIATE_ALWAYS_SIGN
    | NtlmFlags.NEGOTIATE_EXTENDED_SESSIONSECURITY
    | NtlmFlags.NEGOTIATE_IDENTIFY
    | NtlmFlags.NEGOTIATE_VERSION
    | NtlmFlags.NEGOTIATE_128
    | NtlmFlags.NEGOTIATE_KEY_EXCH
    | NtlmFlags.NEGOTIATE_56
)
#: What every challenge says.
_ALWAYS: Final = (
    NtlmFlags.REQUEST_TARGET
    | NtlmFlags.NEGOTIATE_NTLM
    | NtlmFlags.NEGOTIATE_ALWAYS_SIGN
    | NtlmFlags.TARGET_TYPE_SERVER
    | NtlmFlags.NEGOTIATE_TARGET_INFO
)
_PROOF_SIZE: Final = 16
#: A shorter response is no NTLMv2: proof and the fixed part of NTLMv2_CLIENT_CHALLENGE, 2.2.2.7.
_LEAST_RESPONSE: Final = 44
_KEY_SIZE: Final = 16
#: 100 ns intervals from 1601 to 1970.
_FILETIME_OF_1970: Final = 116_444_736_000_000_000
#: Against which the answer of an unknown user is checked, so that it takes as long as a known one's.
_NOBODY: Final = os.urandom(16)


class NtlmAcceptedLogin:
    """NEGOTIATE in, CHALLENGE out, AUTHENTICATE in: complete.

    ``auth_type`` is 9 for a login that travels inside SPNEGO.
    """

    def __init__(self, accounts: Accounts, *, host: str, level: int, auth_type: int = AuthType.NTLM) -> None:
        self.auth_type = int(auth_type)
        self.level = int(level)
        self.is_complete = False
        self.user = ""
        self.session_key = b""
        self.flags = 0
        #: Whether the client has signed the three messages.
        self.has_mic = False
        self._accounts = accounts
        self._host = host
        self._negotiate = b""
        self._challenge = b""
        self._nonce = b""

    async def step(self, token: bytes) -> bytes | None:
        """The challenge, and None after its answer.

        Raises:
            AuthError: the client's message is none, too weak, or does not prove the password.
        """
        if self.is_complete:
            raise RuntimeError("the login is complete")
        if not self._challenge:
            return self._challenged(token)
        self._authenticated(Authenticate.decode(token))
        self.is_complete = True
        return None

    @property
    def identifies_only(self) -> bool:
        """Whether the client asked for an identification, and no more."""
        return bool(self.flags & NtlmFlags.NEGOTIATE_IDENTIFY)

    def security(self, *, first_sequence: int = 0) -> NtlmSecurity:
        """What protects PDUs from now on."""
        if not self.is_complete:
            raise RuntimeError("the login is not complete")
        return NtlmSecurity(
            self.session_key,
            self.flags,
            is_client=False,
            level=self.level,
            auth_type=self.auth_type,
            first_sequence=first_sequence,
        )

    def sign(self, data: bytes) -> bytes:
        """The signature of SPNEGO's list of mechanisms."""
        return list_signature(self.session_key, self.flags, data, from_client=False)

    def verify(self, data: bytes, signature: bytes) -> None:
        """Check the client's signature of the list.

        Raises:
            AuthError: it is another one.
        """
        if not compare_digest(list_signature(self.session_key, self.flags, data, from_client=True), signature):
            raise AuthError(
                "the client's list of mechanisms was altered on its way", status=status.SEC_E_MESSAGE_ALTERED
            )

    def _challenged(self, token: bytes) -> bytes:
        asked = read_flags(token, 1)
        if missing := missing_flags(asked, self.level):
            raise _too_weak("NEGOTIATE", missing)
        self._negotiate = token
        self._nonce = os.urandom(8)
        computer = self._host.partition(".")[0].upper()
        info = {
            AvId.NB_DOMAIN_NAME: computer.encode("utf-16-le"),
            AvId.NB_COMPUTER_NAME: computer.encode("utf-16-le"),
            AvId.DNS_DOMAIN_NAME: self._host.encode("utf-16-le"),
            AvId.DNS_COMPUTER_NAME: self._host.encode("utf-16-le"),
            AvId.TIMESTAMP: (time.time_ns() // 100 + _FILETIME_OF_1970).to_bytes(8, "little"),
        }
        self._challenge = encode_challenge(asked & _SUPPORTED | _ALWAYS, self._nonce, computer, info)
        return self._challenge

    def _authenticated(self, message: Authenticate) -> None:
        self.user = f"{message.domain}\\{message.user}" if message.domain else message.user
        if missing := missing_flags(message.flags, self.level):
            raise _too_weak("AUTHENTICATE", missing)
        if message.flags & NtlmFlags.ANONYMOUS or not message.user or not message.nt_response:
            raise _denied("an anonymous login; nobody is let in without a name")
        if len(message.nt_response) < _LEAST_RESPONSE:
            raise _denied(f"{self.user!r} answered with NTLMv1, which is not let in")
        base_key = self._proved(message)
        self.flags = message.flags
        self.session_key = self._exported_key(message, base_key)
        self._check_mic(message)

    def _proved(self, message: Authenticate) -> bytes:
        """SessionBaseKey, once the response proves that the client knows the password."""
        hashed = self._accounts.find(message.domain, message.user)
        proof, blob = message.nt_response[:_PROOF_SIZE], message.nt_response[_PROOF_SIZE:]
        for key in response_keys(hashed or _NOBODY, message.user, message.domain):
            if compare_digest(hmac_md5(key, self._nonce + blob), proof) and hashed is not None:
                return hmac_md5(key, proof)
        raise _denied(f"unknown user {self.user!r}" if hashed is None else f"wrong password for {self.user!r}")

    def _exported_key(self, message: Authenticate, base_key: bytes) -> bytes:
        """With NTLMv2 the KeyExchangeKey is the SessionBaseKey, 3.4.5.1."""
        both = NtlmFlags.NEGOTIATE_SIGN | NtlmFlags.NEGOTIATE_SEAL
        if not (message.flags & NtlmFlags.NEGOTIATE_KEY_EXCH and message.flags & both):
            return base_key
        if len(message.encrypted_session_key) != _KEY_SIZE:
            found = len(message.encrypted_session_key)
            raise _denied(f"{self.user!r} sent a session key of {found} octets, not {_KEY_SIZE}")
        return rc4(base_key).update(message.encrypted_session_key)

    def _check_mic(self, message: Authenticate) -> None:
        """Nobody can have removed it on the way: the client says inside its proof that it is there."""
        if not message.promises_mic:
            return
        expected = hmac_md5(self.session_key, self._negotiate + self._challenge + message.without_mic)
        if not compare_digest(expected, message.mic or b""):
            raise _denied(f"the login of {self.user!r} was altered on its way: its MIC does not fit")
        self.has_mic = True


def _denied(reason: str) -> AuthError:
    return AuthError(reason, status=status.SEC_E_LOGON_DENIED)


def _too_weak(message: str, missing: NtlmFlags) -> AuthError:
    names = ", ".join(flag.name or "" for flag in missing)
    return AuthError(f"the client's NTLM {message} message lacks {names}", status=status.SEC_E_UNSUPPORTED_FUNCTION)
