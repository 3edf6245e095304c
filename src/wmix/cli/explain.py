"""``wmix explain WQL``: how a query would be answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cli.options import CONNECTION, OUT, Command, Positional
from wmix.cli.single import write_text

if TYPE_CHECKING:
    from wmix.cli.session import Session

__all__ = ["COMMAND", "run"]

COMMAND: Final = Command(
    "explain",
    "show how a query would be answered, without running it",
    positionals=[Positional("wql", "WQL", "the query, in quotes")],
    options=[OUT, *CONNECTION],
    examples=['wmix explain "SELECT Name FROM Win32_Process WHERE ProcessId = 1"'],
)


def run(session: Session) -> int:
    """Write the plan."""
    with session.client() as client:
        plan = client.explain(session.arguments.wql)
    return write_text(session, plan.rstrip("\n") + "\n")
