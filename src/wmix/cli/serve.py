"""``wmix serve``: this machine for the WMI clients that exist, until it is told to stop.

The permanent subscriptions of the repository are in force while it runs.  SIGTERM and Ctrl-C stop it: no new call is
taken, those under way get five seconds.  SIGHUP reads the file of users again; what is open stays open.  The audit goes
to standard error, a line for every login and every call.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
from typing import TYPE_CHECKING, Final

from wmix.cli.exit_codes import DONE, INTERRUPTED
from wmix.cli.options import REPOSITORY, VERBOSE, Command, UsageError
from wmix.cli.server_options import (
    ALLOW_CONSUMER,
    COMMAND_USER,
    GRANT,
    KEYTAB,
    LISTEN,
    LOG_DIRECTORY,
    MAP,
    OBJECT_PORT,
    PUBLIC_NAME,
    REQUIRE_PRIVACY,
    USERS,
)
from wmix.errors import InvalidParameter

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wmix.cli.session import Session
    from wmix.cli.words import Arguments
    from wmix.config import Settings
    from wmix.engine.engine import Engine
    from wmix.server.identities import Identities
    from wmix.server.users import Users
    from wmix.server.wmi_server import WmiServer

__all__ = ["COMMAND", "run"]

_log = logging.getLogger("wmix.cli")

COMMAND: Final = Command(
    "serve",
    "serve this machine to WMI clients over DCOM",
    options=[
        *(LISTEN, OBJECT_PORT, PUBLIC_NAME, USERS, KEYTAB, GRANT, MAP, REQUIRE_PRIVACY),
        *(ALLOW_CONSUMER, COMMAND_USER, LOG_DIRECTORY, REPOSITORY, VERBOSE),
    ],
    examples=[
        "wmix serve --listen 127.0.0.1:1135 --users users.txt",
        "wmix serve --keytab /etc/wmix.keytab --grant alice@EXAMPLE.COM=read",
        r"wmix serve --listen 0.0.0.0:135 --users users.txt --grant 'DOM\alice=execute'",
    ],
)

_DEFAULT_LISTEN: Final = ("127.0.0.1", 135)
_GRACE: Final = 5.0
"""Seconds that calls under way get when the server stops."""
_SHOWN: Final = {"wmix.audit": logging.INFO, "wmix.cli": logging.ERROR, "wmix.net": logging.ERROR}
"""Loggers whose records are shown without ``-v``, from which level on."""
_NOTHING_LEFT: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""What the system answers when it has no more descriptors, or no memory for one."""


def run(session: Session) -> int:
    """Serve until a signal comes."""
    if session.arguments.users is None and session.arguments.keytab is None:
        raise UsageError(
            "--users is missing: a file of domain:user:password lines says who may log in; or --keytab, for Kerberos"
        )
    return asyncio.run(_serve(session))


async def _serve(session: Session) -> int:
    from wmix.cli.open_files import raise_open_files
    from wmix.cli.postponed import run_postponed
    from wmix.cli.server_users import voided
    from wmix.config import Limits
    from wmix.engine.assembly import local_engine
    from wmix.engine.subscriptions import start_subscriptions
    from wmix.net.server.admission import descriptors_for
    from wmix.net.server.limits import ServerLimits
    from wmix.server.audit import audit_call
    from wmix.server.identities import Identities

    arguments = session.arguments
    run_postponed()
    # What one user may have begun to read has open files too: they must not be those of all connections.
    raise_open_files(descriptors_for(ServerLimits().connections) + Limits().requests_per_user)
    _show_audit(session)
    session.phase = "start"
    users = _users(session)
    identities = Identities(arguments.maps)
    for refused in voided(arguments, identities):
        session.terminal.note(refused)
    engine = local_engine(repository=arguments.repository, settings=_settings(arguments), audit=audit_call)
    try:
        await start_subscriptions(engine)
        server = _server(engine, arguments, users, identities)
        session.phase = "listen"
        stopped: asyncio.Future[int] = engine.loop.create_future()
        engine.loop.set_exception_handler(_reporter())
        _listen_to_signals(engine.loop, stopped, server, arguments)
        try:
            output = session.terminal.output()
            for host, port in arguments.listen or [_DEFAULT_LISTEN]:
                address, found = await server.listen(host, port, arguments.object_port)
                shown = f"[{address}]" if ":" in address else address
                output.write(f"listening on {shown}:{found}\n")
            return await stopped
        finally:
            await server.close(_GRACE)
    finally:
        await engine.close()


