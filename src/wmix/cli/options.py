"""Options: every word that a command line may have, in one table.

Two readers stand on this table.  :mod:`wmix.cli.words` reads a well-formed command line in microseconds;
:mod:`wmix.cli.usage` makes an ``argparse`` parser of the same table when there is something to explain: help, a
mistake, an abbreviation (decision 0003).  Shell completion reads the table too.  What only
``serve`` takes is in :mod:`wmix.cli.server_options`.

Depends on nothing that costs time to import.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "AT_A_HOST",
    "BATCH",
    "CALLED_BACK",
    "CONNECTION",
    "CONTEXT",
    "COUNT",
    "DEADLINE",
    "FORMATS",
    "LIMIT",
    "LOCALE",
    "MAX_QUEUE",
    "MODE",
    "NAMESPACE",
    "OUT",
    "REPOSITORY",
    "SYSTEM",
    "TIMEOUT",
    "VALUE_FLAGS",
    "VERBOSE",
    "WATCH_TIMEOUT",
    "Command",
    "Option",
    "Positional",
    "UsageError",
    "file_name",
    "format_option",
    "port_number",
]

FORMATS: Final = ("table", "json", "jsonl", "csv", "text", "mof")
"""Forms in which objects can be written."""


class UsageError(Exception):
    """The words of the command line make no sense; the message says which and what to write."""


class Option:
    """A word that begins with a dash.

    Attributes:
        flags: its spellings; the last one is the long one.
        dest: the attribute of :class:`~wmix.cli.words.Arguments`.
        metavar: what follows it, in capitals; empty for a switch.
        convert: text of the value to the value; raises ValueError with what is wrong.
        choices: the only values that there are.
        counts: whether repeating it adds up.
        repeats: whether its values are gathered in a list.
    """

    __slots__ = ("choices", "convert", "counts", "dest", "flags", "help", "metavar", "repeats")

    def __init__(
        self,
        *flags: str,
        dest: str,
        help: str,  # noqa: A002 - as argparse has it
        metavar: str = "",
        convert: Callable[[str], object] = str,
        choices: Sequence[str] = (),
        counts: bool = False,
        repeats: bool = False,
    ) -> None:
        self.flags = flags
        self.dest = dest
        self.help = help
        self.metavar = metavar
        self.convert = convert
        self.choices = choices
        self.counts = counts
        self.repeats = repeats

    @property
    def takes_value(self) -> bool:
        """Whether a word follows."""
        return bool(self.metavar)

    def __repr__(self) -> str:
        return f"<Option {self.flags[-1]}>"


class Positional:
    """A word that is known by its place; ``count`` is "1", "?" for one or none, "*" for any number, "+" from one on."""

    __slots__ = ("choices", "count", "dest", "help", "metavar")

    def __init__(
        self,
        dest: str,
        metavar: str,
        help: str,  # noqa: A002 - as argparse has it
        count: str = "1",
        choices: Sequence[str] = (),
    ) -> None:
        self.dest = dest
        self.metavar = metavar
        self.help = help
        self.count = count
        self.choices = choices


class Command:
    """What a command takes, and what its help says; ``raw`` hands all words on as they are."""

    __slots__ = ("examples", "name", "options", "positionals", "raw", "summary")

    def __init__(
        self,
        name: str,
        summary: str,
        *,
        positionals: Sequence[Positional] = (),
        options: Sequence[Option] = (),
        examples: Sequence[str] = (),
        raw: bool = False,
    ) -> None:
        self.name = name
        self.summary = summary
        self.positionals = tuple(positionals)
        self.options = tuple(options)
        self.examples = tuple(examples)
        self.raw = raw

    def option(self, flag: str) -> Option | None:
        """The option that is spelled *flag*."""
        for option in self.options:
            if flag in option.flags:
                return option
        return None


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise ValueError(f"a whole number from 1 is needed, not {text!r}")
    return number


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise ValueError(f"a number of seconds above 0 is needed, not {text!r}")
    return number


def _location(text: str) -> str:
    if not text:
        raise ValueError("a path or an address is needed")
    # A shell leaves the ~ of --repository=~/x as it is.
    return text if "://" in text else os.path.expanduser(text)


def file_name(text: str) -> str:
    """The name of a file, its ~ expanded: a shell leaves that of --users=~/x as it is."""
    if not text:
        raise ValueError("the name of a file is needed")
    return os.path.expanduser(text)


_MOST_PORT: Final = 65535


def port_number(text: str) -> int:
    """A TCP port, 0 for one that the system chooses."""
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= number <= _MOST_PORT:
        raise ValueError(f"a port from 0 to {_MOST_PORT} is needed, not {text!r}")
    return number


def _some_port(text: str) -> int:
    number = port_number(text)
    if not number:
        raise ValueError("the port of a host is not 0")
    return number


def _host(text: str) -> str:
    from wmix.errors import InvalidParameter  # what connects is imported for a host anyway
    from wmix.net.client.host import HostAddress

    try:
        HostAddress.parse(text)
    except InvalidParameter as error:
        raise ValueError(f"{error.detail}; {error.hint}") from None
    return text


def _user(text: str) -> str:
    if not text.strip():
        raise ValueError(r"the name of a user is needed, such as 'DOM\user'; nobody is let in anonymously")
    return text


def _authority(text: str) -> str:
    from wmix.errors import InvalidParameter  # few log in by an authority
    from wmix.net.security.authority import parse_authority

    try:
        parse_authority(text)
    except InvalidParameter:
        raise ValueError(f"ntlmdomain:DOMAIN or kerberos:SPN is needed, not {text!r}") from None
    return text


def _context_value(text: str) -> tuple[str, object]:
    from wmix.cli.context_values import context_value  # few calls carry any

    return context_value(text)


NAMESPACE: Final = Option(
    "-n",
    "--namespace",
    dest="namespace",
    metavar="NAME",
    help="namespace to work in; / and \\ are the same (default: root/cimv2)",
)
REPOSITORY: Final = Option(
    "--repository",
    dest="repository",
    metavar="WHERE",
    convert=_location,
    help="where stored classes and instances are: a file, the address of a database, or :memory: "
    "(default: $WMIX_REPOSITORY, else a file of the user's)",
)
LOCALE: Final = Option(
    "--locale",
    dest="locale",
    metavar="LIST",
    help="languages of descriptions, the preferred first, such as MS_407,MS_409 (default: no localised texts)",
)
DEADLINE: Final = Option(
    "--deadline", dest="deadline", metavar="S", convert=_seconds, help="seconds that the whole call may take"
)
VERBOSE: Final = Option(
    "-v", "--verbose", dest="verbose", counts=True, help="write what happens to stderr; twice for more"
)
TIMEOUT: Final = Option(
    "--timeout",
    dest="timeout",
    metavar="S",
    convert=_seconds,
    help="seconds in which at least one row must arrive (default: 60)",
)
MODE: Final = Option(
    "--mode",
    dest="mode",
    metavar="MODE",
    choices=("sync", "semisync", "async"),
    help="how the results are called for: sync, semisync or async (default: semisync)",
)
BATCH: Final = Option(
    "--batch", dest="batch", metavar="N", convert=_count, help="rows asked for at once (default: 100)"
)
LIMIT: Final = Option("--limit", dest="limit", metavar="N", convert=_count, help="stop after N rows")
COUNT: Final = Option("--count", dest="limit", metavar="N", convert=_count, help="stop after N events")
MAX_QUEUE: Final = Option(
    "--max-queue",
    dest="max_queue",
    metavar="N",
    convert=_count,
    help="events that may wait to be written; further ones are dropped, and counted (default: 1000)",
)
WATCH_TIMEOUT: Final = Option(
    "--timeout",
    dest="timeout",
    metavar="S",
    convert=_seconds,
    help="seconds in which at least one event must come (default: no bound)",
)
SYSTEM: Final = Option(
    "--system", dest="system", help="show system properties and keys also when they are not selected"
)
OUT: Final = Option(
    "-o", "--out", dest="out", metavar="FILE", help="write to FILE; its ending chooses the format when none is given"
)

HOST: Final = Option(
    "--host",
    dest="host",
    metavar="H[:PORT]",
    convert=_host,
    help="ask this host instead of this machine; the port is 135 unless it is named",
)
USER: Final = Option(
    "--user",
    dest="user",
    metavar="USER",
    convert=_user,
    help=r"who logs in at the host: 'DOM\user', user@dom or a local user; the password comes from $WMIX_PASSWORD, "
    "--password-file, the keyring or a prompt",
)
AUTH: Final = Option(
    "--auth",
    dest="auth",
    metavar="HOW",
    choices=("ntlm", "kerberos", "negotiate"),
    help="how the user proves who he is: ntlm, kerberos or negotiate (default: ntlm with --user, else kerberos)",
)
PASSWORD_FILE: Final = Option(
    "--password-file",
    dest="password_file",
    metavar="FILE",
    convert=file_name,
    help="a file whose first line is the password, which nobody else may read",
)
IMPERSONATION: Final = Option(
    "--impersonation",
    dest="impersonation",
    metavar="LEVEL",
    choices=("identify", "impersonate", "delegate"),
    help="what the host may do with who you are: identify, impersonate or, with Kerberos, delegate "
    "(default: impersonate)",
)
AUTHORITY: Final = Option(
    "--authority",
    dest="authority",
    metavar="WHO",
    convert=_authority,
    help="who proves the user: ntlmdomain:DOM, or kerberos:SPN with the service of the host",
)
OBJECT_HOST: Final = Option(
    "--object-host",
    dest="object_host",
    metavar="H",
    help="where the objects of the host are reached, when it is not where the host says (NAT)",
)
OBJECT_PORT_OF_HOST: Final = Option(
    "--object-port",
    dest="object_port_of_host",
    metavar="P",
    convert=_some_port,
    help="the port of the objects of the host, when it is not the one that the host says",
)

CALLBACKS: Final = Option(
    "--callbacks",
    dest="callbacks",
    help="let the host call back with the results, instead of asking it for them; it has to reach this machine, and to "
    "prove that it knows the user's password",
)
CALLBACK_PORT: Final = Option(
    "--callback-port",
    dest="callback_port",
    metavar="P",
    convert=_some_port,
    help="where to listen for callbacks (default: a port that the system chooses; Windows looks at 135)",
)
CALLBACK_KEYTAB: Final = Option(
    "--callback-keytab",
    dest="callback_keytab",
    metavar="FILE",
    help="keys of this machine, for a host that proves itself by Kerberos",
)
CALLBACK_PRINCIPAL: Final = Option(
    "--callback-principal",
    dest="callback_principals",
    metavar="NAME",
    repeats=True,
    help="who such a host is, for example SRV1$@EXAMPLE.COM; may be repeated",
)
ENUMERATION: Final = Option(
    "--enumeration",
    dest="enumeration",
    metavar="HOW",
    choices=("auto", "plain", "smart"),
    help="how objects come from the host: plain is sooner for a few, smart cheaper for many "
    "(default: auto, which goes by the query)",
)

CONTEXT: Final = Option(
    "--context",
    dest="context",
    metavar="NAME=VALUE",
    convert=_context_value,
    repeats=True,
    help="a named value that goes to the provider with the call, such as __ProviderArchitecture=32; repeated for an "
    "array, NAME[]=VALUE for one of a single element",
)

AT_A_HOST: Final = (
    HOST,
    USER,
    AUTH,
    PASSWORD_FILE,
    IMPERSONATION,
    AUTHORITY,
    OBJECT_HOST,
    OBJECT_PORT_OF_HOST,
    ENUMERATION,
)
"""What every command takes that can ask a host."""

CALLED_BACK: Final = (CALLBACKS, CALLBACK_PORT, CALLBACK_KEYTAB, CALLBACK_PRINCIPAL)
"""What a command takes whose results a host may call back with."""

CONNECTION: Final = (NAMESPACE, *AT_A_HOST, REPOSITORY, LOCALE, DEADLINE, VERBOSE)
"""What every command takes that asks the engine."""

VALUE_FLAGS: Final = frozenset(
    flag
    for option in (
        *(NAMESPACE, REPOSITORY, LOCALE, DEADLINE, TIMEOUT, MODE, BATCH, LIMIT, COUNT, MAX_QUEUE, OUT, CONTEXT),
        *AT_A_HOST,
        *CALLED_BACK[1:],
    )
    for flag in option.flags
) | {
    *("-f", "--format", "--class-flags", "--instance-flags"),
    *("--listen", "--object-port", "--public-name", "--users", "--keytab", "--grant", "--map"),
    *("--allow-consumer", "--command-user", "--log-directory"),
}
"""Options after which a word follows that is neither an option nor a command; those of one command by their spelling,
because its options are imported with it."""


def format_option(formats: Sequence[str], default: str) -> Option:
    """``--format`` with the formats that a command has; *default* is told to people."""
    listed = ", ".join(formats)
    return Option(
        "-f",
        "--format",
        dest="format",
        metavar="FORMAT",
        choices=formats,
        help=f"{listed} (default: {default})",
    )
