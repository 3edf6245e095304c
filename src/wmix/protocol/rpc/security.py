"""The port of security: what an association needs from a login that has succeeded. [MS-RPCE] 3.3.1.5.2.

Logins take randomness, clocks and sometimes other servers, so they happen outside: the association gives out the tokens
that arrive, sends those that it is given, and is handed a ``Security`` when the login is complete.  Calls to it come in
the order in which the PDUs stand on the wire, which the key streams and counters of the mechanisms need.
"""

from __future__ import annotations

from typing import Protocol

from wmix import status
from wmix.errors import ProtocolError
from wmix.protocol.rpc.verifier import AuthLevel, AuthType

__all__ = ["NullSecurity", "Security", "SecurityViolation"]


class SecurityViolation(ProtocolError):
    """A PDU that is not what its sender sent, or was not protected although it had to be."""

    default_status = status.RPC_S_SEC_PKG_ERROR


class Security(Protocol):
    """One established security context; both directions.

    A PDU is given as *header* (up to the stub, object identifier included; for PDUs without stub all but the trailer),
    *body* (stub and padding) and *trailer* (eight octets).  Lengths in the header are final.  *sign_header* says
    whether header signing was negotiated; NTLM signs the whole PDU in any case.
    """

    #: As in the verifiers of the login.
    auth_type: int
    level: int
    #: Octets of every token, before anything was protected.
    token_size: int

    def protect(self, header: bytes, body: bytes, trailer: bytes, *, sign_header: bool) -> tuple[bytes, bytes]:
        """The body as it travels (sealed at level privacy), and the token; lengths do not change."""

    def unprotect(self, header: bytes, body: bytes, trailer: bytes, token: bytes, *, sign_header: bool) -> bytes:
        """The body in the clear.

        Raises:
            SecurityViolation: the token does not belong to these octets.
        """


class NullSecurity:
    """Signs with a constant and seals nothing: the conversation of a protected association without its secrets."""

    def __init__(
        self, level: int = AuthLevel.INTEGRITY, *, auth_type: int = AuthType.NTLM, token: bytes = b"\x01" + bytes(15)
    ) -> None:
        self.auth_type = auth_type
        self.level = level
        self.token = token
        self.token_size = len(token)

    def protect(self, header: bytes, body: bytes, trailer: bytes, *, sign_header: bool) -> tuple[bytes, bytes]:
        """The body as it is, and the constant."""
        del header, trailer, sign_header
        return body, self.token

    def unprotect(self, header: bytes, body: bytes, trailer: bytes, token: bytes, *, sign_header: bool) -> bytes:
        """The body as it is, if the token is the constant."""
        del header, trailer, sign_header
        if token != self.token:
            raise SecurityViolation("the token is not the expected one")
        return body
