"""One run of a checker: a child process whose output is kept in a temporary file.

The output never goes through a pipe: when this process ends, the checker would be killed by its next line, in the
middle of a repair.  For the same reason the child has a session of its own, which no Ctrl-C reaches, and it inherits a
lock on the device that keeps a second repair away for as long as the child lives, whatever becomes of its parent.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from subprocess import Popen

__all__ = ["CheckerRun", "DeviceBusy"]

#: Lines of output that are kept; a damaged file system can have millions.
LINE_LIMIT: Final = 1000
#: Octets of output that are looked at.
_OUTPUT_LIMIT: Final = 1 << 20


class DeviceBusy(Exception):
    """Another check or repair of the device is going on."""


class CheckerRun:
    """A checker at work, from construction to :meth:`close`.

    Args:
        command: program and arguments.
        device: the device or image that is checked; locked shared for a check, exclusively for a repair.
        is_repair: a repair is never killed.
        directory: where the temporary file is made; the system's choice when omitted.

    Raises:
        DeviceBusy: a repair of the device is going on, or a repair was asked for during a check.
        OSError: the device cannot be opened, or the program cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        device: str,
        *,
        is_repair: bool,
        directory: str | os.PathLike[str] | None = None,
    ) -> None:
        # The interpreter needs 10 ms for these two; queries for disks load this module too.
        import subprocess
        from tempfile import TemporaryFile

        self._is_repair = is_repair
        self._resources = contextlib.ExitStack()
        with contextlib.ExitStack() as stack:
            lock = os.open(device, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            stack.callback(os.close, lock)
            try:
                fcntl.flock(lock, (fcntl.LOCK_EX if is_repair else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise DeviceBusy(device) from error
            self._output: IO[bytes] = stack.enter_context(TemporaryFile(dir=directory))
            self._process: Popen[bytes] = subprocess.Popen(  # noqa: S603 - a program of the system, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                # Messages are compared with words of the program's own language.
                env={"LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
                pass_fds=(lock,),
                start_new_session=True,
            )
            self._resources = stack.pop_all()

    def wait(self, seconds: float) -> int | None:
        """The exit status, negative for a signal; None when the checker still runs after *seconds*."""
        from subprocess import TimeoutExpired

        try:
            return self._process.wait(seconds)
        except TimeoutExpired:
            return None

    def kill(self) -> None:
        """End a check at once; a repair goes on."""
        if not self._is_repair:
            self._process.kill()

    def output(self) -> str:
        """What the checker has printed so far, at most a mebibyte, without characters that a log cannot show."""
        data = os.pread(self._output.fileno(), _OUTPUT_LIMIT, 0)
        text = data.decode("utf-8", "replace").replace("\r", "\n")
        return "".join(c if c == "\n" or c.isprintable() else " " for c in text)

    def lines(self) -> list[str]:
        """The lines of the output that are not empty, at most :data:`LINE_LIMIT`."""
        lines = [line.strip() for line in self.output().split("\n")]
        lines = [line for line in lines if line]
        if len(lines) > LINE_LIMIT:
            lines[LINE_LIMIT:] = [f"... {len(lines) - LINE_LIMIT} more lines"]
        return lines

    def close(self) -> None:
        """Let go of file and lock; a repair that still runs keeps its own, and is waited for by a thread."""
        if self._process.poll() is None:
            self.kill()
            threading.Thread(target=self._process.wait, name="wmix-repair", daemon=True).start()
        self._resources.close()
