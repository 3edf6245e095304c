"""Files that include files: which file is meant, and the declarations of all of them in one row.

wmi-semantics 9.3.6: the contents of an included file stand in the place of the ``#include``.  Names are relative to
the folder of the including file, with ``/`` or ``\\``; no name may lead out of the folder of the first file, to
another drive or host, or back to a file that is being read.  Reading is the caller's: a function from the name,
relative to that folder with ``/`` between its parts, to the octets.  It must itself not follow a symbolic link out of
the folder, which cannot be seen from here.

Depends on ``parser`` and below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wmix import status as codes
from wmix.errors import WmiError
from wmix.mof.ast import Include
from wmix.mof.diagnostics import Diagnostic, InvalidMof
from wmix.mof.parser import parse_source
from wmix.mof.source import Source, decode
from wmix.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from wmix.mof.ast import Declaration, Document
    from wmix.mof.source import Span

    Reader = Callable[[str], bytes]

__all__ = ["MAX_DEPTH", "MAX_FILES", "Unit", "load", "resolve_include", "unit_of"]

MAX_DEPTH: Final = 32
"""Files that include each other in a chain."""

MAX_FILES: Final = 256
"""Inclusions in one compilation; a file that is included twice counts twice."""


class Unit(Record):
    """All declarations of one compilation in order, each with the file that it stands in; no ``Include`` among them."""

    items: tuple[tuple[Source, Declaration], ...]
    main: Source

    def renamed(self, rename: Callable[[str], str]) -> Unit:
        """The same declarations in files of other names, as messages show them."""
        sources: dict[int, Source] = {}

        def named(source: Source) -> Source:
            if id(source) not in sources:
                sources[id(source)] = Source(rename(source.name), source.text)
            return sources[id(source)]

        return Unit(tuple([(named(source), declaration) for source, declaration in self.items]), named(self.main))


def resolve_include(including: str, target: str) -> str:
    """The file that ``#include ("target")`` in *including* means; both relative to the folder of the first file.

    Raises:
        WmiError: WBEMMOF_E_ERROR_INVALID_INCLUDE_FILE for an empty or absolute name, one with a drive, a host or a NUL,
            and one that leads out of the folder.
    """

    def refuse(why: str) -> WmiError:
        return WmiError(
            f"{target!r} cannot be included: {why}",
            status=codes.WBEMMOF_E_ERROR_INVALID_INCLUDE_FILE,
            hint="name a file in the folder of the including file or below it",
        )

    parts = target.replace("\\", "/").split("/")
    if not target or "\0" in target:
        raise refuse("it is no file name")
    if not parts[0] or ":" in target:
        raise refuse("only files below the folder of the first file may be included")
    found = including.split("/")[:-1]
    for part in parts:
        if part == "..":
            if not found:
                raise refuse("it leads out of the folder of the first file")
            found.pop()
        elif part not in ("", "."):
            found.append(part)
    if not found or parts[-1] in ("", ".", ".."):
        raise refuse("it is no file name")
    return "/".join(found)


def unit_of(text: str, name: str = "<text>") -> Unit:
    """The unit of one text that includes nothing.

    Raises:
        InvalidMof: the text is wrong, or it includes a file.
    """

    def refuse(_: str) -> bytes:
        raise FileNotFoundError("a text by itself can include no file")

    return _Loader(refuse).load(Source(name, text))


def load(name: str, read: Reader) -> Unit:
    """The unit of the file *name* and all that it includes.

    Args:
        name: without folders.
        read: gives the octets of a file; an ``OSError`` says why it cannot.

    Raises:
        InvalidMof: a file is wrong, is included by itself, or cannot be read.
        OSError: the first file cannot be read.
        WmiError: WBEMMOF_E_INVALID_FILE when the first file is no text.
    """
    return _Loader(read).load(Source(name, decode(read(name), name)))


class _Loader:
    def __init__(self, read: Reader) -> None:
        self._read = read
        self._parsed: dict[str, tuple[Source, Document]] = {}
        self._items: list[tuple[Source, Declaration]] = []
        self._diagnostics: list[Diagnostic] = []
        self._count = 0

    def load(self, main: Source) -> Unit:
        self._add(main, self._parse(main), (main.name,))
        if self._diagnostics:
            raise InvalidMof(tuple(self._diagnostics))
        return Unit(tuple(self._items), main)

    def _parse(self, source: Source) -> Document:
        document, diagnostics = parse_source(source)
        self._diagnostics += diagnostics
        self._parsed[source.name] = (source, document)
        return document

    def _add(self, source: Source, document: Document, chain: tuple[str, ...]) -> None:
        for declaration in document.declarations:
            if isinstance(declaration, Include):
                self._include(source, declaration, chain)
            else:
                self._items.append((source, declaration))

    def _include(self, source: Source, include: Include, chain: tuple[str, ...]) -> None:
        self._count += 1
        try:
            name = resolve_include(source.name, include.text)
        except WmiError as error:
            self._refuse(source, include.span, error.detail, error.hint)
            return
        if name.casefold() in [earlier.casefold() for earlier in chain]:
            self._refuse(source, include.span, f"{name} would include itself: {' > '.join([*chain, name])}")
        elif len(chain) > MAX_DEPTH:
            self._refuse(source, include.span, f"more than {MAX_DEPTH} files include each other in a chain")
        elif self._count > MAX_FILES:
            if self._count == MAX_FILES + 1:
                self._refuse(source, include.span, f"more than {MAX_FILES} files are included")
        elif (known := self._parsed.get(name)) is not None:
            self._add(*known, (*chain, name))
        else:
            try:
                included = Source(name, decode(self._read(name), name))
            except OSError as error:
                self._refuse(source, include.span, f"{name} cannot be read: {error.strerror or error}")
            except WmiError as error:
                self._refuse(source, include.span, error.detail, error.hint)
            else:
                self._add(included, self._parse(included), (*chain, name))

    def _refuse(self, source: Source, span: Span, detail: str, hint: str | None = None) -> None:
        self._diagnostics.append(
            Diagnostic(source, span, codes.WBEMMOF_E_ERROR_INVALID_INCLUDE_FILE, detail, hint=hint)
        )
