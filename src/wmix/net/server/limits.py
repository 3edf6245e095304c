"""What one server may be made to hold, and how long it waits for clients that do nothing.

Numbers of octets are per connection.  Times are in seconds.  The times of garbage collection are those of [MS-DCOM]
3.1.2.2 and 3.1.2.6: a client pings every 120 s, and three missed pings end what it held.
"""

from __future__ import annotations

from wmix.record import Record

__all__ = ["ServerLimits"]


class ServerLimits(Record):
    """Bounds of one server; each can be replaced by itself."""

    #: Connections at once, on all ports together; further ones are closed as they come.  Never more than
    #: half of the files that the process may open.
    connections: int = 2048
    #: Those of one remote address; never more than three quarters of all.
    connections_of_address: int = 1024
    #: Objects that one user may hold (logins, namespaces, enumerators, call results), and all users together.
    objects_of_user: int = 20_000
    objects: int = 50_000
    #: Calls of one connection that are worked on at the same time; it is not read from while there are as many.
    calls: int = 64
    #: Calls of one connection besides, that do nothing but wait for objects or for an end: one for each subscription.
    #: A further one that would have to wait fails.
    waiting_calls: int = 1024
    #: The same of all connections of one user.
    waiting_calls_of_user: int = 8192
    #: Longest stub of one call, and octets of calls that have not arrived whole.
    call_octets: int = 16 * 1024 * 1024
    pending_octets: int = 32 * 1024 * 1024
    #: The latter of all connections together; over it the connection that holds most is closed.
    pending_octets_of_all: int = 256 * 1024 * 1024
    #: What a client may send before a login of it has succeeded: PDUs in all, and octets of calls that have not
    #: arrived whole.
    pdus_before_login: int = 256
    octets_before_login: int = 256 * 1024
    #: Octets that wait to be read by the client, above which nothing more of it is read.
    unread_octets: int = 1024 * 1024
    #: Ping sets of all clients, and objects in one.
    ping_sets: int = 4096
    pinged_objects: int = 20_000
    #: Logins that may fail, of one address or for one user, before answers to failures begin to wait; one is
    #: forgiven every 10 seconds.
    quick_failures: int = 5
    #: Such answers that may wait, to one address; until one is due no login of it is judged.
    waiting_failures: int = 16

    #: From the first octet of a connection to its bind.
    handshake: float = 10.0
    #: From the first octet of a connection to its first login that succeeds.
    login: float = 30.0
    #: The longest delay of the answer to a login that has failed.
    failure_delay: float = 8.0
    #: From the first octet of a PDU, a call or a login to its last.
    partial: float = 60.0
    #: How long a client may leave octets unread that were sent to it.
    unread: float = 60.0
    #: How long a connection may be without a call.
    idle: float = 900.0
    #: How long an object lives after its last call or ping.
    object_life: float = 360.0
    #: How long an object that nobody pings lives after the connection that used it last has gone.
    orphan_life: float = 90.0
