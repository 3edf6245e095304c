"""``wmix call PATH METHOD [Name=Value ...]``: runs a method and shows its out-parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.classes import CimClass
from wmix.cim.methods import RETURN_VALUE
from wmix.cim.paths import ObjectPath
from wmix.cli.exit_codes import DONE
from wmix.cli.options import CONNECTION, CONTEXT, FORMATS, OUT, Command, Positional, format_option
from wmix.cli.parameters import split_words, typed
from wmix.cli.render.records import Selection
from wmix.cli.single import write_records

if TYPE_CHECKING:
    from wmix.cim.instances import CimInstance
    from wmix.cim.methods import CimMethod
    from wmix.cli.session import Session
    from wmix.client.blocking import Client

__all__ = ["COMMAND", "run"]

COMMAND: Final = Command(
    "call",
    "run a method of an object or a class",
    positionals=[
        Positional("path", "PATH", "the object's path; for a static method the class"),
        Positional("method", "METHOD", "the method's name"),
        Positional("parameters", "NAME=VALUE", "parameters; arrays as a,b or repeated; NAME= is NULL", "*"),
    ],
    options=[format_option(FORMATS, "text"), OUT, CONTEXT, *CONNECTION],
    examples=[
        "wmix call 'Win32_LogicalDisk.DeviceID=\"/\"' Chkdsk FixErrors=FALSE",
        "wmix call Win32_Process Create CommandLine='sleep 60'",
        "wmix call 'Win32_Process.Handle=\"4711\"' Terminate Reason=0",
    ],
)


def run(session: Session) -> int:
    """Run the method."""
    arguments = session.arguments
    given = split_words(arguments.parameters)
    path = ObjectPath.parse(arguments.path)
    with session.client() as client:
        method = _method(client, path, arguments.method, session.deadline()) if given else None
        values = typed(method, given, lambda name: client.cls(name, deadline=session.deadline()))
        result = client.call(
            arguments.path, arguments.method, values, deadline=session.deadline(), context=session.context()
        )
        if result is None:
            return DONE
        _explain_return_value(session, client, path, result)
    return write_records(session, Selection().records([result]), session.format("text"))


def _method(client: Client, path: ObjectPath, name: str, deadline: float | None) -> CimMethod | None:
    """The method as the class of *path* declares it; None when it has none, which the call will tell better."""
    cls = client.get(path.with_(keys=None, singleton=False), deadline=deadline)
    return cls.methods.get(name) if isinstance(cls, CimClass) else None


def _explain_return_value(session: Session, client: Client, path: ObjectPath, result: CimInstance) -> None:
    """Say what a return value other than 0 means, where the method's qualifiers tell."""
    value = result.get_(RETURN_VALUE)
    if not value or isinstance(value, bool) or not isinstance(value, int):
        return
    name = session.arguments.method
    method = _method(client, path, name, session.deadline())
    keys = None if method is None else method.qualifiers.value("ValueMap")
    labels = None if method is None else method.qualifiers.value("Values")
    meaning = ""
    if isinstance(keys, tuple) and isinstance(labels, tuple):
        meaning = next((f": {label}" for key, label in zip(keys, labels, strict=False) if key == str(value)), "")
    session.terminal.note(f"wmix: {name} returned {value}{meaning}")
