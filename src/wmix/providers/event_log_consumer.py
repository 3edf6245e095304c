"""NTEventLogEventConsumer: an entry in the journal, else in the syslog, for each event. Brief 7.4.6.

The event log of this machine is journald, spoken to by its native protocol (fields of ``systemd.journal-fields(7)``);
where it does not listen the entry goes to ``/dev/log`` as RFC 3164 has it.  ``SourceName`` is the identifier that
filters find it by.  ``EventType`` becomes the priority: error 1, warning 2, information 4, audit success 8, audit
failure 16, success 0; audits go to the facility for authentication.  The message is the insertion strings, for there
is no library of messages; ``EventID``, ``Category`` and the type are fields of their own.

An entry for another machine (``UNCServerName``) is NOT_SUPPORTED.  Where the sockets are is an argument.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from typing import TYPE_CHECKING, Final

from wmix.cim.instances import CimInstance
from wmix.errors import InvalidParameter, NotSupported, WmiError
from wmix.providers.consumers import SUBSCRIPTION, consumer
from wmix.providers.string_templates import expand
from wmix.providers.system_files import SystemFiles
from wmix.status import WBEM_E_FAILED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wmix.config import Settings
    from wmix.providers.consumers import ConsumerDefinition, Delivery
    from wmix.providers.system_files import Root

__all__ = ["consumers", "make_event_log_consumer"]

_JOURNAL: Final = "/run/systemd/journal/socket"
_SYSLOG: Final = "/dev/log"
#: Seconds that the log may take to accept an entry.
_TIMEOUT: Final = 10.0
#: Octets of a message in the syslog, RFC 3164 with the room that today's daemons give.
_SYSLOG_SIZE: Final = 8192

_USER: Final = 1
_AUTHPRIV: Final = 10
#: EventType -> facility and priority of syslog(3).
_LEVELS: Final = {
    0: (_USER, 6),
    1: (_USER, 3),
    2: (_USER, 4),
    4: (_USER, 6),
    8: (_AUTHPRIV, 5),
    16: (_AUTHPRIV, 4),
}


def consumers(_settings: Settings, root: Root = "/") -> list[ConsumerDefinition]:
    """The consumer of NTEventLogEventConsumer."""
    return [make_event_log_consumer(root)]


def make_event_log_consumer(root: Root = "/") -> ConsumerDefinition:
    """The consumer that writes to the log whose sockets are below *root*."""
    files = SystemFiles(root)

    @consumer("NTEventLogEventConsumer", namespace=SUBSCRIPTION, name="NTEventLogEventConsumer")
    def log(delivery: Delivery) -> None:
        """Write one entry."""
        _Entry(delivery.consumer, delivery.event).send(files)

    @log.check
    def check(held: CimInstance, settings: Settings) -> None:  # noqa: ARG001  nothing to allow
        """Refuse what could never be written."""
        if held["EventID"] is None:
            raise InvalidParameter("EventID of the consumer has no value", hint="give the event's number")
        if held["EventType"] not in (None, *_LEVELS):
            raise InvalidParameter(
                f"EventType of the consumer is {held['EventType']}", hint=f"give one of {', '.join(map(str, _LEVELS))}"
            )
        wanted, given = held["NumberOfInsertionStrings"] or 0, held["InsertionStringTemplates"] or ()
        if wanted > len(given):
            raise InvalidParameter(
                f"NumberOfInsertionStrings of the consumer is {wanted}, InsertionStringTemplates has {len(given)}",
                hint="give as many templates",
            )

    return log


class _Entry:
    """What is written: the message, and what goes with it."""

    def __init__(self, held: CimInstance, event: CimInstance) -> None:
        server = str(held["UNCServerName"] or "").strip("\\/")
        if server.casefold() not in ("", ".", "localhost", socket.gethostname().casefold()):
            raise NotSupported(
                f"UNCServerName of the consumer is {server}: entries are written on this machine only",
                hint="leave UNCServerName without a value",
            )
        templates = (held["InsertionStringTemplates"] or ())[: held["NumberOfInsertionStrings"] or 0]
        self.strings = [expand(template, event) for template in templates]
        self.source = " ".join(str(held["SourceName"] or "WSH").split())
        self.event_id = held["EventID"]
        self.category = held["Category"]
        self.type = 1 if held["EventType"] is None else held["EventType"]
        self.message = "\n".join(self.strings) or f"event {self.event_id}"
        self.raw = _octets(_property(event, held["NameOfRawDataProperty"]))
        self.user = _octets(_property(event, held["NameOfUserSidProperty"]))

    def send(self, files: SystemFiles) -> None:
        """Hand the entry to the log.

        Raises:
            WmiError: FAILED when no log accepts it.
        """
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(_TIMEOUT)
            try:
                sender.connect(files.path(_JOURNAL))
            except OSError:
                self._send_to_syslog(sender, files)
                return
            self._send_to_journal(sender)

    def _send_to_journal(self, sender: socket.socket) -> None:
        data = b"".join(_journal_field(name, value) for name, value in self._fields())
        try:
            try:
                sender.send(data)
            except OSError as error:
                import errno

                if error.errno != errno.EMSGSIZE:
                    raise
                _send_as_file(sender, data)
        except OSError as error:
            raise WmiError(f"the journal did not accept the entry: {error}", status=WBEM_E_FAILED) from error

    def _fields(self) -> Iterable[tuple[str, bytes]]:
        facility, priority = _LEVELS.get(self.type, (_USER, 6))
        yield "MESSAGE", self.message.encode("utf-8", "replace")
        yield "PRIORITY", str(priority).encode()
        yield "SYSLOG_FACILITY", str(facility).encode()
        yield "SYSLOG_IDENTIFIER", self.source.encode("utf-8", "replace")
        yield "WMI_EVENT_ID", str(self.event_id).encode()
        yield "WMI_EVENT_TYPE", str(self.type).encode()
        if self.category is not None:
            yield "WMI_CATEGORY", str(self.category).encode()
        for text in self.strings:
            yield "WMI_INSERTION_STRING", text.encode("utf-8", "replace")
        if self.raw is not None:
            yield "WMI_RAW_DATA", self.raw
        if self.user is not None:
            yield "WMI_USER_SID", self.user.hex().encode()

    def _send_to_syslog(self, sender: socket.socket, files: SystemFiles) -> None:
        facility, priority = _LEVELS.get(self.type, (_USER, 6))
        stamp = time.strftime("%b %d %H:%M:%S")
        # One line: what follows a line feed could pass for an entry of its own.
        message = " ".join(self.message.split())
        line = f"<{facility * 8 + priority}>{stamp} {self.source}: [{self.event_id}] {message}"
        data = line.encode("utf-8", "replace")[:_SYSLOG_SIZE].decode("utf-8", "ignore").encode()
        try:
            sender.connect(files.path(_SYSLOG))
            sender.send(data)
        except OSError as error:
            raise WmiError(
                f"neither the journal nor the syslog accepts entries: {error}",
                status=WBEM_E_FAILED,
                hint="start systemd-journald or a syslog daemon",
            ) from error


def _journal_field(name: str, value: bytes) -> bytes:
    """A field as the native protocol has it: with its length when it holds a line feed."""
    if b"\n" not in value:
        return name.encode() + b"=" + value + b"\n"
    return name.encode() + b"\n" + len(value).to_bytes(8, "little") + value + b"\n"


def _send_as_file(sender: socket.socket, data: bytes) -> None:
    """What does not fit in a datagram travels as a sealed file in memory, as the protocol wants it."""
    import fcntl

    descriptor = os.memfd_create("wmix-journal-entry", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        rest = data
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
        socket.send_fds(sender, [b""], [descriptor])
    finally:
        os.close(descriptor)


def _property(event: CimInstance, name: object) -> object:
    """A property of the event by its dotted name; None when there is none."""
    value: object = event
    for part in str(name or "").split("."):
        if not part or not isinstance(value, CimInstance) or part not in value:
            return None
        value = value[part]
    return value


def _octets(value: object) -> bytes | None:
    if isinstance(value, tuple):
        with contextlib.suppress(TypeError, ValueError):
            return bytes(value)
    return None
