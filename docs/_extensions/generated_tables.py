"""Directives whose content comes from the package itself, so that page and program cannot disagree.

- ``status-codes``: every code of ``wmix.status`` with its value, meaning and advice;
- ``exit-codes``: the constants of ``wmix.cli.exit_codes`` with their documentation;
- ``error-classes``: the exceptions of ``wmix.errors`` with the status that each has by default;
- ``command-line``: the help of the ``wmix`` command and of each of its commands;
- ``constants``: the flags and other constants of ``wmix.com`` that are no status codes;
- ``public-names``: what ``wmix`` itself exports, each with a link to its description.
"""

from __future__ import annotations

import importlib
import inspect
import os
from typing import TYPE_CHECKING, ClassVar, TypeAlias
from unittest import mock

from docutils import nodes
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

import wmix
from wmix import errors, status
from wmix.cli import main, usage
from wmix.com import constants

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sphinx.application import Sphinx

Cell: TypeAlias = str | nodes.Node | list[nodes.Node]


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
            if not (inspect.isclass(found) and issubclass(found, Exception)):
                continue
            code = status.lookup(found().status) if issubclass(found, errors.WmiError) else None
            bases = [base.__name__ for base in found.__bases__]
            rows.append([_literal(name), ", ".join(bases), _literal(code.symbol) if code else ""])
        return [_table(["Exception", "Is also a", "Status by default"], [25, 30, 45], rows)]


class CommandLine(SphinxDirective):
    """The help texts of the command line, as a terminal of 80 columns shows them."""

    def run(self) -> list[nodes.Node]:
        # Help is wrapped to the terminal's width: whoever builds the pages, they come out alike.
        with mock.patch.dict(os.environ, COLUMNS="80"):
            commands = [main.load(name).COMMAND for name in main.COMMANDS]
            texts = {"wmix": usage.general_help(commands)}
            texts |= {f"wmix {command.name}": usage.parser(command).format_help() for command in commands}
        found: list[nodes.Node] = []
        for name, text in texts.items():
            section = nodes.section("", nodes.title("", "", _literal(name)), ids=[nodes.make_id(name)], names=[name])
            section += nodes.literal_block(text, text, language="text")
            found.append(section)
        return found


class Constants(SphinxDirective):
    """The constants of the faithful face but the status codes that have a table of their own."""

    def run(self) -> list[nodes.Node]:
        rows: list[list[Cell]] = []
        explained = {info.symbol for info in status.statuses()}
        for name, value in sorted(vars(constants).items()):
            if type(value) is int and name.isupper() and name not in explained:
                rows.append([_literal(name), _literal(f"0x{value:X}")])
        return [_table(["Name", "Value"], [70, 30], rows)]


class PublicNames(SphinxDirective):
    """The names of the package, with links to where they are described."""

    def run(self) -> list[nodes.Node]:
        rows: list[list[Cell]] = []
        for name in sorted(wmix.__all__, key=str.casefold):
            found = getattr(wmix, name)
            if not hasattr(found, "__module__") or name.startswith("_"):
                continue
            links, messages = self.parse_inline(f"{{py:obj}}`{name} <{found.__module__}.{found.__qualname__}>`")
            first = inspect.cleandoc(found.__doc__ or "").partition("\n\n")[0]
            rows.append([[nodes.paragraph("", "", *links, *messages)], " ".join(first.replace("``", "").split())])
        return [_table(["Name", "What it is"], [25, 75], rows)]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("status-codes", StatusCodes)
    app.add_directive("exit-codes", ExitCodes)
    app.add_directive("error-classes", ErrorClasses)
    app.add_directive("command-line", CommandLine)
    app.add_directive("constants", Constants)
    app.add_directive("public-names", PublicNames)
    return {"parallel_read_safe": True}
