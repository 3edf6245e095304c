"""SMTPEventConsumer: a mail for each event. Brief 7.4.6.

``Subject`` and ``Message`` are standard string templates.  Addresses in ``ToLine``, ``CcLine`` and ``BccLine`` are
separated by commas or semicolons; at least one must be there.  ``FromLine`` is ``WinMgmt@`` and this machine's name
when it has no value.  ``SMTPServer`` is a name or address, with ``:port`` when the port is not 25; the server is asked
for no login and the mail travels in the clear, as on Windows: it should be a relay of this machine or network.

A mail has ten seconds in all (``Timeouts.phase``), from the connection to the server's last word.

What an event brings into a header cannot begin another one: line ends become blanks.
"""

from __future__ import annotations

import contextlib
import logging
import re
import smtplib
import socket
import time
from email.message import EmailMessage
from email.utils import formatdate, getaddresses, make_msgid, parseaddr
from typing import TYPE_CHECKING, Any, Final

from wmix.errors import ConnectError, InvalidParameter, WmiError
from wmix.providers.consumers import SUBSCRIPTION, consumer
from wmix.providers.string_templates import expand
from wmix.status import WBEM_E_FAILED

if TYPE_CHECKING:
    from wmix.cim.instances import CimInstance
    from wmix.config import Settings
    from wmix.providers.consumers import ConsumerDefinition, Delivery

__all__ = ["compose", "consumers", "make_smtp_consumer", "server_address"]

_log = logging.getLogger("wmix.providers.smtp_consumer")

_PORT: Final = 25
_LINES: Final = ("ToLine", "CcLine", "BccLine")
#: Headers that the mail has anyway, or that would change where it goes.
_OWN_HEADERS: Final = frozenset(
    {"bcc", "cc", "date", "from", "message-id", "mime-version", "reply-to", "subject", "to"}
    | {"content-transfer-encoding", "content-type"}
)
_HEADER_NAME: Final = re.compile(r"[!-9;-~]+")


def consumers(_settings: Settings) -> list[ConsumerDefinition]:
    """The consumer of SMTPEventConsumer."""
    return [make_smtp_consumer()]


def make_smtp_consumer() -> ConsumerDefinition:
    """The consumer that sends mail."""

    @consumer("SMTPEventConsumer", namespace=SUBSCRIPTION, name="SMTPEventConsumer")
    def send(delivery: Delivery) -> None:
        """Send one mail."""
        held = delivery.consumer
        message = compose(held, delivery.event)
        host, port = server_address(str(held["SMTPServer"] or ""))
        _send(message, host, port, _recipients(held), delivery.settings.timeouts.phase)

    @send.check
    def check(held: CimInstance, settings: Settings) -> None:  # noqa: ARG001  nothing to allow
        """Refuse what could never be sent."""
        server_address(str(held["SMTPServer"] or ""))
        if not _recipients(held):
            raise InvalidParameter("the consumer has no recipient", hint="give ToLine, CcLine or BccLine an address")
        for line in held["HeaderFields"] or ():
            _header(line)

    return send


def server_address(text: str) -> tuple[str, int]:
    """Host and port of ``SMTPServer``.

    >>> server_address("relay.example.org:2525"), server_address("[::1]")
    (('relay.example.org', 2525), ('::1', 25))

    Raises:
        InvalidParameter: there is no name, or the port is no number from 1 to 65535.
    """
    host, colon, port = text.strip().rpartition(":")
    if not colon or port.endswith("]") or ":" in host.partition("]")[2] or (":" in host and host[:1] != "["):
        host, port = text.strip(), str(_PORT)
    host = host.removeprefix("[").removesuffix("]")
    if not host or not (port.isascii() and port.isdigit()) or not 0 < int(port) < 0x10000:
        raise InvalidParameter(
            f"SMTPServer of the consumer is {text!r}", hint="give a name or an address, and :port when it is not 25"
        )
    return host, int(port)


