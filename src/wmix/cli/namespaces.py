"""``wmix namespaces``: the namespaces of the machine, from ``root`` or from ``--namespace`` downwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.types import CimType
from wmix.cli.options import NAMESPACE, OUT, REPOSITORY, VERBOSE, Command, format_option
from wmix.cli.render.records import Record, Shape
from wmix.cli.single import write_records, write_text

if TYPE_CHECKING:
    from wmix.cli.session import Session

__all__ = ["COMMAND", "run"]

COMMAND: Final = Command(
    "namespaces",
    "list the namespaces",
    options=[
        format_option(("table", "json", "jsonl", "csv", "text"), "a name a line"),
        OUT,
        NAMESPACE,
        REPOSITORY,
        VERBOSE,
    ],
    examples=["wmix namespaces", "wmix namespaces --format json"],
)

_COLUMNS: Final = ("Name",)


def run(session: Session) -> int:
    """Write the names, those of the namespace itself first."""
    with session.client("root") as client:
        top = client.namespace_
        below = sorted(client.namespaces(recursive=True), key=str.casefold)
    names = [top, *[f"{top}\\{name}" for name in below]]
    style = session.format("")
    if not style:
        return write_text(session, "".join([f"{name}\n" for name in names]))
    shape = Shape(_COLUMNS, [(CimType.STRING, False)])
    return write_records(session, [Record(shape, [name]) for name in names], style, columns=_COLUMNS)
