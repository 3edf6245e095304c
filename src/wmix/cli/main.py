"""The entry point: finds the command, reads its words, runs it, and turns every end into an exit code.

Only the module of the command that is asked for is imported: a command starts in the time that its own work needs.  No
error leaves a traceback; ``-v`` shows where an unexpected one came from.
"""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NoReturn, Protocol, cast

from wmix.cli.exit_codes import DONE, FAILED, INTERRUPTED, USAGE, exit_code
from wmix.cli.interrupts import bound_interrupts
from wmix.cli.options import VALUE_FLAGS, UsageError
from wmix.cli.terminal import Terminal
from wmix.cli.words import read_words
from wmix.errors import WmiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cli.options import Command
    from wmix.cli.session import Connect, Session
    from wmix.cli.words import Arguments

    class CommandModule(Protocol):
        """What the module of a command has."""

        COMMAND: Command

        def run(self, session: Session) -> int: ...


__all__ = ["COMMANDS", "load", "main"]

COMMANDS: Final = (
    "query", "get", "call", "put", "delete", "classes", "describe", "explain", "watch", "namespaces", "mof", "serve",
    "completion"
)  # fmt: skip
"""The commands, in the order in which help lists them; each is a module of this package."""

_HIDDEN: Final = {"_complete": "candidates"}
"""Commands for programs, and their modules."""


def load(name: str) -> CommandModule:
    """The module of the command *name*."""
    module = f"wmix.cli.{_HIDDEN.get(name, name)}"
    __import__(module)
    return cast("CommandModule", sys.modules[module])


def main(argv: Sequence[str] | None = None, *, connect: Connect | None = None) -> int:
    """Run one command.

    Args:
        argv: the words after the program's name.  None means those of this process: it then ends with the command
            and this function does not return.
        connect: makes the client; for programs that bring their own engine.

    Returns:
        The exit code, one of :mod:`wmix.cli.exit_codes`.
    """
    if argv is None:
        bound_interrupts()
        code = _guarded(sys.argv[1:], Terminal(), connect)
        _leave(code)
    return _guarded(list(argv), Terminal(), connect)


def _guarded(words: list[str], terminal: Terminal, connect: Connect | None) -> int:
    """Run *words*; whatever happens becomes an exit code."""
    try:
        return _run(words, terminal, connect)
    except KeyboardInterrupt:
        terminal.note("wmix: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        terminal.give_up_stdout()
        return DONE
    except OSError as error:
        named = f"{error.filename}: " if error.filename is not None else ""
        terminal.note(f"wmix: {named}{error.strerror or error}")
        return FAILED
    except Exception as error:  # noqa: BLE001 - a traceback is no answer to whoever typed a command
        _log_unexpected(error)
        terminal.note(
            f"wmix: internal error: {type(error).__name__}: {error}\n"
            "hint: this is a fault of wmix; run the command with -v and report what it says"
        )
        return FAILED


def _leave(code: int) -> NoReturn:
    """End the process without taking the interpreter down: that costs as much as a query (decision 0003).

    What others have registered for the end of the program is done; nothing of ours is open any more.
    """
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


def _run(words: list[str], terminal: Terminal, connect: Connect | None) -> int:
    name, rest = _split(words)
    if name is None:
        return _general(rest, terminal)
    if name not in COMMANDS and name not in _HIDDEN:
        from wmix.cli.usage import unknown_command  # argparse is loaded for mistakes and help only

        return _misused(unknown_command(name, COMMANDS), terminal)
    module = load(name)
    arguments = read_words(module.COMMAND, rest)
    if arguments is None:
        from wmix.cli.usage import HelpAsked, parse

        try:
            arguments = parse(module.COMMAND, rest)
        except HelpAsked as help_asked:
            terminal.output().write(str(help_asked))
            return DONE
        except UsageError as error:
            return _misused(error, terminal, name)
    return _perform(module, arguments, terminal, connect)


def _perform(module: CommandModule, arguments: Arguments, terminal: Terminal, connect: Connect | None) -> int:
    from wmix.cli.session import Session  # brings the client, which help and completion do without

    if arguments.verbose:
        _log_to(terminal, arguments.verbose)
    session = Session(module.COMMAND, arguments, terminal, connect)
    try:
        return module.run(session)
    except UsageError as error:
        return _misused(error, terminal, module.COMMAND.name)
    except WmiError as error:
        from wmix.cli.streaming import report

        report(terminal, error, session.phase)
        return exit_code(error)


def _split(words: list[str]) -> tuple[str | None, list[str]]:
    """The command, and the words around it: options may stand before it too."""
    leading = 0
    while leading < len(words) and words[leading][:1] == "-":
        leading += 2 if words[leading] in VALUE_FLAGS else 1
    if leading >= len(words):
        return None, words
    return words[leading], words[:leading] + words[leading + 1 :]


def _general(words: list[str], terminal: Terminal) -> int:
    """No command: version, help, or a mistake."""
    if words and words[0] in ("--version", "-V"):
        from wmix.version import __version__

        terminal.output().write(f"wmix {__version__}\n")
        return DONE
    from wmix.cli.usage import general_help

    text = general_help(load(name).COMMAND for name in COMMANDS)
    if words and words[0] in ("--help", "-h"):
        terminal.output().write(text)
        return DONE
    terminal.note(text.rstrip() if not words else f"wmix: a command is missing\n{text.splitlines()[0]}")
    return USAGE


def _misused(error: UsageError, terminal: Terminal, name: str | None = None) -> int:
    help_command = f"wmix {name} --help" if name else "wmix --help"
    lines = [f"wmix: {error}"]
    if name:
        lines.append(f"`{help_command}` tells more")
    terminal.note("\n".join(lines))
    return USAGE


def _log_to(terminal: Terminal, verbosity: int) -> None:
    from wmix.cli.logs import log_to  # logging is asked for rarely

    log_to(terminal, verbosity)


def _log_unexpected(error: Exception) -> None:
    from logging import getLogger

    getLogger("wmix.cli").debug("unexpected", exc_info=error)
