"""Command lines: one string of a list of arguments, and the list again.

Windows knows a process's command line as one string, Linux as a list.  The string is made so that a person can read
it; ``Win32_Process.Create`` splits by the rules of the POSIX shell, without running one, and gets the same list back
when no argument holds quotes or backslashes.
"""

from __future__ import annotations

__all__ = ["join_arguments", "read_command_line", "split_arguments"]

_BLANKS = " \t\n\r\v\f"


def read_command_line(data: bytes) -> str | None:
    """The command line in proc_pid_cmdline(5); None for a kernel thread or a process that has ended.

    A process that renamed itself leaves one string with blanks and no second argument: it is shown as it is.
    """
    data = data.rstrip(b"\0")
    if not data:
        return None
    if b" " not in data and b"\0\0" not in data and b"\t" not in data and b"\n" not in data:
        return data.replace(b"\0", b" ").decode("utf-8", "replace")
    arguments = data.decode("utf-8", "replace").split("\0")
    return arguments[0] if len(arguments) == 1 else join_arguments(arguments)


def join_arguments(arguments: list[str]) -> str:
    """The arguments with a blank between them; those that are empty or hold blanks stand in double quotes."""
    return " ".join(map(_quote, arguments))


def _quote(argument: str) -> str:
    if argument and not any(blank in argument for blank in _BLANKS):
        return argument
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def split_arguments(command_line: str) -> list[str]:
    """The arguments of *command_line*: blanks separate, quotes group, a backslash escapes; nothing is expanded.

    Raises:
        ValueError: a quotation is not closed, or the last character is an escaping backslash.
    """
    import shlex

    return shlex.split(command_line)
