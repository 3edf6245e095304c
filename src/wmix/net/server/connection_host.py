"""What a connection of a server belongs to, and who judges its logins: the ports between it and what is around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from wmix.errors import WmiError
    from wmix.net.server.connection import ServerConnection
    from wmix.net.server.dispatch import Dispatcher
    from wmix.net.server.failed_logins import FailedLogins
    from wmix.net.server.limits import ServerLimits
    from wmix.net.server.pending_octets import PendingOctets
    from wmix.net.server.string_bindings import Bindings
    from wmix.protocol.rpc.security import Security

__all__ = ["AcceptedLogin", "Acceptor", "ConnectionHost"]


class AcceptedLogin(Protocol):
    """A login from the server's side."""

    @property
    def is_complete(self) -> bool: ...

    @property
    def user(self) -> str:
        r"""``DOMAIN\\name``, once it is complete."""
        ...

    @property
    def identifies_only(self) -> bool:
        """Whether the client allows that nothing is done in the user's name, once it is complete."""
        ...

    async def step(self, token: bytes) -> bytes | None:
        """Take a message of the client; the answer to it, if there is one.

        Raises:
            WmiError: the login is refused.
        """
        ...

    def security(self) -> Security: ...


class Acceptor(Protocol):
    """Judges logins."""

    def begin(self, auth_type: int, level: int) -> AcceptedLogin:
        """A new login.

        Raises:
            WmiError: of a kind that is not spoken here.
        """
        ...


class ConnectionHost(Protocol):
    """What a connection belongs to."""

    limits: ServerLimits
    acceptor: Acceptor
    dispatcher: Dispatcher
    failed_logins: FailedLogins
    pending_octets: PendingOctets
    #: Where octets are read to, of every connection in turn.
    read_buffer: bytearray

    def bindings_for(self, local_address: str, local_port: int) -> Bindings:
        """Where the server is reached by a client that reached it at this address."""
        ...

    def opened(self, connection: ServerConnection) -> bool:
        """A connection begins; whether there may be one more."""
        ...

    def lost(self, connection: ServerConnection) -> None:
        """A connection has ended."""
        ...

    def logged_in(self, user: str, address: str, error: WmiError | None) -> None:
        """A login has succeeded, or has failed with *error*; also for a call that is refused because of its login."""
        ...
