"""What is wrong with a MOF file, and where: one value per mistake, and the error that carries them.

wmi-semantics 10.2 lists the codes of the compiler; a mistake that only the class definitions reveal has the status
that WMI answers when it stores the object.  A diagnostic is a value; showing it is the face's work.
Depends on ``source``, ``errors`` and ``status``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix import status as codes
from wmix.errors import WmiError
from wmix.record import Record

if TYPE_CHECKING:
    from wmix.mof.source import Source, Span

__all__ = ["MAX_DIAGNOSTICS", "Diagnostic", "InvalidMof", "shorten"]

MAX_DIAGNOSTICS: Final = 20
"""Mistakes reported per file; what follows the twentieth is seldom news."""


class Diagnostic(Record):
    """One mistake.

    Attributes:
        source, span: where.
        status: a WBEMMOF_E_* or WBEM_E_* code.
        detail: what is wrong, one line.
        found, expected: what stood there and what could have; None where that does not say it.
        hint: what to write instead, when that is known.
    """

    source: Source
    span: Span
    status: int
    detail: str
    found: str | None = None
    expected: str | None = None
    hint: str | None = None

    @property
    def file(self) -> str:
        """The name of the file."""
        return self.source.name

    @property
    def line(self) -> int:
        """Counted from 1."""
        return self.source.place(self.span[0])[0]

    @property
    def column(self) -> int:
        """In characters, counted from 1."""
        return self.source.place(self.span[0])[1]

    @property
    def symbol(self) -> str:
        """The name of the code."""
        return codes.symbol(self.status)

    def caret(self) -> str:
        """The line of the mistake with a mark under it."""
        return self.source.caret(self.span)

    def __str__(self) -> str:
        line, column = self.source.place(self.span[0])
        return f"{self.file}:{line}:{column}: {self.detail} [{self.symbol} 0x{self.status:08X}]"

    def text(self) -> str:
        """The message, the line with its mark and the hint; several lines without a final line feed."""
        lines = [str(self), self.caret()]
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)


class InvalidMof(WmiError):
    """The MOF text is wrong; ``diagnostics`` says where, in order of their places; ``status`` is the first one's."""

    default_status = codes.WBEMMOF_E_INVALID_FILE

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        first = diagnostics[0]
        more = f" (and {len(diagnostics) - 1} more)" if len(diagnostics) > 1 else ""
        super().__init__(
            f"{first.file}:{first.line}:{first.column}: {first.detail}{more}",
            status=first.status,
            hint=first.hint,
        )
        self.diagnostics = diagnostics

    def _context_lines(self) -> list[str]:
        lines: list[str] = []
        for number, diagnostic in enumerate(self.diagnostics):
            lines += diagnostic.caret().split("\n") if number == 0 else diagnostic.text().split("\n")
        return lines


def shorten(text: str) -> str:
    """*text* as a message shows it: at most 40 characters."""
    return text if len(text) <= 40 else text[:39] + "…"
