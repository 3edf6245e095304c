"""Session: what every command works with: its arguments, the terminal, and the way to a client and to a renderer.

A command opens its client here, so that how to connect, and how errors of connecting are told from errors of calls,
stands in one place.
"""

from __future__ import annotations

import logging
from time import monotonic
from typing import TYPE_CHECKING, Protocol, cast

from wmix.cli.options import AT_A_HOST, UsageError
from wmix.cli.render import Page, make_renderer
from wmix.client.blocking import connect as connect_client
from wmix.config import Callbacks, Settings, Timeouts
from wmix.errors import AccessDenied, AuthError, DeadlineExceeded
from wmix.status import SEC_E_NO_CREDENTIALS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cli.options import Command
    from wmix.cli.render import Renderer
    from wmix.cli.terminal import Output, Terminal
    from wmix.cli.words import Arguments
    from wmix.client.blocking import Client
    from wmix.client.engines import Enumeration
    from wmix.net.security.credentials import Credentials
    from wmix.net.security.impersonation import Impersonation

    class Connect(Protocol):
        """Makes a connected client."""

        def __call__(
            self, *, namespace: str, settings: Settings, repository: str | None, locale: str | None
        ) -> Client: ...


__all__ = ["DEFAULT_NAMESPACE", "Session"]

_log = logging.getLogger("wmix.cli")

DEFAULT_NAMESPACE = "root/cimv2"

_EXIT = 0.25
"""Seconds that open calls get to end.  Ctrl-C has to bring the prompt back within one second, whatever providers do."""

_FORMAT_OF_FILE = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".mof": "mof",
}
"""The format that the ending of ``--out`` asks for."""


