"""Terminal: the one place that writes. stdout or a file for results, stderr for everything said about them.

Knows whether people look on (colour, width, a line of progress) and keeps the line of progress out of the way of rows.
Text that cannot be encoded is written as backslash escapes rather than refused: names of files and processes are octets
on this system, and one odd name must not end a listing.

``NO_COLOR`` switches colour off, ``COLUMNS`` overrides the width, ``TERM=dumb`` forbids control sequences.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ["Output", "Terminal"]

_CLEAR_LINE = "\r\x1b[K"
_DEFAULT_WIDTH = 80


class Terminal:
    """Standard output and standard error of one run."""

    def __init__(self, stdout: TextIO | None = None, stderr: TextIO | None = None) -> None:
        self._stdout: TextIO = _buffered(stdout or sys.stdout or _Nowhere())
        self._stderr: TextIO = stderr or sys.stderr or _Nowhere()
        for stream in (self._stdout, self._stderr):
            if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
                reconfigure(errors="backslashreplace")
        self._status = ""

    # -- who looks on

    @property
    def shows_results(self) -> bool:
        """Whether standard output is a terminal."""
        return _is_terminal(self._stdout)

    @property
    def shows_progress(self) -> bool:
        """Whether standard error is a terminal that can rewrite a line."""
        return _is_terminal(self._stderr) and os.environ.get("TERM", "") != "dumb"

    @property
    def has_colour(self) -> bool:
        """Whether results may be coloured: a terminal, and nobody said no (no-color.org)."""
        return self.shows_results and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "") != "dumb"

    @property
    def width(self) -> int:
        """Columns of the terminal, at least 20."""
        columns = os.environ.get("COLUMNS", "")
        if columns.isascii() and columns.isdigit() and int(columns):
            return max(20, int(columns))
        for stream in (self._stdout, self._stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                if found := os.get_terminal_size(stream.fileno()).columns:
                    return max(20, found)
        return _DEFAULT_WIDTH

    # -- results

    def output(self, path: str | None = None) -> Output:
        """Where results go: standard output, or the file *path*."""
        return Output(self, self._stdout, path)

    # -- what is said about them

    def note(self, text: str) -> None:
        """Say something about the results, on lines of their own, to standard error."""
        self.clear_status()
        # Nobody can be told that standard error is closed.
        with contextlib.suppress(OSError, ValueError):
            self._stderr.write(text if text.endswith("\n") else text + "\n")
            self._stderr.flush()

    def set_status(self, text: str) -> None:
        """Show *text* as the line of progress; it is cut to the width."""
        self._status = text
        with contextlib.suppress(OSError, ValueError):
            self._stderr.write(_CLEAR_LINE + text[: self.width - 1])
            self._stderr.flush()

    def clear_status(self) -> None:
        """Take the line of progress away."""
        if self._status:
            self.set_status("")

    def give_up_stdout(self) -> None:
        """Forget standard output, whose reader has gone, so that flushing at exit has nothing to complain of."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stdout.fileno())
            os.close(nowhere)


class Output:
    """The results of one command; a file is made when the first text is written to it."""

    def __init__(self, terminal: Terminal, stdout: TextIO, path: str | None) -> None:
        self._terminal = terminal
        self._path = path
        self._stream: TextIO | None = stdout if path is None else None
        # What could not be written would be tried, and refused, once more when the file is closed.
        self._is_broken = False

    @property
    def name(self) -> str:
        """How messages call it."""
        return "the output" if self._path is None else self._path

    @property
    def is_file(self) -> bool:
        """Whether this is a file rather than standard output."""
        return self._path is not None

    @property
    def encodes_all(self) -> bool:
        """Whether every character can be written as it is."""
        encoding = "utf-8" if self._stream is None else getattr(self._stream, "encoding", None) or "utf-8"
        return encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-16", "utf-32")

    def write(self, text: str) -> None:
        """Write and hand on at once: whoever reads sees rows as they come.

        Raises:
            BrokenPipeError: the reader has gone.
            OSError: the file cannot be made or written.
        """
        if not text:
            return
        stream = self._open()
        if not self.is_file:
            self._terminal.clear_status()
        try:
            stream.write(text)
            stream.flush()
        except OSError as error:
            self._is_broken = True
            error.filename = self._path
            raise

    def complete(self) -> None:
        """The command succeeded: there is a file now even if nothing was written to it.

        Raises:
            OSError: the file cannot be made.
        """
        self._open()

    def _open(self) -> TextIO:
        if self._stream is None:
            assert self._path is not None
            # newline="" keeps the CR LF of CSV and adds none elsewhere.
            self._stream = open(  # noqa: SIM115 - closed by close()
                self._path, "w", encoding="utf-8", errors="backslashreplace", newline=""
            )
        return self._stream

    def close(self) -> None:
        """Close the file, if it is one and was made.

        Raises:
            OSError: what was written could not be kept, and this was not told before.
        """
        if self.is_file and self._stream is not None:
            with contextlib.suppress(*[OSError] if self._is_broken else []):
                self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):
        return False


def _buffered(stream: TextIO) -> TextIO:
    """*stream* with a buffer below it, which ``python -u`` leaves out.

    Every portion is flushed anyway, and without a buffer Python drops the rest of a text when a pipe takes only a part
    of it before a signal comes.
    """
    if not isinstance(getattr(stream, "buffer", None), io.RawIOBase):
        return stream
    return open(stream.fileno(), "w", encoding=stream.encoding, closefd=False)


class _Nowhere(io.StringIO):
    """For a standard stream that was closed before the program began: Python has None for it."""

    def write(self, text: str) -> int:
        return len(text)