def _settings(arguments: Arguments) -> Settings:
    """The settings of the engine: what permanent subscriptions may do."""
    from wmix.config import Settings, Subscriptions

    return Settings(
        subscriptions=Subscriptions(
            allowed_consumers=tuple(arguments.allowed_consumers),
            command_user=arguments.command_user,
            log_directories=tuple(arguments.log_directories) or None,
        )
    )


def _users(session: Session) -> Users:
    """Who may log in by a password; what of the options cannot do what was meant is told.

    Raises:
        InvalidParameter: the file of users or the keytab cannot be used, or the account of programs is none.
    """
    from wmix.cli.server_users import check_command_user, check_keytab, doubts, users_in
    from wmix.server.users import Users

    arguments = session.arguments
    users = users_in(arguments.users) if arguments.users else Users()
    if arguments.keytab is not None:
        check_keytab(arguments.keytab)
    if arguments.command_user is not None:
        check_command_user(arguments.command_user)
    for doubt in doubts(arguments, users):
        session.terminal.note(doubt)
    return users


def _server(engine: Engine, arguments: Arguments, users: Users, identities: Identities) -> WmiServer:
    from wmix.server.grants import Grants
    from wmix.server.wmi_server import WmiServer

    return WmiServer(
        engine,
        users,
        grants=Grants(arguments.grants),
        require_privacy=arguments.require_privacy,
        names=arguments.public_names,
        keytab=arguments.keytab,
        identities=identities,
    )


def _listen_to_signals(
    loop: asyncio.AbstractEventLoop, stopped: asyncio.Future[int], server: WmiServer, arguments: Arguments
) -> None:
    def stop(code: int) -> None:
        if not stopped.done():
            stopped.set_result(code)

    loop.add_signal_handler(signal.SIGTERM, stop, DONE)
    loop.add_signal_handler(signal.SIGINT, stop, INTERRUPTED)
    loop.add_signal_handler(signal.SIGHUP, _reload, server, arguments)


def _reporter() -> Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]:
    """What tells of faults on the loop: as usual, but once a second that there is nothing left for connections.

    The loop tells of that for every one that waits, with a traceback each, and tries again after a second.
    """
    silent_until = 0.0

    def report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal silent_until
        error = context.get("exception")
        if not isinstance(error, OSError) or error.errno not in _NOTHING_LEFT:
            loop.default_exception_handler(context)
        elif loop.time() >= silent_until:
            silent_until = loop.time() + 1.0
            _log.error("no connection can be accepted: %s; let the server open more files", error.strerror)

    return report


def _reload(server: WmiServer, arguments: Arguments) -> None:
    """Read the users again; a file that is wrong changes nothing."""
    from wmix.cli.server_users import users_in

    if not arguments.users:
        return
    try:
        server.reload(users_in(arguments.users))
    except InvalidParameter as error:
        _log.error("the users stay as they were: %s", error)
    else:
        _log.info("the users were read again: there are %d", len(server.users))


def _show_audit(session: Session) -> None:
    """Let the records of the audit be seen, also without ``-v``, and the errors of the server itself."""
    from wmix.cli.logs import TerminalHandler

    form = logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    for name, level in _SHOWN.items():
        logger = logging.getLogger(name)
        for handler in [old for old in logger.handlers if isinstance(old, TerminalHandler)]:
            logger.removeHandler(handler)
        if not session.arguments.verbose:
            handler = TerminalHandler(session.terminal)
            handler.setLevel(level)
            handler.setFormatter(form)
            logger.addHandler(handler)
    logging.getLogger("wmix.audit").setLevel(logging.INFO)
