"""``wmix delete PATH``: deletes an instance, or a class with everything below it.

Nothing is asked.  What takes more along than its own path says, a class or a namespace, needs ``--yes``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.names import fold
from wmix.cim.paths import ObjectPath
from wmix.cli.exit_codes import DONE
from wmix.cli.options import CONNECTION, CONTEXT, Command, Option, Positional, UsageError

if TYPE_CHECKING:
    from wmix.cli.session import Session

__all__ = ["COMMAND", "run"]

COMMAND: Final = Command(
    "delete",
    "delete an instance, or a class with all below it",
    positionals=[Positional("path", "PATH", "the path of the instance or the class")],
    options=[
        Option("--yes", dest="yes", help="delete a class with its subclasses and instances, or a namespace with all"),
        CONTEXT,
        *CONNECTION,
    ],
    examples=[
        "wmix delete -n root/default 'Shop_Item.Id=\"saw\"'",
        "wmix delete -n root/default --yes Shop_Item",
    ],
)


def run(session: Session) -> int:
    """Delete it."""
    arguments = session.arguments
    path = ObjectPath.parse(arguments.path)
    if not arguments.yes:
        if path.is_class:
            raise UsageError(
                f"{path.class_name} is a class: its subclasses and all their instances go with it\nsay so with --yes"
            )
        if fold(path.class_name) == "__namespace":
            raise UsageError(f"{path} is a namespace: everything in it and below it goes with it\nsay so with --yes")
    with session.client() as client:
        client.delete(path, deadline=session.deadline(), context=session.context())
    return DONE