class Session:
    """One run of one command."""

    def __init__(
        self, command: Command, arguments: Arguments, terminal: Terminal, connect: Connect | None = None
    ) -> None:
        self.command = command
        self.arguments = arguments
        self.terminal = terminal
        self._connect: Connect = connect or connect_client
        #: The step that is being taken; told with errors that do not know it themselves.
        self.phase = "call"
        self._started = monotonic()

    def deadline(self) -> float | None:
        """Seconds that are left of ``--deadline`` for the next call of this command; None when there is none.

        Raises:
            DeadlineExceeded: nothing is left.
        """
        whole = self.arguments.deadline
        if whole is None:
            return None
        left = whole - (monotonic() - self._started)
        if left <= 0:
            raise DeadlineExceeded(f"the deadline of {whole:g} s has passed", hint="give a longer --deadline")
        return left

    def context(self) -> dict[str, object] | None:
        """The named values of ``--context``; None for none."""
        if not self.arguments.context:
            return None
        from wmix.cli.context_values import context_of

        return context_of(self.arguments.context)

    def client(self, namespace: str = DEFAULT_NAMESPACE, *, exactly: bool = False) -> Client:
        """A client, connected to the namespace that was asked for, or to *namespace*; to be closed by the caller.

        Args:
            exactly: whether *namespace* is meant, whatever was asked for.

        Raises:
            WmiError: there is no such namespace, or it may not be entered.
            DeadlineExceeded: connecting took longer than ``--deadline``.
        """
        left = self.deadline()
        try:
            return self._connected(namespace, left, exactly=exactly)
        except DeadlineExceeded as error:
            whole = self.arguments.deadline
            if whole is None or monotonic() - self._started < whole:
                raise
            raise DeadlineExceeded(
                f"the deadline of {whole:g} s has passed: {error.detail}",
                phase=error.phase,
                host=error.host,
                hint="give a longer --deadline",
            ) from None

    def _connected(self, namespace: str, left: float | None, *, exactly: bool) -> Client:
        timeouts = Timeouts(exit=_EXIT)
        if left is not None and left < timeouts.connect:
            timeouts = timeouts.replace(connect=left)
        settings = Settings(timeouts=timeouts)
        wanted = namespace if exactly else self.arguments.namespace or namespace
        if self.arguments.host is not None:
            client = self._at_a_host(self.arguments.host, wanted, settings)
        else:
            self._check_place()
            self.phase = "connect"
            client = self._connect(
                namespace=wanted,
                settings=settings,
                repository=self.arguments.repository,
                locale=self.arguments.locale,
            )
        self.phase = "call"
        _log.info("connected to %s", client.namespace_)
        return client

    def _at_a_host(self, host: str, namespace: str, settings: Settings) -> Client:
        from wmix.cli.credentials import credentials_of

        arguments = self.arguments
        if arguments.repository is not None:
            raise UsageError("--repository is of this machine, and --host names another")
        auth = credentials_of(arguments)
        callbacks = self._callbacks()
        self.phase = "connect"
        try:
            return self._logged_in(host, namespace, settings, auth, callbacks)
        except (AccessDenied, AuthError) as error:
            if arguments.impersonation == "identify" and error.phase == "login":
                error.hint = "WMI serves nobody who lets it only identify: leave --impersonation out"
            elif arguments.user is None and error.status == SEC_E_NO_CREDENTIALS:
                error.hint = "get a ticket with kinit, or name a user with --user, who logs in by NTLM"
            raise

    def _logged_in(
        self, host: str, namespace: str, settings: Settings, auth: Credentials, callbacks: Callbacks | bool
    ) -> Client:
        arguments = self.arguments
        return connect_client(
            host,
            namespace=namespace,
            settings=settings,
            auth=auth,
            object_host=arguments.object_host,
            object_port=arguments.object_port_of_host,
            locale=arguments.locale,
            callbacks=callbacks,
            impersonation=cast("Impersonation", arguments.impersonation or "impersonate"),
            authority=arguments.authority,
            enumeration=cast("Enumeration", arguments.enumeration or "auto"),
        )

    def _callbacks(self) -> Callbacks | bool:
        """Where a host may call back, and who it may be; False when it may not.

        Raises:
            UsageError: how is said, but not that it may; or half of what Kerberos needs.
        """
        arguments = self.arguments
        port, keytab, principals = arguments.callback_port, arguments.callback_keytab, arguments.callback_principals
        if not arguments.callbacks:
            if port is not None or keytab or principals:
                raise UsageError("--callback-port, --callback-keytab and --callback-principal need --callbacks")
            return False
        try:
            return Callbacks(port or 0, keytab, tuple(principals))
        except ValueError:
            raise UsageError("--callback-keytab and --callback-principal go together") from None

    def _check_place(self) -> None:
        """See that nothing of a host was given for this machine.

        Raises:
            UsageError: something was.
        """
        arguments = self.arguments
        given = [option.flags[-1] for option in AT_A_HOST if getattr(arguments, option.dest) is not None]
        if given:
            raise UsageError(f"{' and '.join(given)} need{'s' if len(given) == 1 else ''} --host")
        if self._callbacks() is not False:
            raise UsageError("--callbacks needs --host: this machine is not asked over the network")

    def output(self) -> Output:
        """Where the results go."""
        return self.terminal.output(self.arguments.out)

    def format(self, default: str) -> str:
        """The format that was asked for, by name or by the ending of the file, or *default*.

        Raises:
            UsageError: the ending asks for a format that this command does not have.
        """
        if self.arguments.format is not None:
            return self.arguments.format
        path = self.arguments.out or ""
        ending = path[path.rfind(".") :].lower() if "." in path else ""
        wanted = _FORMAT_OF_FILE.get(ending)
        if wanted is None:
            return default
        option = self.command.option("--format")
        if option is not None and wanted not in option.choices:
            raise UsageError(f"{self.command.name} has no format {wanted}\ngive one with --format")
        return wanted

    def renderer(self, name: str, output: Output, *, columns: Sequence[str] | None = None) -> Renderer:
        """The renderer of the format *name* for *output*."""
        shown = self.terminal.shows_results and not output.is_file
        page = Page(
            width=self.terminal.width if shown else None,
            colour=shown and self.terminal.has_colour,
            rules=shown,
            encodes_all=output.encodes_all,
        )
        return make_renderer(name, page, columns=columns)
