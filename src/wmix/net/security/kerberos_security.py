"""Signing and sealing with a Kerberos context in DCE style. [MS-RPCE] 3.3.1.5.2.2, [MS-KILE] 3.4.5.4; RFC 4121.

At level privacy a PDU is wrapped: the whole wrap token stands in the verifier, and the body keeps its length.  At level
integrity the verifier holds a MIC.  Header and trailer are covered only where header signing was negotiated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gssapi import raw
from gssapi.raw import IOV, IOVBufferType

from wmix.protocol.rpc.security import SecurityViolation
from wmix.protocol.rpc.verifier import AuthLevel, AuthType

if TYPE_CHECKING:
    from gssapi.raw import SecurityContext

__all__ = ["KerberosSecurity"]

#: Of a length that no mechanism pads, to ask how long a token will be.
_PROBE = bytes(16)


class KerberosSecurity:
    """An established Kerberos context.

    Args:
        context: mutual, in DCE style, complete.
        level: connect, integrity or privacy.
        auth_type: as in the verifiers: 16, or 9 when the login travelled inside SPNEGO.
    """

    def __init__(self, context: SecurityContext, *, level: int, auth_type: int = AuthType.KERBEROS) -> None:
        self.auth_type = int(auth_type)
        self.level = int(level)
        self._context = context
        self._seals = level >= AuthLevel.PRIVACY
        self.token_size = self._measured() if level > AuthLevel.CONNECT else 0

    def protect(self, header: bytes, body: bytes, trailer: bytes, *, sign_header: bool) -> tuple[bytes, bytes]:
        """The body as it travels, and the token."""
        if not self._seals:
            return body, raw.get_mic(self._context, header + body + trailer if sign_header else body)
        if sign_header:
            iov = self._iov(header, body, trailer, None)
            raw.wrap_iov(self._context, iov, confidential=True)
            return iov[1].value or b"", iov[3].value or b""
        iov = IOV((IOVBufferType.data, False, body), IOVBufferType.header, std_layout=False)
        raw.wrap_iov(self._context, iov, confidential=True)
        return iov[0].value or b"", iov[1].value or b""

    def unprotect(self, header: bytes, body: bytes, trailer: bytes, token: bytes, *, sign_header: bool) -> bytes:
        """The body in the clear.

        Raises:
            SecurityViolation: other octets than were signed, or a PDU that was left out, repeated or moved.
        """
        try:
            return self._opened(header, body, trailer, token, sign_header)
        except raw.GSSError as error:
            raise SecurityViolation(f"the Kerberos signature does not fit the PDU: {_first_line(error)}") from None

    def _opened(self, header: bytes, body: bytes, trailer: bytes, token: bytes, sign_header: bool) -> bytes:
        if not self._seals:
            raw.verify_mic(self._context, header + body + trailer if sign_header else body, token)
            return body
        if sign_header:
            iov = self._iov(header, body, trailer, token)
            place = 1
        else:
            iov = IOV((IOVBufferType.data, False, body), (IOVBufferType.header, False, token), std_layout=False)
            place = 0
        if not raw.unwrap_iov(self._context, iov).encrypted:
            raise SecurityViolation("the PDU is signed only, at level privacy")
        return iov[place].value or b""

    @staticmethod
    def _iov(header: bytes, body: bytes, trailer: bytes, token: bytes | None) -> IOV:
        return IOV(
            (IOVBufferType.sign_only, False, header),
            (IOVBufferType.data, False, body),
            (IOVBufferType.sign_only, False, trailer),
            IOVBufferType.header if token is None else (IOVBufferType.header, False, token),
            std_layout=False,
        )

    def _measured(self) -> int:
        """Octets of a token; asking moves no counter."""
        if self._seals:
            iov = IOV((IOVBufferType.data, False, _PROBE), IOVBufferType.header, std_layout=False)
            raw.wrap_iov_length(self._context, iov, confidential=True)
        else:
            iov = IOV((IOVBufferType.data, False, _PROBE), IOVBufferType.mic_token, std_layout=False)
            raw.get_mic_iov_length(self._context, iov)
        return len(iov[1].value or b"")


def _first_line(error: raw.GSSError) -> str:
    return str(error).splitlines()[0]
