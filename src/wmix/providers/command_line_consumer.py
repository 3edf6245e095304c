"""CommandLineEventConsumer: a process for each event, where the configuration allows it. Brief 7.4.6.

Off by default: ``Subscriptions.allowed_consumers`` names the class, or the instances, that may run
(:mod:`wmix.providers.allowed_consumers`).  The process runs as ``command_user``; without one as the engine's own
account, unless that is root.  There is no shell.  ``CommandLineTemplate`` is split first and filled in afterwards, so
that what an event brings stays one argument, and it never names the program: that is ``ExecutablePath``, or else the
first word of the template.  What stands between double quotes belongs to one word and is not filled in.

The delivery is done when the process has started; ``KillTimeout`` seconds later (0 for never) its session is killed.
It sees an environment of its own, ``/`` or ``WorkingDirectory``, and /dev/null as its three standard files.
``Priority`` is a priority class of Windows; windows, consoles and desktops mean nothing here.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import threading
from typing import TYPE_CHECKING, Any, Final

from wmix.errors import AccessDenied, InvalidParameter, NotFound, QuotaExceeded, WmiError
from wmix.providers.allowed_consumers import check_allowed
from wmix.providers.consumers import SUBSCRIPTION, consumer
from wmix.providers.priority_class import NICE_BY_CLASS, change_priority
from wmix.providers.string_templates import parse_template, resolve
from wmix.status import WBEM_E_FAILED

if TYPE_CHECKING:
    from wmix.cim.instances import CimInstance
    from wmix.config import Settings
    from wmix.providers.consumers import ConsumerDefinition, Delivery

__all__ = ["Commands", "command_words", "consumers", "make_command_line_consumer"]

_log = logging.getLogger("wmix.providers.command_line_consumer")

_ENVIRONMENT: Final = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}


def consumers(settings: Settings) -> list[ConsumerDefinition]:
    """The consumer of CommandLineEventConsumer."""
    return [make_command_line_consumer(Commands(settings.limits.consumer_commands))]


def make_command_line_consumer(commands: Commands) -> ConsumerDefinition:
    """The consumer whose processes *commands* starts and counts."""

    @consumer("CommandLineEventConsumer", namespace=SUBSCRIPTION, name="CommandLineEventConsumer")
    def run(delivery: Delivery) -> None:
        """Start one process."""
        held = delivery.consumer
        check_allowed(held, delivery.settings)
        words = command_words(held["CommandLineTemplate"], delivery.event)
        program = held["ExecutablePath"] or (words[0] if words else None)
        if program is None:
            raise InvalidParameter("the consumer names no program", hint="set ExecutablePath or CommandLineTemplate")
        commands.start(
            str(program),
            words or [str(program)],
            directory=str(held["WorkingDirectory"] or "/"),
            user=delivery.settings.subscriptions.command_user,
            kill_after=held["KillTimeout"] or None,
            priority_class=held["Priority"],
        )

    @run.check
    def check(held: CimInstance, settings: Settings) -> None:  # noqa: ARG001  storing needs no permission
        """Refuse what names no program, or lets the event name it."""
        if held["ExecutablePath"]:
            return
        first = next((part for part in parse_template(held["CommandLineTemplate"] or "") if part.text.strip()), None)
        if first is None:
            raise InvalidParameter("the consumer names no program", hint="set ExecutablePath or CommandLineTemplate")
        if _first_word_is_open(held["CommandLineTemplate"]):
            raise InvalidParameter(
                "the first word of CommandLineTemplate depends on the event", hint="name the program in ExecutablePath"
            )

    return run


def command_words(template: str | None, event: CimInstance) -> list[str]:
    """The words of *template*, each filled in after the split: a value never becomes two of them.

    Raises:
        InvalidParameter: the first word, which may name the program, depends on the event.
    """
    if _first_word_is_open(template):
        raise InvalidParameter(
            "the first word of CommandLineTemplate depends on the event", hint="name the program in ExecutablePath"
        )
    return ["".join(resolve(event, part) for part in word) for word in _split(template)]


def _split(template: str | None) -> list[list[Any]]:
    """The pieces of each word; only fixed text outside of quotes holds blanks that separate."""
    words: list[list[Any]] = []
    is_open = False
    for part in parse_template(template or ""):
        if part.names or part.is_quoted:
            if not is_open:
                words.append([])
            words[-1].append(part)
            is_open = True
            continue
        pieces = part.text.split()
        for at, piece in enumerate(pieces):
            if at or not is_open or part.text[:1].isspace():
                words.append([])
            words[-1].append(part.replace(text=piece))
        is_open = not part.text[-1:].isspace() and (is_open or bool(pieces))
    return words


def _first_word_is_open(template: str | None) -> bool:
    words = _split(template)
    return bool(words) and any(part.names for part in words[0])


class Commands:
    """Starts processes and sees them to their ends, at most *limit* at the same time."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._running: set[int] = set()
        self._ended = threading.Condition(self._lock)

    @property
    def running(self) -> int:
        """Processes that have not ended."""
        return len(self._running)

    def wait(self, timeout: float) -> bool:
        """Wait until all have ended, at most *timeout* seconds; whether that is so."""
        with self._lock:
            return self._ended.wait_for(lambda: not self._running, timeout)

    def start(
        self,
        program: str,
        words: list[str],
        *,
        directory: str,
        user: str | None,
        kill_after: float | None,
        priority_class: int | None,
    ) -> int:
        """Start *program* with *words* (its own name first); its number.

        Raises:
            WmiError: ACCESS_DENIED for root without an account to run as, or for want of permission; NOT_FOUND when
                there is no such program; QUOTA_VIOLATION when too many run.
        """
        if user is None and os.geteuid() == 0:
            raise AccessDenied(f"{program} is not run as root", hint="name an account in Subscriptions.command_user")
        with self._lock:
            if len(self._running) >= self._limit:
                raise QuotaExceeded(f"{self._limit} processes of consumers run already", hint="raise consumer_commands")
            process = _spawn(program, words, directory, user)
            self._running.add(process.pid)
        if priority_class in NICE_BY_CLASS:
            with contextlib.suppress(OSError):  # more priority than is allowed: it runs with the usual one
                change_priority(process.pid, priority_class)
        name = f"wmix-command-{process.pid}"
        threading.Thread(target=self._see_off, args=(process, kill_after), name=name, daemon=True).start()
        return process.pid

    def _see_off(self, process: subprocess.Popen[bytes], kill_after: float | None) -> None:
        try:
            try:
                process.wait(kill_after)
            except subprocess.TimeoutExpired:
                # Nobody else collects this child, so that its number is still its own; it leads its session.
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            if process.returncode:
                _log.info("process %d of a consumer ended with %d", process.pid, process.returncode)
        finally:
            with self._lock:
                self._running.discard(process.pid)
                self._ended.notify_all()


