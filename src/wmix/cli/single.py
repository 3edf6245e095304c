"""Writing what is not a stream: one object, or a text that is complete when it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cli.exit_codes import DONE

if TYPE_CHECKING:
    from wmix.cim.instances import CimInstance
    from wmix.cli.render.records import Selection
    from wmix.cli.session import Session

__all__ = ["write_object", "write_text"]


def write_object(session: Session, selection: Selection, found: CimInstance, style: str) -> int:
    """Write one object in the format *style*; the exit code."""
    with session.output() as output:
        renderer = session.renderer(style, output, columns=selection.names)
        text = renderer.rows(selection.records([found])) + renderer.end()
        for note in renderer.notes:
            session.terminal.note(f"wmix: {note}")
        output.write(text)
        output.complete()
    return DONE


def write_text(session: Session, text: str) -> int:
    """Write a whole text; the exit code."""
    with session.output() as output:
        output.write(text)
        output.complete()
    return DONE
