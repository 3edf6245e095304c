"""Usage: help texts, and what is wrong with a command line, by ``argparse`` over the table of options.

Imported only when the fast reader gave up (:mod:`wmix.cli.words`) or when help is asked for.  Nothing is written from
here: help comes back as text, mistakes as :class:`~wmix.cli.options.UsageError`.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final, NoReturn

from wmix.cli.options import AT_A_HOST, CALLED_BACK, UsageError
from wmix.cli.words import Arguments
from wmix.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from wmix.cli.options import Command, Option

__all__ = ["HelpAsked", "general_help", "parse", "parser", "unknown_command"]

PROGRAM: Final = "wmix"

_EXITS: Final = """\
exit codes:
  0    done; also when --limit is reached or the pipe is closed
  1    the operation failed, or its deadline passed before the first row
  2    wrong usage, or wrong syntax of a query or a MOF file
  3    failed or past its deadline after at least one row; the rows are kept
  4    no connection, no login, or access refused
  130  interrupted"""


_MISSING: Final = "the following arguments are required: "


class HelpAsked(Exception):  # not an error: the way out of a parser
    """Help was asked for; the argument is its text."""


class _Parser(argparse.ArgumentParser):
    """A parser that neither writes nor exits."""

    def error(self, message: str) -> NoReturn:
        message = _MISSING + ", ".join(self._missing(message)) if message.startswith(_MISSING) else message
        # A value that is wrong is told with its option: how the others are written does not help.
        usage = "" if message.startswith("argument ") else f"\n{self.format_usage().rstrip()}"
        raise UsageError(f"{message}{usage}")

    def _missing(self, message: str) -> list[str]:
        """What *message* says is required, without what may be left out: the parser takes all places for one."""
        spared = {str(action.metavar) for action in self._actions if action.nargs in ("*", "?")}
        return [name for name in message.removeprefix(_MISSING).split(", ") if name not in spared]

    def print_help(self, file: object = None) -> None:
        del file
        raise HelpAsked(self.format_help())


class _Wide(argparse.RawDescriptionHelpFormatter):
    """Room for the longest option with its value on the line of its help."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30)


def parser(command: Command) -> argparse.ArgumentParser:
    """The parser of *command*, made from its table."""
    epilog = ""
    if command.examples:
        epilog = "examples:\n" + "\n".join(f"  {example}" for example in command.examples)
    made = _Parser(prog=f"{PROGRAM} {command.name}", description=command.summary, epilog=epilog, formatter_class=_Wide)
    for positional in command.positionals:
        made.add_argument(
            positional.dest,
            metavar=positional.metavar,
            help=positional.help,
            nargs=None if positional.count == "1" else positional.count,
            choices=positional.choices or None,
            type=_filled,
        )
    at_a_host = made.add_argument_group("at a host") if set(AT_A_HOST) <= set(command.options) else made
    for option in command.options:
        _add(at_a_host if option in (*AT_A_HOST, *CALLED_BACK) else made, option)
    return made


def _add(made: argparse._ActionsContainer, option: Option) -> None:
    if option.takes_value:
        made.add_argument(
            *option.flags,
            dest=option.dest,
            action="append" if option.repeats else "store",
            metavar=option.metavar,
            choices=option.choices or None,
            type=_converter(option),
            help=option.help,
        )
    else:
        made.add_argument(
            *option.flags, dest=option.dest, action="count" if option.counts else "store_true", help=option.help
        )


def _filled(text: str) -> str:
    if not text:
        # What a shell makes of a variable that is not set.
        raise argparse.ArgumentTypeError("it is empty")
    return text


def _converter(option: Option) -> Callable[[str], object]:
    def convert(text: str) -> object:
        try:
            return option.convert(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert


def parse(command: Command, words: Sequence[str]) -> Arguments:
    """Read *words* with everything that ``argparse`` knows.

    Raises:
        UsageError: they are wrong.
        HelpAsked: they ask for help.
    """
    made = parser(command)
    parsed, surplus = made.parse_known_intermixed_args(words)
    if surplus:
        message = f"unrecognized arguments: {' '.join(surplus)}"
        of_a_host = {flag for option in (*AT_A_HOST, *CALLED_BACK) for flag in option.flags}
        if surplus[0].partition("=")[0] in of_a_host:
            message += f"\n{command.name} works on this machine alone, or not in this way on a host"
        elif surplus[0][:1] != "-" and command.positionals:
            message += f"\n{command.positionals[-1].metavar} is one word: put quotes around it"
        elif (near := nearest(surplus[0], [flag for option in command.options for flag in option.flags])) is not None:
            message += f"\ndid you mean {near}?"
        made.error(message)
    arguments = Arguments()
    for name, value in vars(parsed).items():
        if value is not None:
            setattr(arguments, name, value)
    return arguments


def general_help(commands: Iterable[Command]) -> str:
    """What ``wmix --help`` says."""
    listed = list(commands)
    width = max(len(command.name) for command in listed)
    lines = [
        f"usage: {PROGRAM} [--help] [--version] COMMAND ...",
        "",
        "WMI on any machine: query instances, call methods and look at classes.",
        "",
        "commands:",
        *[f"  {command.name:<{width}}  {command.summary}" for command in listed],
        "",
        f"`{PROGRAM} COMMAND --help` tells what a command takes.",
        "",
        "examples:",
        *[f"  {command.examples[0]}" for command in listed if command.examples],
        "",
        _EXITS,
    ]
    return "\n".join(lines) + "\n"


def unknown_command(word: str, names: Sequence[str]) -> UsageError:
    """What to say of a first word that is no command."""
    near = nearest(word, names)
    hint = f"did you mean {near}?" if near else f"there are: {', '.join(names)}"
    what = "option" if word.startswith("-") else "command"
    return UsageError(f"no such {what}: {word}\n{hint}\n`{PROGRAM} --help` tells more")
