"""Rows from a handle to an output: portions, limit, time-out, failure and interrupt, with what is kept at each end."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest

from unit.cli.test_progress import Clock
from unit.cli.test_terminal import Screen
from wmix.cim.classes import CimProperty, derive
from wmix.cim.instances import CimInstance
from wmix.cim.types import CimType
from wmix.cli.render import Page, make_renderer
from wmix.cli.render.records import Selection
from wmix.cli.streaming import Streaming
from wmix.cli.terminal import Terminal
from wmix.errors import ConnectError, NotFound, ProtocolError, WmiError

NUMBER = derive(None, "Test_Number", properties=[CimProperty("Id", CimType.UINT32)])


def number(i: int) -> CimInstance:
    return CimInstance.of(NUMBER, {"Id": i})


class Handle:
    """A handle that plays a list of portions: a number of rows, seconds of silence, or an error."""

    def __init__(self, clock: Clock, *steps: int | float | BaseException) -> None:
        self._clock = clock
        self._steps = list(steps)
        self._given = 0
        self.asked: list[int] = []
        self.cancelled = False
        self.exhausted = not steps
        self.errors: list[object] = []
        self._error: BaseException | None = None

    def next_batch(self, n: int = 100, timeout: float | None = None) -> Sequence[CimInstance]:
        if self.exhausted:
            if self._error is not None:
                raise self._error
            return []
        self.asked.append(n)
        step = self._steps.pop(0)
        if isinstance(step, BaseException):
            if not isinstance(step, WmiError):
                raise step
            self.exhausted, self._error = True, step
            return []
        self.exhausted = not self._steps
        if isinstance(step, float):
            self._clock.now += step
            return []
        given = min(step, n)
        if given < step:
            self._steps.insert(0, step - given)
            self.exhausted = False
        found = [number(self._given + i) for i in range(given)]
        self._given += given
        return found

    def cancel(self) -> None:
        self.cancelled = True
        self.exhausted = True


class Run:
    """One streaming with everything around it."""

    def __init__(
        self,
        *steps: int | float | BaseException,
        style: str = "jsonl",
        out: io.StringIO | None = None,
        batch: int = 100,
        limit: int | None = None,
        timeout: float = 60.0,
        undecoded: int = 0,
    ) -> None:
        self.clock = Clock()
        self.handle = Handle(self.clock, *steps)
        self.handle.errors = [object()] * undecoded
        self._out = io.StringIO() if out is None else out
        self._err = Screen() if isinstance(out, Screen) else io.StringIO()
        terminal = Terminal(self._out, self._err)
        self.code = Streaming(
            self.handle,
            Selection(),
            make_renderer(style, Page(width=80 if isinstance(out, Screen) else None)),
            terminal.output(),
            terminal,
            batch=batch,
            limit=limit,
            timeout=timeout,
            clock=self.clock,
        ).run()

    @property
    def out(self) -> str:
        return self._out.getvalue()

    @property
    def err(self) -> str:
        return self._err.getvalue()


def test_all_rows_come_in_portions_of_the_batch() -> None:
    run = Run(250, batch=100)
    assert run.code == 0
    assert run.handle.asked == [100, 100, 100]
    assert run.out == "".join(f'{{"Id": {i}}}\n' for i in range(250))
    assert run.err == ""


def test_a_limit_asks_for_no_more_and_cancels() -> None:
    run = Run(250, batch=100, limit=120)
    assert run.code == 0
    assert run.handle.asked == [100, 20]
    assert run.handle.cancelled
    assert run.out.count("\n") == 120


def test_a_limit_that_is_not_reached_changes_nothing() -> None:
    run = Run(3, limit=5)
    assert (run.code, run.out.count("\n"), run.handle.cancelled) == (0, 3, False)


@pytest.mark.parametrize(("style", "text"), [("json", "[]\n"), ("jsonl", ""), ("table", ""), ("csv", ""), ("mof", "")])
def test_no_rows_are_a_result_too(style: str, text: str) -> None:
    run = Run(style=style)
    assert (run.code, run.out, run.err) == (0, text, "")


def test_a_failure_before_the_first_row_writes_nothing() -> None:
    run = Run(NotFound("nothing there"), style="json")
    assert (run.code, run.out) == (1, "")
    assert run.err.startswith("wmix: nothing there [WBEM_E_NOT_FOUND 0x80041002]\n  phase: call\nhint: ")
    assert "partial" not in run.err


def test_lost_access_before_the_first_row_is_4() -> None:
    assert Run(ConnectError("gone")).code == 4


def test_a_failure_after_rows_keeps_them_and_closes_the_array() -> None:
    run = Run(2, ConnectError("the line is dead"), style="json")
    assert run.code == 3
    assert run.out == '[\n{"Id": 0},\n{"Id": 1}\n]\n'
    assert "  phase: results\n" in run.err
    assert run.err.endswith("wmix: partial result: 2 rows came before\n")


def test_an_error_keeps_the_phase_that_it_knows() -> None:
    assert "  phase: bind\n" in Run(ConnectError("x", phase="bind")).err


def test_rows_that_a_table_held_back_are_kept_at_a_failure() -> None:
    run = Run(1, NotFound("x"), style="table")
    assert (run.code, run.out) == (3, "Id\n 0\n")


def test_silence_for_the_whole_timeout_is_a_failure() -> None:
    run = Run(1, 0.5, 0.4, 0.2, 0.1, timeout=1.0)
    assert run.code == 3
    assert run.handle.cancelled
    assert "nothing arrived for 1 s [WBEM_E_TIMED_OUT 0x80041069]" in run.err
    assert "--timeout" in run.err


def test_silence_before_the_first_row_is_1() -> None:
    assert Run(2.0, 1.0, timeout=1.0).code == 1


def test_every_row_begins_the_timeout_anew() -> None:
    assert Run(1, 0.9, 1, 0.9, 1, 0.9, 1, timeout=1.0).code == 0


def test_a_pause_brings_out_what_a_table_holds_back() -> None:
    written: list[str] = []

    class Watched(io.StringIO):
        def write(self, text: str) -> int:
            written.append(text)
            return super().write(text)

    Run(1, 0.3, 0.3, 1, style="table", out=Watched())
    assert written == ["Id\n 0\n", " 1\n"]


def test_an_interrupt_keeps_rows_closes_the_array_and_cancels() -> None:
    run = Run(2, KeyboardInterrupt(), style="json")
    assert run.code == 130
    assert run.handle.cancelled
    assert run.out == '[\n{"Id": 0},\n{"Id": 1}\n]\n'
    assert run.err == "wmix: interrupted\nwmix: partial result: 2 rows came before\n"


class Damaged(Sequence[object]):
    """The values of an object whose octets are damaged: that shows when one is read."""

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: object) -> Any:
        raise ProtocolError("the heap ends too early")


def test_an_object_whose_values_are_damaged_is_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def mixed(i: int) -> CimInstance:
        return CimInstance(NUMBER.layout, Damaged()) if i == 1 else CimInstance.of(NUMBER, {"Id": i})

    monkeypatch.setitem(globals(), "number", mixed)
    run = Run(3)
    assert run.code == 3
    assert run.err.startswith("wmix: 1 object could not be decoded\nwmix: partial result: 2 rows")


def test_objects_that_could_not_be_decoded_make_the_result_partial() -> None:
    run = Run(2, undecoded=1)
    assert run.code == 3
    assert run.err.startswith("wmix: 1 object could not be decoded\n")
    assert Run(0, undecoded=2).code == 1


class Full(io.StringIO):
    """An output with room for some texts."""

    def __init__(self, room: int, error: OSError) -> None:
        super().__init__()
        self._room = room
        self._error = error

    def write(self, text: str) -> int:
        self._room -= 1
        if self._room < 0:
            raise self._error
        return super().write(text)


def test_an_output_without_room_is_a_failure() -> None:
    run = Run(5, out=Full(0, OSError(28, "No space left on device")))
    assert run.code == 1
    assert run.err == "wmix: the output cannot be written: No space left on device\n"


def test_an_output_that_fills_up_is_a_partial_result() -> None:
    run = Run(5, 5, out=Full(1, OSError(28, "No space left on device")))
    assert run.code == 3
    assert run.handle.cancelled
    assert "partial" in run.err


def test_a_second_trouble_adds_nothing_to_the_first() -> None:
    run = Run(5, NotFound("x"), style="table", out=Full(0, OSError(28, "No space left on device")))
    assert run.code == 3
    assert "WBEM_E_NOT_FOUND" in run.err


def test_a_reader_that_has_gone_is_told_after_the_query_is_cancelled() -> None:
    clock = Clock()
    handle = Handle(clock, 5, 5)
    terminal = Terminal(Full(0, BrokenPipeError()), io.StringIO())
    streaming = Streaming(handle, Selection(), make_renderer("jsonl", Page()), terminal.output(), terminal, clock=clock)
    with pytest.raises(BrokenPipeError):
        streaming.run()
    assert handle.cancelled


def test_progress_is_shown_to_people_and_taken_away() -> None:
    run = Run(5, 1.0, 5, style="jsonl", out=Screen())
    assert "\r\x1b[K5 rows, 5 rows/s, 1.0 s" in run.err
    assert run.err.endswith("\r\x1b[K")
