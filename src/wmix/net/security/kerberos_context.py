"""What both sides of a Kerberos login have in common: the context of the library, and what it protects. RFC 4121."""

from __future__ import annotations

try:
    from gssapi import raw
except ImportError as error:
    from wmix.net.security.kerberos_errors import kerberos_missing

    raise kerberos_missing(error) from None

from wmix.net.security.kerberos_errors import kerberos_error
from wmix.net.security.kerberos_security import KerberosSecurity

__all__ = ["KerberosContext"]


class KerberosContext:
    """One side of a login.

    Args:
        peer: the other side, for messages: "the host", "the client".
        host: its name, where it is known.
    """

    def __init__(self, *, level: int, auth_type: int, peer: str, host: str | None = None) -> None:
        self.auth_type = int(auth_type)
        self.level = int(level)
        self.is_complete = False
        self._peer = peer
        self._host = host
        self._context: raw.SecurityContext | None = None

    def security(self) -> KerberosSecurity:
        """What protects PDUs from now on."""
        if not self.is_complete or self._context is None:
            raise RuntimeError("the login is not complete")
        return KerberosSecurity(self._context, level=self.level, auth_type=self.auth_type)

    def sign(self, data: bytes) -> bytes:
        """A signature of other octets than a PDU's, for SPNEGO."""
        assert self._context is not None
        return bytes(raw.get_mic(self._context, data))

    def verify(self, data: bytes, signature: bytes) -> None:
        """Check such a signature.

        Raises:
            AuthError: it is not the other side's.
        """
        assert self._context is not None
        try:
            raw.verify_mic(self._context, data, signature)
        except raw.GSSError as error:
            raise kerberos_error(error, f"{self._peer}'s list of mechanisms", host=self._host) from None
