"""Words: the fast way to read a command line that has no mistake.

Loading ``argparse`` takes longer than opening the class image (decision 0003), and most command lines need none of it.
This reader knows the exact spellings of :mod:`wmix.cli.options`, values after a blank or ``=``, positionals in between
and ``--``.  It gives None for everything else; :mod:`wmix.cli.usage` then reads the same words again and has the last
word on what they mean or what is wrong.  A property test holds the two together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cli.options import Command, Option

__all__ = ["Arguments", "read_words"]


class Arguments:
    """The words of one command line, read; a command looks at those that it takes."""

    def __init__(self) -> None:
        self.wql = ""
        self.path = ""
        self.method = ""
        self.parameters: list[str] = []
        self.values: list[str] = []
        self.pattern: str | None = None
        self.class_name = ""
        self.shell = ""
        self.words: list[str] = []
        self.files: list[str] = []
        self.action = ""
        self.namespace: str | None = None
        self.repository: str | None = None
        self.locale: str | None = None
        self.dry_run = False
        self.class_flags: str | None = None
        self.instance_flags: str | None = None
        self.create = False
        self.update = False
        self.yes = False
        self.mode = "semisync"
        self.batch: int | None = None
        self.timeout: float | None = None
        self.deadline: float | None = None
        self.limit: int | None = None
        self.max_queue: int | None = None
        self.format: str | None = None
        self.system = False
        self.out: str | None = None
        self.tree = False
        self.verbose = 0
        self.host: str | None = None
        self.user: str | None = None
        self.auth: str | None = None
        self.password_file: str | None = None
        self.impersonation: str | None = None
        self.authority: str | None = None
        self.enumeration: str | None = None
        self.context: list[tuple[str, object]] = []
        self.object_host: str | None = None
        self.object_port_of_host: int | None = None
        self.callbacks = False
        self.callback_port: int | None = None
        self.callback_keytab: str | None = None
        self.callback_principals: list[str] = []
        self.listen: list[tuple[str, int]] = []
        self.users: str | None = None
        self.keytab: str | None = None
        self.object_port = 0
        self.grants: list[tuple[str, int]] = []
        self.maps: list[tuple[str, str]] = []
        self.public_names: list[str] = []
        self.require_privacy = False
        self.allowed_consumers: list[str] = []
        self.command_user: str | None = None
        self.log_directories: list[str] = []

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if isinstance(other, Arguments) else NotImplemented

    def __repr__(self) -> str:
        default = vars(Arguments())
        shown = [f"{name}={value!r}" for name, value in vars(self).items() if value != default[name]]
        return f"Arguments({', '.join(shown)})"


def read_words(command: Command, words: Sequence[str]) -> Arguments | None:
    """The arguments of *command*; None when the words are not plainly right."""
    arguments = Arguments()
    if command.raw:
        arguments.words = list(words)
        return arguments
    places: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            places += rest
        elif word[:1] != "-" or word == "-":
            places.append(word)
        elif not _take_option(command, arguments, word, rest):
            return None
    return arguments if all(places) and _take_places(command, arguments, places) else None


def _take_option(command: Command, arguments: Arguments, word: str, rest: object) -> bool:
    flag, equals, value = word.partition("=")
    option = command.option(flag)
    if option is None or (equals and not (option.takes_value and flag[:2] == "--")):
        return False
    if not option.takes_value:
        setattr(arguments, option.dest, getattr(arguments, option.dest) + 1 if option.counts else True)
        return True
    if not equals:
        value = next(rest, "-")  # type: ignore[call-overload]  # the iterator of the caller
        if value[:1] == "-":
            return False
    return _set(arguments, option, value)


def _set(arguments: Arguments, option: Option, value: str) -> bool:
    if option.choices and value not in option.choices:
        return False
    try:
        read = option.convert(value)
    except ValueError:
        return False
    if option.repeats:
        read = [*getattr(arguments, option.dest), read]
    setattr(arguments, option.dest, read)
    return True


def _take_places(command: Command, arguments: Arguments, places: list[str]) -> bool:
    left = list(places)
    for positional in command.positionals:
        if positional.count in ("*", "+"):
            if positional.count == "+" and not left:
                return False
            setattr(arguments, positional.dest, left)
            left = []
        elif left:
            value = left.pop(0)
            if positional.choices and value not in positional.choices:
                return False
            setattr(arguments, positional.dest, value)
        elif positional.count == "1":
            return False
    return not left
