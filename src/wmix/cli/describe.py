"""``wmix describe CLASS``: what a class is: its properties with types, keys, units and value maps, and its methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cli.options import CONNECTION, OUT, Command, Positional, format_option
from wmix.cli.single import write_text

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass
    from wmix.cli.session import Session

__all__ = ["CLASS_FORMATS", "COMMAND", "run", "write_class"]

CLASS_FORMATS: Final = ("text", "mof", "json")

COMMAND: Final = Command(
    "describe",
    "describe a class: properties, keys, units, values, methods",
    positionals=[Positional("class_name", "CLASS", "the name of the class")],
    options=[format_option(CLASS_FORMATS, "text"), OUT, *CONNECTION],
    examples=["wmix describe Win32_LogicalDisk", "wmix describe --format mof Win32_Process"],
)


def run(session: Session) -> int:
    """Write the description."""
    with session.client() as client:
        found = client.cls(session.arguments.class_name, deadline=session.deadline())
    return write_class(session, found, session.format("text"))


def write_class(session: Session, cls: CimClass, style: str) -> int:
    """Write a definition in one of ``CLASS_FORMATS``; the exit code."""
    if style == "mof":
        from wmix.mof.printer import class_text  # only the format that is asked for is loaded

        return write_text(session, class_text(cls) + "\n")
    from wmix.cli.render.definition import as_json, as_text

    return write_text(session, as_json(cls) if style == "json" else as_text(cls))
