"""``wmix get PATH``: one object by its path; for a class path its definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.classes import CimClass
from wmix.cli.describe import CLASS_FORMATS, write_class
from wmix.cli.options import CONNECTION, CONTEXT, FORMATS, OUT, SYSTEM, Command, Positional, UsageError, format_option
from wmix.cli.render.records import Selection
from wmix.cli.single import write_records

if TYPE_CHECKING:
    from wmix.cli.session import Session

__all__ = ["COMMAND", "run"]

COMMAND: Final = Command(
    "get",
    "show one object by its path",
    positionals=[Positional("path", "PATH", "the object's path, in quotes")],
    options=[format_option(FORMATS, "text"), SYSTEM, OUT, CONTEXT, *CONNECTION],
    examples=[
        "wmix get 'Win32_LogicalDisk.DeviceID=\"/\"'",
        "wmix get --format json 'Win32_OperatingSystem=@'",
        "wmix get --format mof Win32_LogicalDisk",
    ],
)


def run(session: Session) -> int:
    """Write the object."""
    arguments = session.arguments
    with session.client() as client:
        found = client.get(arguments.path, deadline=session.deadline(), context=session.context())
    style = session.format("text")
    if not isinstance(found, CimClass):
        return write_records(session, Selection(system=arguments.system).records([found]), style)
    if style not in CLASS_FORMATS:
        raise UsageError(f"{found.name} is a class; its definition has no format {style}")
    return write_class(session, found, style)
