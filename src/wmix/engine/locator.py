r"""Locator: what the text of a ConnectServer call names. Brief 1.4.8, checked against Windows' answers.

``[\\server\]namespace`` with either slash.  The rules are not a grammar but what Windows does: a server without a
namespace is a server that cannot be reached, an empty part is a namespace that does not exist.
"""

from __future__ import annotations

import socket

from wmix.errors import ConnectError, InvalidNamespace, InvalidParameter, error_for
from wmix.record import Record
from wmix.status import E_INVALIDARG, RPC_S_SERVER_UNAVAILABLE

__all__ = ["Resource", "is_this_machine", "machine_name", "parse_locales", "parse_resource"]

_MOST_LOCALE = 0xFFFFF


class Resource(Record):
    r"""A parsed resource: ``server`` is None for this machine; ``namespace`` is spelled ``root\cimv2``."""

    server: str | None
    namespace: str


def machine_name() -> str:
    """The name of this computer, as ``__SERVER`` shows it: without domain, in upper case (brief 4.2.4)."""
    return socket.gethostname().partition(".")[0].upper()


def is_this_machine(server: str) -> bool:
    """Whether *server* names the computer that this runs on."""
    name = server.casefold()
    host = socket.gethostname().casefold()
    return name in ("", ".", "localhost", "127.0.0.1", "::1", host, host.partition(".")[0])


def parse_resource(text: str) -> Resource:
    r"""Split the network resource of a ConnectServer call.

    Raises:
        InvalidNamespace: no namespace, or one with an empty part.
        InvalidParameter: three leading slashes.
        ConnectError: a server without a namespace (RPC server unavailable).
    """
    path = text.replace("/", "\\")
    server: str | None = None
    if path.startswith("\\\\\\"):
        raise InvalidParameter(f"{text!r} has too many leading slashes", operation="ConnectServer")
    if path.startswith("\\\\"):
        server, slash, path = path[2:].partition("\\")
        if server in ("", "."):
            server = None
            if not path:
                raise _no_namespace(text)
        elif not slash:
            raise ConnectError(
                f"{text!r} names a server and no namespace",
                status=RPC_S_SERVER_UNAVAILABLE,
                operation="ConnectServer",
                hint=r"write \\server\root\cimv2",
            )
    if not all(path.split("\\")):
        raise _no_namespace(text)
    return Resource(None if server is None or is_this_machine(server) else server, path)


def _no_namespace(text: str) -> InvalidNamespace:
    return InvalidNamespace(
        f"{text!r} names no namespace", operation="ConnectServer", hint=r"write for example root\cimv2"
    )


def parse_locales(text: str | None) -> tuple[str, ...]:
    """The child namespaces of the locales that are named by number, in order of preference: ``ms_407`` for ``MS_407``.

    Names are separated by commas; those that nobody knows are ignored ([MS-WMI] 3.1.4.1.4, brief 1.4.6).

    Raises:
        WmiError: E_INVALIDARG for ``MS_`` with what is no locale identifier.
    """
    found = []
    for name in (text or "").split(","):
        prefix, number = name.strip()[:3], name.strip()[3:]
        if prefix.upper() == "MS_":
            try:
                identifier = int(number, 16)
            except ValueError:
                identifier = 0
            if not 0 < identifier <= _MOST_LOCALE:
                raise error_for(E_INVALIDARG, f"{name.strip()!r} names no locale", operation="ConnectServer")
            found.append(f"ms_{identifier:x}")
    return tuple(found)
