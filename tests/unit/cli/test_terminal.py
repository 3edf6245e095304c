"""The terminal: where text goes, who looks on, and what happens to what cannot be written."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest

from wmix.cli.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Gone(io.StringIO):
    """A stream whose reader has gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError

    def flush(self) -> None:
        raise BrokenPipeError


def test_a_pipe_is_no_terminal() -> None:
    terminal = Terminal(io.StringIO(), io.StringIO())
    assert not (terminal.shows_results)
    assert not (terminal.shows_progress)
    assert not (terminal.has_colour)


def test_a_screen_has_colour_until_somebody_says_no(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(Screen(), Screen())
    assert terminal.shows_results
    assert terminal.shows_progress
    assert terminal.has_colour
    monkeypatch.setenv("NO_COLOR", "1")
    assert not terminal.has_colour
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not (terminal.has_colour)
    assert not (terminal.shows_progress)
    assert terminal.shows_results


@pytest.mark.parametrize(("columns", "width"), [("132", 132), ("5", 20), ("0", 80), ("wide", 80), ("", 80)])
def test_the_width_is_that_of_the_environment_or_80(monkeypatch: pytest.MonkeyPatch, columns: str, width: int) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert Terminal(io.StringIO(), io.StringIO()).width == width


def test_the_width_is_that_of_the_terminal_itself() -> None:
    master, slave = os.openpty()
    try:
        import fcntl
        import struct
        import termios

        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 101, 0, 0))
        with open(slave, "w", closefd=False, encoding="utf-8") as stream:
            assert Terminal(stream, io.StringIO()).width == 101
    finally:
        os.close(slave)
        os.close(master)


def test_the_line_of_progress_makes_way_for_everything_else() -> None:
    out, err = Screen(), Screen()
    terminal = Terminal(out, err)
    terminal.set_status("5 rows")
    terminal.output().write("row\n")
    assert err.getvalue() == "\r\x1b[K5 rows\r\x1b[K"
    terminal.set_status("6 rows")
    terminal.note("hello")
    assert err.getvalue().endswith("\r\x1b[K6 rows\r\x1b[Khello\n")
    terminal.clear_status()
    assert err.getvalue().endswith("hello\n")


def test_the_line_of_progress_is_no_longer_than_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    err = Screen()
    Terminal(Screen(), err).set_status("x" * 100)
    assert err.getvalue() == "\r\x1b[K" + "x" * 29


def test_notes_are_lost_silently_when_nobody_can_read_them() -> None:
    terminal = Terminal(io.StringIO(), Gone())
    terminal.note("nobody hears")
    terminal.set_status("nor sees")


def test_a_closed_pipe_is_told_to_whoever_writes_rows() -> None:
    with pytest.raises(BrokenPipeError):
        Terminal(Gone(), io.StringIO()).output().write("row\n")


def test_what_cannot_be_encoded_is_escaped() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="latin-1")
    output = Terminal(stream, io.StringIO()).output()
    output.write("é €\udc80\n")
    assert raw.getvalue() == b"\xe9 \\u20ac\\udc80\n"
    assert not output.encodes_all


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "utf_8"])
def test_utf_8_encodes_all(encoding: str) -> None:
    assert Terminal(io.TextIOWrapper(io.BytesIO(), encoding=encoding), io.StringIO()).output().encodes_all


def test_an_unbuffered_stream_gets_a_buffer(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb", buffering=0) as raw:
        stream = io.TextIOWrapper(raw, encoding="latin-1", write_through=True)  # as -u does
        Terminal(stream, io.StringIO()).output().write("é€\n")
        assert not raw.closed
    assert (tmp_path / "out").read_bytes() == b"\xe9\\u20ac\n"


def test_a_file_is_made_when_the_first_text_is_written(tmp_path: Path) -> None:
    out = io.StringIO()
    path = tmp_path / "rows.txt"
    with Terminal(out, io.StringIO()).output(str(path)) as output:
        assert output.is_file
        assert output.encodes_all
        output.write("")
        assert not path.exists()
        output.write("a\r\nb\udcff\n")
        assert path.read_bytes() == b"a\r\nb\\udcff\n"
    assert out.getvalue() == ""


def test_a_complete_result_makes_its_file_although_it_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "rows.txt"
    with Terminal(io.StringIO(), io.StringIO()).output(str(path)) as output:
        output.complete()
    assert path.read_bytes() == b""


def test_a_closed_standard_stream_swallows_what_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    monkeypatch.setattr("sys.stderr", None)
    terminal = Terminal()
    terminal.output().write("row\n")
    terminal.note("note")
    assert not terminal.shows_results
