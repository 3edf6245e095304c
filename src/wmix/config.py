"""Settings: every limit and every time-out of the package, as frozen values that are passed in and never looked up.

There is no global configuration: an engine, a client or a server is given a ``Settings`` and keeps it, so that two of
them in one process can differ.  Times are in seconds everywhere; ``math.inf`` means no bound.  Where WMI itself has a
limit, its value is the default: [MS-WMI] appendix A (lengths of texts), 3.1.3 (requests).

Change a setting with ``replace``::

    Settings(timeouts=Timeouts(call=600))
    settings.replace(limits=settings.limits.replace(provider_threads=8))

Depends on records only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Callbacks", "Limits", "Settings", "Subscriptions", "Timeouts"]


_LAST_PORT = 65535


class _Bounds(Record):
    """A record of positive numbers: a limit of nothing and a time of less than nothing would stop everything."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in type(self)._fields:
            value: Any = getattr(self, name)
            if type(value) not in self._kinds() or not value > 0:
                raise ValueError(f"{type(self).__name__}.{name} must be {self._wanted()} above 0, not {value!r}")

    @classmethod
    def _kinds(cls) -> tuple[type, ...]:
        return (int,)

    @classmethod
    def _wanted(cls) -> str:
        return "an integer"


class Limits(_Bounds):
    """How much of everything there may be; all at least 1.

    Raises:
        ValueError: a limit that is not a positive integer.
    """

    max_path: int = 8192
    """UTF-16 units of an object path. Over it: QuotaExceeded, as for all lengths."""

    max_identifier: int = 4096
    """UTF-16 units of the name of a class, a method or a property."""

    max_query: int = 16384
    """UTF-16 units of a query."""

    max_namespace: int = 8173
    """UTF-16 units of a namespace given at login."""

    max_requests: int = 5000
    """Requests of one engine that are in progress at the same time."""

    requests_per_user: int = 2000
    """Of these, requests of one user who calls from afar."""

    max_predicate_terms: int = 1000
    """Comparisons in one WHERE; bounds the code made from it."""

    buffer_objects: int = 1000
    """The credit of one call: objects that a source may be ahead of the reader."""

    batch_objects: int = 100
    """Objects that travel together between two stages. A hop costs the same for one as for a hundred."""

    memory_objects: int = 10_000
    """Objects of one rewindable result kept in memory; further ones go to a temporary file."""

    pending_next_async: int = 64
    """Asynchronous next calls that may wait on one enumerator."""

    sink_queue: int = 1000
    """Objects that may wait for one sink."""

    event_queue: int = 1000
    """Events that may wait for one subscriber; further ones are dropped, and the subscriber is told."""

    subscriptions_per_user: int = 1000
    """Event queries that one user may have running in one engine. Over it: QuotaExceeded."""

    polled_objects: int = 50_000
    """Instances of one class that a poll for events remembers, one copy of each. Over it: QuotaExceeded."""

    provider_threads: int = 64
    """Threads of one engine in which provider functions that are not coroutines run."""

    consumer_queue: int = 1000
    """Events that may wait for one permanent consumer."""

    consumer_attempts: int = 3
    """How often one event is delivered to a permanent consumer that fails, the first time included."""

    consumer_commands: int = 16
    """Processes that CommandLineEventConsumers may have running at the same time."""

    bindings: int = 1000
    """Permanent subscriptions (bindings) of one engine that are active at the same time."""

    buffer_octets: int = 1 << 20
    """The credit of one call in octets of memory, about: a source stops when the objects that it is ahead take more,
    however few they are. A reader who waits for more objects gets them all the same."""


class Timeouts(_Bounds):
    """How long everything may take, in seconds; all above 0, ``math.inf`` for no bound.

    Raises:
        ValueError: a time that is not a positive number.
    """

    connect: float = 30.0
    """A whole connection: address, login, namespace."""

    phase: float = 10.0
    """One step of a connection."""

    wait: float = 60.0
    """One wait in which nothing arrives."""

    call: float = 120.0
    """A whole call with one result: get, put, delete, method. Handles have no total."""

    sink: float = 30.0
    """One delivery to a sink, after which its operation is cancelled."""

    provider_close: float = 0.5
    """How long a cancelled provider may take to stop before it is left to itself."""

    consumer: float = 60.0
    """One delivery to a permanent consumer, after which it counts as failed."""

    consumer_retry: float = 1.0
    """Before a failed delivery is tried again for the first time; twice as long before each further time."""

    exit: float = 1.0
    """How long open clients may take to close at the end of the program."""

    @classmethod
    def _kinds(cls) -> tuple[type, ...]:
        return (int, float)

    @classmethod
    def _wanted(cls) -> str:
        return "a number of seconds"


class Subscriptions(Record):
    """What permanent subscriptions may do to the machine; by default no program is run."""

    allowed_consumers: tuple[str, ...] = ()
    """Consumers that may run programs: names of classes, which allow every instance (``CommandLineEventConsumer``),
    or relative paths, which allow one (``CommandLineEventConsumer.Name="backup"``)."""

    command_user: str | None = None
    """The account that command lines run as; the engine's own when None, which is refused to root."""

    log_directories: tuple[str, ...] | None = None
    """Directories in and below which LogFileEventConsumers may write. None: those that administrators have put may
    write wherever the engine may, and others nowhere."""


class Callbacks(Record):
    """How hosts call the sinks of a client back: where, and what proves who they are besides the user's password.

    Raises:
        ValueError: a port that is none, a keytab without principals, or principals without a keytab.
    """

    port: int = 0
    """Where the client listens for them; 0 lets the system choose. Windows 10 1809 and later look at port 135 alone."""

    keytab: str | None = None
    """A file with the keys of this machine's principal, for hosts that prove themselves by Kerberos."""

    principals: tuple[str, ...] = ()
    """Principals that hosts may call back as with a ticket: ``("SRV1$@EXAMPLE.COM",)``, the account of a machine."""

    def __init__(self, port: int = 0, keytab: str | None = None, principals: tuple[str, ...] = ()) -> None:
        if type(port) is not int or not 0 <= port <= _LAST_PORT:
            raise ValueError(f"Callbacks.port must be an integer from 0 to {_LAST_PORT}, not {port!r}")
        if bool(keytab) != bool(principals):
            raise ValueError("Callbacks.keytab and Callbacks.principals go together: whose tickets, and who is trusted")
        super().__init__(port=port, keytab=keytab, principals=tuple(principals))


class Settings(Record):
    """Everything that can be set, with defaults that serve a workstation."""

    limits: Limits = Limits()
    """How much."""

    timeouts: Timeouts = Timeouts()
    """How long."""

    subscriptions: Subscriptions = Subscriptions()
    """What permanent subscriptions may do."""

    temp_directory: str | None = None
    """Where results that do not fit in memory go; None is the system's choice."""

    drive_aliases: Mapping[str, str] = {"C:": "/"}
    """Drive names under which a mount point (or a device) may also be asked for; names ignore case."""
