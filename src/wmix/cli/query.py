"""``wmix query WQL``: the objects of a query, as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from wmix.cli.options import (
    BATCH,
    CALLED_BACK,
    CONNECTION,
    CONTEXT,
    FORMATS,
    LIMIT,
    MODE,
    OUT,
    SYSTEM,
    TIMEOUT,
    Command,
    Positional,
    UsageError,
    format_option,
)
from wmix.cli.render.records import Selection
from wmix.cli.streaming import Streaming

if TYPE_CHECKING:
    from wmix.cli.session import Session
    from wmix.client.verbs import Mode

__all__ = ["COMMAND", "run"]

COMMAND: Final = Command(
    "query",
    "run a WQL query and write the objects as they come",
    positionals=[Positional("wql", "WQL", "the query, in quotes")],
    options=[
        *(format_option(FORMATS, "table"), SYSTEM, OUT, LIMIT, BATCH, MODE, TIMEOUT, CONTEXT),
        *CALLED_BACK,
        *CONNECTION,
    ],
    examples=[
        'wmix query "SELECT Name, ProcessId FROM Win32_Process"',
        "wmix query --format jsonl 'SELECT * FROM Win32_LogicalDisk WHERE FreeSpace < 1000000000'",
        "wmix query --limit 10 --out services.csv 'SELECT Name, State FROM Win32_Service'",
        "wmix query \"ASSOCIATORS OF {Win32_Process.Handle='1'} WHERE ClassDefsOnly\"",
    ],
)


def run(session: Session) -> int:
    """Write the objects of the query."""
    arguments = session.arguments
    if arguments.callbacks and arguments.mode != "async":
        raise UsageError("--callbacks goes with --mode async: in the other modes a host is asked for the results")
    selection = Selection.of_query(arguments.wql, system=arguments.system)
    with session.client() as client, session.output() as output:
        renderer = session.renderer(session.format("table"), output, columns=selection.names)
        with client.query(
            arguments.wql,
            mode=cast("Mode", arguments.mode),
            batch=arguments.batch,
            deadline=session.deadline(),
            context=session.context(),
            limit=arguments.limit,
        ) as handle:
            return Streaming(
                handle,
                selection,
                renderer,
                output,
                session.terminal,
                batch=arguments.batch or client.settings_.limits.batch_objects,
                limit=arguments.limit,
                timeout=arguments.timeout or client.settings_.timeouts.wait,
            ).run()
