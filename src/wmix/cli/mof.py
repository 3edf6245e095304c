"""``wmix mof compile FILE...`` stores what MOF files declare; ``wmix mof check FILE...`` says what is wrong with them.

What one command compiles is stored whole or not at all: every file is read before the first is stored, and all of them
are one transaction, in which a file sees what those before it declare.

Places are shown with the folder that the file was given with, so that an editor can go there.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, BinaryIO, Final

from wmix.cim.paths import normalize_namespace
from wmix.cim.types import CimType
from wmix.cli.exit_codes import DONE, FAILED, USAGE, exit_code, is_language
from wmix.cli.options import (
    AT_A_HOST,
    CONNECTION,
    NAMESPACE,
    OUT,
    Command,
    Option,
    Positional,
    UsageError,
    format_option,
)
from wmix.cli.render.records import Record, Shape
from wmix.cli.streaming import report
from wmix.client.mof_files import LARGEST, reader_of
from wmix.errors import InvalidClass, InvalidNamespace, InvalidParameter, NotFound, WmiError
from wmix.mof.diagnostics import MAX_DIAGNOSTICS, InvalidMof
from wmix.mof.elaborate import Compilation
from wmix.mof.includes import load, unit_of
from wmix.mof.pragmas import CLASS_FLAGS, INSTANCE_FLAGS, flag_bits
from wmix.mof.source import Source, decode
from wmix.mof.steps import DeleteClass, PutClass
from wmix.repository.deferred import MEMORY, default_location

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass
    from wmix.cli.session import Session
    from wmix.cli.terminal import Output
    from wmix.client.blocking import Client
    from wmix.engine.compiling import Change
    from wmix.mof.steps import Step

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
        Option(
            "--class-flags",
            dest="class_flags",
            metavar="LIST",
            help=f"how classes are stored until a pragma says otherwise: {', '.join(CLASS_FLAGS)}",
        ),
        Option(
            "--instance-flags",
            dest="instance_flags",
            metavar="LIST",
            help=f"how instances are stored until a pragma says otherwise: {', '.join(INSTANCE_FLAGS)}",
        ),
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
        "wmix mof compile --class-flags updateonly,safeupdate shop.mof",
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

    def compilation(self, namespace: str, class_flags: int, instance_flags: int) -> Compilation:
        """The declarations, with the names of files as the caller knows them.

        Raises:
            InvalidMof: the text is wrong.
            OSError: it cannot be read.
        """
        try:
            unit = unit_of(self.text, self.name) if self.text is not None else load(*reader_of(self.word))
        except InvalidMof as error:
            shown = [one.replace(source=self._shown_source(one.source)) for one in error.diagnostics]
            raise InvalidMof(tuple(shown)) from None
        named = unit.renamed(self._shown)
        return Compilation(named, namespace=namespace, class_flags=class_flags, instance_flags=instance_flags)

    def _shown_source(self, source: Source) -> Source:
        return Source(self._shown(source.name), source.text)

    def _shown(self, name: str) -> str:
        return name if self.text is not None else os.path.join(self.folder, name)


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
    read, code = _read_all(session, files)
    if code:
        return code
    if session.arguments.dry_run:
        _keep_absent(session)
    with session.client(DEFAULT_NAMESPACE) as client, session.output() as output:
        return _store(session, client, read, output)


def _keep_absent(session: Session) -> None:
    """See that a dry run makes no repository where there is none: an empty one in memory answers the same."""
    location = session.arguments.repository or default_location()
    if "://" not in location and not os.path.exists(location):
        session.arguments.repository = MEMORY


def _store(session: Session, client: Client, read: list[Compilation], output: Output) -> int:
    dry_run = session.arguments.dry_run
    style = session.format("")
    renderer = session.renderer(style, output, columns=_COLUMNS) if style else None
    try:
        changes = client.compile(read, dry_run=dry_run, deadline=session.deadline())
    except WmiError as error:
        report(session.terminal, error, session.phase)
        if len(read) > 1:
            session.terminal.note("wmix: nothing was stored, of none of the files")
        return exit_code(error, 0)
    if renderer is None:
        output.write("".join([f"{change}\n" for change in changes]))
    else:
        output.write(renderer.rows([_record(change) for change in changes]))
        output.write(renderer.end())
    output.complete()
    if dry_run:
        session.terminal.note("wmix: a dry run: nothing was changed")
    return DONE


def _record(change: Change) -> Record:
    return Record(_SHAPE, [change.action, change.kind, change.namespace, change.what, change.place])


def _read_all(session: Session, files: list[_File]) -> tuple[list[Compilation], int]:
    """Every file, and 0; or the code of what is wrong with their language."""
    namespace = session.arguments.namespace or DEFAULT_NAMESPACE
    flags = _flags(session)
    found: list[Compilation] = []
    code = DONE
    for file in files:
        try:
            found.append(file.compilation(namespace, *flags))
        except InvalidMof as error:
            report(session.terminal, error, session.phase)
            code = USAGE
    if code and len(files) > 1:
        session.terminal.note("wmix: nothing was stored")
    return found, code


def _flags(session: Session) -> tuple[int, int]:
    """The bits of ``--class-flags`` and ``--instance-flags``.

    Raises:
        UsageError: a word is no flag.
    """
    arguments = session.arguments
    found = []
    for given, known in ((arguments.class_flags, CLASS_FLAGS), (arguments.instance_flags, INSTANCE_FLAGS)):
        try:
            found.append(flag_bits([word for word in (given or "").split(",") if word], known))
        except InvalidParameter as error:
            raise UsageError(f"{error.detail}\n{error.hint}") from None
    return found[0], found[1]


# -- check


def _check(session: Session, files: list[_File]) -> int:
    """Say everything that is wrong with the files; what one of them declares is known to the next."""
    namespace = normalize_namespace(session.arguments.namespace or DEFAULT_NAMESPACE)
    with session.client(_ROOT, exactly=True) as root:
        stored = _Stored(session, root)
        if stored.place(namespace) is None:
            raise InvalidNamespace(f"there is no namespace {namespace}")
        codes = [_check_file(session, file, namespace, stored) for file in files]
    return USAGE if USAGE in codes else max(codes)


def _check_file(session: Session, file: _File, namespace: str, stored: _Stored) -> int:
    try:
        found = file.compilation(namespace, *_flags(session)).check(stored, stored.note)
    except InvalidMof as error:
        found = error.diagnostics
    for diagnostic in found[:MAX_DIAGNOSTICS]:
        session.terminal.note(diagnostic.text())
    if any(is_language(diagnostic.status) for diagnostic in found):
        return USAGE
    return FAILED if found else DONE


class _Stored:
    """Finds classes as they are stored now, or declared by a file before, in any namespace, over a client of root."""

    def __init__(self, session: Session, root: Client) -> None:
        self._session = session
        self._root = root
        self._places: dict[str, Client | None] = {_ROOT: root}
        self._declared: dict[tuple[str, str], CimClass | None] = {}

    def note(self, step: Step) -> None:
        """Keep in mind what compiling would have changed by now."""
        if isinstance(step, PutClass):
            self._declared[step.namespace.casefold(), step.definition.name.casefold()] = step.definition
        elif isinstance(step, DeleteClass):
            self._declared[step.namespace.casefold(), step.name.casefold()] = None

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
        key = (namespace.casefold(), name.casefold())
        if key in self._declared:
            return self._declared[key]
        place = self.place(namespace)
        if place is None:
            return None
        try:
            return place.cls(name, deadline=self._session.deadline())
        except (NotFound, InvalidClass):
            return None