def _spawn(program: str, words: list[str], directory: str, user: str | None) -> subprocess.Popen[bytes]:
    account: dict[str, Any] = {}
    if user is not None:
        account = _account(user)
    try:
        return subprocess.Popen(  # noqa: S603  the configuration allows it; a program with its arguments, no shell
            words,
            executable=_find(program),
            cwd=directory,
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            **account,
        )
    except PermissionError as error:
        raise AccessDenied(f"{program} cannot be started: {error.strerror}") from error
    except FileNotFoundError as error:
        raise NotFound(f"{error.filename or program}: {error.strerror}") from error
    except ValueError as error:  # a NUL in a word
        raise InvalidParameter(f"{program} cannot be started: {error}") from error
    except (OSError, subprocess.SubprocessError) as error:
        raise WmiError(f"{program} cannot be started: {error}", status=WBEM_E_FAILED) from error


def _find(program: str) -> str:
    """The file of the program; looked for in the environment's PATH when it is a plain name."""
    if os.sep in program:
        return program
    import shutil

    found = shutil.which(program, path=_ENVIRONMENT["PATH"])
    if found is None:
        raise NotFound(f"there is no program {program} in {_ENVIRONMENT['PATH']}", hint="give its whole path")
    return found


def _account(user: str) -> dict[str, Any]:
    """How Popen is told to run as *user*, with that account's groups and none of ours."""
    import pwd

    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise NotFound(f"there is no account {user}", hint="correct Subscriptions.command_user") from None
    if entry.pw_uid == os.geteuid():
        return {}
    return {
        "user": entry.pw_uid,
        "group": entry.pw_gid,
        "extra_groups": os.getgrouplist(user, entry.pw_gid),
    }
