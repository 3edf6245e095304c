"""Writing what is not a stream: records that are all there, or a text that is complete when it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wmix.cli.exit_codes import DONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cli.render.records import Record
    from wmix.cli.session import Session

__all__ = ["write_records", "write_text"]


def write_records(
    session: Session, records: Sequence[Record], style: str, *, columns: Sequence[str] | None = None
) -> int:
    """Write *records* in the format *style*; the exit code.

    Args:
        columns: names for a header when there are no records.
    """
    with session.output() as output:
        renderer = session.renderer(style, output, columns=columns)
        text = renderer.rows(records) + renderer.end()
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
