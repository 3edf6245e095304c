r"""Locator: what the text of a ConnectServer call names. Brief 1.4.8, checked against Windows' answers.

``[\\server\]namespace`` with either slash.  The rules are not a grammar but what Windows does: a server without a
namespace is a server that cannot be reached, an empty part is a namespace that does not exist.
"""

from __future__ import annotations

import socket

from wmix.errors import ConnectError, InvalidNamespace, InvalidParameter
from wmix.record import Record
from wmix.status import RPC_S_SERVER_UNAVAILABLE

__all__ = ["Resource", "is_this_machine", "machine_name", "parse_resource"]


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
