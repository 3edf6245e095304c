"""Streaming: rows from a query handle to a renderer to an output, as they come, until one of five ends.

The ends are: the last row, the limit, a failure, a wait in which nothing came, and Ctrl-C.  Rows that came before the
end are written at every one, and what a format has opened is closed, so that a JSON array can be read after a failure.
When the reader of a pipe goes, ``BrokenPipeError`` passes through to :mod:`wmix.cli.main`.
"""

from __future__ import annotations

import logging
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from wmix.cli.exit_codes import DONE, FAILED, INTERRUPTED, PARTIAL, exit_code
from wmix.cli.progress import Progress
from wmix.errors import DeadlineExceeded, ProtocolError, WmiError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wmix.cim.classes import CimClass
    from wmix.cim.instances import CimInstance
    from wmix.cli.render import Renderer
    from wmix.cli.render.records import Record, Selection
    from wmix.cli.terminal import Output, Terminal

    class Handle(Protocol):
        """What is read of a query handle."""

        @property
        def exhausted(self) -> bool: ...

        @property
        def errors(self) -> Sequence[object]: ...

        def next_batch(self, n: int = ..., timeout: float | None = ...) -> Sequence[CimInstance | CimClass]: ...

        def cancel(self) -> None: ...


__all__ = ["Streaming", "report"]

_log = logging.getLogger("wmix.cli")

_TICK = 0.1
"""Seconds after which rows that have come are written although the portion is not full."""

_PATIENCE = 0.5
"""Seconds without a row after which a renderer gives what it holds back."""


def report(terminal: Terminal, error: WmiError, phase: str) -> None:
    """Say what went wrong: symbol, value, place, phase and hint, each when it is known."""
    if error.phase is None:
        error.phase = phase
    if isinstance(error, DeadlineExceeded) and (advice := error.special_hint) is not None:
        # The advice of the engine is for programs.
        error.hint = advice.replace("give a later deadline=", "give a longer --deadline")
    terminal.note(f"wmix: {error.diagnostic()}")


class Streaming:
    """One query being written.

    Args:
        batch: rows asked for at once, at least 1.
        limit: rows after which the query is cancelled; None for all.
        timeout: seconds in which at least one row must come.
        what: what a row is called.
        late: what to do when no row has come in time.
        has_end: whether the query ends by itself: otherwise an interruption leaves nothing incomplete.
    """

    def __init__(
        self,
        handle: Handle,
        selection: Selection,
        renderer: Renderer,
        output: Output,
        terminal: Terminal,
        *,
        batch: int = 100,
        limit: int | None = None,
        timeout: float = 60.0,
        what: str = "row",
        late: str = "give a longer --timeout, or see why the provider is slow",
        has_end: bool = True,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._handle = handle
        self._what = what
        self._late = late
        self._has_end = has_end
        self._selection = selection
        self._renderer = renderer
        self._output = output
        self._terminal = terminal
        self._batch = batch
        self._limit = limit
        self._timeout = timeout
        self._clock = clock
        self._started = clock()
        self._progress = Progress(terminal, shown=output.is_file or terminal.shows_results, clock=clock)
        self._wrote = False
        self._damaged = 0
        #: Rows that were given to the renderer.
        self.rows = 0

    def run(self) -> int:
        """Write everything; the exit code.

        Raises:
            BrokenPipeError: the reader of the output has gone; the query is cancelled.
        """
        try:
            self._read()
            self._finish()
        except WmiError as error:
            return self._fail(error)
        except KeyboardInterrupt:
            return self._interrupt()
        except BrokenPipeError:
            self._handle.cancel()
            raise
        except OSError as error:
            return self._refused(error)
        finally:
            self._progress.end()
            _log.info("%d rows in %.3f s", self.rows, self._clock() - self._started)
        return self._verdict()

    def _read(self) -> None:
        heard = spoken = self._clock()
        while not self._handle.exhausted:
            wanted = self._batch if self._limit is None else min(self._batch, self._limit - self.rows)
            found = self._handle.next_batch(wanted, _TICK)
            now = self._clock()
            if found:
                heard = spoken = now
                records = self._records(found)
                self.rows += len(records)
                self._write(self._renderer.rows(records))
            elif now - heard >= self._timeout and not self._handle.exhausted:
                self._handle.cancel()
                raise DeadlineExceeded(
                    f"{'nothing arrived' if self._has_end else f'no {self._what} came'} for {self._timeout:g} s",
                    operation="Next",
                    hint=self._late,
                )
            elif now - spoken >= _PATIENCE:
                spoken = now
                self._write(self._renderer.pause())
            self._progress.update(self.rows)
            if self.rows == self._limit:
                self._handle.cancel()
                return
        # The error of a failed call comes when everything before it was read.
        self._handle.next_batch(1, 0)

    def _records(self, found: Sequence[CimInstance | CimClass]) -> list[Record]:
        """What is shown of *found*; objects of a host whose values turn out to be damaged are left out and counted."""
        try:
            return self._selection.records(found)
        except ProtocolError:
            return [record for item in found for record in self._record(item)]

    def _record(self, item: CimInstance | CimClass) -> list[Record]:
        try:
            return self._selection.records([item])
        except ProtocolError as error:
            _log.info("an object could not be decoded: %s", error)
            self._damaged += 1
            return []

    def _write(self, text: str) -> None:
        notes, self._renderer.notes = self._renderer.notes, []
        for note in notes:
            self._terminal.note(f"wmix: {note}")
        if text:
            self._output.write(text)
            self._wrote = True

    def _finish(self) -> None:
        self._write(self._renderer.end())
        self._output.complete()

    def _fail(self, error: WmiError) -> int:
        if self.rows:
            self._close_up()
        report(self._terminal, error, "results" if self.rows else "call")
        self._mark_partial()
        return exit_code(error, self.rows)

    def _interrupt(self) -> int:
        self._handle.cancel()
        if self.rows:
            self._close_up()
        self._terminal.note("wmix: interrupted")
        if self._has_end:
            self._mark_partial()
        return INTERRUPTED

    def _refused(self, error: OSError) -> int:
        self._handle.cancel()
        self._say_refused(error)
        if not self._wrote:
            return FAILED
        self._mark_partial()
        return PARTIAL

    def _close_up(self) -> None:
        """Write what is held back; a second trouble adds nothing to the first."""
        try:
            self._write(self._renderer.end())
        except OSError as error:
            self._say_refused(error)

    def _say_refused(self, error: OSError) -> None:
        self._terminal.note(f"wmix: {self._output.name} cannot be written: {error.strerror or error}")

    def _mark_partial(self) -> None:
        if self.rows:
            plural = "" if self.rows == 1 else "s"
            self._terminal.note(f"wmix: partial result: {self.rows} {self._what}{plural} came before")

    def _verdict(self) -> int:
        missing = len(self._handle.errors) + self._damaged
        if not missing:
            return DONE
        self._terminal.note(f"wmix: {missing} object{'' if missing == 1 else 's'} could not be decoded")
        self._mark_partial()
        return PARTIAL if self.rows else FAILED
