"""The options of ``wmix serve``, which no other command needs.

Depends on :mod:`wmix.cli.options` alone; what reads grants and maps is imported when there is one.
"""

from __future__ import annotations

from typing import Final

from wmix.cli.options import Option, file_name, port_number

__all__ = [
    "ALLOW_CONSUMER",
    "COMMAND_USER",
    "GRANT",
    "KEYTAB",
    "LISTEN",
    "LOG_DIRECTORY",
    "MAP",
    "OBJECT_PORT",
    "PUBLIC_NAME",
    "REQUIRE_PRIVACY",
    "USERS",
]


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    bare = host[1:-1] if host[:1] == "[" and host[-1:] == "]" else host
    if not colon or not bare or (":" in bare and bare == host):
        raise ValueError(f"HOST:PORT is needed, such as 127.0.0.1:135 or [::1]:135, not {text!r}")
    return bare, port_number(port)


def _map(text: str) -> tuple[str, str]:
    from wmix.errors import InvalidParameter  # only a server has maps
    from wmix.server.identities import parse_map

    try:
        return parse_map(text)
    except InvalidParameter as error:
        raise ValueError(f"{error.detail}; {error.hint}") from None


def _grant(text: str) -> tuple[str, int]:
    from wmix.errors import InvalidParameter  # only a server has grants
    from wmix.server.grants import parse_grant

    try:
        return parse_grant(text)
    except InvalidParameter as error:
        raise ValueError(f"{error.detail}; {error.hint}") from None


LISTEN: Final = Option(
    "--listen",
    dest="listen",
    metavar="HOST:PORT",
    convert=_address,
    repeats=True,
    help="where clients begin; port 0 lets the system choose; may be repeated (default: 127.0.0.1:135)",
)
OBJECT_PORT: Final = Option(
    "--object-port",
    dest="object_port",
    metavar="P",
    convert=port_number,
    help="port of the objects, which clients are told (default: one that the system chooses)",
)
PUBLIC_NAME: Final = Option(
    "--public-name",
    dest="public_names",
    metavar="NAME",
    repeats=True,
    help="a further name or address by which clients know this server, such as that of a port forwarding",
)
USERS: Final = Option(
    "--users",
    dest="users",
    metavar="FILE",
    convert=file_name,
    help="who may log in: lines of domain:user:password in a file that nobody else may read",
)
KEYTAB: Final = Option(
    "--keytab",
    dest="keytab",
    metavar="FILE",
    convert=file_name,
    help="keys of this server's names, for Kerberos; principals whom a --grant names may log in",
)
GRANT: Final = Option(
    "--grant",
    dest="grants",
    metavar="USER=RIGHTS",
    convert=_grant,
    repeats=True,
    help=r"what a user may do beyond reading: 'DOM\user=execute,write,provider-write,subscribe', "
    "or all; may be repeated",
)
MAP: Final = Option(
    "--map",
    dest="maps",
    metavar="USER=ACCOUNT",
    convert=_map,
    repeats=True,
    help=r"the account of this machine that a user's methods run as: 'DOM\user=name'; a server that runs as root "
    "refuses methods of users who are not mapped; may be repeated",
)
REQUIRE_PRIVACY: Final = Option(
    "--require-privacy",
    dest="require_privacy",
    help="refuse calls that are signed and not encrypted (some clients cannot do both NTLM and this)",
)
ALLOW_CONSUMER: Final = Option(
    "--allow-consumer",
    dest="allowed_consumers",
    metavar="CLASS|PATH",
    repeats=True,
    help="event consumers that may run programs: CommandLineEventConsumer, or the path of one; none by default",
)
COMMAND_USER: Final = Option(
    "--command-user",
    dest="command_user",
    metavar="NAME",
    help="the account that programs of event consumers run as; without it never as root",
)
LOG_DIRECTORY: Final = Option(
    "--log-directory",
    dest="log_directories",
    metavar="DIRECTORY",
    repeats=True,
    help="where LogFileEventConsumers may write; by default those of administrators everywhere, others nowhere",
)