def compose(held: CimInstance, event: CimInstance) -> EmailMessage:
    """The mail about *event*, without ``Bcc``.

    Raises:
        InvalidParameter: a header of the consumer is none.
    """
    message = EmailMessage()
    sender = str(held["FromLine"] or f"WinMgmt@{socket.gethostname()}")
    try:
        message["From"] = _one_line(sender)
        for line, header in (("ToLine", "To"), ("CcLine", "Cc")):
            if found := _addresses(held[line]):
                message[header] = ", ".join(found)
        if held["ReplyToLine"]:
            message["Reply-To"] = _one_line(str(held["ReplyToLine"]))
        message["Subject"] = _one_line(expand(held["Subject"], event))
        message["Date"] = formatdate(localtime=True)
        message["Message-ID"] = make_msgid(domain=socket.gethostname())
        for line in held["HeaderFields"] or ():
            name, value = _header(line)
            message[name] = value
    except (ValueError, IndexError) as error:  # IndexError: some versions' parser of addresses
        raise InvalidParameter(f"the consumer's headers make no mail: {error}") from error
    message.set_content(expand(held["Message"], event).encode("utf-8", "replace").decode())
    return message


class _TimedSocket(socket.socket):
    """A socket whose operations end, all together, at one time."""

    until: float

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._bound()
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self._bound()
        super().sendall(*args, **kwargs)

    def _bound(self) -> None:
        self.settimeout(_left(self.until))


class _Connection(smtplib.SMTP):
    """A conversation with a mail server that ends in time, however slowly the server speaks.

    Args:
        until: on the monotonic clock; the resolver of names has bounds of its own.
    """

    def __init__(self, host: str, port: int, until: float) -> None:
        self._until = until
        # Without a name of ours it would ask the name service for one, for as long as that takes.
        super().__init__(host, port, local_hostname=socket.gethostname())

    def _get_socket(self, host: str, port: int, timeout: object) -> socket.socket:
        del timeout
        failure: OSError = OSError("the name has no address")
        for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            try:
                plain = socket.create_connection((str(address[0]), port), _left(self._until))
            except OSError as error:
                failure = error
                continue
            timed = _TimedSocket(fileno=plain.detach())
            timed.until = self._until
            return timed
        raise failure


def _left(until: float) -> float:
    """The seconds that are left.

    Raises:
        TimeoutError: none are.
    """
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("the server is too slow")
    return left


def _send(message: EmailMessage, host: str, port: int, recipients: list[str], timeout: float) -> None:
    try:
        server = _Connection(host, port, time.monotonic() + timeout)
        try:
            refused = server.send_message(message, from_addr=parseaddr(str(message["From"]))[1], to_addrs=recipients)
            # The mail is there: what goes wrong with the farewell must not send it again.
            with contextlib.suppress(OSError):
                server.quit()
        finally:
            server.close()
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError) as error:
        raise WmiError(f"{host}:{port} did not take the mail: {error}", status=WBEM_E_FAILED, host=host) from error
    except OSError as error:  # every other error of smtplib is one too
        raise ConnectError(f"no mail can be sent through {host}:{port}: {error}", host=host) from error
    if refused:
        # The others have it: to try again would send it to them twice.
        _log.warning("%s:%d refused %s; the other recipients have the mail", host, port, ", ".join(refused))


def _recipients(held: CimInstance) -> list[str]:
    lines = [address for line in _LINES for address in _addresses(held[line])]
    return list(dict.fromkeys(address for _, address in getaddresses(lines) if address))


def _addresses(line: object) -> list[str]:
    """The addresses of a line, with their names."""
    text = _one_line(str(line or ""))
    return [part.strip() for part in re.split(r"[;,](?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", text) if part.strip()]


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not _HEADER_NAME.fullmatch(name) or name.casefold() in _OWN_HEADERS:
        raise InvalidParameter(
            f"HeaderFields of the consumer holds {line!r}",
            hint="write Name: value; what has a property of its own goes there",
        )
    return name, _one_line(value)


def _one_line(text: str) -> str:
    return " ".join(text.split())
