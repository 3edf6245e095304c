"""``wmix mof compile FILE...`` stores what MOF files declare; ``wmix mof check FILE...`` says what is wrong with them.

A file is stored whole or not at all.  Of several files every one is read before the first is stored, so that a
mistake in the language stops all of them; a file that the engine refuses leaves those before it stored, as with
``mofcomp`` (wmi-semantics 9.3.5), and ends the command.

Places are shown with the folder that the file was given with, so that an editor can go there.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, BinaryIO, Final

from wmix.cim.paths import normalize_namespace
from wmix.cim.types import CimType
from wmix.cli.exit_codes import DONE, FAILED, USAGE, exit_code, is_language
from wmix.cli.options import AT_A_HOST, CONNECTION, NAMESPACE, OUT, Command, Option, Positional, format_option
from wmix.cli.render.records import Record, Shape
from wmix.cli.streaming import report
from wmix.client.mof_files import LARGEST, reader_of
from wmix.errors import InvalidClass, InvalidNamespace, InvalidParameter, NotFound, WmiError
from wmix.mof.diagnostics import MAX_DIAGNOSTICS, InvalidMof
from wmix.mof.elaborate import Compilation, compile_file, compile_text
from wmix.mof.source import Source, decode
from wmix.repository.deferred import MEMORY, default_location

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wmix.cim.classes import CimClass
    from wmix.cli.session import Session
    from wmix.cli.terminal import Output
    from wmix.client.blocking import Client
    from wmix.engine.compiling import Change
    from wmix.mof.diagnostics import Diagnostic

__all__ = ["COMMAND", "run"]

DEFAULT_NAMESPACE: Final = "root/default"
"""Where declarations go when neither the command nor a pragma says otherwise (wmi-semantics 9.3.1)."""

_ROOT: Final = "root"
_STDIN: Final = "-"
_STDIN_NAME: Final = "<stdin>"

_FORMATS: Final = ("table", "json", "jsonl", "csv", "text")

COMMAND: Final = Command(
    "mof",
    "compile MOF files into the repository, or check them",
    positionals=[
        Positional("action", "ACTION", "compile: store what the files declare; check: change nothing",
                   choices=("compile", "check")),
        Positional("files", "FILE", "MOF files, in order; - is standard input", "+"),
    ],
    options=[
        Option("--dry-run", dest="dry_run", help="say what compiling would change, and change nothing"),
        Option(
            *NAMESPACE.flags,
            dest=NAMESPACE.dest,
            metavar=NAMESPACE.metavar,
            help=f"where declarations go until a pragma says otherwise (default: {DEFAULT_NAMESPACE})",
        ),
        format_option(_FORMATS, "a change a line"),
        OUT,
        *[option for option in CONNECTION if option not in (NAMESPACE, *AT_A_HOST)],
    ],
    examples=[
        "wmix mof compile shop.mof",
        "wmix mof compile --namespace root/cimv2 --dry-run classes.mof instances.mof",
        "wmix mof check *.mof",
        "wmix describe --format mof Win32_Process | wmix mof check --namespace root/cimv2 -",
    ],
)  # fmt: skip

_COLUMNS: Final = ("Action", "Kind", "Namespace", "What", "Place")
_SHAPE: Final = Shape(_COLUMNS, [(CimType.STRING, False)] * len(_COLUMNS))


class _File:
    """One word of the command line: a file, or what can be read only once (standard input, a pipe) with its text."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.name = _STDIN_NAME if word == _STDIN else word
        self.text = None if os.path.isfile(word) and word != _STDIN else decode(self._octets(), self.name)

    def _octets(self) -> bytes:
        if self.word == _STDIN:
            return _read(sys.stdin.buffer, self.name)
        with open(self.word, "rb") as file:
            return _read(file, self.name)

    @property
    def folder(self) -> str:
        """What stands before the names that messages have; names are relative to the folder of the file itself."""
        if self.text is not None:
            return ""
        target = os.path.dirname(os.path.realpath(self.word))
        given = os.path.dirname(self.word)
        return given if os.path.realpath(given or os.curdir) == target else target

    def compilation(self, namespace: str) -> Compilation:
        """The declarations.

        Raises:
            InvalidMof: the text is wrong.
            OSError: it cannot be read.
        """
        if self.text is not None:
            return compile_text(self.text, name=self.name, namespace=namespace)
        name, read = reader_of(self.word)
        return compile_file(name, read, namespace=namespace)

    def compile(self, client: Client, *, dry_run: bool, deadline: float | None) -> list[Change]:
        """Store what it declares; the changes in order."""
        from pathlib import Path

        mof = Path(self.word) if self.text is None else self.text
        changes = client.compile(mof, dry_run=dry_run, deadline=deadline)
        return [change.replace(place=self._shown(change.place)) for change in changes]

    def located(self, error: InvalidMof) -> InvalidMof:
        """*error* with the names of files as the caller knows them."""
        return InvalidMof(tuple(self.placed(error.diagnostics)))

    def placed(self, diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
        """*diagnostics* with the names of files as the caller knows them."""
        return [one.replace(source=Source(self._shown(one.source.name), one.source.text)) for one in diagnostics]

    def _shown(self, place: str) -> str:
        if self.text is not None:
            return self.name + place.removeprefix("<text>").removeprefix(self.name)
        return os.path.join(self.folder, place)


def _read(stream: BinaryIO, name: str) -> bytes:
    # One more than allowed shows what is too large; some devices never end.
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise InvalidParameter(f"{name} gives more than {LARGEST} octets", hint="give the paths of MOF files")
    return data


def run(session: Session) -> int:
    """Compile or check."""
    for word in session.arguments.files:
        if word != _STDIN and (os.path.isdir(word) or not os.path.exists(word)):
            raise InvalidParameter(
                f"{word} is a folder" if os.path.isdir(word) else f"there is no file {word}",
                hint="give the paths of MOF files, or - for standard input",
            )
    files = [_File(word) for word in session.arguments.files]
    return _check(session, files) if session.arguments.action == "check" else _compile(session, files)


# -- compile


def _compile(session: Session, files: list[_File]) -> int:
    if len(files) > 1 and (code := _read_all(session, files)):
        return code
    if session.arguments.dry_run:
        _keep_absent(session)
    with session.client(DEFAULT_NAMESPACE) as client, session.output() as output:
        return _store(session, client, files, output)


def _keep_absent(session: Session) -> None:
    """See that a dry run makes no repository where there is none: an empty one in memory answers the same."""
    location = session.arguments.repository or default_location()
    if "://" not in location and not os.path.exists(location):
        session.arguments.repository = MEMORY


def _store(session: Session, client: Client, files: list[_File], output: Output) -> int:
    dry_run = session.arguments.dry_run
    style = session.format("")
    renderer = session.renderer(style, output, columns=_COLUMNS) if style else None
    stored: list[_File] = []
    count = 0
    failure: WmiError | None = None
    for file in files:
        try:
            changes = file.compile(client, dry_run=dry_run, deadline=session.deadline())
        except WmiError as error:
            failure = file.located(error) if isinstance(error, InvalidMof) else error
            break
        stored.append(file)
        count += len(changes)
        if renderer is None:
            output.write("".join([f"{change}\n" for change in changes]))
        else:
            output.write(renderer.rows([_record(change) for change in changes]))
    if renderer is not None and (failure is None or stored):
        output.write(renderer.end())
    if failure is None:
        output.complete()
        if dry_run:
            session.terminal.note("wmix: a dry run: nothing was changed")
        return DONE
    report(session.terminal, failure, session.phase)
    if stored and dry_run:
        session.terminal.note("wmix: in a dry run no file sees what those before it declare")
    elif stored:
        session.terminal.note(f"wmix: {', '.join([file.word for file in stored])} had been stored before and stays so")
    return exit_code(failure, count)


def _record(change: Change) -> Record:
    return Record(_SHAPE, [change.action, change.kind, change.namespace, change.what, change.place])


def _read_all(session: Session, files: list[_File]) -> int:
    """Read every file before the first is stored; 0, or the code of what is wrong with their language."""
    code = DONE
    for file in files:
        try:
            file.compilation(DEFAULT_NAMESPACE)
        except InvalidMof as error:
            report(session.terminal, file.located(error), session.phase)
            code = USAGE
    if code:
        session.terminal.note("wmix: nothing was stored")
    return code


# -- check


def _check(session: Session, files: list[_File]) -> int:
    """Say everything that is wrong with the files; what one of them declares is not known to the next."""
    namespace = normalize_namespace(session.arguments.namespace or DEFAULT_NAMESPACE)
    with session.client(_ROOT, exactly=True) as root:
        stored = _Stored(session, root)
        if stored.place(namespace) is None:
            raise InvalidNamespace(f"there is no namespace {namespace}")
        codes = [_check_file(session, file, namespace, stored) for file in files]
    return USAGE if USAGE in codes else max(codes)


def _check_file(session: Session, file: _File, namespace: str, stored: _Stored) -> int:
    try:
        found = file.compilation(namespace).check(stored)
    except InvalidMof as error:
        found = error.diagnostics
    for diagnostic in file.placed(found[:MAX_DIAGNOSTICS]):
        session.terminal.note(diagnostic.text())
    if any(is_language(diagnostic.status) for diagnostic in found):
        return USAGE
    return FAILED if found else DONE


class _Stored:
    """Finds classes as they are stored now, in any namespace, over a client of ``root``."""

    def __init__(self, session: Session, root: Client) -> None:
        self._session = session
        self._root = root
        self._places: dict[str, Client | None] = {_ROOT: root}

    def place(self, namespace: str) -> Client | None:
        """The client of a namespace; None when there is no such namespace."""
        folded = namespace.casefold()
        if folded not in self._places:
            try:
                below = namespace.partition("\\")[2]
                self._places[folded] = self._root.namespace(below, deadline=self._session.deadline())
            except (InvalidNamespace, NotFound):
                self._places[folded] = None
        return self._places[folded]

    def __call__(self, namespace: str, name: str) -> CimClass | None:
        place = self.place(namespace)
        if place is None:
            return None
        try:
            return place.cls(name, deadline=self._session.deadline())
        except (NotFound, InvalidClass):
            return None
