"""Win32_Process.Create: a command line becomes a process. wmi-semantics 8.2, linux-mapping 6.2.

The command line is split without a shell; the program is looked up in PATH as execvp(3) does.  The process runs as
the account of this one, in a session of its own, with /dev/null as its three standard files.  Errors of execve become
the method's return codes.  Its exit status is collected by a :class:`~wmix.providers.reaper.Reaper`.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Mapping
from enum import IntEnum
from typing import TYPE_CHECKING, Final, Protocol

from wmix.providers.command_line import split_arguments
from wmix.providers.priority_class import NICE_BY_CLASS, REALTIME_CLASS, change_priority

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.providers.reaper import Reaper

__all__ = ["CREATE_SUSPENDED", "ProcessResult", "Startup", "create_process", "result_of"]

#: Win32_ProcessStartup.CreateFlags: the process stands still until it gets SIGCONT.
CREATE_SUSPENDED: Final = 0x4


class ProcessResult(IntEnum):
    """Return values of the methods of Win32_Process."""

    SUCCESS = 0
    ACCESS_DENIED = 2
    INSUFFICIENT_PRIVILEGE = 3
    UNKNOWN_FAILURE = 8
    PATH_NOT_FOUND = 9
    INVALID_PARAMETER = 21


_RESULTS: Final = {
    errno.EACCES: ProcessResult.ACCESS_DENIED,
    errno.EPERM: ProcessResult.INSUFFICIENT_PRIVILEGE,
    errno.ENOENT: ProcessResult.PATH_NOT_FOUND,
    errno.ENOTDIR: ProcessResult.PATH_NOT_FOUND,
    errno.ESRCH: ProcessResult.PATH_NOT_FOUND,
    errno.ENAMETOOLONG: ProcessResult.PATH_NOT_FOUND,
    errno.ELOOP: ProcessResult.PATH_NOT_FOUND,
}


def result_of(error: OSError) -> ProcessResult:
    """The return value that stands for an error of the operating system."""
    return _RESULTS.get(error.errno or 0, ProcessResult.UNKNOWN_FAILURE)


class Startup(Protocol):
    """An instance of Win32_ProcessStartup, or a mapping with its property names."""

    def __getitem__(self, name: str, /) -> object: ...


def create_process(
    command_line: str | None, directory: str | None, startup: Startup | None, reaper: Reaper
) -> tuple[ProcessResult, int | None]:
    """Start a process.

    Args:
        command_line: program and arguments; quotes group, nothing is expanded.
        directory: where the process starts; that of this process when None.
        startup: of a Win32_ProcessStartup, ``CreateFlags``, ``EnvironmentVariables`` and ``PriorityClass`` have a
            meaning here; windows and consoles have none.
        reaper: collects the exit status.

    Returns:
        The return value and the number of the process, None when there is none.
    """
    try:
        arguments = split_arguments(command_line or "")
        environment = _environment(startup)
        priority_class = _integer(startup, "PriorityClass")
        flags = _integer(startup, "CreateFlags") or 0
    except (TypeError, ValueError):
        return ProcessResult.INVALID_PARAMETER, None
    is_known_class = priority_class in (None, REALTIME_CLASS) or priority_class in NICE_BY_CLASS
    if not arguments or not is_known_class or (directory is not None and not os.path.isdir(directory)):
        return ProcessResult.INVALID_PARAMETER, None
    try:
        child = _spawn(arguments, directory, environment)
    except OSError as error:
        return result_of(error), None
    except ValueError:  # a NUL in an argument
        return ProcessResult.INVALID_PARAMETER, None
    try:
        if flags & CREATE_SUSPENDED:
            os.kill(child, signal.SIGSTOP)
        if priority_class is not None:
            change_priority(child, priority_class)
    except OSError:
        # It has ended already, or more priority is not allowed: as on Windows, where a class above the caller's
        # privilege is lowered and the process runs.
        pass
    finally:
        reaper.adopt(child)
    return ProcessResult.SUCCESS, child


def _spawn(arguments: Sequence[str], directory: str | None, environment: dict[str, str] | None) -> int:
    import subprocess

    process = subprocess.Popen(  # noqa: S603  a program with its arguments is what the method is for; no shell
        arguments,
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    # From here on the number is enough: this object must neither warn that the process still runs nor wait for it.
    process.returncode = 0
    return process.pid


def _environment(startup: Startup | None) -> dict[str, str] | None:
    """The variables that replace this process's own; None to pass those on."""
    lines = _value(startup, "EnvironmentVariables")
    if lines is None:
        return None
    if not isinstance(lines, (tuple, list)):
        raise TypeError("EnvironmentVariables is an array of strings")
    variables = {}
    for line in lines:
        name, equals, value = str(line).partition("=")
        if not name or not equals:
            raise ValueError(f"{line!r} is not of the form NAME=value")
        variables[name] = value
    return variables


def _integer(startup: Startup | None, name: str) -> int | None:
    value = _value(startup, name)
    if value is not None and not isinstance(value, int):
        raise TypeError(f"{name} is a number")
    return value


def _value(startup: Startup | None, name: str) -> object:
    if startup is None:
        return None
    if isinstance(startup, Mapping):
        return startup.get(name)
    try:
        return startup[name]
    except KeyError:  # an object of a class without it
        return None
