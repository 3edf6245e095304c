"""``wmix put PATH [Property=Value ...]``: creates the instance of a path, or changes properties of the one there is.

The path of a class will do when the words name the keys.  What is not named stays as it is, or is the class's default
in a new instance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix.cim.instances import CimInstance
from wmix.cim.names import fold
from wmix.cim.paths import ObjectPath
from wmix.cli.options import CONNECTION, CONTEXT, OUT, Command, Option, Positional, UsageError
from wmix.cli.parameters import properties, split_words
from wmix.cli.single import write_text
from wmix.errors import NotFound

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass
    from wmix.cim.names import NameDict
    from wmix.cli.session import Session
    from wmix.client.blocking import Client

__all__ = ["COMMAND", "run"]

COMMAND: Final = Command(
    "put",
    "create an instance, or change its properties",
    positionals=[
        Positional("path", "PATH", "the object's path; or the class, when its keys are among the properties"),
        Positional("values", "NAME=VALUE", "properties; arrays as a,b or repeated; NAME= is NULL", "*"),
    ],
    options=[
        Option("--create", dest="create", help="fail if the instance exists"),
        Option("--update", dest="update", help="fail if the instance does not exist"),
        OUT,
        CONTEXT,
        *CONNECTION,
    ],
    examples=[
        "wmix put -n root/default 'Shop_Item.Id=\"saw\"' Price=5",
        "wmix put -n root/default --create Shop_Item Id=nail Tags=small,sharp",
        "wmix put -n root '__Namespace.Name=\"shop\"'",
    ],
)


def run(session: Session) -> int:
    """Write the instance, and then its path."""
    arguments = session.arguments
    if arguments.create and arguments.update:
        raise UsageError("--create and --update exclude each other: without either, both are allowed")
    given = split_words(arguments.values, "property")
    path = ObjectPath.parse(arguments.path)
    create = True if arguments.create else False if arguments.update else None
    with session.client() as client:
        instance = _instance(session, client, path, given)
        stored = client.put(instance, create=create, deadline=session.deadline(), context=session.context())
    return write_text(session, f"{stored}\n")


def _instance(session: Session, client: Client, path: ObjectPath, given: NameDict[list[str]]) -> CimInstance:
    """The instance as it is to be: the one there is with *given* changed, or a new one."""

    def find_class(name: str) -> CimClass:
        return client.cls(name, deadline=session.deadline())

    cls: CimClass = client.get(path.with_(keys=None, singleton=False), deadline=session.deadline())
    keys = _keys(cls, path)
    for name in given:
        if any(fold(name) == fold(key) for key in keys):
            raise UsageError(f"{name} is a key of {cls.name}: its value stands in the path already")
    existing = None
    if not session.arguments.create:
        # A class path has no instance, but the keys may stand among the words: they make the path.
        whole = path if path.is_instance else CimInstance.of(cls, properties(cls, given, find_class)).path_
        existing = _existing(session, client, whole) if whole is not None and whole.is_instance else None
    if existing is None:
        return CimInstance.of(cls, {**keys, **properties(cls, given, find_class)})
    changed = existing.clone_()
    for name, value in properties(existing.class_, given, find_class).items():
        changed[name] = value
    return changed


def _keys(cls: CimClass, path: ObjectPath) -> dict[str, object]:
    """The keys that stand in *path*; whether they are those of the class is the engine's to say."""
    only = cls.keys[0] if len(cls.keys) == 1 else ""
    return {name or only: value for name, value in path.keys or ()}


def _existing(session: Session, client: Client, path: ObjectPath) -> CimInstance | None:
    try:
        found: CimInstance = client.get(path, deadline=session.deadline(), context=session.context())
    except NotFound:
        return None
    return found
