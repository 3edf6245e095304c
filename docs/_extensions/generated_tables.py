"""Directives whose content comes from the package itself, so that page and program cannot disagree.

- ``status-codes``: every code of ``wmix.status`` with its value, meaning and advice;
- ``exit-codes``: the constants of ``wmix.cli.exit_codes`` with their documentation;
- ``error-classes``: the exceptions of ``wmix.errors`` with the status that each has by default;
- ``command-line``: the help of the ``wmix`` command and of each of its commands.
"""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING, ClassVar

from docutils import nodes
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

from wmix import errors, status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sphinx.application import Sphinx

Cell = str | nodes.Node | list[nodes.Node]


def _literal(text: str) -> nodes.literal:
    return nodes.literal(text, text)


def _paragraphs(cell: Cell) -> list[nodes.Node]:
    if isinstance(cell, str):
        return [nodes.paragraph(text=cell)]
    if isinstance(cell, list):
        return cell
    return [nodes.paragraph("", "", cell)]


def _row(cells: Sequence[Cell]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", *_paragraphs(cell)) for cell in cells))


def _table(headers: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[Cell]]) -> nodes.table:
    group = nodes.tgroup("", cols=len(headers))
    group += [nodes.colspec(colwidth=width) for width in widths]
    group += nodes.thead("", _row(headers))
    group += nodes.tbody("", *(_row(row) for row in rows))
    return nodes.table("", group)


class StatusCodes(SphinxDirective):
    """All status codes."""

    def run(self) -> list[nodes.Node]:
        rows: list[list[Cell]] = []
        for info in sorted(status.statuses(), key=lambda info: info.value):
            text: list[nodes.Node] = [nodes.paragraph(text=info.meaning)]
            if info.hint:
                text.append(nodes.paragraph("", "", nodes.emphasis(text=info.hint)))
            rows.append([_literal(info.symbol), _literal(f"0x{info.value:08X}"), text])
        return [_table(["Symbol", "Value", "Meaning, and what to do"], [35, 15, 50], rows)]


class ExitCodes(SphinxDirective):
    """All exit codes of the command line."""

    MODULE: ClassVar = "wmix.cli.exit_codes"

    def run(self) -> list[nodes.Node]:
        module = importlib.import_module(self.MODULE)
        comments = ModuleAnalyzer.for_module(self.MODULE).find_attr_docs()
        rows: list[list[Cell]] = []
        for (_, name), lines in comments.items():
            content = nodes.paragraph()
            text, messages = self.parse_inline(" ".join(lines).strip().replace("``", "`"))
            content += [*text, *messages]
            rows.append([_literal(str(getattr(module, name))), _literal(name), [content]])
        return [_table(["Code", "Name", "Meaning"], [10, 20, 70], rows)]


class ErrorClasses(SphinxDirective):
    """All exceptions with the status that each has by default."""

    def run(self) -> list[nodes.Node]:
        rows: list[list[Cell]] = []
        for name in errors.__all__:
            found = getattr(errors, name)
            if not (inspect.isclass(found) and issubclass(found, errors.WmiError)):
                continue
            code = status.lookup(found().status)
            bases = [base.__name__ for base in found.__bases__]
            rows.append([_literal(name), ", ".join(bases), _literal(code.symbol if code else "")])
        return [_table(["Exception", "Is also a", "Status by default"], [25, 30, 45], rows)]


class CommandLine(SphinxDirective):
    """The help texts of the command line, as a terminal of 80 columns shows them."""

    def run(self) -> list[nodes.Node]:
        words = importlib.import_module("wmix.cli.manual")
        found: list[nodes.Node] = []
        for name, text in words.manual():
            section = nodes.section(ids=[nodes.make_id(name)])
            section += nodes.title("", "", _literal(name))
            section += nodes.literal_block(text, text, language="text")
            self.state.document.note_explicit_target(section)
            found.append(section)
        return found


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("status-codes", StatusCodes)
    app.add_directive("exit-codes", ExitCodes)
    app.add_directive("error-classes", ErrorClasses)
    app.add_directive("command-line", CommandLine)
    return {"parallel_read_safe": True}
