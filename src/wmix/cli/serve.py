"""``wmix serve``: this machine for the WMI clients that exist, until it is told to stop.

The permanent subscriptions of the repository are in force while it runs.  SIGTERM and Ctrl-C stop it: no new call is
taken, those under way get five seconds.  SIGHUP reads the file of users again; what is open stays open.  The audit goes
to standard error, a line for every login and every call.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import TYPE_CHECKING, Final

from wmix.cli.exit_codes import DONE, INTERRUPTED
from wmix.cli.options import (
    ALLOW_CONSUMER,
    COMMAND_USER,
    GRANT,
    KEYTAB,
    LISTEN,
    LOG_DIRECTORY,
    MAP,
    OBJECT_PORT,
    PUBLIC_NAME,
    REPOSITORY,
    REQUIRE_PRIVACY,
    USERS,
    VERBOSE,
    Command,
    UsageError,
)
from wmix.errors import InvalidParameter

if TYPE_CHECKING:
    from wmix.cli.options import Arguments
    from wmix.cli.session import Session
    from wmix.config import Settings
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


def run(session: Session) -> int:
    """Serve until a signal comes."""
    if session.arguments.users is None and session.arguments.keytab is None:
        raise UsageError(
            "--users is missing: a file of domain:user:password lines says who may log in; or --keytab, for Kerberos"
        )
    return asyncio.run(_serve(session))


async def _serve(session: Session) -> int:
    from wmix.engine.assembly import local_engine
    from wmix.engine.subscriptions import start_subscriptions
    from wmix.server.audit import audit_call

    arguments = session.arguments
    _show_audit(session)
    session.phase = "listen"
    engine = local_engine(repository=arguments.repository, settings=_settings(arguments), audit=audit_call)
    try:
        await start_subscriptions(engine)
        server = _server(engine, arguments)
        stopped: asyncio.Future[int] = engine.loop.create_future()
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


def _server(engine: object, arguments: Arguments) -> WmiServer:
    from wmix.engine.engine import Engine
    from wmix.server.grants import Grants
    from wmix.server.identities import Identities
    from wmix.server.users import Users, read_users
    from wmix.server.wmi_server import WmiServer

    assert isinstance(engine, Engine)
    return WmiServer(
        engine,
        read_users(arguments.users) if arguments.users else Users(),
        grants=Grants(arguments.grants),
        require_privacy=arguments.require_privacy,
        names=arguments.public_names,
        keytab=arguments.keytab,
        identities=Identities(arguments.maps),
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


def _reload(server: WmiServer, arguments: Arguments) -> None:
    """Read the users again; a file that is wrong changes nothing."""
    from wmix.server.users import read_users

    if not arguments.users:
        return
    try:
        server.reload(read_users(arguments.users))
    except (InvalidParameter, OSError) as error:
        _log.error("the users stay as they were: %s", error)
    else:
        _log.info("the users were read again: there are %d", len(server.users))


def _show_audit(session: Session) -> None:
    """Let the records of the audit be seen, also without ``-v``."""
    from wmix.cli.logs import TerminalHandler

    audit = logging.getLogger("wmix.audit")
    if not session.arguments.verbose:
        for handler in [old for old in audit.handlers if isinstance(old, TerminalHandler)]:
            audit.removeHandler(handler)
        handler = TerminalHandler(session.terminal)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        audit.addHandler(handler)
    audit.setLevel(logging.INFO)
