"""``wmix _complete WORD...``: what can stand in place of the last word. Called by the scripts of ``wmix completion``.

Words are completed from the tables of options; names of classes, methods, parameters and namespaces are asked of the
engine.  Nothing is ever said on standard error: a shell that completes shows it in the middle of a command line.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from wmix.cim.names import fold
from wmix.cim.paths import ObjectPath
from wmix.cli.exit_codes import DONE
from wmix.cli.main import COMMANDS, load
from wmix.cli.options import NAMESPACE, REPOSITORY, Command
from wmix.errors import WmiError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wmix.cim.methods import CimMethod
    from wmix.cli.options import Option
    from wmix.cli.session import Session

__all__ = ["COMMAND", "candidates", "run"]

COMMAND: Final = Command("_complete", "words that can stand at the cursor", raw=True)

_GENERAL: Final = ("--help", "--version")


def run(session: Session) -> int:
    """Write the candidates, one a line."""
    words = session.arguments.words or [""]
    try:
        found = candidates(session, words)
    except WmiError:
        found = []
    last = fold(words[-1])
    session.terminal.output().write("".join([f"{word}\n" for word in found if fold(word).startswith(last)]))
    return DONE


def candidates(session: Session, words: Sequence[str]) -> list[str]:
    """What can stand in place of the last of *words*; words that do not begin like it may be among them."""
    if len(words) == 1:
        return [*COMMANDS, *(_GENERAL if words[0].startswith("-") else ())]
    name, *before = words[:-1]
    last = words[-1]
    if name not in COMMANDS:
        return []
    command = load(name).COMMAND
    session.arguments.namespace = _value_of(command, NAMESPACE, before)
    session.arguments.repository = _value_of(command, REPOSITORY, before)
    option = command.option(before[-1]) if before else None
    if option is not None and option.takes_value:
        return _option_values(session, option)
    if last.startswith("-"):
        return [*[flag for option in command.options for flag in option.flags], "--help"]
    return _positional(session, command, _places(command, before))


def _option_values(session: Session, option: Option) -> list[str]:
    if option.dest == NAMESPACE.dest:
        with session.client("root", exactly=True) as client:
            return ["root", *[f"root/{name}".replace("\\", "/") for name in client.namespaces(recursive=True)]]
    return list(option.choices)


def _value_of(command: Command, wanted: Option, words: Sequence[str]) -> str | None:
    """The value that *wanted* has among *words*."""
    for word, following in pairwise(words):
        option = command.option(word)
        if option is not None and option.dest == wanted.dest:
            return following
    return None


def _places(command: Command, words: Sequence[str]) -> list[str]:
    """The positionals among *words*."""
    places: list[str] = []
    skip = False
    for word in words:
        option = command.option(word)
        if not skip and option is None and not word.startswith("-"):
            places.append(word)
        skip = not skip and option is not None and option.takes_value
    return places


def _positional(session: Session, command: Command, places: list[str]) -> list[str]:
    at = len(places)
    if at < len(command.positionals):
        positional = command.positionals[at]
    elif command.positionals and command.positionals[-1].count in ("*", "+"):
        positional = command.positionals[-1]
    else:
        return []
    match positional.dest:
        case "class_name" | "path" | "pattern":
            with session.client() as client:
                return sorted((cls.name for cls in client.classes().list()), key=fold)
        case "method":
            return [method.name for method in _methods(session, places[0])]
        case "parameters":
            wanted = fold(places[1])
            found = [method for method in _methods(session, places[0]) if fold(method.name) == wanted]
            return [f"{parameter.name}=" for method in found for parameter in method.parameters if parameter.is_in]
        case "values":
            with session.client() as client:
                cls = client.cls(ObjectPath.parse(places[0]).class_name)
            return [f"{prop.name}=" for prop in cls.properties.values()]
        case _:
            return list(positional.choices)


def _methods(session: Session, path: str) -> Iterable[CimMethod]:
    with session.client() as client:
        return client.cls(ObjectPath.parse(path).class_name).methods.values()
