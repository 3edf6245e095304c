"""What a connection needs of a login, whatever its mechanism. [MS-RPCE] 3.3.1.5.2.

:mod:`wmix.net.security` has the real ones.  ``BeginLogin`` makes one for each connection, because a security context
belongs to one connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.errors import AuthError
    from wmix.protocol.rpc.security import Security

__all__ = ["BeginLogin", "ClientLogin"]


class ClientLogin(Protocol):
    """One side of a login under way."""

    @property
    def auth_type(self) -> int:
        """That of the verifiers: :class:`~wmix.protocol.rpc.verifier.AuthType`."""
        ...

    @property
    def is_complete(self) -> bool:
        """Whether nothing more is to be exchanged."""
        ...

    async def step(self, token: bytes | None) -> bytes | None:
        """The next message, given that of the host (None at first); None when there is none.

        Raises:
            AuthError: the login cannot go on.
        """
        ...

    def security(self) -> Security:
        """What protects the PDUs, once the login is complete."""
        ...

    def refusal(self, status: int) -> AuthError:
        """What the refusal of the first call with *status* means, with the known causes."""
        ...


#: (host name, authentication level) to a fresh login.
BeginLogin: TypeAlias = "Callable[[str, int], ClientLogin]"
