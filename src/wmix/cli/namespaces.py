"""``wmix namespaces``: the namespaces of a machine, from ``root`` or from ``--namespace`` downwards.

A namespace that may not be entered is listed and told of: what lies below it stays unknown, which makes the list a
partial result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.types import CimType
from wmix.cli.exit_codes import DONE, PARTIAL, exit_code
from wmix.cli.options import CONNECTION, OUT, Command, format_option
from wmix.cli.render.records import Record, Shape
from wmix.cli.single import write_records, write_text
from wmix.cli.streaming import report
from wmix.errors import AccessDenied, AuthError, InvalidNamespace, WmiError

if TYPE_CHECKING:
    from wmix.cli.session import Session
    from wmix.client.blocking import Client

__all__ = ["COMMAND", "run"]

COMMAND: Final = Command(
    "namespaces",
    "list the namespaces",
    options=[format_option(("table", "json", "jsonl", "csv", "text"), "a name a line"), OUT, *CONNECTION],
    examples=["wmix namespaces", "wmix namespaces --format json", r"wmix namespaces --host srv1 --user 'DOM\alice'"],
)

_COLUMNS: Final = ("Name",)


def run(session: Session) -> int:
    """Write the names, those of the namespace itself first."""
    found: list[str] = []
    failure: WmiError | None = None
    with session.client("root") as client:
        top = client.namespace_
        try:
            closed = _walk(session, client, "", found)
        except WmiError as error:
            if not found:
                raise
            failure, closed = error, False
    _write(session, [top, *[f"{top}\\{name}" for name in sorted(found, key=str.casefold)]])
    if failure is not None:
        report(session.terminal, failure, session.phase)
    elif not closed:
        return DONE
    session.terminal.note(f"wmix: partial result: {1 + len(found)} namespaces are listed")
    return PARTIAL if failure is None else exit_code(failure, len(found))


def _walk(session: Session, client: Client, above: str, found: list[str]) -> bool:
    """Add what is below *client* to *found*, as names that begin with *above*; whether something stayed closed."""
    closed = False
    for item in client.instances("__NAMESPACE", deadline=session.deadline()).list():
        name = f"{above}{item.Name}"
        found.append(name)
        try:
            child = client.namespace(item.Name, deadline=session.deadline())
        except InvalidNamespace:
            continue  # deleted since it was listed
        except (AccessDenied, AuthError):
            closed = True
            session.terminal.note(
                f"wmix: access to {client.namespace_}\\{item.Name} is denied: what is below it is unknown"
            )
        else:
            closed |= _walk(session, child, f"{name}\\", found)
    return closed


def _write(session: Session, names: list[str]) -> None:
    style = session.format("")
    if not style:
        write_text(session, "".join([f"{name}\n" for name in names]))
        return
    shape = Shape(_COLUMNS, [(CimType.STRING, False)])
    write_records(session, [Record(shape, [name]) for name in names], style, columns=_COLUMNS)
