"""``wmix watch WQL``: the events of an event query, as they happen.

The event class comes first in every record unless the select list says otherwise: it tells a creation from a deletion.
An event query has no end of its own: ``--count`` ends it well, ``--timeout`` and ``--deadline`` as a failure, Ctrl-C
as an interruption.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from wmix.cli.options import (
    CALLED_BACK,
    CONNECTION,
    CONTEXT,
    COUNT,
    FORMATS,
    MAX_QUEUE,
    OUT,
    SYSTEM,
    WATCH_TIMEOUT,
    Command,
    Positional,
    format_option,
)
from wmix.cli.render.records import Selection
from wmix.cli.streaming import Streaming

if TYPE_CHECKING:
    from wmix.cli.session import Session

__all__ = ["COMMAND", "run"]

COMMAND: Final = Command(
    "watch",
    "subscribe to events and write them as they happen",
    positionals=[Positional("wql", "WQL", "the event query, in quotes")],
    options=[
        *(format_option(FORMATS, "text"), SYSTEM, OUT, COUNT, MAX_QUEUE, WATCH_TIMEOUT, CONTEXT),
        *CALLED_BACK,
        *CONNECTION,
    ],
    examples=[
        "wmix watch \"SELECT * FROM __InstanceCreationEvent WITHIN 2 WHERE TargetInstance ISA 'Win32_Process'\"",
        "wmix watch --format jsonl 'SELECT * FROM Win32_VolumeChangeEvent'",
        "wmix watch --count 1 --timeout 60 'SELECT * FROM __NamespaceOperationEvent' --namespace root",
    ],
)

_LATE: Final = (
    "give a longer --timeout; events are told from now on only: watch without the condition to see whether any come, "
    "and do what should cause one"
)
"""What to do when no event came in time."""


def run(session: Session) -> int:
    """Write the events of the query."""
    arguments = session.arguments
    selection = Selection.of_query(arguments.wql, system=arguments.system)
    if selection.names is None and not arguments.system:
        selection = Selection(None, leading=("__CLASS",))
    with session.client() as client, session.output() as output:
        renderer = session.renderer(session.format("text"), output, columns=selection.names)
        with client.watch(
            arguments.wql,
            max_queue=arguments.max_queue,
            deadline=session.deadline(),
            context=session.context(),
        ) as handle:
            code = Streaming(
                handle,
                selection,
                renderer,
                output,
                session.terminal,
                limit=arguments.limit,
                timeout=arguments.timeout or math.inf,
                what="event",
                late=_LATE,
                has_end=False,
            ).run()
            if handle.dropped:
                session.terminal.note(
                    f"wmix: {handle.dropped} events were dropped, because they came faster than they were written\n"
                    "hint: give a larger --max-queue, or a query that wants less"
                )
            return code
