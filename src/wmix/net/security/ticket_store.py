"""The tickets that a client has got with a password, for its next connections. RFC 4120 section 3.1.

A connection to a host is made of several logins, and a ping is one more; each would ask the key distribution centre for
a ticket-granting ticket and one for the service.  They are kept with the client that got them: in memory, never in the
user's own cache nor on disk, and two clients in one process share nothing.  They go with the client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wmix.net.security.credentials import Kerberos

__all__ = ["TicketStore"]


class TicketStore:
    """The tickets of one client; used from its loop and from the threads in which the library is asked."""

    def __init__(self) -> None:
        self._kept: dict[Kerberos, Any] = {}

    def find(self, credentials: Kerberos) -> Any:
        """What the library keeps the tickets of *credentials* in; None when there is nothing."""
        return self._kept.get(credentials)

    def keep(self, credentials: Kerberos, tickets: Any) -> None:
        """They have served a login."""
        self._kept[credentials] = tickets

    def drop(self, credentials: Kerberos) -> None:
        """They serve no more."""
        self._kept.pop(credentials, None)
